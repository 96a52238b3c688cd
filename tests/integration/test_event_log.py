"""The log of events, and for how long events are kept."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from tests.harness.conf import Settings
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import Scene, own_scene
from tests.integration.test_configtest import refused

Make = Callable[..., tuple[Httpd, Scene]]

# A graceful restart ends programs behind logs before it waits for them; the MPMs wonder then.
ENDED_PROGRAM = "AH00488|AH00167|AH00315|AH00291"


class Log:
    """The file in which the lines end, whoever writes them."""

    def __init__(self, server: Httpd):
        self.path = server.directory / "logs" / "events.log"

    def lines(self, path: Path | None = None) -> list[dict[str, Any]]:
        path = path or self.path
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def ids(self, path: Path | None = None) -> list[int]:
        return [line["id"] for line in self.lines(path)]

    def catch_up(self, scene: Scene, *further: Path) -> list[dict[str, Any]]:
        """Waits until all that happened has its line, and returns what happened."""
        def missing() -> set[int]:
            logged = {number for path in (self.path, *further) for number in self.ids(path)}
            return {event["id"] for event in scene.admin.events("limit=1000")} - logged

        until(lambda: not missing(), "every event to have its line")
        return list(reversed(scene.admin.events("limit=1000")))


@pytest.fixture
def make(make_httpd: Callable[..., Httpd], jira: JiraProcess) -> Iterator[Make]:
    """Starts a server with a log: make("file") or make("|program ..."), {log} in it is the path."""
    opened = []

    def start(log: str, **options: Any) -> tuple[Httpd, Scene]:
        server = make_httpd(**options)
        server.settings = configured(log, server)
        server.start()
        opened.append(own_scene(server, jira))
        return server, opened[-1].__enter__()

    yield start
    for manager in opened:
        manager.__exit__(None, None, None)


def configured(log: str, server: Httpd, more: str = "") -> Settings:
    target = log.replace("{log}", str(Log(server).path))
    return Settings(extra=f'ScimSyncEventLog "{target}"\n{more}')


def provisioner(scene: Scene) -> int | None:
    """None also when a child that ends, after another one was killed, had taken the connection."""
    try:
        return scene.admin.status()["provisioner"]["pid"]
    except ConnectionError:
        return None
    finally:
        scene.admin.close()


def test_each_event_is_a_line(make: Make) -> None:
    server, scene = make("{log}")
    idp = scene.idp()
    idp.create_group("Team", [idp.create_user("ann@example.com")["id"]])
    idp.post("/Users", {"userName": "ann@example.com"}).expect(409)
    scene.settle()
    log = Log(server)
    events = log.catch_up(scene)
    assert log.lines() == events
    assert {event["kind"] for event in events} >= {
        "site.created", "idp.created", "user.created", "jira.account.created", "jira.member.added"}
    assert scene.jira.api_token not in log.path.read_text()


def test_many_at_once_from_several_children(make: Make) -> None:
    server, scene = make("{log}", mpm="prefork")
    idp = scene.idp()
    clients = [idp.copy() for _ in range(6)]

    def write(number: int) -> None:
        for one in range(40):
            clients[number].create_user(f"w{number}-{one}@example.com")
        clients[number].close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scene.settle()
    log = Log(server)
    log.catch_up(scene)
    ids = log.ids()
    assert len(ids) == len(set(ids)) >= 480


def test_rotation_by_mv_and_graceful(make: Make) -> None:
    """As logrotate does it."""
    server, scene = make("{log}")
    log, rotated = Log(server), Log(server).path.with_suffix(".1")
    idp = scene.idp()
    idp.create_user("before@example.com")
    log.catch_up(scene)
    log.path.rename(rotated)
    idp.create_user("between@example.com")
    server.graceful()

    def taken_up() -> bool:
        idp.create_user(f"after{next(numbers)}@example.com")
        return bool(log.lines())

    numbers = itertools.count()
    until(taken_up, "the new processes to write")
    log.catch_up(scene, rotated)
    assert not any((line["name"], line["kind"]) == ("before@example.com", "user.created")
                   for line in log.lines())
    both = log.ids(rotated) + log.ids()
    assert len(both) == len(set(both))


@pytest.mark.parametrize("program", ["|/usr/bin/rotatelogs -l {log} 86400 1000M", "|$cat >> {log}"])
def test_a_program_gets_the_lines(program: str, make: Make) -> None:
    server, scene = make(program)
    server.error_log.expect(ENDED_PROGRAM, optional=True)
    log = Log(server)
    if "rotatelogs" in program:
        log.path = log.path.with_suffix(".log.*")

        def found() -> Path | None:
            return next(log.path.parent.glob(log.path.name), None)

        log.path = until(found, "the program to open its file")
    idp = scene.idp()
    idp.create_user("ann@example.com")
    log.catch_up(scene)
    server.graceful()
    idp.create_user("bob@example.com")
    scene.settle()
    log.catch_up(scene)


def test_a_program_that_dies_is_started_again(make: Make) -> None:
    server, scene = make("|/usr/bin/tee -a {log}")
    server.error_log.expect("AH00106", optional=True)
    log, idp = Log(server), scene.idp()
    idp.create_user("ann@example.com")
    log.catch_up(scene)
    pid = int(subprocess.run(["pgrep", "-P", str(server.pid), "-x", "tee"], check=True,
                             capture_output=True, text=True).stdout)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{pid}/cmdline").read_bytes()
          if Path(f"/proc/{pid}").exists() else True, "the program to be gone")
    for name in "bcd":
        idp.create_user(f"{name}@example.com")
    log.catch_up(scene)


def test_a_program_that_reads_nothing_holds_up_nobody(make: Make) -> None:
    """Neither requests nor Jira wait; and with a better one, every line is there."""
    server, scene = make("|/bin/sleep 1000")
    server.error_log.expect(ENDED_PROGRAM, optional=True)
    idp = scene.idp()
    people = [idp.create_user(f"u{number}@example.com", displayName="x" * 200)
              for number in range(150)]
    path = f"/Users/{people[0]['id']}"
    for number in range(150):
        idp.put(path, {**people[0], "displayName": f"{number}" * 80}).expect(200)
    held = scene.settle()
    assert len(held.accounts) >= 150
    server.settings = configured("|$cat >> {log}", server)
    server.graceful()
    log = Log(server)
    # What the pipe held when the program was ended is lost to it, as with httpd's own logs.
    until(lambda: log.ids()[-1:] == [scene.admin.events("limit=1")[0]["id"]], "the log to catch up")
    logged = set(log.ids())
    events = scene.admin.events("limit=1000")
    assert sum(event["id"] not in logged for event in events) * 200 < 65536


def test_nothing_is_missing_after_a_kill(make: Make) -> None:
    server, scene = make("{log}")
    log, idp = Log(server), scene.idp()
    for round_ in range(4):
        for number in range(15):
            idp.create_user(f"u{round_}-{number}@example.com")
        pid = until(lambda: provisioner(scene), "somebody to work")
        server.error_log.expect("AH00052", optional=True)
        idp.close()
        scene.admin.close()
        os.kill(pid, signal.SIGKILL)
        until(lambda: pid not in server.children(), "the process to be gone")
        until(lambda: provisioner(scene) not in (None, pid), "another one to work")
    scene.settle()
    log.catch_up(scene)


def test_what_happened_while_the_log_could_not_be_opened_is_logged_later(make: Make) -> None:
    server, scene = make("{log}")
    log, idp = Log(server), scene.idp()
    server.error_log.expect("SCIM0306")
    old = until(lambda: provisioner(scene), "somebody to work")
    server.settings = configured("/nonexistent/demo/events.log", server)
    server.graceful()
    until(lambda: provisioner(scene) not in (None, old), "the new processes to work")
    idp.create_user("ann@example.com")
    scene.settle()
    assert not any(line["name"] == "ann@example.com" for line in log.lines())
    server.settings = configured("{log}", server)
    server.graceful()
    log.catch_up(scene)


def test_what_was_not_logged_at_the_end_is_at_the_next_start(make: Make) -> None:
    server, scene = make("{log}")
    idp = scene.idp()
    idp.create_user("last@example.com")
    scene.admin.close()
    idp.close()
    server.restart()
    log = Log(server)
    log.catch_up(scene)
    assert any(line["name"] == "last@example.com" for line in log.lines())


def test_without_a_log_nothing_is_kept_for_it(make_httpd: Any, jira: JiraProcess) -> None:
    server = make_httpd()
    server.start()
    with own_scene(server, jira) as scene:
        scene.idp().create_user("ann@example.com")
        scene.settle()
    assert rows(server, "SELECT COUNT(*) FROM event_unlogged") == ["0"]


# Directives


@pytest.mark.parametrize("value", ["|", "||", "|$", "| "])
def test_a_log_that_is_none(value: str, make_httpd: Any) -> None:
    server = make_httpd()
    server.settings = Settings(extra=f'ScimSyncEventLog "{value}"')
    refused(server, "ScimSyncEventLog", "write a file's path, or | and a program")


def test_configtest_opens_no_log(make_httpd: Any) -> None:
    server = make_httpd()
    server.settings = configured("{log}", server)
    assert server.configtest()[0] and not Log(server).path.exists()


def test_a_log_that_can_not_be_opened_stops_the_start(make_httpd: Any) -> None:
    server = make_httpd()
    server.error_log.expect("SCIM0306")
    server.error_log.expect("AH00020", optional=True)
    server.settings = configured("/nonexistent/demo/events.log", server)
    with pytest.raises(AssertionError, match="ended with status"):
        server.start()
    assert re.search(r"SCIM0306: ScimSyncEventLog /nonexistent/demo/events.log: can't be opened",
                     server.error_log.tail())


# Keeping


def rows(server: Httpd, statement: str) -> list[str]:
    if server.database.driver == "pgsql":
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-d", server.database.params, "-c", statement],
            check=True, capture_output=True, text=True).stdout.split()
    with sqlite3.connect(server.database.params) as connection:
        return [str(row[0]) for row in connection.execute(statement)]


@pytest.mark.parametrize("days, left", [("1", {"young"}), ("0", {"young", "old"})])
def test_old_events_go(days: str, left: set[str], make_httpd: Any) -> None:
    """More than one batch of them; with 0 they stay for ever."""
    server = make_httpd()
    server.start()
    admin = server.admin()
    admin.events()
    admin.close()
    server.stop()
    for name, hours, count in ("old", 25, 450), ("young", 23, 3):
        now = ("EXTRACT(EPOCH FROM clock_timestamp())" if server.database.driver == "pgsql"
               else "strftime('%s', 'now')")
        for first in range(0, count, 150):
            values = ", ".join(
                [f"(({now}) * 1000 - {hours} * 3600000, '{name}.x', 'demo')"]
                * min(150, count - first))
            rows(server, f"INSERT INTO event (at, kind, actor) VALUES {values}")
    server.settings = Settings(extra=f"ScimSyncEventDays {days}")
    server.start()
    admin = server.admin()
    if "old" not in left:
        until(lambda: not admin.events("kind=old.x"), "the old ones to go")
    else:
        until(lambda: admin.status()["provisioner"]["pid"], "somebody to work")
    assert {event["kind"][:-2] for event in admin.events("limit=1000")} == left
    assert len(admin.events("kind=young.")) == 3
    admin.close()

"""scim-syncctl event tail: it follows what happens, and loses none of it."""

import threading
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.harness.admin import AdminClient
from tests.harness.ctl import Ctl, Follower
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.sql import execute
from tests.harness.wait import until
from tests.integration.scene import own_scene

pytestmark = pytest.mark.any_mpm

CLIENTS = 8
EACH = 60
# Far from those of the server.
ID = 1_000_000_000


def test_none_is_lost_while_many_happen_at_once(follow: Callable[..., Follower], admin: AdminClient,
                                                idp: Any) -> None:
    idp.scim.create_user("first")
    tail = follow("--idp", idp.name, "--kind", "user.created")
    tail.started()

    def tell(client: int) -> None:
        scim = idp.scim.copy()
        for number in range(EACH):
            scim.create_user(f"u{client}-{number}")
        scim.close()

    threads = [threading.Thread(target=tell, args=(client,)) for client in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wanted = {"first"} | {f"u{client}-{n}" for client in range(CLIENTS) for n in range(EACH)}
    until(lambda: {event["name"] for event in tail.events()} >= wanted, "every event", 60)
    assert tail.interrupt() == 0
    assert len(tail.ids()) == len(set(tail.ids())) == len(wanted)
    assert tail.errors() == ""


def test_what_ends_late_is_shown_late(httpd: Httpd, follow: Callable[..., Follower], idp: Any
                                      ) -> None:
    """As an event of a transaction that took its time: older than the last one, and of a lower id.
    """
    tail = follow("--idp", idp.name, "--kind", "demo.")
    until(lambda: handles_interrupt(tail.process.pid), "it to have begun")
    for number, late_ms in enumerate((0, 4_000, 60_000)):
        execute(httpd.database, "INSERT INTO event (id, at, kind, actor, idp, name) VALUES "
                f"({ID - number}, {int(time.time() * 1000) - late_ms}, 'demo.late', 'demo', "
                f"'{idp.name}', 'late-{number}')")
        until(lambda: len(tail.events()) == number + 1, f"late-{number}", 40)
    assert [event["name"] for event in tail.events()] == ["late-0", "late-1", "late-2"]


def test_it_begins_with_the_last_lines(ctl: Ctl, follow: Callable[..., Follower], idp: Any) -> None:
    for number in range(5):
        idp.scim.create_user(f"u{number}")
    tail = follow("--idp", idp.name, "--kind", "user.", "--lines", "2")
    until(lambda: len(tail.events()) == 2, "two lines")
    idp.scim.create_user("u5")
    until(lambda: len(tail.events()) == 3, "the new one")
    assert [event["name"] for event in tail.events()] == ["u3", "u4", "u5"]
    assert tail.interrupt() == 0


def test_a_restart_of_the_server_is_waited_for(make_httpd: Callable[..., Httpd], jira: JiraProcess,
                                               tmp_path: Path) -> None:
    server = make_httpd()
    server.start()
    with own_scene(server, jira) as scene:
        idp = scene.idp(name="okta", state="paused")
        idp.create_user("before")
        tail = Follower(Ctl(server, tmp_path), tmp_path / "tail", "--idp", "okta")
        try:
            tail.started()
            server.stop()
            until(lambda: "does not answer" in tail.errors(), "it to notice")
            server.start()
            idp.create_user("after")
            until(lambda: "after" in [event["name"] for event in tail.events()], "the event after")
            assert tail.errors().count("does not answer") == 1
            assert "answers again" in tail.errors()
            assert tail.interrupt() == 0
        finally:
            tail.close()


def test_ctrl_c_before_anything_happened_is_fine(ctl: Ctl, follow: Callable[..., Follower]) -> None:
    tail = follow("--idp", "nobody")
    until(lambda: tail.process.poll() is None and handles_interrupt(tail.process.pid),
          "it to wait for Ctrl-C")
    assert tail.interrupt() == 0
    assert (tail.events(), tail.errors()) == ([], "")


def handles_interrupt(pid: int) -> bool:
    """Whether SIGINT has a handler in this process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) & 2)
    return False

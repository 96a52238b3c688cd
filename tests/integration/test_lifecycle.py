"""httpd's processes come and go under load: no request is lost, no task, and nothing done twice."""

from __future__ import annotations

import http.client
import os
import random
import signal
import threading
import time
from typing import Any, Callable, Iterator

import pytest

from tests.harness import processes
from tests.harness.client import GROUP_SCHEMA, PATCH_SCHEMA, USER_SCHEMA, Response, ScimClient
from tests.harness.conf import Settings
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import Scene, own_scene

WRITERS = 4
PEOPLE_PER_WRITER = 60


class Writer(threading.Thread):
    """An IdP's worker: makes people, puts each into its group, and reads what it wrote.

    Every answer has to be the right one. A connection that the server closed while it was idle is
    replaced and the request sent again, as real clients do and RFC 9112 9.3.1 has it; a fresh one
    has to serve. A request that was carried out and whose answer was lost shows: its repetition is
    no 201.
    """

    def __init__(self, client: ScimClient, name: str, keep_alive: bool):
        super().__init__(name=name)
        self.client = client
        self.keep_alive = keep_alive
        self.people: list[str] = []
        self.requests = 0
        self.replaced = 0
        self.failures: list[str] = []
        self.enough = threading.Event()

    def run(self) -> None:
        try:
            self._write()
        except Exception as failure:
            self.failures.append(f"{self.name}, request {self.requests}: {failure!r}")
        finally:
            self.client.close()

    def _write(self) -> None:
        group = self._send("POST", "/Groups", {
            "schemas": [GROUP_SCHEMA], "displayName": self.name}).expect(201).json()["id"]
        while not self.enough.is_set():
            if len(self.people) < PEOPLE_PER_WRITER:
                self._add_person(group)
            self._send("GET", f"/Groups/{group}?excludedAttributes=members").expect(200)

    def _add_person(self, group: str) -> None:
        address = f"{self.name}-{len(self.people)}@example.com"
        user = self._send("POST", "/Users", {
            "schemas": [USER_SCHEMA], "userName": address, "active": True}).expect(201).json()
        self.people.append(address)
        self._send("PATCH", f"/Groups/{group}", {
            "schemas": [PATCH_SCHEMA],
            "Operations": [{"op": "add", "path": "members", "value": [{"value": user["id"]}]}],
        }).expect(200, 204)

    def _send(self, method: str, path: str, body: Any = None) -> Response:
        used_before = self.keep_alive and self.requests > 0
        self.requests += 1
        if not self.keep_alive:
            self.client.close()
        try:
            return self.client.request(method, path, body)
        except (ConnectionResetError, BrokenPipeError):
            if not used_before:
                raise
        self.replaced += 1
        return self.client.request(method, path, body)


@pytest.fixture
def make_scene(make_httpd: Callable[..., Httpd], jira: JiraProcess) -> Iterator[Any]:
    """Starts a server of the test's own and gives it and its scene."""
    opened = []

    def make(**options: Any) -> tuple[Httpd, Scene]:
        server = make_httpd(**options)
        server.start()
        manager = own_scene(server, jira)
        opened.append(manager)
        return server, manager.__enter__()

    yield make
    for manager in opened:
        manager.__exit__(None, None, None)


def start_writers(scene: Scene) -> list[Writer]:
    idp = scene.idp()
    writers = [Writer(idp.copy(), f"writer{number}", keep_alive=number % 2 == 0)
               for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    return writers


def finish(writers: list[Writer]) -> None:
    """Ends them once all their people are told."""
    until(lambda: all(len(writer.people) >= PEOPLE_PER_WRITER or writer.failures
                      for writer in writers), "the writers to have told everything", 60)
    for writer in writers:
        writer.enough.set()
    for writer in writers:
        writer.join()
    assert [failure for writer in writers for failure in writer.failures] == []


def expect_everybody(scene: Scene, writers: list[Writer]) -> None:
    held = scene.settle()
    for writer in writers:
        assert held.groups[writer.name] == set(writer.people)
    assert scene.parked() == {}


def test_no_request_and_no_task_is_lost_in_graceful_restarts(make_scene: Any) -> None:
    server, scene = make_scene()
    writers = start_writers(scene)
    for _ in range(4):
        served = [writer.requests for writer in writers]
        until(lambda: all(writer.requests > before + 10 or writer.failures
                          for writer, before in zip(writers, served)), "requests to be served")
        server.graceful()
    finish(writers)
    expect_everybody(scene, writers)


def test_children_may_end_after_a_few_connections(make_scene: Any) -> None:
    server, scene = make_scene(settings=Settings(extra="MaxConnectionsPerChild 60"))
    first = set(server.children())
    writers = start_writers(scene)
    # Not all: a child that has one connection for long, or none, lives on.
    until(lambda: len(first - set(server.children())) >= 2, "children to be replaced", 60)
    finish(writers)
    expect_everybody(scene, writers)


def status(scene: Scene) -> dict[str, Any]:
    """The server's status, though the child that is asked may have been killed."""
    while True:
        try:
            return scene.admin.status()
        except ConnectionError:
            continue


def provisioner(scene: Scene, other_than: int = 0) -> int:
    """The process that works on tasks, once there is one."""
    def found() -> int:
        pid = status(scene)["provisioner"]["pid"]
        return pid if pid and pid != other_than else 0

    return until(found, "a child to run the provisioner")


def waiting(scene: Scene) -> int:
    return status(scene)["tasks"]["waiting"]


def calls(scene: Scene) -> int:
    return sum(scene.control.counts()["calls"].values())


def tell(scene: Scene, people: int, groups: int) -> dict[str, set[str]]:
    """An initial load: people, each in two of the groups. Returns what the groups shall hold."""
    idp = scene.idp()
    users = [idp.create_user(f"p{number}@example.com") for number in range(people)]
    wanted = {}
    for number in range(groups):
        members = [user for at, user in enumerate(users)
                   if number in (at % groups, at // 7 % groups)]
        idp.create_group(f"Group {number}", [user["id"] for user in members])
        wanted[f"Group {number}"] = {user["userName"] for user in members}
    return wanted


def expect_groups(scene: Scene, wanted: dict[str, set[str]]) -> None:
    held = scene.settle()
    assert {name: held.groups[name] for name in wanted} == wanted
    assert scene.parked() == {}


def test_another_child_goes_on_when_the_provisioner_is_killed(make_scene: Any) -> None:
    server, scene = make_scene()
    scene.control.configure(latency_ms=20)
    chance = random.Random(20)
    pid = provisioner(scene)
    wanted = tell(scene, people=200, groups=12)
    kills = 0
    while waiting(scene) > 0:
        at = calls(scene) + chance.randrange(1, 60)
        until(lambda: calls(scene) >= at or waiting(scene) == 0, "calls to Jira")
        processes.send(pid, signal.SIGKILL)
        kills += 1
        pid = provisioner(scene, other_than=pid)
    assert kills >= 5
    expect_groups(scene, wanted)


def test_a_killed_server_goes_on_where_it_was(make_scene: Any) -> None:
    server, scene = make_scene()
    scene.control.configure(latency_ms=4)
    wanted = tell(scene, people=60, groups=4)
    until(lambda: calls(scene) >= 50, "calls to Jira")
    server.kill()
    assert calls(scene) < 300, "killed in the middle"
    scene.admin.close()
    server.start()
    expect_groups(scene, wanted)


def test_a_stop_in_the_middle_is_quick_and_clean(make_scene: Any) -> None:
    server, scene = make_scene()
    wanted = tell(scene, people=5, groups=1)
    scene.settle()
    scene.control.configure(latency_ms=60_000)
    extra = scene.idp().create_user("late@example.com")
    until(lambda: any("late" in one["query"] for one in scene.calls("findUsers")), "a call")
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 5 * server.sanitizer.patience
    scene.control.configure(latency_ms=0)
    scene.admin.close()
    server.start()
    assert extra["userName"] in scene.settle(10).accounts
    expect_groups(scene, wanted)


def test_a_graceful_restart_does_not_wait_for_jira(make_scene: Any) -> None:
    server, scene = make_scene()
    old = provisioner(scene)
    scene.control.add_fault("hang", match={"operation": "findUsers"}, seconds=20)
    idp = scene.idp()
    idp.create_user("first@example.com")
    until(lambda: scene.calls("findUsers"), "a call that hangs")
    server.graceful()
    scene.admin.close()
    idp.create_user("second@example.com")
    held = scene.settle(10)
    assert {"first@example.com", "second@example.com"} <= held.accounts.keys()
    assert provisioner(scene) != old


def test_another_database_is_made_ready_after_a_graceful_restart(make_scene: Any) -> None:
    """The shared memory outlives it, and still holds what the old database said."""
    server, scene = make_scene()
    idp = scene.idp()
    idp.create_user("old@example.com")
    scene.settle()
    other = server.directory / "db" / "other.db"
    server.settings.extra += f"\nDBDParams {other}"
    if server.database.driver != "sqlite3":
        pytest.skip("of SQLite alone: --db=sqlite3")
    server.graceful()
    until(lambda: scene.admin.status()["told"]["users"] == 0, "the other database to be used")
    until(lambda: idp.get("/Users").status == 401, "the old database's tokens to be forgotten")
    scene.put_site()
    scene.idp(name="fresh").create_user("new@example.com")
    assert "new@example.com" in scene.settle().accounts


def test_a_key_that_is_gone_does_not_end_a_running_httpd(make_scene: Any) -> None:
    """A bare SIGUSR1, as log rotation sends it, checks nothing before."""
    server, scene = make_scene()
    idp = scene.idp()
    hidden = server.key_file.with_suffix(".away")
    server.key_file.rename(hidden)
    server.error_log.expect("SCIM0304", count=1)
    server.error_log.expect("SCIM0305", count=None)
    server.error_log.expect("SCIM0123")
    os.kill(server.pid, signal.SIGUSR1)
    server.error_log.wait_for("SCIM0123")
    idp.create_user("meanwhile@example.com")
    hidden.rename(server.key_file)
    server.graceful()
    assert "meanwhile@example.com" in scene.settle().accounts


def test_a_stop_under_load_is_quick(make_scene: Any) -> None:
    """With prefork httpd ends a child wherever its main thread is: mostly in the database here."""
    server, scene = make_scene()
    idp = scene.idp()
    for number in range(100):
        idp.create_user(f"p{number}@example.com")
    for _ in range(4):
        readers = [Reader(idp.copy(), "/Users?count=100") for _ in range(WRITERS)]
        for reader in readers:
            reader.start()
        until(lambda: all(reader.served > 20 for reader in readers), "requests to be served")
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 5 * server.sanitizer.patience
        for reader in readers:
            reader.join()
        assert {status for reader in readers for status in reader.statuses} == {200}
        scene.admin.close()
        server.start()
    scene.settle()


class Reader(threading.Thread):
    """Reads one thing until the server is gone."""

    def __init__(self, client: ScimClient, path: str):
        super().__init__()
        self.client = client
        self.path = path
        self.served = 0
        self.statuses: set[int] = set()

    def run(self) -> None:
        try:
            while True:
                self.statuses.add(self.client.get(self.path).status)
                self.served += 1
        except (OSError, http.client.HTTPException):
            self.client.close()

"""The pull of a Google directory: how long it takes against what Google's limit of calls dictates,
what a second one writes and calls, and how much memory it takes."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.stand import DRIVERS, Stand, processor_seconds, table
from tests.harness.client import ScimClient
from tests.harness.google import Workspace
from tests.harness.scratch import ROOT
from tests.harness.wait import until
from tests.harness.written import Written
from tests.simulators.google.client import GoogleControl
from tests.simulators.google.oauth import GoogleOAuth

LATENCY_MS = 100
CALLS_A_SECOND = 40
SETTLE_SECONDS = 1200
USERS, GROUPS, MEMBERS = 20_000, 1_000, 20
MANY_USERS = 100_000
START_SECONDS = 60


class Directory:
    """The simulated Directory API as a process of its own: what it takes is not the module's."""

    def __init__(self, directory: Path):
        self._port_file = directory / "google-port"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Directory":
        self._process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "--", sys.executable, "-m",
             "tests.simulators.google", "--specs", "none", "--port-file", self._port_file],
            cwd=ROOT, stdin=subprocess.DEVNULL)
        port = until(lambda: self._port_file.exists() and self._port_file.read_text(),
                     "the simulated Google to start", START_SECONDS)
        self.base_url = f"http://127.0.0.1:{int(port)}"
        self.control = GoogleControl(self.base_url)
        return self

    def __exit__(self, *exception: Any) -> None:
        self._process.terminate()
        self._process.wait(START_SECONDS)

    @property
    def processor_seconds(self) -> float:
        return processor_seconds(self._process.pid)


class Memory(threading.Thread):
    """How much a process holds at most (MB), until it is asked."""

    def __init__(self, pid: int):
        super().__init__(daemon=True)
        self._rollup = Path(f"/proc/{pid}/smaps_rollup")
        self._over = threading.Event()
        self.before = self.most = self._now()
        self.start()

    def _now(self) -> float:
        return int(re.search(r"^Rss:\s+(\d+) kB", self._rollup.read_text(), re.M)[1]) / 1024

    def run(self) -> None:
        while not self._over.wait(0.02):
            self.most = max(self.most, self._now())

    def grown(self) -> float:
        self._over.set()
        self.join()
        return self.most - self.before


class Writer(threading.Thread):
    """Another IdP that writes all the while: how long its slowest request takes (ms)."""

    def __init__(self, idp: ScimClient):
        super().__init__(daemon=True)
        self._idp = idp
        self._over = threading.Event()
        self._most = 0.0
        self._failure: Exception | None = None
        self.start()

    def run(self) -> None:
        number = 0
        try:
            while not self._over.wait(0.05):
                number += 1
                begun = time.monotonic()
                self._idp.create_user(f"other-{number}@example.com")
                self._most = max(self._most, time.monotonic() - begun)
        except Exception as failure:
            self._failure = failure

    def slowest(self) -> float:
        self._over.set()
        self.join()
        if self._failure:
            raise self._failure
        return 1000 * self._most


@dataclass(frozen=True)
class Pull:
    """What became of one."""

    run: dict[str, Any]
    memory: float
    simulator: float  # share of one processor

    @property
    def times_limit(self) -> float:
        return self.run["seconds"] / (self.run["calls"] / CALLS_A_SECOND)


class Bench:
    """A server that is connected to a simulated Workspace."""

    def __init__(self, stand: Stand, directory: Directory, oauth: GoogleOAuth, site: str):
        self.stand = stand
        self.directory = directory
        oauth.open(directory)
        idp = {"name": "google", "kind": "google", "site": site}
        stand.admin.post("/api/idps", idp).expect(201)
        workspace = Workspace("google", stand.admin, oauth, stand.server)
        oauth.redirect_uris = {workspace.callback}
        workspace.put()
        workspace.connect()
        assert workspace.connection["state"] == "connected"

    def pull(self) -> Pull:
        path = "/api/idps/google/pull"
        child, = self.stand.server.children()
        memory = Memory(child)
        used = self.directory.processor_seconds
        number = self.stand.admin.post(path, {}).expect(202).json()["id"]
        run = until(lambda: (run := self.stand.admin.get(f"{path}s/{number}").json())["endedAt"]
                    and run, "the pull to end", SETTLE_SECONDS)
        assert run["state"] == "done", run
        used = self.directory.processor_seconds - used
        return Pull(run, memory.grown(), used / run["seconds"])

    def settle(self) -> None:
        until(lambda: not self.stand.admin.tasks("state=waiting&limit=1"), "no task to wait",
              SETTLE_SECONDS)


def measure(module: Path, mpm: str) -> str:
    speed, second, memory = [], [], []
    for driver in DRIVERS:
        with_all(module, mpm, driver, speed, second)
        with_many(module, mpm, driver, memory)
    return "\n".join((
        table(f"Pull of {USERS:,} users and {GROUPS:,} groups, {LATENCY_MS} ms a call,"
              f" {CALLS_A_SECOND} calls/s ({mpm})",
              ["", "calls", "seconds", "x the limit", "MB more", "the simulator's share"], speed),
        table("What the second one of these, with ten changes, did",
              ["", "calls to Jira", "rows of what was told", "of tasks and events",
               "of what Jira holds"], second),
        table(f"Pull of {MANY_USERS:,} users and {GROUPS:,} groups, no latency ({mpm})",
              ["", "calls", "seconds", "x the limit", "MB more", "the simulator's share",
               "slowest SCIM POST, ms"], memory)))


def stand_for(module: Path, mpm: str, driver: str) -> Stand:
    stand = Stand(module, mpm, driver)
    stand.server.settings.processes = 1
    stand.server.settings.extra += f"\nScimSyncBaseURL {stand.server.url}"
    return stand


def with_all(module: Path, mpm: str, driver: str, speed: list[list[str]],
             second: list[list[str]]) -> None:
    oauth = GoogleOAuth()
    oauth.start()
    with stand_for(module, mpm, driver) as stand, Directory(stand.server.directory) as directory:
        bench = Bench(stand, directory, oauth, "main")
        control = directory.control
        control.seed(users=USERS, groups=GROUPS, members_per_group=MEMBERS)
        control.configure(latency_ms=LATENCY_MS, quota={"perSecond": CALLS_A_SECOND})
        speed.append(figures(f"{stand.database}, the first", bench.pull()))
        bench.settle()
        stand.server.stop()
        written = Written(stand.server.database)
        stand.server.start()
        people = change_ten(control)
        begun = stand.jira.control.log()["next"]
        speed.append(figures(f"{stand.database}, with ten changes", bench.pull()))
        bench.settle()
        calls = stand.jira.control.log(begun)["entries"]
        second.append([stand.database, str(len(calls)), *rows(Counter(written.since()))])
        nothing = bench.pull()
        assert written.since() == {"event": 1}, "that it was asked for is all that is new"
        assert people == nothing.run["found"]["users"]["unchanged"]
    oauth.stop()


def with_many(module: Path, mpm: str, driver: str, memory: list[list[str]]) -> None:
    """Jira is not there, since all that follows would take an hour."""
    oauth = GoogleOAuth()
    oauth.start()
    with stand_for(module, mpm, driver) as stand, Directory(stand.server.directory) as directory:
        other = stand.idp("other", live=False)
        bench = Bench(stand, directory, oauth, "closed")
        directory.control.seed(users=MANY_USERS, groups=GROUPS, members_per_group=MEMBERS)
        writer = Writer(other)
        pull = bench.pull()
        memory.append([*figures(stand.database, pull), f"{writer.slowest():.0f}"])
        other.close()
    oauth.stop()


def change_ten(control: GoogleControl) -> int:
    """Of ten people; how many there are then."""
    def someone(number: int) -> str:
        return f"user-{number:05}@example.com"

    for number in (1, 2):
        control.edit("add-user", email=f"new-{number}@example.com")
        control.edit("set-user", user=someone(number), suspended=True)
        control.edit("remove-user", user=someone(number + 10))
        control.edit("set-user", user=someone(number + 20), family_name="Changed")
        control.edit("add-user", email=f"newer-{number}@example.com")
        control.edit("add-member", group=f"group-{number:04}@example.com",
                     member=f"newer-{number}@example.com")
    return USERS + 2


def figures(name: str, pull: Pull) -> list[str]:
    return [name, f"{pull.run['calls']:,}", f"{pull.run['seconds']:.1f}",
            f"{pull.times_limit:.3f}", f"{pull.memory:.1f}", f"{100 * pull.simulator:.0f} %"]


def rows(written: Counter[str]) -> list[str]:
    groups = (("resource", "resource_email", "member"), ("task", "event", "event_unlogged"),
              ("jira_account", "jira_group", "jira_member", "jira_link"))
    return [str(sum(written[name] for name in names)) for names in groups]

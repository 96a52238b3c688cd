"""An initial load against a Jira that limits its calls: how much of the limit is made use of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.stand import DRIVERS, Stand, table
from tests.harness.admin import AdminClient
from tests.harness.client import ScimClient
from tests.harness.wait import until
from tests.simulators.jira import JiraControl

LATENCY_MS = 50
SETTLE_SECONDS = 600


@dataclass(frozen=True)
class Case:
    """What is limited, by so many calls a second: all calls, or each endpoint for itself, as Jira
    documents it. Connections: as many as the latency asks for, or what is the default."""

    name: str
    what: str
    limit: int
    connections: int


CASES = (Case("all calls", "overall", 100, 10),
         Case("all calls", "overall", 400, 32),
         Case("each endpoint", "each", 100, 32))


@dataclass(frozen=True)
class Size:
    """Of an initial load: each person is in one group."""

    people: int
    groups: int

    @property
    def fewest(self) -> int:
        """Calls: each person and each group is looked for and made, each member added."""
        return 2 * self.people + 2 * self.groups + self.people


SIZE = Size(5_000, 50)


@dataclass(frozen=True)
class Load:
    """What the simulated Jira saw of one initial load."""

    size: Size
    seconds: float
    done: Counter[str]  # calls by operation, without those that were answered 429
    refused: int

    @property
    def calls(self) -> int:
        return self.done.total() + self.refused

    @property
    def share_refused(self) -> float:
        return self.refused / self.calls

    @property
    def times_fewest(self) -> float:
        return self.calls / self.size.fewest


def measure(module: Path, mpm: str) -> str:
    rows = []
    for driver in DRIVERS:
        for case in CASES:
            extra = f"ScimSyncJiraConnections {case.connections}"
            with Stand(module, mpm, driver, extra) as stand:
                idp = stand.idp("load")
                tell_paused(stand.admin, "load", idp, SIZE)
                idp.close()
                before = stand.processor_seconds()
                load = initial_load(stand.admin, stand.jira.control, "load", SIZE,
                                    {case.what: case.limit})
                used = stand.processor_seconds() - before
            rows.append([f"{stand.database}: {case.name}, {case.limit}/s",
                         *figures(load, case, used)])
    return table(f"Initial load of {SIZE.people:,} people in {SIZE.groups} groups,"
                 f" {LATENCY_MS} ms a call ({mpm})",
                 ["what is limited", "connections", "calls/s", "of the limit", "answered 429",
                  "x fewest calls", "CPU us a call"], rows)


def figures(load: Load, case: Case, processor: float) -> list[str]:
    """Where each endpoint has a limit of its own, it is the busiest one that the load waits for."""
    calls = load.done.total() if case.what == "overall" else max(load.done.values())
    return [str(case.connections), f"{load.done.total() / load.seconds:.0f}",
            f"{100 * calls / load.seconds / case.limit:.1f} %",
            f"{100 * load.share_refused:.2f} %", f"{load.times_fewest:.4f}",
            f"{1e6 * processor / load.calls:.0f}"]


def tell_paused(admin: AdminClient, name: str, idp: ScimClient, size: Size) -> None:
    """All is told while the IdP is paused, so that what is measured is what goes to Jira."""
    admin.set_state(name, "paused")
    ids = [idp.create_user(f"p{number}@example.com")["id"] for number in range(size.people)]
    for number in range(size.groups):
        idp.create_group(f"Group {number}", ids[number::size.groups])


def initial_load(admin: AdminClient, control: JiraControl, name: str, size: Size,
                 rate_limit: dict[str, float]) -> Load:
    """From when the IdP is live until nothing waits."""
    control.configure(latency_ms=LATENCY_MS, rate_limit=rate_limit)
    begun = control.log()["next"]
    admin.set_state(name, "live")
    # A page of one: the status counts everything, which is not what is to be measured.
    until(lambda: not admin.tasks("state=waiting&limit=1"), "no task to wait", SETTLE_SECONDS)
    assert len(control.counts()["createdAccounts"]) == size.people
    return seen(size, control.log(begun)["entries"])


def seen(size: Size, entries: list[dict[str, Any]]) -> Load:
    done = [entry for entry in entries if entry["status"] != 429]
    ends = [entry["time"] + entry["durationMs"] / 1000 for entry in entries]
    return Load(size, max(ends) - entries[0]["time"],
                Counter(entry["operation"] for entry in done), len(entries) - len(done))

"""An initial load against a Jira that limits its calls: how much of the limit is made use of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.stand import DRIVERS, Stand, table
from tests.harness.client import ScimClient
from tests.harness.wait import until

PEOPLE = 5_000
GROUPS = 50
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
class Load:
    """What the simulated Jira saw of one initial load."""

    seconds: float
    done: Counter[str]  # calls by operation, without those that were answered 429
    refused: int
    processor: float  # seconds, of the server

    @property
    def calls(self) -> int:
        return self.done.total() + self.refused


def measure(module: Path, mpm: str) -> str:
    rows = []
    for driver in DRIVERS:
        for case in CASES:
            extra = f"ScimSyncJiraConnections {case.connections}"
            with Stand(module, mpm, driver, extra) as stand:
                load = initial_load(stand, {case.what: case.limit})
            rows.append([f"{stand.database}: {case.name}, {case.limit}/s", *figures(load, case)])
    return table(f"Initial load of {PEOPLE:,} people in {GROUPS} groups, {LATENCY_MS} ms a call"
                 f" ({mpm})", ["what is limited", "connections", "calls/s", "of the limit",
                               "answered 429", "x fewest calls", "CPU us a call"], rows)


def figures(load: Load, case: Case) -> list[str]:
    """Where each endpoint has a limit of its own, it is the busiest one that the load waits for."""
    calls = load.done.total() if case.what == "overall" else max(load.done.values())
    return [str(case.connections), f"{load.done.total() / load.seconds:.0f}",
            f"{100 * calls / load.seconds / case.limit:.1f} %",
            f"{100 * load.refused / load.calls:.2f} %",
            f"{load.calls / smallest():.4f}", f"{1e6 * load.processor / load.calls:.0f}"]


def smallest() -> int:
    """The fewest calls: each person and each group is looked for and made, each member added."""
    return 2 * PEOPLE + 2 * GROUPS + PEOPLE


def initial_load(stand: Stand, rate_limit: dict[str, float]) -> Load:
    """All is told while the IdP is paused, so that what is measured is what goes to Jira."""
    control = stand.jira.control
    idp = stand.idp("load")
    stand.admin.set_state("load", "paused")
    tell(idp)
    idp.close()
    control.configure(latency_ms=LATENCY_MS, rate_limit=rate_limit)
    begun, before = control.log()["next"], stand.processor_seconds()
    stand.admin.set_state("load", "live")
    # A page of one: the status counts everything, which is not what is to be measured.
    until(lambda: not stand.admin.tasks("state=waiting&limit=1"), "no task to wait", SETTLE_SECONDS)
    used = stand.processor_seconds() - before
    assert len(control.counts()["createdAccounts"]) == PEOPLE
    return seen(control.log(begun)["entries"], used)


def tell(idp: ScimClient) -> None:
    ids = [idp.create_user(f"p{number}@example.com")["id"] for number in range(PEOPLE)]
    for number in range(GROUPS):
        idp.create_group(f"Group {number}", ids[number::GROUPS])


def seen(entries: list[dict[str, Any]], processor: float) -> Load:
    done = [entry for entry in entries if entry["status"] != 429]
    ends = [entry["time"] + entry["durationMs"] / 1000 for entry in entries]
    return Load(max(ends) - entries[0]["time"], Counter(entry["operation"] for entry in done),
                len(entries) - len(done), processor)

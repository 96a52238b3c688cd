"""An initial load against a Jira that limits its calls: how much of the limit is made use of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.stand import DRIVERS, Stand, table
from tests.harness.client import ScimClient

PEOPLE = 5_000
GROUPS = 50
LATENCY_MS = 50
# As many connections as the latency asks for at the highest of the limits.
CONNECTIONS = 32
EXTRA = f"ScimSyncJiraConnections {CONNECTIONS}"
LIMITS = (100, 400)
# What is limited: all calls together, or each endpoint for itself, as Jira documents it.
WHAT = {"all calls together": "overall", "each endpoint": "each"}
SETTLE_SECONDS = 600


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
        for limit in LIMITS:
            for name, what in WHAT.items():
                with Stand(module, mpm, driver, EXTRA) as stand:
                    load = initial_load(stand, {what: limit})
                rows.append([f"{stand.database}: {name}, {limit}/s", *figures(load, limit, what)])
    return table(f"Initial load of {PEOPLE:,} people in {GROUPS} groups, {LATENCY_MS} ms a call"
                 f" ({mpm}, {CONNECTIONS} connections)",
                 ["what is limited", "calls/s", "of the limit", "answered 429",
                  "x fewest calls", "CPU us a call"], rows)


def figures(load: Load, limit: int, what: str) -> list[str]:
    """Where each endpoint has a limit of its own, it is the busiest one that the load waits for."""
    rate = (load.done.total() if what == "overall" else max(load.done.values())) / load.seconds
    return [f"{rate:.0f}", f"{100 * rate / limit:.1f} %", f"{100 * load.refused / load.calls:.2f} %",
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
    stand.settle(SETTLE_SECONDS)
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

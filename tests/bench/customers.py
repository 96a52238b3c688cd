"""An initial load of portal customers: how many calls it takes, and how full the batches are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.stand import DRIVERS, Stand, table
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.wait import until
from tests.simulators.jira import JiraControl

LATENCY_MS = 20
CONNECTIONS = 16
SETTLE_SECONDS = 1200
BATCH = 50
BATCHED = ("addCustomers", "addUsersToOrganization")


@dataclass(frozen=True)
class Size:
    """Each person is in the group of one service desk and in that of one organization."""

    people: int
    desks: int
    organizations: int

    @property
    def fewest(self) -> int:
        """Calls: each person is looked for and made; each desk is looked for, each organization
        made, and who is in them is read; the memberships come in full batches."""
        return (2 * self.people + 2 * (self.desks + self.organizations)
                + batches(self.people, self.desks) + batches(self.people, self.organizations))


SIZE = Size(20_000, 30, 200)


def batches(people: int, portals: int) -> int:
    return sum(-(-len(range(number, people, portals)) // BATCH) for number in range(portals))


def measure(module: Path, mpm: str) -> str:
    rows = []
    for driver in DRIVERS:
        with Stand(module, mpm, driver, f"ScimSyncJiraConnections {CONNECTIONS}") as stand:
            idp = scim_client(stand.admin.create_idp("partners", mode="customers"))
            tell_paused(stand, idp, SIZE)
            idp.close()
            rows.append([stand.database, *initial_load(stand.admin, stand.jira.control, SIZE)])
    return table(f"Initial load of {SIZE.people:,} customers into {SIZE.desks} desks and "
                 f"{SIZE.organizations} organizations, {LATENCY_MS} ms a call ({mpm})",
                 ["", "calls", "fewest", "x fewest", "members a batch", "seconds"], rows)


def tell_paused(stand: Stand, idp: ScimClient, size: Size) -> None:
    """All is told while the IdP is paused, so that what is measured is what goes to Jira."""
    control = stand.jira.control
    control.edits([{"action": "add-desk", "projectKey": f"DESK{number}"}
                   for number in range(size.desks)])
    stand.admin.put_rules("partners", {"groups": {"mappings": [
        *({"group": f"Desk {number}", "projects": [f"DESK{number}"]}
          for number in range(size.desks)),
        *({"group": f"Company {number}", "organizations": [f"Company {number}"]}
          for number in range(size.organizations))]}})
    stand.admin.set_state("partners", "paused")
    ids = [idp.create_user(f"p{number}@example.com")["id"] for number in range(size.people)]
    for number in range(size.desks):
        idp.create_group(f"Desk {number}", ids[number::size.desks])
    for number in range(size.organizations):
        idp.create_group(f"Company {number}", ids[number::size.organizations])


def initial_load(admin: AdminClient, control: JiraControl, size: Size) -> list[str]:
    """From when the IdP is live until nothing waits."""
    control.configure(latency_ms=LATENCY_MS)
    begun = control.log()["next"]
    admin.set_state("partners", "live")
    until(lambda: not admin.tasks("state=waiting&limit=1"), "no task to wait", SETTLE_SECONDS)
    return figures(size, control.log(begun)["entries"], control.counts())


def figures(size: Size, entries: list[dict[str, Any]], counts: dict[str, Any]) -> list[str]:
    assert len(counts["createdCustomers"]) == size.people
    added = [sum(map(len, counts[kind].values()))
             for kind in ("addedCustomers", "addedOrganizationMembers")]
    assert added == [size.people, size.people]
    calls = Counter(entry["operation"] for entry in entries)
    ends = [entry["time"] + entry["durationMs"] / 1000 for entry in entries]
    return [f"{calls.total():,}", f"{size.fewest:,}", f"{calls.total() / size.fewest:.4f}",
            f"{sum(added) / sum(calls[name] for name in BATCHED):.1f}",
            f"{max(ends) - entries[0]['time']:.0f}"]

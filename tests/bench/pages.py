"""What the pages of the console cost, with few and with many people."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.bench import load
from tests.bench.stand import DRIVERS, Stand, table
from tests.harness.client import USER_SCHEMA, ScimClient
from tests.harness.wait import until

SIZES = (1_000, 100_000)
PEOPLE_PER_GROUP = 100
CONNECTIONS = 16
LOAD_SECONDS = 3
ROUNDS = 6
SECONDS = 0.5
TALLY_SECONDS = 90
# What every call costs: its connection, its password, its answer.
NOTHING = "nothing there (404)"

CALLS = {
    NOTHING: "nothing",
    "people": "people?limit=100",
    "people, page of 1,000": "people?limit=1000",
    "people, by a letter": "people?q=p",
    "people, by a name": "people?q=p77&limit=10",
    "people, by a display name": "people?q=person%205&limit=100",
    "people, nobody": "people?q=nobody",
    "people who failed": "people?state=failed",
    "people who wait": "people?state=waiting",
    "people of an idp": "people?idp=directory&q=p9&limit=100",
    "tasks": "tasks?limit=100",
    "tasks that failed": "tasks?state=failed",
    "tasks that are held": "tasks?state=held",
    "tasks by their reasons": "tasks/reasons",
    "groups": "groups?limit=10",
    "groups, by a name": "groups?q=team%205&limit=1",
    "idps": "idps",
    "one idp": "idps/directory",
    "status": "status?counts=false",
    "health": "health",
    "series": "health/series",
}


def measure(module: Path, mpm: str) -> str:
    """Processor time of the server and of its database for each call. The last column is beside
    what a call that finds nothing costs, since other work on this machine changes both. The people
    are told by a paused IdP, so that nothing else goes on, and everybody has a task; of each page
    there is as much in both sizes."""
    rows = []
    for driver in DRIVERS:
        with Stand(module, mpm, driver) as stand:
            idp = stand.idp("directory")
            stand.admin.set_state("directory", "paused")
            few, many = (costs_of(stand, idp, size) for size in SIZES)
            idp.close()
            rows += [[f"{stand.database}: {name}", f"{few[name]:.0f}", f"{many[name]:.0f}",
                      f"{many[name] / few[name] * few[NOTHING] / many[NOTHING]:.2f}"]
                     for name in CALLS]
    return table(f"Calls of the console ({mpm}); CPU us each",
                 ["", *(f"{size:,} people" for size in SIZES), "x"], rows)


def costs_of(stand: Stand, idp: ScimClient, size: int) -> dict[str, float]:
    """Microseconds of each call, over some rounds of all calls in turn."""
    tell(stand, idp, size)
    used = dict.fromkeys(CALLS, 0.0)
    calls = dict.fromkeys(CALLS, 0)
    for _ in range(ROUNDS):
        for name, path in CALLS.items():
            before = stand.processor_seconds() + stand.database_seconds()
            calls[name] += call_for_a_while(stand, f"/api/{path}", 404 if name == NOTHING else 200)
            used[name] += stand.processor_seconds() + stand.database_seconds() - before
    return {name: 1e6 * used[name] / calls[name] for name in CALLS}


def call_for_a_while(stand: Stand, path: str, status: int) -> int:
    """Returns how often."""
    end = time.monotonic() + SECONDS
    calls = 0
    while time.monotonic() < end:
        stand.admin.get(path).expect(status)
        calls += 1
    return calls


def tell(stand: Stand, idp: ScimClient, size: int) -> None:
    """So many people, one group for each hundred; and large numbers are counted."""
    told = idp_of(stand)
    for number in range(told["groups"], size // PEOPLE_PER_GROUP):
        idp.create_group(f"team {number}")
    user = {"schemas": [USER_SCHEMA], "userName": "p{n}@example.com", "displayName": "Person {n}",
            "emails": [{"value": "p{n}@example.com", "primary": True}]}
    request = load.Request("POST", f"{idp.base_url}/Users", idp.token or "", (json.dumps(user),))
    for number in range(min(size, SIZES[0]) - told["users"]):
        idp.create_user(f"p{number}@example.com", displayName=f"Person {number}",
                        emails=[{"value": f"p{number}@example.com", "primary": True}])
    first = 1_000_000
    while users(stand) < size:
        # Of idle connections a busy server closes some.
        stand.admin.close()
        load.run(request, CONNECTIONS, LOAD_SECONDS, first)
        first += 1_000_000
    if size > SIZES[0]:
        until(lambda: idp_of(stand)["countedAt"], "all to be counted", TALLY_SECONDS)


def idp_of(stand: Stand) -> dict[str, int]:
    return stand.admin.get("/api/idps/directory").expect(200).json()


def users(stand: Stand) -> int:
    return stand.admin.status()["told"]["users"]

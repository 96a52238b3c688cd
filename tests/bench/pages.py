"""What the pages of the console cost, with few and with many people."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.bench import load
from tests.bench.stand import DRIVERS, Stand, table
from tests.harness import sql
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
    "people of an idp": "people?idp=directory&q=p&limit=100",
    "tasks": "tasks?limit=100",
    "tasks that failed": "tasks?state=failed",
    "tasks that are held": "tasks?state=held",
    "tasks by their reasons": "tasks/reasons",
    "groups": "groups?limit=10",
    "groups, by a name": "groups?q=team&limit=1",
    "idps": "idps",
    "one idp": "idps/directory",
    "status": "status?counts=false",
    "health": "health",
    "series": "health/series",
    "members of a group": "idps/directory/groups/{group}/members",
}
# The path, and what is sent there by a POST.
Asked = tuple[str, Any]
# Of what is planned. "Rare" is what ten people lose.
PLANS = {
    NOTHING: ("nothing", None),
    "plan, its first page": ("idps/directory/plan", {"limit": 50}),
    "plan, another page": ("idps/directory/plan", {"limit": 50, "after": "8", "sums": False}),
    "plan, its sums": ("idps/directory/plan", {"limit": 1}),
    "plan, all told": ("idps/directory/plan", {"limit": 50, "all": True}),
    "plan, by a call": ("idps/directory/plan", {"limit": 50, "call": "createAccount"}),
    "plan, by a rare call": ("idps/directory/plan", {"limit": 50, "call": "removeMember"}),
    "plan, by a reason": ("idps/directory/plan", {"limit": 50, "withheld": "seat"}),
    "plan of one person": ("idps/directory/users/{user}/plan", None),
    "plan of one by name": ("idps/directory/users/plan?userName=p77@example.com", None),
    "plan of a group": ("idps/directory/groups/{group}/plan", None),
    "tasks that are planned": ("tasks?state=planned&idp=directory", None),
    "planned, of a site": ("tasks?state=planned&site=main", None),
}
# As if a dry run had come to its end, which asks Jira about everybody; and Jira had all groups.
COUNT = ("INSERT INTO plan_count (task, what, count, idp, kind, subject)"
         " SELECT id, {what}, 1, idp, kind, subject FROM task WHERE kind = 'user'")
TABLES = ("idp", "site", "resource", "member", "task", "plan_count", "event", "jira_group")
RARE = ", ".join(f"'p{number}@example.com'" for number in range(10))
PLANNED = (
    "UPDATE task SET state = 'planned', plan = '{}'", "DELETE FROM plan_count",
    COUNT.format(what="'call:createAccount'"), COUNT.format(what="'withheld:seat'"),
    COUNT.format(what="'call:removeMember'") + f" AND name IN ({RARE})",
    "INSERT INTO jira_group (site, group_id, name, ours, seen) SELECT 'main', 'held-' || id, name,"
    " 1, 0 FROM resource WHERE type = 'Group' ON CONFLICT (site, group_id) DO NOTHING")


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
                     for name in few]
    return table(f"Calls of the console ({mpm}); CPU us each",
                 ["", *(f"{size:,} people" for size in SIZES), "x"], rows)


def costs_of(stand: Stand, idp: ScimClient, size: int) -> dict[str, float]:
    """Microseconds of each call: of those about what waits, then of those about what is planned."""
    tell(stand, idp, size)
    settle(stand)
    ids = {"user": found(stand, "people?q=p77@example.com&limit=1", "people"),
           "group": found(stand, "groups?q=makers&limit=1", "groups")}
    used = in_turns(stand, {name: (path.format(**ids), None) for name, path in CALLS.items()})
    for statement in PLANNED:
        sql.execute(stand.server.database, statement)
    settle(stand)
    until(lambda: (plan := stand.admin.plan("directory", limit=1))["countedAt"]
          and plan["tasks"]["planned"] >= size, "the sums", TALLY_SECONDS)
    plans = in_turns(stand, {name: (path.format(**ids), body)
                             for name, (path, body) in PLANS.items()})
    stand.admin.post("/api/tasks/retry?state=planned&idp=directory", {}).expect(200)
    # Beside the same, each of them.
    return used | {name: cost * used[NOTHING] / plans[NOTHING] for name, cost in plans.items()}


def settle(stand: Stand) -> None:
    """PostgreSQL knows its tables: by itself it looks at them within minutes of so many changes."""
    if stand.server.database.driver == "pgsql":
        sql.execute(stand.server.database, f"VACUUM ANALYZE {', '.join(TABLES)}")


def found(stand: Stand, path: str, what: str) -> str:
    return stand.admin.get(f"/api/{path}").expect(200).json()[what][0]["id"]


def in_turns(stand: Stand, asked: dict[str, Asked]) -> dict[str, float]:
    """Microseconds of each call, over some rounds of all calls in turn."""
    used = dict.fromkeys(asked, 0.0)
    calls = dict.fromkeys(asked, 0)
    for _ in range(ROUNDS):
        for name, (path, body) in asked.items():
            before = stand.processor_seconds() + stand.database_seconds()
            calls[name] += call_for_a_while(stand, f"/api/{path}", body,
                                            404 if name == NOTHING else 200)
            used[name] += stand.processor_seconds() + stand.database_seconds() - before
    return {name: 1e6 * used[name] / calls[name] for name in asked}


def call_for_a_while(stand: Stand, path: str, body: Any, status: int) -> int:
    """Returns how often."""
    end = time.monotonic() + SECONDS
    calls = 0
    while time.monotonic() < end:
        stand.admin.request("POST" if body else "GET", path, body).expect(status)
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
    people = [idp.create_user(f"p{number}@example.com", displayName=f"Person {number}",
                              emails=[{"value": f"p{number}@example.com", "primary": True}])["id"]
              for number in range(min(size, SIZES[0]) - told["users"])]
    if people:
        idp.create_group("makers", people[:PEOPLE_PER_GROUP])
    first = 1_000_000
    while users(stand) < size:
        # Of idle connections a busy server closes some.
        stand.admin.close()
        load.run(request, CONNECTIONS, LOAD_SECONDS, first)
        first += 1_000_000
    if size > SIZES[0]:
        before = idp_of(stand)["countedAt"]
        until(lambda: idp_of(stand)["countedAt"] not in (None, before), "all to be counted",
              TALLY_SECONDS)


def idp_of(stand: Stand) -> dict[str, int]:
    return stand.admin.get("/api/idps/directory").expect(200).json()


def users(stand: Stand) -> int:
    return stand.admin.status()["told"]["users"]

"""What the pages of the console cost, with few and with many people."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.page_calls import CALLS, NOTHING, PLANS, Asked
from tests.bench.page_people import SIZES, TALLY_SECONDS, execute, set_up, tell
from tests.bench.stand import DRIVERS, MARK, Stand, table
from tests.harness import sql
from tests.harness.client import ScimClient
from tests.harness.wait import until

ROUNDS = 6
SECONDS = 0.15
# What the project promises.
FLAT = 1.3
# What a sweep leaves of requests, which comes once a minute.
KEPT = ("DELETE FROM request WHERE id NOT IN (SELECT id FROM request WHERE idp = 'directory'"
        " ORDER BY id DESC LIMIT 500)")
# As if a dry run had come to its end, which asks Jira about everybody; and Jira had all groups.
COUNT = ("INSERT INTO plan_count (task, what, count, idp, kind, subject) SELECT id, {what}, 1, idp,"
         " kind, subject FROM task WHERE kind = 'user' AND state = 'planned'")
TABLES = ("idp", "site", "resource", "resource_email", "member", "task", "plan_count", "event",
          "jira_group", "request", "google_run", "google_change")
RARE = ", ".join(f"'p{number}@example.com'" for number in range(10))
PLANNED = (
    "UPDATE task SET state = 'planned', plan = '{}' WHERE state = 'waiting'",
    "DELETE FROM plan_count",
    COUNT.format(what="'call:createAccount'"), COUNT.format(what="'withheld:seat'"),
    COUNT.format(what="'call:removeMember'") + f" AND name IN ({RARE})",
    "INSERT INTO jira_group (site, group_id, name, ours, seen) SELECT 'main', 'held-' || id, name,"
    " 1, 0 FROM resource WHERE type = 'Group' ON CONFLICT (site, group_id) DO NOTHING")


@dataclass
class Side:
    """A server with so many people, and who tells it of them."""

    stand: Stand
    idp: ScimClient
    size: int
    ids: dict[str, Any] = field(default_factory=dict)
    now: float = 0

    def spent(self) -> float:
        """Processor seconds since it was asked last."""
        before, self.now = self.now, self.stand.processor_seconds() + self.stand.database_seconds()
        return self.now - before


def measure(module: Path, mpm: str) -> str:
    """Processor time of the server and of its database for each call. The sizes have a server each,
    and are asked in turns, since other work on this machine changes what a call costs; what is more
    times as much with many people than is promised has a mark."""
    rows = []
    for driver in DRIVERS:
        with ExitStack() as stack:
            few, many = costs_of([begin(stack, module, mpm, driver, size) for size in SIZES])
            rows += [row(f"{DRIVERS[driver]}: {name}", few[name], many[name]) for name in few]
    return table(f"Calls of the console ({mpm}); CPU us each",
                 ["", *(f"{size:,} people" for size in SIZES), "x", ""], rows)


def begin(stack: ExitStack, module: Path, mpm: str, driver: str, size: int) -> Side:
    stand = stack.enter_context(Stand(module, mpm, driver))
    side = Side(stand, stack.enter_context(closing(set_up(stand))), size)
    tell(stand, side.idp, SIZES[0])
    if size > SIZES[0]:
        tell(stand, side.idp, size)
    return side


def row(name: str, few: float, many: float) -> list[str]:
    return [name, f"{few:.0f}", f"{many:.0f}", f"{many / few:.2f}",
            MARK if many / few > FLAT else ""]


def costs_of(sides: list[Side]) -> list[dict[str, float]]:
    """Microseconds of each call, of each side: of those about what waits, then of those about what
    is planned."""
    for side in sides:
        begin_anew(side)
        side.ids = ids_of(side.stand)
    used = in_turns(sides, CALLS)
    for side in sides:
        execute(side.stand, *PLANNED)
        begin_anew(side)
        until(lambda: (plan := side.stand.admin.plan("directory", limit=1))["countedAt"]
              and plan["tasks"]["planned"] >= side.size // 2, "the sums", TALLY_SECONDS)
    return [waits | plans for waits, plans in zip(used, in_turns(sides, PLANS))]


def begin_anew(side: Side) -> None:
    """Each is asked over connections as new as those of the other one: on one that has been asked
    for many things, statements are planned each time. And each has as many requests on record."""
    execute(side.stand, KEPT)
    settle(side.stand)
    side.stand.server.restart()
    side.stand.admin.close()
    side.idp.close()


def ids_of(stand: Stand) -> dict[str, Any]:
    """What stands for the names in the calls."""
    def one(path: str, at: int = 0) -> dict[str, Any]:
        answer = stand.admin.get(f"/api/{path}").expect(200).json()
        rows, = (value for value in answer.values() if isinstance(value, list) and value)
        return rows[at]
    pull = one("idps/workspace/pulls?limit=1")["id"]
    return {"user": one("people?q=p77@example.com&limit=1")["id"],
            "group": one("groups?q=makers&limit=1")["id"],
            "task": one("tasks?state=waiting&limit=200", -1)["id"],
            "event": one("events?limit=200", -1)["id"],
            "request": one("idps/directory/requests")["id"], "pull": pull,
            "change": one(f"idps/workspace/pulls/{pull}/changes?limit=200", -1)["id"],
            "since": stand.admin.get("/api/idps/directory").expect(200).json()["createdAt"]}


def settle(stand: Stand) -> None:
    """PostgreSQL knows its tables: by itself it looks at them within minutes of so many changes."""
    if stand.server.database.driver == "pgsql":
        sql.execute(stand.server.database, f"VACUUM ANALYZE {', '.join(TABLES)}")


def in_turns(sides: list[Side], asked: dict[str, Asked]) -> list[dict[str, float]]:
    """Microseconds of each call, of each side, over some rounds of all calls, the sides in turn.
    The dearest round of each is left out: once a minute something large is counted, whoever asks
    meanwhile."""
    rounds: list[dict[str, list[tuple[float, int]]]] = [{name: [] for name in asked} for _ in sides]
    for name in [*asked] * ROUNDS:
        path, body = asked[name]
        for side, costs in zip(sides, rounds):
            side.spent()
            calls = call_for_a_while(side.stand, f"/api/{path.format(**side.ids)}", body,
                                     404 if name == NOTHING else 200)
            costs[name].append((side.spent(), calls))
    return [{name: mean_of(sorted(each, key=lambda one: one[0] / one[1])[:-1])
             for name, each in costs.items()} for costs in rounds]


def mean_of(rounds: list[tuple[float, int]]) -> float:
    return 1e6 * sum(used for used, _ in rounds) / sum(calls for _, calls in rounds)


def call_for_a_while(stand: Stand, path: str, body: Any, status: int) -> int:
    """Returns how often."""
    end = time.monotonic() + SECONDS
    calls = 0
    while time.monotonic() < end:
        stand.admin.request("POST" if body else "GET", path, body).expect(status)
        calls += 1
    return calls

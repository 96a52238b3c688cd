"""What the pages of the console cost, with few and with many people."""

from __future__ import annotations

import time
from contextlib import closing
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
BETWEEN = 8
# What the project promises.
FLAT = 1.3
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


def measure(module: Path, mpm: str) -> str:
    """Processor time of the server and of its database for each call. The last column is beside
    what a call that finds nothing costs, since other work on this machine changes both; what is
    more there than is promised has a mark."""
    rows = []
    for driver in DRIVERS:
        with Stand(module, mpm, driver) as stand, closing(set_up(stand)) as idp:
            few, many = (costs_of(stand, idp, size) for size in SIZES)
            rows += [row(f"{stand.database}: {name}", few[name], many[name],
                         many[NOTHING] / few[NOTHING]) for name in few]
    return table(f"Calls of the console ({mpm}); CPU us each",
                 ["", *(f"{size:,} people" for size in SIZES), "x", ""], rows)


def row(name: str, few: float, many: float, nothing: float) -> list[str]:
    times = many / few / nothing
    return [name, f"{few:.0f}", f"{many:.0f}", f"{times:.2f}", MARK if times > FLAT else ""]


def costs_of(stand: Stand, idp: ScimClient, size: int) -> dict[str, float]:
    """Microseconds of each call: of those about what waits, then of those about what is planned."""
    tell(stand, idp, size)
    settle(stand)
    begin_anew(stand, idp)
    ids = ids_of(stand)
    used = in_turns(stand, CALLS, ids)
    execute(stand, *PLANNED)
    settle(stand)
    begin_anew(stand, idp)
    until(lambda: (plan := stand.admin.plan("directory", limit=1))["countedAt"]
          and plan["tasks"]["planned"] >= size // 2, "the sums", TALLY_SECONDS)
    plans = in_turns(stand, PLANS, ids)
    stand.admin.post("/api/tasks/retry?state=planned&idp=directory", {}).expect(200)
    # Beside the same, each of them.
    return used | {name: cost * used[NOTHING] / plans[NOTHING] for name, cost in plans.items()
                   if name != NOTHING}


def begin_anew(stand: Stand, idp: ScimClient) -> None:
    """Each size is asked about over connections as new as those of the other one: on one that has
    been asked for many things, statements are planned each time."""
    stand.server.restart()
    stand.admin.close()
    idp.close()


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


def in_turns(stand: Stand, asked: dict[str, Asked], ids: dict[str, Any]) -> dict[str, float]:
    """Microseconds of each call, over some rounds of all calls in turn, NOTHING again and again
    between them. The dearest round of each is left out: once a minute something large is counted,
    whoever asks meanwhile."""
    rounds: dict[str, list[tuple[float, int]]] = {name: [] for name in asked}
    names = [name for name in asked if name != NOTHING]
    turn = [name for at in range(0, len(names), BETWEEN) for name in [NOTHING,
            *names[at:at + BETWEEN]]]
    now = stand.processor_seconds() + stand.database_seconds()
    for name in turn * ROUNDS:
        before = now
        path, body = asked[name]
        calls = call_for_a_while(stand, f"/api/{path.format(**ids)}", body,
                                 404 if name == NOTHING else 200)
        now = stand.processor_seconds() + stand.database_seconds()
        rounds[name].append((now - before, calls))
    return {name: mean_of(sorted(each, key=lambda one: one[0] / one[1])[:-1] or each)
            for name, each in rounds.items()}


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

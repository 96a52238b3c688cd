"""What other writers pay for tasks that wait since their IdP is paused."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bench import load
from tests.bench.stand import DRIVERS, Stand, table
from tests.harness.client import PATCH_SCHEMA, USER_SCHEMA, ScimClient

SECONDS = 5
CROWD = 20_000
CONNECTIONS = 16


def measure(module: Path, mpm: str) -> str:
    """PATCHes of one user, one after the other: each is a task, for which the provisioner wakes up
    and finds nothing to call Jira for."""
    rows = []
    for driver in DRIVERS:
        with Stand(module, mpm, driver) as stand:
            idp = stand.idp("writer")
            user = idp.create_user("ada@example.com")["id"]
            stand.settle()
            alone = patches(stand, idp, user)
            waiting = add_crowd(stand)
            beside = patches(stand, idp, user)
            idp.close()
        for name, (rate, longest, processor) in (("alone", alone),
                                                 (f"beside {waiting:,} tasks", beside)):
            rows.append([f"{stand.database}: {name}", f"{rate:.0f}", f"{longest:.1f}",
                         f"{processor:.0f}", f"{processor / alone[2]:.2f}"])
    return table(f"PATCH of a user, beside tasks of a paused IdP ({mpm})",
                 ["", "per second", "longest ms", "CPU us each", "x alone"], rows)


def patches(stand: Stand, idp: ScimClient, user: str) -> tuple[float, float, float]:
    """The rate, the longest wait in ms, and the server's processor time for each in us."""
    bodies = tuple(json.dumps({"schemas": [PATCH_SCHEMA], "Operations": [
        {"op": "replace", "path": "title", "value": title}]}) for title in ("one", "two"))
    before = stand.processor_seconds()
    result = load.run(load.Request("PATCH", f"{idp.base_url}/Users/{user}", idp.token or "",
                                   bodies), 1, SECONDS)
    assert not result.refused
    used = stand.processor_seconds() - before
    return result.rate, result.longest_ms, 1e6 * used / result.requests


def add_crowd(stand: Stand) -> int:
    idp = stand.idp("paused")
    stand.admin.set_state("paused", "paused")
    user = json.dumps({"schemas": [USER_SCHEMA], "userName": "p{n}@example.com"})
    request = load.Request("POST", f"{idp.base_url}/Users", idp.token or "", (user,))
    idp.close()
    first = 0
    while (waiting := stand.admin.status()["tasks"]["waiting"]) < CROWD:
        load.run(request, CONNECTIONS, SECONDS, first)
        first += 1_000_000
    return waiting

"""PATCH of one member in groups of very different sizes."""

from __future__ import annotations

import statistics
import time

from tests.bench.stand import Stand, table
from tests.harness.client import ScimClient

SIZES = (10, 1_000, 100_000)
AT_A_TIME = 1_000
TIMES = 100


def measure(stand: Stand) -> str:
    """One person goes in and out of groups whose other members no IdP has told of: of this size
    they need not be people to cost what people would."""
    idp = stand.idp("groups", live=False)
    user = idp.create_user("ada@example.com")
    rows = []
    for size in SIZES:
        group = filled(idp, size)
        waits = one_by_one(stand, idp, group, user["id"])
        milliseconds, processor = waits
        rows.append([f"{size:,} members", f"{statistics.median(milliseconds):.2f}",
                     f"{max(milliseconds):.2f}",
                     f"{statistics.median(milliseconds) / float(rows[0][1]) if rows else 1:.1f}",
                     f"{processor:.0f}"])
    idp.close()
    return table(f"PATCH of one member ({stand.mpm}, SQLite, N={2 * TIMES})",
                 ["", "median ms", "max ms", "x the first", "CPU us each"], rows)


def filled(idp: ScimClient, size: int) -> str:
    group: str = idp.create_group(f"of {size}")["id"]
    for first in range(0, size, AT_A_TIME):
        members = [{"value": f"member-{number}"}
                   for number in range(first, min(first + AT_A_TIME, size))]
        idp.patch_operations(f"/Groups/{group}", {
            "op": "add", "path": "members", "value": members}).expect(200, 204)
    return group


def one_by_one(stand: Stand, idp: ScimClient, group: str,
               user: str) -> tuple[list[float], float]:
    """The waits in ms, and the server's processor time for each in us."""
    waits = []
    before = stand.processor_seconds()
    for _ in range(TIMES):
        for operation in ({"op": "add", "path": "members", "value": [{"value": user}]},
                          {"op": "remove", "path": f'members[value eq "{user}"]'}):
            began = time.perf_counter()
            idp.patch_operations(f"/Groups/{group}", operation).expect(200, 204)
            waits.append(1000 * (time.perf_counter() - began))
    return waits, 1e6 * (stand.processor_seconds() - before) / len(waits)

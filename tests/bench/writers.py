"""Many concurrent writers on SQLite: the rate, and who waits longest, beside SQLite alone."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from pathlib import Path

from tests.bench import load
from tests.bench.stand import Stand, table
from tests.harness.client import USER_SCHEMA

SECONDS = 5
CONNECTIONS = (1, 8, 32)
BATCH = 32


def measure(stand: Stand) -> str:
    """POST of a user: the resource, its task and its event, durable before the answer."""
    idp = stand.idp("writers", live=False)
    rows = []
    for rows_each in (1, BATCH):
        rate, longest = raw(stand.server.directory / "db", rows_each)
        rows.append([f"SQLite alone, {rows_each} row(s) a transaction", f"{rate:.0f}",
                     f"{longest:.1f}", ""])
    single = float(rows[0][1])
    first = 0
    for connections in CONNECTIONS:
        user = {"schemas": [USER_SCHEMA], "userName": "writer{n}@example.com", "active": True}
        result = load.run(load.Request("POST", f"{idp.base_url}/Users", idp.token or "",
                                       (json.dumps(user),)), connections, SECONDS, first)
        first += 1_000_000
        rows.append([f"POST of a user, {connections} at once", f"{result.rate:.0f}",
                     f"{result.longest_ms:.1f}", f"{result.rate / single:.2f}"])
        if result.refused:
            rows.append([f"  of these not 2xx: {result.refused}", "", "", ""])
    idp.close()
    return table(f"Writers on SQLite, WAL and synchronous=FULL ({stand.mpm})",
                 ["", "per second", "longest ms", "of single rows"], rows)


def raw(directory: Path, rows: int) -> tuple[float, float]:
    """Inserted rows per second by one writer on the same disk, and the longest transaction in
    ms."""
    with tempfile.TemporaryDirectory(dir=directory) as place:
        connection = sqlite3.connect(f"{place}/raw.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE t (id TEXT PRIMARY KEY, name TEXT UNIQUE, doc TEXT)")
        done, longest = 0, 0.0
        began = time.monotonic()
        while (before := time.monotonic()) < began + SECONDS:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [
                (f"id-{n}", f"writer{n}@example.com", "x" * 380)
                for n in range(done, done + rows)])
            connection.execute("COMMIT")
            done += rows
            longest = max(longest, time.monotonic() - before)
        connection.close()
    return done / SECONDS, 1000 * longest

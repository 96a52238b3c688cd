"""How a database carried out what an httpd under test has sent to it: every statement, as it was
sent, with the tables that it read from their beginning to their end.

PostgreSQL writes its plans down itself (auto_explain). SQLite's statements are recorded by
sqlite_statements.c, from within httpd, and it is asked for the program of each afterwards, on the
same file: so the plan is that of the same statistics.
"""

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from tests.harness.postgres import Cluster
from tests.harness.preload import library

SOURCE = Path(__file__).with_name("sqlite_statements.c")


@dataclass(frozen=True)
class Statement:
    """One that was carried out."""

    text: str                # with its plan, for people
    through: frozenset[str]  # tables that its plan reads without an index
    read: int                # about so many rows it looked at, along an index or not;
    walked: int              # those that it met on its way, while it looked for others


class OfPostgres:
    """Those of a cluster of the test's own."""

    _SETTINGS = ("session_preload_libraries = auto_explain", "auto_explain.log_min_duration = 0",
                 "auto_explain.log_analyze = on", "auto_explain.log_timing = off")

    _THROUGH = re.compile(r"Seq Scan on (\w+)")
    _ROWS = re.compile(r"(?:Seq|Index|Index Only|Bitmap Heap) Scan[^(]* on .*"
                       r"\(actual rows=(\d+) loops=(\d+)\)")
    _LEFT = re.compile(r"Rows Removed by Filter: (\d+)")

    def __init__(self, cluster: Cluster):
        self._log = cluster.directory / "postgres.log"
        self._seen = 0
        for setting in self._SETTINGS:
            cluster.rule(f"ALTER DATABASE scim SET {setting}")

    def pass_over(self) -> None:
        """All until now."""
        self._seen = self._log.stat().st_size

    def new(self) -> list[Statement]:
        """Those since the last time."""
        with self._log.open("rb") as log:
            log.seek(self._seen)
            text = log.read()
        self._seen += len(text)
        # What follows a line's beginning is indented by a tab.
        return [self._statement(plan) for plan in
                re.findall(r" plan:\n((?:\t.*\n)*)", text.decode(errors="replace"))]

    def _statement(self, plan: str) -> Statement:
        return Statement(plan, frozenset(self._THROUGH.findall(plan)), *self._rows(plan))

    def _rows(self, plan: str) -> tuple[int, int]:
        """As the two of Statement."""
        found = walked = 0
        for node in re.split(r"(?=->  )", plan):
            if rows := self._ROWS.search(node):
                left = self._LEFT.search(node)
                found += int(rows[1]) * int(rows[2])
                walked += int(left[1]) * int(rows[2]) if left else 0
        return found + walked, walked


class OfSqlite:
    """Those of a server's own file. Before the server starts, it is given `environment`."""

    # What steps to the next row says so where that is of a whole table, or of what an index is made
    # of that the statement lacks.
    _STEPS = ("Next", "Prev")
    _WHOLE = (1, 3)
    _STEPS_OF_A_ROW = 5

    def __init__(self, file: Path, record: Path):
        self._file = file
        self._record = record
        self._seen = 0
        self._known: dict[str, tuple[str, frozenset[str]]] = {}  # plan and tables of each text
        record.touch()
        self.environment = {"LD_PRELOAD": str(library(SOURCE, "-lsqlite3")),
                            "SQLITE_STATEMENTS": str(record)}

    def pass_over(self) -> None:
        """All until now."""
        self._seen = self._record.stat().st_size

    def new(self) -> list[Statement]:
        """Those since the last time."""
        with self._record.open("rb") as record:
            record.seek(self._seen)
            text = record.read()
        text = text[:text.rfind(b"\0") + 1]
        self._seen += len(text)
        with closing(sqlite3.connect(self._file)) as database:
            return [self._statement(database, *line.split(" ", 2))
                    for line in text.decode().split("\0")[:-1]]

    def _statement(self, database: sqlite3.Connection, steps: str, walked: str,
                   text: str) -> Statement:
        if text not in self._known:
            plan = "\n".join(row[-1] for row in explain(database, "EXPLAIN QUERY PLAN", text))
            self._known[text] = (plan, frozenset(self._through(database, text)))
        plan, through = self._known[text]
        return Statement(f"{text}\n{plan}\n{steps} steps, {walked} rows on the way", through,
                         int(steps) // self._STEPS_OF_A_ROW, int(walked))

    def _through(self, database: sqlite3.Connection, text: str) -> Iterator[str]:
        """Tables of which the statement's program steps through all rows, or that it counts."""
        roots = dict(database.execute(
            "SELECT rootpage, name FROM sqlite_schema WHERE type = 'table'"))
        cursors: dict[int, str] = {}
        for _, code, first, second, _, _, flags, _ in explain(database, "EXPLAIN", text):
            if code == "OpenRead" and second in roots:
                cursors[first] = roots[second]
            elif first in cursors and (code == "Count" or
                                       code in self._STEPS and flags in self._WHOLE):
                yield cursors[first]


def explain(database: sqlite3.Connection, how: str, text: str) -> list[tuple]:
    """With no values, as when the driver has it prepared."""
    if not re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", text):
        return []
    try:
        return database.execute(f"{how} {text}").fetchall()
    except sqlite3.ProgrammingError as error:
        values = int(re.search(r"uses (\d+)", str(error))[1])
        return database.execute(f"{how} {text}", [None] * values).fetchall()

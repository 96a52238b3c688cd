"""Which rows of a server's database are written: counted by triggers, one for each row."""

import sqlite3
import subprocess
from collections import Counter
from typing import Iterable

from tests.harness.httpd import Database

# What IdPs told, what follows from that, and what Jira was seen to hold.
TABLES = ("resource", "resource_email", "member", "task", "event", "event_unlogged",
          "jira_account", "jira_group", "jira_member", "jira_link")

_WAYS = ("INSERT", "UPDATE", "DELETE")


class Written:
    """Rows that were inserted, updated or deleted since the last look, by table.

    Made while no server uses the database, since it takes no turns with one."""

    def __init__(self, database: Database, tables: Iterable[str] = TABLES):
        self._database = database
        self._seen: Counter[str] = Counter()
        self._sql("CREATE TABLE written (name TEXT NOT NULL)")
        if database.driver == "pgsql":
            self._sql("CREATE FUNCTION note_written() RETURNS trigger LANGUAGE plpgsql AS"
                      " $$BEGIN INSERT INTO written VALUES (TG_TABLE_NAME); RETURN NULL; END$$")
        for table in tables:
            self._watch(table)

    def since(self) -> dict[str, int]:
        counts = Counter({name: int(count) for name, count in self._sql(
            "SELECT name, COUNT(*) FROM written GROUP BY name")})
        fresh = counts - self._seen
        self._seen = counts
        return dict(fresh)

    def _watch(self, table: str) -> None:
        if self._database.driver == "pgsql":
            self._sql(f"CREATE TRIGGER written AFTER {' OR '.join(_WAYS)} ON {table}"
                      " FOR EACH ROW EXECUTE FUNCTION note_written()")
            return
        for way in _WAYS:
            self._sql(f"CREATE TRIGGER written_{table}_{way} AFTER {way} ON {table}"
                      f" BEGIN INSERT INTO written VALUES ('{table}'); END")

    def _sql(self, statement: str) -> list[list[str]]:
        if self._database.driver == "pgsql":
            done = subprocess.run(
                ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
                 "-d", self._database.params, "-c", statement],
                check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            return [row.split("\t") for row in done.stdout.splitlines()]
        with sqlite3.connect(self._database.params, timeout=20) as connection:
            return connection.execute(statement).fetchall()

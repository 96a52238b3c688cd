"""The test stand: a server with the module, a simulated Jira, an IdP, and tables."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Sequence

from tests.harness import processes, scratch
from tests.harness.admin import scim_client
from tests.harness.client import ScimClient
from tests.harness.conf import Settings
from tests.harness.httpd import Database, Httpd
from tests.harness.jira import JiraProcess
from tests.harness.postgres import Postgres, Session
from tests.harness.wait import until

STATIC_LOCATION = "/static.json"
STATIC_BODY = '{"hello": "world", "answer": 42}\n'
NOBODY = "http://127.0.0.1:9"  # the port "discard", on which nobody listens today
SETTLE_SECONDS = 120

# What stands behind a row that is more than is promised.
MARK = "!"

DRIVERS = {"sqlite3": "SQLite", "pgsql": "PostgreSQL"}


class Stand:
    """One server, as the tests have it, and beside the module a plain static file. `extra` is
    more of its configuration."""

    def __init__(self, module: Path, mpm: str, driver: str = "sqlite3", extra: str = ""):
        self.database = DRIVERS[driver]
        self._cluster = Postgres(scratch.make("bench-db")) if driver == "pgsql" else None
        database = Database(driver, self._cluster and self._cluster.create_database())
        self._session = self._cluster and Session(database.params)
        self._backends: dict[int, float] = {}
        self._directories = [scratch.make("bench"), scratch.make("bench-jira")]
        documents = self._directories[0] / "htdocs"
        documents.mkdir()
        (documents / STATIC_LOCATION[1:]).write_text(STATIC_BODY)
        self.mpm = mpm
        self.server = Httpd(self._directories[0], module, mpm=mpm, database=database,
                            settings=Settings(
            log_level="warn", extra=f"DocumentRoot {documents}\n{extra}",
            locations={STATIC_LOCATION: "Require all granted"}))
        self.jira = JiraProcess(self._directories[1])

    def __enter__(self) -> "Stand":
        self.jira.start()
        self.server.start()
        self.admin = self.server.admin()
        self.admin.put_site("main", self.jira.url, self.jira.email, self.jira.api_token)
        return self

    def __exit__(self, *exception: Any) -> None:
        self.admin.close()
        self.server.stop()
        self.server.dispose()
        self.jira.stop()
        if self._session:
            self._session.__exit__()
        if self._cluster:
            self._cluster.stop()
            self._directories.append(self._cluster.directory)
        for directory in self._directories:
            scratch.remove(directory)

    def idp(self, name: str, live: bool = True, site: str = "main") -> ScimClient:
        """An IdP. One that is not live feeds a site that does not answer, so that its tasks wait
        and what is measured is the answering alone."""
        if not live:
            self.admin.put_site("closed", NOBODY, self.jira.email, self.jira.api_token)
        return scim_client(self.admin.create_idp(name, site=site if live else "closed"))

    def settle(self) -> None:
        until(lambda: self.admin.status()["tasks"]["waiting"] == 0, "no task to wait",
              SETTLE_SECONDS)

    def processor_seconds(self) -> float:
        """User and system time of all the server's processes so far."""
        return sum(processor_seconds(pid) for pid in processes.session_members(self.server.pid))

    def database_seconds(self) -> float:
        """The same of the database server's processes that serve it, those included that have ended
        since they were looked at last, and not autovacuum's; SQLite has none."""
        if self._session is None:
            return 0
        pids = self._session.run("SELECT pid FROM pg_stat_activity WHERE datname ="
                                 " current_database() AND pid <> pg_backend_pid()"
                                 " AND backend_type = 'client backend';")
        self._backends |= {pid: processor_seconds(pid) for pid in map(int, pids.split())}
        return sum(self._backends.values())


def processor_seconds(pid: int) -> float:
    """By the clock that the kernel has of each process, which is finer than what /proc tells."""
    return time.clock_gettime(~pid << 3 | 2)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table in plain text: the first column to the left, the others to the right."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells)]
    lines = ["  ".join(cell.ljust(width) if at == 0 else cell.rjust(width)
                       for at, (cell, width) in enumerate(zip(row, widths))).rstrip()
             for row in cells]
    rule = "-" * max(map(len, lines))
    return "\n".join([f"\n{title}", rule, lines[0], rule, *lines[1:], rule])

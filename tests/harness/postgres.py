"""Databases of their own in one private PostgreSQL cluster."""

import itertools
import os
import re
import subprocess
from pathlib import Path

from tests.harness.scratch import ROOT

SCRIPT = ROOT / "tests" / "postgres"

# libpq parameters of a cluster that runs already; set by tests/run, so that its parts share one.
ENVIRONMENT = "SCIM_SYNC_TEST_PGSQL"


class Postgres:
    """A cluster: a new one in `directory`, or the one that the environment names."""

    _numbers = itertools.count(1)

    def __init__(self, directory: Path):
        self.directory = directory
        given = os.environ.get(ENVIRONMENT)
        self._ours = given is None
        self.params = given or _script("start", directory)

    def create_database(self) -> str:
        """A new, empty database; returns its libpq parameters, as DBDParams takes them."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self.sql(f"CREATE DATABASE {name}")
        return re.sub(r"\bdbname=\S+", f"dbname={name}", self.params)

    def drop_database(self, params: str) -> None:
        name = re.search(r"\bdbname=(\S+)", params)[1]
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def sql(self, statement: str, params: str | None = None) -> list[list[str]]:
        """Rows of one statement, by default on the cluster's first database."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
             "-d", params or self.params, "-c", statement],
            check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return [row.split("\t") for row in done.stdout.splitlines()]

    def disconnect(self, params: str) -> None:
        """Ends every connection to a database, as a restart of the database server would."""
        name = re.search(r"\bdbname=(\S+)", params)[1]
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                 f"WHERE datname = '{name}' AND pid <> pg_backend_pid() "
                 # The server's own, such as autovacuum's, are not ours to end.
                 "AND usename = current_user")

    def stop(self) -> None:
        if self._ours:
            _script("stop", self.directory)


def _script(command: str, directory: Path) -> str:
    done = subprocess.run([SCRIPT, command, directory], check=True, stdout=subprocess.PIPE,
                          text=True, stdin=subprocess.DEVNULL)
    return done.stdout.strip()

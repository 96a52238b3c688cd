"""A server's database, changed beside it: what a test can't wait for, or nobody should do."""

import sqlite3
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.harness.httpd import Database


def execute(database: "Database", statement: str) -> None:
    """Run one statement."""
    assert database.params is not None
    if database.driver == "pgsql":
        subprocess.run(["psql", "-X", "-q", "-d", database.params, "-c", statement], check=True,
                       stdin=subprocess.DEVNULL)
        return
    connection = sqlite3.connect(database.params, timeout=10)
    # Many rows at once: none of them is worth a look at the disk.
    connection.execute("PRAGMA cache_size = -200000")
    connection.execute("PRAGMA synchronous = OFF")
    with connection:
        connection.execute(statement)
    connection.close()


def script(database: "Database", statements: str) -> None:
    """Run many, on one connection."""
    assert database.params is not None
    if database.driver == "pgsql":
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database.params],
                       check=True, input=statements, text=True)
        return
    connection = sqlite3.connect(database.params, timeout=10)
    connection.executescript(statements)
    connection.close()


def rows(database: "Database", query: str) -> list[list[str]]:
    """What a query finds."""
    assert database.params is not None
    if database.driver == "pgsql":
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-d", database.params,
                               "-c", query], check=True, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        return [row.split("\t") for row in done.stdout.splitlines()]
    connection = sqlite3.connect(database.params, timeout=10)
    found = [[str(value) for value in row] for row in connection.execute(query)]
    connection.close()
    return found

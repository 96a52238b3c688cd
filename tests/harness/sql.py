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
    with connection:
        connection.execute(statement)
    connection.close()

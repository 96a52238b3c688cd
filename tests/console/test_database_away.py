"""A database that is away, and comes back: the page of health says so in words."""

import re
from typing import Callable, Iterator

import pytest

from tests.console.window import Window
from tests.harness import scratch
from tests.harness.admin import AdminClient
from tests.harness.fixtures import Servers
from tests.harness.httpd import Database, Httpd
from tests.harness.jira import JiraProcess
from tests.harness.postgres import Cluster

GONE = r"SCIM01(02|05|10|12|42)|AH006[23]\d|AH02655"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    directory = scratch.make("cluster")
    made = Cluster(directory)
    yield made
    made.stop()
    scratch.remove(directory)


@pytest.fixture(scope="module")
def httpd(request: pytest.FixtureRequest, make_database: Callable[[], Database], cluster: Cluster
          ) -> Iterator[Httpd]:
    """A server whose database can be stopped."""
    servers = Servers(request.config, make_database, request.module.__name__)
    server = servers.make(database=Database("pgsql", cluster.params))
    server.start()
    server.error_log.expect(GONE)
    yield server
    servers.close()


def test_it_is_said_and_looked_for_again(window: Window, cluster: Cluster, admin: AdminClient,
                                         jira: JiraProcess) -> None:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    window.open("health")
    window.sees("PostgreSQL: it answers")
    cluster.stop()
    window.sees("The database does not answer", "Nothing is lost that was confirmed")
    assert "What needs you" in window.text  # what was known stays
    window.open("health", anew=True)
    window.sees("The database does not answer", "This page looks again by itself")
    assert re.search(r"PostgreSQL: it answers", window.text) is None
    cluster.start()
    window.sees("PostgreSQL: it answers")

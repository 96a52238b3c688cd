"""Fixtures of the tests that drive a real httpd with the module in it.

Every server that a fixture hands out is audited after every test: see harness/errorlog.py and
harness/sanitizer.py.
"""

import itertools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from tests.harness import scratch
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import MPMS, Database, Httpd
from tests.harness.jira import JiraProcess
from tests.harness.postgres import Postgres
from tests.harness.sanitizer import KINDS

DATABASES = ("sqlite3", "pgsql")
MODULE_ENVIRONMENT = "SCIM_SYNC_MODULE"
SERVERS = pytest.StashKey[list[Httpd]]()
JIRAS = pytest.StashKey[list[JiraProcess]]()

numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mod_scim_sync")
    group.addoption("--mpm", choices=MPMS, default="event")
    group.addoption("--db", choices=DATABASES, default="sqlite3")
    group.addoption("--sanitizer", choices=KINDS, default=None)
    group.addoption("--module", type=Path, default=None,
                    help="mod_scim_sync.so; default: the newest build, or what "
                         f"${MODULE_ENVIRONMENT} says")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SERVERS] = []
    config.stash[JIRAS] = []


def pytest_report_header(config: pytest.Config) -> str:
    return f"module: {find_module(config) or 'not built'}"


def find_module(config: pytest.Config) -> Path | None:
    """The module under test. Only a sanitizer's build fits a sanitizer, and no other."""
    given = config.getoption("--module") or os.environ.get(MODULE_ENVIRONMENT)
    if given:
        return Path(given)
    wants_asan = config.getoption("--sanitizer") == "asan"
    built = [path for path in (scratch.ROOT / "build").glob("*/**/.libs/mod_scim_sync.so")
             if ("asan" in path.parts) == wants_asan]
    return max(built, key=lambda path: path.stat().st_mtime, default=None)


def module_path(config: pytest.Config) -> Path:
    module = find_module(config)
    if module is None:
        raise pytest.UsageError("no mod_scim_sync.so under build/: run tests/run, or give --module")
    return module


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A failed test shows the ends of the logs."""
    report = (yield).get_result()
    if not report.failed:
        return
    for server in item.config.stash[SERVERS]:
        report.sections.append((f"error log, port {server.port}", server.error_log.tail()))
    for jira in item.config.stash[JIRAS]:
        report.sections.append(("simulated Jira", jira.tail()))


# Databases


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    directory = scratch.make("postgres")
    cluster = Postgres(directory)
    yield cluster
    cluster.stop()
    scratch.remove(directory)


@pytest.fixture(scope="session")
def make_database(request: pytest.FixtureRequest) -> Callable[[], Database]:
    """Makes a new, empty database of the kind that --db names."""

    def make() -> Database:
        if request.config.getoption("--db") == "sqlite3":
            return Database("sqlite3")
        return Database("pgsql", request.getfixturevalue("postgres").create_database())

    return make


@pytest.fixture(scope="module")
def database(make_database: Callable[[], Database]) -> Database:
    """The database of the module's `httpd`."""
    return make_database()


# Servers


class Servers:
    """Makes servers as the command line says, and takes care of them until `close`."""

    def __init__(self, config: pytest.Config, make_database: Callable[[], Database], name: str):
        self._config = config
        self._make_database = make_database
        self._name = name
        self._made: list[tuple[Httpd, Path]] = []

    def make(self, **options: Any) -> Httpd:
        """A server that was not started; options as Httpd's, and `directory` to use one again."""
        directory = options.pop("directory", None) or scratch.make(self._name)
        options.setdefault("mpm", self._config.getoption("--mpm"))
        options.setdefault("sanitizer", self._config.getoption("--sanitizer"))
        options.setdefault("module", module_path(self._config))
        if "database" not in options:
            options["database"] = self._make_database()
        server = Httpd(directory, **options)
        self._made.append((server, directory))
        self._config.stash[SERVERS].append(server)
        return server

    def close(self) -> None:
        """Stops all, then looks at what they left."""
        findings = []
        for server, _ in self._made:
            try:
                server.stop()
            except AssertionError as failure:
                findings.append(str(failure))
        findings += audit(server for server, _ in self._made)
        self.abandon(keep=bool(findings))
        if findings:
            pytest.fail("\n".join(findings), pytrace=False)

    def abandon(self, keep: bool = True) -> None:
        """Ends all without a look at what they left; with `keep`, their directories stay."""
        for server, directory in self._made:
            server.dispose()
            self._config.stash[SERVERS].remove(server)
            if not keep:
                scratch.remove(directory)


def audit(servers: Any) -> list[str]:
    return [f"port {server.port}: {finding}" for server in servers for finding in server.audit()]


@pytest.fixture(scope="module")
def jira_process(request: pytest.FixtureRequest) -> Iterator[JiraProcess]:
    directory = scratch.make("jira")
    process = JiraProcess(directory)
    request.config.stash[JIRAS].append(process)
    process.start()
    yield process
    process.stop()
    request.config.stash[JIRAS].remove(process)
    scratch.remove(directory)


@pytest.fixture(scope="module")
def httpd(request: pytest.FixtureRequest, make_database: Callable[[], Database],
          database: Database, jira_process: JiraProcess) -> Iterator[Httpd]:
    """A started server that the tests of a file share. Don't kill, stop or reconfigure it.

    It ends before the simulated Jira does: a call of a site that the last test had is in flight
    when the site is deleted.
    """
    servers = Servers(request.config, make_database, request.module.__name__)
    server = servers.make(database=database, settings=getattr(request, "param", None))
    try:
        server.start()
    except AssertionError:
        servers.abandon()
        raise
    yield server
    servers.close()


@pytest.fixture
def make_httpd(request: pytest.FixtureRequest, make_database: Callable[[], Database]
               ) -> Iterator[Callable[..., Httpd]]:
    """Makes servers of one test alone, not started: make_httpd(settings=..., mpm=..., ...)."""
    servers = Servers(request.config, make_database, request.node.name)
    yield servers.make
    servers.close()


@pytest.fixture(autouse=True)
def server_audit(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test for what the servers logged in it and it had not declared."""
    yield
    findings = audit(request.config.stash[SERVERS])
    if findings:
        pytest.fail("\n".join(["undeclared, or declared and missing:", *findings]), pytrace=False)


# Jira


@pytest.fixture
def jira(jira_process: JiraProcess) -> Iterator[JiraProcess]:
    """The simulated Jira, as new; a call that the published API does not allow fails the test."""
    jira_process.control.reset()
    yield jira_process
    violations = jira_process.control.violations()
    if violations:
        pytest.fail("calls against Jira's documents:\n" + "\n".join(map(str, violations)),
                    pytrace=False)


# What an administrator has set up


@pytest.fixture
def admin(httpd: Httpd) -> Iterator[AdminClient]:
    client = httpd.admin()
    yield client
    client.close()


@dataclass(frozen=True)
class Site:
    """A Jira site known to the module under this name."""

    name: str
    jira: JiraProcess


@pytest.fixture
def site(admin: AdminClient, jira: JiraProcess) -> Iterator[Site]:
    """A site of this test alone; its work must not meet the next test's Jira."""
    name = f"site-{next(numbers)}"
    admin.put_site(name, jira.url, jira.email, jira.api_token)
    yield Site(name, jira)
    admin.delete_site(name)


@dataclass(frozen=True)
class Idp:
    """An IdP of this test alone, and the client that plays it."""

    name: str
    site: Site
    scim: ScimClient
    description: dict[str, Any]


@pytest.fixture
def make_idp(admin: AdminClient, site: Site) -> Iterator[Callable[..., Idp]]:
    """Makes IdPs on the test's site: make_idp(provider="entra", mode="users", ...)."""
    made = []

    def make(**options: Any) -> Idp:
        name = options.pop("name", f"idp-{next(numbers)}")
        description = admin.create_idp(name, site=site.name, **options)
        idp = Idp(name, site, scim_client(description), description)
        made.append(idp)
        return idp

    yield make
    for idp in made:
        idp.scim.close()
        admin.delete_idp(idp.name)


@pytest.fixture
def idp(make_idp: Callable[..., Idp]) -> Idp:
    return make_idp()

"""A browser, a server with the console, and nothing set up.

Without a browser the tests of this folder are skipped, and say so: Debian has one
(tests/install-packages console).
"""

from contextlib import closing
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from tests.harness import conf, scratch
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.fixtures import Servers
from tests.harness.httpd import ADMIN_USER, Database, Httpd
from tests.harness.jira import JiraProcess


@pytest.fixture(scope="module")
def httpd(request: pytest.FixtureRequest, make_database: Callable[[], Database],
          database: Database) -> Iterator[Httpd]:
    """A server that knows its own address, which Google needs."""
    servers = Servers(request.config, make_database, request.module.__name__)
    server = servers.make(database=database)
    server.settings.extra = f"ScimSyncBaseURL {server.url}"
    try:
        server.start()
    except AssertionError:
        servers.abandon()
        raise
    yield server
    servers.close()


@pytest.fixture(scope="session")
def open_browser() -> Iterator[Callable[[], Any]]:
    """Starts a browser, which takes longer than most tests: it stays to the end."""
    from tests.console import window
    if why := window.missing():
        pytest.skip(why)
    opened: list[tuple[Any, Path]] = []

    def start() -> Any:
        profile = scratch.make("browser")
        opened.append((window.Window(profile), profile))
        return opened[-1][0]

    yield start
    for each, profile in opened:
        each.close()
        scratch.remove(profile)


@pytest.fixture(scope="session")
def one_browser(open_browser: Callable[[], Any]) -> Any:
    """The administrator's."""
    return open_browser()


@pytest.fixture(scope="module")
def browser(one_browser: Any, httpd: Httpd) -> Iterator[Any]:
    """A window that is signed in to the server of a file."""
    one_browser.enter(httpd.url + conf.ADMIN_LOCATION + "/", ADMIN_USER, httpd.admin_password)
    yield one_browser
    one_browser.leave()


@pytest.fixture
def watched(browser: Any, httpd: Httpd) -> Iterator[Any]:
    """The console's first page. Whatever a test does, no page asks another host for anything, or
    breaks one of its own rules."""
    browser.resize(1200, 1000)
    browser.open()
    browser.requests()
    browser.complaints()
    browser.led_to = ()
    yield browser
    ours = (httpd.url, "about:", "data:", "chrome:", *browser.led_to)
    assert [url for url in browser.requests() if not url.startswith(ours)] == []
    assert browser.complaints() == []


@pytest.fixture
def nothing(httpd: Httpd, admin: AdminClient, clear: Callable[[AdminClient], None]
            ) -> Iterator[None]:
    """The server has nothing yet."""
    # A site that has just been deleted may have asked its Jira once more.
    httpd.error_log.expect("SCIM0122", optional=True)
    clear(admin)
    yield
    clear(admin)


@pytest.fixture
def window(nothing: None, watched: Any) -> Any:
    """The console on such a server."""
    return watched


@pytest.fixture(scope="session")
def clear() -> Callable[[AdminClient], None]:
    """Takes from a server all that was set up."""
    def take(admin: AdminClient) -> None:
        for idp in admin.idps():
            admin.delete_idp(idp["name"])
        for site in admin.sites():
            admin.delete_site(site["name"])

    return take


@pytest.fixture
def okta(window: Any, admin: AdminClient, jira: JiraProcess) -> dict[str, Any]:
    """An identity provider in dry run, as the API tells of it with its token."""
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    return admin.create_idp("okta", site="main", state="dryRun")


@pytest.fixture
def scim(okta: dict[str, Any]) -> Iterator[ScimClient]:
    """The same as it calls."""
    with closing(scim_client(okta)) as client:
        yield client

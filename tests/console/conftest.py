"""A browser, a server with the console, and nothing set up.

Without a browser the tests of this folder are skipped, and say so: Debian has one
(tests/install-packages console).
"""

from contextlib import closing
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


@pytest.fixture(scope="module")
def browser(httpd: Httpd) -> Iterator[Any]:
    """A window of a file's own, signed in."""
    from tests.console import window
    if why := window.missing():
        pytest.skip(why)
    profile = scratch.make("browser")
    opened = window.Window(profile, httpd.url + conf.ADMIN_LOCATION + "/", ADMIN_USER,
                           httpd.admin_password)
    yield opened
    opened.close()
    scratch.remove(profile)


@pytest.fixture
def window(browser: Any, httpd: Httpd, admin: AdminClient) -> Iterator[Any]:
    """The console on a server that has nothing yet. Whatever a test does, the page asks no other
    host for anything, and breaks none of its own rules."""
    # A site that has just been deleted may have asked its Jira once more.
    httpd.error_log.expect("SCIM0122", optional=True)
    clear(admin)
    browser.resize(1200, 1000)
    browser.open()
    browser.requests()
    browser.complaints()
    browser.led_to = ()
    yield browser
    ours = (httpd.url, "about:", "data:", "chrome:", *browser.led_to)
    assert [url for url in browser.requests() if not url.startswith(ours)] == []
    assert browser.complaints() == []
    clear(admin)


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


def clear(admin: AdminClient) -> None:
    for idp in admin.idps():
        admin.delete_idp(idp["name"])
    for site in admin.sites():
        admin.delete_site(site["name"])

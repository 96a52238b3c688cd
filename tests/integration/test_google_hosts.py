"""Two hosts on one database: one of them pulls, either may be gone, and Google is asked once."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests.harness import conf
from tests.harness.browser import Browser
from tests.harness.fixtures import Site
from tests.harness.google import Workspace
from tests.harness.httpd import ADMIN_USER, Database, Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.pulled import Pulled, connected, directory  # noqa: F401
from tests.simulators.google import SimulatedGoogle
from tests.simulators.google.oauth import GoogleOAuth

pytestmark = pytest.mark.any_mpm

# After which nobody has a run any more who does not say so (sync/pull.h).
LEASE_SECONDS = 30


@pytest.fixture
def servers(request: pytest.FixtureRequest, make_database: Callable[[], Database],
            make_httpd: Callable[..., Httpd]) -> list[Httpd]:
    """Two hosts that browsers know by the first one's address. The first one runs."""
    if request.config.getoption("--db") == "sqlite3":
        pytest.skip("SQLite serves one host")
    database = make_database()
    servers = [make_httpd(database=database, settings=conf.Settings()) for _ in range(2)]
    servers[1].key_file.write_bytes(servers[0].key_file.read_bytes())
    for server in servers:
        server.settings.extra = f"ScimSyncBaseURL {servers[0].url}"
    servers[0].start()
    return servers


@pytest.fixture
def workspace(servers: list[Httpd], jira: JiraProcess, google: GoogleOAuth) -> Workspace:
    admin = servers[0].admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.post("/api/idps", {"name": "ws", "kind": "google", "site": "main"}).expect(201)
    workspace = Workspace("ws", admin, google, servers[0])
    google.redirect_uris = {workspace.callback}
    workspace.put()
    return workspace


@pytest.fixture
def pulled(workspace: Workspace, google: GoogleOAuth, jira: JiraProcess,
           directory: SimulatedGoogle) -> Iterator[Pulled]:  # noqa: F811
    pulled = connected(workspace, google, directory, Site("main", jira))
    yield pulled
    workspace.admin.close()


def start_other(servers: list[Httpd], pulled: Pulled) -> Pulled:
    servers[1].start()
    return pulled.at(servers[1])


def test_a_run_is_made_once_whoever_is_asked(servers: list[Httpd], pulled: Pulled) -> None:
    pulled.control.seed(users=20, groups=20, members_per_group=2)
    pulled.control.configure(latency_ms=100)
    other = start_other(servers, pulled)
    for _ in range(3):
        before = pulled.calls("users.list"), pulled.calls("members.list")
        with ThreadPoolExecutor(2) as threads:
            asked = list(threads.map(lambda one: one.ask()["id"], (pulled, other)))
        assert asked[0] == asked[1]
        runs = [one.wait(asked[0]) for one in (pulled, other)]
        assert runs[0] == runs[1] and (runs[0]["state"], runs[0]["tries"]) == ("done", 1)
        assert (pulled.calls("users.list"), pulled.calls("members.list")) == (before[0] + 1,
                                                                             before[1] + 20)
    other.admin.close()


def test_another_host_takes_over_from_one_that_died(servers: list[Httpd], pulled: Pulled) -> None:
    """All of it arrives, as if nobody had died; the dead one's part is read anew, after its lease.
    """
    pulled.control.seed(users=50, groups=150, members_per_group=3)
    pulled.control.configure(latency_ms=500)
    number = pulled.ask()["id"]
    until(lambda: pulled.calls("members.list") > 5, "members to be read")
    other = start_other(servers, pulled)
    assert pulled.run(number)["state"] == "running"
    servers[0].kill()
    killed = time.monotonic()
    pulled.control.configure(latency_ms=0)
    assert other.run(number)["state"] == "running"
    # Nobody reads while it may be that the other one does.
    calls = pulled.calls("users.list")
    run = other.wait(number)
    assert time.monotonic() - killed < LEASE_SECONDS + 10
    assert (run["state"], run["tries"]) == ("done", 2)
    assert run["found"]["members"]["new"] == 450
    assert pulled.calls("users.list") == calls + 1
    held = other.scene.settle()
    assert sum(address.startswith("user-") for address in held.accounts) == 50
    other.scene.expect_single_creations()
    other.admin.close()


def test_one_that_is_stopped_leaves_its_run_to_the_other_at_once(servers: list[Httpd],
                                                                 pulled: Pulled) -> None:
    pulled.control.seed(users=50, groups=150, members_per_group=3)
    pulled.control.configure(latency_ms=500)
    number = pulled.ask()["id"]
    until(lambda: pulled.calls("members.list") > 5, "members to be read")
    other = start_other(servers, pulled)
    servers[0].stop()
    stopped = time.monotonic()
    pulled.control.configure(latency_ms=0)
    run = other.wait(number)
    assert (run["state"], run["tries"]) == ("done", 2)
    assert time.monotonic() - stopped < LEASE_SECONDS / 2
    other.admin.close()


def test_a_token_is_asked_for_once_for_both(servers: list[Httpd], pulled: Pulled,
                                            google: GoogleOAuth) -> None:
    """One host pulls while both are asked whether the connection works."""
    pulled.control.seed(users=3, groups=3)
    other = start_other(servers, pulled)
    google.access_tokens.clear()
    google.latency = 0.3
    number = pulled.ask()["id"]
    admins = [one.admin.copy() for one in (pulled, other) for _ in range(4)]
    with ThreadPoolExecutor(len(admins)) as threads:
        path = f"{pulled.workspace.path}/test"
        answers = list(threads.map(lambda admin: admin.post(path, {}).expect(200).json(), admins))
    for admin in (*admins, other.admin):
        admin.close()
    assert [answer["ok"] for answer in answers] == [True] * len(admins)
    assert pulled.wait(number)["state"] == "done"
    assert google.refreshes() == 1


def test_the_browser_may_come_back_to_the_other_host(servers: list[Httpd], workspace: Workspace
                                                     ) -> None:
    one, other = servers
    other.start()
    admin = other.admin()
    until(lambda: admin.get(workspace.path).status == 200, "the IdP to be known")
    browser = Browser((other.url, ADMIN_USER, other.admin_password))
    begun = browser.get(f"{admin.base_url}{workspace.path}/connect")
    assert begun.status == 303, begun.text
    back = browser.get(begun.headers["Location"]).headers["Location"]
    assert back.startswith(one.url)
    attempt, = [cookie for cookie in browser.cookies if cookie.name == "scim-sync-connect"]
    assert "<h1>Connected</h1>" in browser.visit(back).text
    assert admin.get(workspace.path).json()["connection"]["state"] == "connected"
    # That it was used is known everywhere.
    browser.cookies.set_cookie(attempt)
    again = browser.get(f"{other.url}{urlsplit(back).path}?{urlsplit(back).query}")
    assert again.status == 303
    page = browser.get(f"{other.url}{urlsplit(back).path}")
    assert "was used already" in page.text
    assert len(workspace.google.asked) == 1
    admin.close()
    workspace.admin.close()

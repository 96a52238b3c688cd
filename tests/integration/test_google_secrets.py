"""What must not be found again of a connection to Google: in the database, in the logs, in what the
admin API tells; and who must not be believed on the way."""

import json
from typing import Any, Callable, Iterator
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from tests.harness import conf
from tests.harness.fixtures import Site
from tests.harness.google import Workspace
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.integration.pulled import connected, directory  # noqa: F401
from tests.integration.test_scim_secrets import LOUD, stored
from tests.simulators.google import SimulatedGoogle
from tests.simulators.google.oauth import GoogleOAuth

pytestmark = pytest.mark.any_mpm


@pytest.fixture
def server(make_httpd: Callable[..., Httpd]) -> Httpd:
    """It logs all that the module has to say, and who asks for what, coming from where."""
    server = make_httpd(settings=conf.Settings(log_level=LOUD.log_level))
    server.settings.extra = f"""
        ScimSyncBaseURL {server.url}
        CustomLog {server.directory}/logs/access.log "%r %q %>s %{{Referer}}i %{{Cookie}}i"
        """
    server.start()
    return server


@pytest.fixture
def workspace(server: Httpd, jira: JiraProcess, google: GoogleOAuth) -> Iterator[Workspace]:
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.post("/api/idps", {"name": "ws", "kind": "google", "site": "main"}).expect(201)
    workspace = Workspace("ws", admin, google, server)
    google.redirect_uris = {workspace.callback}
    workspace.put()
    yield workspace
    admin.close()


def told(workspace: Workspace) -> str:
    paths = ("idps", "idps/ws", "idps/ws/google", "idps/ws/pulls", "events?limit=1000", "status",
             "tasks", "sites")
    return "\n".join(workspace.admin.get(f"/api/{path}").expect(200).text() for path in paths)


def secrets_of(google: GoogleOAuth) -> set[str]:
    """All that went to the token endpoint or came from it, but names."""
    names = {"grant_type", "client_id", "redirect_uri"}
    sent = {value for form in google.asked for name, value in form.items() if name not in names}
    return sent | set(google.access_tokens) | set(google.refresh_tokens) | {google.client_secret}


def nothing_of(secrets: set[str], everything: bytes) -> None:
    """Neither as they are, nor as they stand in URLs and forms."""
    found = [secret for secret in secrets if secret.encode() in everything
             or quote(secret, safe="").encode() in everything]
    assert found == []


def test_a_connection_s_whole_life_leaves_no_secret(
        server: Httpd, workspace: Workspace, google: GoogleOAuth, jira: JiraProcess,
        directory: SimulatedGoogle) -> None:  # noqa: F811
    workspace.put(clientSecret="demo-wrong-secret")
    assert "invalid_client" in workspace.connect().text
    google.lifetime = 30
    pulled = connected(workspace, google, directory, Site("main", jira))
    pulled.control.seed(users=3, groups=1, members_per_group=2)
    pulled.pull_all()
    workspace.admin.post(f"{workspace.path}/test", {}).expect(200)
    assert google.refreshes() >= 2
    secrets = secrets_of(google) | {"demo-wrong-secret"}
    browser = workspace.browser()
    page = browser.visit(workspace.connect_url)
    back, = [url for url in page.way if url.startswith(workspace.callback)]
    query = parse_qs(urlsplit(back).query)
    secrets |= {*query["code"], *query["state"]} | secrets_of(google)
    google.answers = [(400, {"error": "invalid_grant", "error_description": "demo: revoked"})]
    server.error_log.expect("SCIM0180", count=1)
    workspace.admin.post(f"{workspace.path}/test", {}).expect(200)
    assert "invalid_grant" in told(workspace) or "demo: revoked" in told(workspace)
    workspace.connect()
    workspace.admin.post(f"{workspace.path}/disconnect", {"confirm": True}).expect(200)
    secrets |= secrets_of(google)
    assert len(secrets) > 12
    everything = stored(server) + told(workspace).encode() + page.text.encode()
    assert b"callback HTTP/1.1" in everything and b"SCIM0180" in everything
    nothing_of(secrets, everything)


def test_a_service_account_s_key_is_nowhere_in_clear(
        server: Httpd, workspace: Workspace, google: GoogleOAuth,
        service_key: tuple[dict[str, str], str]) -> None:
    key, public = service_key
    google.service_keys = {key["client_email"]: public}
    workspace.put(clientId=..., clientSecret=..., administrator="admin@example.com",
                  serviceAccountKey=key)
    answer = workspace.admin.post(f"{workspace.path}/connect", {"by": "serviceAccount"})
    answer.expect(200)
    workspace.admin.put(workspace.path, {"serviceAccountKey": json.dumps(key)[:-9]}).expect(400)
    lines = {line for line in key["private_key"].splitlines() if not line.startswith("-----")}
    everything = stored(server) + told(workspace).encode() + answer.body
    assert b"demo@project.example.com" in everything
    nothing_of(lines | {form["assertion"] for form in google.asked} | set(google.access_tokens),
               everything)


# Who must not be believed


def back_from_google(workspace: Workspace, browser: Any) -> str:
    """The URL of ours that Google sends this browser to."""
    return browser.get(browser.get(workspace.connect_url).headers["Location"]).headers["Location"]


def test_somebody_else_s_code_is_of_no_use(workspace: Workspace, google: GoogleOAuth) -> None:
    """PKCE: slipped into an attempt of one's own, it is another one's still."""
    stolen = parse_qs(urlsplit(back_from_google(workspace, workspace.browser())).query)["code"]
    browser = workspace.browser()
    back = urlsplit(back_from_google(workspace, browser))
    query = parse_qs(back.query) | {"code": stolen}
    page = browser.visit(back._replace(query=urlencode(query, doseq=True)).geturl())
    assert "<h1>Not connected</h1>" in page.text and "invalid_grant" in page.text
    assert workspace.connection["state"] == "none" and len(google.asked) == 1


def test_where_browsers_come_back_is_not_said_by_them(workspace: Workspace) -> None:
    browser = workspace.browser()
    headers = {"Host": "evil.example.com", "X-Forwarded-Host": "evil.example.com"}
    to_google = browser.get(workspace.connect_url, headers)
    assert to_google.status == 303
    sent = parse_qs(urlsplit(to_google.headers["Location"]).query)
    assert sent["redirect_uri"] == [workspace.callback]
    answer = browser.get(f"{workspace.callback}?code=demo&state=x", headers)
    assert answer.headers["Location"] == workspace.callback


def test_what_google_is_said_to_be_is_compared_also_when_it_says_no(workspace: Workspace,
                                                                    google: GoogleOAuth) -> None:
    google.person.denies = "access_denied"
    google.person.issuer = "https://evil.example.com"
    page = workspace.connect()
    assert "<h1>Not connected</h1>" in page.text and google.asked == []


@pytest.mark.parametrize("query", ["code=" + "x" * 6000, "state=" + "y" * 6000,
                                   "&".join(f"p{number}=1" for number in range(1000))],
                         ids=["code", "state", "many"])
def test_what_is_too_long_is_refused(query: str, workspace: Workspace, google: GoogleOAuth) -> None:
    browser = workspace.browser()
    browser.get(workspace.connect_url)
    page = browser.visit(f"{workspace.callback}?{query}")
    assert "<h1>Not connected</h1>" in page.text and google.asked == []

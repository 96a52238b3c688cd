"""An administrator connects an identity provider to Google, in a browser, and ends that."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.harness.browser import Browser, Page
from tests.harness.google import Workspace
from tests.harness.httpd import Httpd
from tests.simulators.google.oauth import SCOPES

pytestmark = pytest.mark.any_mpm


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


def back_from_google(workspace: Workspace, browser: Browser) -> str:
    """The URL of ours that Google sends this browser to."""
    to_google = browser.get(workspace.connect_url)
    assert to_google.status == 303, to_google.text
    return browser.get(to_google.headers["Location"]).headers["Location"]


def refused(workspace: Workspace, page: Page, *words: str) -> None:
    assert page.status == 200 and "<h1>Not connected</h1>" in page.text
    for word in words:
        assert word in page.text, page.text
    assert page.url == workspace.callback
    assert workspace.connection["state"] == "none"


def test_it_is_connected_and_says_as_whom(workspace: Workspace) -> None:
    page = workspace.connect()
    assert page.status == 200 and "<h1>Connected</h1>" in page.text
    assert "<b>example.com</b>" in page.text and "<b>admin@example.com</b>" in page.text
    assert workspace.name in page.text
    connection = workspace.connection
    assert connection.pop("since")
    assert connection == {"state": "connected", "by": "browser", "reason": None,
                          "administrator": "admin@example.com", "domain": "example.com",
                          "scopes": ["openid", "email", *SCOPES], "endsAt": None}
    assert workspace.events()[0] == ("google.connected", "admin:admin",
                                     "as admin@example.com of example.com")


def test_nothing_secret_is_left_in_urls_and_logs(workspace: Workspace, httpd: Httpd) -> None:
    browser = workspace.browser()
    page = browser.visit(workspace.connect_url)
    ours = [url for url in page.way if url.startswith(workspace.callback)]
    assert len(ours) == 1 and page.url == workspace.callback
    query = parse_qs(urlsplit(ours[0]).query)
    secrets = [*query["code"], *query["state"], *workspace.google.refresh_tokens,
               *workspace.google.access_tokens, workspace.google.client_secret]
    assert len(secrets) == 5
    shown = {"access log": (httpd.directory / "logs" / "access.log").read_text(),
             "error log": (httpd.directory / "logs" / "error.log").read_text(),
             "status": browser.get(f"{httpd.url}/server-status").text, "page": page.text,
             "settings": str(workspace.show()), "events": str(workspace.admin.events())}
    assert "callback HTTP/1.1  303" in shown["access log"]
    for secret in secrets:
        for place, text in shown.items():
            assert secret not in text and secret.replace("/", "%2F") not in text, place


def test_what_comes_back_is_neither_kept_nor_told_to_others(workspace: Workspace) -> None:
    browser = workspace.browser()
    answers = [browser.get(back_from_google(workspace, browser)), browser.get(workspace.callback)]
    assert [answer.status for answer in answers] == [303, 200]
    for answer in answers:
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_cookie_is_for_the_way_back_alone(workspace: Workspace) -> None:
    browser = workspace.browser()
    set_cookie = browser.get(workspace.connect_url).headers["Set-Cookie"]
    attributes = set(set_cookie.partition(";")[2].split(";"))
    assert attributes == {"Path=/plugins/servlet/usersync/callback", "HttpOnly", "SameSite=Lax",
                          "Max-Age=600"}
    browser.visit(workspace.connect_url)
    assert [cookie.name for cookie in browser.cookies] == ["scim-sync-connected"]


def test_a_page_of_ours_can_begin_it_too(workspace: Workspace) -> None:
    answer = workspace.admin.post(f"{workspace.path}/connect", {}).expect(200)
    assert answer.json()["url"].startswith(workspace.google.endpoints()["authorize"] + "?")
    assert answer.json()["expiresAt"] > workspace.connection["since"]
    assert answer.headers["Set-Cookie"].startswith("scim-sync-connect=")


def test_google_is_told_whom_to_propose(workspace: Workspace) -> None:
    workspace.put(domain="example.com", administrator="admin@example.com")
    url = workspace.admin.post(f"{workspace.path}/connect", {}).expect(200).json()["url"]
    query = parse_qs(urlsplit(url).query)
    assert (query["hd"], query["login_hint"]) == (["example.com"], ["admin@example.com"])


def test_a_link_of_another_site_begins_nothing(workspace: Workspace) -> None:
    answer = workspace.browser().get(workspace.connect_url, {"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403 and "Set-Cookie" not in answer.headers


# Who may come back


def test_another_browser_is_not_believed(workspace: Workspace) -> None:
    url = back_from_google(workspace, workspace.browser())
    refused(workspace, Browser().visit(url), "this browser has not begun to connect")
    other = workspace.browser()
    back_from_google(workspace, other)
    refused(workspace, other.visit(url), "belongs to another attempt")


def test_an_answer_is_used_once(workspace: Workspace) -> None:
    browser = workspace.browser()
    url = back_from_google(workspace, browser)
    attempt, = [cookie for cookie in browser.cookies if cookie.name == "scim-sync-connect"]
    assert "<h1>Connected</h1>" in browser.visit(url).text
    asked = len(workspace.google.asked)
    browser.cookies.set_cookie(attempt)
    page = browser.visit(url)
    assert "was used already" in page.text
    assert len(workspace.google.asked) == asked
    assert workspace.connection["state"] == "connected"


@pytest.mark.parametrize("query", ["", "state=x", "code=demo", "code=%FF&state=%zz", "error=<b>x",
                                   "code=a&code=b&state="])
def test_what_nobody_sent(query: str, workspace: Workspace) -> None:
    browser = workspace.browser()
    browser.get(workspace.connect_url)
    page = browser.visit(f"{workspace.callback}?{query}")
    if query:
        refused(workspace, page)
    else:
        assert "Here ends what begins" in page.text
    assert workspace.google.asked == []


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "DELETE"])
def test_browsers_come_by_get(method: str, workspace: Workspace, httpd: Httpd) -> None:
    client = httpd.client()
    answer = client.request(method, "/plugins/servlet/usersync/callback?code=demo&state=x")
    assert answer.status == 405
    client.close()


# What Google, or the administrator there, may say


@pytest.mark.parametrize("person, words", [
    ({"denies": "access_denied"}, ["access_denied", "test users"]),
    ({"denies": "<i>odd</i>"}, ["&lt;i&gt;odd&lt;/i&gt;"]),
    ({"issuer": "https://evil.example.com"}, ["not from Google"]),
    ({"unticked": {SCOPES[1]}}, [SCOPES[1], "boxes ticked"]),
    ({"unticked": set(SCOPES)}, list(SCOPES)),
    ({"domain": None, "email": "jo@example.net"}, ["jo@example.net", "no account of a Google"]),
    ({"id_claims": {"nonce": "other"}}, ["another attempt"]),
    ({"id_claims": {"aud": "other"}}, ["another client"]),
    ({"id_claims": {"iss": "https://evil.example.com"}}, ["not Google"]),
    ({"id_claims": {"exp": 1}}, ["clock"]),
])
def test_google_or_the_administrator_says_no(person: dict[str, Any], words: list[str],
                                             workspace: Workspace) -> None:
    for name, value in person.items():
        setattr(workspace.google.person, name, value)
    refused(workspace, workspace.connect(), *words)
    kind, actor, detail = workspace.events()[0]
    assert (kind, actor) == ("google.failed", "admin:admin") and detail


def test_without_iss_it_is_connected(workspace: Workspace) -> None:
    workspace.google.person.issuer = None
    assert "<h1>Connected</h1>" in workspace.connect().text


@pytest.mark.parametrize("answer, words", [
    ((400, {"error": "invalid_grant", "error_description": "Bad Request"}), "too long"),
    ((401, {"error": "invalid_client", "error_description": "Unauthorized"}), "belong together"),
    ((400, {"error": "redirect_uri_mismatch"}), "letter by letter"),
    ((503, "<html>busy</html>"), "503"),
    ((200, "<html>a proxy's page</html>"), "Not connected"),
    ((200, {"access_token": "x"}), "Not connected"),
])
def test_the_code_is_not_exchanged(answer: tuple[int, Any], words: str, workspace: Workspace
                                   ) -> None:
    workspace.google.answers = [answer]
    refused(workspace, workspace.connect(), words)


def test_google_can_not_be_reached(workspace: Workspace) -> None:
    browser = workspace.browser()
    url = back_from_google(workspace, browser)
    workspace.put(endpoints=workspace.google.endpoints() | {"token": "http://127.0.0.1:1/token"})
    refused(workspace, browser.visit(url), workspace.name)


def test_without_a_refresh_token_it_would_end_within_the_hour(workspace: Workspace) -> None:
    workspace.google.forgets_refresh_token = True
    refused(workspace, workspace.connect(), "no refresh token")


def test_the_client_s_secret_is_wrong(workspace: Workspace) -> None:
    workspace.put(clientSecret="demo-wrong")
    refused(workspace, workspace.connect(), "invalid_client", "Google Cloud console")


# Another directory


def test_an_account_of_another_domain(workspace: Workspace) -> None:
    workspace.put(domain="example.org")
    refused(workspace, workspace.connect(), "belongs to example.com", "to example.org")
    workspace.put(domain="example.com")
    assert "<h1>Connected</h1>" in workspace.connect().text


def test_another_directory_is_another_identity_provider(workspace: Workspace) -> None:
    workspace.connect()
    workspace.google.person.domain = "example.org"
    page = workspace.connect()
    assert "<h1>Not connected</h1>" in page.text and "to example.com" in page.text
    assert workspace.connection["state"] == "connected"
    assert workspace.connection["domain"] == "example.com"


# The end


def disconnect(workspace: Workspace, **body: Any) -> Any:
    return workspace.admin.post(f"{workspace.path}/disconnect", body)


def test_disconnecting_says_what_else_it_ends(workspace: Workspace) -> None:
    workspace.connect()
    answer = disconnect(workspace).expect(409).json()
    assert "admin@example.com" in answer["detail"] and "same Google Cloud project" in \
        answer["detail"]
    assert workspace.google.revoked == []
    shown = disconnect(workspace, confirm=True).expect(200).json()
    assert shown["connection"]["state"] == "none"
    assert len(workspace.google.revoked) == 1 and not workspace.google.refresh_tokens
    assert workspace.events()[0] == ("google.disconnected", "admin:admin", "revoked")
    disconnect(workspace, confirm=True).expect(409)


def test_a_connection_can_be_forgotten_here_alone(workspace: Workspace) -> None:
    workspace.connect()
    disconnect(workspace, confirm=True, revoke=False).expect(200)
    assert workspace.google.revoked == [] and len(workspace.google.refresh_tokens) == 1
    assert workspace.events()[0] == ("google.disconnected", "admin:admin", "not revoked")


def test_what_google_has_ended_can_be_disconnected(workspace: Workspace) -> None:
    workspace.connect()
    workspace.google.end_tokens()
    disconnect(workspace, confirm=True).expect(200)
    assert workspace.connection["state"] == "none"


def test_it_stays_connected_when_google_does_not_revoke(workspace: Workspace) -> None:
    workspace.connect()
    workspace.google.revoke_answer = 503, {"error": "internal_failure"}
    answer = disconnect(workspace, confirm=True).expect(502).json()
    assert "connected still" in answer["detail"] and "internal_failure" in answer["detail"]
    assert workspace.connection["state"] == "connected"
    workspace.google.revoke_answer = None
    disconnect(workspace, confirm=True).expect(200)


@pytest.mark.parametrize("body", [{"confirm": "yes"}, {"confirm": True, "revoke": 1}, {"x": 1}])
def test_disconnecting_with_a_wrong_field(body: dict[str, Any], workspace: Workspace) -> None:
    workspace.connect()
    disconnect(workspace, **body).expect(400)
    assert workspace.connection["state"] == "connected"

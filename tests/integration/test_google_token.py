"""Access tokens: asked for once, however many want one; and what ends a connection for good."""

import base64
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import pytest

from tests.harness import conf
from tests.harness.admin import AdminClient
from tests.harness.google import Workspace
from tests.harness.httpd import Database, Httpd
from tests.harness.wait import until
from tests.simulators.google.oauth import SCOPES, GoogleOAuth, api_error

FINE = {"ok": True, "status": 200, "detail": None}
WORKS = {"ok": True, "detail": None, "users": FINE, "groups": FINE}


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


def run_test(workspace: Workspace, admin: AdminClient | None = None) -> dict[str, Any]:
    answer = (admin or workspace.admin).post(f"{workspace.path}/test", {})
    assert not any(token in answer.text() for token in workspace.google.access_tokens)
    return answer.expect(200).json()


def many_tests(workspace: Workspace, servers: list[Httpd], each: int) -> list[dict[str, Any]]:
    """At the same time, each by a connection of its own, so that all children take part."""
    admins = [server.admin() for server in servers for _ in range(each)]
    with ThreadPoolExecutor(len(admins)) as threads:
        answers = list(threads.map(lambda admin: run_test(workspace, admin), admins))
    for admin in admins:
        admin.close()
    return answers


def test_one_that_is_not_connected(workspace: Workspace) -> None:
    assert run_test(workspace) == {"ok": False, "detail": "it is not connected to Google",
                                   "users": None, "groups": None}
    workspace.admin.get(f"{workspace.path}/test").expect(405)


def test_the_token_that_came_with_the_connection_is_used(workspace: Workspace) -> None:
    workspace.connect()
    assert run_test(workspace) == WORKS
    assert run_test(workspace) == WORKS
    assert workspace.google.refreshes() == 0


def test_a_token_that_ends_soon_is_replaced_once_for_all(workspace: Workspace, httpd: Httpd
                                                         ) -> None:
    workspace.google.lifetime = 30
    workspace.connect()
    workspace.google.lifetime = 3600
    workspace.google.latency = 0.2
    assert many_tests(workspace, [httpd], 12) == [WORKS] * 12
    assert workspace.google.refreshes() == 1
    assert run_test(workspace) == WORKS
    assert workspace.google.refreshes() == 1


def test_two_hosts_ask_once(workspace: Workspace, httpd: Httpd, database: Database,
                            make_httpd: Callable[..., Httpd]) -> None:
    if database.driver == "sqlite3":
        pytest.skip("SQLite serves one host")
    other = make_httpd(database=database, settings=conf.Settings())
    other.key_file.write_bytes(httpd.key_file.read_bytes())
    other.start()
    workspace.google.lifetime = 30
    workspace.connect()
    workspace.google.lifetime = 3600
    workspace.google.latency = 0.2
    assert many_tests(workspace, [httpd, other], 6) == [WORKS] * 12
    assert workspace.google.refreshes() == 1


def test_a_token_that_is_refused_is_replaced(workspace: Workspace) -> None:
    workspace.connect()
    workspace.google.access_tokens.clear()
    assert run_test(workspace) == WORKS
    assert workspace.google.refreshes() == 1


def test_a_directory_that_takes_no_token_is_asked_twice(workspace: Workspace) -> None:
    workspace.connect()
    workspace.google.directory["users"] = 401, api_error(401, "authError", "Invalid Credentials")
    answer = run_test(workspace)
    assert not answer["ok"] and answer["users"]["status"] == 401 and answer["groups"] == FINE
    assert workspace.google.refreshes() == 1
    assert workspace.connection["state"] == "connected"


@pytest.mark.parametrize("reason, message", [
    ("forbidden", "Not Authorized to access this resource/api"),
    ("accessNotConfigured", "Admin SDK API has not been used in project 1 before"),
])
def test_what_the_administrator_may_not_read_is_said(reason: str, message: str,
                                                     workspace: Workspace) -> None:
    workspace.connect()
    workspace.google.directory["groups"] = 403, api_error(403, reason, message)
    answer = run_test(workspace)
    assert not answer["ok"] and answer["users"] == FINE
    assert answer["groups"]["status"] == 403 and message in answer["groups"]["detail"]
    assert workspace.connection["state"] == "connected"


def test_a_refresh_token_that_comes_along_replaces_the_old_one(workspace: Workspace) -> None:
    workspace.google.lifetime = 30
    workspace.connect()
    workspace.google.answers = [(200, {"access_token": "ya29.demo", "expires_in": 30,
                                       "token_type": "Bearer", "refresh_token": "1//demo-new"})]
    workspace.google.access_tokens.add("ya29.demo")
    assert run_test(workspace) == WORKS
    grant = next(iter(workspace.google.refresh_tokens.values()))
    workspace.google.refresh_tokens = {"1//demo-new": grant}
    assert run_test(workspace) == WORKS


def test_an_answer_that_comes_too_late_is_not_taken(workspace: Workspace, httpd: Httpd) -> None:
    """An administrator disconnects while another access token is on its way."""
    workspace.google.lifetime = 30
    workspace.connect()
    arrived = workspace.google.arrived
    workspace.google.gate.clear()
    other = httpd.admin()
    with ThreadPoolExecutor(1) as thread:
        test = thread.submit(run_test, workspace, other)
        until(lambda: workspace.google.arrived > arrived, "Google to be asked")
        workspace.admin.post(f"{workspace.path}/disconnect",
                             {"confirm": True, "revoke": False}).expect(200)
        workspace.google.gate.set()
        answer = test.result()
    other.close()
    assert answer["detail"] == "it is not connected to Google"
    assert workspace.connection["state"] == "none"


# What ends it, and what does not


@pytest.mark.parametrize("answer, words", [
    ((400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}),
     "7 days"),
    ((401, {"error": "invalid_client", "error_description": "Unauthorized"}), "id and secret"),
    ((401, {"error": "unauthorized_client"}), "unauthorized_client"),
    ((400, {"error": "admin_policy_enforced"}), "policy of the Workspace"),
    ((401, {"error": "deleted_client"}), "restored"),
    ((401, {"error": "disabled_client"}), "disabled"),
    ((403, {"error": "org_internal"}), "another organization"),
    ((200, {"access_token": "ya29.demo", "expires_in": 3600, "token_type": "Bearer",
            "scope": SCOPES[0]}), SCOPES[1]),
])
def test_what_is_for_good_is_said_once_and_loudly(answer: tuple[int, Any], words: str,
                                                  workspace: Workspace, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0180", count=1)
    workspace.google.lifetime = 30
    workspace.connect()
    workspace.google.answers = [answer]
    said = [test["detail"] for test in many_tests(workspace, [httpd], 4)]
    assert len(set(said)) == 1 and words in said[0]
    assert run_test(workspace)["detail"] == said[0]
    assert workspace.connection["state"] == "reconnect"
    assert workspace.connection["reason"] == said[0]
    assert workspace.events()[0] == ("google.reconnect", "provisioner", said[0])
    assert len(workspace.google.asked) == 2
    lost, = [one for one in workspace.admin.status()["reconnect"] if one["idp"] == workspace.name]
    assert lost["why"] == said[0] and lost["since"]
    workspace.google.lifetime = 3600
    assert "<h1>Connected</h1>" in workspace.connect().text
    assert run_test(workspace) == WORKS
    assert workspace.name not in str(workspace.admin.status()["reconnect"])


def test_of_a_connection_that_google_will_end_is_warned(workspace: Workspace, httpd: Httpd
                                                        ) -> None:
    httpd.error_log.expect(f"SCIM0182.*{workspace.name}", count=1)
    workspace.google.refresh_lifetime = 604799
    page = workspace.connect()
    assert "<h1>Connected</h1>" in page.text and "Google ends this connection on 20" in page.text
    logged = httpd.error_log.wait_for(f"SCIM0182.*{workspace.name}.*ends in 6 days")
    assert logged[0].level == "error"
    ends = workspace.connection["endsAt"]
    assert ends in page.text
    ending, = [one for one in workspace.admin.status()["tokens"] if one["idp"] == workspace.name]
    assert (ending["id"], ending["state"], ending["expiresAt"]) == (None, "expires soon", ends)
    until(lambda: workspace.events()[0][:2] == ("google.expires", "provisioner"), "the event")
    # Connected anew without an end, nothing is to be warned of any more.
    workspace.google.refresh_lifetime = None
    assert "ends" not in workspace.connect().text
    assert workspace.name not in str(workspace.admin.status()["tokens"])


@pytest.mark.parametrize("answer", [
    (503, "<html>busy</html>"), (429, {"error": "rate_limit_exceeded"}),
    (200, "<html>a proxy's page</html>"), (302, ""), (400, {"error": "invalid_request"}),
])
def test_what_passes_is_waited_for(answer: tuple[int, Any], workspace: Workspace) -> None:
    workspace.google.lifetime = 30
    workspace.connect()
    workspace.google.lifetime = 3600
    workspace.google.answers = [answer]
    assert run_test(workspace) == WORKS
    assert workspace.google.refreshes() == 2
    assert workspace.connection["state"] == "connected"
    assert workspace.connection["reason"] is None


def test_without_its_key_nothing_is_sent_and_it_says_so(make_httpd: Callable[..., Httpd],
                                                        google: GoogleOAuth, jira: Any) -> None:
    server = make_httpd()
    server.settings.extra = f"ScimSyncBaseURL {server.url}"
    server.start()
    server.error_log.expect("SCIM0123", optional=True)
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.post("/api/idps", {"name": "ws", "kind": "google", "site": "main"}).expect(201)
    workspace = Workspace("ws", admin, google, server)
    google.redirect_uris = {workspace.callback}
    workspace.put()
    workspace.connect()
    asked = len(google.asked)
    server.key_file.write_bytes(base64.b64encode(secrets.token_bytes(32)) + b"\n")
    admin.close()  # else a child with the old key goes on serving it
    server.graceful()
    assert "can't be decrypted" in run_test(workspace)["detail"]
    answer = admin.post(f"{workspace.path}/connect", {}).expect(409).json()
    assert "can't be decrypted" in answer["detail"]
    assert len(google.asked) == asked and workspace.connection["state"] == "connected"
    workspace.put()
    workspace.connect()
    assert run_test(workspace) == WORKS
    admin.close()


def test_while_google_is_away_it_is_said_why(workspace: Workspace) -> None:
    workspace.google.lifetime = 30
    workspace.connect()
    workspace.google.answers = [(503, "<html>busy</html>")] * 9
    answer = run_test(workspace)
    assert not answer["ok"] and "503" in answer["detail"] and answer["users"] is None
    assert workspace.connection["state"] == "connected"
    assert "503" in workspace.connection["reason"]
    assert 1 <= workspace.google.refreshes() <= 6

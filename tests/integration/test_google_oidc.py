"""Connecting, being connected and disconnecting, against a certified OpenID server that is not ours
(tests/simulators/google/oidc). Skipped where it is not installed."""

from typing import Any

import pytest

from tests.harness.browser import Page
from tests.harness.fixtures import Site
from tests.harness.google import Workspace
from tests.harness.httpd import Httpd
from tests.harness.oidc import OidcServer
from tests.harness.wait import until
from tests.integration.pulled import Pulled, directory, small  # noqa: F401
from tests.simulators.google import SimulatedGoogle
from tests.simulators.google.oauth import JWT_BEARER, SCOPES

pytestmark = pytest.mark.any_mpm


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


@pytest.fixture
def workspace(oidc_workspace: Workspace) -> Workspace:
    return oidc_workspace


@pytest.fixture
def oidc(oidc_server: OidcServer, directory: SimulatedGoogle) -> OidcServer:  # noqa: F811
    """Its access tokens open the simulated directory, in which somebody is."""
    directory.control.edit("add-user", email="admin@example.com")
    oidc_server.set(directory={"url": directory.base_url, "token": directory.control.issue_token()})
    return oidc_server


def run_test(workspace: Workspace) -> dict[str, Any]:
    return workspace.admin.post(f"{workspace.path}/test", {}).expect(200).json()


def connected(page: Page) -> bool:
    return page.status == 200 and "<h1>Connected</h1>" in page.text


def test_it_is_connected_and_says_as_whom(workspace: Workspace, oidc: OidcServer) -> None:
    before = oidc.refresh_tokens()
    page = workspace.connect()
    assert connected(page), page.text
    # What it is and of which Workspace was read from an id_token that it signed.
    assert "<b>example.com</b>" in page.text and "<b>admin@example.com</b>" in page.text
    connection = workspace.connection
    assert (connection["state"], connection["by"]) == ("connected", "browser")
    assert (connection["domain"], connection["administrator"]) == ("example.com",
                                                                   "admin@example.com")
    assert set(connection["scopes"]) == {"openid", "email", *SCOPES}
    assert (oidc.asked("authorization_code"), oidc.refresh_tokens()) == (1, before + 1)
    assert run_test(workspace)["ok"]
    assert oidc.asked("refresh_token") == 0


def test_its_directory_is_pulled(workspace: Workspace, oidc: OidcServer, site: Site,
                                 directory: SimulatedGoogle) -> None:  # noqa: F811
    oidc.set(accessSeconds=30)
    assert connected(workspace.connect())
    pulled = Pulled(workspace, directory, site)
    small(pulled)
    held = pulled.pull_all()
    assert held.groups["Everybody"] == {"ada@example.com", "ben@example.com"}
    assert oidc.asked("refresh_token") == 1


def test_a_refresh_token_is_good_more_than_once(workspace: Workspace, oidc: OidcServer) -> None:
    oidc.set(accessSeconds=30)
    before = oidc.refresh_tokens()
    workspace.connect()
    assert [run_test(workspace)["ok"] for _ in range(3)] == [True] * 3
    assert (oidc.asked("refresh_token"), oidc.refresh_tokens()) == (3, before + 1)


def test_one_that_has_expired_must_be_connected_anew(workspace: Workspace, oidc: OidcServer,
                                                     httpd: Httpd) -> None:
    before = oidc.refresh_tokens()
    oidc.set(accessSeconds=30, refreshSeconds=1)
    workspace.connect()
    until(lambda: oidc.refresh_tokens() == before, "the refresh token to expire")
    httpd.error_log.expect("SCIM0180", count=1)
    answer = run_test(workspace)
    assert not answer["ok"]
    assert "Token has been expired or revoked." in answer["detail"] and "7 days" in answer["detail"]
    assert workspace.connection["state"] == "reconnect"
    assert workspace.connection["reason"] == answer["detail"]
    assert run_test(workspace)["detail"] == answer["detail"]
    assert oidc.asked("refresh_token") == 1
    oidc.set(refreshSeconds=3600)
    assert connected(workspace.connect()) and run_test(workspace)["ok"]


@pytest.mark.parametrize("change, words", [
    ({"denies": True}, ["access_denied", "test users"]),
    ({"unticked": [SCOPES[0]]}, [SCOPES[0], "boxes ticked"]),
    ({"unticked": [SCOPES[1]]}, [SCOPES[1], "boxes ticked"]),
    ({"domain": None}, ["no account of a Google"]),
], ids=["denied", "without-users", "without-groups", "without-workspace"])
def test_the_administrator_there_says_no(change: dict[str, Any], words: list[str],
                                         workspace: Workspace, oidc: OidcServer) -> None:
    oidc.set(**change)
    page = workspace.connect()
    assert "<h1>Not connected</h1>" in page.text and page.url == workspace.callback
    for word in words:
        assert word in page.text, page.text
    assert workspace.connection["state"] == "none"
    assert workspace.events()[0][0] == "google.failed"


def test_one_that_is_not_who_it_should_be(workspace: Workspace, oidc: OidcServer) -> None:
    """It names itself beside the code (RFC 9207): another server's code goes nowhere."""
    workspace.put(endpoints=oidc.endpoints() | {"issuer": "https://accounts.google.com"})
    page = workspace.connect()
    assert "<h1>Not connected</h1>" in page.text and "not from Google" in page.text
    assert oidc.asked("authorization_code") == 0


def test_disconnecting_revokes(workspace: Workspace, oidc: OidcServer) -> None:
    before = oidc.refresh_tokens()
    workspace.connect()
    assert oidc.refresh_tokens() == before + 1
    disconnect = f"{workspace.path}/disconnect"
    assert "same Google Cloud project" in workspace.admin.post(disconnect, {}).expect(409).text()
    assert oidc.refresh_tokens() == before + 1
    workspace.admin.post(disconnect, {"confirm": True}).expect(200)
    assert oidc.refresh_tokens() == before
    assert workspace.connection["state"] == "none"
    assert workspace.events()[0] == ("google.disconnected", "admin:admin", "revoked")


def test_a_client_with_another_secret(workspace: Workspace, oidc: OidcServer) -> None:
    workspace.put(clientSecret="demo-wrong")
    page = workspace.connect()
    assert "<h1>Not connected</h1>" in page.text and "invalid_client" in page.text


# A service account


def put_key(workspace: Workspace, key: dict[str, str], **changes: Any) -> Any:
    workspace.put(clientId=..., clientSecret=..., serviceAccountKey=key,
                  **({"administrator": "admin@example.com"} | changes))
    return workspace.admin.post(f"{workspace.path}/connect", {"by": "serviceAccount"})


def test_a_service_account_signs_for_itself(workspace: Workspace, oidc: OidcServer,
                                            service_key: tuple[dict[str, str], str]) -> None:
    key, public = service_key
    oidc.set(serviceKeys={key["client_email"]: public}, accessSeconds=30)
    answer = put_key(workspace, key).expect(200).json()
    assert (answer["connection"]["state"], answer["connection"]["by"]) == ("connected",
                                                                         "serviceAccount")
    # It has no refresh token: when the access token ends it signs again.
    assert run_test(workspace)["ok"]
    assert (oidc.asked(JWT_BEARER), oidc.asked("refresh_token")) == (2, 0)


@pytest.mark.parametrize("change, administrator, words", [
    ({"serviceKeys": {}}, "admin@example.com", "Invalid JWT Signature"),
    ({"delegated": [SCOPES[0]]}, "admin@example.com", "Domain-wide delegation"),
    ({}, "nobody@example.com", "no user of this Workspace"),
], ids=["unknown", "not-delegated", "for-nobody"])
def test_a_service_account_that_is_not_taken(change: dict[str, Any], administrator: str, words: str,
                                             workspace: Workspace, oidc: OidcServer,
                                             service_key: tuple[dict[str, str], str]) -> None:
    key, public = service_key
    oidc.set(**({"serviceKeys": {key["client_email"]: public}} | change))
    detail = put_key(workspace, key, administrator=administrator).expect(409).json()["detail"]
    assert words in detail
    assert workspace.connection["state"] == "none"

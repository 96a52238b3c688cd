"""Identity providers of the kind google in the admin API: what they are, their settings, and
service accounts."""

import json
from typing import Any, Callable

import pytest

from tests.harness.client import ScimClient
from tests.harness.conf import Settings
from tests.harness.google import Workspace
from tests.harness.httpd import Httpd

pytestmark = pytest.mark.any_mpm

SECRET = "demo-another-secret"


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


# The kind


def test_it_is_an_identity_provider_without_scim(workspace: Workspace, httpd: Httpd) -> None:
    idp = workspace.admin.get(f"/api/idps/{workspace.name}").expect(200).json()
    assert (idp["kind"], idp["provider"], idp["scim"]) == ("google", "google", None)
    assert idp in workspace.admin.idps()
    tokens = f"/api/idps/{workspace.name}/tokens"
    assert "no tokens" in workspace.admin.get(tokens).expect(409).json()["detail"]
    workspace.admin.post(tokens, {}).expect(409)


def test_at_the_scim_endpoint_it_is_as_one_that_is_not_there(workspace: Workspace, httpd: Httpd
                                                             ) -> None:
    answers = []
    for name in (workspace.name, "no-such-idp"):
        scim = ScimClient(f"{httpd.url}/scim/v2/{name}", token="demo-token")
        answer = scim.get("/Users").expect(401)
        answers.append((answer.body, answer.headers["WWW-Authenticate"]))
        scim.close()
    assert answers[0] == answers[1]


def test_a_kind_is_for_good(workspace: Workspace, site: Any) -> None:
    admin = workspace.admin
    assert admin.patch(f"/api/idps/{workspace.name}", {"kind": "scim"}).status == 400
    body = {"name": "odd", "kind": "ldap", "site": site.name}
    assert "kind" in admin.post("/api/idps", body).expect(400).json()["detail"]
    made = admin.create_idp("plain-scim", site=site.name)
    assert made["kind"] == "scim" and made["scim"]["token"]
    assert "kind" in admin.get("/api/idps/plain-scim/google").expect(409).json()["detail"]
    admin.get("/api/idps/nobody/google").expect(404)
    admin.delete_idp("plain-scim")


def test_it_is_deleted_with_its_connection(workspace: Workspace, site: Any) -> None:
    workspace.connect()
    workspace.admin.delete_idp(workspace.name)
    workspace.admin.post("/api/idps", {"name": workspace.name, "kind": "google",
                                       "site": site.name}).expect(201)
    shown = workspace.show()
    assert shown["connection"]["state"] == "none" and not shown["hasClientSecret"]


# Settings


def test_settings_are_shown_without_secrets(workspace: Workspace) -> None:
    workspace.put(domain="example.com", administrator="admin@example.com")
    answer = workspace.admin.get(workspace.path)
    assert workspace.google.client_secret not in answer.text()
    shown = answer.json()
    connection = shown.pop("connection")
    assert shown == {
        "clientId": workspace.google.client_id, "hasClientSecret": True,
        "redirectUri": workspace.callback, "domain": "example.com",
        "administrator": "admin@example.com", "serviceAccount": None,
        "endpoints": workspace.google.endpoints(),
        "scopes": ["https://www.googleapis.com/auth/admin.directory.user.readonly",
                   "https://www.googleapis.com/auth/admin.directory.group.readonly"]}
    assert (connection["state"], connection["administrator"]) == ("none", None)


def test_where_google_is_need_not_be_said(workspace: Workspace) -> None:
    assert workspace.put(endpoints=...)["endpoints"] == {
        "authorize": "https://accounts.google.com/o/oauth2/v2/auth",
        "token": "https://oauth2.googleapis.com/token",
        "revoke": "https://oauth2.googleapis.com/revoke",
        "issuer": "https://accounts.google.com", "directory": "https://admin.googleapis.com"}


def test_a_secret_stays_as_long_as_it_goes_where_it_went(workspace: Workspace) -> None:
    workspace.put(clientSecret=..., domain="example.com")
    assert "<h1>Connected</h1>" in workspace.connect().text
    for change in ({"clientId": "demo-other"}, {"endpoints": None},
                   {"endpoints": workspace.google.endpoints() | {"token": "https://example.net"}}):
        body = workspace.settings(clientSecret=..., **change)
        detail = workspace.admin.put(workspace.path, body).expect(400).json()["detail"]
        assert "clientSecret is needed" in detail
    assert workspace.connection["state"] == "connected"
    assert workspace.put(clientSecret=..., clientId=...)["hasClientSecret"] is False
    workspace.admin.put(workspace.path, workspace.settings(clientSecret=...)).expect(400)


def test_googles_own_addresses_are_the_same_told_or_left_out(workspace: Workspace) -> None:
    workspace.put(endpoints=...)
    told = workspace.show()["endpoints"]
    for endpoints in (told, ..., told, {}):
        assert workspace.put(endpoints=endpoints, clientSecret=...)["hasClientSecret"]


def test_the_client_may_get_another_secret(workspace: Workspace) -> None:
    workspace.connect()
    workspace.put(clientSecret=SECRET)
    assert workspace.connection["state"] == "connected"
    event, = workspace.admin.events(f"idp={workspace.name}&kind=google.changed&limit=1")
    assert event["change"] == {"clientSecret": {"after": "stored anew"}}
    assert SECRET not in str(workspace.admin.events())


def test_another_client_has_to_be_connected_anew(workspace: Workspace) -> None:
    workspace.connect()
    workspace.put(clientId="demo-other")
    assert workspace.connection["state"] == "reconnect"
    assert workspace.connection["reason"] == "its settings were changed: connect again"
    assert workspace.events()[0] == ("google.changed", "admin:admin", "it must be connected anew")


@pytest.mark.parametrize("change, words", [
    ({"clientId": ""}, "clientId"), ({"clientId": "a b"}, "clientId"),
    ({"clientId": 7}, "clientId"),
    ({"clientSecret": "demo\n"}, "clientSecret"), ({"clientSecret": ["demo"]}, "clientSecret"),
    ({"clientId": None}, "clientSecret belongs"),
    ({"domain": "Example.com"}, "domain"), ({"domain": "example"}, "domain"),
    ({"domain": "a@example.com"}, "domain"), ({"administrator": "jane"}, "administrator"),
    ({"endpoints": []}, "endpoints"),
    ({"endpoints": {"tokens": "https://example.com"}}, "endpoints"),
    ({"endpoints": {"token": "http://example.com"}}, "endpoints.token"),
    ({"endpoints": {"token": "https://jo:demo@example.com"}}, "endpoints.token"),
    ({"endpoints": {"authorize": "javascript:x"}}, "endpoints.authorize"),
    ({"endpoints": {"issuer": 1}}, "endpoints.issuer"),
    ({"endpoints": {"revoke": "https://example.com/?x"}}, "endpoints.revoke"),
    ({"serviceAccountKey": "demo"}, "serviceAccountKey"), ({"serviceAccountKey": {}}, "type"),
    ({"serviceAccountKey": "x" * 20000}, "too long"), ({"clientid": "x"}, "clientid"),
])
def test_settings_with_a_wrong_field(change: dict[str, Any], words: str, workspace: Workspace
                                     ) -> None:
    before = workspace.show()
    answer = workspace.admin.put(workspace.path, workspace.settings(**change)).expect(400)
    assert words in answer.json()["detail"] and "demo-" not in answer.json()["detail"]
    assert workspace.show() == before


def test_what_is_missing_for_connecting_is_said(workspace: Workspace) -> None:
    connect = f"{workspace.path}/connect"
    assert workspace.admin.post(connect, {"by": "magic"}).status == 400
    workspace.put(clientId=..., clientSecret=...)
    assert "clientId" in workspace.admin.post(connect, {}).expect(409).json()["detail"]
    workspace.admin.put(connect, {}).expect(405)
    workspace.admin.get(f"{workspace.path}/nothing").expect(404)
    workspace.admin.delete(workspace.path).expect(405)


@pytest.mark.parametrize("extra, locations, words", [
    ("", {}, "ScimSyncBaseURL"),
    ("ScimSyncBaseURL http://sync.example.com", {}, "https://"),
    ("ScimSyncBaseURL https://sync.example.com",
     {"/plugins/servlet/usersync/callback": None}, "scim-sync-oauth-callback"),
])
def test_what_the_configuration_lacks_is_said(extra: str, locations: dict[str, None], words: str,
                                              make_httpd: Callable[..., Httpd], jira: Any) -> None:
    server = make_httpd(settings=Settings(extra=extra, locations=locations))
    server.start()
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.post("/api/idps", {"name": "ws", "kind": "google", "site": "main"}).expect(201)
    admin.put("/api/idps/ws/google", {"clientId": "demo", "clientSecret": "demo-1"}).expect(200)
    detail = admin.post("/api/idps/ws/google/connect", {}).expect(409).json()["detail"]
    assert words in detail
    admin.close()


def test_the_path_is_the_site_s_choice(make_httpd: Callable[..., Httpd], jira: Any) -> None:
    server = make_httpd(settings=Settings(
        extra="ScimSyncBaseURL https://sync.example.com/jira",
        locations={"/plugins/servlet/usersync/callback": None,
                   "/back": "SetHandler scim-sync-oauth-callback\nRequire all granted"}))
    server.start()
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.post("/api/idps", {"name": "ws", "kind": "google", "site": "main"}).expect(201)
    put = admin.put("/api/idps/ws/google", {"clientId": "demo", "clientSecret": "demo-1"})
    assert put.expect(200).json()["redirectUri"] == "https://sync.example.com/jira/back"
    cookie = admin.post("/api/idps/ws/google/connect", {}).expect(200).headers["Set-Cookie"]
    assert cookie.startswith("__Secure-scim-sync-connect=") and "Secure" in cookie.split(";")
    admin.close()


# Service accounts


@pytest.fixture
def delegate(workspace: Workspace, service_key: tuple[dict[str, str], str]) -> dict[str, str]:
    """A service account that Google knows, and its JSON key, which is stored."""
    key, public = service_key
    workspace.google.service_keys = {key["client_email"]: public}
    workspace.put(clientId=..., clientSecret=..., administrator="admin@example.com",
                  serviceAccountKey=key)
    return key


def connect_service(workspace: Workspace) -> Any:
    return workspace.admin.post(f"{workspace.path}/connect", {"by": "serviceAccount"})


def test_a_service_account_connects_without_a_browser(workspace: Workspace,
                                                      delegate: dict[str, str]) -> None:
    answer = connect_service(workspace).expect(200)
    shown = answer.json()
    assert shown["serviceAccount"] == {"email": "demo@project.example.com",
                                       "clientId": "100200300", "keyId": "demo-key"}
    assert "PRIVATE KEY" not in answer.text()
    assert (shown["connection"]["state"], shown["connection"]["by"]) == ("connected",
                                                                       "serviceAccount")
    assert shown["connection"]["administrator"] == "admin@example.com"
    assert workspace.events()[0] == ("google.connected", "admin:admin", "as admin@example.com")
    detail = workspace.admin.post(f"{workspace.path}/disconnect", {}).expect(409).json()["detail"]
    assert "Cloud project" not in detail
    workspace.admin.post(f"{workspace.path}/disconnect", {"confirm": True}).expect(200)
    assert workspace.google.revoked == []


def test_the_key_may_be_the_file_s_text(workspace: Workspace, delegate: dict[str, str]) -> None:
    workspace.put(clientId=..., clientSecret=..., administrator="admin@example.com",
                  serviceAccountKey=json.dumps(delegate, indent=2))
    connect_service(workspace).expect(200)


def test_the_key_stays_until_it_is_taken_away(workspace: Workspace, delegate: dict[str, str]
                                              ) -> None:
    connect_service(workspace).expect(200)
    same = {"clientId": ..., "clientSecret": ..., "administrator": "admin@example.com"}
    assert workspace.put(**same)["connection"]["state"] == "connected"
    shown = workspace.put(**same, serviceAccountKey=None)
    assert shown["serviceAccount"] is None and shown["connection"]["state"] == "reconnect"
    assert "serviceAccountKey" in connect_service(workspace).expect(409).json()["detail"]


@pytest.mark.parametrize("change, words", [
    ({"delegated": False}, "Domain-wide delegation"),
    ({"service_keys": {}}, "Invalid JWT Signature"),
])
def test_google_does_not_take_the_key(change: dict[str, Any], words: str, workspace: Workspace,
                                      delegate: dict[str, str]) -> None:
    for name, value in change.items():
        setattr(workspace.google, name, value)
    assert words in connect_service(workspace).expect(409).json()["detail"]
    assert workspace.connection["state"] == "none"
    assert workspace.events()[0][0] == "google.failed"


def test_it_acts_for_an_administrator(workspace: Workspace, delegate: dict[str, str]) -> None:
    workspace.put(clientId=..., clientSecret=..., administrator="nobody@example.com")
    assert "no user of this Workspace" in connect_service(workspace).expect(409).json()["detail"]
    workspace.put(clientId=..., clientSecret=..., administrator=None)
    assert "administrator" in connect_service(workspace).expect(409).json()["detail"]


@pytest.mark.parametrize("part", ["", "/schedule", "/choice"])
def test_a_body_that_was_forgotten_changes_nothing(part: str, workspace: Workspace) -> None:
    before = workspace.show()
    answer = workspace.admin.request("PUT", workspace.path + part, body=b"").expect(400)
    assert answer.json()["detail"].startswith("There is no body; {} is what")
    assert workspace.show() == before

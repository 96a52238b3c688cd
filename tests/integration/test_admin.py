"""The admin API's door, and Jira sites."""

import json
from typing import Any, Callable, Iterator
from urllib.parse import quote

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import Client, Response
from tests.harness.conf import ADMIN_LOCATION, Settings
from tests.harness.wait import until

PROBLEM = "application/problem+json"
UNGUARDED = "/unguarded"

SETTINGS = Settings(locations={
    UNGUARDED: "SetHandler scim-sync-admin\nRequire all granted"})

pytestmark = pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=["open"])


def assert_problem(answer: Response, status: int, words: str = "") -> None:
    """RFC 9457, with a sentence that helps."""
    answer.expect(status)
    assert answer.headers.get_content_type() == PROBLEM, answer.text()
    body = answer.json()
    assert set(body) == {"title", "status", "detail"}
    assert body["status"] == status and body["title"] and words in body["detail"], body


@pytest.fixture
def stranger(httpd: Any) -> Iterator[Client]:
    client = httpd.client()
    yield client
    client.close()


# The door


def test_a_wrong_password(httpd: Any) -> None:
    httpd.error_log.expect("AH01617")
    client = httpd.client(basic=("admin", "demo-wrong"))
    answer = client.get(f"{ADMIN_LOCATION}/api/status")
    assert_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    client.close()


@pytest.mark.parametrize("method, path", [
    ("GET", "/api/status"), ("GET", "/api/sites"), ("POST", "/api/idps"), ("DELETE", "/api/idps/x"),
    ("GET", "/api/nothing")])
def test_a_location_without_authentication_serves_nobody(method: str, path: str, stranger: Client,
                                                         httpd: Any) -> None:
    """An administrator who forgets AuthType must not open everything to everybody."""
    httpd.error_log.expect("SCIM0202")
    answer = stranger.request(method, UNGUARDED + path, {})
    assert_problem(answer, 403, "AuthType")


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example.com"}, {"Origin": "null"},
    {"Origin": "http://127.0.0.1"}, {"Origin": "http://127.0.0.1.evil.example.com"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"},
    {"Content-Type": "multipart/form-data"}, {"Content-Type": None},
    {"Content-Type": "application/jsonx"}, {"Content-Type": "application/json-patch+json"},
    {"SCIM-Sync-Client": None},
])
def test_what_a_page_of_another_site_can_make_a_browser_send(headers: dict[str, str | None],
                                                             admin: AdminClient, site: Any,
                                                             httpd: Any) -> None:
    httpd.error_log.expect("SCIM0202")
    answer = admin.post("/api/idps", {"name": "stolen", "site": site.name}, headers=headers)
    assert_problem(answer, 403, "same-origin")
    assert admin.get("/api/idps/stolen").status == 404


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example.com"}, {"SCIM-Sync-Client": None},
    {"Content-Type": "text/plain"}, {"Content-Type": None}])
@pytest.mark.parametrize("method, path", [
    ("PUT", "/api/sites/{site}"), ("DELETE", "/api/sites/{site}"), ("PATCH", "/api/idps/x"),
    ("DELETE", "/api/idps/x"), ("POST", "/api/sites/{site}/test"), ("POST", "/api/tasks/1/retry")])
def test_every_change_is_guarded(method: str, path: str, headers: dict[str, str | None],
                                 admin: AdminClient, site: Any, httpd: Any) -> None:
    if method == "DELETE" and "Content-Type" in headers:
        admin.delete("/api/idps/x", headers=headers).expect(404)
        return
    httpd.error_log.expect("SCIM0202")
    answer = admin.request(method, path.format(site=site.name), {}, headers=headers)
    assert_problem(answer, 403, "same-origin")
    admin.get(f"/api/sites/{site.name}").expect(200)


def test_what_the_console_sends(admin: AdminClient, site: Any, httpd: Any) -> None:
    headers = {"Origin": httpd.url, "Sec-Fetch-Site": "same-origin",
               "Content-Type": "application/json; charset=utf-8"}
    admin.post("/api/idps", {"name": "fine", "site": site.name}, headers=headers).expect(201)
    admin.delete_idp("fine")


def test_reading_asks_for_no_origin(admin: AdminClient) -> None:
    admin.get("/api/status", headers={"Sec-Fetch-Site": "cross-site"}).expect(200)


# Addresses and bodies


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/sites/a/b",
                                  "/api/idps/a/nothing", "/api/status/x", "/api/events/x",
                                  "/api/tasks/x", "/api/tasks/1/nothing", "/api/sites/%FF",
                                  "/api/idps/%FF/tokens", "/api/idps/a/tokens/b/c/d"])
def test_addresses_where_nothing_is(path: str, admin: AdminClient) -> None:
    assert_problem(admin.get(path), 404)


@pytest.mark.parametrize("method, path, allowed", [
    ("POST", "/api/sites", "GET, HEAD"), ("POST", "/api/sites/x", "GET, HEAD, PUT, DELETE"),
    ("GET", "/api/sites/x/test", "POST"), ("PUT", "/api/idps", "GET, HEAD, POST"),
    ("PUT", "/api/idps/x", "GET, HEAD, PATCH, DELETE"),
    ("DELETE", "/api/idps/x/tokens", "GET, HEAD, POST"),
    ("GET", "/api/idps/x/tokens/y", "DELETE"), ("POST", "/api/status", "GET, HEAD"),
    ("DELETE", "/api/events", "GET, HEAD"), ("POST", "/api/tasks", "GET, HEAD"),
    ("GET", "/api/tasks/1/retry", "POST")])
def test_methods_that_are_not_possible(method: str, path: str, allowed: str,
                                       admin: AdminClient) -> None:
    answer = admin.request(method, path, None if method == "GET" else {})
    assert_problem(answer, 405, method)
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/api/sites", "/api/idps", "/api/status", "/api/tasks",
                                  "/api/events"])
def test_head(path: str, admin: AdminClient) -> None:
    answer = admin.request("HEAD", path).expect(200)
    assert answer.body == b"" and answer.headers.get_content_type() == "application/json"


@pytest.mark.parametrize("body", ["{", "[]", "[{}]", "7", '"x"', '{"name": "a", "name": "b"}',
                                  '{"name": "a\\u0000"}', b'{"name": "\xff"}'])
@pytest.mark.parametrize("method, path", [("POST", "/api/idps"), ("PUT", "/api/sites/demo")])
def test_bodies_that_make_no_sense(body: str, method: str, path: str, admin: AdminClient) -> None:
    answer = admin.request(method, path, body=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400)


def test_answers_are_not_cached(admin: AdminClient) -> None:
    assert admin.get("/api/sites").headers["Cache-Control"] == "no-store"


# Sites


@pytest.fixture
def site_body(jira: Any) -> dict[str, Any]:
    return {"baseUrl": jira.url, "email": jira.email, "apiToken": jira.api_token}


def test_a_site_from_its_making_to_its_end(admin: AdminClient, site_body: dict[str, Any]) -> None:
    made = admin.put("/api/sites/tour", site_body).expect(201).json()
    assert made == admin.get("/api/sites/tour").expect(200).json()
    assert made.pop("createdAt") <= made.pop("changedAt")
    assert made == {"name": "tour", "customers": False, "baseUrl": site_body["baseUrl"],
                    "email": site_body["email"], "products": ["jira-software"],
                    "protectedGroups": [], "hasApiToken": True, "tokenKind": "classic",
                    "cloudId": None, "gatewayUrl": None, "apiTokenExpires": None,
                    "expiresIn": None, "organization": None}
    changed = admin.put("/api/sites/tour", {"products": ["jira-core"]}).expect(200).json()
    assert changed["products"] == ["jira-core"] and changed["email"] == site_body["email"]
    assert changed["changedAt"] > changed["createdAt"]
    names = ["Board", "vip-*", "*-admins", "*Größe*"]
    assert admin.put("/api/sites/tour", {"protectedGroups": names}).expect(200).json()[
        "protectedGroups"] == names
    changed = admin.put("/api/sites/tour", {}).expect(200).json()
    assert changed["protectedGroups"] == names and changed["products"] == ["jira-core"]
    assert changed in admin.sites()
    admin.delete_site("tour")
    assert_problem(admin.get("/api/sites/tour"), 404, "tour")
    assert_problem(admin.delete("/api/sites/tour"), 404, "tour")
    kinds = [event["kind"] for event in admin.events() if event["site"] == "tour"]
    assert kinds == ["site.deleted", *2 * ["site.changed"], "site.created"]


@pytest.mark.parametrize("change, words", [
    ({"baseUrl": "example.atlassian.net"}, "baseUrl"),
    ({"baseUrl": "http://example.atlassian.net"}, "https://"),
    ({"baseUrl": "ftp://127.0.0.1"}, "https://"),
    ({"baseUrl": "https://jane:demo@example.atlassian.net"}, "user name"),
    ({"baseUrl": "https://example.atlassian.net/?a=b"}, "no ?"),
    ({"baseUrl": "https://example.atlassian.net/#a"}, "no ?"),
    ({"baseUrl": "http://127.0.0.1.example.com"}, "https://"),
    ({"baseUrl": ""}, "baseUrl"), ({"baseUrl": 7}, "baseUrl"), ({"baseUrl": None}, "baseUrl"),
    ({"email": 7}, "email"), ({"email": None}, "email"), ({"email": "x" * 3000}, "email"),
    ({"apiToken": ["x"]}, "apiToken"), ({"apiToken": None}, "apiToken"),
    ({"apiToken": ""}, "apiToken"),
    ({"products": "jira-software"}, "products"), ({"products": ["jira"]}, "jira-software"),
    ({"products": [7]}, "products"), ({"products": {}}, "products"),
    ({"protectedGroups": "vip"}, "protectedGroups"), ({"protectedGroups": {}}, "protectedGroups"),
    ({"protectedGroups": [7]}, "protectedGroups"), ({"protectedGroups": ["*"]}, "protectedGroups"),
    ({"protectedGroups": ["a*b"]}, "protectedGroups"), ({"protectedGroups": [""]}, "*"),
    ({"protectedGroups": ["x" * 256]}, "255"), ({"protectedGroups": ["x"] * 1001}, "1000"),
    ({"apitoken": "x"}, "apitoken"), ({"name": "x"}, "name"), ({"é" * 40: 1}, "é"),
])
def test_a_site_with_a_wrong_field(change: dict[str, Any], words: str, admin: AdminClient,
                                   site_body: dict[str, Any]) -> None:
    answer = admin.put("/api/sites/wrong", site_body | change)
    assert_problem(answer, 400, words)
    assert admin.get("/api/sites/wrong").status == 404
    assert site_body["apiToken"] not in answer.text()


# What a call has no parameter of; each is refused with its name, whatever the call is about.
CALLS = [
    "GET sites", "GET sites/x", "PUT sites/x", "DELETE sites/x", "POST sites/x/test",
    "POST sites/x/groups/preview", "GET sites/x/conflicts", "GET sites/x/reconcile",
    "POST sites/x/reconcile", "GET idps", "POST idps", "GET idps/x", "PATCH idps/x",
    "DELETE idps/x", "GET idps/x/rules", "PUT idps/x/rules", "POST idps/x/rules/try",
    "POST idps/x/plan", "GET idps/x/users/1/plan", "GET idps/x/users/plan",
    "GET idps/x/groups/1/plan", "GET idps/x/groups/plan", "GET idps/x/tokens",
    "POST idps/x/tokens", "DELETE idps/x/tokens/1", "POST idps/x/guard/release",
    "POST idps/x/guard/discard", "GET tasks", "GET tasks/1", "DELETE tasks/1",
    "POST tasks/retry", "POST tasks/1/retry", "POST tasks/1/release", "GET guard", "GET events",
    "HEAD status", "GET status"]


@pytest.mark.parametrize("call", CALLS)
def test_a_parameter_that_nobody_knows(call: str, admin: AdminClient) -> None:
    method, path = call.split()
    body = {} if method in ("POST", "PUT", "PATCH") else None
    answer = admin.request(method, f"/api/{path}?sitte=main", body)
    if method == "HEAD":
        answer.expect(400)
    else:
        assert_problem(answer, 400, "sitte")


@pytest.mark.parametrize("call, parameter", [
    ("PUT sites/x", "samejira"), ("GET idps/x/users/1/plan", "userName"),
    ("GET idps/x/groups/plan", "userName"), ("PATCH idps/x", "acces"), ("GET idps/x", "access"),
    ("POST idps", "access"), ("POST tasks/retry", "limit"), ("GET events", "offset"),
    ("POST idps/x/guard", "kind")])
def test_a_parameter_of_another_call(call: str, parameter: str, admin: AdminClient) -> None:
    method, path = call.split()
    body = {} if method in ("POST", "PUT", "PATCH") else None
    answer = admin.request(method, f"/api/{path}?{parameter}=", body)
    if parameter == "samejira":
        assert_problem(answer, 400, "baseUrl")
    else:
        assert_problem(answer, 400, parameter)


def test_a_change_with_a_parameter_that_nobody_knows_is_not_made(admin: AdminClient, site: Any
                                                                 ) -> None:
    body = {"products": ["jira-core"]}
    assert_problem(admin.put(f"/api/sites/{site.name}?sameJra=true", body), 400, "sameJra")
    assert admin.get(f"/api/sites/{site.name}").json()["products"] == ["jira-software"]
    admin.put(f"/api/sites/{site.name}?samejira=true", body).expect(200)


@pytest.mark.parametrize("call", ["sites/x/test", "idps/x/google/test", "idps/x/guard/release",
                                  "tasks/retry", "tasks/1/retry", "tasks/1/release"])
def test_a_field_that_a_call_without_fields_does_not_have(call: str, admin: AdminClient) -> None:
    assert_problem(admin.post(f"/api/{call}", {"dryRun": True}), 400, "dryRun")


@pytest.mark.parametrize("query", ["access=keep&access=remove", "Access=keep&leavers=keep&access=",
                                   "%C3%A4" * 40 + "&" + "%C3%A4" * 40])
def test_a_parameter_that_comes_twice(query: str, admin: AdminClient, idp: Any) -> None:
    """Which of the two was meant nobody knows."""
    assert_problem(admin.delete(f"/api/idps/{idp.name}?{query}"), 400, "twice")
    admin.get(f"/api/idps/{idp.name}").expect(200)


@pytest.mark.parametrize("path", ["tasks//retry", "tasks/./retry", "tasks/%2E/retry",
                                  "tasks/x/../retry", "tasks/x/.%2e/retry", "/tasks/retry"])
def test_a_path_of_which_httpd_would_take_a_part_away(path: str, admin: AdminClient) -> None:
    """An id that a script left empty is not everybody."""
    assert_problem(admin.request("POST", f"/api/{path}", {}), 400, "is a name or an id missing?")
    for path in "tasks", "whoami", "sites":
        assert admin.get(f"/api/{path}/").expect(200).json() == admin.get(f"/api/{path}").json()


@pytest.mark.parametrize("name", ["Main", "a b", "-a", "_a", ".a", "a%2Bb", "ä", "x" * 65])
def test_a_site_with_a_wrong_name(name: str, admin: AdminClient, site_body: dict[str, Any]) -> None:
    assert_problem(admin.put(f"/api/sites/{quote(name, safe='%')}", site_body), 400, "name")


def test_a_site_in_use_is_not_deleted(admin: AdminClient, idp: Any) -> None:
    assert_problem(admin.delete(f"/api/sites/{idp.site.name}"), 409, "Identity providers")
    admin.get(f"/api/sites/{idp.site.name}").expect(200)


def test_the_api_token_never_comes_back(admin: AdminClient, site: Any) -> None:
    told = [admin.get(f"/api/sites/{site.name}").json(), *admin.sites()]
    text = json.dumps([told, admin.events("limit=1000"), admin.test_site(site.name)])
    assert site.jira.api_token not in text
    assert all(one["hasApiToken"] is True and "apiToken" not in one for one in told)


def test_the_site_test_says_who_we_are(admin: AdminClient, site: Any) -> None:
    told = admin.test_site(site.name)
    assert told["ok"] is True
    assert told["account"]["email"] == site.jira.email and told["account"]["accountId"]


def test_the_site_test_says_what_is_wrong(admin: AdminClient, site: Any, httpd: Any) -> None:
    httpd.error_log.expect("SCIM0122", optional=True)
    admin.put(f"/api/sites/{site.name}", {"apiToken": "demo-wrong"}).expect(200)
    told = admin.test_site(site.name)
    assert told["ok"] is False and told["status"] == 401 and told["account"] is None
    assert told["detail"] and "demo-wrong" not in json.dumps(told)
    admin.put(f"/api/sites/{site.name}", {"apiToken": site.jira.api_token}).expect(200)
    assert admin.test_site(site.name)["ok"] is True


def test_the_site_test_of_a_jira_that_is_not_there(admin: AdminClient, site: Any, httpd: Any
                                                   ) -> None:
    httpd.error_log.expect("SCIM0122", optional=True)
    admin.put(f"/api/sites/{site.name}", {"baseUrl": "http://127.0.0.1:9"}).expect(200)
    told = admin.test_site(site.name)
    assert told["ok"] is False and told["status"] == 0 and "127.0.0.1" in told["detail"]
    assert_problem(admin.post("/api/sites/nothing/test", {}), 404, "nothing")


def test_an_account_that_may_not_administer_is_told(admin: AdminClient, site: Any, httpd: Any
                                                    ) -> None:
    """Who we are is fine, what we may do is not: both are said."""
    httpd.error_log.expect("SCIM012[12]", optional=True)
    site.jira.control.add_fault("status", status=403, times=None,
                                match={"path": "applicationrole"})
    told = admin.test_site(site.name)
    site.jira.control.remove_faults()
    assert told["ok"] is False and told["account"]["email"] == site.jira.email


def test_an_account_that_may_not_see_the_administrators_groups_is_told(admin: AdminClient,
                                                                       site: Any,
                                                                       httpd: Any) -> None:
    httpd.error_log.expect("SCIM0124", optional=True)
    site.jira.control.add_fault("status", status=403, times=None,
                                match={"path": "accessType"},
                                body={"errorMessages": ["Browse users and groups."], "errors": {}})
    told = admin.test_site(site.name)
    site.jira.control.remove_faults()
    assert told["ok"] is False and told["detail"] == "Browse users and groups."


def test_new_credentials_set_what_was_refused_going_again(admin: AdminClient, idp: Any,
                                                          httpd: Any) -> None:
    httpd.error_log.expect("SCIM0122")
    name = idp.site.name
    admin.put(f"/api/sites/{name}", {"apiToken": "demo-wrong"}).expect(200)
    idp.scim.create_user("ann@example.com")
    httpd.error_log.wait_for("SCIM0122")
    assert admin.status()["tasks"]["waiting"] + admin.status()["tasks"]["failed"] == 1
    admin.put(f"/api/sites/{name}", {"apiToken": idp.site.jira.api_token}).expect(200)
    until(lambda: not admin.tasks(), "the task to be worked")
    emails = [account.get("emailAddress", account.get("email"))
              for account in idp.site.jira.control.state()["accounts"]]
    assert "ann@example.com" in emails


def test_a_change_is_seen_by_every_child_at_once(admin: AdminClient, httpd: Any,
                                                 make_idp: Callable[..., Any]) -> None:
    admins = [httpd.admin() for _ in range(10)]
    for client in admins:
        client.get("/api/status").expect(200)
    made = make_idp(name="everywhere")
    assert {client.get("/api/idps/everywhere").status for client in admins} == {200}
    clients = [made.scim.copy() for _ in range(10)]
    assert {client.get("/Users").status for client in clients} == {200}
    for client in [*admins, *clients]:
        client.close()

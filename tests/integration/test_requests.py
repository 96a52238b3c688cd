"""The record of the last SCIM requests of an identity provider: what it shows and what it hides."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable
from urllib.parse import urlencode

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import PATCH_SCHEMA, USER_SCHEMA, ScimClient
from tests.harness.conf import SCIM_LOCATION, SCIM_V1_LOCATION
from tests.harness.httpd import Httpd
from tests.harness.wait import until

BLACK = "***"
SECRET = "demo-Hunter2-hunter2"


def requests(admin: AdminClient, idp: str, query: str = "") -> list[dict[str, Any]]:
    answer = admin.get(f"{admin.API}/idps/{idp}/requests?{query}").expect(200)
    return answer.json()["requests"]


def not_recorded(admin: AdminClient, idp: str) -> list[str]:
    return admin.get(f"{admin.API}/idps/{idp}/requests").expect(200).json()["notRecorded"]


def last(admin: AdminClient, idp: str) -> dict[str, Any]:
    """The last request in full."""
    number = requests(admin, idp, "limit=1")[0]["id"]
    return admin.get(f"{admin.API}/idps/{idp}/requests/{number}").expect(200).json()


def soon(seconds: float) -> str:
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def with_token(scim: ScimClient, token: str | None) -> ScimClient:
    return ScimClient(scim.base_url, token=token)


def test_a_request_and_its_answer_are_on_record(idp: Any, admin: AdminClient) -> None:
    user = idp.scim.create_user("jo@example.com", displayName="Jo Müller")
    seen = last(admin, idp.name)
    assert (seen["method"], seen["status"], seen["why"]) == ("POST", 201, None)
    assert seen["uri"] == f"{SCIM_LOCATION}/{idp.name}/Users"
    assert seen["address"] == "127.0.0.1"
    assert seen["token"] == admin.tokens(idp.name)[0]["id"]
    assert json.loads(seen["body"])["displayName"] == "Jo Müller"
    assert json.loads(seen["answer"])["id"] == user["id"]
    assert seen["bodyBytes"] == len(json.dumps(json.loads(seen["body"])).encode())
    assert 0 < seen["milliseconds"] < 30_000
    assert seen["headers"]["Content-Type"] == "application/scim+json"
    assert seen["headers"]["Authorization"] == "Bearer " + BLACK


def test_newest_first_and_in_pages(idp: Any, admin: AdminClient) -> None:
    for number in range(5):
        idp.scim.get(f"/Users?count={number}").expect(200)
    first = requests(admin, idp.name, "limit=2")
    second = requests(admin, idp.name, f"limit=3&before={first[-1]['id']}")
    assert [seen["uri"][-1] for seen in first + second] == ["4", "3", "2", "1", "0"]
    assert "body" not in first[0] and "headers" not in first[0]


def test_they_are_found_by_what_they_were(idp: Any, admin: AdminClient) -> None:
    user = idp.scim.create_user("jo@example.com")
    idp.scim.get(f"/Users/{user['id']}").expect(200)
    idp.scim.get("/Groups?filter=displayName%20eq%20%22100%25_%22").expect(200)

    def found(**query: str) -> list[str]:
        root = f"{SCIM_LOCATION}/{idp.name}"
        return [seen["method"] + seen["uri"].split("?")[0].removeprefix(root)
                for seen in requests(admin, idp.name, urlencode(query))]
    one, all_of_them = f"GET/Users/{user['id']}", ["GET/Groups", f"GET/Users/{user['id']}",
                                                   "POST/Users"]
    assert found(method="get") == all_of_them[:2]
    assert found(path="/users") == all_of_them[1:]
    assert found(path="/USERS/", method="GET") == [one]
    assert found(path="100%25_") == found(path="groups") == ["GET/Groups"]
    assert found(path="%") == ["GET/Groups"] and found(path="U_ers") == []
    assert found(address="127.0.") == all_of_them
    assert found(address="27.0.0.1") == found(address="127.0.0.1%") == found(method="GE") == []
    assert found(path="/users", refused="true") == []


def test_which_host_answered_is_said(idp: Any, admin: AdminClient) -> None:
    idp.scim.get("/Users").expect(200)

    def this() -> list[str]:
        nodes = admin.get(f"{admin.API}/health").expect(200).json()["nodes"]
        return [node["host"] for node in nodes if node["this"]]
    name, = until(this, "the host to say that it is there")
    assert last(admin, idp.name)["host"] == name


def test_what_was_refused_says_why(idp: Any, admin: AdminClient) -> None:
    idp.scim.create_user("jo@example.com")
    idp.scim.post("/Users", {"schemas": [USER_SCHEMA], "userName": "jo@example.com"}).expect(409)
    idp.scim.get("/Users").expect(200)
    refused = requests(admin, idp.name, "refused=true")
    assert [seen["status"] for seen in refused] == [409]
    assert refused[0]["why"] == "There is a User of this userName."
    assert len(requests(admin, idp.name, "refused=false")) == 3


def test_an_expired_token_is_named(idp: Any, admin: AdminClient, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0152", optional=True)
    made = admin.create_token(idp.name, expiresAt=soon(0.2))
    late = with_token(idp.scim, made["token"])
    until(lambda: late.get("/Users").status == 401, "the token to expire")
    seen = last(admin, idp.name)
    assert (seen["status"], seen["token"]) == (401, made["id"])
    assert seen["why"] == f"token {made['id']} expired at {made['expiresAt']}"
    assert made["token"] not in json.dumps(seen)


def test_a_revoked_token_is_named_with_who_did_it(idp: Any, admin: AdminClient,
                                                  httpd: Httpd) -> None:
    made = admin.create_token(idp.name)
    late = with_token(idp.scim, made["token"])
    late.get("/Users").expect(200)
    admin.revoke_token(idp.name, made["id"])
    answer = late.get("/Users").expect(401)
    assert "revoked" not in answer.text()
    seen = last(admin, idp.name)
    assert seen["token"] == made["id"]
    assert seen["why"].startswith(f"token {made['id']} was revoked by admin:admin and ended at ")
    assert httpd.error_log.wait_for(f"token {made['id']} was revoked by admin:admin")
    ended = admin.get(f"{admin.API}/idps/{idp.name}/tokens").expect(200).json()["ended"]
    assert [(token["id"], token["how"], token["by"]) for token in ended] == \
        [(made["id"], "revoked", "admin:admin")]
    assert made["id"] not in [token["id"] for token in admin.tokens(idp.name)]


def test_a_token_of_another_idp_is_named(make_idp: Callable[..., Any], admin: AdminClient) -> None:
    ours, other = make_idp(), make_idp()
    with_token(ours.scim, other.scim.token).get("/Users").expect(401)
    assert f"belongs to the IdP {other.name}" in last(admin, ours.name)["why"]
    assert requests(admin, other.name) == []


@pytest.mark.parametrize("header, shown", [
    (None, None), ("Bearer " + SECRET, "Bearer " + BLACK), (SECRET, BLACK),
    ("Basic " + SECRET, "Basic " + BLACK), ("bEaReR  " + SECRET, "Bearer " + BLACK),
])
def test_strangers_are_on_record_without_what_they_came_with(
        header: str | None, shown: str | None, idp: Any, admin: AdminClient) -> None:
    answer = idp.scim.get("/Users", headers={"Authorization": header})
    answer.expect(401)
    seen = last(admin, idp.name)
    assert (seen["status"], seen["token"]) == (401, None)
    assert seen["why"] in ("the token is not known", "there is no Authorization: Bearer header")
    assert seen["headers"].get("Authorization") == shown
    assert SECRET not in json.dumps(seen)


def test_strangers_displace_nothing(idp: Any, admin: AdminClient) -> None:
    idp.scim.create_user("jo@example.com")
    stranger = with_token(idp.scim, "demo-wrong")
    for _ in range(70):
        stranger.get("/Users").expect(401)
    seen = [one["status"] for one in requests(admin, idp.name)]
    assert seen.count(401) == 50
    assert seen[-1] == 201


def test_so_many_are_kept_and_what_was_refused_for_longer(idp: Any, admin: AdminClient) -> None:
    idp.scim.get("/Users/none").expect(404)
    for number in range(320):
        idp.scim.get(f"/Users?count=0&startIndex={number}").expect(200)
        if number % 100 == 0:
            requests(admin, idp.name, "limit=1")
    seen = requests(admin, idp.name, "limit=1000")
    assert [one["status"] for one in seen].count(404) == 1
    assert len(seen) <= 301
    assert seen[0]["uri"].endswith("startIndex=319")


def test_all_of_them_are_there_after_a_stop(idp: Any, admin: AdminClient, httpd: Httpd) -> None:
    idp.scim.get("/Users?count=7").expect(200)
    httpd.restart()
    fresh = httpd.admin()
    assert requests(fresh, idp.name, "limit=1")[0]["uri"].endswith("count=7")
    fresh.close()
    admin.close()
    idp.scim.close()


@pytest.mark.parametrize("body", [
    json.dumps({"userName": "jo@example.com", "password": SECRET}),
    json.dumps({"userName": "jo@example.com", "PassWord": SECRET, "x": {"y": 1}}),
    '{"userName": "jo@example.com", "pass\\u0077ord": "%s"}' % SECRET,
    '{"userName": "jo@example.com", "\\u0070\\u0061ssword": "%s"}' % SECRET,
    json.dumps({"userName": "jo@example.com", "urn:x:1.0:User": {"apiKey": {"a": [SECRET]}}}),
    json.dumps({"userName": "jo@example.com", "nickName": json.dumps({"password": SECRET})}),
    json.dumps({"userName": "jo@example.com", "title": f"password={SECRET}"}),
    json.dumps({"userName": "jo@example.com", "accessToken": [{"value": SECRET}]}),
    '{"userName": "jo@example.com", "password": "%s", ' % SECRET,
    'password=%s&userName=jo' % SECRET,
    '{"userName": "jo@example.com", "password": "%s", "password": "x"}' % SECRET,
    ("{\"password\": \"%s\"}" % SECRET).encode("utf-16"),
    "[" * 100 + '{"password": "%s"}' % SECRET + "]" * 100,
    json.dumps({"schemas": [PATCH_SCHEMA], "Operations": [
        {"op": "replace", "value": SECRET, "path": "password"}]}),
    json.dumps({"Operations": [{"op": "replace", "path": "urn:x:User:PASSWORD", "value": SECRET}]}),
    json.dumps({"attributes": [{"name": "userPassword", "values": [SECRET]}]}),
])
def test_passwords_are_blacked_out(body: str | bytes, idp: Any, admin: AdminClient) -> None:
    answer = idp.scim.request("POST", "/Users", body=body,
                              headers={"Content-Type": "application/json"})
    seen = last(admin, idp.name)
    assert seen["status"] == answer.status
    assert SECRET not in json.dumps(seen) and "Hunter2" not in json.dumps(seen)
    plain = body if isinstance(body, bytes) else body.encode()
    assert seen["bodyBytes"] == len(plain)
    if answer.status == 201:
        assert "jo@example.com" in seen["body"] and BLACK in seen["body"]


def test_a_secret_that_a_patch_names_last_is_blacked_out(idp: Any, admin: AdminClient) -> None:
    user = idp.scim.create_user("jo@example.com")
    long = {"op": "replace", "value": SECRET, "filler": "x y " * 10_000, "path": "password"}
    idp.scim.patch(f"/Users/{user['id']}", {"schemas": [PATCH_SCHEMA], "Operations": [long]})
    seen = last(admin, idp.name)
    assert SECRET not in seen["body"] and BLACK in seen["body"]
    assert len(seen["body"].encode()) == 16384 and seen["bodyBytes"] > 40_000


@pytest.mark.parametrize("method, path, operation", [
    ("PATCH", "/Users/{id}", {"op": "remove", "path": f'password eq "{SECRET}"'}),
    ("GET", f"/Users?sortBy=password%3D{SECRET}", None),
])
def test_a_secret_that_the_answer_repeats_is_blacked_out_of_why(
        method: str, path: str, operation: dict[str, str] | None, idp: Any, admin: AdminClient
        ) -> None:
    user = idp.scim.create_user("jo@example.com")
    body = {"schemas": [PATCH_SCHEMA], "Operations": [operation]} if operation else None
    answer = idp.scim.request(method, path.format(id=user["id"]), body).expect(400)
    assert SECRET in answer.text()
    seen = last(admin, idp.name)
    assert SECRET not in json.dumps(seen) and seen["why"] == BLACK
    assert "why" in requests(admin, idp.name, "limit=1")[0]


def test_a_token_of_ours_is_blacked_out_wherever_it_stands(idp: Any, admin: AdminClient) -> None:
    token = idp.scim.token
    other = admin.create_token(idp.name)["token"]
    for hidden in (token, other):
        idp.scim.post(f"/Users?x={hidden}&access_token=abc",
                      {"schemas": [USER_SCHEMA], "userName": "jo" + hidden[:3] + "@example.com",
                       "nickName": hidden, "title": f"see {hidden}, please"},
                      headers={"User-Agent": f"agent {hidden}", "X-Api-Key": hidden,
                               "X-" + hidden: "1", "Cookie": "a=" + hidden,
                               "Proxy-Authorization": "Basic " + hidden}).expect(201)
        seen = last(admin, idp.name)
        assert hidden not in json.dumps(seen)
        assert seen["headers"]["X-Api-Key"] == seen["headers"]["Cookie"] == BLACK
        assert seen["headers"]["User-Agent"] == "agent " + BLACK
        assert f"see {BLACK}, please" in seen["body"] and f"see {BLACK}, please" in seen["answer"]
        assert seen["uri"].endswith(f"x={BLACK}&access_token={BLACK}")
        idp.scim.get(f"/Users/{hidden}").expect(404)
        assert last(admin, idp.name)["uri"].endswith("/Users/" + BLACK)


@pytest.mark.parametrize("query", [
    f"password={SECRET}", f"filter=password%20eq%20%22{SECRET}%22",
    f"pass%77ord={SECRET}", f"filter=pass%77ord+eq+%22{SECRET}%22", f"a=1&client_secret={SECRET}",
])
def test_secrets_of_a_query_are_blacked_out(query: str, idp: Any, admin: AdminClient) -> None:
    idp.scim.get("/Users?" + query)
    seen = last(admin, idp.name)
    assert SECRET not in json.dumps(seen) and BLACK in seen["uri"]


def test_broken_json_is_shown_as_it_came(idp: Any, admin: AdminClient) -> None:
    broken = b'{"userName": "jo@example.com", "title": "\xff\xfe M\xc3\xbc", '
    idp.scim.request("POST", "/Users", body=broken,
                     headers={"Content-Type": "application/json"}).expect(400)
    seen = last(admin, idp.name)
    assert seen["body"] == '{"userName": "jo@example.com", "title": "?? Mü", '
    assert "not acceptable JSON" in seen["why"]


def test_huge_bodies_are_cut(idp: Any, admin: AdminClient) -> None:
    text = json.dumps({"schemas": [USER_SCHEMA], "userName": "jo@example.com",
                       "title": "é " * 300_000}, ensure_ascii=False)
    idp.scim.request("POST", "/Users", body=text,
                     headers={"Content-Type": "application/json"})
    seen = last(admin, idp.name)
    assert seen["bodyBytes"] == len(text.encode())
    assert 16380 <= len(seen["body"].encode()) <= 16384
    assert text.startswith(seen["body"])


def test_a_body_that_nobody_read_is_none(idp: Any, admin: AdminClient) -> None:
    with_token(idp.scim, "demo-wrong").post("/Users", {"userName": "x"}).expect(401)
    seen = last(admin, idp.name)
    assert (seen["body"], seen["bodyBytes"]) == (None, 0)
    assert int(seen["headers"]["Content-Length"]) > 0


def test_tricks_with_headers_neither_forge_nor_overflow(idp: Any, admin: AdminClient) -> None:
    idp.scim.get("/Users", headers={"User-Agent": "a: b\tc", "X-Long": "y" * 7000,
                                    "Accept": "z " * 3500, "Via": "last"}).expect(200)
    seen = last(admin, idp.name)
    assert seen["headers"]["User-Agent"] == "a: b\tc"
    assert seen["headers"]["X-Long"] == BLACK
    assert seen["headers"]["Accept"].startswith("z z z") and len(seen["headers"]["Accept"]) < 1100
    assert seen["headers"]["Via"] == "last"


def test_only_what_is_asked_of_an_idp_that_there_is(idp: Any, admin: AdminClient) -> None:
    assert requests(admin, idp.name) == []
    for path in ("idps/nobody/requests", f"idps/{idp.name}/requests/1",
                 f"idps/{idp.name}/requests/x", f"idps/{idp.name}/requests/-1",
                 f"idps/{idp.name}/requests/1/2"):
        admin.get(f"{admin.API}/{path}").expect(404)
    for query in ("limit=0", "limit=x", "before=0", "refused=yes", "status=401"):
        admin.get(f"{admin.API}/idps/{idp.name}/requests?{query}").expect(400)
    answer = admin.delete(f"{admin.API}/idps/{idp.name}/requests").expect(405)
    assert answer.headers["Allow"] == "GET, HEAD"


def test_the_record_goes_with_its_idp(admin: AdminClient, site: Any) -> None:
    for _ in range(2):
        made = admin.create_idp("again", site=site.name)
        scim = ScimClient(made["scim"]["baseUrl"], token=made["scim"]["token"])
        empty = requests(admin, "again") == []
        scim.get("/Users").expect(200)
        seen = len(requests(admin, "again"))
        scim.get("/Users").expect(200)  # still in shared memory when the IdP goes
        scim.close()
        admin.delete_idp("again")
        assert empty and seen == 1


def test_where_it_is_off_nothing_is_kept(httpd: Httpd, idp: Any, admin: AdminClient) -> None:
    httpd.settings.locations[SCIM_LOCATION] = \
        "SetHandler scim-sync\nRequire all granted\nScimSyncRecord Off"
    httpd.graceful()
    idp.scim.close()  # else an old child goes on with its connection
    try:
        idp.scim.get("/Users").expect(200)
        assert requests(admin, idp.name) == []
        assert not_recorded(admin, idp.name) == [SCIM_LOCATION]
    finally:
        del httpd.settings.locations[SCIM_LOCATION]
        httpd.graceful()
        idp.scim.close()
    idp.scim.get("/Users").expect(200)
    assert len(requests(admin, idp.name)) == 1
    assert not_recorded(admin, idp.name) == []


def test_where_it_is_off_all_around_it_is_said(httpd: Httpd, idp: Any, admin: AdminClient) -> None:
    before = httpd.settings.extra
    httpd.settings.extra = f"{before}\nScimSyncRecord Off"
    httpd.graceful()
    try:
        # A child of before may take one more connection.
        until(lambda: not_recorded(admin, idp.name) == [SCIM_LOCATION, SCIM_V1_LOCATION],
              "both to be named")
    finally:
        httpd.settings.extra = before
        httpd.graceful()


def test_a_large_push_of_one_idp_displaces_no_other(make_idp: Callable[..., Any],
                                                    admin: AdminClient) -> None:
    quiet, busy = make_idp(), make_idp()
    quiet.scim.get("/Users?count=3").expect(200)
    busy.scim.get("/Users/none").expect(404)
    for _ in range(600):
        busy.scim.get("/Users?count=0").expect(200)
    assert len(requests(admin, quiet.name)) == 1
    assert 404 in [seen["status"] for seen in requests(admin, busy.name, "limit=1000")]


def test_another_host_knows_within_seconds(make_httpd: Callable[..., Httpd], make_database: Any,
                                           jira: Any) -> None:
    database = make_database()
    if database.driver != "pgsql":
        pytest.skip("hosts share a PostgreSQL")
    here, there = make_httpd(database=database), make_httpd(database=database)
    there.key_file.write_bytes(here.key_file.read_bytes())
    here.start()
    there.start()
    admin, asks = here.admin(), there.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    made = admin.create_idp("okta")
    scim = ScimClient(made["scim"]["baseUrl"], token=made["scim"]["token"])
    for number in range(3):
        scim.get(f"/Users?count={number}").expect(200)
    until(lambda: len(requests(asks, "okta")) == 3, "the other host to know", 10)
    assert requests(asks, "okta") == requests(admin, "okta")
    elsewhere = ScimClient(f"{there.url}{SCIM_LOCATION}/okta", token=made["scim"]["token"])
    until(lambda: elsewhere.get("/Users").status == 200, "the other host to know the IdP", 10)
    until(lambda: requests(admin, "okta")[0]["status"] == 200 and len(requests(admin, "okta")) > 3,
          "what the other host answered", 10)
    for client in (scim, elsewhere, admin, asks):
        client.close()


def test_nothing_of_it_is_in_the_log(idp: Any, httpd: Httpd) -> None:
    before = Path(httpd.error_log.path).stat().st_size
    idp.scim.post("/Users", {"userName": "jo@example.com", "password": SECRET}).expect(201)
    with Path(httpd.error_log.path).open("rb") as log:
        log.seek(before)
        assert SECRET.encode() not in log.read()

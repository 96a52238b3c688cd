"""How fast an identity provider may come, from where, and how its token is replaced."""

from typing import Any

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import SCIM_JSON, ScimClient
from tests.harness.conf import SCIM_LOCATION
from tests.harness.httpd import Httpd

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def limit(admin: AdminClient, idp: str, **fields: Any) -> dict[str, Any]:
    return admin.patch(f"{admin.API}/idps/{idp}", fields).expect(200).json()


def rotate(admin: AdminClient, idp: str, **fields: Any) -> dict[str, Any]:
    return admin.post(f"{admin.API}/idps/{idp}/tokens/rotate", fields).expect(201).json()


def token_list(admin: AdminClient, idp: str) -> dict[str, Any]:
    return admin.get(f"{admin.API}/idps/{idp}/tokens").expect(200).json()


def with_token(scim: ScimClient, token: str) -> ScimClient:
    return ScimClient(scim.base_url, token=token)


# How fast


def test_who_sends_too_many_is_told_when_to_come_again(idp: Any, admin: AdminClient) -> None:
    assert limit(admin, idp.name, requestsPerMinute=3)["requestsPerMinute"] == 3
    for _ in range(3):
        idp.scim.get("/Users").expect(200)
    answer = idp.scim.post("/Users", {"userName": "jo@example.com"}).expect(429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    assert answer.headers.get_content_type() == SCIM_JSON
    assert answer.json()["schemas"] == [ERROR] and answer.json()["status"] == "429"
    assert "3 requests a minute" in answer.json()["detail"]
    limit(admin, idp.name, requestsPerMinute=None)
    assert idp.scim.get("/Users").expect(200).json()["totalResults"] == 0


def test_the_limit_is_one_for_all_children_and_each_idp_has_its_own(
        make_idp: Any, admin: AdminClient) -> None:
    limited, free = make_idp(requestsPerMinute=20), make_idp()
    clients = [limited.scim.copy() for _ in range(8)]
    statuses = [client.get("/Users").status for _ in range(5) for client in clients]
    assert 20 <= statuses.count(200) <= 23 and set(statuses) == {200, 429}
    for client in clients:
        client.close()
    free.scim.get("/Users").expect(200)


def test_strangers_use_up_nothing(idp: Any, admin: AdminClient) -> None:
    limit(admin, idp.name, requestsPerMinute=2)
    for _ in range(10):
        with_token(idp.scim, "demo-wrong").get("/Users").expect(401)
    idp.scim.get("/Users").expect(200)


def test_what_came_too_soon_is_on_record_and_displaces_nothing(idp: Any,
                                                               admin: AdminClient) -> None:
    idp.scim.get("/Users/none").expect(404)
    limit(admin, idp.name, requestsPerMinute=1)
    idp.scim.get("/Users").expect(200)
    for _ in range(200):
        idp.scim.get("/Users").expect(429)
    seen = admin.get(f"{admin.API}/idps/{idp.name}/requests?refused=true").json()["requests"]
    assert seen[0]["status"] == 429 and "send 1 request a minute" in seen[0]["why"]
    assert seen[-1]["status"] == 404 and len(seen) <= 51


@pytest.mark.parametrize("rate", [0, -1, 1.5, "60", True, [], 1_000_001])
def test_what_is_no_rate_is_refused(rate: Any, idp: Any, admin: AdminClient) -> None:
    answer = admin.patch(f"{admin.API}/idps/{idp.name}", {"requestsPerMinute": rate}).expect(400)
    assert "requestsPerMinute" in answer.json()["detail"]


# From where


@pytest.mark.parametrize("networks, status", [
    (["192.0.2.0/24"], 403), (["2001:db8::/32", "198.51.100.7"], 403), (["127.0.0.1"], 200),
    (["192.0.2.0/24", "127.0.0.0/8"], 200), ([], 200), (None, 200), (["8000::/1"], 403),
])
def test_where_it_may_come_from(networks: Any, status: int, idp: Any, admin: AdminClient) -> None:
    assert limit(admin, idp.name, allowFrom=networks)["allowFrom"] == (networks or [])
    answer = idp.scim.post("/Users", {"userName": "jo@example.com"})
    answer.expect(201 if status == 200 else status)
    if status == 403:
        assert answer.json()["schemas"] == [ERROR]
        assert "127.0.0.1" in answer.json()["detail"]
        seen = admin.get(f"{admin.API}/idps/{idp.name}/requests?limit=1").json()["requests"][0]
        assert (seen["status"], seen["address"]) == (403, "127.0.0.1")
        assert seen["token"] == admin.tokens(idp.name)[0]["id"]


def test_a_stranger_does_not_learn_that_addresses_count(idp: Any, admin: AdminClient) -> None:
    limit(admin, idp.name, allowFrom=["192.0.2.0/24"])
    with_token(idp.scim, "demo-wrong").get("/Users").expect(401)


@pytest.mark.parametrize("networks", [
    "127.0.0.1", ["example.com"], ["127.0.0.1/33"], ["::1/129"], ["127.0.0.1/"], ["127.0.0.1/x"],
    ["127.1"], ["10"], [""], [1], [None], ["127.0.0.1/-1"], ["127.0.0.1/8/8"], ["1" * 100],
    ["192.0.2.1"] * 51, {"a": 1}, ["127.0.0.1 "], ["127.0.0.1/255.0.0.0"], ["300.1.1.1"],
    ["0.0.0.0/0"], ["::/0"],
])
def test_what_is_no_network_is_refused(networks: Any, idp: Any, admin: AdminClient) -> None:
    answer = admin.patch(f"{admin.API}/idps/{idp.name}", {"allowFrom": networks}).expect(400)
    assert "allowFrom" in answer.json()["detail"]
    idp.scim.get("/Users").expect(200)


def test_behind_a_proxy_its_client_counts(make_httpd: Any, jira: Any) -> None:
    """mod_remoteip says who that is; without it the header says nothing."""
    server: Httpd = make_httpd()
    server.settings.modules.append("remoteip")
    server.settings.extra = "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1"
    server.start()
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    made = admin.create_idp("okta", allowFrom=["192.0.2.0/24", "2001:db8::/32"])
    assert made["allowFrom"] == ["192.0.2.0/24", "2001:db8::/32"]
    scim = ScimClient(made["scim"]["baseUrl"], token=made["scim"]["token"])
    for address, status in (("192.0.2.9", 200), ("192.0.3.9", 403), ("2001:db8::9", 200),
                            ("2001:db9::9", 403), ("192.0.2.9, 198.51.100.1", 403)):
        scim.get("/Users", headers={"X-Forwarded-For": address}).expect(status)
    seen = admin.get(f"{admin.API}/idps/okta/requests").json()["requests"]
    assert [one["address"] for one in seen] == [
        "198.51.100.1", "2001:db9::9", "2001:db8::9", "192.0.3.9", "192.0.2.9"]
    scim.close()
    admin.close()


def test_the_header_of_no_proxy_says_nothing(idp: Any, admin: AdminClient) -> None:
    limit(admin, idp.name, allowFrom=["192.0.2.0/24"])
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP"):
        idp.scim.get("/Users", headers={name: "192.0.2.9"}).expect(403)


def test_a_change_of_the_limits_is_an_event(idp: Any, admin: AdminClient) -> None:
    limit(admin, idp.name, requestsPerMinute=60, allowFrom=["127.0.0.1"])
    event = admin.events(f"idp={idp.name}&kind=idp.changed")[0]
    assert event["actor"] == "admin:admin"
    assert event["change"] == {"requestsPerMinute": {"before": None, "after": 60},
                               "allowFrom": {"before": [], "after": ["127.0.0.1"]}}


def test_other_changes_leave_them_alone(idp: Any, admin: AdminClient) -> None:
    limit(admin, idp.name, requestsPerMinute=60, allowFrom=["127.0.0.1"])
    changed = limit(admin, idp.name, provider="entra")
    assert (changed["requestsPerMinute"], changed["allowFrom"]) == (60, ["127.0.0.1"])


# Tokens


def test_a_token_is_replaced_without_a_gap(idp: Any, admin: AdminClient, httpd: Httpd) -> None:
    old_id = admin.tokens(idp.name)[0]["id"]
    made = rotate(admin, idp.name, overlap=3600)
    new = with_token(idp.scim, made["token"])
    new.get("/Users").expect(200)
    idp.scim.get("/Users").expect(200)
    tokens = {token["id"]: token for token in admin.tokens(idp.name)}
    assert tokens[made["id"]]["expiresAt"] is None and made["expiresAt"] is None
    assert tokens[made["id"]]["replacedBy"] is None
    assert tokens[old_id]["replacedBy"] == "admin:admin"
    assert 3590 < tokens[old_id]["expiresIn"] <= 3600
    assert [event["subject"] or event["detail"]
            for event in admin.events(f"idp={idp.name}&kind=token.rotated")] == [
        f"{made['id']} is new; the others end by {tokens[old_id]['expiresAt']}"]
    new.close()


def test_without_an_overlap_the_others_end_at_once(idp: Any, admin: AdminClient) -> None:
    old_id = admin.tokens(idp.name)[0]["id"]
    made = rotate(admin, idp.name, overlap=0)
    idp.scim.get("/Users").expect(401)
    with_token(idp.scim, made["token"]).get("/Users").expect(200)
    seen = admin.get(f"{admin.API}/idps/{idp.name}/requests?refused=true").json()["requests"]
    assert [one["token"] for one in seen] == [old_id]
    assert seen[0]["why"].startswith(f"token {old_id} was replaced by admin:admin and ended at ")


def test_one_that_would_end_sooner_does(idp: Any, admin: AdminClient) -> None:
    soon = admin.create_token(idp.name, expiresAt="2099-01-01T00:00:00.000Z")
    rotate(admin, idp.name, overlap=60)
    first = {token["id"]: token for token in admin.tokens(idp.name)}[soon["id"]]["expiresAt"]
    rotate(admin, idp.name, overlap=2592000)
    tokens = {token["id"]: token for token in admin.tokens(idp.name)}
    assert tokens[soon["id"]]["expiresAt"] == first
    assert len(tokens) == 4


def test_a_day_unless_it_is_said_and_the_new_one_may_end(idp: Any, admin: AdminClient) -> None:
    old_id = admin.tokens(idp.name)[0]["id"]
    made = rotate(admin, idp.name, expiresAt="2099-01-01T00:00:00.000Z")
    assert made["expiresAt"] == "2099-01-01T00:00:00.000Z"
    old = {token["id"]: token for token in admin.tokens(idp.name)}[old_id]
    assert 86390 < old["expiresIn"] <= 86400


def test_a_token_that_leaked_is_replaced_also_where_there_are_as_many_as_may_be(
        idp: Any, admin: AdminClient) -> None:
    while len(admin.tokens(idp.name)) < 20:
        admin.create_token(idp.name)
    answer = admin.post(f"{admin.API}/idps/{idp.name}/tokens/rotate", {"overlap": 60})
    assert "an overlap of 0" in answer.expect(409).json()["detail"]
    made = rotate(admin, idp.name, overlap=0)
    with_token(idp.scim, made["token"]).get("/Users").expect(200)
    idp.scim.get("/Users").expect(401)


@pytest.mark.parametrize("body", [
    {"overlap": -1}, {"overlap": 2592001}, {"overlap": "60"}, {"overlap": 1.5}, {"overlap": None},
    {"expiresAt": "yesterday"}, {"expiresAt": "2001-01-01T00:00:00Z"}, {"minutes": 5},
])
def test_what_is_no_rotation_is_refused(body: Any, idp: Any, admin: AdminClient) -> None:
    admin.post(f"{admin.API}/idps/{idp.name}/tokens/rotate", body).expect(400)
    assert len(admin.tokens(idp.name)) == 1
    idp.scim.get("/Users").expect(200)


def test_of_whom_and_how_tokens_are_rotated(idp: Any, admin: AdminClient) -> None:
    admin.post(f"{admin.API}/idps/nobody/tokens/rotate", {}).expect(404)
    admin.get(f"{admin.API}/idps/{idp.name}/tokens/rotate").expect(405)
    admin.create_idp("directory", kind="google", provider="google", site=idp.site.name)
    admin.post(f"{admin.API}/idps/directory/tokens/rotate", {}).expect(409)
    admin.delete_idp("directory")


def test_only_the_last_that_were_revoked_are_remembered(idp: Any, admin: AdminClient) -> None:
    made = []
    for _ in range(22):
        made.append(admin.create_token(idp.name))
        admin.revoke_token(idp.name, made[-1]["id"])
    ended = token_list(admin, idp.name)["ended"]
    assert [token["id"] for token in ended] == [token["id"] for token in reversed(made[2:])]
    assert all(token["endedAt"] >= token["createdAt"] for token in ended)
    with_token(idp.scim, made[0]["token"]).get("/Users").expect(401)
    with_token(idp.scim, made[-1]["token"]).get("/Users").expect(401)
    seen = admin.get(f"{admin.API}/idps/{idp.name}/requests").json()["requests"]
    assert [one["token"] for one in seen] == [made[-1]["id"], None]


def test_many_rotations_leave_no_more_tokens_than_are_remembered(idp: Any,
                                                                 admin: AdminClient) -> None:
    """Also before the provisioner takes away those that were replaced, once in a minute."""
    made = [admin.tokens(idp.name)[0]["id"],
            *(rotate(admin, idp.name, overlap=0)["id"] for _ in range(25))]
    idp.scim.get("/Users").expect(401)
    listed = token_list(admin, idp.name)
    left = {token["id"] for token in listed["tokens"]}
    assert made[-1] in left and len(left) <= 21
    ended = [event["subject"] for event in admin.events(f"idp={idp.name}&kind=token.ended")]
    assert left | set(ended) == set(made) and len(ended) == len(set(ended))
    assert {token["id"] for token in listed["ended"]} <= set(ended)


def test_a_limit_holds_at_every_location(httpd: Httpd, idp: Any, admin: AdminClient) -> None:
    limit(admin, idp.name, allowFrom=["192.0.2.0/24"])
    old = ScimClient(f"{httpd.url}{SCIM_LOCATION.replace('v2', 'v1')}/{idp.name}",
                     token=idp.scim.token)
    answer = old.get("/Users").expect(403)
    assert answer.json()["Errors"][0]["code"] == "403"
    old.close()

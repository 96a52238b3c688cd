"""The simulated Google: what it refuses, what it records, partial and compressed answers."""

from __future__ import annotations

import json
import threading

import pytest

from tests.simulators.google import mask
from tests.simulators.google.discovery import as_openapi
from tests.simulators.google.fixtures import (  # noqa: F401
    Api, api, careless_google, emails, google, one_google)
from tests.simulators.jira.openapi import Specification
from tests.simulators.jira.routing import Answer, Request


def problems(google):
    return [one["problem"] for one in google.control.violations()]


@pytest.mark.parametrize("method, path, query, status", [
    ("GET", "nonsense", {}, 404),
    ("GET", "/admin/directory/v1/channels/stop", {}, 404),
    ("DELETE", "users", {"customer": "my_customer"}, 405),
    ("POST", "groups", {}, 405),
    ("GET", "users", {"customer": "my_customer", "pageSize": 1}, 400),
    ("GET", "users", {"customer": "my_customer", "maxResults": 0}, 400),
    ("GET", "users", {"customer": "my_customer", "maxResults": "many"}, 400),
    ("GET", "users", {"customer": "my_customer", "projection": "all"}, 400),
    ("GET", "users", {"customer": "my_customer", "access_token": "demo"}, 400),
    ("GET", "groups", {"showDeleted": "true"}, 400),
    ("GET", "groups", {"orderBy": "name"}, 400),
])
def test_what_is_not_known_is_refused_and_recorded(careless_google, api, method, path, query,
                                                   status):
    reply = api.call(method, path, query)
    assert reply.status == status
    assert reply.content["error"]["code"] == status
    assert problems(careless_google)


def test_more_than_the_largest_page_is_recorded(careless_google, api):
    careless_google.control.seed(users=501)
    assert len(api.users(maxResults=501).content["users"]) == 500
    assert any("over 500" in problem for problem in problems(careless_google))


def test_a_missing_token(careless_google, api):
    api.token = None
    reply = api.users()
    assert (reply.status, reply.reason) == (401, "required")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert problems(careless_google) == ["no bearer token in the header Authorization"]


def test_wrong_expired_and_revoked_tokens(google, api):
    good = api.token
    expired = google.control.issue_token(seconds=0)
    revoked = google.control.issue_token()
    google.control.revoke_token(revoked)
    for token in ("nonsense", expired, revoked):
        api.token = token
        reply = api.users()
        assert (reply.status, reply.reason, reply.message) == (
            401, "authError", "Invalid Credentials")
    assert [one["caller"] for one in google.control.entries()] == ["wrong", "expired", "wrong"]
    api.token = good
    assert api.users().status == 200
    google.control.revoke_token()
    assert api.users().status == 401


def test_a_token_of_an_oauth_server(google, api):
    api.token = google.control.issue_token("admin.directory.user.readonly", token="demo-foreign")
    assert (api.token, api.users().status) == ("demo-foreign", 200)


USER, GROUP, MEMBER, UNIT = (f"admin.directory.{name}.readonly"
                             for name in ("user", "group", "group.member", "orgunit"))


@pytest.mark.parametrize("path, query, accepted", [
    ("users", {"customer": "my_customer"}, {USER}),
    ("users/ada@example.com", {}, {USER}),
    ("groups", {}, {GROUP}),
    ("groups/team@example.com/members", {}, {GROUP, MEMBER}),
    ("customer/my_customer/orgunits", {}, {UNIT}),
])
def test_scopes(google, api, path, query, accepted):
    google.control.edit("add-user", email="ada@example.com")
    google.control.edit("add-group", email="team@example.com")
    for scope in (USER, GROUP, MEMBER, UNIT):
        api.token = google.control.issue_token(scope)
        reply = api.get(path, **query)
        if scope in accepted:
            assert reply.status == 200
        else:
            assert (reply.status, reply.reason) == (403, "insufficientPermissions")
            assert "insufficient_scope" in reply.headers["WWW-Authenticate"]
            assert reply.content["error"]["details"][0]["reason"] == \
                "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_no_token_is_in_the_log(google, api):
    api.users()
    assert api.token not in json.dumps(google.control.log())
    assert api.token not in json.dumps(google.control.state())


def test_partial_answers(google, api):
    google.control.edit("add-user", email="ada@example.com", given_name="Ada",
                        extra={"externalIds": [{"value": "E7", "type": "organization"}]})
    google.control.edit("add-user", email="ben@example.com")
    fields = "nextPageToken,users(id,name/givenName,suspended,externalIds(value,nonsense))"
    reply = api.users(maxResults=1, fields=fields)
    assert reply.content.keys() == {"nextPageToken", "users"}
    user = reply.content["users"][0]
    assert user | {"id": ""} == {"id": "", "name": {"givenName": "Ada"}, "suspended": False,
                                 "externalIds": [{"value": "E7"}]}
    token = reply.content["nextPageToken"]
    assert len(api.users(maxResults=1, fields=fields, pageToken=token).content["users"]) == 1
    assert api.get("users/ada@example.com", fields="primaryEmail").content == {
        "primaryEmail": "ada@example.com"}


def test_fields_without_the_next_token_are_recorded(careless_google, api):
    careless_google.control.seed(users=2)
    assert api.users(maxResults=1, fields="users(id)").content.keys() == {"users"}
    assert problems(careless_google) == ["fields has no nextPageToken"]


@pytest.mark.parametrize("fields", ["", "users(", "users(id", "users)id", "users(id,)", "nonsense",
                                    "users(nonsense)", "users/id/x", "users(id)name", "kind(a)",
                                    "users id", "a b"])
def test_fields_that_make_no_sense(careless_google, api, fields):
    reply = api.users(fields=fields)
    assert (reply.status, reply.reason) == (400, "invalidParameter")
    assert reply.message.startswith("Invalid field selection")


def test_masks():
    shape = mask.listing("users", mask.USER)
    document = {"kind": "k", "users": [{"id": "1", "name": {"givenName": "A", "fullName": "B"},
                                        "emails": [{"address": "a"}, "odd"], "phones": ""}]}

    def part(text):
        return mask.apply(mask.parse(text, shape), document)

    assert part("*") == document
    assert part("users/name/givenName,users/id") == {
        "users": [{"id": "1", "name": {"givenName": "A"}}]}
    assert part("users(emails/address)") == {"users": [{"emails": [{"address": "a"}]}]}
    assert part("users(phones/x)") == {"users": [{"phones": {}}]}
    assert part("users(name(*))")["users"][0]["name"] == {"givenName": "A", "fullName": "B"}


def test_compression_has_to_be_asked_for_twice(google, api):
    google.control.seed(users=500)
    ask = {"Accept-Encoding": "gzip", "User-Agent": "simulator-test (gzip)"}
    query = {"customer": "my_customer", "maxResults": 500}
    plain = api.call("GET", "users", query, headers={"Accept-Encoding": "gzip"})
    small = api.call("GET", "users", query, headers=ask)
    assert (plain.headers["Content-Encoding"], small.headers["Content-Encoding"]) == (None, "gzip")
    assert small.content == plain.content
    assert len(small.raw) < len(plain.raw) / 5


def test_pretty_print(google, api):
    google.control.seed(users=2)
    assert b'\n  "kind"' in api.users().raw
    assert b"\n" not in api.users(prettyPrint="false").raw


def test_etags(google, api):
    ada = google.control.edit("add-user", email="ada@example.com")["id"]
    tag = api.get(f"users/{ada}").headers["ETag"]
    assert tag == api.get(f"users/{ada}").content["etag"]
    conditional = {"If-None-Match": tag}
    assert api.call("GET", f"users/{ada}", headers=conditional).status == 200
    google.control.configure(conditional="304")
    unchanged = api.call("GET", f"users/{ada}", headers=conditional)
    assert (unchanged.status, unchanged.raw) == (304, b"")
    google.control.edit("set-user", user=ada, suspended=True)
    assert api.call("GET", f"users/{ada}", headers=conditional).status == 200
    tag = api.users().content["etag"]
    assert api.call("GET", "users", {"customer": "my_customer"},
                    headers={"If-None-Match": tag}).status == 304


def test_many_connections_at_once(google):
    google.control.seed(users=100, groups=20)
    wrong = []

    def pull():
        client = Api(google)
        for group in client.groups().content["groups"]:
            if len(client.members(group["id"]).content["members"]) != 20:
                wrong.append(group)
        client.connection.close()

    threads = [threading.Thread(target=pull) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert google.control.counts()["statuses"]["directory.members.list"] == {"200": 160}


def test_the_discovery_document_is_looked_at(careless_google, api):
    if not careless_google.checks_discovery:
        pytest.skip("the discovery document is not at hand")
    api.users(pageSize=5)
    assert "openapi: unknown query parameter pageSize" in problems(careless_google)


DISCOVERY = {
    "parameters": {"fields": {"type": "string", "location": "query"}},
    "schemas": {"Thing": {"type": "object", "properties": {
        "id": {"type": "string"}, "odd": {"type": "any"},
        "others": {"type": "array", "items": {"$ref": "Thing"}}}}},
    "resources": {"things": {"methods": {"list": {
        "path": "demo/things/{key}", "httpMethod": "GET", "response": {"$ref": "Thing"},
        "parameters": {"key": {"type": "string", "location": "path", "required": True},
                       "size": {"type": "integer", "location": "query", "minimum": "1",
                                "maximum": "5", "format": "int32"}}}}}},
}


def test_a_discovery_document_as_openapi():
    specification = Specification(as_openapi(DISCOVERY))

    def against(path, **query):
        request = Request("GET", path, "", list(query.items()), {}, b"")
        return specification.check_request(request)

    assert against("/demo/things/7", size="5", fields="x") == []
    assert against("/demo/things/7", size="6") == ["openapi: size: 6 is over maximum 5"]
    assert against("/demo/things/7", other="1") == ["openapi: unknown query parameter other"]
    assert against("/demo/nothing") == ["openapi: there is no GET /demo/nothing"]
    request = Request("GET", "/demo/things/7", "", [], {}, b"")

    def answers(content):
        return specification.check_answer(request, Answer(200, content))

    assert answers({"id": "1", "odd": "", "others": [{"odd": [1]}]}) == []
    assert answers({"others": [{"id": 1}]}) == ["openapi: answer.others[0].id: 1 is no string"]
    assert answers({"nonsense": 1}) == ["openapi: answer: nonsense is not allowed"]

"""The simulated Google: errors by name, answers that are not whole, quotas, latency."""

from __future__ import annotations

import gzip
import http.client
import threading
import time

import pytest

from tests.simulators.google.errors import ERRORS
from tests.simulators.google.fixtures import (  # noqa: F401
    Api, api, careless_google, emails, google, one_google)

USERS = {"operation": "directory.users.list"}

# The table of the facts, 2.7: name, status, reason, domain.
TABLE = [
    ("invalidQuery", 400, "invalid", "global"),
    ("badRequest", 400, "badRequest", "global"),
    ("typeNotSupported", 400, "invalid", "global"),
    ("authError", 401, "authError", "global"),
    ("userRateLimitExceeded", 403, "userRateLimitExceeded", "usageLimits"),
    ("quotaExceeded", 403, "quotaExceeded", "usageLimits"),
    ("rateLimitExceeded403", 403, "rateLimitExceeded", "usageLimits"),
    ("rateLimitExceeded", 429, "rateLimitExceeded", "usageLimits"),
    ("forbidden", 403, "forbidden", "global"),
    ("insufficientPermissions", 403, "insufficientPermissions", "global"),
    ("accessNotConfigured", 403, "accessNotConfigured", "usageLimits"),
    ("domainCannotUseApis", 403, "domainCannotUseApis", "global"),
    ("notFound", 404, "notFound", "global"),
    ("conditionNotMet", 412, "conditionNotMet", "global"),
    ("limitExceeded", 412, "limitExceeded", "global"),
    ("internalError", 500, "internalError", "global"),
    ("badGateway", 502, "backendError", "global"),
    ("backendError", 503, "backendError", "global"),
    ("gatewayTimeout", 504, "backendError", "global"),
]


@pytest.mark.parametrize("name, status, reason, domain", TABLE)
def test_every_error_of_the_facts(google, api, name, status, reason, domain):
    google.control.edit("add-user", email="ada@example.com")
    google.control.add_fault("error", match=USERS, error=name)
    reply = api.users()
    assert (reply.status, reply.reason) == (status, reason)
    error = reply.content["error"]
    assert (error["code"], error["errors"][0]["domain"]) == (status, domain)
    assert error["message"] == error["errors"][0]["message"] == ERRORS[name].message
    entry = google.control.entries()[0]
    assert (entry["status"], entry["fault"]) == (status, f"{name} (rule 1)")
    assert emails(api.users()) == ["ada"]


def test_a_newer_error_tells_its_reason_in_details(google, api):
    google.control.add_fault("error", error="rateLimitExceeded", headers={"Retry-After": "3"})
    reply = api.users()
    assert reply.content["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert reply.content["error"]["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
    assert reply.headers["Retry-After"] == "3"


@pytest.fixture
def five(google):
    google.control.seed(users=5)


def test_answers_that_are_not_whole(google, api, five):
    def spoiled(what, **details):
        google.control.add_fault(what, match=USERS, **details)
        reply = api.users(maxResults=4)
        assert reply.status == 200
        return reply.content

    true = api.users(maxResults=4).content
    assert spoiled("empty") == {}
    assert spoiled("missing").keys() == {"kind", "etag", "nextPageToken"}
    assert spoiled("empty-list")["users"] == []
    short = spoiled("short")
    assert (short["users"], "nextPageToken" in short) == (true["users"][:2], True)
    cut = spoiled("no-next")
    assert (cut["users"], "nextPageToken" in cut) == (true["users"], False)
    assert spoiled("repeat")["users"] == true["users"] + true["users"][:1]
    wrong = spoiled("wrong-kind")
    assert (wrong["kind"] == true["kind"], isinstance(wrong["users"], dict)) == (False, True)
    item = spoiled("item", index=1, set={"id": 7}, unset=["suspended"])["users"][1]
    assert (item["id"], "suspended" in item) == (7, False)
    assert api.users(maxResults=4).content["users"] == true["users"]


def test_a_token_that_loops(google, api, five):
    google.control.add_fault("loop", match=USERS, times=2, skip=1)
    first = api.users(maxResults=2)
    pages = []
    token = first.content["nextPageToken"]
    for _ in range(3):
        reply = api.users(maxResults=2, pageToken=token)
        pages.append(emails(reply))
        token = reply.content["nextPageToken"]
    assert pages == [["user-00003", "user-00004"]] * 3
    assert emails(api.users(maxResults=2, pageToken=token)) == ["user-00005"]


def test_a_token_that_comes_back_and_one_that_starts_again(google, api, five):
    token = api.users(maxResults=2).content["nextPageToken"]
    google.control.add_fault("same-token", match=USERS)
    assert api.users(maxResults=2, pageToken=token).content["nextPageToken"] == token
    google.control.add_fault("restart", match=USERS)
    again = api.users(maxResults=2, pageToken=token).content["nextPageToken"]
    assert emails(api.users(maxResults=2, pageToken=again)) == ["user-00001", "user-00002"]


def test_members_and_groups_can_be_spoiled_too(google, api):
    google.control.seed(users=3, groups=1)
    google.control.add_fault("missing", match={"path": "/members"})
    group = api.groups().content["groups"][0]["id"]
    assert "members" not in api.members(group).content
    google.control.add_fault("short", match={"operation": "directory.groups.list"})
    assert api.groups().content["groups"] == []


def test_what_is_no_json_at_all(google, api, five):
    google.control.add_fault("garbage")
    assert "<html>" in api.users().content
    google.control.add_fault("truncate")
    with pytest.raises(http.client.IncompleteRead):
        api.users()
    api.connection.close()
    google.control.add_fault("close-before")
    with pytest.raises(http.client.RemoteDisconnected):
        api.users()
    google.control.add_fault("status", status=503, body="<h1>Oops")
    assert (api.users().status, api.users().status) == (503, 200)


@pytest.mark.parametrize("rule", [
    {"what": "nonsense"}, {"what": "error"}, {"what": "error", "error": "nonsense"},
    {"what": "item", "nonsense": 1}, {"what": "status"}])
def test_a_rule_that_makes_no_sense_is_refused(google, rule):
    with pytest.raises(ValueError):
        google.control.add_fault(**rule)
    assert google.control.faults() == []


def test_a_window_of_calls(google, api):
    google.control.configure(quota={"calls": 2, "seconds": 600})
    assert [api.users().status for _ in range(3)] == [200, 200, 403]
    assert api.users().reason == "userRateLimitExceeded"
    assert api.users(quotaUser="other").status == 200
    assert google.control.quota()["refused"] == 2
    assert google.control.entries()[-2]["fault"] == "quota"


def test_a_rate_fills_up_again(google, api):
    google.control.configure(quota={"perSecond": 5, "error": "rateLimitExceeded",
                                    "retryAfter": 1})
    replies = [api.users() for _ in range(200)]
    refused = [one for one in replies if one.status == 429]
    assert refused and refused[0].headers["Retry-After"] == "1"
    deadline = time.monotonic() + 10
    while api.users().status != 200:
        assert time.monotonic() < deadline


def test_too_many_at_once(google, api):
    google.control.configure(quota={"concurrent": 1})
    google.control.add_fault("hang", match=USERS)
    other = Api(google)
    hanging = threading.Thread(target=lambda: pytest.raises(Exception, other.users))
    hanging.start()
    google.control.log(0, wait_ms=10_000)
    deadline = time.monotonic() + 10
    while google.control.quota()["mostInWork"] < 1:
        assert time.monotonic() < deadline
    reply = api.groups()
    assert (reply.status, reply.reason) == (403, "quotaExceeded")
    google.control.reset()
    hanging.join(10)
    other.connection.close()


def test_what_grows_when_it_is_unpacked(google, api):
    google.control.add_fault("bomb", match=USERS, megabytes=3)
    reply = api.call("GET", "users", {"customer": "my_customer"}, headers={"Accept-Encoding": None})
    assert reply.headers["Content-Encoding"] == "gzip" and len(reply.raw) < 1 << 14
    assert len(gzip.decompress(reply.raw)) == (3 << 20) + 2


def test_latency(google, api):
    google.control.configure(latency_ms=60)
    api.users()
    assert google.control.entries()[0]["durationMs"] >= 60


def test_down(google, api):
    google.control.configure(down={"how": "503", "retryAfter": 4})
    reply = api.users()
    assert (reply.status, reply.reason, reply.headers["Retry-After"]) == (503, "backendError", "4")
    google.control.configure(down={"how": "close"})
    with pytest.raises(http.client.RemoteDisconnected):
        api.users()
    google.control.configure(down=None)
    assert api.users().status == 200

"""The simulated Jira's burst limits."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.harness.wait import until
from tests.simulators.jira.fixtures import api, careless_jira, jira, one_jira  # noqa: F401
from tests.simulators.jira.ratelimit import Bucket


def statuses(api, calls, path="myself", **query):
    return [api.get(path, **query).status for _ in range(calls)]


def test_there_is_no_limit_by_default(jira, api):
    assert statuses(api, 200) == [200] * 200
    assert "X-RateLimit-Limit" not in api.get("myself").headers


def test_429_in_json(jira, api):
    jira.control.configure(rate_limit={"overall": 0.01})
    first = api.get("myself")
    assert (first.status, first.headers["X-RateLimit-Remaining"]) == (200, "0")
    reply = api.get("myself")
    assert reply.status == 429
    assert reply.content == {
        "errorMessages": ["The request has been rate-limited. Please try again later."],
        "errors": {}, "status": 429}
    assert 90 <= int(reply.headers["Retry-After"]) <= 100
    assert reply.headers["RateLimit-Reason"] == "jira-burst-based"
    assert reply.headers["X-RateLimit-Limit"] == "0.01"
    assert reply.headers["X-RateLimit-Remaining"] == "0"
    assert datetime.fromisoformat(reply.headers["X-RateLimit-Reset"]).tzinfo is not None
    assert jira.control.entries()[1]["fault"] == "rate-limit"


def test_429_as_an_html_page_with_a_retry_after_of_ones_own(jira, api):
    jira.control.configure(rate_limit={"overall": 0.01, "page": "html", "retryAfter": 2})
    api.get("myself")
    reply = api.get("myself")
    assert reply.headers["Content-Type"].startswith("text/html")
    assert reply.headers["Retry-After"] == "2"
    assert "HTTP Status 429" in reply.content


def test_each_operation_has_its_own_bucket(jira, api):
    jira.control.configure(rate_limit={"each": 0.01, "operations": {"getServerInfo": 1000}})
    assert statuses(api, 2) == [200, 429]
    assert statuses(api, 1, "applicationrole") == [200]
    assert statuses(api, 5, "serverInfo") == [200] * 5


def test_the_user_searches_share_a_limit(jira, api):
    jira.control.configure(rate_limit={"userSearch": 0.01})
    assert statuses(api, 1, "user/search", query="a") == [200]
    assert statuses(api, 1, "users/search") == [429]
    assert statuses(api, 5) == [200] * 5


def test_a_limited_call_does_nothing(jira, api):
    jira.control.configure(rate_limit={"overall": 0.01})
    api.get("myself")
    assert api.create_user("mia@example.com", "jira-software").status == 429
    assert jira.control.counts()["createdAccounts"] == {}


def test_the_limit_can_be_lifted(jira, api):
    jira.control.configure(rate_limit={"overall": 0.01})
    assert statuses(api, 2) == [200, 429]
    jira.control.configure(rate_limit=None)
    assert statuses(api, 20) == [200] * 20


def test_the_documented_limits(jira, api):
    jira.control.configure(rate_limit={"documented": True})
    assert api.get("myself").headers["X-RateLimit-Limit"] == "100"
    assert api.get("user", accountId="712020:nobody").headers["X-RateLimit-Limit"] == "150"
    headers = api.take_out("g", "712020:nobody").headers
    assert headers["X-RateLimit-Limit"] == "50"
    assert headers["X-RateLimit-FillRate"] == "50"
    assert headers["X-RateLimit-Interval-Seconds"] == "1"


def test_a_quota_stops_everything_until_its_reset(jira, api):
    jira.control.configure(rate_limit={"quota": {"calls": 5, "seconds": 3600}})
    first = api.get("myself")
    assert "X-RateLimit-NearLimit" not in first.headers
    assert statuses(api, 3) == [200] * 3
    last = api.get("serverInfo")
    assert last.headers["X-RateLimit-NearLimit"] == "true"
    for path in ("myself", "serverInfo"):
        refused = api.get(path)
        assert refused.status == 429
        assert refused.headers["RateLimit-Reason"] == "jira-quota-tenant-based"
        assert 3500 <= int(refused.headers["Retry-After"]) <= 3600


def test_a_quota_is_reset(jira, api):
    jira.control.configure(rate_limit={"quota": {"calls": 1, "seconds": 0.2, "kind": "global"}})
    assert statuses(api, 2) == [200, 429]
    until(lambda: api.get("myself").status == 200, "the quota's reset")


def test_retry_after_as_a_date(jira, api):
    jira.control.configure(rate_limit={"overall": 0.01, "retryAfter": 30, "retryAfterAs": "date"})
    api.get("myself")
    reply = api.get("myself")
    wait = parsedate_to_datetime(reply.headers["Retry-After"]) \
        - parsedate_to_datetime(reply.headers["Date"])
    assert 30 <= wait.total_seconds() <= 32


def test_429_without_any_header(jira, api):
    jira.control.configure(rate_limit={"overall": 0.01, "headers": "none", "page": "html"})
    api.get("myself")
    reply = api.get("myself")
    assert reply.status == 429
    assert not [name for name in reply.headers if "ratelimit" in name.lower()
                or name == "Retry-After"]


@pytest.mark.parametrize("limits", [
    {"quota": {"calls": 1}}, {"quota": {"calls": 0, "seconds": 1}}, {"quota": 5},
    {"quota": {"calls": 1, "seconds": 1, "kind": "hourly"}}, {"documented": 1},
    {"retryAfterAs": "words"}, {"headers": None}])
def test_limits_that_make_no_sense_are_refused(jira, limits):
    with pytest.raises(ValueError):
        jira.control.configure(rate_limit=limits)


def test_a_bucket_fills_again(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("tests.simulators.jira.ratelimit.time.monotonic", lambda: now[0])
    bucket = Bucket(10)
    for _ in range(10):
        bucket.take()
    assert bucket.seconds_to_one() == pytest.approx(0.1)
    now[0] += 0.5
    assert bucket.refill() == pytest.approx(5)
    now[0] += 60
    assert bucket.refill() == pytest.approx(10)

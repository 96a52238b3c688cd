"""Rate limits, and the 429 that Jira answers when one is used up (facts 4).

Three kinds: token buckets of calls a second, by endpoint and method; a bucket that all calls share,
which is not documented and which a client has to find out; and quotas, over which everything waits
until they are reset.
"""

from __future__ import annotations

import math
import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

from .routing import Answer

# user/search and users/search share a limit on top of the ordinary ones (P).
USER_SEARCH = ("findUsers", "getAllUsers")

# Calls a second that are documented, where they are not those of the method.
BY_METHOD = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
DOCUMENTED = {"getUser": 150, "getCustomers": 5}

RATE_LIMITED = "The request has been rate-limited. Please try again later."

BURST = "jira-burst-based"
QUOTAS = {"tenant": "jira-quota-tenant-based", "global": "jira-quota-global-based"}

# What a call takes of a quota, which is one of points; so many that a test need not make 65,000.
POINTS = 1000
# Less than this part of a quota is left: X-RateLimit-NearLimit, which bursts don't have.
NEAR = 0.2

# Not every 429 is JSON: a Tomcat error page was seen as well (ahungry/org-jira#365).
_TOMCAT_PAGE = (
    '<!doctype html><html lang="en"><head><title>HTTP Status 429 – Too Many Requests</title>'
    "</head><body><h1>HTTP Status 429 – Too Many Requests</h1></body></html>"
)


class Bucket:
    """Holds up to `rate` tokens and gets `rate` new ones a second."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._capacity = max(1.0, rate)
        self._tokens = self._capacity
        self._filled = time.monotonic()

    def refill(self) -> float:
        now = time.monotonic()
        self._tokens = min(self._capacity, self._tokens + (now - self._filled) * self.rate)
        self._filled = now
        return self._tokens

    def take(self) -> None:
        self._tokens -= 1

    def seconds_to_one(self) -> float:
        return max(0.0, (1 - self._tokens) / self.rate)


class Quota:
    """So many calls in so many seconds, counted from the first."""

    def __init__(self, calls: int, seconds: float) -> None:
        self.calls = calls
        self._seconds = seconds
        self._reset = 0.0
        self.left = calls

    def take(self) -> float:
        """0, and one is taken; or the seconds until there are any."""
        now = time.monotonic()
        if now >= self._reset:
            self._reset = now + self._seconds
            self.left = self.calls
        if self.left < 1:
            return self._reset - now
        self.left -= 1
        return 0.0


class RateLimiter:
    """The limits of the setting rateLimit.

    "overall" is one bucket for all calls, "each" one per operation (endpoint and method),
    "documented" the same with the documented sizes, "operations" overrides either by name,
    "userSearch" is shared by the two user searches. "quota" is {"calls", "seconds"} with "kind"
    "tenant" or "global".

    How a 429 looks: "page" "html" answers the Tomcat page; "retryAfter" overrides the computed
    Retry-After, "retryAfterAs" "date" writes it as a date; "headers" "none" leaves all of them out.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limits: dict[str, Any] | None = None
        self._buckets: dict[str, Bucket] = {}
        self._quota: Quota | None = None

    def configure(self, limits: dict[str, Any] | None) -> None:
        """Begin with full buckets."""
        quota = (limits or {}).get("quota")
        with self._lock:
            self._limits = limits
            self._buckets = {}
            self._quota = Quota(quota["calls"], quota["seconds"]) if quota else None

    def take(self, method: str, operation: str) -> tuple[Answer | None, dict[str, str]]:
        """Take one token from every bucket concerned: the refusal if one is empty, and the
        headers that go with an ordinary answer."""
        if self._limits is None:
            return None, {}
        with self._lock:
            limits = self._limits or {}
            buckets = [self._bucket(name, rate)
                       for name, rate in _concerned(limits, method, operation)]
            tightest = min(buckets, key=Bucket.refill) if buckets else None
            if tightest and tightest.refill() < 1:
                headers = _bucket_headers(tightest, 0) | {"RateLimit-Reason": BURST}
                return _refusal(limits, math.ceil(tightest.seconds_to_one()), headers), {}
            wait = self._quota.take() if self._quota else 0.0
            if wait > 0:
                reason = QUOTAS[limits["quota"].get("kind", "tenant")]
                headers = self._quota_headers() | {"RateLimit-Reason": reason}
                return _refusal(limits, math.ceil(wait), headers), {}
            for bucket in buckets:
                bucket.take()
            return None, self._headers(tightest)

    def _bucket(self, name: str, rate: float) -> Bucket:
        return self._buckets.setdefault(name, Bucket(rate))

    def _headers(self, tightest: Bucket | None) -> dict[str, str]:
        if tightest:
            return _bucket_headers(tightest, math.floor(tightest.refill()))
        return self._quota_headers() if self._quota else {}

    def _quota_headers(self) -> dict[str, str]:
        assert self._quota is not None
        near = {"X-RateLimit-NearLimit": "true"} if self._quota.left < NEAR * self._quota.calls \
            else {}
        return {"X-RateLimit-Limit": str(POINTS * self._quota.calls),
                "X-RateLimit-Remaining": str(POINTS * self._quota.left)} | near


def _concerned(limits: dict[str, Any], method: str, operation: str) -> list[tuple[str, float]]:
    concerned = []
    if "overall" in limits:
        concerned.append((" overall", limits["overall"]))
    each = limits.get("each")
    if limits.get("documented"):
        each = DOCUMENTED.get(operation, BY_METHOD.get(method, 100))
    own = limits.get("operations", {}).get(operation, each)
    if own is not None:
        concerned.append((operation, own))
    if "userSearch" in limits and operation in USER_SEARCH:
        concerned.append((" userSearch", limits["userSearch"]))
    return concerned


def _bucket_headers(bucket: Bucket, remaining: int) -> dict[str, str]:
    """FillRate and Interval-Seconds were seen, and are not documented (ahungry/org-jira#365)."""
    return {"X-RateLimit-Limit": f"{bucket.rate:g}", "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-FillRate": f"{bucket.rate:g}", "X-RateLimit-Interval-Seconds": "1"}


def _refusal(limits: dict[str, Any], seconds: int, headers: dict[str, str]) -> Answer:
    wait = limits.get("retryAfter", max(1, seconds))
    # A date has whole seconds: the one that is not too early.
    reset = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=wait + 1)
    date = format_datetime(reset, usegmt=True)
    headers = headers | {
        "Retry-After": date if limits.get("retryAfterAs") == "date" else f"{wait:g}",
        "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if limits.get("headers") == "none":
        headers = {}
    if limits.get("page") == "html":
        return Answer(429, _TOMCAT_PAGE, headers, "text/html;charset=utf-8")
    return Answer(429, {"errorMessages": [RATE_LIMITED], "errors": {}, "status": 429}, headers)

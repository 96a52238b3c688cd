"""Burst rate limits: token buckets, and the 429 that Jira answers when one is empty (facts 4)."""

from __future__ import annotations

import math
import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from .routing import Answer

# user/search and users/search share a limit on top of the ordinary ones (P).
USER_SEARCH = ("findUsers", "getAllUsers")

RATE_LIMITED = "The request has been rate-limited. Please try again later."

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


class RateLimiter:
    """The buckets of the setting rateLimit.

    "overall" is one bucket for all calls, "each" one per operation (endpoint and method),
    "operations" overrides "each" by name, "userSearch" is shared by the two user searches. "page"
    "html" answers the Tomcat page; "retryAfter" overrides the computed Retry-After.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limits: dict[str, Any] | None = None
        self._buckets: dict[str, Bucket] = {}

    def configure(self, limits: dict[str, Any] | None) -> None:
        """Begin with full buckets."""
        with self._lock:
            self._limits = limits
            self._buckets = {}

    def take(self, operation: str) -> tuple[Answer | None, dict[str, str]]:
        """Take one token from every bucket concerned: the refusal if one is empty, and the
        headers that go with an ordinary answer."""
        if self._limits is None:
            return None, {}
        with self._lock:
            limits = self._limits or {}
            buckets = [self._bucket(name, rate) for name, rate in _concerned(limits, operation)]
            if not buckets:
                return None, {}
            tightest = min(buckets, key=Bucket.refill)
            left = tightest.refill()
            if left < 1:
                return _refusal(limits, tightest), {}
            for bucket in buckets:
                bucket.take()
            return None, _headers(tightest, math.floor(left) - 1)

    def _bucket(self, name: str, rate: float) -> Bucket:
        return self._buckets.setdefault(name, Bucket(rate))


def _concerned(limits: dict[str, Any], operation: str) -> list[tuple[str, float]]:
    concerned = []
    if "overall" in limits:
        concerned.append((" overall", limits["overall"]))
    own = limits.get("operations", {}).get(operation, limits.get("each"))
    if own is not None:
        concerned.append((operation, own))
    if "userSearch" in limits and operation in USER_SEARCH:
        concerned.append((" userSearch", limits["userSearch"]))
    return concerned


def _headers(bucket: Bucket, remaining: int) -> dict[str, str]:
    return {"X-RateLimit-Limit": f"{bucket.rate:g}", "X-RateLimit-Remaining": str(remaining)}


def _refusal(limits: dict[str, Any], bucket: Bucket) -> Answer:
    wait = limits.get("retryAfter", max(1, math.ceil(bucket.seconds_to_one())))
    reset = datetime.now(timezone.utc) + timedelta(seconds=wait)
    headers = _headers(bucket, 0) | {
        "Retry-After": f"{wait:g}",
        "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "RateLimit-Reason": "jira-burst-based",
    }
    if limits.get("page") == "html":
        return Answer(429, _TOMCAT_PAGE, headers, "text/html;charset=utf-8")
    return Answer(429, {"errorMessages": [RATE_LIMITED], "errors": {}, "status": 429}, headers)

"""Quotas (facts 2.8): so many calls a second or a minute per user, and so many at once.

The setting quota: "perSecond" is a bucket of that size, filled at that rate (40 a second is what
2,400 a minute comes to); "calls" in "seconds" (60 unless said) a window; "concurrent" the calls in
work at one time. Windows and buckets answer 403 userRateLimitExceeded and too many at once 403
quotaExceeded, or what "error" names, such as rateLimitExceeded (429). "retryAfter" adds that
header, which Google does not document. A call with quotaUser counts for that user alone.
"""

from __future__ import annotations

import threading
from typing import Any

from tests.simulators.jira.ratelimit import Bucket, Quota
from tests.simulators.jira.routing import Answer

from .errors import error


class Quotas:
    """Who has used how much."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limits: dict[str, Any] = {}
        self._buckets: dict[str, Bucket] = {}
        self._windows: dict[str, Quota] = {}
        self._in_work = 0
        self.refused = 0
        self.most_in_work = 0

    def configure(self, limits: dict[str, Any] | None) -> None:
        """Begin anew with these limits; what is in work stays counted."""
        with self._lock:
            self._limits = limits or {}
            self._buckets = {}
            self._windows = {}

    def enter(self, user: str) -> Answer | None:
        """Count a call in, or refuse it; leave() counts it out again, refused or not."""
        with self._lock:
            self._in_work += 1
            self.most_in_work = max(self.most_in_work, self._in_work)
            reason = self._reason(user)
            if reason is None:
                return None
            self.refused += 1
            headers = {"Retry-After": f"{self._limits['retryAfter']:g}"} \
                if "retryAfter" in self._limits else {}
            return error(self._limits.get("error", reason), headers=headers)

    def leave(self) -> None:
        with self._lock:
            self._in_work -= 1

    def _reason(self, user: str) -> str | None:
        limits = self._limits
        if self._in_work > limits.get("concurrent", self._in_work):
            return "quotaExceeded"
        if "perSecond" in limits:
            bucket = self._buckets.setdefault(user, Bucket(limits["perSecond"]))
            if bucket.refill() < 1:
                return "userRateLimitExceeded"
            bucket.take()
        if "calls" in limits:
            window = self._windows.setdefault(
                user, Quota(limits["calls"], limits.get("seconds", 60)))
            if window.take() > 0:
                return "userRateLimitExceeded"
        return None

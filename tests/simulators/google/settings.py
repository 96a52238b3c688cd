"""What a test may set about the simulated Workspace; null takes a setting back to its default."""

from __future__ import annotations

from typing import Any

from tests.simulators.jira import settings as general
from tests.simulators.jira.settings import count, down, latency, number, one_of

from .errors import ERRORS

CUSTOMER = "C0demo123"

DEFAULTS: dict[str, Any] = {
    # Milliseconds per call: a number, or {"min": a, "max": b} for a uniform range.
    "latencyMs": 0,
    # null, or a document of QUOTA_KEYS (see quota.py).
    "quota": None,
    # null, or {"how": "503", "retryAfter": seconds} | {"how": "close"}.
    "down": None,
    # What the owner of the tokens is: "admin", or "unprivileged" (facts 1.8: no groups, and users
    # only with viewType=domain_public).
    "caller": "admin",
    "customerId": CUSTOMER,
    # The domains of the customer, the primary one first.
    "domains": ["example.com"],
    # How long a page token lives: three days.
    "pageTokenSeconds": 3 * 24 * 3600,
    # No source says whether lists answer 304 (facts 2.6).
    "conditional": "ignored",
    # "flaps": lastLoginTime and with it the etag differ from call to call (facts 2.2).
    "lastLogin": "steady",
    # A listing of users that finds none: the key "users" is "omitted", or "present" and [].
    "emptyUsers": "omitted",
    # "fewer": derived members of grandchildren are not there (GAM-team/GAM#1210).
    "derivedMembership": "all",
    # The longest life of a channel: six hours, says Firezone (facts 2.9).
    "channelSeconds": 6 * 3600,
    # Where a channel may send: "https" as at Google, "any" for a server on loopback. The
    # certificate is not looked at.
    "channelAddress": "https",
    # The first wait before a notification is sent again.
    "channelRetryMs": 50,
}

QUOTA_KEYS = ("perSecond", "calls", "seconds", "concurrent", "error", "retryAfter")


def _quota(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or not set(value) <= set(QUOTA_KEYS):
        return False
    return (
        all(number(value[key]) and value[key] > 0
            for key in ("perSecond", "seconds", "retryAfter") if key in value)
        and all(count(value[key]) for key in ("calls", "concurrent") if key in value)
        and value.get("error", "quotaExceeded") in ERRORS
    )


def _domains(value: Any) -> bool:
    return isinstance(value, list) and bool(value) \
        and all(isinstance(one, str) and one for one in value)


class Settings(general.Settings):
    """The settings in force."""

    defaults = DEFAULTS
    forms = {
        "latencyMs": latency,
        "quota": _quota,
        "down": down,
        "caller": one_of("admin", "unprivileged"),
        "customerId": lambda value: isinstance(value, str) and bool(value),
        "domains": _domains,
        "pageTokenSeconds": number,
        "conditional": one_of("ignored", "304"),
        "lastLogin": one_of("steady", "flaps"),
        "emptyUsers": one_of("omitted", "present"),
        "derivedMembership": one_of("all", "fewer"),
        "channelSeconds": number,
        "channelAddress": one_of("https", "any"),
        "channelRetryMs": number,
    }

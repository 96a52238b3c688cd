"""What a test may set about the simulated site's behaviour, before the start or while it runs.

One flat JSON document with defaults. An unknown key or a value of the wrong form is refused: a
misspelt setting must not turn a test into one that proves nothing.
"""

from __future__ import annotations

import copy
from typing import Any, Callable

from .gateway import SCOPES

TOKEN_KINDS = ("classic", "scoped")
CALLERS = ("organization-admin", "jira-admin", "agent", "unprivileged")

DEFAULTS: dict[str, Any] = {
    # Milliseconds per call: a number, or {"min": a, "max": b} for a uniform range.
    "latencyMs": 0,
    # null, or a document of RATE_LIMIT_KEYS (see ratelimit.py).
    "rateLimit": None,
    # null, or {"how": "503", "retryAfter": seconds} | {"how": "close"}.
    "down": None,
    # What the owner of the API token may do (see access.py).
    "caller": "organization-admin",
    # "scoped": the API token is accepted by the gateway alone, and has these scopes (gateway.py).
    "tokenKind": "classic",
    "scopes": list(SCOPES),
    # Licensed seats by product, e.g. {"jira-software": 10}; a product left out has no limit.
    "seats": {},
    # null, or {"ms": n} | {"searches": n}: how long user/search does not know a new account.
    "searchLag": None,
    # Form of a 401: "text" or "json"; both were seen.
    "unauthorizedBody": "text",
    # A wrong token where anonymous calls are allowed: "anonymous" answers 200, "401" refuses.
    "wrongToken": "anonymous",
    # POST user, unknown address, no products: "observed" answers 400 although it invites,
    # "documented" answers 201.
    "createWithoutProducts": "observed",
    # POST user for an account that was removed: "created" answers 201, "500" answers 500 although
    # the account is there again (JRACLOUD-68249).
    "createRemoved": "created",
    # The organization that the site belongs to, and its API key (operations_organization.py).
    "organizationId": "demo-org",
    "organizationKey": "demo-organization-key",
    # Suspending who is suspended, restoring who is not: "204", or "400".
    "suspendTwice": "400",
    # Addresses whose owners hide them: accounts made for them answer emailAddress null.
    "hiddenEmails": [],
    # The largest page of the Service Management API, whatever `limit` asks for.
    "servicePage": 50,
    # How many accountIds one call may have there; null: any number.
    "serviceBatch": None,
    # POST customer for the address of an Atlassian account: "conflict", or "created" beside it.
    "customerOfAccount": "conflict",
    # GET servicedesk/{id}/customer: "direct" lists who was added to the desk, "all" the members of
    # its organizations as well.
    "customerList": "direct",
    # A removal of customers, some of them unknown: "204", or "400", which an open desk is, too.
    "removeUnknown": "204",
    # A batch of an organization's members, some of them unknown: "whole" does nothing, "valid" does
    # it for the others.
    "organizationBatch": "whole",
    # Who makes organizations and changes their members: "agents" or "administrators" of Jira.
    "organizationManagement": "agents",
}

RATE_LIMIT_KEYS = ("overall", "each", "documented", "operations", "userSearch", "quota",
                   "retryAfter", "retryAfterAs", "headers", "page")


class SettingError(ValueError):
    """A setting that is not known or has a value of the wrong form."""


def number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def latency(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) == {"min", "max"} and all(map(number, value.values())) \
            and value["min"] <= value["max"]
    return number(value)


def _rate_limit(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or not set(value) <= set(RATE_LIMIT_KEYS):
        return False
    operations = value.get("operations", {})
    return (
        value.get("page", "json") in ("json", "html")
        and value.get("retryAfterAs", "seconds") in ("seconds", "date")
        and value.get("headers", "all") in ("all", "none")
        and isinstance(value.get("documented", False), bool)
        and _quota(value.get("quota"))
        and isinstance(operations, dict)
        and all(number(limit) and limit > 0 for limit in operations.values())
        and all(number(value[key]) and value[key] > 0
                for key in ("overall", "each", "userSearch", "retryAfter") if key in value)
    )


def _quota(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and {"calls", "seconds"} <= set(value) <= {"calls", "seconds", "kind"}
        and isinstance(value["calls"], int) and value["calls"] > 0
        and number(value["seconds"]) and value["seconds"] > 0
        and value.get("kind", "tenant") in ("tenant", "global"))


def down(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, dict) and set(value) <= {"how", "retryAfter"} \
        and value.get("how") in ("503", "close") and number(value.get("retryAfter", 1))


def _seats(value: Any) -> bool:
    return isinstance(value, dict) and all(number(seats) for seats in value.values())


def _search_lag(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict) and len(value) == 1 and set(value) <= {"ms", "searches"}
        and all(map(number, value.values()))
    )


def one_of(*choices: str) -> Callable[[Any], bool]:
    return lambda value: value in choices


def count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _addresses(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(address, str) for address in value)


_FORMS: dict[str, Callable[[Any], bool]] = {
    "latencyMs": latency,
    "rateLimit": _rate_limit,
    "down": down,
    "caller": one_of(*CALLERS),
    "tokenKind": one_of(*TOKEN_KINDS),
    "scopes": lambda value: isinstance(value, list) and set(value) <= set(SCOPES),
    "seats": _seats,
    "searchLag": _search_lag,
    "unauthorizedBody": one_of("text", "json"),
    "wrongToken": one_of("anonymous", "401"),
    "createWithoutProducts": one_of("observed", "documented"),
    "createRemoved": one_of("created", "500"),
    "organizationId": lambda value: isinstance(value, str),
    "organizationKey": lambda value: isinstance(value, str),
    "suspendTwice": one_of("204", "400"),
    "hiddenEmails": _addresses,
    "servicePage": count,
    "serviceBatch": lambda value: value is None or count(value),
    "customerOfAccount": one_of("conflict", "created"),
    "customerList": one_of("direct", "all"),
    "removeUnknown": one_of("204", "400"),
    "organizationBatch": one_of("whole", "valid"),
    "organizationManagement": one_of("agents", "administrators"),
}


class Settings:
    """The settings in force; attribute access would hide the JSON names, so they are items."""

    defaults: dict[str, Any] = DEFAULTS
    forms: dict[str, Callable[[Any], bool]] = _FORMS

    def __init__(self, changes: dict[str, Any] | None = None) -> None:
        self._values = copy.deepcopy(self.defaults)
        self.update(changes or {})

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def update(self, changes: dict[str, Any]) -> None:
        """Take over the changes, all or none; null means "as at the start" for every key."""
        if not isinstance(changes, dict):
            raise SettingError("settings are a JSON object")
        fresh = dict(self._values)
        for key, value in changes.items():
            if key not in self.forms:
                raise SettingError(
                    f"unknown setting {key!r}, known are: {', '.join(self.forms)}")
            if value is None:
                value = copy.deepcopy(self.defaults[key])
            if not self.forms[key](value):
                raise SettingError(f"setting {key!r} can't be {value!r}")
            fresh[key] = value
        self._values = fresh

    def as_json(self) -> dict[str, Any]:
        """A copy for the control API."""
        return copy.deepcopy(self._values)

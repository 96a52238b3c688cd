"""Errors in Google's form, by name (facts 2.7)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.simulators.jira.routing import Answer

JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Kind:
    """An error as Google answers it; `details` is the reason of an ErrorInfo, in newer errors."""

    code: int
    reason: str
    message: str
    domain: str = "global"
    status: str | None = None
    details: str | None = None
    location: str | None = None


_FORBIDDEN = "Not Authorized to access this resource/api"
_RATE = "Request rate higher than configured."

ERRORS: dict[str, Kind] = {
    "badRequest": Kind(400, "badRequest", "Bad Request"),
    "invalid": Kind(400, "invalid", "Invalid Input"),
    "invalidQuery": Kind(400, "invalid", "Invalid Input: query"),
    "typeNotSupported": Kind(400, "invalid", "Type not supported: userKey"),
    "invalidFields": Kind(400, "invalidParameter", "Invalid field selection", location="fields"),
    "unknownName": Kind(400, "badRequest", "Invalid JSON payload received. Unknown name",
                        status="INVALID_ARGUMENT"),
    "authError": Kind(401, "authError", "Invalid Credentials", status="UNAUTHENTICATED",
                      location="Authorization"),
    "required": Kind(401, "required", "Login Required.", status="UNAUTHENTICATED",
                     location="Authorization"),
    "userRateLimitExceeded": Kind(403, "userRateLimitExceeded", "User Rate Limit Exceeded",
                                  "usageLimits"),
    "quotaExceeded": Kind(403, "quotaExceeded", _RATE, "usageLimits"),
    "rateLimitExceeded403": Kind(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "rateLimitExceeded": Kind(429, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits",
                              "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
    "forbidden": Kind(403, "forbidden", _FORBIDDEN),
    "insufficientPermissions": Kind(
        403, "insufficientPermissions", "Request had insufficient authentication scopes.",
        status="PERMISSION_DENIED", details="ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
    "accessNotConfigured": Kind(
        403, "accessNotConfigured", "Admin SDK API has not been used in project 1 before or it is "
        "disabled.", "usageLimits", "PERMISSION_DENIED", "SERVICE_DISABLED"),
    "domainCannotUseApis": Kind(403, "domainCannotUseApis", "Domain cannot use apis."),
    "notFound": Kind(404, "notFound", "Resource Not Found"),
    "conditionNotMet": Kind(412, "conditionNotMet", "Precondition Failed"),
    "limitExceeded": Kind(412, "limitExceeded", "Domain user limit reached."),
    "internalError": Kind(500, "internalError", "Internal error encountered.", status="INTERNAL"),
    "badGateway": Kind(502, "backendError", "Bad Gateway"),
    "backendError": Kind(503, "backendError", "Service unavailable. Please try again",
                         status="UNAVAILABLE"),
    "gatewayTimeout": Kind(504, "backendError", "Deadline expired before operation could complete.",
                           status="DEADLINE_EXCEEDED"),
}


class ApiError(Exception):
    """Ends an operation with one of ERRORS; `what` is added to its message after a colon."""

    def __init__(self, name: str, what: str | None = None) -> None:
        super().__init__(name, what)
        self.answer = error(name, what)


def document(kind: Kind, message: str) -> dict[str, Any]:
    """The body: the newer errors have `status`, and `details` with an ErrorInfo."""
    item: dict[str, Any] = {"message": message, "domain": kind.domain, "reason": kind.reason}
    if kind.location:
        item |= {"location": kind.location,
                 "locationType": "header" if kind.code == 401 else "parameter"}
    body: dict[str, Any] = {"code": kind.code, "message": message, "errors": [item]}
    if kind.status:
        body["status"] = kind.status
    if kind.details:
        body["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
                            "reason": kind.details, "domain": "googleapis.com",
                            "metadata": {"service": "admin.googleapis.com"}}]
    return {"error": body}


def error(name: str, what: str | None = None, headers: dict[str, str] | None = None) -> Answer:
    """The answer of a named error."""
    kind = ERRORS[name]
    message = f"{kind.message}: {what}" if what else kind.message
    headers = dict(headers or {})
    if kind.code == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="https://accounts.google.com/"'
    return Answer(kind.code, document(kind, message), headers, JSON)


# What strict.py refuses has no name: these reasons fit its statuses.
_REASONS = {404: "notFound", 405: "httpMethodNotAllowed", 415: "badRequest"}


def plain_error(status: int, message: str, *, headers: dict[str, str] | None = None) -> Answer:
    """An error by its status, for what is refused before any operation."""
    kind = Kind(status, _REASONS.get(status, "invalid"), message)
    return Answer(status, document(kind, message), dict(headers or {}), JSON)


def written(content: Any, pretty: bool) -> bytes:
    """A body as Google writes it: over several lines unless prettyPrint=false was asked for."""
    if pretty:
        return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()

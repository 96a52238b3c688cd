"""Who is calling, and what that caller may do.

These token owners matter to a provisioner (facts 3.1, 3.2, 3.4): an organization admin, who may
do everything; a Jira administrator who is no site admin, whose new users come out inactive and who
may touch no group; an agent of Jira Service Management, who may make no customers; and somebody
without "Browse users and groups", who gets 403, or, worse, 200 with an empty list.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Mapping

from .routing import Answer, JiraError

if TYPE_CHECKING:
    from .routing import Operation
    from .settings import Settings

# What an operation can need. An "anonymous" one answers everybody, but may show nothing to a caller
# who may not browse users.
NEEDS = ("anonymous", "user", "browse", "agent", "admin", "site-admin", "organization")

_GRANTS = {
    "anonymous": {"anonymous"},
    "unprivileged": {"anonymous", "user"},
    "agent": {"anonymous", "user", "browse", "agent"},
    "jira-admin": {"anonymous", "user", "browse", "agent", "admin"},
    # Whoever presents the organization's API key, which is good for its API alone.
    "organization": {"organization"},
    "organization-admin": {"anonymous", "user", "browse", "agent", "admin", "site-admin"},
}

_REFUSALS = {
    "browse": "Browse users and groups permission is required to view groups.",
    "agent": "You do not have permission to perform this operation: a service desk agent is "
             "required.",
    "admin": "You must have the Administer Jira global permission to perform this operation.",
    "site-admin": "You do not have permission to perform this operation: site administration "
                  "is required.",
}

UNAUTHORIZED_TEXT = "Client must be authenticated to access this resource."


@dataclass(frozen=True)
class Caller:
    """`role` is "anonymous" or one of settings.CALLERS; `presented` says what the log should say:
    "owner", "nobody" (no credentials) or "wrong" (credentials that aren't right)."""

    role: str
    presented: str

    def may(self, need: str) -> bool:
        return need in _GRANTS[self.role]


class Gate:
    """Holds the one pair of e-mail address and API token that is valid."""

    def __init__(self, email: str, token: str) -> None:
        self._email = email.lower()
        self._token = token.encode()

    def identify(self, headers: Mapping[str, str], settings: "Settings",
                 through_gateway: bool = False) -> Caller:
        """Read Basic authentication. A wrong token counts as no token, and so does a token at the
        door that is for the other kind."""
        given = headers.get("Authorization")
        if given is None:
            return Caller("anonymous", "nobody")
        if hmac.compare_digest(given.encode(), f"Bearer {settings['organizationKey']}".encode()):
            return Caller("organization", "organization")
        if self._is_owner(given) and through_gateway == (settings["tokenKind"] == "scoped"):
            return Caller(settings["caller"], "owner")
        return Caller("anonymous", "wrong")

    def _is_owner(self, given: str) -> bool:
        scheme, _, encoded = given.partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            user, _, token = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        except binascii.Error:
            return False
        right = hmac.compare_digest(token, self._token)
        return user.decode("utf-8", "replace").lower() == self._email and right


def require(operation: "Operation", caller: Caller, settings: "Settings") -> None:
    """Raise what Jira answers to a caller who may not use the operation.

    Where anonymous calls are allowed a wrong token does no harm: the answer is the anonymous one,
    so a 200 proves nothing about the token (facts 3.1, mypermissions; facts 4). The setting
    wrongToken "401" has it refused there as well, as the published document says for serverInfo.
    """
    if operation.needs == "organization" and not caller.may("organization"):
        raise Unauthorized(settings, "The key of the organization is not valid.")
    refused = caller.presented == "wrong" and settings["wrongToken"] == "401"
    if refused or (caller.role in ("anonymous", "organization")
                   and operation.needs not in ("anonymous", caller.role)):
        raise Unauthorized(settings)
    if operation.needs != "anonymous" and not caller.may(operation.needs):
        raise JiraError(403, _REFUSALS[operation.needs])


class Unauthorized(JiraError):
    """401, as plain text or as JSON: both were seen (facts 4)."""

    def __init__(self, settings: "Settings", text: str = UNAUTHORIZED_TEXT) -> None:
        headers = {"WWW-Authenticate": 'OAuth realm="https%3A%2F%2Fdemo.example.com"'}
        super().__init__(401, text, headers=headers)
        if settings["unauthorizedBody"] == "text":
            self.answer = Answer(401, text, headers, "text/plain;charset=UTF-8")

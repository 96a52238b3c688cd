"""Bearer tokens: issued by a control call, for a user, with scopes and a life.

Whoever plays the OAuth server tells the simulator its access tokens by the same call.
"""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any, Mapping

from .errors import ApiError

SCOPE_PREFIX = "https://www.googleapis.com/auth/"
USER = f"{SCOPE_PREFIX}admin.directory.user.readonly"
GROUP = f"{SCOPE_PREFIX}admin.directory.group.readonly"
MEMBER = f"{SCOPE_PREFIX}admin.directory.group.member.readonly"
ORGUNIT = f"{SCOPE_PREFIX}admin.directory.orgunit.readonly"
# The two that suffice (facts 1.8).
SUFFICIENT = (USER, GROUP)

DEFAULT_USER = "admin@example.com"


@dataclass(frozen=True)
class Token:
    """An access token, without its secret; `expires` is of the monotonic clock."""

    number: int
    user: str
    scopes: frozenset[str]
    expires: float


class Tokens:
    """The tokens that were issued."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}
        self._last = 0

    def issue(self, *, scopes: list[str] | None = None, seconds: float = 3599,
              token: str | None = None, user: str = DEFAULT_USER) -> dict[str, Any]:
        """Make a token, or take over one that was made elsewhere. Scopes may leave out the part
        that all have in common; None stands for the two that suffice."""
        secret = token or f"ya29.demo-{secrets.token_urlsafe(24)}"
        full = frozenset(one if "://" in one or one in ("openid", "email") else SCOPE_PREFIX + one
                         for one in (SUFFICIENT if scopes is None else scopes))
        with self._lock:
            self._last += 1
            self._tokens[secret] = Token(self._last, user, full, time.monotonic() + seconds)
        return {"token": secret, "expiresIn": seconds, "scope": " ".join(sorted(full))}

    def revoke(self, token: str | None = None) -> None:
        """End one token, or all; one that is not there is as good as revoked."""
        with self._lock:
            if token is None:
                self._tokens.clear()
            else:
                self._tokens.pop(token, None)

    def find(self, headers: Mapping[str, str]) -> tuple[Token | None, str]:
        """The token that a request presents, and a word for the log: "none", "wrong", "expired",
        or whose it is."""
        kind, _, secret = (headers.get("Authorization") or "").partition(" ")
        if kind.lower() != "bearer" or not secret:
            return None, "none"
        with self._lock:
            token = self._tokens.get(secret.strip())
        if token is None:
            return None, "wrong"
        if time.monotonic() >= token.expires:
            return None, "expired"
        return token, token.user


def require(token: Token | None, presented: str, scopes: tuple[str, ...]) -> Token:
    """The token, when it is good and has one of the scopes."""
    if token is None:
        raise ApiError("required" if presented == "none" else "authError")
    if not token.scopes & set(scopes):
        refusal = ApiError("insufficientPermissions")
        refusal.answer.headers["WWW-Authenticate"] = (
            'Bearer realm="https://accounts.google.com/", error="insufficient_scope", '
            f'scope="{" ".join(scopes)}"')
        raise refusal
    return token

"""The access tokens of an OAuth server, and the Directory that they open."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, MutableSet

from .client import GoogleControl


class AccessTokens(MutableSet[str]):
    """Those that are out. A Directory, where there is one, hears of each as it is made and as it
    ends, so that it takes these and no others."""

    def __init__(self, directory: GoogleControl | None = None) -> None:
        self._directory = directory
        self._tokens: set[str] = set()

    def issue(self, scopes: Iterable[str], seconds: float, user: str) -> str:
        """A new one: for these scopes, so long, in the name of that user."""
        token = f"ya29.{secrets.token_urlsafe(32)}"
        self._tokens.add(token)
        if self._directory is not None:
            self._directory.issue_token(*scopes, seconds=seconds, token=token, user=user)
        return token

    def add(self, token: str) -> None:
        """One that a test made up, good for what suffices to pull a directory."""
        self._tokens.add(token)
        if self._directory is not None:
            self._directory.issue_token(token=token)

    def discard(self, token: str) -> None:
        self._tokens.discard(token)
        if self._directory is not None:
            self._directory.revoke_token(token)

    def __contains__(self, token: object) -> bool:
        return token in self._tokens

    def __iter__(self) -> Iterator[str]:
        return iter(self._tokens)

    def __len__(self) -> int:
        return len(self._tokens)

"""Page tokens: opaque, of limited life, and good only for the request that they came from."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import time
from typing import Any, Callable, Iterator

from .errors import ApiError
from .routing import Call

# What may differ from one page to the next; every other parameter has to stay (facts 2.1).
_FREE = ("pageToken", "prettyPrint", "quotaUser", "alt")


class PageTokens:
    """Makes and reads tokens; nothing is kept for each. `kill` ends all that are out."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)
        self._epoch = 0

    def kill(self) -> None:
        self._epoch += 1

    def make(self, call: Call, cursor: list[str] | None) -> str:
        """A token for what comes behind the cursor, or for the first page."""
        text = json.dumps([self._epoch, time.time(), _fingerprint(call), cursor]).encode()
        return base64.urlsafe_b64encode(self._seal(text) + text).decode().rstrip("=")

    def read(self, call: Call) -> list[str] | None:
        """The cursor of the token that came with the request."""
        token = call.parameters["pageToken"]
        if token is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            seal, text = raw[:16], raw[16:]
            if not hmac.compare_digest(seal, self._seal(text)):
                raise ValueError(token)
        except ValueError:
            call.note("the page token was never given out, or before a reset")
            raise ApiError("invalid", "pageToken") from None
        epoch, issued, fingerprint, cursor = json.loads(text)
        if fingerprint != _fingerprint(call):
            call.note("the parameters are not those that the page token came with")
            raise ApiError("invalid", "pageToken")
        if epoch != self._epoch or time.time() - issued > call.world.settings["pageTokenSeconds"]:
            # How Google words this is not documented.
            raise ApiError("invalid", "pageToken")
        return cursor

    def _seal(self, text: bytes) -> bytes:
        return hmac.digest(self._secret, text, "sha256")[:16]


def _fingerprint(call: Call) -> str:
    given = sorted(pair for pair in call.request.query if pair[0] not in _FREE)
    return hashlib.sha1(repr((call.request.path, given)).encode()).hexdigest()[:12]


def page(call: Call, found: Iterator[tuple[tuple[str, str], Any]],
         render: Callable[[Any], dict[str, Any]]) -> tuple[list[dict[str, Any]], str | None]:
    """The items of a page, and the token of the next one; `found` are places and objects from
    the cursor on."""
    taken = list(itertools.islice(found, call.parameters["maxResults"] + 1))
    more = len(taken) > call.parameters["maxResults"]
    kept = taken[:call.parameters["maxResults"]]
    token = call.world.page_tokens.make(call, list(kept[-1][0])) if more else None
    return [render(one) for _, one in kept], token

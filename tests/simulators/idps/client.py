"""The HTTP under the simulated clients: sends, records, and never shows the token."""

from __future__ import annotations

import gzip
import http.client
import json
import ssl
import time
import urllib.parse
import zlib
from dataclasses import dataclass, field
from typing import Any, Callable

TIMEOUT_SECONDS = 60            # Okta and Entra both give up after a minute
SHOWN_CHARACTERS = 4000         # of a body, in a report


@dataclass
class Exchange:
    """One request and its answer. The Authorization header is kept out of it."""

    method: str
    target: str
    request_headers: list[tuple[str, str]]
    request_body: str | None
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    seconds: float = 0.0
    hide: Callable[[str], str] = field(default=str, repr=False)

    def header(self, name: str) -> str | None:
        """One header of the answer."""
        return self.answer_headers.get(name.lower())

    def json(self) -> Any:
        """The answer's body; ValueError when it isn't JSON in UTF-8."""
        return json.loads(self.answer_body.decode("utf-8"))

    def sent(self) -> Any:
        """The request's body as JSON, None when there was none."""
        return None if self.request_body is None else json.loads(self.request_body)

    def describe(self) -> str:
        """The exchange as text for a person, without the token wherever it might have stood."""
        lines = [f"> {self.method} {self.target}"]
        lines += [f"> {name}: {value}" for name, value in self.request_headers]
        if self.request_body is not None:
            lines.append(shorten(self.request_body))
        lines.append(f"< {self.status} after {self.seconds * 1000:.0f} ms")
        lines += [f"< {name}: {value}" for name, value in self.answer_headers.items()]
        lines.append(shorten(self.answer_body.decode("utf-8", "backslashreplace")))
        return self.hide("\n".join(lines))


class IdpError(Exception):
    """The server departed from what the real client accepts."""

    def __init__(self, message: str, exchange: Exchange | None = None) -> None:
        self.message = message if exchange is None else exchange.hide(message)
        self.exchange = exchange
        super().__init__(self.message if exchange is None
                         else f"{self.message}\n{exchange.describe()}")


class Throttled(IdpError):
    """A 429 that the client doesn't wait out at once."""


def shorten(text: str) -> str:
    """The text, cut to what one reads in a report."""
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + " [cut]"


class Transport:
    """One keep-alive connection to a SCIM base URL, as one client has it.

    The token is in no report and no repr: it is only sent.
    """

    def __init__(self, base_url: str, token: str, *, tls: ssl.SSLContext | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.exchanges: list[Exchange] = []
        self.token = token
        self._tls = tls
        self._connection: http.client.HTTPConnection | None = None
        self._used = False

    def __repr__(self) -> str:
        return f"<Transport {self.base_url}>"

    def send(self, method: str, path: str, headers: list[tuple[str, str]], body: Any = None, *,
             authorized: bool = True) -> Exchange:
        """Send one request exactly as given (path is below the base URL, query included)."""
        prefix = urllib.parse.urlsplit(self.base_url).path
        text = None if body is None else json.dumps(body, ensure_ascii=False)
        exchange = Exchange(method, prefix + path, list(headers), text, hide=self._hide)
        self.exchanges.append(exchange)
        started = time.monotonic()
        try:
            self._exchange(exchange, authorized)
        except TimeoutError:
            self.close()
            raise IdpError(f"no answer within {TIMEOUT_SECONDS} s", exchange) from None
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise IdpError(f"the connection failed: {error!r}", exchange) from None
        finally:
            exchange.seconds = time.monotonic() - started
        return exchange

    def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, exchange: Exchange, authorized: bool) -> None:
        reused = self._connection is not None and self._used
        try:
            self._once(exchange, authorized)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # A server may close an idle connection at any time: every HTTP client tries again then.
            self.close()
            if not reused:
                raise
            self._once(exchange, authorized)

    def _once(self, exchange: Exchange, authorized: bool) -> None:
        connection = self._connect()
        connection.putrequest(exchange.method, exchange.target, skip_accept_encoding=True)
        for name, value in exchange.request_headers:
            connection.putheader(name, value)
        if authorized:
            connection.putheader("Authorization", f"Bearer {self.token}")
        data = None if exchange.request_body is None else exchange.request_body.encode("utf-8")
        if data is not None:
            connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        response = connection.getresponse()
        exchange.status = response.status
        exchange.answer_headers = {name.lower(): value for name, value in response.getheaders()}
        exchange.answer_body = unpack(response.read(), response.getheader("Content-Encoding"))
        self._used = True
        if response.will_close:
            self.close()

    def _connect(self) -> http.client.HTTPConnection:
        if self._connection is None:
            url = urllib.parse.urlsplit(self.base_url)
            if url.scheme == "https":
                self._connection = http.client.HTTPSConnection(
                    url.hostname, url.port, timeout=TIMEOUT_SECONDS, context=self._tls)
            else:
                self._connection = http.client.HTTPConnection(
                    url.hostname, url.port, timeout=TIMEOUT_SECONDS)
            self._used = False
        return self._connection

    def _hide(self, text: str) -> str:
        return text.replace(self.token, "****") if self.token else text


def unpack(body: bytes, encoding: str | None) -> bytes:
    """Undo a Content-Encoding that the client offered."""
    if encoding in (None, "", "identity"):
        return body
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    raise http.client.HTTPException(f"Content-Encoding {encoding} was not offered")

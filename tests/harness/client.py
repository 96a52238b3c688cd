"""A small HTTP client with keep-alive, and what SCIM clients need on top of it."""

import base64
import http.client
import json as json_module
import select
from dataclasses import dataclass
from email.message import Message
from typing import Any, Mapping
from urllib.parse import quote, urlsplit

JSON = "application/json"
SCIM_JSON = "application/scim+json"


@dataclass
class Response:
    """An answer, read to its end."""

    status: int
    headers: Message
    body: bytes
    request: str

    def json(self) -> Any:
        return json_module.loads(self.body)

    def expect(self, *statuses: int) -> "Response":
        """This answer, if its status is one of these; else the test fails and shows what came."""
        assert self.status in statuses, \
            f"{self.request}: {self.status}, not {statuses}\n{self.text()}"
        return self

    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


class Client:
    """One connection to one server. Not for several threads: each makes its own by `copy`."""

    media_type = JSON

    def __init__(self, base_url: str, token: str | None = None,
                 basic: tuple[str, str] | None = None, timeout: float = 30):
        self.base_url = base_url.rstrip("/")
        self.token = token
        self.basic = basic
        self.timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, **options: Any) -> Response:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Response:
        return self.request("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Response:
        return self.request("PUT", path, json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Response:
        return self.request("PATCH", path, json, **options)

    def delete(self, path: str, **options: Any) -> Response:
        return self.request("DELETE", path, **options)

    def request(self, method: str, path: str, json: Any = None, body: bytes | str | None = None,
                headers: Mapping[str, str | None] = {}) -> Response:
        """Sends one request and reads its answer; nothing is ever sent twice.

        `path` is relative to the base URL, or absolute ("http://...") on the same server. A header
        given as None is left out, a default one too.
        """
        if isinstance(body, str):
            body = body.encode()
        if json is not None:
            body = json_module.dumps(json).encode()
        sent = {name: value for name, value in {**self._headers(body), **headers}.items()
                if value is not None}
        connection = self._connected()
        try:
            connection.request(method, self._target(path), body, sent)
            answer = connection.getresponse()
            content = answer.read()
        except Exception:
            self.close()
            raise
        if answer.will_close:
            self.close()
        return Response(answer.status, answer.headers, content, f"{method} {path}")

    def copy(self) -> "Client":
        return type(self)(self.base_url, token=self.token, basic=self.basic, timeout=self.timeout)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _headers(self, body: bytes | None) -> dict[str, str | None]:
        headers: dict[str, str | None] = {"Accept": self.media_type}
        if body is not None:
            headers["Content-Type"] = self.media_type
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.basic is not None:
            pair = base64.b64encode(":".join(self.basic).encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        return headers

    def _target(self, path: str) -> str:
        if path.startswith(("http://", "https://")):
            parts = urlsplit(path)
            return parts.path + (f"?{parts.query}" if parts.query else "")
        return urlsplit(self.base_url).path + path

    def _connected(self) -> http.client.HTTPConnection:
        # A server closes idle connections, in a graceful restart above all. A connection with
        # something to read before we have asked is such a one; a new one in its place is no retry,
        # since nothing was sent on it.
        if self._connection is not None and _readable(self._connection):
            self.close()
        if self._connection is None:
            where = urlsplit(self.base_url)
            self._connection = http.client.HTTPConnection(
                where.hostname or "", where.port, timeout=self.timeout)
        return self._connection


def _readable(connection: http.client.HTTPConnection) -> bool:
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


class ScimClient(Client):
    """A client of one IdP's SCIM endpoint: `base_url` is the one that was handed to the IdP."""

    media_type = SCIM_JSON

    def create_user(self, user_name: str, **attributes: Any) -> dict[str, Any]:
        user = {"schemas": [USER_SCHEMA], "userName": user_name, "active": True, **attributes}
        return self.post("/Users", user).expect(201).json()

    def create_group(self, display_name: str, member_ids: list[str] = [],
                     **attributes: Any) -> dict[str, Any]:
        group = {"schemas": [GROUP_SCHEMA], "displayName": display_name,
                 "members": [{"value": value} for value in member_ids], **attributes}
        return self.post("/Groups", group).expect(201).json()

    def patch_operations(self, path: str, *operations: dict[str, Any]) -> Response:
        return self.patch(path, {"schemas": [PATCH_SCHEMA], "Operations": list(operations)})

    def find(self, endpoint: str, filter_text: str) -> list[dict[str, Any]]:
        answer = self.get(f"{endpoint}?filter={quote(filter_text, safe='')}").expect(200)
        return answer.json().get("Resources", [])


USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

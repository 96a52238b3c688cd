"""pytest fixtures and a plain client of the Directory API, for the simulator's own tests."""

from __future__ import annotations

import gzip
import http.client
import json
from dataclasses import dataclass
from typing import Any, Iterator
from urllib.parse import quote, urlencode

import pytest

from . import SimulatedGoogle

BASE = "/admin/directory/v1"


@dataclass
class Reply:
    """An answer as a client gets it; `content` is parsed where it is JSON."""

    status: int
    content: Any
    headers: http.client.HTTPMessage
    raw: bytes

    @property
    def reason(self) -> str:
        return self.content["error"]["errors"][0]["reason"]

    @property
    def message(self) -> str:
        return self.content["error"]["message"]


class Api:
    """Calls the Directory API with one connection that stays open."""

    def __init__(self, google: SimulatedGoogle) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", google.port, timeout=30)
        self.token: str | None = google.control.issue_token()

    def call(self, method: str, path: str, query: Any = (), body: Any = None,
             headers: dict[str, str | None] | None = None) -> Reply:
        """One call; `headers` adds to the usual ones or, with None, leaves one out."""
        usual: dict[str, str | None] = {
            "Accept": "application/json", "User-Agent": "simulator-test",
            "Authorization": f"Bearer {self.token}" if self.token else None}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            usual["Content-Type"] = "application/json"
        sent = {name: value for name, value in (usual | (headers or {})).items()
                if value is not None}
        target = path if path.startswith("/") else f"{BASE}/{path}"
        target += f"?{urlencode(query, doseq=True)}" if query else ""
        self.connection.request(method, target, data, sent)
        answer = self.connection.getresponse()
        raw = answer.read()
        text = gzip.decompress(raw) if answer.headers.get("Content-Encoding") == "gzip" else raw
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return Reply(answer.status, json.loads(text) if is_json else text.decode(),
                     answer.headers, raw)

    def get(self, path: str, **query: Any) -> Reply:
        return self.call("GET", path, query)

    def users(self, **query: Any) -> Reply:
        return self.get("users", **{"customer": "my_customer"} | query)

    def groups(self, **query: Any) -> Reply:
        return self.get("groups", **{"customer": "my_customer"} | query)

    def members(self, group: str, **query: Any) -> Reply:
        return self.get(f"groups/{quote(group, safe='')}/members", **query)

    def pages(self, path: str, name: str, **query: Any) -> list[list[dict[str, Any]]]:
        """All pages of a listing."""
        pages = []
        while True:
            reply = self.get(path, **query)
            assert reply.status == 200, reply.content
            pages.append(reply.content.get(name, []))
            if "nextPageToken" not in reply.content:
                return pages
            query["pageToken"] = reply.content["nextPageToken"]


def emails(reply: Reply, name: str = "users", key: str = "primaryEmail") -> list[str]:
    """The addresses in an answer, without their domain."""
    return [one[key].partition("@")[0] for one in reply.content.get(name, [])]


@pytest.fixture(scope="module")
def one_google() -> Iterator[SimulatedGoogle]:
    """A simulator for a file of tests; its answers are checked against the document."""
    with SimulatedGoogle(check_answers=True) as simulator:
        yield simulator


@pytest.fixture
def careless_google(one_google: SimulatedGoogle) -> SimulatedGoogle:
    """A fresh directory for a test that violates the rules on purpose."""
    one_google.control.reset()
    return one_google


@pytest.fixture
def google(careless_google: SimulatedGoogle) -> Iterator[SimulatedGoogle]:
    """A fresh directory for a test that keeps to the rules, which is checked at its end."""
    yield careless_google
    assert careless_google.control.violations() == []


@pytest.fixture
def api(careless_google: SimulatedGoogle) -> Iterator[Api]:
    client = Api(careless_google)
    yield client
    client.connection.close()

"""pytest fixtures and a plain client of the REST API, for the simulator's own tests."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any, Iterator
from urllib.parse import urlencode

import pytest

from . import SimulatedJira


@dataclass
class Reply:
    """An answer as a client gets it; `content` is parsed where it is JSON."""

    status: int
    content: Any
    headers: http.client.HTTPMessage

    @property
    def message(self) -> str:
        if "errorMessage" in self.content:
            return self.content["errorMessage"]
        return self.content["errorMessages"][0]


class Api:
    """Calls the REST API with one connection that stays open."""

    def __init__(self, jira: SimulatedJira) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", jira.port, timeout=30)
        self.authorization: str | None = basic(jira.email, jira.token)

    def call(self, method: str, path: str, query: Any = (), body: Any = None,
             headers: dict[str, str | None] | None = None) -> Reply:
        """One call; `headers` adds to the usual ones or, with None, leaves one out."""
        usual: dict[str, str | None] = {
            "Accept": "application/json", "User-Agent": "simulator-test",
            "Authorization": self.authorization}
        data = body
        if body is not None and not isinstance(body, bytes):
            data = json.dumps(body).encode()
        if data is not None:
            usual["Content-Type"] = "application/json"
        sent = {name: value for name, value in (usual | (headers or {})).items()
                if value is not None}
        target = path if path.startswith("/") else f"/rest/api/3/{path}"
        target += f"?{urlencode(query, doseq=True)}" if query else ""
        self.connection.request(method, target, data, sent)
        answer = self.connection.getresponse()
        raw = answer.read()
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return Reply(answer.status, json.loads(raw) if is_json else raw.decode(), answer.headers)

    def get(self, path: str, **query: Any) -> Reply:
        return self.call("GET", path, query)

    def service(self, method: str, path: str, query: Any = (), body: Any = None,
                **headers: str | None) -> Reply:
        """One call to Jira Service Management, opted in to what is experimental."""
        return self.call(method, f"/rest/servicedeskapi/{path}", query, body,
                         {"X-ExperimentalApi": "opt-in"} | headers)

    def customer_id(self, email: str, name: str = "Demo Customer") -> str:
        """Makes a portal customer and returns the account's id."""
        body = {"email": email, "displayName": name}
        return self.service("POST", "customer", body=body).content["accountId"]

    def create_user(self, email: str, *products: str) -> Reply:
        return self.call("POST", "user", body={"emailAddress": email, "products": list(products)})

    def account_id(self, email: str) -> str:
        """Makes an account with access to Jira and returns its id."""
        return self.create_user(email, "jira-software").content["accountId"]

    def group_id(self, name: str) -> str:
        """Makes a group and returns its id."""
        return self.call("POST", "group", body={"name": name}).content["groupId"]

    def add(self, group_id: str, account_id: str) -> Reply:
        return self.call("POST", "group/user", {"groupId": group_id}, {"accountId": account_id})

    def take_out(self, group_id: str, account_id: str) -> Reply:
        return self.call("DELETE", "group/user", {"groupId": group_id, "accountId": account_id})


def basic(email: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{email}:{token}".encode()).decode()


@pytest.fixture(scope="module")
def one_jira() -> Iterator[SimulatedJira]:
    """A simulator for a file of tests; its answers are checked against the document."""
    with SimulatedJira(check_answers=True) as simulator:
        yield simulator


@pytest.fixture
def careless_jira(one_jira: SimulatedJira) -> SimulatedJira:
    """A fresh site for a test that violates the rules on purpose."""
    one_jira.control.reset()
    return one_jira


@pytest.fixture
def jira(careless_jira: SimulatedJira) -> Iterator[SimulatedJira]:
    """A fresh site for a test that keeps to the rules, which is checked at its end."""
    yield careless_jira
    assert careless_jira.control.violations() == []


@pytest.fixture
def api(careless_jira: SimulatedJira) -> Iterator[Api]:
    client = Api(careless_jira)
    yield client
    client.connection.close()

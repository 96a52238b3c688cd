"""The admin API's own document, docs/openapi.json, held against what the server answers.

As a plugin of pytest it looks at every answer that an AdminClient gets in any test: a call, a
status, a field of an answer, a parameter or a field of a request that the document does not have
fails that test. How a call is added: CONTRIBUTING.md says it.
"""

import json
from datetime import datetime
from functools import cache
from typing import Any, Iterator
from urllib.parse import parse_qsl, urlsplit

import jsonschema
import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import Response
from tests.harness.scratch import ROOT

FILE = ROOT / "docs" / "openapi.json"
METHODS = ("get", "put", "post", "patch", "delete")

# Of a request that came to no call: who asks, or what was sent, was looked at before.
EARLY = (400, 401, 403, 413, 415, 500, 503)

disagreements: list[str] = []
formats = jsonschema.FormatChecker(formats=())


@formats.checks("date-time", ValueError)
def is_time(text: object) -> bool:
    return not isinstance(text, str) or bool(datetime.fromisoformat(text))


@cache
def document() -> dict[str, Any]:
    return json.loads(FILE.read_text())


def resolve(node: dict[str, Any]) -> dict[str, Any]:
    """The node, or what its $ref names."""
    while "$ref" in node:
        found = document()
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        node = found
    return node


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of the document below this one."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from nodes(inner)


@cache
def components() -> dict[str, Any]:
    """With schemas that allow for no field that they do not name.

    The document itself leaves that open where it is about answers: clients must take new fields.
    """
    strict = json.loads(json.dumps(document()["components"]))
    close(strict)
    return strict


def close(node: Any) -> None:
    for schema in nodes(node):
        if "properties" in schema and schema.get("type") != "string":
            schema.setdefault("additionalProperties", False)


class Call:
    """One method of one path of the document."""

    def __init__(self, method: str, path: str):
        self.method = method.upper()
        self.path = path
        self.operation: dict[str, Any] = document()["paths"][path][method]
        self._validators: dict[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def segments(self) -> list[str]:
        return self.path.strip("/").split("/")

    def parameters(self, where: str) -> list[dict[str, Any]]:
        item = document()["paths"][self.path]
        every = [*item.get("parameters", []), *self.operation.get("parameters", [])]
        return [one for one in map(resolve, every) if one["in"] == where]

    def schema_of_body(self) -> dict[str, Any] | None:
        content = self.operation.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("schema")

    def response(self, status: int) -> dict[str, Any] | None:
        found = self.operation["responses"].get(str(status))
        return resolve(found) if found else None

    def faults(self, key: str, schema: dict[str, Any], value: Any) -> list[str]:
        """What a value has that its schema does not allow for, or lacks."""
        if key not in self._validators:
            schema = json.loads(json.dumps(schema))
            close(schema)
            self._validators[key] = jsonschema.Draft202012Validator(
                {**schema, "components": components()}, format_checker=formats)
        return [f"{self}, {key}: {fault.json_path}: {fault.message[:300]}"
                for fault in self._validators[key].iter_errors(value)]


@cache
def calls() -> list[Call]:
    return [Call(method, path) for path, item in document()["paths"].items()
            for method in METHODS if method in item]


def at(path: str) -> list[Call]:
    """The calls at an address, by method; of templates that fit, the one that says most."""
    segments = [segment for segment in path.split("/") if segment]
    fitting = [call for call in calls() if len(call.segments) == len(segments)
               and all(own in (sent, "{" + own.strip("{}") + "}")
                       for own, sent in zip(call.segments, segments))]
    best = max((literals(call) for call in fitting), default=0)
    return [call for call in fitting if literals(call) == best]


def literals(call: Call) -> int:
    return sum(not segment.startswith("{") for segment in call.segments)


def check(method: str, target: str, sent: Any, answer: Response) -> None:
    """Notes what the document does not have. `target` begins behind "/api"."""
    parts = urlsplit(target)
    there = at(parts.path)
    own = [call for call in there if call.method == ("GET" if method == "HEAD" else method)]
    if own:
        found = faults(own[0], method, parts.query, sent, answer)
    elif there:
        found = misdirected(there, answer)
    else:
        found = [] if answer.status in (404, *EARLY) else [
            f"{method} {parts.path} was answered {answer.status}, and is not in the document"]
    disagreements.extend(found)


def misdirected(there: list[Call], answer: Response) -> list[str]:
    """An address that there is, by a method that it does not have."""
    if answer.status == 405:
        allowed = {method.strip() for method in answer.headers["Allow"].split(",")} - {"HEAD"}
        said = {call.method for call in there}
        return [] if allowed == said else [
            f"{there[0].path} allows {sorted(allowed)}, and the document {sorted(said)}"]
    return [] if answer.status in (404, *EARLY) else [
        f"{answer.request} was answered {answer.status}, and is not in the document"]


def faults(call: Call, method: str, query: str, sent: Any, answer: Response) -> list[str]:
    response = call.response(answer.status)
    if response is None:
        return [f"{call} was answered {answer.status}, which the document does not have: "
                + answer.text()[:300]]
    found = faults_of_answer(call, method, response, answer)
    if answer.status < 400:
        known = {one["name"].lower() for one in call.parameters("query")}
        found += [f"{call} took the parameter {name}" for name, _ in parse_qsl(query)
                  if name.lower() not in known]
        schema = call.schema_of_body()
        if sent is not None and schema:
            found += call.faults("body", schema, sent)
        elif sent:
            found.append(f"{call} took a body")
    return found


def faults_of_answer(call: Call, method: str, response: dict[str, Any],
                     answer: Response) -> list[str]:
    status = answer.status
    found = [f"{call} was answered {status} without {name}" for name in response.get("headers", {})
             if name not in answer.headers]
    content = response.get("content")
    if content is None:
        return found + ([f"{call} was answered {status} with a body"] if answer.body else [])
    media = content.get(answer.headers.get_content_type())
    if media is None:
        return [*found, f"{call} was answered {status} as {answer.headers['Content-Type']}"]
    if method != "HEAD" and "json" in answer.headers.get_content_type():
        found += call.faults(str(status), media["schema"], answer.json())
    return found


def pytest_configure() -> None:
    AdminClient.observe = staticmethod(check)


@pytest.fixture(autouse=True)
def document_audit() -> Iterator[None]:
    """Fails a test at its end: what it has made is tidied away, and clients in threads count."""
    yield
    found = list(dict.fromkeys(disagreements))
    disagreements.clear()
    if found:
        pytest.fail("\n".join([f"{FILE.name} and the server disagree:", *found]), pytrace=False)

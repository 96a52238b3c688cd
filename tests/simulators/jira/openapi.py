"""Checks requests and answers against the published API document, where that is at hand.

A second opinion beside strict.py: the document was not written by who wrote this simulator.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Iterator

from .routing import Answer, Request, path_pattern
from .schema import Schemas

DOCUMENT = "jira-cloud-and-jsm.openapi.json"
# Of another API, below a path of its own; beside the first one, where there is one.
ORGANIZATIONS = "atlassian-organizations.openapi.json"
ORGANIZATIONS_PATH = "/admin"

# Status codes that come from in front of the operation, so that the document does not name them.
_ANY_OPERATION = {401, 403, 405, 412, 415, 429, 500, 503}


def beside_the_project() -> Path | None:
    """The folder shared/specs next to the project's folder, where there is one."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "specs"
    return folder if (folder / DOCUMENT).is_file() else None


@dataclass
class Published:
    """An operation of the document, with its parameters by place and name."""

    definition: dict[str, Any]
    parameters: dict[tuple[str, str], dict[str, Any]]


class Specification:
    """The document, prepared for look-ups."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = Schemas(document)
        self._plain: dict[str, dict[str, Published]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Published]]] = []
        for path, item in document["paths"].items():
            methods = {method.upper(): self._published(item, definition)
                       for method, definition in item.items() if method != "parameters"}
            if "{" in path:
                self._patterns.append((path_pattern(path), methods))
            else:
                self._plain[path] = methods

    @classmethod
    def load(cls, folder: Path, name: str = DOCUMENT) -> "Specification":
        return cls(json.loads((folder / name).read_text(encoding="utf-8")))

    def _published(self, item: dict[str, Any], definition: dict[str, Any]) -> Published:
        parameters = item.get("parameters", []) + definition.get("parameters", [])
        resolved = map(self._schemas.resolve, parameters)
        return Published(definition, {(one["in"], one["name"]): one for one in resolved})

    def _find(self, method: str, path: str) -> tuple[Published | None, dict[str, str]]:
        if path in self._plain:
            return self._plain[path].get(method), {}
        for pattern, methods in self._patterns:
            # One path may stand there twice, with other names for its parts.
            match = pattern.fullmatch(path) if method in methods else None
            if match:
                return methods[method], match.groupdict()
        return None, {}

    def check_request(self, request: Request) -> list[str]:
        """What the document has against the request."""
        published, path_values = self._find(request.method, request.path)
        if published is None:
            return [f"openapi: there is no {request.method} {request.path}"]
        problems = [
            *_experimental_problems(published, request),
            *self._parameter_problems(published, request, path_values),
            *self._body_problems(published, request),
        ]
        return [f"openapi: {problem}" for problem in problems]

    def _parameter_problems(self, published: Published, request: Request,
                            path_values: dict[str, str]) -> Iterator[str]:
        given: dict[tuple[str, str], list[str]] = {}
        for name, value in request.query:
            given.setdefault(("query", name), []).append(value)
        for name, value in _named_alike(published, path_values).items():
            given[("path", name)] = [value]
        for place, name in given.keys() - published.parameters.keys():
            yield f"unknown {place} parameter {name}"
        for (place, name), parameter in published.parameters.items():
            values = given.get((place, name), [])
            if place == "header":
                header = request.headers.get(name)
                values = [] if header is None else [header]
            if values:
                yield from self._value_problems(parameter, values)
            elif parameter.get("required"):
                yield f"{place} parameter {name} is missing"

    def _value_problems(self, parameter: dict[str, Any], values: list[str]) -> Iterator[str]:
        schema = self._schemas.resolve(parameter.get("schema", {}))
        name = parameter["name"]
        if schema.get("type") == "array":
            items = self._schemas.resolve(schema.get("items", {}))
            yield from self._schemas.problems(schema, [_typed(items, one) for one in values], name)
            return
        if len(values) > 1:
            yield f"{name} is given more than once"
        yield from self._schemas.problems(schema, _typed(schema, values[0]), name)

    def _body_problems(self, published: Published, request: Request) -> Iterator[str]:
        body = published.definition.get("requestBody")
        if body is None:
            if request.body:
                yield "a body where none belongs"
            return
        body = self._schemas.resolve(body)
        if not request.body:
            if body.get("required"):
                yield "the body is missing"
            return
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        content = body["content"].get(media_type)
        if content is None:
            yield f"no body of type {media_type or 'unknown'} is taken"
            return
        try:
            document = json.loads(request.body)
        except ValueError:
            yield "the body is no JSON"
            return
        yield from self._schemas.problems(content.get("schema", {}), document, "body")

    def check_answer(self, request: Request, answer: Answer) -> list[str]:
        """What the document has against one of our own answers."""
        published, _ = self._find(request.method, request.path)
        if published is None:
            return []
        described = published.definition["responses"].get(str(answer.status))
        if described is None:
            if answer.status in _ANY_OPERATION:
                return []
            return [f"openapi: answer {answer.status} is not described"]
        content = self._schemas.resolve(described).get("content", {}).get("application/json", {})
        if "schema" not in content or not answer.content_type.startswith("application/json"):
            return []
        problems = self._schemas.problems(content["schema"], answer.content, "answer")
        return [f"openapi: {problem}" for problem in problems]


class Specifications:
    """The documents of a folder, each for its own part of the paths."""

    def __init__(self, folder: Path) -> None:
        self._jira = Specification.load(folder)
        self._organizations = (Specification.load(folder, ORGANIZATIONS)
                               if (folder / ORGANIZATIONS).is_file() else None)

    def _choose(self, request: Request) -> tuple[Specification | None, Request]:
        if request.path.startswith("/rest/"):
            return self._jira, request
        if request.path.startswith(f"{ORGANIZATIONS_PATH}/"):
            path = request.path.removeprefix(ORGANIZATIONS_PATH)
            return self._organizations, replace(request, path=path)
        return None, request

    def check_request(self, request: Request) -> list[str]:
        """What the document that the request belongs to has against it."""
        specification, request = self._choose(request)
        return specification.check_request(request) if specification else []

    def check_answer(self, request: Request, answer: Answer) -> list[str]:
        """The same of one of our own answers."""
        specification, request = self._choose(request)
        return specification.check_answer(request, answer) if specification else []


def _named_alike(published: Published, path_values: dict[str, str]) -> dict[str, str]:
    """The values under the names of the parameters, where a path calls them something else (which
    the document of the organizations does once)."""
    declared = [name for place, name in published.parameters if place == "path"]
    missing = iter([name for name in declared if name not in path_values])
    return {name if name in declared else next(missing, name): value
            for name, value in path_values.items()}


def _experimental_problems(published: Published, request: Request) -> Iterator[str]:
    """The platform marks operations as experimental, too, and wants no header for them."""
    if published.definition.get("x-experimental") and "/servicedeskapi/" in request.path \
            and request.headers.get("X-ExperimentalApi") != "opt-in":
        yield "X-ExperimentalApi: opt-in is missing"


def _typed(schema: dict[str, Any], text: str) -> Any:
    """The text of a parameter as a value of its type, or as it is when it is none."""
    kind = schema.get("type")
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    if kind == "integer" and re.fullmatch(r"[+-]?\d+", text):
        return int(text)
    return text

"""The words in which a group of operations is written down: see operations_*.py.

A module with a group of operations exports OPERATIONS, a tuple of Operation; app.TABLES lists the
modules. Nothing else has to change for a new group.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Iterable, Mapping

if TYPE_CHECKING:
    from .access import Caller
    from .state import Site
    from .world import World


@dataclass(frozen=True)
class Parameter:
    """A query parameter; kind is "string", "integer" or "boolean".

    A number over the maximum is cut to it, as Jira does, and recorded as a violation; one under the
    minimum is refused.
    """

    name: str
    kind: str = "string"
    required: bool = False
    repeatable: bool = False
    default: Any = None
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Property:
    """A property of a request body; kind is "string", "integer", "strings" (a list of strings, at
    least so many), "object", or "any".

    An object's choices are the names of its own properties, each a string.
    """

    name: str
    kind: str = "string"
    required: bool = True
    choices: tuple[str, ...] = ()
    least: int = 0


@dataclass(frozen=True)
class Operation:
    """One method of one path. `name` is the published operationId, or our own."""

    name: str
    method: str
    path: str
    handler: Callable[["Call"], "Answer"]
    parameters: tuple[Parameter, ...] = ()
    body: tuple[Property, ...] | None = None
    # Who may call it: one of access.NEEDS.
    needs: str = "user"
    # What a token with scopes must have; None: it follows from `needs`.
    scope: str | None = None
    # Whether the header "X-ExperimentalApi: opt-in" has to be sent.
    experimental: bool = False

    def parameter(self, name: str) -> Parameter | None:
        return next((one for one in self.parameters if one.name == name), None)


@dataclass
class Request:
    """A request as it came in; `query` keeps order and repetitions."""

    method: str
    path: str
    raw_query: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def target(self) -> str:
        return f"{self.path}?{self.raw_query}" if self.raw_query else self.path


@dataclass
class Answer:
    """An answer: `content` is sent as JSON, text as it is, None as an empty body."""

    status: int
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"


@dataclass
class Call:
    """What an operation's handler gets: arguments already checked, and who is calling."""

    world: "World"
    caller: "Caller"
    path_values: dict[str, str]
    parameters: dict[str, Any]
    body: dict[str, Any]

    @property
    def site(self) -> "Site":
        return self.world.site


class JiraError(Exception):
    """Ends an operation with an error in the form of the platform's ErrorCollection."""

    def __init__(self, status: int, *messages: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, *messages)
        self.answer = error_answer(status, *messages, headers=headers)


def error_answer(status: int, *messages: str, headers: dict[str, str] | None = None) -> Answer:
    """`{"errorMessages":[...],"errors":{}}` (facts 3.1, Errors)."""
    return Answer(status, {"errorMessages": list(messages), "errors": {}}, headers or {})


class Router:
    """Finds the operation for a method and a path; `{name}` in a path matches one segment."""

    def __init__(self, tables: Iterable[tuple[Operation, ...]]) -> None:
        self.operations = [operation for table in tables for operation in table]
        self._plain: dict[str, dict[str, Operation]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Operation]]] = []
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in self.operations:
            by_path.setdefault(operation.path, {})[operation.method] = operation
        for path, methods in by_path.items():
            if "{" in path:
                self._patterns.append((path_pattern(path), methods))
            else:
                self._plain[path] = methods

    def find(self, path: str) -> tuple[dict[str, Operation], dict[str, str]]:
        """Operations of the path by method (none: unknown path), and the values in the path."""
        methods = self._plain.get(path)
        if methods is not None:
            return methods, {}
        for pattern, methods in self._patterns:
            match = pattern.fullmatch(path)
            if match:
                return methods, match.groupdict()
        return {}, {}


def path_pattern(template: str) -> re.Pattern[str]:
    """A regular expression for a path template such as /group/{groupId}/user."""
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(
        f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part)
        for index, part in enumerate(parts)))

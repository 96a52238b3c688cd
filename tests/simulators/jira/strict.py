"""Judges a request against the routing tables.

Whatever Jira would refuse, and whatever it would silently ignore (a misspelt query parameter, a
body where none belongs), is a violation: a client's mistake that a lenient simulator lets pass and
the real site does not. What Jira refuses also gets its refusal; what it ignores is carried out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Callable

from .routing import Answer, Operation, Parameter, Property, Request, Router, error_answer

EXPERIMENTAL = "X-ExperimentalApi"

INVALID_PAYLOAD = "Invalid request payload. Refer to the REST API documentation and try again."


@dataclass
class Inspection:
    """What the request asks for, what is wrong with it, and Jira's refusal if it is that wrong."""

    operation: Operation | None = None
    path_values: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    refusal: Answer | None = None
    # Writes an error in the form of the simulated API.
    error: Callable[..., Answer] = error_answer

    def note(self, violation: str) -> None:
        self.violations.append(violation)

    def refuse(self, violation: str, status: int, message: str,
               headers: dict[str, str] | None = None) -> None:
        """Note the violation; the first refusal is the one that is sent."""
        self.note(violation)
        if self.refusal is None:
            self.refusal = self.error(status, message, headers=headers)


def inspect(request: Request, router: Router,
            error: Callable[..., Answer] = error_answer) -> Inspection:
    """Find the operation and check the request against it."""
    inspection = Inspection(error=error)
    for header in ("User-Agent", "Accept"):
        if not request.headers.get(header):
            inspection.note(f"header {header} is missing")
    methods, inspection.path_values = router.find(request.path)
    if not methods:
        inspection.refuse(f"unknown path {request.path}", 404, "The resource does not exist.")
        return inspection
    inspection.operation = methods.get(request.method)
    if inspection.operation is None:
        inspection.refuse(f"{request.method} is not allowed on {request.path}", 405,
                          "Method Not Allowed", {"Allow": ", ".join(sorted(methods))})
        return inspection
    if inspection.operation.experimental and request.headers.get(EXPERIMENTAL) != "opt-in":
        # Neither the status nor the text is documented (facts 3.4).
        inspection.refuse(f"header {EXPERIMENTAL}: opt-in is missing", 412,
                          "This API is experimental and has to be opted in to.")
    _read_parameters(inspection, inspection.operation, request)
    _read_body(inspection, inspection.operation, request)
    return inspection


def _read_parameters(inspection: Inspection, operation: Operation, request: Request) -> None:
    given: dict[str, list[str]] = {}
    for name, value in request.query:
        if operation.parameter(name) is None:
            inspection.note(f"unknown query parameter {name!r}")
        else:
            given.setdefault(name, []).append(value)
    for parameter in operation.parameters:
        values = given.get(parameter.name, [])
        inspection.parameters[parameter.name] = _parameter(inspection, parameter, values)


def _parameter(inspection: Inspection, parameter: Parameter, values: list[str]) -> Any:
    name = parameter.name
    if parameter.required and not any(values):
        inspection.refuse(f"query parameter {name!r} is missing", 400,
                          f"The query parameter '{name}' must be provided.")
        return [] if parameter.repeatable else ""
    if parameter.repeatable:
        return values
    if not values:
        return parameter.default
    if len(values) > 1:
        inspection.note(f"query parameter {name!r} is given more than once")
    try:
        return _value(inspection, parameter, values[0])
    except ValueError:
        inspection.refuse(f"query parameter {name!r} can't be {values[0]!r}", 400,
                          f"The value '{values[0]}' of '{name}' is invalid.")
        return parameter.default


def _value(inspection: Inspection, parameter: Parameter, text: str) -> Any:
    if parameter.kind == "boolean":
        if text not in ("true", "false"):
            raise ValueError(text)
        return text == "true"
    if parameter.kind == "integer":
        number = int(text)
        if parameter.minimum is not None and number < parameter.minimum:
            raise ValueError(text)
        if parameter.maximum is not None and number > parameter.maximum:
            inspection.note(f"query parameter {parameter.name!r} is over {parameter.maximum}")
            return parameter.maximum
        return number
    if parameter.choices and text not in parameter.choices:
        raise ValueError(text)
    return text


def _read_body(inspection: Inspection, operation: Operation, request: Request) -> None:
    if operation.body is None:
        if request.body:
            inspection.note(f"{operation.name} takes no body")
        return
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        inspection.refuse("the body's Content-Type is not application/json", 415,
                          "Unsupported Media Type")
        return
    try:
        document = json.loads(request.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        inspection.refuse("the body is not a JSON object", 400, INVALID_PAYLOAD)
        return
    known = {one.name for one in operation.body}
    for name in document:
        if name not in known:
            inspection.refuse(f"unknown body property {name!r}", 400, INVALID_PAYLOAD)
    for one in operation.body:
        _check_property(inspection, one, document)
    inspection.body = document


def _check_property(inspection: Inspection, one: Property, document: dict[str, Any]) -> None:
    if one.name not in document:
        if one.required:
            inspection.refuse(f"body property {one.name!r} is missing", 400,
                              f"The property '{one.name}' must be provided.")
        return
    value = document[one.name]
    if one.kind == "any":
        return
    if one.kind == "object":
        if not isinstance(value, dict) or not set(value) <= set(one.choices) \
                or not all(isinstance(item, str) for item in value.values()):
            inspection.refuse(f"body property {one.name!r} can't be {value!r}", 400,
                              INVALID_PAYLOAD)
        return
    values = value if one.kind == "strings" else [value]
    if not isinstance(values, list) or not all(_has_kind(item, one.kind) for item in values):
        inspection.refuse(f"body property {one.name!r} is not of kind {one.kind}", 400,
                          INVALID_PAYLOAD)
    elif one.choices and not set(values) <= set(one.choices):
        inspection.refuse(f"body property {one.name!r} can't be {value!r}", 400,
                          f"The value of '{one.name}' is invalid.")
    elif len(values) < one.least:
        inspection.refuse(f"body property {one.name!r} has fewer than {one.least}", 400,
                          INVALID_PAYLOAD)
    elif len(set(values)) < len(values):
        inspection.note(f"body property {one.name!r} holds a value twice")


def _has_kind(value: Any, kind: str) -> bool:
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str)

"""Judges a request against the tables, as the simulated Jira does, and by what is Google's own.

A mistake that Google would let pass, such as a `fields` without nextPageToken, is a violation too.
"""

from __future__ import annotations

from tests.simulators.jira.routing import Request, Router
from tests.simulators.jira.strict import Inspection
from tests.simulators.jira.strict import inspect as inspect_generally

from . import mask
from .errors import error, plain_error
from .routing import Method


def inspect(request: Request, router: Router) -> Inspection:
    """Find the operation and check the request against it; `fields` is read into a mask."""
    inspection = inspect_generally(request, router, plain_error)
    operation = inspection.operation
    if not isinstance(operation, Method):
        return inspection
    for name, _ in request.query:
        # Noted already; Google refuses it, where Jira ignores it.
        if operation.parameter(name) is None and inspection.refusal is None:
            inspection.refusal = error("unknownName", f'"{name}": Cannot bind query parameter.')
    _read_fields(inspection, operation)
    return inspection


def _read_fields(inspection: Inspection, operation: Method) -> None:
    text = inspection.parameters.get("fields")
    if text is None:
        return
    try:
        fields = mask.parse(text, operation.shape)
    except mask.MaskError as problem:
        inspection.note(f"fields can't be {text!r}")
        if inspection.refusal is None:
            inspection.refusal = error("invalidFields", str(problem))
        return
    inspection.parameters["fields"] = fields
    if operation.parameter("pageToken") and not fields.keys() & {"nextPageToken", "*"}:
        # Paging stops after the first page without a word (facts 2.6).
        inspection.note("fields has no nextPageToken")

"""PATCH, then GET: what a server holds is what the reference implementation says, whatever is sent.

A failure prints the shortest requests that still show it. One case alone:
pytest tests/integration/test_patch_property.py -k '[17]'
"""

from __future__ import annotations

import itertools
from typing import Any, Callable

import pytest

from tests.harness.client import ScimClient
from tests.integration.patch_cases import Case, Maker
from tests.integration.reference_patch import patched
from tests.integration.reference_path import Refused
from tests.integration.reference_schema import core_of

pytestmark = pytest.mark.any_mpm

BATCHES = 12
CASES = 50  # in a batch
FURTHER_SHRINKING = 400

numbers = itertools.count(1)


class Difference(Exception):
    """What the server did, and what it should have done."""


def read(client: ScimClient, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document and the members of a resource, as far as a PATCH can change them."""
    doc = client.get(path).expect(200).json()
    urns = {key for key in doc if ":" in key} | {core_of(doc["meta"]["resourceType"])}
    if urns != set(doc["schemas"]):
        raise Difference(f"schemas {doc['schemas']} in place of {urns}")
    for name in ("id", "meta", "schemas", "groups"):
        doc.pop(name, None)
    members = doc.pop("members", [])
    return doc, {member.pop("value"): without_ref(member) for member in members}


def without_ref(member: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in member.items() if name not in ("$ref", "value")}


def compare(what: str, is_: Any, should: Any) -> None:
    if is_ != should:
        raise Difference(f"{what}\n  is     {is_}\n  should {should}")


def play(case: Case, client: ScimClient) -> None:
    """Sends a case and holds each answer, and what is there then, against the reference."""
    name = "userName" if case.kind == "User" else "displayName"
    unique = f"{next(numbers)}-"
    made = client.post(f"/{case.kind}s", {**case.resource, name: unique + case.resource[name]})
    path = f"/{case.kind}s/{made.expect(201).json()['id']}"
    doc, members = read(client, path)
    for operations in case.requests:
        sent = renamed(operations, name, unique)
        answer = client.patch_operations(path, *sent)
        try:
            wanted = 200, None
            doc, changed = patched(doc, {value: {"value": value, **rest}
                                         for value, rest in members.items()}, sent, case.kind)
            members = {value: without_ref(member) for value, member in changed.items()}
        except Refused as refused:
            wanted = 400, refused.scim_type
        told = answer.json().get("scimType") if answer.status >= 400 else None
        compare(f"answer to {sent}: {answer.text()}", (answer.status, told), wanted)
        compare(f"after {sent}", read(client, path), (doc, members))


def renamed(operations: list[Any], name: str, unique: str) -> list[Any]:
    """Operations on the name of a resource that is unique, so that no case meets another."""
    def value(path: str, told: Any) -> Any:
        return unique + told if path == name and isinstance(told, str) else told

    made = []
    for one in operations:
        if isinstance(one, dict) and isinstance(one.get("value"), dict) and "path" not in one:
            one = {**one, "value": {key: value(key, told) for key, told in one["value"].items()}}
        elif isinstance(one, dict) and "value" in one:
            one = {**one, "value": value(one.get("path", ""), one["value"])}
        made.append(one)
    return made


def difference(case: Case, client: ScimClient) -> str | None:
    try:
        play(case, client)
    except Difference as found:
        return str(found)
    return None


def shortest(case: Case, fails: Callable[[Case], Any]) -> Case:
    """A case that fails and of which nothing can be left out."""
    left = FURTHER_SHRINKING
    while left > 0:
        for smaller in case.smaller():
            left -= 1
            if fails(smaller):
                case = smaller
                break
        else:
            break
    return case


@pytest.mark.parametrize("batch", range(BATCHES))
def test_patch_then_get_is_what_the_reference_says(batch: int, idp: Any, admin: Any) -> None:
    admin.set_state(idp.name, "paused")
    for seed in range(batch * CASES, (batch + 1) * CASES):
        case = Maker(seed).case()
        if difference(case, idp.scim):
            case = shortest(case, lambda one: difference(one, idp.scim))
            pytest.fail(f"seed {seed}\n{case}\n{difference(case, idp.scim)}", pytrace=False)


def test_the_shortest_case_is_found() -> None:
    """The requests that fail are those with an operation on title after one on emails."""
    def fails(case: Case) -> bool:
        paths = [one["path"] for operations in case.requests for one in operations]
        return "emails" in paths and "title" in paths[paths.index("emails"):]

    long = Case("User", {"userName": "a", "active": True}, [
        [{"path": path} for path in request] for request in (
            ["title", "name"], ["emails", "name"], ["active"], ["name", "title", "emails"])])
    assert fails(long)
    assert shortest(long, fails) == Case("User", {"userName": "a"},
                                         [[{"path": "emails"}], [{"path": "title"}]])

"""Protocol cases that live as files: golden/README.md says how they are written."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.harness.client import Response

GOLDEN = Path(__file__).with_name("golden")
CASES = sorted(str(folder.relative_to(GOLDEN)) for folder in GOLDEN.glob("*/*") if folder.is_dir())
NAME = re.compile(r"\{\{(\w+)\}\}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
FURTHER = "..."


@dataclass(frozen=True)
class Message:
    """One file: its first line, its headers and what stands behind the empty line."""

    first: str
    headers: dict[str, str | None]
    body: str

    @classmethod
    def read(cls, path: Path, values: dict[str, str]) -> "Message":
        text = re.sub(r"\A(#.*\n)*", "", path.read_text())
        text = NAME.sub(lambda match: values.get(match[1], match[0]), text)
        head, _, body = text.partition("\n\n")
        first, *lines = head.splitlines()
        pairs = [line.partition(":")[::2] for line in lines]
        return cls(first, {name: value.strip() or None for name, value in pairs}, body.strip())


class Mismatch(AssertionError):
    """An answer is not the expected one."""


def match_text(expected: str, value: Any, values: dict[str, str], where: str) -> None:
    name = NAME.fullmatch(expected)
    if expected.startswith("{{~"):
        if not isinstance(value, str) or not re.search(expected[3:-2], value):
            raise Mismatch(f"{where}: {value!r} has no {expected[3:-2]!r}")
    elif name and name[1] == "time":
        if not isinstance(value, str) or not TIME.fullmatch(value):
            raise Mismatch(f"{where}: {value!r} is no dateTime")
    elif name and name[1] != "any":
        if not isinstance(value, str):
            raise Mismatch(f"{where}: {value!r} is no text")
        values[name[1]] = value
    elif not name and value != expected:
        raise Mismatch(f"{where}: {value!r}, not {expected!r}")


def match(expected: Any, value: Any, values: dict[str, str], where: str) -> None:
    """Raises Mismatch unless the value is as expected; binds the names that are new."""
    if isinstance(expected, str):
        match_text(NAME.sub(lambda m: values.get(m[1], m[0]), expected), value, values, where)
    elif type(expected) is not type(value):
        raise Mismatch(f"{where}: {value!r}, not {expected!r}")
    elif isinstance(expected, dict):
        keys = set(expected) - {FURTHER}
        missing = keys - set(value)
        surplus = set() if FURTHER in expected else set(value) - keys
        if missing or surplus:
            raise Mismatch(f"{where}: missing {sorted(missing)}, too many {sorted(surplus)}")
        for key in sorted(keys):
            match(expected[key], value[key], values, f"{where}.{key}")
    elif isinstance(expected, list):
        if len(expected) != len(value):
            raise Mismatch(f"{where}: {len(value)} elements, not {len(expected)}: {value!r}")
        for number, (one, other) in enumerate(zip(expected, value)):
            match(one, other, values, f"{where}[{number}]")
    elif value != expected:
        raise Mismatch(f"{where}: {value!r}, not {expected!r}")


def match_answer(expected: Message, answer: Response, values: dict[str, str]) -> None:
    if str(answer.status) != expected.first:
        raise Mismatch(f"status {answer.status}, not {expected.first}")
    for name, value in expected.headers.items():
        if value == "-":
            if name in answer.headers:
                raise Mismatch(f"header {name} is there: {answer.headers[name]}")
        else:
            match_text(value or "", answer.headers[name], values, name)
    if not expected.body:
        if answer.body:
            raise Mismatch("there is a body, where none should be")
        return
    if answer.headers.get_content_type() != "application/scim+json":
        raise Mismatch(f"Content-Type {answer.headers['Content-Type']}")
    match(json.loads(expected.body), answer.json(), values, "body")


def mismatch(expected: Message, answer: Response, values: dict[str, str]) -> str | None:
    try:
        match_answer(expected, answer, values)
    except Mismatch as what:
        return str(what)
    return None


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, idp: Any) -> None:
    values = {"base": idp.scim.base_url}
    steps = sorted((GOLDEN / case).glob("*.request"), key=lambda path: int(path.stem))
    assert steps
    for step in steps:
        request = Message.read(step, values)
        method, path = request.first.split(" ", 1)
        answer = idp.scim.request(method, path, body=request.body or None, headers=request.headers)
        wrong = mismatch(Message.read(step.with_suffix(".answer"), values), answer, values)
        if wrong:
            pytest.fail(f"{step.name}: {wrong}\n{request.first}\n{request.body}\n"
                        f"-> {answer.status}\n{answer.headers}{answer.text()}", pytrace=False)


@pytest.mark.parametrize("expected, value", [
    ({"a": 1}, {"a": 2}), ({"a": 1}, {}), ({}, {"a": 1}), ({"a": 1, "...": "..."}, {"b": 1}),
    ([1], [1, 2]), ([1, 2], [2, 1]), (True, 1), ("x", 7), ("{{time}}", "yesterday"),
    ("{{~^a}}", "ba"), (["{{x}}", "{{x}}"], ["1", "2"]), ("{{x}}", 7),
])
def test_the_runner_sees_a_difference(expected: Any, value: Any) -> None:
    with pytest.raises(Mismatch):
        match(expected, value, {}, "body")

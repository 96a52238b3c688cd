"""Protocol cases that live as files: golden/README.md says how they are written."""

from email.message import Message as Headers
from pathlib import Path
from typing import Any

import pytest

from tests.harness.client import Response
from tests.harness.messages import (Message, Mismatch, base_urls, exchange, match, match_answer,
                                    steps)

GOLDEN = Path(__file__).with_name("golden")
CASES = sorted(str(folder.relative_to(GOLDEN)) for folder in GOLDEN.glob("*/*") if folder.is_dir())


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, idp: Any) -> None:
    values = base_urls(idp.scim.base_url)
    values["base"] = values["v1" if case.startswith("v1-") else "v2"]
    assert steps(GOLDEN / case)
    for step in steps(GOLDEN / case):
        try:
            exchange(idp.scim, step, values)
        except Mismatch as wrong:
            raise pytest.fail.Exception(str(wrong), pytrace=False) from None


@pytest.mark.parametrize("expected, value", [
    ({"a": 1}, {"a": 2}), ({"a": 1}, {}), ({}, {"a": 1}), ({"a": 1, "...": "..."}, {"b": 1}),
    ([1], [1, 2]), ([1, 2], [2, 1]), (True, 1), ("x", 7), ("{{time}}", "yesterday"),
    ("{{~^a}}", "ba"), (["{{x}}", "{{x}}"], ["1", "2"]), ("{{x}}", 7),
    ({"a": "{{none}}"}, {"a": None}), ({"a": "{{none}}"}, {"a": [1]}),
    ({"a": "{{none}}"}, {"b": 1}), ([1, "..."], [2]), ([1, 1, "..."], [1, 2]),
    ([{"a": 1}, "..."], [{"a": 1, "b": 2}]), ("{{integer}}", "1"), ("{{integer}}", True),
    ("{{boolean}}", 1),
])
def test_the_runner_sees_a_difference(expected: Any, value: Any) -> None:
    with pytest.raises(Mismatch):
        match(expected, value, {}, "body")


@pytest.mark.parametrize("expected, value", [
    ([2, "{{x}}", "..."], ["y", 1, 2]), (["..."], []), ({"a": "{{none}}"}, {}),
    ({"a": "{{none}}"}, {"a": []}), ({"a": "{{none}}", "...": "..."}, {"b": 1}),
    ("{{integer}}", 7), ("{{boolean}}", False),
])
def test_the_runner_sees_no_difference(expected: Any, value: Any) -> None:
    match(expected, value, {}, "body")


@pytest.mark.parametrize("first, status, body, fine", [
    ("200 204", 200, b"{}", True), ("200 204", 204, b"", True), ("200 204", 204, b"{}", False),
    ("200 204", 200, b"", False), ("200 204", 201, b"{}", False), ("200", 204, b"", False),
])
def test_an_answer_may_have_one_of_several_statuses(first: str, status: int, body: bytes,
                                                    fine: bool) -> None:
    headers = Headers()
    headers["Content-Type"] = "application/scim+json"
    answer, seen = Response(status, headers, body, ""), True
    try:
        match_answer(Message(first, {}, "{}"), answer, {})
    except Mismatch:
        seen = False
    assert seen == fine

"""Requests and the answers that must come, as files: tests/integration/golden/README.md says how
they are written.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from tests.harness.client import JSON, SCIM_JSON, Client, Response
from tests.harness.conf import SCIM_LOCATION, SCIM_V1_LOCATION

NAME = re.compile(r"\{\{(\w+)\}\}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
FURTHER = "..."
NONE = "{{none}}"
TYPES = {"{{integer}}": int, "{{boolean}}": bool}


@dataclass(frozen=True)
class Message:
    """One file: its first line, its headers and what stands behind the empty line."""

    first: str
    headers: dict[str, str | None]
    body: str

    @classmethod
    def read(cls, path: Path, values: dict[str, str]) -> "Message":
        text = re.sub(r"\A(#.*\n)*", "", path.read_text())
        head, _, body = text.partition("\n\n")
        first, *lines = fill_in(head, values).splitlines()
        pairs = [line.partition(":")[::2] for line in lines]
        in_json = {name: json.dumps(value)[1:-1] for name, value in values.items()}
        return cls(first, {name: value.strip() or None for name, value in pairs},
                   fill_in(body, in_json).strip())


def fill_in(text: str, values: dict[str, str]) -> str:
    return NAME.sub(lambda match: values.get(match[1], match[0]), text)


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
    if isinstance(expected, str) and expected in TYPES:
        if type(value) is not TYPES[expected]:
            raise Mismatch(f"{where}: {value!r} is no {expected.strip('{}')}")
    elif isinstance(expected, str):
        match_text(fill_in(expected, values), value, values, where)
    elif type(expected) is not type(value):
        raise Mismatch(f"{where}: {value!r}, not {expected!r}")
    elif isinstance(expected, dict):
        match_object(expected, value, values, where)
    elif isinstance(expected, list) and FURTHER in expected:
        match_some([one for one in expected if one != FURTHER], value, values, where)
    elif isinstance(expected, list):
        if len(expected) != len(value):
            raise Mismatch(f"{where}: {len(value)} elements, not {len(expected)}: {value!r}")
        for number, (one, other) in enumerate(zip(expected, value)):
            match(one, other, values, f"{where}[{number}]")
    elif value != expected:
        raise Mismatch(f"{where}: {value!r}, not {expected!r}")


def match_object(expected: dict[str, Any], value: dict[str, Any], values: dict[str, str],
                 where: str) -> None:
    empty = {key for key, one in expected.items() if one == NONE}
    there = sorted(key for key in empty if value.get(key, []) != [])
    keys = set(expected) - {FURTHER} - empty
    missing = keys - set(value)
    surplus = set() if FURTHER in expected else set(value) - keys - empty
    if there or missing or surplus:
        raise Mismatch(f"{where}: missing {sorted(missing)}, too many {sorted(surplus) + there}")
    for key in sorted(keys):
        match(expected[key], value[key], values, f"{where}.{key}")


def match_some(expected: list[Any], value: list[Any], values: dict[str, str], where: str) -> None:
    """Each of the expected ones has an element of its own, wherever that stands."""
    left = list(value)
    for one in expected:
        found = next((n for n, other in enumerate(left) if agrees(one, other, values)), None)
        if found is None:
            raise Mismatch(f"{where}: {one!r} is not in {left!r}")
        match(one, left.pop(found), values, where)


def agrees(expected: Any, value: Any, values: dict[str, str]) -> bool:
    try:
        match(expected, value, dict(values), "")
    except Mismatch:
        return False
    return True


def base_urls(base_url: str) -> dict[str, str]:
    """The base URLs of both versions of SCIM, from that of 2.0."""
    return {"v1": base_url.replace(SCIM_LOCATION, SCIM_V1_LOCATION), "v2": base_url}


def media_type_at(url: str) -> str:
    """SCIM 1.1 has no media type of its own."""
    return JSON if f"{SCIM_V1_LOCATION}/" in url else SCIM_JSON


def match_answer(expected: Message, answer: Response, values: dict[str, str],
                 media_type: str = SCIM_JSON) -> None:
    """Raises Mismatch unless the answer is as expected; its body is of that media type."""
    if str(answer.status) not in expected.first.split():
        raise Mismatch(f"status {answer.status}, not {' or '.join(expected.first.split())}")
    if not expected.body or answer.status == 204:
        if answer.body:
            raise Mismatch("there is a body, where none should be")
    else:
        match_body(expected.body, answer, values, media_type)
    for name, value in expected.headers.items():
        if value != "-":
            match(value or "", answer.headers[name], values, name)
        elif name in answer.headers:
            raise Mismatch(f"header {name} is there: {answer.headers[name]}")


def match_body(expected: str, answer: Response, values: dict[str, str], media_type: str) -> None:
    if answer.headers.get_content_type() != media_type:
        raise Mismatch(f"Content-Type {answer.headers['Content-Type']}")
    try:
        body = answer.json()
    except ValueError as wrong:
        raise Mismatch(f"the body is no JSON: {wrong}") from None
    match(json.loads(expected), body, values, "body")


def steps(folder: Path) -> list[Path]:
    """A folder's requests in their order."""
    return sorted(folder.glob("*.request"), key=lambda path: int(path.stem.partition("-")[0]))


def exchange(client: Client, step: Path, values: dict[str, str],
             headers: Mapping[str, str] = {}, body_headers: Mapping[str, str] = {}) -> Response:
    """Sends a request and returns its answer; Mismatch, with all of both, if it is not the one.

    `headers` go with every request that has none of that name, `body_headers` with a body only. A
    path is relative to {{base}}, or a whole URL.
    """
    request = Message.read(step, values)
    method, _, path = request.first.partition(" ")
    url = path if path.startswith("http") else values["base"] + path
    media_type = media_type_at(url)
    given: dict[str, str | None] = {"Accept": media_type, **headers}
    if request.body:
        given |= {"Content-Type": media_type, **body_headers}
    answer = client.request(method, url, body=request.body or None,
                            headers={**given, **request.headers})
    try:
        match_answer(Message.read(step.with_suffix(".answer"), values), answer, values, media_type)
    except Mismatch as wrong:
        raise Mismatch(f"{step.name}: {wrong}\n{request.first}\n{request.body}\n"
                       f"-> {answer.status}\n{answer.headers}{answer.text()}") from None
    return answer

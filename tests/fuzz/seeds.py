"""What fuzzing begins with: the inputs of the golden cases, so that no copies of them are kept."""

import json
import re
from pathlib import Path
from typing import Any, Iterator
from urllib.parse import parse_qsl, urlsplit

from tests.harness.scratch import ROOT

UNIT = ROOT / "tests" / "unit" / "golden"
INTEGRATION = ROOT / "tests" / "integration" / "golden"


def of(target: str) -> dict[str, bytes]:
    """Name -> input. There must be some for every target."""
    found = dict(SOURCES[target]())
    assert found, f"no golden cases for {target}"
    return found


def write(target: str, directory: Path) -> None:
    for name, content in of(target).items():
        (directory / re.sub(r"\W+", "-", name)).write_bytes(content)


def cases(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((UNIT / folder).glob("*.json")):
        yield f"{folder}/{path.stem}", json.loads(path.read_text())


def requests(*methods: str) -> Iterator[tuple[str, str, bytes]]:
    """Name, target and body of the requests of the protocol cases."""
    for path in sorted(INTEGRATION.rglob("*.request")):
        text = re.sub(r"\A(#.*\n)*", "", path.read_text())
        head, _, body = text.partition("\n\n")
        method, target = head.splitlines()[0].split(" ", 1)
        if method in methods:
            yield str(path.relative_to(INTEGRATION)), target, body.strip().encode()


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def bodies(*methods: str) -> Iterator[tuple[str, bytes]]:
    return ((name, body) for name, _, body in requests(*methods) if body)


def filters() -> Iterator[tuple[str, bytes]]:
    for folder in ("filter", "match"):
        for name, case in cases(folder):
            yield name, case["filter"].encode()
    for name, target, _ in requests("GET"):
        for key, value in parse_qsl(urlsplit(target).query):
            if key.lower() == "filter":
                yield name, value.encode()


def patches() -> Iterator[tuple[str, bytes]]:
    for name, case in cases("patch"):
        yield name, encoded({key: case[key] for key in ("type", "before", "patch") if key in case})
    for name, target, body in requests("PATCH"):
        try:
            kind = "Group" if "/Groups" in target else "User"
            yield name, encoded({"type": kind, "patch": json.loads(body)})
        except ValueError:
            yield name, body


def projections() -> Iterator[tuple[str, bytes]]:
    parts = ("type", "attributes", "excludedAttributes", "resource")
    for name, case in cases("projection"):
        yield name, encoded({key: case[key] for key in parts if key in case})


def resources() -> Iterator[tuple[str, bytes]]:
    for name, case in cases("resource"):
        yield name, encoded(case["body"])
    yield from bodies("POST", "PUT")


def bulks() -> Iterator[tuple[str, bytes]]:
    for name, case in cases("bulk"):
        outcomes = [400 if "Error" in json.dumps(made) else 200 for made in case.get("made", [])]
        yield name, encoded({"request": case["request"], "outcomes": outcomes})


def listings() -> Iterator[tuple[str, bytes]]:
    position = {"key": "ann", "id": "demo-id"}
    for name, target, body in requests("GET", "POST"):
        kind = {"/Users": "User", "/Groups": "Group"}.get(urlsplit(target).path, "")
        query: Any = dict(parse_qsl(urlsplit(target).query))
        if target.endswith("/.search"):
            try:
                query = json.loads(body)
            except ValueError:
                continue
        if query:
            yield name, encoded({"type": kind, "query": query, "cursor": position})


def rules() -> Iterator[tuple[str, bytes]]:
    for name, case in cases("rules"):
        for number, asked in enumerate([*case.get("users", [{}]), *case.get("groups", [])]):
            said = {key: asked[key] for key in ("userName", "email", "group") if key in asked}
            yield f"{name}-{number}", encoded({"mode": case.get("mode"), "rules": case["rules"],
                                                **said})


def v1() -> Iterator[tuple[str, bytes]]:
    for name, case in cases("v1/patch"):
        yield name, encoded({"before": {"userName": "ada@example.com", "displayName": "Engineers"},
                             **{key: case[key] for key in ("type", "before", "patch")
                                if key in case}})


SOURCES = {"bulk": bulks, "filter": filters, "listing": listings, "patch": patches,
           "projection": projections, "resource": resources, "rules": rules, "v1": v1}

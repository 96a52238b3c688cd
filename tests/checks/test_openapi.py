"""The admin API's document by itself, and beside the server's list of parameters.

What it says of a running server is looked at by tests/integration/test_openapi.py.
"""

import re

import jsonschema

from tests.bench import page_calls
from tests.checks import source
from tests.harness import openapi


def test_it_is_well_made() -> None:
    document = openapi.document()
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    named = [node["$ref"] for node in openapi.nodes(document) if "$ref" in node]
    for name in named:
        openapi.resolve({"$ref": name})
    for section, parts in document["components"].items():
        if section != "securitySchemes":
            source.none(f"nothing refers to {section}/{name}" for name in parts
                        if f"#/components/{section}/{name}" not in named)
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    ids = [call.operation["operationId"] for call in openapi.calls()]
    assert len(ids) == len(set(ids))
    for call in openapi.calls():
        in_path = [one["name"] for one in call.parameters("path")]
        assert in_path == re.findall(r"\{(\w+)\}", call.path), call
        assert ("SCIM-Sync-Client" in [one["name"] for one in call.parameters("header")]) \
            == (call.method != "GET"), call
        assert call.operation["summary"] and call.operation["x-role"] in ("reader", "administrator")


def test_parameters_of_the_server_are_in_the_document() -> None:
    """The list that the server has of them, line by line."""
    text = source.without_comments(source.MODULE / "http" / "admin_query.c")
    macros = {name: value for name, value in re.findall(r"#define (\w+) (.*\"\w+\".*)", text)}
    for name, value in macros.items():
        text = re.sub(rf"(?<!#define )\b{name}\b", value, text)
    table = text[text.index("calls[] = {"):text.index("};", text.index("calls[] = {"))]
    listed = re.findall(r'\{\s*"([A-Z]+)",\s*\{([^}]*)\},\s*\{([^}]*)\}', table)
    assert listed, "no table of calls"
    for method, place, names in listed:
        path = "/".join("no-name" if part == '"*"' or part == "ANY" else part.strip('"')
                        for part in re.split(r",\s*", place.strip()))
        own = [call for call in openapi.at("/" + path) if call.method == method]
        assert own, f"{method} {path} is not in the document"
        known = {one["name"] for one in own[0].parameters("query")}
        assert known == set(re.findall(r'"(\w+)"', names)), own[0]


def test_all_that_reads_is_measured() -> None:
    """What the pages of the console ask for, by tests/bench: whoever adds a call adds it there."""
    asked = page_calls.CALLS | page_calls.PLANS
    measured = {str(call) for path, body in asked.values()
                for call in openapi.at("/" + path.partition("?")[0])
                if call.method == ("POST" if body else "GET")}
    source.none(f"tests/bench/page_calls.py does not have {call}" for call in openapi.calls()
                if call.operation["x-role"] == "reader" and call.path not in page_calls.ELSEWHERE
                and str(call) not in measured)
    source.none(f"{path} is not in the document" for path in page_calls.ELSEWHERE
                if path not in openapi.document()["paths"])

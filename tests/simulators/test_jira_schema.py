"""The validator for JSON schema, and the check of our own answers."""

from __future__ import annotations

import pytest

from tests.simulators.jira.openapi import Specification
from tests.simulators.jira.routing import Answer, Request
from tests.simulators.jira.schema import Schemas

DOCUMENT = {"definitions": {
    "name": {"type": "string", "minLength": 1, "maxLength": 5},
    "tree": {"type": "object", "properties": {
        "children": {"type": "array", "items": {"$ref": "#/definitions/tree"}}}},
}}

CASES = [
    ({"type": "string"}, ["", "x"], [1, None, True, []]),
    ({"type": "integer"}, [0, -1, 2.0], [1.5, "1", True, None]),
    ({"type": "number"}, [0, 1.5], ["1", False]),
    ({"type": "boolean"}, [True, False], [0, "true", None]),
    ({"type": "string", "nullable": True}, ["x", None], [1]),
    ({"type": "string", "description": "may be returned as null"}, ["x", None], [1]),
    ({"enum": ["a", "b"]}, ["a"], ["c", 1]),
    ({"type": "string", "pattern": "^a+$"}, ["aa"], ["b", ""]),
    ({"type": "integer", "minimum": 1, "maximum": 50}, [1, 50], [0, 51]),
    ({"type": "integer", "format": "int32"}, [2 ** 31 - 1, -2 ** 31], [2 ** 31]),
    ({"type": "string", "format": "uri"}, ["http://example.com/a"], ["example", "http://a b"]),
    ({"type": "string", "format": "date-time"}, ["2026-03-01T10:00:00+00:00"], ["yesterday"]),
    ({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2,
      "uniqueItems": True}, [["a"], ["a", "b"]], [[], [1], ["a", "a"], ["a", "b", "c"], "a"]),
    ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}},
      "additionalProperties": False}, [{"a": "x"}], [{}, {"a": 1}, {"a": "x", "b": 1}, []]),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, [{}, {"a": 1}],
     [{"a": "x"}]),
    ({"$ref": "#/definitions/name"}, ["a"], ["", "abcdef"]),
    ({"$ref": "#/definitions/tree"}, [{"children": [{"children": []}]}],
     [{"children": [{"children": [1]}]}]),
    ({"allOf": [{"type": "string"}, {"enum": ["a"]}]}, ["a"], ["b", 1]),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, ["a", 1], [True, []]),
    ({"oneOf": [{"type": "number"}, {"type": "integer"}]}, [1.5], [1, "a"]),
]


@pytest.mark.parametrize("schema, good, bad", CASES)
def test_validation(schema, good, bad):
    schemas = Schemas(DOCUMENT)
    for value in good:
        assert list(schemas.problems(schema, value)) == [], value
    for value in bad:
        assert list(schemas.problems(schema, value)), value


@pytest.fixture
def specification():
    text = {"type": "string"}
    return Specification({"paths": {"/thing/{id}": {
        "parameters": [{"in": "path", "name": "id", "required": True,
                        "schema": {"type": "integer"}}],
        "get": {
            "parameters": [
                {"in": "query", "name": "flag", "schema": {"type": "boolean"}},
                {"in": "query", "name": "many", "schema": {"type": "array", "items": text}},
                {"in": "query", "name": "must", "required": True, "schema": text},
                {"in": "header", "name": "X-Opt-In", "required": True,
                 "schema": {"enum": ["yes"]}},
            ],
            "responses": {
                "200": {"content": {"application/json": {"schema": {
                    "type": "object", "required": ["name"], "properties": {"name": text}}}}},
                "404": {"description": "no body is described"},
            },
        },
    }}})


def request(path, query, headers=None):
    return Request("GET", path, "", query, headers or {"X-Opt-In": "yes"}, b"")


def test_a_request_that_conforms(specification):
    query = [("must", "x"), ("many", "1"), ("many", "2"), ("flag", "true")]
    assert specification.check_request(request("/thing/7", query)) == []


@pytest.mark.parametrize("path, query, headers, problem", [
    ("/thing/x", [("must", "x")], None, "id: 'x' is no integer"),
    ("/thing/7", [], None, "query parameter must is missing"),
    ("/thing/7", [("must", "x"), ("must", "y")], None, "must is given more than once"),
    ("/thing/7", [("must", "x"), ("flag", "1")], None, "flag: '1' is no boolean"),
    ("/thing/7", [("must", "x"), ("Many", "1")], None, "unknown query parameter Many"),
    ("/thing/7", [("must", "x")], {"Accept": "*/*"}, "header parameter X-Opt-In is missing"),
    ("/thing/7", [("must", "x")], {"X-Opt-In": "no"}, "X-Opt-In: 'no' is none of ['yes']"),
    ("/things", [], None, "there is no GET /things"),
])
def test_a_request_that_does_not(specification, path, query, headers, problem):
    assert f"openapi: {problem}" in specification.check_request(request(path, query, headers))


def test_answers(specification):
    def check(status, content):
        return specification.check_answer(request("/thing/7", []), Answer(status, content))

    assert check(200, {"name": "x"}) == []
    assert check(200, {}) == ["openapi: answer: name is missing"]
    assert check(404, {"anything": 1}) == []
    assert check(429, {}) == []
    assert check(201, {}) == ["openapi: answer 201 is not described"]

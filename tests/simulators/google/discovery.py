"""Checks requests and answers against Google's discovery document, where that is at hand.

The document is put into the form of OpenAPI when it is read, so that the check of the simulated
Jira does the work.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.simulators.jira.openapi import Specification

DOCUMENT = "google-admin-directory_v1.json"

# Answers that the document does not describe, but for 200.
_OTHERS = ("204", "304", "400", "404", "502", "504")


def beside_the_project() -> Path | None:
    """The folder shared/specs next to the project's folder, where there is one."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "specs"
    return folder if (folder / DOCUMENT).is_file() else None


def load(folder: Path) -> Specification:
    """The document of this folder."""
    document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    return Specification(as_openapi(document))


def as_openapi(document: dict[str, Any]) -> dict[str, Any]:
    """A discovery document as far as the check looks at one."""
    schemas = {name: _schema(schema) for name, schema in document["schemas"].items()}
    # Text in the document, a number in Google's own example: both are taken.
    schemas.get("Channel", {}).get("properties", {}).pop("params", None)
    schemas.get("Channel", {}).pop("additionalProperties", None)
    paths: dict[str, dict[str, Any]] = {}
    _collect(document, document.get("parameters", {}), paths)
    return {"paths": paths, "schemas": schemas}


def _collect(node: dict[str, Any], common: dict[str, Any], paths: dict[str, Any]) -> None:
    for method in node.get("methods", {}).values():
        parameters = common | method.get("parameters", {})
        response = method.get("response")
        described: dict[str, Any] = {code: {} for code in _OTHERS}
        described["200"] = {} if response is None else _body(response)
        item: dict[str, Any] = {
            "parameters": [_parameter(name, one) for name, one in parameters.items()],
            "responses": described}
        if "request" in method:
            item["requestBody"] = _body(method["request"]) | {"required": True}
        paths.setdefault("/" + method["path"], {})[method["httpMethod"].lower()] = item
    for resource in node.get("resources", {}).values():
        _collect(resource, common, paths)


def _body(reference: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": _schema(reference)}}}


def _parameter(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": definition.get("location", "query"),
            "required": definition.get("required", False),
            "schema": _schema({key: value for key, value in definition.items()
                               if key != "required"})}


def _schema(definition: dict[str, Any]) -> dict[str, Any]:
    """References become paths, limits numbers, and the type "any" no type at all; an object with
    properties has no others."""
    if "$ref" in definition:
        return {"$ref": f"#/schemas/{definition['$ref']}"}
    schema = {key: definition[key] for key in ("type", "format", "enum", "pattern")
              if key in definition}
    if schema.get("type") == "any":
        del schema["type"]
    for key in ("minimum", "maximum"):
        if key in definition:
            schema[key] = int(definition[key])
    if "items" in definition:
        schema["items"] = _schema(definition["items"])
    if "properties" in definition:
        schema["properties"] = {name: _schema(one)
                                for name, one in definition["properties"].items()}
        schema["additionalProperties"] = False
    elif isinstance(definition.get("additionalProperties"), dict):
        schema["additionalProperties"] = _schema(definition["additionalProperties"])
    return schema

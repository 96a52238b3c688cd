"""A validator for the part of JSON schema that the published API documents use."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Iterator

_TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}

_INTEGER_BITS = {"int32": 31, "int64": 63}


class Schemas:
    """Validates values against schemas of one document, in which $ref is resolved."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema itself, or what its $ref points to."""
        while "$ref" in schema:
            node: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                node = node[part.replace("~1", "/").replace("~0", "~")]
            schema = node
        return schema

    def problems(self, schema: dict[str, Any], value: Any, where: str = "value") -> Iterator[str]:
        """What is wrong with the value, one sentence each; nothing when it conforms."""
        schema = self.resolve(schema)
        if value is None and _nullable(schema):
            return
        yield from self._combined(schema, value, where)
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is none of {schema['enum']}"
        kind = schema.get("type")
        if kind is None:
            return
        if not _has_type(value, kind):
            yield f"{where}: {value!r} is no {kind}"
        elif kind == "object":
            yield from self._object_problems(schema, value, where)
        elif kind == "array":
            yield from self._array_problems(schema, value, where)
        elif kind == "string":
            yield from _string_problems(schema, value, where)
        elif kind in ("integer", "number"):
            yield from _number_problems(schema, value, where)

    def _combined(self, schema: dict[str, Any], value: Any, where: str) -> Iterator[str]:
        for part in schema.get("allOf", ()):
            yield from self.problems(part, value, where)
        for keyword, fits in (("anyOf", lambda n: n >= 1), ("oneOf", lambda n: n == 1)):
            if keyword in schema:
                matching = sum(not any(self.problems(part, value, where))
                               for part in schema[keyword])
                if not fits(matching):
                    yield f"{where}: fits {matching} schemas of {keyword}"

    def _object_problems(self, schema: dict[str, Any], value: dict[str, Any],
                         where: str) -> Iterator[str]:
        properties = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{where}: {name} is missing"
        additional = schema.get("additionalProperties", True)
        for name, item in value.items():
            if name in properties:
                yield from self.problems(properties[name], item, f"{where}.{name}")
            elif additional is False:
                yield f"{where}: {name} is not allowed"
            elif isinstance(additional, dict):
                yield from self.problems(additional, item, f"{where}.{name}")

    def _array_problems(self, schema: dict[str, Any], value: list[Any],
                        where: str) -> Iterator[str]:
        yield from _length_problems(schema, "minItems", "maxItems", len(value), where)
        if schema.get("uniqueItems") and any(item in value[:at] for at, item in enumerate(value)):
            yield f"{where}: an item stands twice"
        for at, item in enumerate(value):
            yield from self.problems(schema.get("items", {}), item, f"{where}[{at}]")


def _nullable(schema: dict[str, Any]) -> bool:
    """Null is allowed by the keyword, or by the prose alone, as for User.emailAddress."""
    return schema.get("nullable", False) or "returned as null" in schema.get("description", "")


def _has_type(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _length_problems(schema: dict[str, Any], low: str, high: str, length: int,
                     where: str) -> Iterator[str]:
    if low in schema and length < schema[low]:
        yield f"{where}: {length} is under {low} {schema[low]}"
    if high in schema and length > schema[high]:
        yield f"{where}: {length} is over {high} {schema[high]}"


def _string_problems(schema: dict[str, Any], value: str, where: str) -> Iterator[str]:
    yield from _length_problems(schema, "minLength", "maxLength", len(value), where)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where}: {value!r} does not match {schema['pattern']}"
    form = schema.get("format")
    if form == "uri" and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:\S+$", value):
        yield f"{where}: {value!r} is no URI"
    if form == "date-time":
        try:
            datetime.fromisoformat(value)
        except ValueError:
            yield f"{where}: {value!r} is no date-time"


def _number_problems(schema: dict[str, Any], value: float, where: str) -> Iterator[str]:
    yield from _length_problems(schema, "minimum", "maximum", value, where)
    bits = _INTEGER_BITS.get(schema.get("format", ""))
    if bits and not -(2 ** bits) <= value < 2 ** bits:
        yield f"{where}: {value} does not fit {schema['format']}"

"""What a filter means (RFC 7644 section 3.4.2.2), plainly: over resources as an answer holds them.

It knows nothing of SQL and parses nothing: filters are trees from the start, and are written as
text for the server. What an attribute is, is told by the server's own /Schemas.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Iterator

CORE = {"User": "urn:ietf:params:scim:schemas:core:2.0:User",
        "Group": "urn:ietf:params:scim:schemas:core:2.0:Group"}

# RFC 7643 section 3.1 and 3: what every resource has and no schema lists.
COMMON: list[dict[str, Any]] = [
    {"name": "id", "caseExact": True},
    {"name": "externalId", "caseExact": True},
    {"name": "schemas", "caseExact": True, "multiValued": True},
    {"name": "meta", "type": "complex", "subAttributes": [
        {"name": "resourceType", "caseExact": True},
        {"name": "created", "type": "dateTime"},
        {"name": "lastModified", "type": "dateTime"},
        {"name": "location", "caseExact": True}]},
]

# Of an extension that nobody declared: texts without regard to case.
UNDECLARED: dict[str, Any] = {"caseExact": False}


@dataclass(frozen=True)
class Name:
    """An attribute, as a filter names it; urn None: of the core schema."""

    attr: str
    sub: str | None = None
    urn: str | None = None

    def __str__(self) -> str:
        return "".join([f"{self.urn}:" if self.urn else "", self.attr,
                        f".{self.sub}" if self.sub else ""])


@dataclass(frozen=True)
class Compare:
    """operand None with an operator other than pr is null; with pr there is none."""

    name: Name
    op: str
    operand: Any = None


@dataclass(frozen=True)
class Not:
    of: "Tree"


@dataclass(frozen=True)
class Both:
    op: str  # and, or
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True)
class Element:
    """name[inner]: the names in inner are sub-attributes."""

    name: Name
    inner: "Tree"


Tree = Compare | Not | Both | Element


def text_of(operand: Any) -> str:
    return json.dumps(operand, ensure_ascii=False)


def write(tree: Tree) -> str:
    """As text, with the brackets that it needs."""
    match tree:
        case Compare(name, "pr"):
            return f"{name} pr"
        case Compare(name, op, operand):
            return f"{name} {op} {text_of(operand)}"
        case Not(of):
            return f"not ({write(of)})"
        case Element(name, inner):
            return f"{name}[{write(inner)}]"
        case Both(op, left, right):
            sides = [f"({write(side)})" if op == "and" and isinstance(side, Both)
                     and side.op == "or" else write(side) for side in (left, right)]
            return f" {op} ".join(sides)


def fold(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def member(holder: Any, name: str) -> Any:
    """A member of an object, its name without regard to case."""
    if not isinstance(holder, dict):
        return None
    if name in holder:
        return holder[name]
    return next((value for key, value in holder.items() if key.lower() == name.lower()), None)


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def is_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(is_empty(part) for part in value.values())
    return value is None or value == "" or value == []


def orders(op: str, left: Any, right: Any) -> bool:
    return {"eq": left == right, "gt": left > right, "ge": left >= right, "lt": left < right,
            "le": left <= right}[op]


def compares_text(op: str, left: str, right: str) -> bool:
    match op:
        case "co":
            return right in left
        case "sw":
            return left.startswith(right)
        case "ew":
            return left.endswith(right)
    return orders(op, left, right)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def compares(op: str, value: Any, operand: Any, definition: dict[str, Any]) -> bool:
    """One value; any operator but ne and pr. Only what is of one kind can match."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(operand, bool):
        operand = "true" if operand else "false"
    if is_number(value) and is_number(operand):
        return op not in ("co", "sw", "ew") and orders(op, float(value), float(operand))
    if not isinstance(value, str) or not isinstance(operand, str):
        return False
    if definition.get("type") == "dateTime":
        return orders(op, datetime.fromisoformat(value), datetime.fromisoformat(operand))
    if definition.get("caseExact"):
        return compares_text(op, value, operand)
    return compares_text(op, fold(value), fold(operand))


class Reference:
    """Evaluates filters and orders for resources of one type."""

    def __init__(self, kind: str, schemas: list[dict[str, Any]]):
        self._kind = kind
        self._attributes = {schema["id"]: schema["attributes"] for schema in schemas}

    def definition(self, name: Name) -> dict[str, Any]:
        attributes = self._attributes.get(name.urn or CORE[self._kind])
        if attributes is None:
            return UNDECLARED
        found = self._find(attributes + COMMON, name.attr)
        return self._find(found["subAttributes"], name.sub) if name.sub else found

    @staticmethod
    def _find(attributes: list[dict[str, Any]], name: str) -> dict[str, Any]:
        return next(a for a in attributes if a["name"].lower() == name.lower())

    def elements(self, name: Name, resource: dict[str, Any]) -> list[Any]:
        """What stands under an attribute, its sub-attribute not looked at."""
        holder = member(resource, name.urn) if name.urn else resource
        value = member(holder, name.attr)
        if value is None and name == Name("active") and self._kind == "User":
            value = True
        return as_list(value)

    def holds(self, tree: Tree, resource: dict[str, Any]) -> bool:
        match tree:
            case Not(of):
                return not self.holds(of, resource)
            case Both(op, left, right):
                sides = (self.holds(left, resource), self.holds(right, resource))
                return all(sides) if op == "and" else any(sides)
            case Element(name, inner):
                return any(self._holds_within(inner, name, element)
                           for element in self.elements(name, resource))
            case Compare(name, op, operand):
                return self._compare(op, operand, self._values(tree, resource),
                                     self._compared(name))

    def _holds_within(self, tree: Tree, of: Name, element: Any) -> bool:
        match tree:
            case Not(inner):
                return not self._holds_within(inner, of, element)
            case Both(op, left, right):
                sides = (self._holds_within(left, of, element),
                         self._holds_within(right, of, element))
                return all(sides) if op == "and" else any(sides)
            case Compare(name, op, operand):
                sub = Name(of.attr, name.attr, of.urn)
                return self._compare(op, operand, [part_of(element, name.attr)],
                                     self.definition(sub))
        raise ValueError(tree)

    def _compared(self, name: Name) -> dict[str, Any]:
        """The definition of what is compared: of a complex attribute its `value`."""
        found = self.definition(name)
        if found.get("type") == "complex":
            return next((sub for sub in found["subAttributes"] if sub["name"] == "value"), found)
        return found

    def _values(self, tree: Compare, resource: dict[str, Any]) -> list[Any]:
        """What a comparison is about. Whether there is anything is asked of whole elements."""
        elements = self.elements(tree.name, resource)
        asks_presence = tree.op == "pr" or (
            tree.operand is None and self.definition(tree.name) is UNDECLARED)
        if asks_presence and tree.name.sub is None:
            return elements
        return [part_of(element, tree.name.sub or "value") for element in elements]

    def _compare(self, op: str, operand: Any, values: list[Any],
                 definition: dict[str, Any]) -> bool:
        if op == "pr" or operand is None:
            present = any(not is_empty(value) for value in values)
            return present if op in ("pr", "ne") else not present
        if op == "ne":
            return not self._compare("eq", operand, values, definition)
        return any(compares(op, value, operand, definition) for value in values)

    def sorted_ids(self, name: Name, descending: bool,
                   resources: list[dict[str, Any]]) -> list[str]:
        """Ids in the order of an attribute; what has none comes last (first when descending)."""
        def key(resource: dict[str, Any]) -> Any:
            value = self._first(name, resource)
            return (value is None, value if value is not None else 0, resource["id"])
        ordered = sorted(resources, key=key, reverse=descending)
        return [resource["id"] for resource in ordered]

    def _first(self, name: Name, resource: dict[str, Any]) -> Any:
        """What a list is ordered by: of many values the primary one, or the first."""
        elements = self.elements(name, resource)
        primary = [e for e in elements if isinstance(e, dict) and member(e, "primary") is True]
        for element in (primary or elements)[:1]:
            return self._key(part_of(element, name.sub or "value"), self._compared(name))
        return None

    def _key(self, value: Any, definition: dict[str, Any]) -> Any:
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str):
            return value
        if definition.get("type") == "dateTime":
            return datetime.fromisoformat(value)
        return value if definition.get("caseExact") else fold(value)


def part_of(element: Any, sub: str) -> Any:
    """A sub-attribute of an element; a simple one is its own `value`."""
    if isinstance(element, dict):
        return member(element, sub)
    return element if sub.lower() == "value" and not isinstance(element, list) else None


def names_in(tree: Tree) -> Iterator[Name]:
    """The attributes of a resource that a filter looks at."""
    match tree:
        case Compare(name, _, _) | Element(name, _):
            yield name
        case Not(of):
            yield from names_in(of)
        case Both(_, left, right):
            yield from names_in(left)
            yield from names_in(right)

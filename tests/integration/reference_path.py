"""Paths of a PATCH (RFC 7644 figure 7) for reference_patch.py: no tests of its own."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Callable

from tests.integration.reference_schema import (
    ENTERPRISE, ENTERPRISE_SCHEMA, Attribute, attributes_of, core_of, find)


class Refused(Exception):
    """400 with this scimType."""

    @property
    def scim_type(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Filter:
    """A value filter: and, or (two filters), not (one), or a comparison."""

    kind: str
    parts: tuple["Filter", ...] = ()
    name: str = ""
    value: Any = None
    is_exact: bool = False

    def matches(self, element: Any) -> bool:
        if self.kind in ("and", "or"):
            one, other = (part.matches(element) for part in self.parts)
            return (one and other) if self.kind == "and" else (one or other)
        if self.kind == "not":
            return not self.parts[0].matches(element)
        have = {key.lower(): part for key, part in element.items()} \
            if isinstance(element, dict) else {"value": element}
        return self._compares(have.get(self.name.lower()))

    def _compares(self, have: Any) -> bool:
        if self.kind == "pr":
            return have not in (None, "", [], {})
        if have is None:
            return self.kind == "ne"
        want = self.value
        if isinstance(have, str) and isinstance(want, str) and not self.is_exact:
            have, want = have.casefold(), want.casefold()
        if self.kind in ("eq", "ne"):
            return (have == want) == (self.kind == "eq")
        tests: dict[str, Callable[[str], bool]] = {
            "co": lambda text: want in text, "sw": lambda text: text.startswith(want),
            "ew": lambda text: text.endswith(want)}
        return isinstance(have, str) and tests[self.kind](have)

    def equalities(self) -> list[tuple[str, Any]]:
        """What an element must hold, as far as it is said."""
        if self.kind == "and":
            return self.parts[0].equalities() + self.parts[1].equalities()
        return [(self.name, self.value)] if self.kind == "eq" else []

    def describes_one(self) -> bool:
        """Whether that is all that is said."""
        if self.kind == "and":
            return all(part.describes_one() for part in self.parts)
        return self.kind == "eq"


@dataclass(frozen=True)
class Path:
    urn: str = ""  # of an extension
    attr: str = ""
    sub: str = ""
    attribute: Attribute | None = None  # None in an extension that nobody knows
    sub_attribute: Attribute | None = None
    filter: Filter | None = None

    @property
    def read_only(self) -> bool:
        return any(one and one.read_only for one in (self.attribute, self.sub_attribute))

    def of(self, sub: Attribute) -> "Path":
        return Path(self.urn, self.attr, sub.name, self.attribute, sub)

    def inner(self) -> "Path":
        return Path("", self.sub, "", self.sub_attribute)


TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[()]|[^\s()"]+)')


class FilterReader:
    """The grammar by descent: or, and, then one term."""

    def __init__(self, text: str, attribute: Attribute | None):
        self.tokens = TOKEN.findall(text)
        self.attribute = attribute

    def next(self) -> str:
        if not self.tokens:
            raise Refused("invalidFilter")
        return self.tokens.pop(0)

    def all(self) -> Filter:
        read = self.joined("or", lambda: self.joined("and", self.term))
        if self.tokens:
            raise Refused("invalidFilter")
        return read

    def joined(self, word: str, part: Callable[[], Filter]) -> Filter:
        read = part()
        while self.tokens and self.tokens[0].lower() == word:
            self.next()
            read = Filter(word, (read, part()))
        return read

    def bracket(self) -> Filter:
        read = self.joined("or", lambda: self.joined("and", self.term))
        if self.next() != ")":
            raise Refused("invalidFilter")
        return read

    def term(self) -> Filter:
        name = self.next()
        if name == "(":
            return self.bracket()
        if name.lower() == "not" and self.next() == "(":
            return Filter("not", (self.bracket(),))
        sub = self.attribute.sub(name) if self.attribute else None
        if self.attribute and self.attribute.subs and not sub:
            raise Refused("invalidFilter")
        op = self.next().lower()
        is_exact = sub.exact if sub else bool(self.attribute and self.attribute.exact)
        if op == "pr":
            return Filter("pr", name=sub.name if sub else name)
        value = json.loads(self.next())
        if sub and sub.kind == "flag" and isinstance(value, str):
            value = value.lower() == "true"
        return Filter(op, (), sub.name if sub else name, value, is_exact)


def split_urn(text: str, kind: str) -> tuple[str, str, tuple[Attribute, ...] | None]:
    """URN of an extension, the name behind it, and what is known of that schema."""
    for urn, known in ((core_of(kind), attributes_of(kind)), (ENTERPRISE_SCHEMA, ENTERPRISE)):
        if text.lower().startswith(urn.lower()) and text[len(urn):len(urn) + 1] in ("", ":", "."):
            return "" if known is not ENTERPRISE else urn, text[len(urn) + 1:], known
    whole = re.match(r"(?i)(urn:.+:(?:User|Group))(?:[:.](.*))?$", text)
    if not whole:
        raise Refused("invalidPath")
    return whole[1], whole[2] or "", None


def read_path(text: str, kind: str) -> Path:
    head, bracket, rest = text.strip().partition("[")
    urn, name, known = split_urn(head, kind) if ":" in head else ("", head, attributes_of(kind))
    if urn == ENTERPRISE_SCHEMA and kind == "Group":
        known = None
    if not name:
        return Path(urn)
    attr, _, sub = name.strip().partition(".")
    attribute = find(known, attr) if known is not None else None
    if known is not None and not attribute:
        raise Refused("invalidPath")
    read = None
    if bracket:
        inside, closing, sub = rest.rpartition("]")
        if not closing or (sub and not sub.startswith(".")):
            raise Refused("invalidPath")
        read = FilterReader(inside, attribute).all()
        sub = sub.removeprefix(".")
    sub_attribute = attribute.sub(sub) if attribute and sub else None
    if attribute and sub and not sub_attribute:
        raise Refused("invalidPath")
    return Path(urn, attribute.name if attribute else attr,
                sub_attribute.name if sub_attribute else sub, attribute, sub_attribute, read)

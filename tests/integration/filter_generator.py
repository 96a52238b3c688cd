"""Users, groups and filters by chance, the same ones for the same seed."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.integration.filter_reference import (CORE, Both, Compare, Element, Name, Not, Reference,
                                                Tree, as_list, part_of, text_of)

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
UNDECLARED = "urn:example:params:scim:schemas:extension:demo:2.0:User"

# Letters that fold, compose or mean something to SQL, in every case.
WORDS = ["Ada", "ada", "ADA", "Éva", "éva", "E\u0301va", "Zoë", "Straße", "STRASSE", "Çelik",
         "ILGIN", "ılgın", "Ζωή", "ΖΩΉ", "日本", "😀", "Ångström", "Ǆ", "ﬁne", "x", "zz", "",
         "100%", "a_b", "a*b", "back\\slash", 'quo"te', "O'Neil", "tab\tbed", "two words",
         "\u00a0hard", "-1", "true", "null", "2026-01-01T00:00:00Z", "[", "]", "(", "~7e", "{a}"]
# A name holds no control characters.
NAMES = [word for word in WORDS if word.isprintable() or "\u00a0" in word]
TYPES = ["work", "Work", "home", "other", ""]


# What can stand in a filter without quotes and is a text nevertheless.
BARE = re.compile(r"(?!true$|false$|null$)[^\W\d_][\w@.-]*", re.IGNORECASE)


class Population:
    """What is POSTed."""

    def __init__(self, seed: int):
        self._chance = random.Random(f"population {seed}")

    def _often(self, probability: float) -> bool:
        return self._chance.random() < probability

    def _word(self) -> str:
        return self._chance.choice(WORDS)

    def _some(self, probability: float, **values: Any) -> dict[str, Any]:
        return {key: value for key, value in values.items() if self._often(probability)}

    def _elements(self, value: Any, **more: Any) -> list[dict[str, Any]]:
        """Up to three, no pair of type and value twice, at most one primary."""
        made: dict[Any, dict[str, Any]] = {}
        for _ in range(self._chance.choice([0, 1, 1, 2, 3])):
            element = {**self._some(0.9, value=value()), **more,
                       **self._some(0.7, type=self._chance.choice(TYPES)),
                       **self._some(0.3, display=self._word())}
            if element.get("value"):
                made.setdefault(element["value"].casefold(), element)
        elements = list(made.values())
        if elements and self._often(0.6):
            self._chance.choice(elements)["primary"] = True
        if len(elements) > 1 and self._often(0.3) and "primary" not in elements[0]:
            elements[0]["primary"] = False
        return elements

    def _address(self) -> str:
        return f"{self._chance.choice(['ann', 'Ann', 'bob', 'Éva'])}@{self._chance.choice('xyz')}" \
               f".example.{self._chance.choice(['com', 'COM', 'org'])}"

    def user(self, number: int, ids: list[str]) -> dict[str, Any]:
        user: dict[str, Any] = {
            "userName": f"{self._chance.choice(NAMES)}{number}",
            **self._some(0.6, externalId=f"{self._chance.choice('aAbB')}-{number % 7}"),
            **self._some(0.6, active=self._often(0.7)),
            **{name: self._word() for name in ("displayName", "nickName", "title", "userType",
                                               "locale", "preferredLanguage")
               if self._often(0.5)},
            **self._some(0.7, name=self._some(0.6, givenName=self._word(),
                                              familyName=self._word(), formatted=self._word())),
            **self._some(0.8, emails=self._elements(self._address)),
            **self._some(0.4, phoneNumbers=self._elements(lambda: f"+49 {number % 5}")),
            **self._some(0.3, photos=self._elements(
                lambda: f"https://example.com/{self._chance.choice('aAbB')}.png")),
            **self._some(0.3, roles=self._elements(self._word)),
            **self._some(0.2, profileUrl=f"https://example.com/{self._chance.choice('aA')}"),
            **self._some(0.3, addresses=[
                {"type": "work", **self._some(0.7, locality=self._word(), country="de")},
                {"type": "home", "locality": self._word()}]),
        }
        if self._often(0.6):
            user[ENTERPRISE] = self._enterprise(ids)
        if self._often(0.7):
            user[UNDECLARED] = self._undeclared()
        return user

    def _enterprise(self, ids: list[str]) -> dict[str, Any]:
        manager = {"value": self._chance.choice([*ids[-3:], "somebody"])}
        return self._some(0.6, department=self._word(), costCenter=self._word(), manager=manager,
                          employeeNumber=str(self._chance.randrange(20)))

    def _number(self) -> int | float:
        return self._chance.choice([0, 1, -1, 2, 7, 10, 1.5, -2.25, 1e3, 0.1, 2 ** 53 + 1, -0.0])

    def _undeclared(self) -> dict[str, Any]:
        desks = [self._some(0.7, kind=self._word(), number=self._number(), free=self._often(0.5),
                            value=self._word(), inner={"a": 1})
                 for _ in range(self._chance.randrange(4))]
        return self._some(
            0.7, level=self._number(), note=self._word(), Flag=self._often(0.5),
            tags=[self._word() for _ in range(self._chance.randrange(4))],
            scores=[self._number() for _ in range(self._chance.randrange(3))],
            odd=self._chance.choice([1, "1", True, "true", "", {"value": "x"}, [["x"]], "One"]),
            desks=desks, boss=self._some(0.7, name=self._word(), level=self._number()))

    def group(self, number: int, ids: list[str]) -> dict[str, Any]:
        members = [{"value": value, **self._some(0.4, display=self._word())}
                   for value in dict.fromkeys(self._chance.choices([*ids, "nobody"], k=4))]
        return {"displayName": f"{self._chance.choice(NAMES)} {number}",
                **self._some(0.6, externalId=f"{self._chance.choice('gG')}{number % 4}"),
                **self._some(0.7, members=members)}


@dataclass(frozen=True)
class Field:
    """An attribute that can be asked for."""

    name: Name
    kind: str = "text"  # text, flag, number, time, complex (pr only), any
    subs: tuple["Field", ...] = ()  # of what can stand before [ ]


def fields(kinds: dict[str, str]) -> tuple[Field, ...]:
    return tuple(Field(Name(name), kind) for name, kind in kinds.items())


def with_subs(name: Name, kind: str, subs: dict[str, str]) -> list[Field]:
    """The attribute itself, each of its sub-attributes, and [ ]."""
    whole = Field(name, kind, fields(subs))
    return [whole, *(Field(Name(name.attr, sub, name.urn), of) for sub, of in subs.items())]


ELEMENT = {"value": "text", "type": "text", "display": "text", "primary": "flag"}
META = [Field(Name("meta", "created"), "time"), Field(Name("meta", "lastModified"), "time"),
        Field(Name("meta", "resourceType")), Field(Name("meta", "location")),
        Field(Name("meta"), "complex", (Field(Name("created"), "time"),
                                        Field(Name("resourceType"))))]

USER_FIELDS = [
    *[Field(Name(name)) for name in ("id", "userName", "externalId", "displayName", "nickName",
                                     "title", "userType", "profileUrl", "schemas", "locale")],
    Field(Name("active"), "flag"),
    *with_subs(Name("name"), "complex", {"givenName": "text", "familyName": "text",
                                         "formatted": "text"}),
    *with_subs(Name("emails"), "text", ELEMENT), *with_subs(Name("emails"), "text", ELEMENT),
    *with_subs(Name("phoneNumbers"), "text", ELEMENT), *with_subs(Name("photos"), "text", ELEMENT),
    *with_subs(Name("roles"), "text", ELEMENT),
    *with_subs(Name("addresses"), "complex", {"type": "text", "locality": "text",
                                              "country": "text"}),
    *with_subs(Name("groups"), "text", {"value": "text", "display": "text", "type": "text"}),
    *[Field(Name(name, urn=ENTERPRISE)) for name in ("department", "employeeNumber", "costCenter")],
    *with_subs(Name("manager", urn=ENTERPRISE), "text", {"value": "text"}),
    *[Field(Name(name, urn=UNDECLARED), kind) for name, kind in
      {"level": "number", "note": "text", "flag": "flag", "tags": "text", "scores": "number",
       "odd": "any", "absent": "any"}.items()],
    *with_subs(Name("desks", urn=UNDECLARED), "any", {
        "kind": "text", "number": "number", "free": "flag", "value": "text", "inner": "any"}),
    *with_subs(Name("boss", urn=UNDECLARED), "any", {"name": "text", "level": "number"}),
    Field(Name("tags", urn=UNDECLARED), "text", fields({"value": "text"})),
    *META,
]

GROUP_FIELDS = [
    *[Field(Name(name)) for name in ("id", "displayName", "externalId", "schemas")],
    *with_subs(Name("members"), "text", {"value": "text", "display": "text", "type": "text",
                                         "$ref": "text"}),
    *META,
]

# At the root, where both types are asked: what both have.
COMMON_FIELDS = [field for field in USER_FIELDS
                 if field.name in {other.name for other in GROUP_FIELDS}]

FIELDS = {"User": USER_FIELDS, "Group": GROUP_FIELDS, "": COMMON_FIELDS}

ORDERS = ["gt", "ge", "lt", "le"]
OPERATORS = {"text": ["eq", "ne", "co", "sw", "ew", *ORDERS, "pr"], "flag": ["eq", "ne", "pr"],
             "number": ["eq", "ne", *ORDERS, "pr"], "time": ["eq", "ne", *ORDERS, "pr"],
             "any": ["eq", "ne", *ORDERS, "co", "pr"], "complex": ["pr"]}


class Filters:
    """Filters about what is there, so that most of them find somebody, and not everybody.

    kind   "" for what both types have
    """

    def __init__(self, kind: str, reference: Reference, resources: list[dict[str, Any]], seed: int):
        self._chance = random.Random(f"filters {kind} {seed}")
        self._kind = kind
        self._reference = reference
        self._resources = resources

    def tree(self, depth: int = 3) -> Tree:
        shape = self._chance.random()
        if depth == 0 or shape < 0.45:
            return self._leaf()
        if shape < 0.6:
            return Not(self.tree(depth - 1))
        return Both(self._chance.choice(["and", "or"]), self.tree(depth - 1), self.tree(depth - 1))

    def _leaf(self) -> Tree:
        field = self._chance.choice(FIELDS[self._kind])
        if field.subs and self._chance.random() < 0.5:
            return Element(field.name, self._inner(field, 2))
        return self._compare(field, self._present(field.name))

    def _inner(self, field: Field, depth: int) -> Tree:
        shape = self._chance.random()
        if depth == 0 or shape < 0.5:
            sub = self._chance.choice(field.subs)
            of = Name(field.name.attr, sub.name.attr, field.name.urn)
            return self._compare(sub, self._present(of))
        if shape < 0.65:
            return Not(self._inner(field, depth - 1))
        return Both(self._chance.choice(["and", "or"]), self._inner(field, depth - 1),
                    self._inner(field, depth - 1))

    def _present(self, name: Name) -> list[Any]:
        """The simple values that somebody has."""
        found = [part_of(element, name.sub or "value")
                 for resource in self._resources
                 for element in self._reference.elements(name, resource)]
        return [value for many in found for value in as_list(many)
                if isinstance(value, (str, int, float))]

    def _compare(self, field: Field, present: list[Any]) -> Compare:
        op = self._chance.choice(OPERATORS[field.kind])
        if op == "pr":
            return Compare(field.name, op)
        if op in ("eq", "ne") and self._chance.random() < 0.08:
            return Compare(field.name, op)
        return Compare(field.name, op, self._operand(field.kind, op, present))

    def _operand(self, kind: str, op: str, present: list[Any]) -> Any:
        if kind == "flag":
            return self._chance.choice([True, False])
        if kind == "time":
            return self._time(present)
        value = self._chance.choice(present or WORDS)
        if kind == "any" and self._chance.random() < 0.3:
            return self._chance.choice([1, "1", True, "x", 0])
        if kind == "number":
            return value if self._chance.random() < 0.8 else value + 0.5
        if isinstance(value, str):
            return self._part(value, op)
        return value

    def _part(self, value: str, op: str) -> str:
        """The text, or as much of it as the operator asks for, in other letters at times."""
        if op in ("co", "sw", "ew") and value:
            begin, end = sorted(self._chance.choices(range(len(value) + 1), k=2))
            value = {"co": value[begin:end], "sw": value[:end], "ew": value[begin:]}[op]
        if self._chance.random() < 0.1:
            return self._chance.choice(WORDS)
        return self._chance.choice([value, value, value.upper(), value.lower()])

    def _time(self, present: list[str]) -> str:
        """An instant near one that is there, in one of the ways to write it."""
        at = datetime.fromisoformat(self._chance.choice(present))
        at += timedelta(milliseconds=self._chance.choice([0, 0, 0, 1, -1, 3600_000]))
        zone = self._chance.choice([timezone.utc, timezone(timedelta(hours=5, minutes=30))])
        return at.astimezone(zone).isoformat(timespec="milliseconds")


class Writer:
    """Writes a filter as some client would: any case, more brackets and blanks than are needed."""

    def __init__(self, kind: str, seed: int):
        self._chance = random.Random(f"writer {seed}")
        self._core = CORE.get(kind)

    def write(self, tree: Tree, inside: bool = False) -> str:
        match tree:
            case Compare(name, "pr"):
                return f"{self._name(name, inside)} {self._case('pr')}"
            case Compare(name, op, operand):
                return f"{self._name(name, inside)} {self._case(op)}{self._blank()}" \
                       f"{self._value(operand)}"
            case Not(of):
                return f"{self._case('not')}{self._chance.choice(['', ' '])}" \
                       f"({self.write(of, inside)})"
            case Element(name, Both("and", left, Compare() as right)) if self._often(0.5):
                # Outside the grammar, but clients write it: emails[type eq "work"].value eq "x".
                return f"{self._name(name, inside)}[{self.write(left, True)}]." \
                       f"{self.write(right, True)}"
            case Element(name, inner):
                return f"{self._name(name, inside)}[{self.write(inner, True)}]"
            case Both(op, left, right):
                sides = [self._side(op, side, inside) for side in (left, right)]
                return f"{self._blank()}{self._case(op)}{self._blank()}".join(sides)
        raise ValueError(tree)

    def _side(self, op: str, side: Tree, inside: bool) -> str:
        needed = op == "and" and isinstance(side, Both) and side.op == "or"
        text = self.write(side, inside)
        return f"({text})" if needed or self._often(0.2) else text

    def _often(self, probability: float) -> bool:
        return self._chance.random() < probability

    def _blank(self) -> str:
        return self._chance.choice([" ", " ", " ", "  ", "\t"])

    def _case(self, word: str) -> str:
        return self._chance.choice([word, word, word.upper(), word.capitalize()])

    def _name(self, name: Name, inside: bool) -> str:
        text = self._case(str(name)) if name.urn is None else str(name)
        is_common = name.attr in ("id", "externalId", "meta", "schemas")
        if inside or name.urn or is_common or not self._core or self._often(0.8):
            return text
        return f"{self._core}:{text}"

    def _value(self, operand: Any) -> str:
        if operand is None or isinstance(operand, bool):
            return self._case(text_of(operand))
        if isinstance(operand, str) and BARE.fullmatch(operand) and self._often(0.2):
            return operand
        if isinstance(operand, str) and self._often(0.3):
            return '"' + "".join(f"\\u{unit:04x}" for unit in units(operand)) + '"'
        return text_of(operand)


def units(text: str) -> list[int]:
    """UTF-16, as JSON escapes it."""
    encoded = text.encode("utf-16-be")
    return [int.from_bytes(encoded[at:at + 2], "big") for at in range(0, len(encoded), 2)]

"""Made-up PATCH requests in the manner of all clients: no tests of its own.

The pools of values are small, so that operations meet each other's results.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any, Callable

from tests.integration.reference_schema import ENTERPRISE_SCHEMA, core_of

FOREIGN = "urn:example:params:2.0:User"
Operation = dict[str, Any]

TEXTS = ["a", "B", "b", "É x", "two words", 'q"\\][']
ADDRESSES = ["a@example.com", "A@example.com", "b@example.com", "c@example.com"]
TYPES = ["work", "Work", "home", "other"]
FLAGS = [True, False, "True", "False", "true", "FALSE"]
IDS = ["u1", "u2", "u3", "u4", "g1"]
PLURALS = ["emails", "phoneNumbers", "roles", "addresses"]
TEXT_PATHS = ["title", "DISPLAYNAME", "nickName", "externalId", "name.familyName",
              "NAME.givenName", f"{core_of('User')}:title", f"{ENTERPRISE_SCHEMA}:department",
              f"{ENTERPRISE_SCHEMA}.employeeNumber", f"{FOREIGN}:floor", f"{FOREIGN}.Floor",
              f"{FOREIGN}:desk.side", f"{ENTERPRISE_SCHEMA}:manager.value"]


@dataclass
class Case:
    """A resource as it is POSTed, and the operations of the PATCHes that follow."""

    kind: str
    resource: dict[str, Any]
    requests: list[list[Any]] = field(default_factory=list)

    def smaller(self) -> list["Case"]:
        """This one with something left out, in every way."""
        found = [Case(self.kind, self.resource, self.requests[:n] + self.requests[n + 1:])
                 for n in range(len(self.requests))]
        for n, operations in enumerate(self.requests):
            for m in range(len(operations)) if len(operations) > 1 else ():
                fewer = [*self.requests]
                fewer[n] = operations[:m] + operations[m + 1:]
                found.append(Case(self.kind, self.resource, fewer))
        for name in set(self.resource) - {"userName", "displayName"}:
            rest = {key: value for key, value in self.resource.items() if key != name}
            found.append(Case(self.kind, rest, self.requests))
        return found

    def __str__(self) -> str:
        return "\n".join(json.dumps(one, ensure_ascii=False)
                         for one in [self.resource, *self.requests])


class Maker:
    """Makes cases; the same ones for the same seed."""

    def __init__(self, seed: int):
        self.random = Random(seed)
        self.name = f"user-{seed}"

    def case(self) -> Case:
        kind = self.random.choice(["User", "User", "User", "Group"])
        make = self.user_operation if kind == "User" else self.group_operation
        resource = self.user() if kind == "User" else self.group()
        return Case(kind, resource, [[make() for _ in range(self.random.choice([1, 1, 2, 4]))]
                                     for _ in range(self.random.randint(1, 5))])

    # Values

    def some(self, **values: Callable[[], Any]) -> dict[str, Any]:
        return {name: make() for name, make in values.items() if self.random.random() < 0.5}

    def one_of(self, *values: Any) -> Any:
        return self.random.choice(values)

    def text(self) -> str:
        return self.random.choice(TEXTS)

    def or_null(self, value: Any) -> Any:
        return None if self.random.random() < 0.15 else value

    def element(self, attribute: str) -> dict[str, Any]:
        common = self.some(type=lambda: self.one_of(*TYPES), primary=lambda: self.one_of(*FLAGS))
        if attribute == "addresses":
            return common | self.some(formatted=self.text, country=self.text)
        return common | self.some(display=self.text, displayName=self.text, unheard=self.text) | {
            self.one_of("value", "Value"): self.or_null(self.one_of(*ADDRESSES))}

    def elements(self, attribute: str) -> Any:
        made = [self.element(attribute) for _ in range(self.random.randint(0, 3))]
        if attribute != "addresses" and self.random.random() < 0.1:
            return self.one_of(*ADDRESSES)
        return made[0] if len(made) == 1 and self.random.random() < 0.3 else made

    def names(self) -> dict[str, Any]:
        return self.some(familyName=lambda: self.or_null(self.text()),
                         givenName=lambda: self.or_null(self.text()), FORMATTED=self.text)

    def manager(self) -> Any:
        value = self.one_of("26", "27")
        return self.one_of(value, "", {"value": value}, {"value": value, "$ref": f"Users/{value}"},
                           [{"$ref": None, "value": value}], {"$ref": "Users/27"},
                           {"displayName": "Boss"}, {"managerId": value}, {"value": ""}, [], {})

    def desk(self) -> Any:
        return self.some(side=lambda: self.or_null(self.text()), Number=lambda: 7,
                         chair=lambda: self.one_of(None, {"a": 1}, {"a": None, "b": [1, None]}, {}),
                         tags=lambda: ["a"])

    def foreign(self) -> dict[str, Any]:
        return self.some(floor=lambda: self.one_of("1", 2, None, True), desk=self.desk,
                         tags=lambda: self.one_of(["a", "b"], ["b"], "a", []))

    def user(self) -> dict[str, Any]:
        made = {"userName": self.name} | self.some(
            title=self.text, active=lambda: self.one_of(*FLAGS), externalId=self.text,
            name=self.names, displayName=self.text)
        made |= self.some(**{name: lambda name=name: self.elements(name) for name in PLURALS})
        return made | self.some(**{ENTERPRISE_SCHEMA: self.enterprise, FOREIGN: self.foreign})

    def enterprise(self) -> dict[str, Any]:
        return self.some(department=self.text, Manager=self.manager, badge=self.text)

    def members(self) -> Any:
        made = [self.one_of({"value": value}, {"value": value, "display": value.upper()},
                            {"value": value, "type": "User"}, value, {"value": value, "$ref": None})
                for value in self.random.choices(IDS, k=self.random.randint(0, 4))]
        return made[0] if len(made) == 1 and self.random.random() < 0.5 else made

    def group(self) -> dict[str, Any]:
        return {"displayName": self.name} | self.some(members=self.members, externalId=self.text)

    # Paths

    def comparison(self, attribute: str) -> str:
        made = [f'type {self.one_of("eq", "EQ", "ne")} {json.dumps(self.one_of(*TYPES))}',
                f'primary eq {self.one_of("true", "false", chr(34) + "True" + chr(34))}',
                f'type {self.one_of("pr", "sw " + chr(34) + "w" + chr(34))}']
        if attribute == "addresses":
            made.append(f"country eq {json.dumps(self.text())}")
        else:
            made.append(f"value {self.one_of('eq', 'co', 'ew')} "
                        f"{json.dumps(self.one_of(*ADDRESSES))}")
        return self.random.choice(made[:1] * 4 + made)

    def filter(self, attribute: str) -> str:
        one, other = self.comparison(attribute), self.comparison(attribute)
        return self.one_of(one, one, one, one, one, f"{one} and {other}", f"{one} or {other}",
                           f"not ({one})", f"({one} OR {other}) and {one}")

    def sub(self, attribute: str) -> str:
        return self.one_of("type", "primary", *(
            ["formatted", "country"] if attribute == "addresses" else
            ["value", "value", "value", "VALUE", "display"]))

    def of_sub(self, sub: str) -> Any:
        return {"type": lambda: self.one_of(*TYPES), "primary": lambda: self.one_of(*FLAGS),
                "value": lambda: self.one_of(*ADDRESSES)}.get(sub.lower(), self.text)()

    # What an operation is about: a path and a value for it

    def about_text(self) -> tuple[str, Any]:
        return self.one_of(*TEXT_PATHS), self.text()

    def about_user(self) -> tuple[str, Any]:
        attribute = self.one_of(*PLURALS)
        sub = self.sub(attribute)
        chosen = f"{attribute}[{self.filter(attribute)}]"
        return self.one_of(
            self.about_text(), self.about_text(),
            ("userName", self.name + self.one_of("", "x")), ("active", self.one_of(*FLAGS)),
            ("password", "demo-secret"), ("name", self.names()),
            (f"{ENTERPRISE_SCHEMA}:manager", self.manager()), ("manager", self.manager()),
            (ENTERPRISE_SCHEMA, self.enterprise()), (FOREIGN, self.foreign()),
            (f"{FOREIGN}:tags", self.one_of(["a", "c"], "b", [], 7)),
            (f"{FOREIGN}:desk", self.one_of(self.desk(), "none")),
            (f"{FOREIGN}:desk.tags", self.one_of(["b"], "c")),
            (attribute, self.elements(attribute)), (attribute, self.elements(attribute)),
            (f"{attribute}.{sub}", self.of_sub(sub)), (f"{chosen}.{sub}", self.of_sub(sub)),
            (f"{chosen}.{sub}", self.of_sub(sub)), (f"{chosen}.{sub}", self.of_sub(sub)),
            (chosen, self.element(attribute)),
            (f'name[givenName eq {json.dumps(self.text())}].familyName', self.text()))

    def about_group(self) -> tuple[str, Any]:
        return self.one_of(
            ("displayName", self.name + self.one_of("", "x")), ("externalId", self.text()),
            ("members", self.members()), ("members", self.members()), ("MEMBERS", self.members()),
            (f"{core_of('Group')}:members", self.members()))

    # Operations

    def verb(self) -> str:
        return self.one_of("add", "Add", "replace", "Replace", "replace", "remove", "Remove")

    def user_operation(self) -> Any:
        return self.operation(self.about_user, [
            {"path": 'emails[type eq "work"].nick', "value": "x"}, {"path": "groups", "value": []},
            {"path": f"{ENTERPRISE_SCHEMA}:badge", "value": "x"}, {"path": "members", "value": []},
            {"path": "active", "value": "maybe"}, {"path": "name", "value": "Ann"},
            {"path": f"{ENTERPRISE_SCHEMA}:manager.displayName", "value": "x"}])

    def group_operation(self) -> Any:
        if self.random.random() < 0.25:
            ids = self.random.choices(IDS, k=self.random.randint(1, 2))
            path = " or ".join(f'value eq "{value}"' for value in ids)
            if self.random.random() < 0.6:
                path = self.member_filter(ids)
            return {"op": self.one_of("remove", "Remove", "remove", "add"),
                    "path": f"members[{path}]"}
        return self.operation(self.about_group, [
            {"path": "members", "value": [{"display": "x"}]}, {"path": "userName", "value": "x"},
            {"path": "members.display", "value": "x"},
            {"path": 'members[type eq "User"]', "value": "x"},
            {"path": 'members[primary eq true]', "value": "x"}])

    def member_filter(self, ids: list[str]) -> str:
        made = [f'type {self.one_of("eq", "ne")} "user"', 'type pr', 'display pr',
                f'display {self.one_of("eq", "co")} {json.dumps(ids[0])}',
                f'value {self.one_of("eq", "ne", "sw", "ew")} {json.dumps(ids[-1])}']
        one, other = self.random.choices(made, k=2)
        return self.one_of(one, f"{one} and {other}", f"not ({one} or {other})",
                           f"{one} or not ({other})")

    def operation(self, about: Callable[[], tuple[str, Any]], bad: list[Operation]) -> Any:
        kind = self.random.random()
        if kind < 0.04:
            return self.one_of(
                {"op": "move", "path": "title"}, {"path": "title", "value": "x"}, "add",
                {"op": "remove"}, {"op": "add", "value": "x"}, {"op": "replace", "path": 7},
                {"op": "replace", "path": "title"}, {"op": "replace", "path": "nobody.knows"},
                {"op": "replace", "path": "id", "value": "x"},
                *({"op": "add"} | one for one in bad))
        if kind < 0.25:
            # Whether such a URN with an object is an extension or an attribute, nobody can tell.
            pairs = [about() for _ in range(self.random.randint(0, 4))]
            pairs = [pair for pair in pairs if pair[0] != f"{FOREIGN}:desk"]
            return {"op": self.one_of("add", "Replace", "replace"), "value": {
                path: self.or_null(value) for path, value in pairs if path != "manager"}
                | self.some(id=lambda: "x", schemas=lambda: [], colour=self.text)}
        path, value = about()
        verb = self.verb()
        if verb.lower() == "remove" and self.random.random() < 0.6:
            return {"op": verb, "path": path}
        return {"op": verb, "path": path, "value": self.or_null(value)}

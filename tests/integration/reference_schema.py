"""The part of RFC 7643 that tests/integration/reference_patch.py knows: no tests of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.harness.client import GROUP_SCHEMA, USER_SCHEMA

ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@dataclass(frozen=True)
class Attribute:
    name: str
    kind: str = "text"  # text, flag, complex
    many: bool = False
    exact: bool = False
    required: bool = False
    read_only: bool = False
    subs: tuple["Attribute", ...] = ()

    def sub(self, name: str) -> "Attribute | None":
        return find(self.subs, name)


def find(attributes: tuple[Attribute, ...], name: str) -> Attribute | None:
    return next((one for one in attributes if one.name.lower() == name.lower()), None)


def texts(*names: str) -> tuple[Attribute, ...]:
    return tuple(Attribute(name) for name in names)


def plural(name: str, *subs: Attribute) -> Attribute:
    return Attribute(name, "complex", many=True, subs=(
        *subs, Attribute("type"), Attribute("primary", "flag")))


VALUE = texts("value", "display")
REFERENCE = (Attribute("value", exact=True), Attribute("$ref", exact=True))
COMMON = (Attribute("id", read_only=True), Attribute("meta", "complex", read_only=True),
          Attribute("schemas", read_only=True), Attribute("externalId", exact=True))
USER = (
    Attribute("userName", required=True),
    Attribute("name", "complex", subs=texts("formatted", "familyName", "givenName")),
    *texts("displayName", "nickName", "title"),
    Attribute("active", "flag"),
    Attribute("password"),
    plural("emails", *VALUE), plural("phoneNumbers", *VALUE), plural("roles", *VALUE),
    plural("addresses", *texts("formatted", "locality", "country")),
    Attribute("groups", "complex", many=True, read_only=True, subs=REFERENCE),
    *COMMON,
)
GROUP = (
    Attribute("displayName", required=True),
    Attribute("members", "complex", many=True, subs=(*REFERENCE, *texts("type", "display"))),
    *COMMON,
)
ENTERPRISE = (
    *texts("employeeNumber", "department"),
    Attribute("manager", "complex", subs=(
        *REFERENCE, replace(Attribute("displayName"), read_only=True))),
)


def attributes_of(kind: str) -> tuple[Attribute, ...]:
    return USER if kind == "User" else GROUP


def core_of(kind: str) -> str:
    return USER_SCHEMA if kind == "User" else GROUP_SCHEMA

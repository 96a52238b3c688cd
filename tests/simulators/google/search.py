"""The parameter query of users and groups (facts 2.1 and 2.3): clauses, all of which must hold."""

from __future__ import annotations

import re
from typing import Any, Callable, NamedTuple

from .errors import ApiError
from .state import Directory, Group, User


class Clause(NamedTuple):
    """One clause; `prefix` when it was written field:value*."""

    field: str
    operator: str
    value: str
    prefix: bool


_CLAUSE = re.compile(r"""\s*([A-Za-z][\w.-]*)\s*([=:])\s*('(?:[^'\\]|\\.)*'|[^\s']+)(?=\s|$)""")

_FLAGS: dict[str, Callable[[User], bool]] = {
    "isAdmin": lambda user: user.admin,
    "isSuspended": lambda user: user.suspended,
    "isArchived": lambda user: user.archived,
    "isDelegatedAdmin": lambda user: False,
    "isEnrolledIn2Sv": lambda user: False,
    "isEnforcedIn2Sv": lambda user: False,
    "isGuest": lambda user: bool((user.extra or {}).get("isGuestUser")),
}
_ORGANIZATION = {"orgName": "name", "orgTitle": "title", "orgDepartment": "department",
                 "orgDescription": "description", "orgCostCenter": "costCenter"}
_PREFIXED = ("email", "givenName", "familyName")
_TEXTS: dict[str, Callable[[User], tuple[str, ...]]] = {
    "name": lambda user: (f"{user.given} {user.family}", user.given, user.family),
    "givenName": lambda user: (user.given,),
    "familyName": lambda user: (user.family,),
    "email": lambda user: (user.email, *user.aliases),
    "externalId": lambda user: _parts(user, "externalIds", "value"),
    "directManager": lambda user: _managers(user),
}


def clauses(text: str) -> list[Clause]:
    """Read a query; one that can't be read, OR and NOT among them, is refused."""
    found, at = [], 0
    while text[at:].strip():
        match = _CLAUSE.match(text, at)
        if match is None:
            raise ApiError("invalidQuery")
        field, operator, value = match.groups()
        prefix = False
        if value.startswith("'"):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        elif operator == ":" and value.endswith("*"):
            value, prefix = value[:-1], True
        found.append(Clause(field, operator, value, prefix))
        at = match.end()
    return found


def user_filter(site: Directory, text: str | None, public: bool) -> Callable[[User], bool]:
    """Whether a user is found by a query; without one everybody is."""
    tests = [_user_test(site, clause, public) for clause in clauses(text or "")]
    return lambda user: all(test(user) for test in tests)


def _user_test(site: Directory, clause: Clause, public: bool) -> Callable[[User], bool]:
    field, operator, value, prefix = clause
    if prefix and field not in _PREFIXED:
        raise ApiError("invalidQuery")
    if field in _FLAGS:
        if value not in ("true", "false") or operator != "=":
            raise ApiError("invalidQuery")
        flag = _FLAGS[field]
        return lambda user: flag(user) == (value == "true")
    if field == "orgUnitPath":
        if operator != "=" or public or value not in site.org_units:
            raise ApiError("invalidQuery")
        below = value.rstrip("/") + "/"
        return lambda user: user.org_unit == value or user.org_unit.startswith(below)
    if field == "manager":
        return lambda user: value.lower() in _chain(site, user)
    texts = _texts(field)
    return lambda user: any(_fits(clause, one) for one in texts(user))


def _texts(field: str) -> Callable[[User], tuple[str, ...]]:
    """What a user has for a field of text; a field with a dot is of a custom schema."""
    if field in _TEXTS:
        return _TEXTS[field]
    if field in _ORGANIZATION:
        return lambda user: _parts(user, "organizations", _ORGANIZATION[field])
    if field.count(".") == 1:
        return lambda user: _custom(user, *field.split("."))
    raise ApiError("invalidQuery")


def _fits(clause: Clause, text: str) -> bool:
    text, value = text.lower(), clause.value.lower()
    if clause.prefix:
        return text.startswith(value)
    if clause.operator == "=":
        return text == value
    words = re.findall(r"\w+", text)
    return text == value or all(word in words for word in re.findall(r"\w+", value))


def _parts(user: User, name: str, part: str) -> tuple[str, ...]:
    values: Any = (user.extra or {}).get(name)
    values = values if isinstance(values, list) else [values]
    return tuple(str(one[part]) for one in values if isinstance(one, dict) and part in one)


def _managers(user: User) -> tuple[str, ...]:
    values: Any = (user.extra or {}).get("relations")
    return tuple(str(one.get("value")) for one in values or [] if one.get("type") == "manager")


def _chain(site: Directory, user: User) -> set[str]:
    """The addresses of who is above a user, at any height."""
    found: set[str] = set()
    waiting = list(_managers(user))
    while waiting:
        address = waiting.pop().lower()
        above = site.find(address)
        if address not in found:
            found.add(address)
            waiting += _managers(above) if isinstance(above, User) else ()
    return found


def _custom(user: User, schema: str, field: str) -> tuple[str, ...]:
    values: Any = (user.extra or {}).get("customSchemas") or {}
    value = values.get(schema, {}).get(field)
    return () if value is None else (str(value),)


def group_filter(site: Directory, text: str | None) -> Callable[[Group], bool]:
    """Whether a group is found by a query: email and name, or memberKey alone."""
    found = clauses(text or "")
    for clause in found:
        if clause.field == "memberKey":
            if len(found) > 1 or clause.operator != "=":
                raise ApiError("invalidQuery")
            return has_member(site, clause.value)
        if clause.field not in ("email", "name") or (clause.operator == ":") != clause.prefix:
            raise ApiError("invalidQuery")
    return lambda group: all(_fits(clause, getattr(group, clause.field)) for clause in found)


def has_member(site: Directory, key: str) -> Callable[[Group], bool]:
    """Whether a group has this user, group, or outsider as a direct member."""
    known = site.find(key)
    if known is not None:
        wanted = known.id
        return lambda group: wanted in group.members
    return lambda group: any(key in (member.id, member.email)
                             for member in group.members.values())

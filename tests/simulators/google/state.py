"""The directory: users, groups with members, organizational units.

Made to hold 100,000 users with little memory: slots, tuples, and nothing rendered ahead.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from datetime import datetime, timezone
from typing import Any, Iterable, Iterator, NamedTuple

from .settings import Settings

NEVER = "1970-01-01T00:00:00.000Z"

# How long deleted users can be listed: 20 days, in seconds.
DELETED_KEPT = 20 * 24 * 3600

_USER_BASE = 100_000_000_000_000_000_000
_GROUP_BASE = 36 ** 14


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class User:
    """A user. `extra` is laid over what is rendered, so that any odd form can be given."""

    __slots__ = ("id", "email", "given", "family", "suspended", "archived", "admin", "org_unit",
                 "aliases", "created", "deleted", "login", "version", "extra")

    def __init__(self, user_id: str, email: str, given: str, family: str, *,
                 suspended: bool = False, archived: bool = False, admin: bool = False,
                 org_unit: str = "/", aliases: tuple[str, ...] = (), created: str = NEVER,
                 extra: dict[str, Any] | None = None) -> None:
        self.id = user_id
        self.email = email
        self.given = given
        self.family = family
        self.suspended = suspended
        self.archived = archived
        self.admin = admin
        self.org_unit = org_unit
        self.aliases = aliases
        self.created = created
        self.deleted: str | None = None
        self.login = NEVER
        self.version = 1
        self.extra = extra


class Member(NamedTuple):
    """A membership. `email` is None where it is that of the user or group now; an alias, or an
    outsider's address, else."""

    id: str
    kind: str = "USER"
    role: str = "MEMBER"
    email: str | None = None


class Group:
    """A group; one that is `external` is outside the customer's domains."""

    __slots__ = ("id", "email", "name", "description", "aliases", "external", "members", "version",
                 "extra")

    def __init__(self, group_id: str, email: str, name: str, *, description: str = "",
                 aliases: tuple[str, ...] = (), external: bool = False,
                 extra: dict[str, Any] | None = None) -> None:
        self.id = group_id
        self.email = email
        self.name = name
        self.description = description
        self.aliases = aliases
        self.external = external
        self.members: dict[str, Member] = {}
        self.version = 1
        self.extra = extra

    def direct_members(self) -> int:
        """As directMembersCount has it: without the groups in the group."""
        return sum(member.kind != "GROUP" for member in self.members.values())


class Directory:
    """All of it. Callers hold `lock`; `changed` has to be called after an edit."""

    def __init__(self, settings: Settings) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.users: dict[str, User] = {}
        self.deleted: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.org_units: dict[str, str] = {"/": ""}
        self._names: dict[str, User | Group] = {}
        self._orders: dict[str, list[tuple[str, str]]] = {}
        self._last = 0

    def next_user_id(self) -> str:
        self._last += 1
        return str(_USER_BASE + self._last * 7_919)

    def next_group_id(self) -> str:
        """Fifteen letters and digits."""
        self._last += 1
        number, letters = _GROUP_BASE + self._last * 104_729, ""
        while number:
            number, rest = divmod(number, 36)
            letters = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + letters
        return letters

    def add_user(self, user: User) -> None:
        self.users[user.id] = user
        self._name(user)

    def add_group(self, group: Group) -> None:
        self.groups[group.id] = group
        self._name(group)

    def delete_user(self, user: User) -> None:
        """Take a user out, who can be listed as deleted then; memberships end."""
        del self.users[user.id]
        user.deleted = now()
        self.deleted[user.id] = user
        self._unname(user)
        self._leave_groups(user.id)

    def undelete_user(self, user: User) -> None:
        del self.deleted[user.id]
        user.deleted = None
        self.add_user(user)

    def delete_group(self, group: Group) -> None:
        del self.groups[group.id]
        self._unname(group)
        self._leave_groups(group.id)

    def _leave_groups(self, member_id: str) -> None:
        for group in self.groups.values():
            if group.members.pop(member_id, None) is not None:
                group.version += 1

    def rename(self, one: User | Group, email: str | None, aliases: Iterable[str] | None) -> None:
        """Give addresses. A user's old one becomes an alias, as at Google."""
        self._unname(one)
        if email is not None and email != one.email:
            if isinstance(one, User) and aliases is None:
                one.aliases = (*(alias for alias in one.aliases if alias != email), one.email)
            one.email = email
        if aliases is not None:
            one.aliases = tuple(aliases)
        self._name(one)

    def _name(self, one: User | Group) -> None:
        for address in (one.email, *one.aliases):
            self._names[address.lower()] = one

    def _unname(self, one: User | Group) -> None:
        for address in (one.email, *one.aliases):
            if self._names.get(address.lower()) is one:
                del self._names[address.lower()]

    def taken(self, address: str) -> bool:
        return address.lower() in self._names

    def find(self, key: str) -> User | Group | None:
        """A user or group by id, address, or alias."""
        return self.users.get(key) or self.groups.get(key) or self._names.get(key.lower())

    def changed(self) -> None:
        """Forget the orders of listings."""
        self._orders.clear()

    def order(self, name: str) -> list[tuple[str, str]]:
        """(sort key, id) of all users or groups, in the order of this name."""
        if name not in self._orders:
            source: Iterable[Any] = self.users.values()
            attribute = {"email": "email", "givenName": "given", "familyName": "family"}.get(name)
            if name == "groups":
                source, attribute = self.groups.values(), "email"
            assert attribute is not None
            self._orders[name] = sorted((str(getattr(one, attribute)).lower(), one.id)
                                        for one in source)
        return self._orders[name]

    def after(self, name: str, cursor: list[str] | None,
              descending: bool = False) -> Iterator[tuple[str, str]]:
        """That order from behind the cursor on; what comes and goes elsewhere shifts nothing."""
        order = self.order(name)
        at = None if cursor is None else (cursor[0], cursor[1])
        if descending:
            end = len(order) if at is None else bisect_left(order, at)
            return (order[place] for place in range(end - 1, -1, -1))
        start = 0 if at is None else bisect_right(order, at)
        return (order[place] for place in range(start, len(order)))

    def derived(self, group: Group, deepest: int | None) -> dict[str, Member]:
        """The members of a group and of the groups in it; the groups are members as well."""
        found = dict(group.members)
        waiting = [(member, 1) for member in group.members.values()]
        while waiting:
            member, depth = waiting.pop()
            child = self.groups.get(member.id) if member.kind == "GROUP" else None
            if child is None or child.external or (deepest is not None and depth >= deepest):
                continue
            for grandchild in child.members.values():
                if grandchild.id not in found and grandchild.id != group.id:
                    found[grandchild.id] = grandchild._replace(role="MEMBER")
                    waiting.append((grandchild, depth + 1))
        return found

    def as_json(self) -> dict[str, Any]:
        """Everything, for tests."""
        return {
            "users": [_user_json(user) for user in self.users.values()],
            "deleted": [_user_json(user) for user in self.deleted.values()],
            "groups": [{"id": group.id, "email": group.email, "name": group.name,
                        "external": group.external,
                        "members": [member._asdict() for member in group.members.values()]}
                       for group in self.groups.values()],
            "orgUnits": sorted(self.org_units),
        }


def _user_json(user: User) -> dict[str, Any]:
    return {"id": user.id, "email": user.email, "suspended": user.suspended,
            "archived": user.archived, "isAdmin": user.admin, "orgUnitPath": user.org_unit,
            "aliases": list(user.aliases)}

"""Fills a directory with many users and groups in one call: the same ones for the same numbers."""

from __future__ import annotations

import random
from typing import Any

from .state import Directory, Group, Member, User

_GIVEN = ("Ada", "Ben", "Chloé", "Dmitri", "Eva", "Farid", "Grace", "Hugo", "Ines", "Jürgen")
_FAMILY = ("Abel", "Brandt", "Costa", "Dubois", "Egger", "Fischer", "García", "Holm", "Ito",
           "Jansen", "Kovač", "Lund", "Müller")
_CREATED = "2026-01-01T00:00:00.000Z"


def seed(site: Directory, *, users: int = 0, groups: int = 0, membersPerGroup: int = 20,
         orgUnits: int = 0, suspendedEvery: int = 0, archivedEvery: int = 0, nestedEvery: int = 0,
         domain: str | None = None, start: int = 1) -> dict[str, Any]:
    """Add user-00001@... and group-0001@... from number `start` on.

    Users are spread over /unit-1 to /unit-n; every so many of them are suspended or archived.
    Members are drawn from the users of this call; every so many groups have the one before as
    member as well, so that chains stay short.
    """
    domain = domain or site.settings["domains"][0]
    units = [f"/unit-{number}" for number in range(1, orgUnits + 1)]
    for unit in units:
        site.org_units.setdefault(unit, "")
    made = []
    for number in range(start, start + users):
        user = User(
            site.next_user_id(), f"user-{number:05}@{domain}", _GIVEN[number % len(_GIVEN)],
            _FAMILY[number % len(_FAMILY)], created=_CREATED,
            suspended=bool(suspendedEvery) and number % suspendedEvery == 0,
            archived=bool(archivedEvery) and number % archivedEvery == 0,
            org_unit=units[number % len(units)] if units else "/")
        site.add_user(user)
        made.append(user.id)
    chance = random.Random(start)
    before: Group | None = None
    for number in range(start, start + groups):
        group = Group(site.next_group_id(), f"group-{number:04}@{domain}", f"Group {number:04}")
        for member_id in chance.sample(made, min(membersPerGroup, len(made))):
            group.members[member_id] = Member(member_id)
        if nestedEvery and before is not None and number % nestedEvery == 0:
            group.members[before.id] = Member(before.id, "GROUP")
        site.add_group(group)
        before = group
    return {"users": users, "groups": groups}

"""How users, groups, members and organizational units look over the wire (facts 2.2 to 2.4)."""

from __future__ import annotations

import hashlib
import itertools
import json
from datetime import datetime, timedelta, timezone
from typing import Any

from .state import NEVER, Directory, Group, Member, User

_flaps = itertools.count(1)


def tag(*parts: Any) -> str:
    """An etag, with its quotes."""
    digest = hashlib.sha1(repr(parts).encode()).hexdigest()
    return f'"demo/{digest[:27]}"'


def list_tag(items: list[dict[str, Any]]) -> str:
    """The etag of a page."""
    return tag(json.dumps(items, sort_keys=True))


def user(one: User, site: Directory, projection: str = "basic") -> dict[str, Any]:
    """A user as an administrator sees it."""
    login = one.login
    if site.settings["lastLogin"] == "flaps":
        moment = datetime(2026, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=next(_flaps))
        login = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    result: dict[str, Any] = {
        "kind": "admin#directory#user",
        "id": one.id,
        "etag": tag(one.id, one.version, login),
        "primaryEmail": one.email,
        "name": {"givenName": one.given, "familyName": one.family,
                 "fullName": f"{one.given} {one.family}".strip()},
        "isAdmin": one.admin,
        "isDelegatedAdmin": False,
        "lastLoginTime": login,
        "creationTime": one.created,
        "agreedToTerms": login != NEVER,
        "suspended": one.suspended,
        "archived": one.archived,
        "changePasswordAtNextLogin": False,
        "ipWhitelisted": False,
        "emails": [{"address": one.email, "primary": True},
                   *({"address": alias} for alias in one.aliases)],
        "customerId": site.settings["customerId"],
        "orgUnitPath": one.org_unit,
        "isMailboxSetup": True,
        "isEnrolledIn2Sv": False,
        "isEnforcedIn2Sv": False,
        "includeInGlobalAddressList": True,
    }
    if one.suspended:
        result["suspensionReason"] = "ADMIN"
    if one.aliases:
        result["aliases"] = list(one.aliases)
    if one.deleted:
        result["deletionTime"] = one.deleted
    result = overlaid(result, one.extra)
    if projection == "basic":
        result.pop("customSchemas", None)
    return result


PUBLIC = ("kind", "id", "etag", "primaryEmail", "name", "emails", "thumbnailPhotoUrl",
          "thumbnailPhotoEtag", "phones", "organizations", "locations")


def public_user(one: User, site: Directory, projection: str = "basic") -> dict[str, Any]:
    """A user as everybody in the domain sees it."""
    whole = user(one, site, projection)
    return {name: whole[name] for name in PUBLIC if name in whole}


def group(one: Group) -> dict[str, Any]:
    """A group; the number of members is text."""
    result: dict[str, Any] = {
        "kind": "admin#directory#group",
        "id": one.id,
        "etag": tag(one.id, one.version),
        "email": one.email,
        "name": one.name,
        "directMembersCount": str(one.direct_members()),
        "description": one.description,
        "adminCreated": True,
    }
    if one.aliases:
        result["aliases"] = list(one.aliases)
    return overlaid(result, one.extra)


def member(one: Member, site: Directory) -> dict[str, Any]:
    """A member. CUSTOMER has no address, and an outsider no status."""
    known: User | Group | None = site.users.get(one.id) or site.groups.get(one.id)
    email = one.email or (known.email if known else None)
    status = "ACTIVE"
    if isinstance(known, User) and known.suspended:
        status = "SUSPENDED"
    result = {"kind": "admin#directory#member", "id": one.id, "etag": tag(one, status)}
    if email is not None:
        result["email"] = email
    result |= {"role": one.role, "type": one.kind}
    if one.kind == "CUSTOMER" or (known is not None and not getattr(known, "external", False)):
        result["status"] = status
    return result


def org_unit(path: str, description: str) -> dict[str, Any]:
    """An organizational unit. Its id follows from its path here, and starts with "id:"."""
    parent, _, name = path.rpartition("/")
    return {
        "kind": "admin#directory#orgUnit",
        "etag": tag(path, description),
        "name": name,
        "description": description,
        "orgUnitPath": path,
        "orgUnitId": unit_id(path),
        "parentOrgUnitPath": parent or "/",
        "parentOrgUnitId": unit_id(parent or "/"),
    }


def unit_id(path: str) -> str:
    return "id:03ph8a2z" + hashlib.sha1(path.encode()).hexdigest()[:10]


def overlaid(result: dict[str, Any], extra: dict[str, Any] | None) -> dict[str, Any]:
    """What an edit gave as `extra`, over the rest; null takes a part away."""
    if extra is None:
        return result
    result |= extra
    return {name: value for name, value in result.items() if value is not None}

"""Partial answers: the parameter fields (facts 2.6), read and applied.

`a,b(c,d),e/f,g/*`. A name that the answer can't have is refused; below a part that D types "any"
every name is taken, and one that is not there silently gives nothing.
"""

from __future__ import annotations

import re
from typing import Any

# A mask: names to the mask below each, None for everything below.
Mask = dict[str, Any]

# Shapes: names to what is below, LEAF for plain values, ANY for what is typed "any".
LEAF: dict[str, Any] = {}
ANY = None

_WORDS = re.compile(r"[A-Za-z0-9_$.-]+|[*(),/]")


class MaskError(ValueError):
    """A mask that can't be read; its text is what Google would name."""


def parse(text: str, shape: Any) -> Mask:
    """Read a mask for answers of this shape."""
    words = _WORDS.findall(text)
    if "".join(words) != re.sub(r"\s", "", text):
        raise MaskError(text)
    mask = _list(words, shape)
    if words:
        raise MaskError(words[0])
    return mask


def _list(words: list[str], shape: Any) -> Mask:
    mask: Mask = {}
    while True:
        name, below = _item(words, shape)
        if name in mask and isinstance(mask[name], dict) and isinstance(below, dict):
            mask[name] |= below
        else:
            mask[name] = below
        if not words or words[0] != ",":
            return mask
        words.pop(0)


def _item(words: list[str], shape: Any) -> tuple[str, Mask | None]:
    name = words.pop(0) if words else ""
    if name in ("", "(", ")", ",", "/") or (shape is not ANY and name != "*" and name not in shape):
        raise MaskError(name)
    deeper = ANY if shape is ANY or name == "*" else shape[name]
    if words and words[0] in ("/", "("):
        opened = words.pop(0)
        if deeper is not ANY and not deeper:
            raise MaskError(f"{name}{opened}{words[0] if words else ''}")
        if opened == "/":
            below_name, below = _item(words, deeper)
            return name, {below_name: below}
        below_all = _list(words, deeper)
        if not words or words.pop(0) != ")":
            raise MaskError(name)
        return name, below_all
    return name, None


def apply(mask: Mask | None, value: Any) -> Any:
    """The part of the value that the mask lets through."""
    if mask is None:
        return value
    if isinstance(value, list):
        return [apply(mask, one) for one in value if isinstance(one, (dict, list))]
    if not isinstance(value, dict):
        return {}
    if "*" in mask:
        return {name: apply(mask["*"], one) for name, one in value.items()}
    return {name: apply(below, value[name]) for name, below in mask.items() if name in value}


_NAME = {"givenName": LEAF, "familyName": LEAF, "fullName": LEAF, "displayName": LEAF}

USER: dict[str, Any] = {name: LEAF for name in (
    "kind", "id", "etag", "primaryEmail", "suspended", "suspensionReason", "archived", "isAdmin",
    "isDelegatedAdmin", "isEnrolledIn2Sv", "isEnforcedIn2Sv", "isGuestUser", "isMailboxSetup",
    "agreedToTerms", "changePasswordAtNextLogin", "ipWhitelisted", "aliases", "nonEditableAliases",
    "orgUnitPath", "customerId", "creationTime", "lastLoginTime", "deletionTime",
    "thumbnailPhotoUrl", "thumbnailPhotoEtag", "recoveryEmail", "recoveryPhone",
    "includeInGlobalAddressList")} | {name: ANY for name in (
        "emails", "externalIds", "organizations", "relations", "phones", "addresses", "languages",
        "locations", "customSchemas", "gender", "ims", "keywords", "notes", "posixAccounts",
        "sshPublicKeys", "websites", "guestAccountInfo")} | {"name": _NAME}

GROUP: dict[str, Any] = {name: LEAF for name in (
    "kind", "id", "etag", "email", "name", "description", "directMembersCount", "adminCreated",
    "aliases", "nonEditableAliases")}

MEMBER: dict[str, Any] = {name: LEAF for name in (
    "kind", "id", "etag", "email", "role", "type", "status", "delivery_settings")}

ORG_UNIT: dict[str, Any] = {name: LEAF for name in (
    "kind", "etag", "name", "description", "orgUnitPath", "orgUnitId", "parentOrgUnitPath",
    "parentOrgUnitId", "blockInheritance")}


def listing(name: str, item: dict[str, Any]) -> dict[str, Any]:
    """The shape of a list of these."""
    return {"kind": LEAF, "etag": LEAF, "nextPageToken": LEAF, name: item}

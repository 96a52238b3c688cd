"""What the real clients demand of an answer. Every departure raises IdpError.

Each check stands for something that made a real client fail: a task that stops silently, a
quarantined application, a group whose push is marked as broken.
"""

from __future__ import annotations

import urllib.parse
from typing import Any, Iterable

from .client import Exchange, IdpError

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def need(condition: object, message: str, exchange: Exchange) -> None:
    """Raise IdpError with that message unless the condition holds."""
    if not condition:
        raise IdpError(message, exchange)


def status(exchange: Exchange, *accepted: int) -> None:
    """One of these statuses; an error answer is read as SCIM, since the client reports it."""
    if exchange.status in accepted:
        return
    detail = ""
    if exchange.status >= 400:
        detail = f" ({error(exchange).get('detail', 'no detail')})"
    wanted = " or ".join(map(str, accepted))
    raise IdpError(f"status {exchange.status}{detail}, wanted {wanted}", exchange)


def body(exchange: Exchange) -> dict:
    """The answer as a JSON object of the SCIM media type."""
    media_type = (exchange.header("Content-Type") or "").split(";")[0].strip().lower()
    need(media_type == "application/scim+json",
         f"Content-Type is {media_type or 'missing'}, wanted application/scim+json", exchange)
    try:
        answer = exchange.json()
    except ValueError as reason:
        raise IdpError(f"the answer isn't JSON: {reason}", exchange) from None
    need(isinstance(answer, dict), "the answer isn't a JSON object", exchange)
    return answer


def empty(exchange: Exchange) -> None:
    """A 204 carries nothing, or the next answer on the connection is misread."""
    need(exchange.answer_body == b"", f"{exchange.status} with a body", exchange)


def error(exchange: Exchange) -> dict:
    """A SCIM error: anything else shows the administrator a JSON parse failure, not the cause."""
    answer = body(exchange)
    need(answer.get("schemas") == [ERROR], "an error without the SCIM Error schema", exchange)
    need(answer.get("status") == str(exchange.status),
         f"status in the error's body is {answer.get('status')!r}, not a string of the real one",
         exchange)
    need(isinstance(answer.get("detail"), str) and answer["detail"],
         "an error without a detail tells the administrator nothing", exchange)
    if exchange.status == 409:
        need(answer.get("scimType") == "uniqueness", "409 without scimType uniqueness", exchange)
    if exchange.status == 401:
        need(exchange.header("WWW-Authenticate"), "401 without WWW-Authenticate", exchange)
    return answer


def no_nulls(exchange: Exchange, answer: Any, *, tolerated: Iterable[str] = (),
             where: str = "") -> None:
    """No null anywhere: Entra's reader takes a null for a broken answer."""
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name not in tolerated or value is not None:
                no_nulls(exchange, value, tolerated=tolerated, where=f"{where}.{name}")
    elif isinstance(answer, list):
        for number, value in enumerate(answer):
            no_nulls(exchange, value, tolerated=tolerated, where=f"{where}[{number}]")
    else:
        need(answer is not None, f"null at {where.lstrip('.')}", exchange)


def integer(value: object) -> bool:
    """A JSON integer: not a string, not a boolean, not 1.0."""
    return isinstance(value, int) and not isinstance(value, bool)


def listing(exchange: Exchange, start_index: int = 1) -> list[dict]:
    """A ListResponse page that begins where it was asked to; its resources."""
    status(exchange, 200)
    answer = body(exchange)
    need(answer.get("schemas") == [LIST], "a list without the ListResponse schema", exchange)
    for name in ("totalResults", "startIndex", "itemsPerPage"):
        need(integer(answer.get(name)), f"{name} is {answer.get(name)!r}, wanted a JSON integer",
             exchange)
    resources = answer.get("Resources")
    need(isinstance(resources, list), "no list of Resources", exchange)
    need(answer["startIndex"] == start_index,
         f"startIndex is {answer['startIndex']}, asked for {start_index}", exchange)
    need(answer["itemsPerPage"] == len(resources),
         f"itemsPerPage is {answer['itemsPerPage']}, Resources are {len(resources)}", exchange)
    need(answer["totalResults"] >= len(resources), "totalResults is less than what came", exchange)
    return resources


def nobody(exchange: Exchange) -> None:
    """A look-up of something that doesn't exist: 200 and an empty list, never 404."""
    resources = listing(exchange)
    need(not resources and exchange.json()["totalResults"] == 0,
         "the look-up of a random value found something", exchange)


def single(exchange: Exchange, name: str, value: str) -> dict | None:
    """A look-up by a unique value: the one resource, or None. Compared without case."""
    resources = listing(exchange)
    need(len(resources) == exchange.json()["totalResults"], "matches were left out", exchange)
    need(len(resources) <= 1, f"{len(resources)} resources have {name} {value!r}", exchange)
    for resource in resources:
        found = resource.get(name)
        need(isinstance(found, str) and found.lower() == value.lower(),
             f"asked for {name} {value!r}, got {found!r}", exchange)
    return resources[0] if resources else None


def resource(exchange: Exchange, answer: dict, schema: str, known_id: str | None) -> str:
    """What users and groups have in common; the id."""
    schemas = answer.get("schemas")
    need(isinstance(schemas, list) and schema in schemas, f"schemas lacks {schema}", exchange)
    ident = answer.get("id")
    need(isinstance(ident, str) and ident, f"id is {ident!r}, wanted a string", exchange)
    need("bulkId" not in ident, "id holds the reserved word bulkId", exchange)
    need(known_id is None or ident == known_id, f"id changed from {known_id} to {ident}", exchange)
    meta = answer.get("meta")
    kind = schema.rsplit(":", 1)[1]
    need(isinstance(meta, dict) and meta.get("resourceType") == kind,
         f"meta.resourceType isn't {kind}", exchange)
    location(exchange, meta.get("location"), f"/{kind}s/{urllib.parse.quote(ident)}")
    return ident


def location(exchange: Exchange, found: object, ending: str) -> None:
    """meta.location: absolute, of this resource, and the same as the Location of a 201."""
    need(isinstance(found, str), "no meta.location", exchange)
    url = urllib.parse.urlsplit(found)
    need(url.scheme in ("http", "https") and url.netloc, "meta.location isn't absolute", exchange)
    need(url.path.endswith(ending), f"meta.location doesn't end in {ending}", exchange)
    if exchange.status == 201:
        need(exchange.header("Location") == found, "Location isn't meta.location", exchange)


def user(exchange: Exchange, answer: dict, wanted: dict, known_id: str | None = None) -> str:
    """A user that holds what was sent: `wanted` in the form of a SCIM user. The id.

    Values must come back as they were sent: one that is normalised is sent again in each cycle.
    """
    ident = resource(exchange, answer, USER, known_id)
    need("password" not in answer, "a password came back", exchange)
    need(isinstance(answer.get("active"), bool), "active isn't a JSON boolean", exchange)
    for name in ("userName", "active", "displayName", "externalId", "title", "locale"):
        if name in wanted:
            same(exchange, name, answer.get(name), wanted[name])
    for name in ("givenName", "familyName"):
        if name in wanted.get("name", {}):
            same(exchange, f"name.{name}", (answer.get("name") or {}).get(name),
                 wanted["name"][name])
    if "emails" in wanted:
        addresses = [email.get("value") for email in answer.get("emails") or []]
        for email in wanted["emails"]:
            need(email["value"] in addresses, f"emails lacks {email['value']}", exchange)
    manager = (answer.get(ENTERPRISE) or {}).get("manager")
    need(manager is None or isinstance(manager, dict) and isinstance(manager.get("value"), str),
         "manager isn't an object with a value", exchange)
    return ident


def group(exchange: Exchange, answer: dict, name: str, members: set[str] | None,
          known_id: str | None = None) -> str:
    """A group of that name; `members` None means that they were to be left out. The id."""
    ident = resource(exchange, answer, GROUP, known_id)
    same(exchange, "displayName", answer.get("displayName"), name)
    if members is None:
        need("members" not in answer, "excludedAttributes=members was not honoured", exchange)
    else:
        found = member_ids(exchange, answer)
        need(found == members,
             f"members: missing {sorted(members - found)}, too many {sorted(found - members)}",
             exchange)
    return ident


def member_ids(exchange: Exchange, answer: dict) -> set[str]:
    """The ids of a group's members, each of which must be readable and there once."""
    members = answer.get("members")
    members = [] if members is None else members
    need(isinstance(members, list), "members isn't a list", exchange)
    for member in members:
        need(isinstance(member, dict) and isinstance(member.get("value"), str),
             f"the member {member!r} has no value", exchange)
    ids = [member["value"] for member in members]
    need(len(set(ids)) == len(ids), "a member is there twice", exchange)
    return set(ids)


def same(exchange: Exchange, name: str, found: object, wanted: object) -> None:
    """The value came back as it was sent."""
    need(found == wanted and isinstance(found, bool) == isinstance(wanted, bool),
         f"{name} is {found!r}, sent {wanted!r}", exchange)

"""users.list and users.get (facts 2.1, 2.2)."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Iterator

from . import mask, render, search
from .errors import ApiError
from .paging import page
from .routing import BASE, STANDARD, Answer, Call, Method, Parameter, listed, ok
from .state import DELETED_KEPT, User
from .tokens import USER

EVENTS = ("add", "delete", "makeAdmin", "undelete", "update")

_VIEW = (
    Parameter("projection", default="basic", choices=("basic", "custom", "full")),
    Parameter("customFieldMask"),
    Parameter("viewType", default="admin_view", choices=("admin_view", "domain_public")),
)
LIST_PARAMETERS = (
    Parameter("customer"),
    Parameter("domain"),
    Parameter("maxResults", kind="integer", default=100, minimum=1, maximum=500),
    Parameter("pageToken"),
    Parameter("orderBy", choices=("email", "familyName", "givenName")),
    Parameter("sortOrder", default="ASCENDING", choices=("ASCENDING", "DESCENDING")),
    Parameter("query"),
    Parameter("showDeleted"),
    Parameter("event", choices=EVENTS),
    *_VIEW,
)


def require_customer(call: Call) -> str | None:
    """Check customer and domain; the domain to which the listing is limited, if any."""
    customer, domain = call.parameters["customer"], call.parameters["domain"]
    if customer not in (None, "my_customer", call.world.settings["customerId"]):
        # Not documented; another customer is nobody's business.
        raise ApiError("forbidden")
    if domain is not None and domain.lower() not in call.world.settings["domains"]:
        raise ApiError("notFound", "domain")
    if customer and domain:
        # What secondary domains hold is dropped then (bitwarden/directory-connector#1193).
        call.note("customer and domain are both given")
    return domain.lower() if domain else None


def _list(call: Call) -> Answer:
    parameters = call.parameters
    domain = require_customer(call)
    if not parameters["customer"] and not parameters["domain"]:
        raise ApiError("badRequest")
    show = _view(call)
    public = parameters["viewType"] == "domain_public"
    if parameters["projection"] == "custom" and not parameters["customFieldMask"]:
        raise ApiError("invalid", "customFieldMask")
    found_by = search.user_filter(call.site, parameters["query"], public)

    def wanted(user: User) -> bool:
        return (domain is None or user.email.lower().endswith(f"@{domain}")) and found_by(user) \
            and not (public and (user.suspended or user.archived))

    source = _deleted(call) if parameters["showDeleted"] == "true" else _present(call)
    found = ((place, user) for place, user in source if wanted(user))
    items, token = page(call, found,
                        lambda user: show(user, call.site, parameters["projection"]))
    return listed("users", "users", items, token, render.list_tag(items),
                  keep_empty=call.world.settings["emptyUsers"] == "present")


def _view(call: Call) -> Any:
    if call.parameters["viewType"] == "domain_public":
        return render.public_user
    if call.unprivileged:
        raise ApiError("forbidden")
    return render.user


def _present(call: Call) -> Iterator[tuple[tuple[str, str], User]]:
    cursor = call.world.page_tokens.read(call)
    descending = call.parameters["sortOrder"] == "DESCENDING"
    order = call.parameters["orderBy"] or "email"
    for place in call.site.after(order, cursor, descending):
        yield place, call.site.users[place[1]]


def _deleted(call: Call) -> Iterator[tuple[tuple[str, str], User]]:
    """Those of the last 20 days alone."""
    cursor = call.world.page_tokens.read(call)
    for place in sorted((user.email.lower(), user.id) for user in call.site.deleted.values()):
        user = call.site.deleted[place[1]]
        moment = datetime.fromisoformat(user.deleted or "")
        recent = (datetime.now(timezone.utc) - moment).total_seconds() <= DELETED_KEPT
        if recent and (cursor is None or list(place) > cursor):
            yield place, user


def _get(call: Call) -> Answer:
    show = _view(call)
    known = call.site.find(call.path_values["userKey"])
    if known is not None and not isinstance(known, User):
        raise ApiError("typeNotSupported")
    if known is None:
        raise ApiError("notFound", "userKey")
    return ok(show(known, call.site, call.parameters["projection"]))


OPERATIONS = (
    Method("directory.users.list", "GET", f"{BASE}/users", _list, LIST_PARAMETERS + STANDARD,
           scopes=(USER, USER.removesuffix(".readonly")),
           shape=mask.listing("users", mask.USER), items="users"),
    Method("directory.users.get", "GET", f"{BASE}/users/{{userKey}}", _get, _VIEW + STANDARD,
           scopes=(USER, USER.removesuffix(".readonly")), shape=mask.USER),
)

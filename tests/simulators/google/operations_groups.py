"""groups.list and members.list (facts 2.3, 2.4), and orgunits.list."""

from __future__ import annotations

from typing import Iterator

from . import mask, render, search
from .errors import ApiError
from .operations_users import require_customer
from .paging import page
from .routing import BASE, STANDARD, Answer, Call, Method, Parameter, listed
from .state import Group, Member
from .tokens import GROUP, MEMBER, ORGUNIT

ROLES = ("OWNER", "MANAGER", "MEMBER")

_SIZE = Parameter("maxResults", kind="integer", default=200, minimum=1, maximum=200)


def _list(call: Call) -> Answer:
    parameters, site = call.parameters, call.site
    if call.unprivileged:
        raise ApiError("forbidden")
    if parameters["userKey"] and parameters["customer"]:
        raise ApiError("badRequest")
    domain = require_customer(call)
    wanted = search.group_filter(site, parameters["query"])
    # The groups of a member, those outside the customer's domains among them.
    of_member = search.has_member(site, parameters["userKey"]) if parameters["userKey"] else None
    found = ((place, group) for place, group in _present(call)
             if (domain is None or group.email.lower().endswith(f"@{domain}"))
             and (of_member(group) if of_member else not group.external) and wanted(group))
    items, token = page(call, found, render.group)
    return listed("groups", "groups", items, token, render.list_tag(items))


def _present(call: Call) -> Iterator[tuple[tuple[str, str], Group]]:
    cursor = call.world.page_tokens.read(call)
    for place in call.site.after("groups", cursor, call.parameters["sortOrder"] == "DESCENDING"):
        yield place, call.site.groups[place[1]]


def _members(call: Call) -> Answer:
    site, parameters = call.site, call.parameters
    if call.unprivileged:
        raise ApiError("forbidden")
    group = site.find(call.path_values["groupKey"])
    if not isinstance(group, Group):
        raise ApiError("notFound", "groupKey")
    if group.external:
        raise ApiError("forbidden")
    roles = set((parameters["roles"] or ",".join(ROLES)).split(","))
    if not roles <= set(ROLES):
        raise ApiError("invalid", "roles")
    members = group.members
    if parameters["includeDerivedMembership"]:
        fewer = site.settings["derivedMembership"] == "fewer"
        members = site.derived(group, 2 if fewer else None)
    cursor = call.world.page_tokens.read(call)
    found = (((member.id, ""), member) for member in _in_order(members)
             if member.role in roles and (cursor is None or member.id > cursor[0]))
    items, token = page(call, found, lambda member: render.member(member, site))
    return listed("members", "members", items, token, render.list_tag(items))


def _in_order(members: dict[str, Member]) -> list[Member]:
    return [members[key] for key in sorted(members)]


def _org_units(call: Call) -> Answer:
    site = call.site
    if call.unprivileged:
        raise ApiError("forbidden")
    if call.path_values["customerId"] not in ("my_customer", site.settings["customerId"]):
        raise ApiError("forbidden")
    top = "/" + call.parameters["orgUnitPath"].strip("/")
    if top not in site.org_units:
        raise ApiError("notFound", "orgUnitPath")
    below = top.rstrip("/") + "/"
    paths = [path for path in sorted(site.org_units)
             if path != top and path.startswith(below)
             and (call.parameters["type"] != "children" or "/" not in path[len(below):])]
    if call.parameters["type"] == "allIncludingParent":
        paths.insert(0, top)
    items = [render.org_unit(path, site.org_units[path]) for path in paths]
    return listed("orgUnits", "organizationUnits", items, None, render.list_tag(items))


OPERATIONS = (
    Method("directory.groups.list", "GET", f"{BASE}/groups", _list, (
        Parameter("customer"), Parameter("domain"), Parameter("userKey"), _SIZE,
        Parameter("pageToken"), Parameter("query"), Parameter("orderBy", choices=("email",)),
        Parameter("sortOrder", default="ASCENDING", choices=("ASCENDING", "DESCENDING")),
        *STANDARD),
        # Not group.member.readonly (facts 1.8).
        scopes=(GROUP, GROUP.removesuffix(".readonly")),
        shape=mask.listing("groups", mask.GROUP), items="groups"),
    Method("directory.members.list", "GET", f"{BASE}/groups/{{groupKey}}/members", _members, (
        _SIZE, Parameter("pageToken"), Parameter("roles"),
        Parameter("includeDerivedMembership", kind="boolean", default=False), *STANDARD),
        scopes=(GROUP, MEMBER, GROUP.removesuffix(".readonly"), MEMBER.removesuffix(".readonly")),
        shape=mask.listing("members", mask.MEMBER), items="members"),
    Method("directory.orgunits.list", "GET", f"{BASE}/customer/{{customerId}}/orgunits",
           _org_units, (
               Parameter("orgUnitPath", default=""),
               Parameter("type", default="children",
                         choices=("all", "children", "allIncludingParent")), *STANDARD),
           scopes=(ORGUNIT, ORGUNIT.removesuffix(".readonly")),
           shape=mask.listing("organizationUnits", mask.ORG_UNIT), items="organizationUnits"),
)

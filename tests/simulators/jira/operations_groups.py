"""Operations on groups and memberships: /rest/api/3/group and what is under it, groups/picker."""

from __future__ import annotations

from html import escape

from . import render
from .operations_users import SEATS_EXCEEDED, existing_account
from .routing import Answer, Call, JiraError, Operation, Parameter, Property
from .state import PRODUCTS, Group

# Seen at a site whose users are managed by another directory (community t/6206). The status isn't
# known: 400 and 403 are both to be taken as final (facts 3.2).
EXTERNALLY_MANAGED = ("Cannot edit group memberships, as external user management is enabled, "
                      "please contact your JIRA administrators.")

# The picker shows no more than the site property jira.ajax.autocomplete.limit (P).
_PICKER_LIMIT = 20


def existing_group(call: Call, group_id: str) -> Group:
    group = call.site.groups.get(group_id)
    if group is None:
        raise JiraError(404, f"The group with id '{group_id}' does not exist.")
    return group


def create_group(call: Call) -> Answer:
    """POST group: 400 when the name is in use (P), in whatever upper or lower case."""
    name = call.body["name"]
    if not name.strip():
        raise JiraError(400, "The group name must be specified.")
    if call.site.group_by_name(name) is not None:
        raise JiraError(400, "The group name is in use.")
    group = call.site.add_group(name, created_by="api")
    call.world.counts.effect("createdGroups", name)
    return Answer(201, render.group(call.world.base_url, group))


def remove_group(call: Call) -> Answer:
    """DELETE group: 200, not 204 (P)."""
    group = existing_group(call, call.parameters["groupId"])
    if call.parameters["swapGroupId"] is not None:
        existing_group(call, call.parameters["swapGroupId"])
    if group.access_type == "site-admin":
        raise JiraError(400, "The group of the site admins can't be deleted.")
    call.site.remove_group(group)
    call.world.counts.effect("removedGroups", group.name)
    return Answer(200)


def bulk_get_groups(call: Call) -> Answer:
    """GET group/bulk: exact names, and the way to tell admin and product groups (facts 3.2).

    Names compare exactly here although they must differ by more than case to be unique: a look-up
    may come back empty and the creation after it still fail.
    """
    ids, names = call.parameters["groupId"], call.parameters["groupName"]
    access_type, product = call.parameters["accessType"], call.parameters["applicationKey"]
    found = [group for group in _candidates(call, ids, names)
             if access_type in (None, group.access_type) and product in (None, group.product)]
    found.sort(key=lambda group: group.name)
    query = [("groupId", one) for one in ids] + [("groupName", one) for one in names]
    query += [(name, value) for name, value in
              (("accessType", access_type), ("applicationKey", product)) if value is not None]
    bean, part = render.page(f"{call.world.base_url}/rest/api/3/group/bulk", query, found,
                             call.parameters["startAt"], call.parameters["maxResults"])
    bean["values"] = [{"name": group.name, "groupId": group.group_id} for group in part]
    return Answer(200, bean)


def _candidates(call: Call, ids: list[str], names: list[str]) -> list[Group]:
    """Groups with one of the ids or names; all when neither is given."""
    if not ids and not names:
        return list(call.site.groups.values())
    by_id = (call.site.groups.get(one) for one in ids)
    by_name = (call.site.group_by_name(one) for one in names)
    found = [group for group in by_id if group is not None]
    found += [group for group in by_name if group is not None and group.name in names]
    return list(dict.fromkeys(found))


def find_groups(call: Call) -> Answer:
    """GET groups/picker: contains-match, capped; nobody is refused, some see nothing (P).

    Without "Browse users and groups" only a query that is a group's whole name finds it.
    """
    fold = str.casefold if call.parameters["caseInsensitive"] else str
    query = fold(call.parameters["query"] or "")
    left_out = {*call.parameters["exclude"], *call.parameters["excludeId"]}
    groups = [] if call.caller.role == "anonymous" else [
        group for group in call.site.groups.values()
        if query in fold(group.name) and not left_out & {group.name, group.group_id}
        and (call.caller.may("browse") or query == fold(group.name))]
    groups.sort(key=lambda group: group.name)
    shown = groups[:min(call.parameters["maxResults"], _PICKER_LIMIT)]
    return Answer(200, {
        "header": f"Showing {len(shown)} of {len(groups)} matching groups",
        "total": len(groups),
        "groups": [{"name": group.name, "groupId": group.group_id,
                    "html": _highlighted(group.name, query, fold(group.name))}
                   for group in shown],
    })


def _highlighted(name: str, query: str, folded: str) -> str:
    at = folded.find(query)
    if not query or len(folded) != len(name):
        return escape(name)
    end = at + len(query)
    return f"{escape(name[:at])}<b>{escape(name[at:end])}</b>{escape(name[end:])}"


def get_users_from_group(call: Call) -> Answer:
    """GET group/member: 1 to 50 a page, inactive members hidden by default (P)."""
    group = existing_group(call, call.parameters["groupId"])
    inactive = call.parameters["includeInactiveUsers"]
    found = call.site.members(group, inactive=inactive)
    query = [("groupId", group.group_id), ("includeInactiveUsers", str(inactive).lower())]
    bean, part = render.page(f"{call.world.base_url}/rest/api/3/group/member", query, found,
                             call.parameters["startAt"], call.parameters["maxResults"])
    bean["values"] = [render.user_summary(call.world.base_url, one) for one in part]
    return Answer(200, bean)


def add_user_to_group(call: Call) -> Answer:
    """POST group/user: one user a call. A member already is 400 with a known text (AX-17)."""
    group = existing_group(call, call.parameters["groupId"])
    account = existing_account(call, call.body["accountId"])
    _require_editable(group)
    if account.account_id in group.member_ids:
        raise JiraError(400, f"Cannot add user. User is already a member of '{group.name}'")
    if group.product is not None and not call.site.has_seat_for(group.product, account):
        raise JiraError(400, SEATS_EXCEEDED)
    call.site.add_member(group, account)
    call.world.counts.effect("addedMembers", group.name, account.email.lower())
    return Answer(201, render.group(call.world.base_url, group))


def remove_user_from_group(call: Call) -> Answer:
    """DELETE group/user: 200, not 204 (P). Not a member: "not a member of" in the text
    (baton-jira group.go); the status was not seen, 404 is the likeliest in P."""
    group = existing_group(call, call.parameters["groupId"])
    account = existing_account(call, call.parameters["accountId"])
    _require_editable(group)
    if account.account_id not in group.member_ids:
        raise JiraError(404, f"Cannot remove user. User is not a member of '{group.name}'")
    if group.access_type == "site-admin" and account is call.site.owner:
        raise JiraError(400, "You can't remove your own organization admin role.")
    call.site.remove_member(group, account)
    call.world.counts.effect("removedMembers", group.name, account.email.lower())
    return Answer(200)


def _require_editable(group: Group) -> None:
    if group.external:
        raise JiraError(403, EXTERNALLY_MANAGED)


_GROUP_ID = Parameter("groupId", required=True)
_START_AT = Parameter("startAt", "integer", default=0, minimum=0)
# 50 is documented for group/member alone; for group/bulk no highest page size is known, so the
# default is taken for it.
_MAX_RESULTS = Parameter("maxResults", "integer", default=50, minimum=1, maximum=50)

OPERATIONS = (
    Operation("createGroup", "POST", "/rest/api/3/group", create_group,
              body=(Property("name"),), needs="site-admin"),
    Operation("removeGroup", "DELETE", "/rest/api/3/group", remove_group,
              (_GROUP_ID, Parameter("swapGroupId")), needs="site-admin"),
    Operation("bulkGetGroups", "GET", "/rest/api/3/group/bulk", bulk_get_groups,
              (Parameter("groupId", repeatable=True), Parameter("groupName", repeatable=True),
               Parameter("accessType", choices=("site-admin", "admin", "user")),
               Parameter("applicationKey", choices=tuple(PRODUCTS)), _START_AT, _MAX_RESULTS),
              needs="browse"),
    Operation("findGroups", "GET", "/rest/api/3/groups/picker", find_groups,
              (Parameter("query"), Parameter("exclude", repeatable=True),
               Parameter("excludeId", repeatable=True),
               Parameter("caseInsensitive", "boolean", default=False),
               Parameter("maxResults", "integer", default=_PICKER_LIMIT, minimum=1)),
              needs="anonymous"),
    Operation("getUsersFromGroup", "GET", "/rest/api/3/group/member", get_users_from_group,
              (_GROUP_ID, Parameter("includeInactiveUsers", "boolean", default=False),
               _START_AT, _MAX_RESULTS), needs="browse"),
    Operation("addUserToGroup", "POST", "/rest/api/3/group/user", add_user_to_group,
              (_GROUP_ID,), body=(Property("accountId"),), needs="site-admin"),
    Operation("removeUserFromGroup", "DELETE", "/rest/api/3/group/user", remove_user_from_group,
              (_GROUP_ID, Parameter("accountId", required=True)), needs="site-admin"),
)

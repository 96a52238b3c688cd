"""Operations about the caller and the site: myself, mypermissions, serverInfo, applicationrole."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from . import render
from .routing import Answer, Call, JiraError, Operation, Parameter
from .state import PRODUCTS, SITE_NAME

# Key, name, type, and what a caller needs to have it. ADMINISTER and USER_PICKER are the keys by
# which a provisioner sees whether its token will do; site admin can't be seen here (facts 3.1).
_PERMISSIONS = {
    "ADMINISTER": ("Administer Jira", "GLOBAL", "admin"),
    "USER_PICKER": ("Browse users and groups", "GLOBAL", "browse"),
    "BULK_CHANGE": ("Make bulk changes", "GLOBAL", "user"),
    "CREATE_SHARED_OBJECTS": ("Share dashboards and filters", "GLOBAL", "user"),
    "MANAGE_GROUP_FILTER_SUBSCRIPTIONS": ("Manage group filter subscriptions", "GLOBAL", "admin"),
    "BROWSE_PROJECTS": ("Browse Projects", "PROJECT", "user"),
    "ADMINISTER_PROJECTS": ("Administer Projects", "PROJECT", "admin"),
}


def get_current_user(call: Call) -> Answer:
    """GET myself: the one true test of a token."""
    expand = call.parameters["expand"] or ""
    return Answer(200, render.user(call.world.base_url, call.site, call.site.owner, expand))


def get_my_permissions(call: Call) -> Answer:
    """GET mypermissions: answers 200 to anybody, so it proves nothing about the token (P)."""
    keys = [key.strip() for key in call.parameters["permissions"].split(",")]
    unknown = [key for key in keys if key not in _PERMISSIONS]
    if unknown:
        raise JiraError(400, f"Unrecognized permission: {', '.join(unknown)}")
    permissions: dict[str, Any] = {}
    for number, (key, (name, kind, need)) in enumerate(_PERMISSIONS.items()):
        if key in keys:
            permissions[key] = {"id": str(number), "key": key, "name": name, "type": kind,
                                "description": name, "havePermission": call.caller.may(need)}
    return Answer(200, {"permissions": permissions})


def get_server_info(call: Call) -> Answer:
    """GET serverInfo: open to everybody (P)."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return Answer(200, {
        "baseUrl": call.world.base_url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100286,
        "buildDate": now,
        "serverTime": now,
        "serverTimeZone": "Etc/UTC",
        "serverTitle": f"Jira of {SITE_NAME}",
    })


def get_all_application_roles(call: Call) -> Answer:
    """GET applicationrole: which groups cost money, and how many seats are left (facts 3.2)."""
    return Answer(200, [_application_role(call, product) for product in PRODUCTS])


def _application_role(call: Call, product: str) -> dict[str, Any]:
    site, base_url = call.site, call.world.base_url
    groups = sorted(site.product_groups(product), key=lambda group: group.name)
    defaults = [group for group in groups if group.default_for_product]
    users = len(site.seat_holders(product))
    seats = site.settings["seats"].get(product)
    return {
        "key": product,
        "name": PRODUCTS[product][0],
        "groups": [group.name for group in groups],
        "groupDetails": [render.group_name(base_url, group) for group in groups],
        "defaultGroups": [group.name for group in defaults],
        "defaultGroupsDetails": [render.group_name(base_url, group) for group in defaults],
        "selectedByDefault": product == "jira-software",
        "defined": True,
        "platform": product == "jira-core",
        "hasUnlimitedSeats": seats is None,
        "numberOfSeats": -1 if seats is None else int(seats),
        "remainingSeats": -1 if seats is None else max(0, int(seats) - users),
        "userCount": users,
        "userCountDescription": f"{users} users",
    }


OPERATIONS = (
    Operation("getCurrentUser", "GET", "/rest/api/3/myself", get_current_user,
              (Parameter("expand"),)),
    Operation("getMyPermissions", "GET", "/rest/api/3/mypermissions", get_my_permissions,
              (Parameter("permissions", required=True),), needs="anonymous"),
    Operation("getServerInfo", "GET", "/rest/api/3/serverInfo", get_server_info,
              needs="anonymous"),
    Operation("getAllApplicationRoles", "GET", "/rest/api/3/applicationrole",
              get_all_application_roles, needs="admin"),
)

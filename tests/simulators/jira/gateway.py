"""API tokens with scopes: the gateway that accepts them, and where a site tells its cloud id.

https://api.atlassian.com/ex/jira/{cloudId}/rest/... is Atlassian's; here it stands beside the site.
The site's own address says of such a token what it says of a wrong one, and the gateway's answers
have a form of their own (facts 4). What it says of a classic token, of a wrong one and of a cloud
that it does not know is unsourced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .routing import Answer, Call, Operation, Request

if TYPE_CHECKING:
    from .access import Caller
    from .settings import Settings

PREFIX = "/ex/jira/"

READ, MANAGE = "read:jira-user", "manage:jira-configuration"
DESK_READ, DESK_MANAGE = "read:servicedesk-request", "manage:servicedesk-customer"
SCOPES = (READ, MANAGE, DESK_READ, DESK_MANAGE)

_MANAGED = ("admin", "site-admin")


@dataclass(frozen=True)
class Entrance:
    """A request as Jira sees it, and whether it came through the gateway."""

    request: Request
    through: bool = False
    refusal: Answer | None = None


def enter(request: Request, cloud_id: str) -> Entrance:
    """Take the gateway's part of the path away."""
    if not request.path.startswith(PREFIX):
        return Entrance(request)
    cloud, slash, rest = request.path.removeprefix(PREFIX).partition("/")
    refusal = None if cloud == cloud_id else _says(404, "Not Found")
    return Entrance(replace(request, path=slash + rest), True, refusal)


def refuse(operation: Operation, caller: "Caller", settings: "Settings") -> Answer | None:
    """What the gateway itself has against a call, before Jira sees it."""
    if caller.presented != "owner":
        return _says(401, "Unauthorized")
    scope = operation.scope or (MANAGE if operation.needs in _MANAGED else READ)
    if scope not in settings["scopes"]:
        return _says(401, "Unauthorized; scope does not match")
    return None


def _says(status: int, message: str) -> Answer:
    return Answer(status, {"code": status, "message": message})


def get_tenant_info(call: Call) -> Answer:
    """GET /_edge/tenant_info: the cloud id, told to anybody."""
    return Answer(200, {"cloudId": call.world.cloud_id})


OPERATIONS = (
    Operation("getTenantInfo", "GET", "/_edge/tenant_info", get_tenant_info, needs="anonymous"),
)

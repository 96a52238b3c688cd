"""The JSON forms of Jira Service Management: UserDTO, OrganizationDTO, pages, and its errors."""

from __future__ import annotations

from typing import Any, Callable, Sequence, TypeVar
from urllib.parse import quote, urlencode

from .desks import Desk, Organization
from .routing import Answer, Call
from .state import Account

PREFIX = "/rest/servicedeskapi/"

Item = TypeVar("Item")


def customer(base_url: str, account: Account) -> dict[str, Any]:
    """UserDTO, which does not tell what type of account it is. emailAddress is null where its owner
    hides it (J)."""
    url = f"{base_url}/rest/api/2/user?accountId={quote(account.account_id)}"
    return {
        "accountId": account.account_id,
        "emailAddress": None if account.hidden_email else account.email,
        "displayName": account.display_name,
        "active": account.active,
        "timeZone": "Etc/UTC",
        "_links": {"self": url, "jiraRest": url,
                   "avatarUrls": {f"{size}x{size}": f"{base_url}/avatars/{size}.png"
                                  for size in (16, 24, 32, 48)}},
    }


def desk(base_url: str, one: Desk) -> dict[str, Any]:
    return {
        "id": one.desk_id,
        "projectId": one.project_id,
        "projectName": one.project_name,
        "projectKey": one.project_key,
        "_links": {"self": f"{base_url}{PREFIX}servicedesk/{one.desk_id}"},
    }


def organization(base_url: str, one: Organization) -> dict[str, Any]:
    return {
        "id": one.organization_id,
        "uuid": one.uuid,
        "name": one.name,
        "scimManaged": one.scim_managed,
        "_links": {"self": f"{base_url}{PREFIX}organization/{one.organization_id}"},
    }


def page(call: Call, path: str, found: Sequence[Item],
         form: Callable[[str, Item], dict[str, Any]]) -> Answer:
    """A PagedDTO, which does not say how many there are in all; `limit` is what was asked for, "up
    to the maximum set for these objects" (J)."""
    base_url = call.world.base_url
    start = call.parameters["start"]
    limit = min(call.parameters["limit"], call.site.settings["servicePage"])
    part = found[start:start + limit]
    last = start + limit >= len(found)
    others = [(name, value) for name, value in call.parameters.items()
              if name not in ("start", "limit") and value is not None]

    def url(first: int) -> str:
        query = urlencode([*others, ("start", first), ("limit", limit)])
        return f"{base_url}{PREFIX}{path}?{query}"

    links = {"base": f"{base_url}{PREFIX.rstrip('/')}", "context": "", "self": url(start)}
    if not last:
        links["next"] = url(start + limit)
    if start > 0:
        links["prev"] = url(max(0, start - limit))
    return Answer(200, {
        "_expands": [], "size": len(part), "start": start, "limit": limit, "isLastPage": last,
        "_links": links, "values": [form(base_url, one) for one in part],
    })


def in_own_form(answer: Answer) -> Answer:
    """`{"errorMessage","i18nErrorMessage"}` instead of the platform's errors (facts 3.4). The keys
    that Jira uses were not found; this one is ours."""
    messages = answer.content.get("errorMessages") if isinstance(answer.content, dict) else None
    if answer.status >= 400 and messages:
        answer.content = {"errorMessage": messages[0], "i18nErrorMessage": {
            "i18nKey": "demo.servicedesk.error", "parameters": []}}
    return answer

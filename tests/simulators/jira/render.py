"""Jira's JSON forms of accounts, groups and pages (schemas User, Group, GroupName, PageBean...)."""

from __future__ import annotations

from typing import Any, Sequence
from urllib.parse import quote, urlencode

from .state import PRODUCTS, Account, Group, Site


def user_summary(base_url: str, account: Account) -> dict[str, Any]:
    """UserDetails: an account in a list. emailAddress is null where its owner hides it (P)."""
    return {
        "self": f"{base_url}/rest/api/3/user?accountId={quote(account.account_id)}",
        "accountId": account.account_id,
        "accountType": account.account_type,
        "emailAddress": None if account.hidden_email else account.email,
        "avatarUrls": {f"{size}x{size}": f"{base_url}/avatars/{size}.png"
                       for size in (16, 24, 32, 48)},
        "displayName": account.display_name,
        "active": account.active,
        "timeZone": "Etc/UTC",
    }


def user(base_url: str, site: Site, account: Account, expand: str = "") -> dict[str, Any]:
    """User, whole. Groups and roles are counted always and listed only when asked for."""
    wanted = {part.strip() for part in expand.split(",")}
    groups = site.groups_of(account)
    products = site.products_of(account)
    return user_summary(base_url, account) | {
        "locale": "en_US",
        "groups": {
            "size": len(groups),
            "items": [group_name(base_url, group) for group in groups]
            if "groups" in wanted else [],
        },
        "applicationRoles": {
            "size": len(products),
            "items": [{"key": product, "name": PRODUCTS[product][0]} for product in products]
            if "applicationRoles" in wanted else [],
        },
        "expand": "groups,applicationRoles",
    }


def group_name(base_url: str, group: Group) -> dict[str, Any]:
    """GroupName: a group in a list."""
    return {
        "name": group.name,
        "groupId": group.group_id,
        "self": f"{base_url}/rest/api/3/group?groupId={quote(group.group_id)}",
    }


def group(base_url: str, one: Group) -> dict[str, Any]:
    """Group, whole; its members are only counted, to list them is group/member's work."""
    return group_name(base_url, one) | {
        "users": {"size": len(one.member_ids), "items": [], "max-results": 50,
                  "start-index": 0, "end-index": 0},
        "expand": "users",
    }


def page(url: str, query: list[tuple[str, str]], found: Sequence[Any], start: int,
         count: int) -> tuple[dict[str, Any], Sequence[Any]]:
    """A PageBean without its values, and the slice that the values are to be made of."""
    is_last = start + count >= len(found)
    bean: dict[str, Any] = {
        "self": _page_url(url, query, start, count),
        "maxResults": count,
        "startAt": start,
        "total": len(found),
        "isLast": is_last,
    }
    if not is_last:
        bean["nextPage"] = _page_url(url, query, start + count, count)
    return bean, found[start:start + count]


def _page_url(url: str, query: list[tuple[str, str]], start: int, count: int) -> str:
    fixed = [(name, value) for name, value in query if name not in ("startAt", "maxResults")]
    return f"{url}?{urlencode(fixed + [('startAt', start), ('maxResults', count)])}"

"""How the control API's edits name what they change."""

from __future__ import annotations

from .desks import Desk, Organization
from .state import Account, Group, Site


class EditError(ValueError):
    """An edit that can't be carried out."""


def named_account(site: Site, name: str) -> Account:
    """By its id or its address; of two accounts with one address the Atlassian one is meant."""
    account = site.accounts.get(name) or site.account_by_email(name) \
        or site.account_by_email(name, "customer")
    if account is None:
        raise EditError(f"there is no account {name!r}")
    return account


def named_group(site: Site, name: str) -> Group:
    group = site.groups.get(name) or site.group_by_name(name)
    if group is None:
        raise EditError(f"there is no group {name!r}")
    return group


def named_desk(site: Site, name: str) -> Desk:
    desk = site.service.desk(name)
    if desk is None:
        raise EditError(f"there is no service desk {name!r}")
    return desk


def named_organization(site: Site, name: str) -> Organization:
    """By its id or its name, in whatever upper or lower case."""
    organization = site.service.organizations.get(name) or site.service.organization_by_name(name)
    if organization is None:
        raise EditError(f"there is no organization {name!r}")
    return organization

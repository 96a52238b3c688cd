"""What Jira Service Management holds: service desks, organizations, and who is in them.

Customers themselves are accounts of the site (state.Account): people with an Atlassian account, or
portal-only ones, whose account type is "customer" and whose id begins with "qm:" (facts 3.4).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .state import Account, Site

# "closed": customers are those who were added. Of the others nobody can be removed (facts 3.4).
ACCESS = ("closed", "open", "public-signup")

# What the owner of the API token is there; a desk to which he has no access is not listed.
ROLES = ("administrator", "agent", "none")

CUSTOMER_PREFIX = "qm:"


def new_customer_id() -> str:
    return f"{CUSTOMER_PREFIX}{uuid.uuid4()}:{uuid.uuid4()}"


class Members:
    """Account ids, and their order, which is made anew only after a change."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._ordered: list[str] | None = None

    def __contains__(self, account_id: str) -> bool:
        return account_id in self._ids

    def add(self, account_id: str) -> bool:
        """Whether that changed anything."""
        if account_id in self._ids:
            return False
        self._ids.add(account_id)
        self._ordered = None
        return True

    def discard(self, account_id: str) -> bool:
        """Whether that changed anything."""
        if account_id not in self._ids:
            return False
        self._ids.discard(account_id)
        self._ordered = None
        return True

    def ordered(self) -> list[str]:
        if self._ordered is None:
            self._ordered = sorted(self._ids)
        return self._ordered


@dataclass(eq=False)
class Organization:
    """Customers of one company; `scim_managed` ones are another directory's."""

    organization_id: str
    name: str
    created_by: str
    scim_managed: bool = False
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    members: Members = field(default_factory=Members)


@dataclass(eq=False)
class Desk:
    """A service desk, which is a project's; `former_keys` are the project's keys of old."""

    desk_id: str
    project_id: str
    project_key: str
    project_name: str
    access: str = "closed"
    owner_role: str = "administrator"
    former_keys: set[str] = field(default_factory=set)
    customers: Members = field(default_factory=Members)
    organization_ids: dict[str, None] = field(default_factory=dict)


class ServiceManagement:
    """Desks and organizations with their indexes; changed under Site.lock."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self.desks: dict[str, Desk] = {}
        self.organizations: dict[str, Organization] = {}
        self._by_name: dict[str, Organization] = {}
        self._last_organization = 0
        self._last_desk = 0

    # Desks

    def add_desk(self, project_key: str, *, project_name: str | None = None,
                 desk_id: str | None = None, **attributes: Any) -> Desk:
        self._last_desk += 1
        desk = Desk(desk_id=desk_id or str(self._last_desk),
                    project_id=str(10000 + self._last_desk), project_key=project_key,
                    project_name=project_name or f"{project_key} service project", **attributes)
        self.desks[desk.desk_id] = desk
        return desk

    def desk(self, identifier: str) -> Desk | None:
        """By its id or its project's key. The key that a project had before it got another one
        goes on naming it until a new project takes it."""
        if identifier in self.desks:
            return self.desks[identifier]
        by_key = {desk.project_key: desk for desk in self.desks.values()}
        former = {key: desk for desk in self.desks.values() for key in desk.former_keys}
        return by_key.get(identifier) or former.get(identifier)

    def rename_project(self, desk: Desk, project_key: str) -> None:
        desk.former_keys.add(desk.project_key)
        desk.project_key = project_key

    # Organizations

    def add_organization(self, name: str, *, created_by: str, organization_id: str | None = None,
                         scim_managed: bool = False) -> Organization:
        self._last_organization += 1
        organization = Organization(organization_id or str(self._last_organization), name,
                                    created_by, scim_managed)
        self.organizations[organization.organization_id] = organization
        self._by_name[name.casefold()] = organization
        return organization

    def organization_by_name(self, name: str) -> Organization | None:
        """The organization that holds this name as far as uniqueness goes."""
        return self._by_name.get(name.casefold())

    def rename_organization(self, organization: Organization, name: str) -> None:
        del self._by_name[organization.name.casefold()]
        organization.name = name
        self._by_name[name.casefold()] = organization

    def remove_organization(self, organization: Organization) -> None:
        for desk in self.desks.values():
            desk.organization_ids.pop(organization.organization_id, None)
        del self._by_name[organization.name.casefold()]
        del self.organizations[organization.organization_id]

    def organizations_of(self, desk: Desk) -> list[Organization]:
        return [self.organizations[one] for one in desk.organization_ids]

    # People

    def forget(self, account: "Account") -> None:
        """Take an account that leaves the site out of everything."""
        for desk in self.desks.values():
            desk.customers.discard(account.account_id)
        for organization in self.organizations.values():
            organization.members.discard(account.account_id)

    def with_organizations(self, desk: Desk) -> list[str]:
        """Ids of the desk's customers and of its organizations' members."""
        ids = set(desk.customers.ordered())
        for organization in self.organizations_of(desk):
            ids.update(organization.members.ordered())
        return sorted(ids)

    # The whole, for the control API

    def as_json(self) -> dict[str, Any]:
        desks = sorted(self.desks.values(), key=lambda desk: desk.project_key)
        organizations = sorted(self.organizations.values(), key=lambda one: one.name)
        return {
            "desks": [self._desk_json(desk) for desk in desks],
            "organizations": [{
                "organizationId": one.organization_id,
                "name": one.name,
                "scimManaged": one.scim_managed,
                "members": self._emails(one.members.ordered()),
                "createdBy": one.created_by,
            } for one in organizations],
        }

    def _desk_json(self, desk: Desk) -> dict[str, Any]:
        """`portal`: who gets into it because he was put there, and has not lost all access."""
        admitted = [one for one in self.with_organizations(desk)
                    if self._site.accounts[one].active]
        return {
            "deskId": desk.desk_id,
            "projectId": desk.project_id,
            "projectKey": desk.project_key,
            "projectName": desk.project_name,
            "access": desk.access,
            "ownerRole": desk.owner_role,
            "customers": self._emails(desk.customers.ordered()),
            "organizations": sorted(one.name for one in self.organizations_of(desk)),
            "portal": self._emails(admitted),
        }

    def _emails(self, account_ids: list[str]) -> list[str]:
        return sorted(self._site.accounts[one].email for one in account_ids)

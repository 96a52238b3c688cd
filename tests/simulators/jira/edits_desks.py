"""Hand edits in Jira Service Management: desks, organizations, who is in them."""

from __future__ import annotations

from typing import Any, Callable

from .desks import ACCESS, ROLES
from .naming import EditError, named_account, named_desk, named_organization
from .state import Site


def _one_of(choices: tuple[str, ...], value: str) -> None:
    if value not in choices:
        raise EditError(f"{value!r} is none of {', '.join(choices)}")


def _free_key(site: Site, project_key: str) -> None:
    if project_key in {desk.project_key for desk in site.service.desks.values()}:
        raise EditError(f"there is a project {project_key!r}")


def _add_desk(site: Site, projectKey: str, *, projectName: str | None = None,
              access: str = "closed", ownerRole: str = "administrator",
              deskId: str | None = None) -> dict[str, Any]:
    _free_key(site, projectKey)
    _one_of(ACCESS, access)
    _one_of(ROLES, ownerRole)
    if deskId in site.service.desks:
        raise EditError(f"there is a service desk {deskId!r}")
    desk = site.service.add_desk(projectKey, project_name=projectName, desk_id=deskId,
                                 access=access, owner_role=ownerRole)
    return {"deskId": desk.desk_id}


def _set_desk(site: Site, desk: str, *, access: str | None = None, ownerRole: str | None = None,
              projectKey: str | None = None, projectName: str | None = None) -> dict[str, Any]:
    one = named_desk(site, desk)
    _one_of(ACCESS, access or one.access)
    _one_of(ROLES, ownerRole or one.owner_role)
    if projectKey not in (None, one.project_key):
        _free_key(site, projectKey)
        site.service.rename_project(one, projectKey)
    one.access = access or one.access
    one.owner_role = ownerRole or one.owner_role
    one.project_name = projectName or one.project_name
    return {"deskId": one.desk_id}


def _remove_desk(site: Site, desk: str) -> dict[str, Any]:
    one = named_desk(site, desk)
    del site.service.desks[one.desk_id]
    return {"deskId": one.desk_id}


def _free_name(site: Site, name: str) -> None:
    if site.service.organization_by_name(name) is not None:
        raise EditError(f"there is an organization {name!r}")


def _add_organization(site: Site, name: str, *, scimManaged: bool = False,
                      organizationId: str | None = None) -> dict[str, Any]:
    _free_name(site, name)
    if organizationId in site.service.organizations:
        raise EditError(f"there is an organization {organizationId!r}")
    one = site.service.add_organization(name, created_by="control", scim_managed=scimManaged,
                                        organization_id=organizationId)
    return {"organizationId": one.organization_id}


def _set_organization(site: Site, organization: str, *, name: str | None = None,
                      scimManaged: bool | None = None) -> dict[str, Any]:
    one = named_organization(site, organization)
    if name is not None:
        if site.service.organization_by_name(name) not in (None, one):
            _free_name(site, name)
        site.service.rename_organization(one, name)
    if scimManaged is not None:
        one.scim_managed = scimManaged
    return {"organizationId": one.organization_id}


def _remove_organization(site: Site, organization: str) -> dict[str, Any]:
    one = named_organization(site, organization)
    site.service.remove_organization(one)
    return {"organizationId": one.organization_id}


def _add_desk_customer(site: Site, desk: str, account: str) -> dict[str, Any]:
    one = named_desk(site, desk)
    one.customers.add(named_account(site, account).account_id)
    return {"deskId": one.desk_id}


def _remove_desk_customer(site: Site, desk: str, account: str) -> dict[str, Any]:
    one = named_desk(site, desk)
    one.customers.discard(named_account(site, account).account_id)
    return {"deskId": one.desk_id}


def _add_desk_organization(site: Site, desk: str, organization: str) -> dict[str, Any]:
    one = named_desk(site, desk)
    one.organization_ids[named_organization(site, organization).organization_id] = None
    return {"deskId": one.desk_id}


def _remove_desk_organization(site: Site, desk: str, organization: str) -> dict[str, Any]:
    one = named_desk(site, desk)
    one.organization_ids.pop(named_organization(site, organization).organization_id, None)
    return {"deskId": one.desk_id}


def _add_organization_member(site: Site, organization: str, account: str) -> dict[str, Any]:
    one = named_organization(site, organization)
    one.members.add(named_account(site, account).account_id)
    return {"organizationId": one.organization_id}


def _remove_organization_member(site: Site, organization: str, account: str) -> dict[str, Any]:
    one = named_organization(site, organization)
    one.members.discard(named_account(site, account).account_id)
    return {"organizationId": one.organization_id}


EDITS: dict[str, Callable[..., dict[str, Any]]] = {
    "add-desk": _add_desk,
    "set-desk": _set_desk,
    "remove-desk": _remove_desk,
    "add-organization": _add_organization,
    "set-organization": _set_organization,
    "remove-organization": _remove_organization,
    "add-desk-customer": _add_desk_customer,
    "remove-desk-customer": _remove_desk_customer,
    "add-desk-organization": _add_desk_organization,
    "remove-desk-organization": _remove_desk_organization,
    "add-organization-member": _add_organization_member,
    "remove-organization-member": _remove_organization_member,
}

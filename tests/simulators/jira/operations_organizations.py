"""Operations on organizations of customers: /rest/servicedeskapi/organization and below."""

from __future__ import annotations

from . import render_desks
from .desks import Organization
from .gateway import DESK_MANAGE
from .operations_desks import ACCOUNT_IDS, PAGE, known_accounts, organizations_page
from .routing import Answer, Call, JiraError, Operation, Parameter, Property
from .state import Account

_LONGEST_NAME = 200


def existing_organization(call: Call) -> Organization:
    organization = call.site.service.organizations.get(call.path_values["organizationId"])
    if organization is None:
        raise JiraError(404, "The organization does not exist.")
    return organization


def _require_manager(call: Call) -> None:
    """Agents manage organizations, unless that was switched to Jira administrators (J)."""
    if call.site.settings["organizationManagement"] == "administrators" \
            and not call.caller.may("admin"):
        raise JiraError(403, "You do not have permission to manage organizations.")


def get_organizations(call: Call) -> Answer:
    """GET organization: no filter by name. Customers see none but their own (J)."""
    if call.parameters["accountId"] is not None and not call.caller.may("agent"):
        raise JiraError(403, "You do not have permission to see the organizations of others.")
    found = list(call.site.service.organizations.values()) if call.caller.may("agent") else []
    return organizations_page(call, "organization", found)


def create_organization(call: Call) -> Answer:
    """POST organization: 201 also when the name exists, with the one that has it (J), which may be
    managed by SCIM. That the case of names does not count is a guess."""
    _require_manager(call)
    name = call.body["name"]
    if not 1 <= len(name.strip()) or len(name) > _LONGEST_NAME:
        raise JiraError(400, f"The name must have 1 to {_LONGEST_NAME} characters.")
    organization = call.site.service.organization_by_name(name)
    if organization is None:
        organization = call.site.service.add_organization(name, created_by="api")
        call.world.counts.effect("createdOrganizations", name)
    return Answer(201, render_desks.organization(call.world.base_url, organization))


def get_organization(call: Call) -> Answer:
    organization = existing_organization(call)
    return Answer(200, render_desks.organization(call.world.base_url, organization))


def get_users(call: Call) -> Answer:
    """GET organization/{id}/user, ordered by account id (J)."""
    organization = existing_organization(call)
    found = [call.site.accounts[one] for one in organization.members.ordered()]
    return render_desks.page(call, f"organization/{organization.organization_id}/user", found,
                             render_desks.customer)


def _accounts_to_change(call: Call) -> tuple[Organization, list[Account], bool]:
    """What becomes of the known ones of a batch with others is not said, unlike for desks: a
    setting. The refusal of a scimManaged organization is a guess."""
    _require_manager(call)
    organization = existing_organization(call)
    if organization.scim_managed:
        raise JiraError(403, "The organization is managed by SCIM.")
    accounts, complete = known_accounts(call)
    if not complete and call.site.settings["organizationBatch"] == "whole":
        accounts = []
    return organization, accounts, complete


def add_users(call: Call) -> Answer:
    organization, accounts, complete = _accounts_to_change(call)
    for account in accounts:
        if organization.members.add(account.account_id):
            call.world.counts.effect("addedOrganizationMembers", organization.name,
                                     account.email.lower())
    return _answer(complete)


def remove_users(call: Call) -> Answer:
    """DELETE organization/{id}/user, with a body."""
    organization, accounts, complete = _accounts_to_change(call)
    for account in accounts:
        if organization.members.discard(account.account_id):
            call.world.counts.effect("removedOrganizationMembers", organization.name,
                                     account.email.lower())
    return _answer(complete)


def _answer(complete: bool) -> Answer:
    if not complete:
        raise JiraError(400, "One or more users could not be found.")
    return Answer(204)


_ONE = "/rest/servicedeskapi/organization/{organizationId}"
_USERS = (ACCOUNT_IDS, Property("organizationId", "integer", required=False))

OPERATIONS = (
    Operation("getOrganizations", "GET", "/rest/servicedeskapi/organization", get_organizations,
              (*PAGE, Parameter("accountId")), scope=DESK_MANAGE),
    Operation("createOrganization", "POST", "/rest/servicedeskapi/organization",
              create_organization, body=(Property("name"),), needs="agent", scope=DESK_MANAGE),
    Operation("getOrganization", "GET", _ONE, get_organization, needs="agent", scope=DESK_MANAGE),
    Operation("getUsersInOrganization", "GET", f"{_ONE}/user", get_users, PAGE, needs="agent",
              scope=DESK_MANAGE),
    Operation("addUsersToOrganization", "POST", f"{_ONE}/user", add_users, body=_USERS,
              needs="agent", scope=DESK_MANAGE),
    Operation("removeUsersFromOrganization", "DELETE", f"{_ONE}/user", remove_users, body=_USERS,
              needs="agent", scope=DESK_MANAGE),
)

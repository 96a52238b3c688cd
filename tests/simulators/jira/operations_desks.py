"""Operations on service desks: /rest/servicedeskapi/servicedesk and what is under it."""

from __future__ import annotations

from . import render_desks
from .desks import Desk, Organization
from .gateway import DESK_MANAGE, DESK_READ
from .routing import Answer, Call, JiraError, Operation, Parameter, Property
from .state import Account

_PERMITTED = {"administrator": ("administrator",), "agent": ("administrator", "agent")}

PAGE = (Parameter("start", "integer", default=0, minimum=0),
        Parameter("limit", "integer", default=50, minimum=1))
ACCOUNT_IDS = Property("accountIds", "strings", least=1)


def existing_desk(call: Call, role: str) -> Desk:
    """The desk of the path, by its id or a "project identifier" (J), here the project's key; the
    caller must be an "administrator" or an "agent" there."""
    desk = call.site.service.desk(call.path_values["serviceDeskId"])
    if desk is None:
        raise JiraError(404, "The Service Desk you are trying to view does not exist.")
    if desk.owner_role not in _PERMITTED[role]:
        raise JiraError(403, "You do not have permission to do this in the service desk.")
    return desk


def known_accounts(call: Call) -> tuple[list[Account], bool]:
    """The accounts of a batch that the site has, and whether that is all of them. How large a batch
    may be is not documented: a setting."""
    ids = call.body["accountIds"]
    largest = call.site.settings["serviceBatch"]
    if largest is not None and len(ids) > largest:
        raise JiraError(400, f"Not more than {largest} users can be given.")
    accounts = [call.site.accounts.get(one) for one in dict.fromkeys(ids)]
    known = [one for one in accounts if one is not None and not one.removed]
    return known, len(known) == len(accounts)


def organizations_page(call: Call, path: str, found: list[Organization]) -> Answer:
    """Organizations, of one account's when accountId is given; 404 when nobody has that id."""
    account_id = call.parameters["accountId"]
    if account_id is not None:
        if account_id not in call.site.accounts:
            raise JiraError(404, "The user does not exist.")
        found = [one for one in found if account_id in one.members]
    return render_desks.page(call, path, found, render_desks.organization)


def get_service_desks(call: Call) -> Answer:
    """GET servicedesk: those to which the caller has access, so that there may be none (J)."""
    desks = [desk for desk in call.site.service.desks.values() if desk.owner_role != "none"] \
        if call.caller.may("agent") else []
    return render_desks.page(call, "servicedesk", desks, render_desks.desk)


def get_service_desk(call: Call) -> Answer:
    desk = existing_desk(call, "agent")
    return Answer(200, render_desks.desk(call.world.base_url, desk))


def get_customers(call: Call) -> Answer:
    """GET servicedesk/{id}/customer: `query` is compared with how names, words of them, and
    addresses begin (J). Whether members of the desk's organizations are among them is not known: a
    setting."""
    desk = existing_desk(call, "agent")
    listed = call.site.settings["customerList"] == "all"
    ids = call.site.service.with_organizations(desk) if listed else desk.customers.ordered()
    found = [call.site.accounts[one] for one in ids]
    query = call.parameters["query"]
    if query is not None:
        found = [one for one in found if _matches(one, query.casefold())]
    return render_desks.page(call, f"servicedesk/{desk.desk_id}/customer", found,
                             render_desks.customer)


def _matches(account: Account, query: str) -> bool:
    name, email = account.display_name.casefold(), account.email.casefold()
    shown = not account.hidden_email or email == query
    return (shown and email.startswith(query)) or name.startswith(query) \
        or any(word.startswith(query) for word in name.split())


def add_customers(call: Call) -> Answer:
    """POST servicedesk/{id}/customer: of a batch in which some are unknown the others are added all
    the same, and the 400 says neither who was nor who was not (J)."""
    desk = existing_desk(call, "administrator")
    accounts, complete = known_accounts(call)
    for account in accounts:
        if desk.customers.add(account.account_id):
            call.world.counts.effect("addedCustomers", desk.project_key, account.email.lower())
    if not complete:
        raise JiraError(400, "One or more users could not be found.")
    return Answer(204)


def remove_customers(call: Call) -> Answer:
    """DELETE servicedesk/{id}/customer, with a body; refused unless the desk is closed (J). Who is
    no customer there does no harm; what becomes of unknown ones is not said: a setting."""
    desk = existing_desk(call, "administrator")
    if desk.access != "closed":
        raise JiraError(400, "Customers can't be removed: the service desk has public signup or "
                             "open access enabled.")
    accounts, complete = known_accounts(call)
    if not complete and call.site.settings["removeUnknown"] == "400":
        raise JiraError(400, "One or more users could not be found.")
    for account in accounts:
        if desk.customers.discard(account.account_id):
            call.world.counts.effect("removedCustomers", desk.project_key, account.email.lower())
    return Answer(204)


def get_desk_organizations(call: Call) -> Answer:
    desk = existing_desk(call, "agent")
    return organizations_page(call, f"servicedesk/{desk.desk_id}/organization",
                              call.site.service.organizations_of(desk))


def _organization_of_body(call: Call) -> Organization:
    organization = call.site.service.organizations.get(str(call.body["organizationId"]))
    if organization is None:
        raise JiraError(404, "The organization does not exist.")
    return organization


def add_organization(call: Call) -> Answer:
    """POST servicedesk/{id}/organization: 204 also when it was there (J)."""
    desk, organization = existing_desk(call, "agent"), _organization_of_body(call)
    if organization.organization_id not in desk.organization_ids:
        desk.organization_ids[organization.organization_id] = None
        call.world.counts.effect("addedOrganizations", desk.project_key, organization.name)
    return Answer(204)


def remove_organization(call: Call) -> Answer:
    """DELETE servicedesk/{id}/organization, with a body: 204 also when it was not there (J)."""
    desk, organization = existing_desk(call, "agent"), _organization_of_body(call)
    if organization.organization_id in desk.organization_ids:
        del desk.organization_ids[organization.organization_id]
        call.world.counts.effect("removedOrganizations", desk.project_key, organization.name)
    return Answer(204)


_DESK = "/rest/servicedeskapi/servicedesk/{serviceDeskId}"
_BY_ID = (Property("organizationId", "integer"),
          Property("serviceDeskId", required=False))

OPERATIONS = (
    Operation("getServiceDesks", "GET", "/rest/servicedeskapi/servicedesk", get_service_desks,
              PAGE, scope=DESK_READ),
    Operation("getServiceDeskById", "GET", _DESK, get_service_desk, needs="agent",
              scope=DESK_READ),
    Operation("getCustomers", "GET", f"{_DESK}/customer", get_customers,
              (Parameter("query"), *PAGE), needs="agent", scope=DESK_MANAGE, experimental=True),
    Operation("addCustomers", "POST", f"{_DESK}/customer", add_customers, body=(ACCOUNT_IDS,),
              needs="agent", scope=DESK_MANAGE),
    Operation("removeCustomers", "DELETE", f"{_DESK}/customer", remove_customers,
              body=(ACCOUNT_IDS,), needs="agent", scope=DESK_MANAGE, experimental=True),
    # J calls this getOrganizations, too.
    Operation("getDeskOrganizations", "GET", f"{_DESK}/organization", get_desk_organizations,
              (*PAGE, Parameter("accountId")), needs="agent", scope=DESK_MANAGE),
    Operation("addOrganization", "POST", f"{_DESK}/organization", add_organization, body=_BY_ID,
              needs="agent", scope=DESK_MANAGE),
    Operation("removeOrganization", "DELETE", f"{_DESK}/organization", remove_organization,
              body=_BY_ID, needs="agent", scope=DESK_MANAGE),
)

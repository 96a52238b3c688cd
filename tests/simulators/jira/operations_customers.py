"""Operations on portal customers: /rest/servicedeskapi/customer, and the invitation of one.

A customer's display name and address can't be changed by any operation of J.
"""

from __future__ import annotations

from . import render_desks
from .desks import CUSTOMER_PREFIX
from .gateway import DESK_MANAGE
from .operations_desks import existing_desk
from .routing import Answer, Call, JiraError, Operation, Parameter, Property
from .state import Account, looks_like_address


def create_customer(call: Call) -> Answer:
    """POST customer (facts 3.4). Who is there already is 400, or 409 for those who ask for it by
    strictConflictStatusCode; neither says which account it is."""
    return Answer(201, render_desks.customer(call.world.base_url, _new_customer(call)))


def invite_customer(call: Call) -> Answer:
    """POST servicedesk/{id}/customer/invite: the one that sends an e-mail (J').

    Whether it adds the customer to the desk is not said; it does not here, which is what a client
    must be ready for.
    """
    existing_desk(call, "administrator")
    account = _new_customer(call)
    call.world.counts.effect("invitedCustomers", account.email.lower())
    return Answer(201, render_desks.customer(call.world.base_url, account))


def _new_customer(call: Call) -> Account:
    email = call.body["email"]
    if not looks_like_address(email):
        raise JiraError(400, "The email address is not valid.")
    if _is_taken(call, email):
        raise JiraError(409 if call.parameters["strictConflictStatusCode"] else 400,
                        "An account with this email address exists already.")
    account = call.site.add_account(email, created_by="api", account_type="customer",
                                    display_name=call.body["displayName"])
    call.site.delay_visibility(account)
    call.world.counts.effect("createdCustomers", email.lower())
    return account


def _is_taken(call: Call, email: str) -> bool:
    """One address can hold an Atlassian account and a customer's (facts 3.4); whether the latter
    can be made beside the former in this way is not known, so that it is a setting."""
    conflict = call.site.settings["customerOfAccount"] == "conflict"
    return call.site.account_by_email(email, "customer") is not None \
        or (conflict and call.site.account_by_email(email) is not None)


def revoke_portal_only_access(call: Call) -> Answer:
    """PUT customer/user/{accountId}/revoke-portal-only-access (J', facts 3.4).

    404 "account ID invalid" is taken to hold for Atlassian accounts as well, which have no
    portal-only access. Afterwards the account is inactive, wherever it was added before:
    user/search does not find it, to create it again is a conflict, and the API has no way back.
    That much is a guess; a second call changes nothing.
    """
    account = call.site.accounts.get(call.path_values["accountId"])
    if account is None or not account.account_id.startswith(CUSTOMER_PREFIX):
        raise JiraError(404, "The account ID is invalid.")
    if account.active:
        call.site.set_active(account, False)
        call.world.counts.effect("revokedCustomers", account.email.lower())
    return Answer(204)


_NEW_CUSTOMER = (Property("email"), Property("displayName"))
_STRICT = (Parameter("strictConflictStatusCode", "boolean", default=False),)

OPERATIONS = (
    Operation("createCustomer", "POST", "/rest/servicedeskapi/customer", create_customer, _STRICT,
              _NEW_CUSTOMER, needs="admin", scope=DESK_MANAGE),
    Operation("inviteCustomer", "POST",
              "/rest/servicedeskapi/servicedesk/{serviceDeskId}/customer/invite", invite_customer,
              _STRICT, _NEW_CUSTOMER, needs="admin", scope=DESK_MANAGE, experimental=True),
    Operation("revokePortalOnlyAccessForUser", "PUT",
              "/rest/servicedeskapi/customer/user/{accountId}/revoke-portal-only-access",
              revoke_portal_only_access, needs="site-admin", scope=DESK_MANAGE),
)

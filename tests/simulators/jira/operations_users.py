"""Operations on accounts: /rest/api/3/user and what is under it, /rest/api/3/users/search."""

from __future__ import annotations

from . import render
from .routing import Answer, Call, JiraError, Operation, Parameter, Property, error_answer
from .state import PRODUCTS, Account, looks_like_address

UNKNOWN_USER = "Specified user does not exist or you do not have required permissions"
INVITED_ALL_THE_SAME = ("User could not be created: Failed to add user HttpErrorCode 404 - "
                        "User not found")
SEATS_EXCEEDED = "The number of licensed users is exceeded."

# user/search looks at the first thousand matches and no further (P).
_SEARCH_REACH = 1000


def existing_account(call: Call, account_id: str) -> Account:
    """The account, or 404 with the text known from terraform-provider-jira#44."""
    account = call.site.accounts.get(account_id)
    if account is None:
        raise JiraError(404, UNKNOWN_USER)
    return account


def find_users(call: Call) -> Answer:
    """GET user/search. Who may not browse users gets 200 and nobody, not 403 (P)."""
    query, account_id = call.parameters["query"], call.parameters["accountId"]
    if (query is None) == (account_id is None):
        raise JiraError(400, "Exactly one of 'query' and 'accountId' has to be given.")
    if not call.caller.may("browse"):
        return Answer(200, [])
    if query is not None:
        found = call.site.search(query)
    else:
        account = call.site.accounts.get(account_id)
        found = [account] if account is not None and account.active else []
    start = call.parameters["startAt"]
    end = min(start + call.parameters["maxResults"], _SEARCH_REACH)
    return Answer(200, [render.user_summary(call.world.base_url, one) for one in found[start:end]])


def get_all_users(call: Call) -> Answer:
    """GET users/search: everybody, inactive and removed ones as well (P)."""
    start = call.parameters["startAt"]
    accounts = list(call.site.accounts.values())[start:start + call.parameters["maxResults"]]
    return Answer(200, [render.user_summary(call.world.base_url, one) for one in accounts])


def get_user(call: Call) -> Answer:
    """GET user. A removed account is still there, as inactive (community t/6206)."""
    account = existing_account(call, call.parameters["accountId"])
    expand = call.parameters["expand"] or ""
    return Answer(200, render.user(call.world.base_url, call.site, account, expand))


def get_user_groups(call: Call) -> Answer:
    """GET user/groups: an array, not paged."""
    account = existing_account(call, call.parameters["accountId"])
    groups = call.site.groups_of(account)
    return Answer(200, [render.group_name(call.world.base_url, group) for group in groups])


def bulk_get_users(call: Call) -> Answer:
    """GET user/bulk: by account id only; ids that nobody has are left out."""
    wanted = dict.fromkeys(call.parameters["accountId"])
    found = [call.site.accounts[one] for one in wanted if one in call.site.accounts]
    query = [("accountId", one) for one in wanted]
    bean, part = render.page(f"{call.world.base_url}/rest/api/3/user/bulk", query, found,
                             call.parameters["startAt"], call.parameters["maxResults"])
    bean["values"] = [render.user_summary(call.world.base_url, one) for one in part]
    return Answer(200, bean)


def create_user(call: Call) -> Answer:
    """POST user (facts 3.1; the body's names are all that can be said about a user).

    Somebody with access: 201, the existing account. Somebody without: 400 unless products are
    asked for. Nobody yet: an invitation; without products it is answered 400 all the same
    (php-JiraCloud-RESTAPI#99).
    """
    email, products = call.body["emailAddress"], call.body["products"]
    if not looks_like_address(email):
        raise JiraError(400, "The email address is not valid.")
    account = call.site.account_by_email(email)
    if account is None:
        return _invite(call, email, products)
    if not products and not call.site.products_of(account):
        raise JiraError(400, "The user already exists but does not have access to Jira and no new "
                             "products are requested.")
    _require_seats(call, account, products)
    if account.removed:
        return _invite_again(call, account, products)
    _grant(call, account, products)
    return _created(call, account)


def _invite(call: Call, email: str, products: list[str]) -> Answer:
    _require_seats(call, None, products)
    # Called by somebody who is no site admin, the user comes out suspended (jirakb 1283687312).
    account = call.site.add_account(email, created_by="api",
                                    active=call.caller.may("site-admin"))
    call.site.delay_visibility(account)
    call.world.counts.effect("createdAccounts", email.lower())
    _grant(call, account, products)
    if not products and call.site.settings["createWithoutProducts"] == "observed":
        return error_answer(400, INVITED_ALL_THE_SAME)
    return _created(call, account)


def _invite_again(call: Call, account: Account, products: list[str]) -> Answer:
    """A removed user is restored with the same account id; 500 was seen (JRACLOUD-68249)."""
    call.site.restore_account(account)
    call.site.delay_visibility(account)
    call.world.counts.effect("restoredAccounts", account.email.lower())
    _grant(call, account, products)
    if call.site.settings["createRemoved"] == "500":
        return error_answer(500, "Internal server error")
    return _created(call, account)


def _require_seats(call: Call, account: Account | None, products: list[str]) -> None:
    """400 "number of licensed users is exceeded" (P); the exact text is not known."""
    if not all(call.site.has_seat_for(product, account) for product in products):
        raise JiraError(400, SEATS_EXCEEDED)


def _grant(call: Call, account: Account, products: list[str]) -> None:
    """Access to a product is membership of its default group (facts 3.2)."""
    for product in products:
        group = call.site.default_group(product)
        if group is not None and account.account_id not in group.member_ids:
            call.site.add_member(group, account)


def _created(call: Call, account: Account) -> Answer:
    return Answer(201, render.user(call.world.base_url, call.site, account))


def remove_user(call: Call) -> Answer:
    """DELETE user: off the site, not out of Atlassian (P).

    An organization admin must lose that role first (cloudkb 975031716); 400 is P's code for a user
    who can't be removed, the text is ours.
    """
    account = existing_account(call, call.parameters["accountId"])
    if account.removed:
        raise JiraError(404, UNKNOWN_USER)
    if any(group.access_type == "site-admin" for group in call.site.groups_of(account)):
        raise JiraError(400, "The user can't be removed: it is an organization admin.")
    call.site.remove_account(account)
    call.world.counts.effect("removedAccounts", account.email.lower())
    return Answer(204)


def _paging(default: int, maximum: int) -> tuple[Parameter, Parameter]:
    return (Parameter("startAt", "integer", default=0, minimum=0),
            Parameter("maxResults", "integer", default=default, minimum=1, maximum=maximum))


OPERATIONS = (
    Operation("findUsers", "GET", "/rest/api/3/user/search", find_users,
              (Parameter("query"), Parameter("accountId"), *_paging(50, 1000)),
              needs="anonymous"),
    Operation("getAllUsers", "GET", "/rest/api/3/users/search", get_all_users,
              _paging(50, 1000), needs="browse"),
    Operation("getUser", "GET", "/rest/api/3/user", get_user,
              (Parameter("accountId", required=True), Parameter("expand")), needs="browse"),
    Operation("getUserGroups", "GET", "/rest/api/3/user/groups", get_user_groups,
              (Parameter("accountId", required=True),), needs="browse"),
    Operation("bulkGetUsers", "GET", "/rest/api/3/user/bulk", bulk_get_users,
              (Parameter("accountId", required=True, repeatable=True), *_paging(10, 200))),
    Operation("createUser", "POST", "/rest/api/3/user", create_user,
              body=(Property("emailAddress"),
                    Property("products", "strings", choices=tuple(PRODUCTS))),
              needs="admin"),
    Operation("removeUser", "DELETE", "/rest/api/3/user", remove_user,
              (Parameter("accountId", required=True),), needs="site-admin"),
)

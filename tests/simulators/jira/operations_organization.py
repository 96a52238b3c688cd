"""The organization API and the user management API, as far as the module calls them.

Atlassian's stand at https://api.atlassian.com/admin/v2/... and https://api.atlassian.com/users/...;
here they stand beside the site. Both take the organization's API key as a bearer token, and nothing
else. Suspending keeps groups, ends access, and costs no seat (facts 3.5). What they say of an
account that is suspended already is unsourced: the setting suspendTwice says it.
"""

from __future__ import annotations

from typing import Any

from .routing import Answer, Call, JiraError, Operation, Parameter, Property
from .state import Account

DIRECTORY = "6c4e24ab-0f6e-4d1c-a1a5-demo00000001"

_PROFILE = ("department", "job_title", "location", "organization")


class OrganizationError(JiraError):
    """Ends an operation with an error in the form of the organization API."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.answer = Answer(status, {"errors": [
            {"status": str(status), "code": "demo", "title": detail, "detail": detail}]})


class ManagementError(JiraError):
    """The same in the form of the user management API."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(status, key)
        self.answer = Answer(status, {"key": key})


def _organization(call: Call, status: int = 404) -> None:
    if call.path_values["orgId"] != call.world.settings["organizationId"]:
        raise OrganizationError(status, "We couldn't find the organization.")


def _account(call: Call) -> Account:
    _organization(call)
    account = call.site.accounts.get(call.path_values["accountId"])
    if call.path_values["directoryId"] != DIRECTORY or account is None or account.removed:
        raise OrganizationError(404, "We couldn't find the directory or user.")
    return account


def get_directories(call: Call) -> Answer:
    """GET directories: all, or those in which an account is."""
    _organization(call, 400)
    account_id = call.parameters["accountId"]
    account = call.site.accounts.get(account_id) if account_id else None
    there = account_id is None or (account is not None and not account.removed)
    data = [{"directoryId": DIRECTORY, "name": "Primary Directory"}] if there else []
    return Answer(200, {"data": data, "links": {}})


def get_account(call: Call) -> Answer:
    """GET directories/{directoryId}/users/{accountId}."""
    account = _account(call)
    return Answer(200, {"data": {
        "accountId": account.account_id,
        "name": account.display_name,
        "email": account.email,
        "accountStatus": "active",
        "membershipStatus": "suspended" if account.suspended else "active",
        "claimStatus": "managed" if account.managed else "unmanaged",
    }})


def suspend(call: Call) -> Answer:
    """POST .../suspend: no access and no seat; groups and roles are kept for the return."""
    account = _account(call)
    if account is call.site.owner:
        raise OrganizationError(403, "You're not allowed to suspend yourself.")
    if account.suspended and call.world.settings["suspendTwice"] == "400":
        raise OrganizationError(400, "The user is suspended.")
    account.suspended = True
    call.site.set_active(account, False)
    call.world.counts.effect("suspendedAccounts", account.email.lower())
    return Answer(204)


def restore(call: Call) -> Answer:
    """POST .../restore."""
    account = _account(call)
    if not account.suspended and call.world.settings["suspendTwice"] == "400":
        raise OrganizationError(400, "The user is not suspended.")
    account.suspended = False
    call.site.set_active(account, True)
    call.world.counts.effect("resumedAccounts", account.email.lower())
    return Answer(204)


def update_profile(call: Call) -> Answer:
    """PATCH users/{accountId}/manage/profile: of accounts that the organization manages."""
    account = call.site.accounts.get(call.path_values["accountId"])
    if account is None:
        raise ManagementError(404, "accountNotFound")
    if not account.managed:
        raise ManagementError(403, "forbidden")
    body: dict[str, Any] = call.body
    if "name" in body:
        call.site.change_account(account, display_name=body["name"])
    account.profile |= body
    call.world.counts.effect("updatedProfiles", account.email.lower())
    return Answer(200, {"account": {"account_id": account.account_id,
                                    "name": account.display_name}})


_ACCOUNT = "/admin/v2/orgs/{orgId}/directories/{directoryId}/users/{accountId}"

OPERATIONS = (
    Operation("getDirectoriesForOrg", "GET", "/admin/v2/orgs/{orgId}/directories",
              get_directories, (Parameter("accountId"),), needs="organization"),
    Operation("getDirectoryUserDetails", "GET", _ACCOUNT, get_account, needs="organization"),
    Operation("suspendUser", "POST", f"{_ACCOUNT}/suspend", suspend, needs="organization"),
    Operation("restoreUser", "POST", f"{_ACCOUNT}/restore", restore, needs="organization"),
    Operation("updateProfile", "PATCH", "/users/{accountId}/manage/profile", update_profile,
              body=(Property("name", required=False), Property("nickname", required=False),
                    Property("zoneinfo", required=False),
                    Property("extended_profile", "object", required=False, choices=_PROFILE)),
              needs="organization"),
)

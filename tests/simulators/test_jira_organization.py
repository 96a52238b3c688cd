"""The organization's API of the simulated Jira: what suspension does, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.jira import SimulatedJira
from tests.simulators.jira.fixtures import (  # noqa: F401
    Api, Reply, api, careless_jira, jira, one_jira)

KEY = "Bearer demo-organization-key"
ORGANIZATION = "/admin/v2/orgs/demo-org"


def ask(api: Api, method: str, path: str, query: Any = (), body: Any = None,
        key: str | None = KEY) -> Reply:
    return api.call(method, path, query, body, {"Authorization": key})


def directory(api: Api, account_id: str) -> str:
    found = ask(api, "GET", f"{ORGANIZATION}/directories", {"accountId": account_id})
    return found.content["data"][0]["directoryId"]


def account_path(api: Api, account_id: str) -> str:
    return f"{ORGANIZATION}/directories/{directory(api, account_id)}/users/{account_id}"


def test_a_suspended_account_has_no_access_and_no_seat_and_gets_both_back(
        jira: SimulatedJira, api: Api) -> None:
    jira.control.configure(seats={"jira-software": 2})
    account = api.account_id("ann@example.com")
    group = api.group_id("Team")
    api.add(group, account)
    path = account_path(api, account)
    assert ask(api, "POST", f"{path}/suspend").status == 204
    assert ask(api, "GET", path).content["data"]["membershipStatus"] == "suspended"
    assert api.get("user/search", query="ann@example.com").content == []
    assert api.create_user("bob@example.com", "jira-software").status == 201
    assert ask(api, "POST", f"{path}/restore").status == 204
    found = api.get("user/search", query="ann@example.com").content
    assert [one["accountId"] for one in found] == [account]
    names = [one["name"] for one in api.get("user/groups", accountId=account).content]
    assert names == ["Team", "jira-software-users-demo"]


@pytest.mark.parametrize("setting, status", [("204", 204), ("400", 400)])
def test_suspending_twice(setting: str, status: int, jira: SimulatedJira, api: Api) -> None:
    jira.control.configure(suspend_twice=setting)
    path = account_path(api, api.account_id("ann@example.com"))
    assert ask(api, "POST", f"{path}/restore").status == status
    assert ask(api, "POST", f"{path}/suspend").status == 204
    assert ask(api, "POST", f"{path}/suspend").status == status


@pytest.mark.parametrize("key", [None, "Bearer wrong", "Basic bm9ib2R5"])
def test_the_key_is_needed(key: str | None, jira: SimulatedJira, api: Api) -> None:
    assert ask(api, "GET", f"{ORGANIZATION}/directories", key=key).status == 401


def test_the_key_is_good_for_nothing_else(jira: SimulatedJira, api: Api) -> None:
    assert ask(api, "GET", "/rest/api/3/myself").status == 401
    assert api.get(f"{ORGANIZATION}/directories").status == 401


def test_who_is_not_there_is_in_no_directory(jira: SimulatedJira, api: Api) -> None:
    account = api.account_id("ann@example.com")
    path = account_path(api, account)
    assert api.call("DELETE", "user", {"accountId": account}).status == 204
    found = ask(api, "GET", f"{ORGANIZATION}/directories", {"accountId": account})
    assert found.content["data"] == []
    assert ask(api, "POST", f"{path}/suspend").status == 404
    assert ask(api, "GET", "/admin/v2/orgs/other/directories").status == 400


def test_profiles_of_managed_accounts_alone(jira: SimulatedJira, api: Api) -> None:
    account = api.account_id("ann@example.com")
    path = f"/users/{account}/manage/profile"
    body = {"name": "Ann", "extended_profile": {"job_title": "Cook"}}
    assert ask(api, "PATCH", path, body=body).status == 200
    state = {one["email"]: one for one in jira.control.state()["accounts"]}["ann@example.com"]
    assert state["displayName"] == "Ann" and state["profile"] == body
    jira.control.edit("set-account", account="ann@example.com", managed=False)
    refused = ask(api, "PATCH", path, body={"name": "Eve"})
    assert refused.status == 403 and refused.content == {"key": "forbidden"}


@pytest.mark.parametrize("method, path, body", [
    ("POST", f"{ORGANIZATION}/users", None),
    ("GET", f"{ORGANIZATION}/directories?account=1", None),
    ("PATCH", "/users/x/manage/profile", {"nick": "x"}),
    ("PATCH", "/users/x/manage/profile", {"extended_profile": {"shoe": "42"}}),
])
def test_what_is_unknown_is_a_violation(method: str, path: str, body: Any,
                                        careless_jira: SimulatedJira, api: Api) -> None:
    ask(api, method, path, body=body)
    assert careless_jira.control.violations() != []

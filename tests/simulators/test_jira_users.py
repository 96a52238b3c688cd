"""The simulated Jira's operations on accounts and on the session."""

from __future__ import annotations

import time

import pytest

from tests.simulators.jira.fixtures import api, basic, careless_jira, jira, one_jira  # noqa: F401


def account(jira, email):
    return next(one for one in jira.control.state()["accounts"] if one["email"] == email)


def search(api, query):
    return [one["accountId"] for one in api.get("user/search", query=query).content]


def test_myself_is_the_tokens_owner(jira, api):
    reply = api.get("myself", expand="groups,applicationRoles")
    assert reply.status == 200
    assert reply.content["emailAddress"] == jira.email
    assert "site-admins" in [group["name"] for group in reply.content["groups"]["items"]]
    assert reply.content["applicationRoles"]["items"][0]["key"] == "jira-software"


@pytest.mark.parametrize("form, expected", [
    ("text", "Client must be authenticated to access this resource."),
    ("json", {"errorMessages": ["Client must be authenticated to access this resource."],
              "errors": {}}),
])
@pytest.mark.parametrize("given", [
    None, basic("owner@example.com", "demo-wrong"),
    basic("other@example.com", "demo-jira-api-token"),
    "Bearer demo-jira-api-token", "Basic !!!"])
def test_without_the_right_token_myself_is_401(jira, api, given, form, expected):
    jira.control.configure(unauthorized_body=form)
    api.authorization = given
    reply = api.get("myself")
    assert (reply.status, reply.content) == (401, expected)


def test_a_wrong_token_sees_an_empty_site_where_anonymous_calls_are_allowed(jira, api):
    api.authorization = basic(jira.email, "demo-wrong")
    assert api.get("serverInfo").status == 200
    reply = api.get("user/search", query=jira.email)
    assert (reply.status, reply.content) == (200, [])
    assert reply.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    permissions = api.get("mypermissions", permissions="ADMINISTER,USER_PICKER")
    assert permissions.status == 200
    assert not any(one["havePermission"] for one in permissions.content["permissions"].values())
    assert api.get("groups/picker", query="site").content["groups"] == []


def test_a_wrong_token_can_be_refused_everywhere(jira, api):
    jira.control.configure(wrong_token="401")
    api.authorization = basic(jira.email, "demo-wrong")
    assert api.get("serverInfo").status == 401
    api.authorization = None
    assert api.get("serverInfo").status == 200


@pytest.mark.parametrize("caller, administer, pick", [
    ("organization-admin", True, True), ("jira-admin", True, True),
    ("unprivileged", False, False)])
def test_mypermissions_shows_what_the_caller_may(jira, api, caller, administer, pick):
    jira.control.configure(caller=caller)
    shown = api.get("mypermissions", permissions="ADMINISTER,USER_PICKER").content["permissions"]
    assert shown["ADMINISTER"]["havePermission"] is administer
    assert shown["USER_PICKER"]["havePermission"] is pick


def test_mypermissions_refuses_an_unknown_key(jira, api):
    assert api.get("mypermissions", permissions="ADMINISTER,NONSENSE").status == 400


def test_an_unprivileged_caller_gets_403_or_nothing(jira, api):
    owner = account(jira, jira.email)["accountId"]
    jira.control.configure(caller="unprivileged")
    assert api.get("user/search", query=jira.email).content == []
    for path, query in [("users/search", {}), ("user", {"accountId": owner}),
                        ("user/groups", {"accountId": owner}), ("applicationrole", {}),
                        ("group/bulk", {}), ("group/member", {"groupId": "any"})]:
        assert api.get(path, **query).status == 403, path
    assert api.get("group/bulk").message == (
        "Browse users and groups permission is required to view groups.")
    assert api.create_user("mia@example.com").status == 403
    assert api.call("POST", "group", body={"name": "demo"}).status == 403
    assert api.call("DELETE", "user", {"accountId": owner}).status == 403


def test_a_product_is_membership_of_its_default_group(jira, api):
    reply = api.create_user("mia@example.com", "jira-software", "jira-servicedesk")
    assert reply.status == 201
    assert reply.content["active"] is True
    mia = account(jira, "mia@example.com")
    assert mia["products"] == ["jira-servicedesk", "jira-software"]
    assert mia["groups"] == ["jira-servicemanagement-users-demo", "jira-software-users-demo"]
    assert mia["createdBy"] == "api"


def test_creating_somebody_with_access_answers_201_with_the_account_that_is_there(jira, api):
    first = api.create_user("mia@example.com", "jira-software")
    second = api.create_user("MIA@example.com")
    assert second.status == 201
    assert second.content["accountId"] == first.content["accountId"]
    assert jira.control.counts()["createdAccounts"] == {"mia@example.com": 1}


def test_an_invitation_without_products_is_answered_400_though_it_is_made(jira, api):
    reply = api.create_user("mia@example.com")
    assert reply.status == 400
    assert reply.content == {"errorMessages": [
        "User could not be created: Failed to add user HttpErrorCode 404 - User not found"],
        "errors": {}}
    assert search(api, "mia@example.com") == [account(jira, "mia@example.com")["accountId"]]
    assert jira.control.counts()["createdAccounts"] == {"mia@example.com": 1}


def test_an_invitation_without_products_as_documented(jira, api):
    jira.control.configure(create_without_products="documented")
    assert api.create_user("mia@example.com").status == 201


def test_somebody_without_access_needs_new_products(jira, api):
    jira.control.edit("add-account", email="mia@example.com")
    assert api.create_user("mia@example.com").status == 400
    reply = api.create_user("mia@example.com", "jira-software")
    assert reply.status == 201
    assert account(jira, "mia@example.com")["products"] == ["jira-software"]
    assert jira.control.counts()["createdAccounts"] == {}


def test_an_address_that_is_none_is_refused(jira, api):
    assert api.create_user("mia").status == 400


def test_a_jira_admins_new_users_come_out_inactive(jira, api):
    jira.control.configure(caller="jira-admin")
    reply = api.create_user("mia@example.com", "jira-software")
    assert (reply.status, reply.content["active"]) == (201, False)
    assert search(api, "mia@example.com") == []


def test_seats_run_out(jira, api):
    jira.control.configure(seats={"jira-software": 2})
    assert api.create_user("one@example.com", "jira-software").status == 201
    roles = {role["key"]: role for role in api.get("applicationrole").content}
    software = roles["jira-software"]
    assert (software["numberOfSeats"], software["remainingSeats"], software["userCount"]) \
        == (2, 0, 2)
    assert software["defaultGroupsDetails"][0]["name"] == "jira-software-users-demo"
    assert roles["jira-core"]["hasUnlimitedSeats"] is True
    reply = api.create_user("two@example.com", "jira-software")
    assert reply.status == 400
    assert "number of licensed users is exceeded" in reply.message
    assert "two@example.com" not in [one["email"] for one in jira.control.state()["accounts"]]
    assert api.create_user("one@example.com", "jira-software").status == 201


def test_search_matches_the_beginning_of_name_or_address(jira, api):
    john = jira.control.edit("add-account", email="js@example.com", display_name="John Smith")
    johnson = jira.control.edit("add-account", email="johnson@example.com", display_name="Zoe")
    assert search(api, "JOHN") == [john["accountId"], johnson["accountId"]]
    assert search(api, "Smith") == []


def test_an_address_is_compared_with_addresses_only_and_by_its_beginning(jira, api):
    jira.control.edit("add-account", email="x@example.com", display_name="mia@example.com")
    mia = jira.control.edit("add-account", email="mia@example.com.au")
    assert search(api, "mia@example.com") == [mia["accountId"]]


def test_search_knows_active_users_only(jira, api):
    mia = api.account_id("mia@example.com")
    jira.control.edit("set-active", account="mia@example.com", active=False)
    assert search(api, "mia@example.com") == []
    assert api.get("user/search", accountId=mia).content == []
    assert mia in [one["accountId"] for one in api.get("users/search").content]


def test_a_hidden_address_is_null_and_found_only_in_full(jira, api):
    jira.control.configure(hidden_emails=["mia@example.com"])
    mia = api.account_id("mia@example.com")
    assert search(api, "mia@") == []
    found = api.get("user/search", query="mia@example.com").content
    assert [(one["accountId"], one["emailAddress"]) for one in found] == [(mia, None)]
    assert api.get("user", accountId=mia).content["emailAddress"] is None


def test_search_needs_exactly_one_of_query_and_account_id(jira, api):
    assert api.get("user/search").status == 400
    assert api.get("user/search", query="a", accountId="b").status == 400


def test_search_pages_up_to_the_thousandth(jira, api):
    jira.control.edits([{"action": "add-account", "email": f"demo{number}@example.com"}
                        for number in range(1010)])
    assert len(api.get("user/search", query="demo", maxResults=1000).content) == 1000
    assert len(api.get("user/search", query="demo", startAt=990).content) == 10
    assert api.get("user/search", query="demo", startAt=1000).content == []
    assert len(api.get("users/search", startAt=1000, maxResults=1000).content) == 11


def test_search_lag_by_searches(jira, api):
    jira.control.configure(search_lag={"searches": 2})
    mia = api.account_id("mia@example.com")
    assert [search(api, "mia@example.com") for _ in range(3)] == [[], [], [mia]]
    assert api.get("user", accountId=mia).status == 200


def test_search_lag_by_time(jira, api):
    jira.control.configure(search_lag={"ms": 3_600_000})
    api.account_id("mia@example.com")
    assert search(api, "mia@example.com") == []
    jira.control.configure(search_lag={"ms": 1})
    joe = api.account_id("joe@example.com")
    deadline = time.monotonic() + 10
    while not search(api, "joe@example.com"):
        assert time.monotonic() < deadline
    assert search(api, "joe@example.com") == [joe]


def test_user_with_and_without_expansion(jira, api):
    mia = api.account_id("mia@example.com")
    assert api.get("user", accountId=mia).content["groups"] == {"size": 1, "items": []}
    expanded = api.get("user", accountId=mia, expand="groups").content["groups"]["items"]
    assert [group["name"] for group in expanded] == ["jira-software-users-demo"]
    groups = api.get("user/groups", accountId=mia)
    assert groups.content == expanded


@pytest.mark.parametrize("path", ["user", "user/groups"])
def test_an_unknown_user_is_404(jira, api, path):
    reply = api.get(path, accountId="712020:nobody")
    assert reply.status == 404
    assert reply.message == (
        "Specified user does not exist or you do not have required permissions")


def test_user_bulk_pages_by_ten_and_leaves_out_unknown_ids(jira, api):
    ids = [api.account_id(f"demo{number}@example.com") for number in range(12)]
    first = api.get("user/bulk", accountId=ids + ["712020:nobody"]).content
    assert (len(first["values"]), first["total"], first["isLast"]) == (10, 12, False)
    rest = api.get("user/bulk", accountId=ids, startAt=10).content
    assert [one["accountId"] for one in rest["values"]] == ids[10:]
    assert "nextPage" not in rest


def test_a_removed_user_comes_back_as_inactive(jira, api):
    mia = api.account_id("mia@example.com")
    reply = api.call("DELETE", "user", {"accountId": mia})
    assert (reply.status, reply.content) == (204, "")
    everybody = {one["accountId"]: one for one in api.get("users/search").content}
    assert everybody[mia]["active"] is False
    assert api.get("user", accountId=mia).content["active"] is False
    assert api.get("user/groups", accountId=mia).content == []
    assert search(api, "mia@example.com") == []
    assert api.call("DELETE", "user", {"accountId": mia}).status == 404


@pytest.mark.parametrize("setting, status", [("created", 201), ("500", 500)])
def test_a_removed_user_is_invited_again_as_the_same_account(jira, api, setting, status):
    jira.control.configure(create_removed=setting)
    mia = api.account_id("mia@example.com")
    api.call("DELETE", "user", {"accountId": mia})
    assert api.create_user("mia@example.com").status == 400
    assert api.create_user("mia@example.com", "jira-software").status == status
    assert search(api, "mia@example.com") == [mia]
    assert jira.control.counts()["restoredAccounts"] == {"mia@example.com": 1}


def test_an_organization_admin_cant_be_removed(jira, api):
    owner = account(jira, jira.email)["accountId"]
    assert api.call("DELETE", "user", {"accountId": owner}).status == 400
    jira.control.configure(caller="jira-admin")
    assert api.call("DELETE", "user", {"accountId": owner}).status == 403


def test_a_customer_may_have_an_accounts_address(jira, api):
    jira.control.edit("add-account", email="mia@example.com", account_type="customer")
    assert api.create_user("mia@example.com", "jira-software").status == 201
    found = api.get("user/search", query="mia@example.com").content
    assert sorted(one["accountType"] for one in found) == ["atlassian", "customer"]

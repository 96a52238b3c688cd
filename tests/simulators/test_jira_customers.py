"""The simulated Jira Service Management: portal customers, made, invited, and without access."""

from __future__ import annotations

import pytest

from tests.simulators.jira.fixtures import api, careless_jira, jira, one_jira  # noqa: F401

MIA = {"email": "mia@example.com", "displayName": "Mia Demo"}


def create(api, body=None, **query):
    return api.service("POST", "customer", query, body or MIA)


def account(jira, email, kind="customer"):
    return next(one for one in jira.control.state()["accounts"]
                if one["email"] == email and one["accountType"] == kind)


def test_create_answers_201_with_the_customer(jira, api):
    reply = create(api, strictConflictStatusCode="true")
    assert reply.status == 201
    assert reply.content["accountId"].startswith("qm:")
    assert (reply.content["displayName"], reply.content["emailAddress"]) == (
        "Mia Demo", "mia@example.com")
    mia = account(jira, "mia@example.com")
    assert (mia["accountId"], mia["products"], mia["groups"], mia["createdBy"]) == (
        reply.content["accountId"], [], [], "api")
    assert jira.control.counts()["createdCustomers"] == {"mia@example.com": 1}


@pytest.mark.parametrize("query, status", [
    ({}, 400), ({"strictConflictStatusCode": "false"}, 400),
    ({"strictConflictStatusCode": "true"}, 409)])
def test_one_who_exists_is_refused_without_the_id(jira, api, query, status):
    mia = create(api).content["accountId"]
    reply = create(api, MIA | {"email": "MIA@example.com"}, **query)
    assert reply.status == status
    assert mia not in str(reply.content)
    assert set(reply.content) == {"errorMessage", "i18nErrorMessage"}
    found = api.get("user/search", query="mia@example.com").content
    assert [(one["accountId"], one["accountType"]) for one in found] == [(mia, "customer")]


def test_a_malformed_address_is_400_whatever_the_flag(jira, api):
    body = MIA | {"email": "mia"}
    assert create(api, body, strictConflictStatusCode="true").status == 400


def test_an_address_of_staff_is_taken_or_gets_a_second_account(jira, api):
    staff = api.account_id("mia@example.com")
    assert create(api, strictConflictStatusCode="true").status == 409
    jira.control.configure(customer_of_account="created")
    customer = create(api).content["accountId"]
    found = api.get("user/search", query="mia@example.com").content
    assert {one["accountId"]: one["accountType"] for one in found} == {
        staff: "atlassian", customer: "customer"}
    assert create(api).status == 400


def test_a_new_customer_may_not_be_found_at_once(jira, api):
    jira.control.configure(search_lag={"searches": 1})
    create(api)
    found = [len(api.get("user/search", query="mia@example.com").content) for _ in range(2)]
    assert found == [0, 1]


@pytest.mark.parametrize("caller, status", [
    ("organization-admin", 201), ("jira-admin", 201), ("agent", 403), ("unprivileged", 403)])
def test_it_takes_a_jira_administrator(jira, api, caller, status):
    jira.control.configure(caller=caller)
    reply = create(api)
    assert reply.status == status
    assert status == 201 or reply.message


@pytest.mark.parametrize("form", ["text", "json"])
def test_without_a_token(jira, api, form):
    jira.control.configure(unauthorized_body=form)
    api.authorization = None
    assert create(api).status == 401
    assert api.service("GET", "servicedesk").status == 401


def test_an_invitation_sends_an_email(jira, api):
    jira.control.edit("add-desk", project_key="DEMO")
    path = "servicedesk/1/customer/invite"
    reply = api.service("POST", path, {"strictConflictStatusCode": "true"}, MIA)
    assert (reply.status, reply.content["accountId"][:3]) == (201, "qm:")
    assert jira.control.counts()["invitedCustomers"] == {"mia@example.com": 1}
    assert jira.control.state()["desks"][0]["customers"] == []
    reply = api.service("POST", path, {"strictConflictStatusCode": "true"}, MIA)
    assert reply.status == 409
    assert api.service("POST", path, (), MIA).status == 400
    assert api.service("POST", "servicedesk/9/customer/invite", (), MIA).status == 404
    create(api, MIA | {"email": "joe@example.com"})
    assert jira.control.counts()["invitedCustomers"] == {"mia@example.com": 1}


def revoke(api, account_id):
    return api.service("PUT", f"customer/user/{account_id}/revoke-portal-only-access")


def test_portal_only_access_is_revoked(jira, api):
    jira.control.edit("add-desk", project_key="DEMO")
    mia = api.customer_id("mia@example.com")
    jira.control.edit("add-desk-customer", desk="DEMO", account=mia)
    for _ in range(2):
        assert revoke(api, mia).status == 204
    desk = jira.control.state()["desks"][0]
    assert (desk["customers"], desk["portal"]) == (["mia@example.com"], [])
    listed = api.service("GET", "servicedesk/1/customer").content["values"]
    assert [one["active"] for one in listed] == [False]
    assert api.get("user/search", query="mia@example.com").content == []
    assert create(api, strictConflictStatusCode="true").status == 409
    assert jira.control.counts()["revokedCustomers"] == {"mia@example.com": 1}
    jira.control.edit("set-active", account="mia@example.com", active=True)
    assert jira.control.state()["desks"][0]["portal"] == ["mia@example.com"]


def test_revoking_is_for_portal_only_customers(jira, api):
    staff = api.account_id("mia@example.com")
    assert revoke(api, staff).status == revoke(api, "qm:nobody").status == 404
    assert account(jira, "mia@example.com", "atlassian")["active"]
    jira.control.configure(caller="jira-admin")
    assert revoke(api, staff).status == 403


def test_a_customer_who_leaves_the_site_is_in_no_desk_or_organization(jira, api):
    mia = api.customer_id("mia@example.com")
    jira.control.edits([
        {"action": "add-desk", "projectKey": "DEMO"},
        {"action": "add-organization", "name": "Acme"},
        {"action": "add-desk-customer", "desk": "DEMO", "account": mia},
        {"action": "add-organization-member", "organization": "Acme", "account": mia}])
    assert api.call("DELETE", "user", {"accountId": mia}).status == 204
    state = jira.control.state()
    assert (state["desks"][0]["customers"], state["organizations"][0]["members"]) == ([], [])
    reply = api.service("POST", "servicedesk/1/customer", (), {"accountIds": [mia]})
    assert reply.status == 400


def test_a_customer_whose_account_is_closed_is_not_known_any_more(jira, api):
    jira.control.configure(customer_of_account="created")
    staff, mia = api.account_id("mia@example.com"), api.customer_id("mia@example.com")
    jira.control.edits([
        {"action": "add-desk", "projectKey": "DEMO"},
        {"action": "add-desk-customer", "desk": "DEMO", "account": mia},
        {"action": "delete-account", "account": mia}])
    assert jira.control.state()["desks"][0]["customers"] == []
    assert [one["accountId"] for one in api.get("user/search", query="mia@example.com").content] \
        == [staff]
    assert create(api).status == 201


def test_staff_who_are_suspended_get_into_no_portal(jira, api):
    api.account_id("ann@example.com")
    jira.control.edits([
        {"action": "add-desk", "projectKey": "DEMO"},
        {"action": "add-desk-customer", "desk": "DEMO", "account": "ann@example.com"},
        {"action": "set-active", "account": "ann@example.com", "active": False}])
    desk = jira.control.state()["desks"][0]
    assert (desk["customers"], desk["portal"]) == (["ann@example.com"], [])


def test_customers_are_named_by_address_where_no_account_has_it(jira, api):
    mia = api.customer_id("mia@example.com")
    assert jira.control.edit("set-account", account="mia@example.com", email="new@example.com",
                             display_name="Mia N.") == {"accountId": mia}
    assert account(jira, "new@example.com")["displayName"] == "Mia N."
    assert create(api).status == 201


@pytest.mark.parametrize("changes", [
    {"service_page": 0}, {"service_page": True}, {"service_batch": 0}, {"service_batch": "x"},
    {"customer_of_account": "x"}, {"customer_list": "x"}, {"remove_unknown": "x"},
    {"organization_batch": "x"},
    {"organization_management": "x"}])
def test_a_setting_that_makes_no_sense_is_refused(jira, changes):
    with pytest.raises(ValueError):
        jira.control.configure(**changes)


@pytest.mark.parametrize("scopes, readable, manageable", [
    ([], 401, 401), (["read:servicedesk-request"], 200, 401),
    (["manage:servicedesk-customer"], 401, 201)])
def test_a_token_without_the_scope(jira, api, scopes, readable, manageable):
    jira.control.configure(token_kind="scoped", scopes=scopes)
    cloud = api.call("GET", "/_edge/tenant_info").content["cloudId"]
    service = f"/ex/jira/{cloud}/rest/servicedeskapi"
    assert api.get(f"{service}/servicedesk").status == readable
    assert api.call("POST", f"{service}/customer", body=MIA).status == manageable

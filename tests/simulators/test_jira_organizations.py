"""The simulated Jira Service Management: organizations of customers."""

from __future__ import annotations

import pytest

from tests.simulators.jira.fixtures import api, careless_jira, jira, one_jira  # noqa: F401


def organization(jira, name="Acme"):
    return next(one for one in jira.control.state()["organizations"] if one["name"] == name)


def create(api, name="Acme"):
    return api.service("POST", "organization", body={"name": name})


def members(api, method, number, *account_ids):
    return api.service(method, f"organization/{number}/user",
                       body={"accountIds": list(account_ids)})


def test_create_answers_201_also_when_the_name_exists(jira, api):
    first, again, folded = create(api), create(api), create(api, "ACME")
    assert [one.status for one in (first, again, folded)] == [201, 201, 201]
    assert first.content == again.content == folded.content
    assert (first.content["id"], first.content["name"], first.content["scimManaged"]) == (
        "1", "Acme", False)
    assert jira.control.counts()["createdOrganizations"] == {"Acme": 1}


@pytest.mark.parametrize("name, status", [("", 400), (" ", 400), ("x" * 200, 201),
                                          ("x" * 201, 400)])
def test_names_have_1_to_200_characters(jira, api, name, status):
    assert create(api, name).status == status


def test_they_are_listed_in_pages_and_not_filtered_by_name(jira, api):
    for number in range(7):
        create(api, f"Demo {number}")
    first = api.service("GET", "organization", {"limit": 5}).content
    assert (first["size"], first["isLastPage"]) == (5, False)
    rest = api.service("GET", "organization", {"start": 5, "limit": 5}).content
    assert [one["name"] for one in rest["values"]] == ["Demo 5", "Demo 6"]
    assert rest["isLastPage"] is True
    assert api.service("GET", "organization/7").content == rest["values"][1]
    assert api.service("GET", "organization/8").status == 404


def test_a_rename_keeps_the_id(jira, api):
    create(api)
    jira.control.edit("set-organization", organization="Acme", name="Acme Ltd.")
    assert api.service("GET", "organization/1").content["name"] == "Acme Ltd."
    assert create(api).content["id"] == "2"


def test_members_are_added_and_removed_in_batches(jira, api):
    create(api)
    mia, joe = api.customer_id("mia@example.com"), api.customer_id("joe@example.com")
    staff = api.account_id("sam@example.com")
    assert members(api, "POST", 1, mia, joe, staff).status == 204
    assert members(api, "POST", 1, mia).status == 204
    everybody = ["joe@example.com", "mia@example.com", "sam@example.com"]
    assert organization(jira)["members"] == everybody
    page = api.service("GET", "organization/1/user", {"limit": 2}).content
    rest = api.service("GET", "organization/1/user", {"limit": 2, "start": 2}).content
    ids = [one["accountId"] for one in page["values"] + rest["values"]]
    assert ids == sorted([mia, joe, staff])
    assert members(api, "DELETE", 1, mia, staff).status == 204
    assert members(api, "DELETE", 1, mia).status == 204
    assert organization(jira)["members"] == ["joe@example.com"]
    counts = jira.control.counts()
    assert counts["addedOrganizationMembers"]["Acme"] == dict.fromkeys(everybody, 1)
    assert counts["removedOrganizationMembers"]["Acme"] == {
        "mia@example.com": 1, "sam@example.com": 1}


@pytest.mark.parametrize("setting, left", [("whole", ["joe@example.com"]),
                                           ("valid", ["mia@example.com"])])
def test_a_batch_with_an_unknown_one_is_400(jira, api, setting, left):
    create(api)
    jira.control.configure(organization_batch=setting)
    mia, joe = api.customer_id("mia@example.com"), api.customer_id("joe@example.com")
    members(api, "POST", 1, joe)
    for method, one in (("POST", mia), ("DELETE", joe)):
        reply = members(api, method, 1, one, "qm:demo:nobody")
        assert (reply.status, one in reply.message) == (400, False)
    assert organization(jira)["members"] == left


def test_one_that_is_managed_by_scim_is_left_alone(jira, api):
    jira.control.edit("add-organization", name="Acme", scim_managed=True)
    assert create(api).content["scimManaged"] is True
    mia = api.customer_id("mia@example.com")
    assert members(api, "POST", 1, mia).status == members(api, "DELETE", 1, mia).status == 403
    jira.control.edit("set-organization", organization="1", scim_managed=False)
    assert members(api, "POST", 1, mia).status == 204


def test_organizations_of_an_account(jira, api):
    create(api)
    create(api, "Other")
    mia = api.customer_id("mia@example.com")
    members(api, "POST", 1, mia)
    found = api.service("GET", "organization", {"accountId": mia}).content
    assert [one["name"] for one in found["values"]] == ["Acme"]
    assert api.service("GET", "organization", {"accountId": "qm:nobody"}).status == 404


def test_one_that_is_not_there_is_404(jira, api):
    mia = api.customer_id("mia@example.com")
    for method in ("POST", "DELETE"):
        assert members(api, method, 7, mia).status == 404
    assert api.service("GET", "organization/7/user").status == 404


@pytest.mark.parametrize("caller, setting, status", [
    ("jira-admin", "administrators", 201), ("agent", "agents", 201),
    ("agent", "administrators", 403), ("unprivileged", "agents", 403)])
def test_who_manages_organizations(jira, api, caller, setting, status):
    mia = api.customer_id("mia@example.com")
    create(api, "Other")
    jira.control.configure(caller=caller, organization_management=setting)
    assert create(api).status == status
    assert members(api, "POST", 1, mia).status == (204 if status == 201 else 403)


def test_who_is_no_agent_sees_none(jira, api):
    create(api)
    jira.control.configure(caller="unprivileged")
    assert api.service("GET", "organization").content["values"] == []
    assert api.service("GET", "organization", {"accountId": "qm:x"}).status == 403


def test_removal_by_hand(jira, api):
    create(api)
    jira.control.edits([{"action": "add-desk", "projectKey": "DEMO"},
                        {"action": "add-desk-organization", "desk": "DEMO",
                         "organization": "Acme"}])
    mia = api.customer_id("mia@example.com")
    jira.control.edit("add-organization-member", organization="Acme", account=mia)
    jira.control.edit("remove-organization-member", organization="Acme", account=mia)
    assert organization(jira)["members"] == []
    jira.control.edit("remove-organization", organization="Acme")
    state = jira.control.state()
    assert (state["organizations"], state["desks"][0]["organizations"]) == ([], [])


@pytest.mark.parametrize("method, path, query, body, status, problem", [
    ("GET", "organization", {"startAt": 0}, None, 200, "unknown query parameter 'startAt'"),
    ("GET", "organization", {"start": -1}, None, 400, "query parameter 'start' can't be '-1'"),
    ("POST", "organization", {}, {"name": "x", "members": []}, 400,
     "unknown body property 'members'"),
    ("POST", "organization/1/user", {}, {"accountIds": []}, 400,
     "body property 'accountIds' has fewer than 1"),
    ("POST", "organization/1/user", {}, {"usernames": ["x"]}, 400,
     "unknown body property 'usernames'"),
    ("DELETE", "organization/1/user", {"accountIds": "x"}, None, 415,
     "unknown query parameter 'accountIds'"),
    ("DELETE", "organization/x/user", {}, {"accountIds": ["x"]}, 404,
     "openapi: organizationId: 'x' is no integer"),
    ("POST", "servicedesk/1/organization", {}, {"organizationId": "1"}, 400,
     "body property 'organizationId' is not of kind integer"),
    ("POST", "servicedesk/1/customer", {}, {"accountIds": ["x", "x"]}, 404,
     "body property 'accountIds' holds a value twice"),
    ("POST", "customer", {}, {"email": "mia@example.com"}, 400,
     "body property 'displayName' is missing"),
    ("POST", "customer", {}, {"email": "a@example.com", "displayName": "A", "fullName": "A"}, 400,
     "unknown body property 'fullName'"),
    ("POST", "customer", {"strictConflictStatusCode": 1},
     {"email": "a@example.com", "displayName": "A"}, 400,
     "query parameter 'strictConflictStatusCode' can't be '1'"),
    ("PUT", "customer/user/qm:x/revoke-portal-only-access", {}, {}, 404,
     "revokePortalOnlyAccessForUser takes no body"),
    ("GET", "portal", {}, None, 404, "unknown path /rest/servicedeskapi/portal"),
    ("PUT", "organization", {}, {"name": "x"}, 405,
     "PUT is not allowed on /rest/servicedeskapi/organization"),
])
def test_a_clients_mistake_is_recorded(careless_jira, api, method, path, query, body, status,
                                       problem):
    if problem.startswith("openapi") and not careless_jira.checks_openapi:
        pytest.skip("the published API document is not at hand")
    assert api.service(method, path, query, body).status == status
    assert problem in [one["problem"] for one in careless_jira.control.violations()]

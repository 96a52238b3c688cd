"""The simulated Jira Service Management: service desks, their customers and organizations."""

from __future__ import annotations

import pytest

from tests.simulators.jira.fixtures import Reply, api, careless_jira, jira, one_jira  # noqa: F401

OPEN = ["open", "public-signup"]


def desk(jira, key="DEMO"):
    return next(one for one in jira.control.state()["desks"] if one["projectKey"] == key)


def add_desk(jira, key="DEMO", **details):
    return jira.control.edit("add-desk", project_key=key, **details)["deskId"]


def add(api, desk_id, *account_ids) -> Reply:
    return api.service("POST", f"servicedesk/{desk_id}/customer",
                       body={"accountIds": list(account_ids)})


def take_out(api, desk_id, *account_ids) -> Reply:
    return api.service("DELETE", f"servicedesk/{desk_id}/customer",
                       body={"accountIds": list(account_ids)})


def listed(api, desk_id, **query):
    page = api.service("GET", f"servicedesk/{desk_id}/customer", query).content
    return [one["emailAddress"] for one in page["values"]]


def test_there_is_no_desk_at_first(jira, api):
    page = api.service("GET", "servicedesk").content
    assert (page["values"], page["size"], page["isLastPage"]) == ([], 0, True)


def test_desks_are_listed_in_pages(jira, api):
    for number in range(7):
        add_desk(jira, f"DEMO{number}")
    first = api.service("GET", "servicedesk", {"limit": 5}).content
    assert (first["start"], first["limit"], first["size"], first["isLastPage"]) == (0, 5, 5, False)
    assert first["_links"]["next"] == \
        f"{jira.base_url}/rest/servicedeskapi/servicedesk?start=5&limit=5"
    rest = api.service("GET", "servicedesk", {"limit": 5, "start": 5}).content
    assert [one["projectKey"] for one in rest["values"]] == ["DEMO5", "DEMO6"]
    assert (rest["size"], rest["isLastPage"], "next" in rest["_links"]) == (2, True, False)
    one = rest["values"][0]
    assert (one["id"], one["projectId"], one["projectName"]) == (
        "6", "10006", "DEMO5 service project")


def test_a_page_may_be_smaller_than_asked_for(jira, api):
    for number in range(3):
        add_desk(jira, f"DEMO{number}")
    jira.control.configure(service_page=2)
    page = api.service("GET", "servicedesk", {"limit": 50}).content
    assert (page["limit"], page["size"], page["isLastPage"]) == (2, 2, False)


def test_a_desk_by_its_id_or_its_projects_key(jira, api):
    number = add_desk(jira)
    for identifier in (number, "DEMO"):
        reply = api.service("GET", f"servicedesk/{identifier}")
        assert (reply.status, reply.content["id"]) == (200, number)
    reply = api.service("GET", "servicedesk/999")
    assert (reply.status, set(reply.content)) == (404, {"errorMessage", "i18nErrorMessage"})


def test_a_project_that_got_another_key_keeps_its_desk(jira, api):
    number = add_desk(jira)
    jira.control.edit("set-desk", desk="DEMO", project_key="HELP", project_name="Help")
    one = api.service("GET", f"servicedesk/{number}").content
    assert (one["projectKey"], one["projectName"]) == ("HELP", "Help")
    assert api.service("GET", "servicedesk/DEMO").content["id"] == number
    other = add_desk(jira)
    assert api.service("GET", "servicedesk/DEMO").content["id"] == other


def test_what_the_token_may_not_see(jira, api):
    agents, hidden = add_desk(jira, owner_role="agent"), add_desk(jira, "HID", owner_role="none")
    mia = api.customer_id("mia@example.com")
    found = api.service("GET", "servicedesk").content["values"]
    assert [one["id"] for one in found] == [agents]
    assert api.service("GET", f"servicedesk/{hidden}").status == 403
    assert listed(api, agents) == []
    assert add(api, agents, mia).status == take_out(api, agents, mia).status == 403
    jira.control.configure(caller="unprivileged")
    assert api.service("GET", "servicedesk").content["values"] == []
    assert api.service("GET", f"servicedesk/{agents}").status == 403


def test_customers_are_added_in_batches_and_removed_with_a_body(jira, api):
    number = add_desk(jira)
    mia, joe = api.customer_id("mia@example.com"), api.customer_id("joe@example.com")
    staff = api.account_id("sam@example.com")
    assert (add(api, number, mia, joe, staff).status, add(api, number, mia).status) == (204, 204)
    assert desk(jira)["customers"] == ["joe@example.com", "mia@example.com", "sam@example.com"]
    assert take_out(api, number, mia, staff).status == 204
    assert take_out(api, number, mia, "qm:demo:nobody").status == 204
    assert desk(jira)["portal"] == listed(api, number) == ["joe@example.com"]
    counts = jira.control.counts()
    assert counts["addedCustomers"] == {"DEMO": {"mia@example.com": 1, "joe@example.com": 1,
                                                 "sam@example.com": 1}}
    assert counts["removedCustomers"] == {"DEMO": {"mia@example.com": 1, "sam@example.com": 1}}


def test_of_a_batch_with_an_unknown_customer_the_others_are_added(jira, api):
    number, mia = add_desk(jira), api.customer_id("mia@example.com")
    reply = add(api, number, "qm:demo:nobody", mia)
    assert (reply.status, "nobody" in reply.message, mia in reply.message) == (400, False, False)
    assert desk(jira)["customers"] == ["mia@example.com"]


@pytest.mark.parametrize("access", OPEN)
def test_nobody_can_be_removed_from_an_open_desk(jira, api, access):
    number, mia = add_desk(jira, access=access), api.customer_id("mia@example.com")
    assert add(api, number, mia).status == 204
    reply = take_out(api, number, mia)
    assert reply.status == 400
    assert "public signup or open access" in reply.message
    assert desk(jira)["customers"] == ["mia@example.com"]
    jira.control.edit("set-desk", desk=number, access="closed")
    assert take_out(api, number, mia).status == 204
    assert desk(jira)["customers"] == []


@pytest.mark.parametrize("setting, left", [("204", []), ("400", ["mia@example.com"])])
def test_a_removal_with_an_unknown_customer(jira, api, setting, left):
    number, mia = add_desk(jira), api.customer_id("mia@example.com")
    add(api, number, mia)
    jira.control.configure(remove_unknown=setting)
    assert take_out(api, number, mia, "qm:nobody").status == int(setting)
    assert desk(jira)["customers"] == left
    assert take_out(api, number, mia).status == 204


def test_of_a_batch_the_platform_tells_who_is_known(jira, api):
    mia, staff = api.customer_id("mia@example.com"), api.account_id("ann@example.com")
    page = api.get("user/bulk", accountId=[mia, "qm:nobody", staff]).content
    assert {one["accountId"] for one in page["values"]} == {mia, staff}


def test_customers_are_listed_in_pages_and_found_by_how_they_begin(jira, api):
    number = add_desk(jira)
    ids = [api.customer_id(f"demo{one}@example.com", f"Ann Smith{one}") for one in range(3)]
    add(api, number, *ids, api.customer_id("john@example.org", "John Doe"))
    assert len(listed(api, number, limit=3)) == 3
    assert len(listed(api, number, limit=3, start=3)) == 1
    assert listed(api, number, query="demo1@") == ["demo1@example.com"]
    assert len(listed(api, number, query="smi")) == 3
    assert listed(api, number, query="John D") == ["john@example.org"]
    assert listed(api, number, query="mith") == []


def test_the_list_does_not_say_what_type_an_account_is(jira, api):
    number = add_desk(jira)
    add(api, number, api.customer_id("mia@example.com", "Mia"))
    one = api.service("GET", f"servicedesk/{number}/customer").content["values"][0]
    assert (one["displayName"], one["active"], "accountType" in one) == ("Mia", True, False)
    assert one["accountId"].startswith("qm:")


@pytest.mark.parametrize("header", [{}, {"X-ExperimentalApi": "yes"}])
def test_what_is_experimental_is_412_without_its_header(careless_jira, api, header):
    number, mia = add_desk(careless_jira), api.customer_id("mia@example.com")
    path = f"/rest/servicedeskapi/servicedesk/{number}/customer"
    assert api.call("POST", path, body={"accountIds": [mia]}, headers=header).status == 204
    assert careless_jira.control.violations() == []
    assert api.call("GET", path, headers=header).status == 412
    assert api.call("DELETE", path, body={"accountIds": [mia]}, headers=header).status == 412
    assert desk(careless_jira)["customers"] == ["mia@example.com"]
    problems = [one["problem"] for one in careless_jira.control.violations()]
    assert problems.count("header X-ExperimentalApi: opt-in is missing") == 2
    if careless_jira.checks_openapi:
        assert problems.count("openapi: X-ExperimentalApi: opt-in is missing") == 2


def test_the_list_of_customers_has_a_limit_of_its_own(jira, api):
    number = add_desk(jira)
    jira.control.configure(rate_limit={"documented": True})
    reply = api.service("GET", f"servicedesk/{number}/customer")
    assert reply.headers["X-RateLimit-Limit"] == "5"
    while reply.status == 200:
        reply = api.service("GET", f"servicedesk/{number}/customer")
    assert (reply.status, reply.headers["RateLimit-Reason"]) == (429, "jira-burst-based")
    assert api.service("GET", f"servicedesk/{number}").status == 200


def test_a_batch_may_be_too_large(jira, api):
    number = add_desk(jira)
    ids = [api.customer_id(f"demo{one}@example.com") for one in range(3)]
    jira.control.configure(service_batch=2)
    assert add(api, number, *ids).status == 400
    assert desk(jira)["customers"] == []
    assert add(api, number, *ids[:2]).status == 204


def test_an_organizations_members_get_into_the_portals_of_its_desks(jira, api):
    number, mia = add_desk(jira), api.customer_id("mia@example.com")
    acme = jira.control.edit("add-organization", name="Acme")["organizationId"]
    jira.control.edit("add-organization-member", organization="Acme", account="mia@example.com")
    body = {"organizationId": int(acme)}
    for _ in range(2):
        assert api.service("POST", f"servicedesk/{number}/organization", body=body).status == 204
    assert (desk(jira)["organizations"], desk(jira)["portal"]) == (["Acme"], ["mia@example.com"])
    assert listed(api, number) == []
    jira.control.configure(customer_list="all")
    assert listed(api, number) == ["mia@example.com"]
    found = api.service("GET", f"servicedesk/{number}/organization", {"accountId": mia}).content
    assert [one["name"] for one in found["values"]] == ["Acme"]
    for _ in range(2):
        assert api.service("DELETE", f"servicedesk/{number}/organization",
                           body=body).status == 204
    assert desk(jira)["portal"] == []
    assert jira.control.counts()["addedOrganizations"] == {"DEMO": {"Acme": 1}}
    assert jira.control.counts()["removedOrganizations"] == {"DEMO": {"Acme": 1}}


def test_organizations_and_desks_that_are_not_there(jira, api):
    number = add_desk(jira)
    for method in ("POST", "DELETE"):
        for path, body in ((f"servicedesk/{number}/organization", {"organizationId": 7}),
                           ("servicedesk/999/organization", {"organizationId": 7}),
                           ("servicedesk/999/customer", {"accountIds": ["qm:demo"]})):
            assert api.service(method, path, body=body).status == 404
    reply = api.service("GET", f"servicedesk/{number}/organization", {"accountId": "qm:nobody"})
    assert reply.status == 404


def test_desk_edits(jira, api):
    number = add_desk(jira, project_name="Demo", desk_id="40")
    mia = api.customer_id("mia@example.com")
    jira.control.edit("add-organization", name="Acme", organization_id="9")
    jira.control.edit("add-desk-organization", desk="DEMO", organization="9")
    jira.control.edit("add-desk-customer", desk=number, account=mia)
    assert desk(jira) == {
        "deskId": "40", "projectId": "10001", "projectKey": "DEMO", "projectName": "Demo",
        "access": "closed", "ownerRole": "administrator", "customers": ["mia@example.com"],
        "organizations": ["Acme"], "portal": ["mia@example.com"]}
    jira.control.edit("remove-desk-organization", desk="DEMO", organization="acme")
    jira.control.edit("remove-desk-customer", desk="DEMO", account="mia@example.com")
    assert (desk(jira)["customers"], desk(jira)["organizations"]) == ([], [])
    jira.control.edit("remove-desk", desk="DEMO")
    assert api.service("GET", "servicedesk").content["values"] == []


@pytest.mark.parametrize("edit", [
    {"action": "add-desk", "projectKey": "DEMO"}, {"action": "add-desk", "projectKey": "NEW",
                                                   "access": "ajar"},
    {"action": "add-desk", "projectKey": "NEW", "deskId": "1"},
    {"action": "add-desk", "projectKey": "NEW", "ownerRole": "king"},
    {"action": "set-desk", "desk": "DEMO", "access": "ajar"},
    {"action": "set-desk", "desk": "OTHER", "projectKey": "DEMO"},
    {"action": "set-desk", "desk": "NONE", "access": "open"},
    {"action": "add-organization", "name": "ACME"},
    {"action": "add-organization", "name": "New", "organizationId": "1"},
    {"action": "set-organization", "organization": "Other", "name": "acme"},
    {"action": "set-organization", "organization": "None", "scimManaged": True},
    {"action": "add-desk-customer", "desk": "DEMO", "account": "nobody@example.com"}])
def test_an_edit_that_makes_no_sense_is_refused(jira, edit):
    add_desk(jira)
    add_desk(jira, "OTHER")
    for name in ("Acme", "Other"):
        jira.control.edit("add-organization", name=name)
    before = jira.control.state()
    with pytest.raises(ValueError):
        jira.control.edits([edit])
    assert jira.control.state() == before

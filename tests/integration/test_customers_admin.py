"""The customers' side of a site, as administrators see it: one site, two sides."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any, Iterator

import pytest

from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import Response, ScimClient
from tests.harness.conf import SCIM_V1_LOCATION
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import Scene, scene  # noqa: F401

pytestmark = pytest.mark.any_mpm

MAPPED = {"groups": {"mappings": [{"group": "Jira-Service-group", "projects": ["DEMO"],
                                   "organizations": ["Example Ltd"]}]}}


def refused(answer: Response, status: int, *words: str) -> None:
    detail = answer.expect(status).json()["detail"]
    assert [word for word in words if word not in detail] == [], detail


@pytest.fixture
def side(scene: Scene) -> str:
    """The name of the scene's customers' side."""
    return f"{scene.site}:customers"


@pytest.fixture
def customers(scene: Scene) -> Iterator[ScimClient]:
    """An IdP of mode customers: it tells, and nothing of it is done yet."""
    yield scene.idp(mode="customers", state="paused")


# Sites


def test_a_site_is_one_with_customers_too(scene: Scene, admin: AdminClient, side: str) -> None:
    assert admin.get(f"/api/sites/{scene.site}").expect(200).json()["customers"] is False
    scene.idp(mode="customers", state="paused")
    site = admin.get(f"/api/sites/{scene.site}").expect(200).json()
    assert site["customers"] is True
    assert site in admin.sites() and side not in [one["name"] for one in admin.sites()]


@pytest.mark.parametrize("method, path, body", [
    ("GET", "", None), ("PUT", "", {"products": []}), ("DELETE", "", None),
    ("PATCH", "", {}), ("POST", "/test", {})])
@pytest.mark.usefixtures("customers")
def test_a_side_is_no_site(method: str, path: str, body: Any, admin: AdminClient, scene: Scene,
                           side: str) -> None:
    answer = admin.request(method, f"/api/sites/{side}{path}", body)
    refused(answer, 404, f"{side} is no site", f"sites/{scene.site}.")
    assert admin.get(f"/api/sites/{scene.site}").expect(200).json()["customers"] is True


def test_a_side_is_not_made_by_hand(admin: AdminClient, scene: Scene, side: str) -> None:
    body = {"baseUrl": "https://other.example.com", "email": "a@example.com", "apiToken": "demo"}
    refused(admin.put(f"/api/sites/{side}", body), 404, "is no site")
    refused(admin.get(f"/api/sites/{side}/reconcile"), 404, side)
    refused(admin.post("/api/idps", {"name": "wrong", "mode": "customers", "sites": [side]}), 400,
            f"there is no site {side}")
    refused(admin.post("/api/idps", {"name": "wrong", "mode": "staff", "site": scene.site}), 400,
            "users or customers")


@pytest.mark.usefixtures("customers")
def test_a_side_that_is_asked_for_what_happens_there(admin: AdminClient, side: str) -> None:
    told = admin.get(f"/api/sites/{side}/reconcile").expect(200).json()
    assert (told["site"], told["state"]) == (side, "never")
    assert admin.get(f"/api/sites/{side}/conflicts").expect(200).json() == {
        "groups": [], "people": []}
    encoded = side.replace(":", "%3A")
    assert admin.get(f"/api/sites/{encoded}/reconcile").expect(200).json()["site"] == side
    assert admin.get(f"/api/tasks?site={encoded}").expect(200).json() == {"tasks": []}


def test_who_feeds_either_side_hinders_the_end_of_a_site(scene: Scene, admin: AdminClient,
                                                         side: str) -> None:
    users, people = scene.idp(), scene.idp(mode="customers")
    of_users, of_customers = scene.name_of(users), scene.name_of(people)
    refused(admin.delete(f"/api/sites/{scene.site}"), 409, of_users, of_customers)
    admin.delete_idp(of_users)
    scene.forget(of_users)
    refused(admin.delete(f"/api/sites/{scene.site}"), 409, f": {of_customers}.")
    admin.delete_idp(of_customers)
    scene.forget(of_customers)
    admin.delete_site(scene.site)
    refused(admin.get(f"/api/sites/{side}/reconcile"), 404, side)
    scene.put_site()
    assert admin.get(f"/api/sites/{scene.site}").expect(200).json()["customers"] is False


def test_the_token_of_both_sides_ends_once(scene: Scene, admin: AdminClient, httpd: Httpd,
                                           side: str, customers: ScimClient) -> None:
    httpd.error_log.expect("SCIM0151", count=1)
    ends = (datetime.now(timezone.utc) + timedelta(days=3)).isoformat(timespec="seconds")
    admin.put(f"/api/sites/{scene.site}", {"apiTokenExpires": ends}).expect(200)
    httpd.error_log.wait_for(f"SCIM0151.*site {scene.site}:")
    told = until(lambda: [event for event in admin.events("kind=site.token.expires")
                          if event["site"] in (scene.site, side)], "the event")
    assert [event["site"] for event in told] == [scene.site]
    tokens = [one["site"] for one in admin.status()["tokens"] if one["site"]]
    assert tokens.count(scene.site) == 1 and side not in tokens


@pytest.mark.usefixtures("customers")
def test_the_test_looks_at_service_desks_where_there_are_customers(scene: Scene,
                                                                   admin: AdminClient) -> None:
    assert admin.test_site(scene.site)["ok"] is True
    assert len(scene.calls("getServiceDesks")) == 1
    scene.control.add_fault("status", status=403, match={"operation": "getServiceDesks"})
    told = admin.test_site(scene.site)
    assert (told["ok"], told["missing"], told["status"]) == (
        False, ["access to Jira Service Management"], 403)


def test_the_test_leaves_service_desks_alone_where_there_are_none(scene: Scene,
                                                                  admin: AdminClient) -> None:
    assert admin.test_site(scene.site)["ok"] is True
    assert scene.calls("getServiceDesks") == []


# Identity providers


def test_one_idp_stands_twice(scene: Scene, admin: AdminClient) -> None:
    users = admin.create_idp("twice", provider="okta", site=scene.site)
    people = admin.create_idp("twice-customers", provider="okta", mode="customers",
                              site=scene.site, state="paused")
    assert (users["mode"], people["mode"]) == ("users", "customers")
    assert users["sites"] == people["sites"] == [scene.site]
    assert users["scim"]["baseUrl"] != people["scim"]["baseUrl"]
    assert users["scim"]["token"] != people["scim"]["token"]
    for one, other in ((users, people), (people, users)):
        with closing(scim_client(one)) as client:
            client.create_user("ada@example.com")
        with closing(ScimClient(one["scim"]["baseUrl"], token=other["scim"]["token"])) as stranger:
            stranger.get("/Users").expect(401)
    task, = admin.tasks("idp=twice-customers")
    assert (task["site"], task["name"]) == (f"{scene.site}:customers", "ada@example.com")
    for name in ("twice", "twice-customers"):
        admin.delete_idp(name)


def test_the_sites_of_an_idp_of_customers(scene: Scene, admin: AdminClient, httpd: Httpd,
                                          side: str, customers: ScimClient) -> None:
    name = scene.name_of(customers)
    second = f"{scene.site}-b"
    httpd.error_log.expect(f"SCIM0122: site {second}(:customers)?: Jira can't be reached",
                           optional=True)
    scene.admin.put_site(second, "http://127.0.0.1:9", "a@example.com", "demo-token")
    changed = admin.patch(f"/api/idps/{name}", {"sites": [second, scene.site]}).expect(200).json()
    assert changed["sites"] == [scene.site, second]
    added = [event["site"] for event in admin.events(f"kind=idp.site.added&idp={name}")]
    assert added == [f"{second}:customers"]
    customers.create_user("ada@example.com")
    refused(admin.patch(f"/api/idps/{name}", {"sites": [second]}), 409, "access=")
    admin.patch(f"/api/idps/{name}?access=remove", {"sites": [second]}).expect(200)
    assert [event["site"] for event in admin.events(f"kind=idp.site.removed&idp={name}")] == [side]
    refused(admin.patch(f"/api/idps/{name}", {"mode": "users"}), 400, "mode")
    admin.delete_idp(name)
    scene.forget(name)
    admin.delete_site(second)


@pytest.mark.parametrize("location", ["/scim/v2", SCIM_V1_LOCATION])
def test_both_versions_of_scim(location: str, scene: Scene, admin: AdminClient, httpd: Httpd,
                               side: str) -> None:
    made = admin.create_idp("desk", mode="customers", site=scene.site, state="paused")
    token = made["scim"]["token"]
    with closing(ScimClient(f"{httpd.url}{location}/desk", token=token)) as client:
        schema = ("urn:scim:schemas:core:1.0" if location == SCIM_V1_LOCATION
                  else "urn:ietf:params:scim:schemas:core:2.0:User")
        user = client.post("/Users", {"schemas": [schema], "userName": "ada@example.com"})
        told = user.expect(201).json()["id"]
        assert client.get(f"/Users/{told}").expect(200).json()["userName"] == "ada@example.com"
        tasks = admin.tasks(f"site={side}")
        assert [(task["subject"], task["idp"], task["site"]) for task in tasks] == [
            (told, "desk", side)]
        assert admin.tasks(f"site={scene.site}") == []
    admin.delete_idp("desk", access="remove")


# What happens at one side


def test_tasks_are_a_sides(scene: Scene, admin: AdminClient, side: str,
                           customers: ScimClient) -> None:
    told = customers.create_user("ada@example.com")
    task, = admin.tasks(f"site={side}")
    assert (task["site"], task["kind"], task["subject"]) == (side, "user", told["id"])
    assert admin.tasks(f"kind=portal&site={side}") == []
    refused(admin.get("/api/tasks?kind=desk"), 400, "portal")
    assert admin.post(f"/api/tasks/retry?site={side}&state=waiting", {}).expect(200).json() == {
        "retried": 1}
    retried, = admin.events(f"kind=task.retried&site={side}")
    assert retried["detail"] == "1 task"
    assert admin.events(f"kind=task.retried&site={scene.site}") == []


def test_plans_and_the_guard_are_a_sides(scene: Scene, admin: AdminClient, side: str,
                                         customers: ScimClient) -> None:
    name = scene.name_of(customers)
    user = customers.create_user("ada@example.com")
    assert [one["site"] for one in admin.plan_of(name, user)["sites"]] == [side]
    assert [one["site"] for one in admin.plan(name)["subjects"]] == [side]
    released = admin.post(f"/api/idps/{name}/guard/release?site={side}", {}).expect(200)
    assert released.json() == {"released": 0}


def test_a_put_of_the_site_makes_both_sides_due(scene: Scene, admin: AdminClient, side: str,
                                                customers: ScimClient) -> None:
    customers.create_user("ada@example.com")
    before, = admin.tasks(f"site={side}")
    admin.put(f"/api/sites/{scene.site}", {}).expect(200)
    after, = admin.tasks(f"site={side}")
    assert after["changedAt"] > before["changedAt"]


# Rules


def test_rules_of_customers(scene: Scene, admin: AdminClient, customers: ScimClient) -> None:
    name = scene.name_of(customers)
    assert sorted(admin.rules(name)["groups"]) == ["authoritative", "ignore", "import", "mappings"]
    put = admin.put_rules(name, MAPPED)
    assert put == admin.rules(name)
    assert put["groups"]["mappings"] == MAPPED["groups"]["mappings"]
    assert put["users"]["defaultProjects"] == [] and "products" not in put["users"]
    event, = admin.events(f"kind=idp.rules&idp={name}")
    assert "Jira-Service-group" in event["detail"]


@pytest.mark.parametrize("rules, words", [
    ({"users": {"products": []}}, "users.products: an IdP of mode customers gives no products"),
    ({"users": {"onDelete": "delete"}}, "must be takeBack, revoke or nothing"),
    ({"groups": {"mappings": [{"group": "a", "jiraGroups": ["b"]}]}}, "mode customers"),
    ({"users": {"defaultProjects": ["demo"]}}, "users.defaultProjects[0]"),
])
def test_rules_that_customers_have_not(rules: dict[str, Any], words: str, scene: Scene,
                                       admin: AdminClient, customers: ScimClient) -> None:
    name = scene.name_of(customers)
    before = admin.rules(name)
    refused(admin.put(f"/api/idps/{name}/rules", rules), 400, words)
    refused(admin.post(f"/api/idps/{name}/rules/try", {"rules": rules}), 400, words)
    assert admin.rules(name) == before


def test_users_have_no_rules_of_customers(scene: Scene, admin: AdminClient) -> None:
    name = scene.name_of(scene.idp())
    refused(admin.put(f"/api/idps/{name}/rules", MAPPED), 400, "mode users", "jiraGroups")


def test_what_groups_of_customers_stand_for(scene: Scene, admin: AdminClient,
                                            customers: ScimClient) -> None:
    name = scene.name_of(customers)
    admin.put_rules(name, MAPPED)
    tried = admin.post(f"/api/idps/{name}/rules/try",
                       {"groups": ["Jira-Service-group", "Sales"]}).expect(200).json()["groups"]
    assert [(one["projects"], one["organizations"], one["rule"]) for one in tried] == [
        (["DEMO"], ["Example Ltd"], "groups.mappings[0]"), ([], [], "groups.mappings")]
    assert "not mapped" in tried[1]["why"] and "jiraGroups" not in tried[0]


# Before a portal is taken over, and who claims it


def portals(scene: Scene, customers: ScimClient, group: str) -> dict[str, dict[str, Any]]:
    answer = scene.admin.post(f"/api/sites/{scene.site}:customers/groups/preview",
                              {"idp": scene.name_of(customers), "group": group})
    return {one["name"]: one for one in answer.expect(200).json()["jiraGroups"]}


def told(customers: ScimClient, group: str, *addresses: str) -> dict[str, Any]:
    people = [customers.create_user(address)["id"] for address in addresses]
    return customers.create_group(group, people)


def test_who_would_come_into_a_portal(scene: Scene, customers: ScimClient) -> None:
    """Members by their accounts in Jira, whichever kind; nothing is changed there."""
    scene.control.edit("add-desk", project_key="DEMO")
    scene.control.edit("add-organization", name="example ltd")
    for address in ("bob@example.com", "guest@example.com"):
        scene.control.edit("add-account", email=address)
        scene.control.edit("add-desk-customer", desk="DEMO", account=address)
    scene.control.edit("add-organization-member", organization="example ltd",
                       account="bob@example.com")
    scene.admin.put_rules(scene.name_of(customers), MAPPED)
    told(customers, "Jira-Service-group", "ada@example.com", "bob@example.com")
    seen = portals(scene, customers, "Jira-Service-group")
    desk, organization = seen["project/DEMO"], seen["organization/Example Ltd"]
    assert (desk["exists"], desk["groupId"]) == (True, "desk:1")
    assert (desk["gain"], desk["keep"], desk["notOurs"]) == (
        ["ada@example.com"], ["bob@example.com"], ["guest@example.com"])
    assert (organization["groupId"], organization["gain"], organization["keep"]) == (
        "organization:1", ["ada@example.com"], ["bob@example.com"])
    assert [call["method"] for call in scene.calls() if call["method"] != "GET"] == []


def test_portals_that_are_not_there(scene: Scene, customers: ScimClient) -> None:
    """An organization is made, a project is not; what another directory keeps is left alone."""
    scene.control.edit("add-organization", name="Kept", scim_managed=True)
    scene.admin.put_rules(scene.name_of(customers), {"groups": {"mappings": [
        {"group": "all", "projects": ["NONE"], "organizations": ["New", "Kept"]}]}})
    told(customers, "all", "ada@example.com")
    seen = portals(scene, customers, "all")
    none, new, kept = (seen[name] for name in (
        "project/NONE", "organization/New", "organization/Kept"))
    assert (none["exists"], none["gain"]) == (False, [])
    assert "no service project NONE" in none["withheld"][0]["text"]
    assert (new["exists"], new["gain"], new["withheld"]) == (False, ["ada@example.com"], [])
    assert (kept["exists"], kept["gain"]) == (True, [])
    assert "another directory" in kept["withheld"][0]["text"]


def test_a_preview_is_a_sides(scene: Scene, admin: AdminClient, customers: ScimClient) -> None:
    name = scene.name_of(customers)
    told(customers, "Sales")
    assert portals(scene, customers, "Sales") == {}
    refused(admin.post(f"/api/sites/{scene.site}/groups/preview",
                       {"idp": name, "group": "Sales"}), 409, f"{name} does not feed {scene.site}")
    scene.control.add_fault("status", status=503, match={"operation": "getServiceDeskById"})
    scene.admin.put_rules(name, {"groups": {"mappings": [
        {"group": "Sales", "projects": ["DEMO"]}]}})
    refused(admin.post(f"/api/sites/{scene.site}:customers/groups/preview",
                       {"idp": name, "group": "Sales"}), 502, "503")

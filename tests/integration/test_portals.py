"""Portals get and lose their people in batches, whatever Jira says to one of them."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    Scene, add_members, deactivate, own_scene, scene)

pytestmark = pytest.mark.any_mpm

BATCH = 50
# How long what is queued may wait for more of it, with some room for a slow machine.
PATIENCE = 30


class Customers:
    """People whom an IdP puts into the portals of DEMO, HELP and Example Ltd by one group."""

    def __init__(self, scene: Scene, projects: list[str], organizations: list[str]):
        self.scene = scene
        self.control = scene.control
        for key in projects:
            self.control.edit("add-desk", project_key=key)
        self.idp: ScimClient = scene.idp(mode="customers", state="paused")
        self.name = scene.name_of(self.idp)
        scene.admin.put_rules(self.name, {"groups": {"mappings": [
            {"group": "Clients", "projects": projects, "organizations": organizations}]}})
        self.people: list[dict[str, Any]] = []
        self.group: dict[str, Any] = {}

    def add(self, count: int) -> None:
        """So many more are told, and nothing is done yet."""
        first = len(self.people)
        self.people += [self.idp.create_user(f"c{number:03}@example.com")
                        for number in range(first, first + count)]

    def live(self, members: int | None = None) -> None:
        """All of them, or the first ones, are in the group; and what was told is done."""
        self.group = self.idp.create_group("Clients",
                                           [one["id"] for one in self.people[:members]])
        self.scene.admin.set_state(self.name, "live")

    def join(self, *numbers: int) -> None:
        add_members(self.idp, self.group, *(self.people[number] for number in numbers))

    def addresses(self) -> set[str]:
        return {one["userName"] for one in self.people}

    def desk(self, key: str = "DEMO") -> set[str]:
        return set(next(one for one in self.control.state()["desks"]
                        if one["projectKey"] == key)["customers"])

    def organization(self, name: str) -> set[str]:
        return set(next(one for one in self.control.state()["organizations"]
                        if one["name"] == name)["members"])

    def calls(self, operation: str) -> int:
        return len(self.control.entries(operation))

    def events(self, kind: str) -> list[dict[str, Any]]:
        return self.scene.admin.events(f"site={self.scene.site}%3Acustomers&kind={kind}&limit=1000")

    def parked(self) -> list[str]:
        """Details of what waits for a person."""
        return [one["detail"] for one in self.scene.admin.tasks("state=failed")
                if one["site"] == f"{self.scene.site}:customers"]

    def portal_task(self) -> dict[str, Any] | None:
        tasks = [one for one in self.scene.admin.tasks("kind=portal")
                 if one["site"] == f"{self.scene.site}:customers"]
        return tasks[0] if tasks else None

    def deactivate(self, *numbers: int) -> None:
        for number in numbers:
            deactivate(self.idp, self.people[number])

    def forget_account(self, number: int) -> None:
        """Jira has not this person's account any more, and nobody has noticed."""
        self.control.edit("delete-account", account=self.people[number]["userName"])


def customers_of(scene: Scene, count: int, projects: list[str] | None = None,
                 organizations: list[str] | None = None) -> Customers:
    customers = Customers(scene, projects or [], organizations or [])
    customers.add(count)
    customers.live()
    scene.settle()
    return customers


def test_batches_are_as_large_as_they_may_be(scene: Scene) -> None:
    people = 200
    customers = Customers(scene, ["DEMO", "HELP"], [])
    customers.add(people)
    customers.live()
    scene.settle(90)
    assert customers.desk("DEMO") == customers.desk("HELP") == customers.addresses()
    assert customers.calls("addCustomers") <= 2 * (people // BATCH + 1)
    added = customers.events("jira.member.added")
    assert sorted((one["name"], one["detail"]) for one in added) == sorted(
        (address, project) for address in customers.addresses()
        for project in ("project/DEMO", "project/HELP"))
    assert {one["subject"] for one in added} == {one["id"] for one in customers.people}


def test_one_who_comes_alone_does_not_wait(scene: Scene) -> None:
    customers = customers_of(scene, 1, ["DEMO"])
    customers.add(1)
    scene.settle()
    assert customers.calls("addCustomers") == 1
    customers.join(1)
    scene.settle(PATIENCE)
    assert customers.desk() == customers.addresses()
    customers.deactivate(0, 1)
    scene.settle(PATIENCE)
    assert customers.desk() == set()
    assert {one["detail"] for one in customers.events("jira.member.removed")} == {"project/DEMO"}


def test_an_organization_loses_its_people_by_a_delete_with_a_body(scene: Scene) -> None:
    customers = customers_of(scene, 4, [], ["Example Ltd"])
    assert customers.organization("Example Ltd") == customers.addresses()
    customers.deactivate(0, 1, 2)
    scene.settle()
    assert customers.organization("Example Ltd") == {"c003@example.com"}
    sent = scene.calls("removeUsersFromOrganization")
    assert {one["method"] for one in sent} == {"DELETE"}
    assert all("accountIds" in one["body"] for one in sent)


@pytest.mark.parametrize("settings", [{}, {"organization_batch": "valid"},
                                      {"remove_unknown": "400"}], ids=str)
@pytest.mark.parametrize("where", ["desk", "organization"])
def test_one_whom_jira_has_lost_holds_up_nobody(where: str, settings: dict[str, str],
                                                scene: Scene) -> None:
    scene.control.configure(**settings)
    projects, organizations = (["DEMO"], []) if where == "desk" else ([], ["Example Ltd"])
    customers = Customers(scene, projects, organizations)
    customers.add(8)
    # Everybody is known before anybody is in a portal.
    customers.live(0)
    scene.settle()
    fault = scene.control.add_fault(
        "status", status=503, times=None,
        match={"operation": "addCustomers" if projects else "addUsersToOrganization"})
    customers.join(*range(8))
    until(lambda: (customers.portal_task() or {}).get("status") == 503, "the portal to fail")
    lost = customers.people[3]["userName"]
    before = next(one["accountId"] for one in scene.control.state()["accounts"]
                  if one["email"] == lost)
    customers.forget_account(3)
    scene.control.remove_faults(fault)
    scene.settle()
    # The lost one was made anew, and is in the portal as everybody else.
    there = customers.desk() if projects else customers.organization("Example Ltd")
    assert there == customers.addresses()
    after = next(one["accountId"] for one in scene.control.state()["accounts"]
                 if one["email"] == lost)
    assert before != after
    assert customers.parked() == []


def test_who_is_lost_when_others_leave(scene: Scene) -> None:
    scene.control.configure(remove_unknown="400")
    customers = customers_of(scene, 6, ["DEMO"])
    customers.forget_account(2)
    scene.admin.set_state(customers.name, "paused")
    customers.deactivate(0, 1, 2, 3)
    scene.admin.set_state(customers.name, "live")
    scene.settle()
    assert customers.desk() == {"c004@example.com", "c005@example.com"}
    assert customers.events("portal.open") == [] and customers.parked() == []


class TestOpenDesk:
    def test_it_is_told_of_once(self, scene: Scene) -> None:
        customers = customers_of(scene, 6, ["DEMO"])
        scene.control.edit("set-desk", desk="DEMO", access="open")
        customers.deactivate(0, 1)
        until(lambda: customers.events("portal.open"), "the desk to be told of", PATIENCE)
        until(lambda: (customers.portal_task() or {}).get("state") == "failed", "it to be parked")
        task = customers.portal_task()
        assert (task["kind"], task["idp"], task["name"]) == ("portal", None, "project/DEMO")
        assert "customer permissions" in task["detail"]
        sent = customers.calls("removeCustomers")
        customers.deactivate(2)
        customers.add(1)
        customers.join(6)
        until(lambda: "c006@example.com" in customers.desk(), "the new one to be added", PATIENCE)
        until(lambda: (customers.portal_task() or {}).get("state") == "failed", "it to be parked")
        assert customers.calls("removeCustomers") == sent
        assert len(customers.events("portal.open")) == 1
        assert customers.events("task.failed") == []
        scene.admin.retry(task["id"])
        until(lambda: customers.calls("removeCustomers") > sent
              and (customers.portal_task() or {}).get("state") == "failed", "it to be parked again")
        assert len(customers.events("portal.open")) == 1
        scene.control.edit("set-desk", desk="DEMO", access="closed")
        scene.admin.retry(task["id"])
        scene.settle()
        assert customers.desk() == {f"c00{number}@example.com" for number in (3, 4, 5, 6)}
        assert customers.portal_task() is None


def test_who_leaves_before_being_added_does_not_stay(scene: Scene) -> None:
    """What is sent and what is wanted meanwhile cross each other."""
    customers = Customers(scene, ["DEMO"], [])
    customers.add(2)
    scene.control.add_fault("hang", match={"operation": "addCustomers"}, after=True, seconds=3)
    customers.live()
    until(lambda: scene.calls("addCustomers"), "the batch to be sent")
    customers.deactivate(0)
    scene.settle()
    assert customers.desk() == {"c001@example.com"}
    assert customers.parked() == []


@pytest.mark.parametrize("fault", [
    {"status": 429, "headers": {"Retry-After": "1"}}, {"status": 503},
    {"status": 404, "body": "<h1>No such page</h1>"}], ids=lambda one: str(one["status"]))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_batch_that_fails_is_sent_again(after: bool, fault: dict[str, Any],
                                          scene: Scene) -> None:
    for operation in ("addCustomers", "removeCustomers"):
        scene.control.add_fault("status", match={"operation": operation}, after=after, **fault)
    customers = customers_of(scene, 3, ["DEMO"])
    assert customers.desk() == customers.addresses()
    customers.deactivate(0, 1)
    scene.settle()
    assert customers.desk() == {"c002@example.com"}
    assert len(customers.events("jira.member.added")) == 3
    assert len(customers.events("jira.member.removed")) == 2
    assert customers.parked() == []


def test_a_desk_that_is_gone_says_so(scene: Scene) -> None:
    customers = customers_of(scene, 2, ["DEMO"])
    scene.control.edit("remove-desk", desk="DEMO")
    customers.add(1)
    customers.join(2)
    until(customers.parked, "somebody to say that the desk is gone", PATIENCE)
    customers.deactivate(0, 1, 2)
    until(lambda: scene.waiting() == 0, "no task to wait", PATIENCE)
    assert len(customers.events("jira.member.removed")) >= 2


def test_an_organization_that_another_directory_keeps_is_never_touched(scene: Scene) -> None:
    customers = customers_of(scene, 2, [], ["Example Ltd"])
    scene.control.edit("set-organization", organization="Example Ltd", scim_managed=True)
    customers.deactivate(0)
    until(lambda: (customers.portal_task() or {}).get("state") == "failed", "it to be parked",
          PATIENCE)
    assert "another directory" in customers.portal_task()["detail"]
    assert customers.calls("removeUsersFromOrganization") == 0
    assert customers.organization("Example Ltd") == customers.addresses()


@pytest.fixture
def own(make_httpd: Callable[..., Httpd], jira: JiraProcess) -> Iterator[tuple[Httpd, Scene]]:
    server = make_httpd()
    server.start()
    with own_scene(server, jira) as scene:
        yield server, scene


@pytest.mark.parametrize("operation", ["addCustomers", "removeCustomers"])
def test_a_server_that_is_killed_between_the_call_and_the_answer(
        operation: str, own: tuple[Httpd, Scene]) -> None:
    server, scene = own
    customers = customers_of(scene, 3, ["DEMO"]) if operation == "removeCustomers" \
        else Customers(scene, ["DEMO"], [])
    scene.control.add_fault("hang", match={"operation": operation}, after=True, seconds=60)
    if operation == "addCustomers":
        customers.add(3)
        customers.live()
    else:
        customers.deactivate(0, 1)
    until(lambda: scene.calls(operation), "the batch to be sent", PATIENCE)
    server.kill()
    server.start()
    scene.settle()
    left = customers.addresses() if operation == "addCustomers" else {"c002@example.com"}
    assert customers.desk() == left
    kind = "jira.member.added" if operation == "addCustomers" else "jira.member.removed"
    assert len(customers.events(kind)) == (3 if operation == "addCustomers" else 2)

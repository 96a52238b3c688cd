"""Somebody whom a portal does not let go, or does not take, is told of by name, and why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.wait import until
from tests.integration.scene import Scene, add_members, scene  # noqa: F401
from tests.integration.test_portals import PATIENCE, Customers

pytestmark = pytest.mark.any_mpm

OPEN = "customer permissions"
NO = {"status": 403, "body": {"errorMessage": "demo: not allowed"}}


def customers_at(scene: Scene, count: int = 4) -> Customers:
    customers = Customers(scene, ["DEMO"], [])
    customers.add(count)
    customers.live()
    scene.settle()
    assert customers.desk() == customers.addresses()
    return customers


def stuck(scene: Scene, count: int = 4) -> Customers:
    """The first one has left, and the desk does not let go."""
    customers = customers_at(scene, count)
    scene.control.edit("set-desk", desk="DEMO", access="open")
    customers.deactivate(0)
    until(lambda: task_of(customers, 0).get("state") == "failed", "the leaver to be told of",
          PATIENCE)
    return customers


def task_of(customers: Customers, number: int) -> dict[str, Any]:
    found = customers.scene.admin.tasks(f"subject={customers.people[number]['id']}")
    return found[0] if found else {}


def view_of(customers: Customers, number: int) -> dict[str, Any]:
    plan = customers.scene.admin.plan_of(customers.name, customers.people[number])
    view, = plan["sites"]
    return view


def close(scene: Scene) -> None:
    scene.control.edit("set-desk", desk="DEMO", access="closed")


def address(number: int) -> str:
    return f"c{number:03}@example.com"


def compare(scene: Scene) -> None:
    side = f"/api/sites/{scene.site}%3Acustomers/reconcile"
    scene.admin.post(side, {}).expect(202)
    until(lambda: scene.admin.get(side).expect(200).json()["state"]
          in ("done", "doubtful", "failed"), "the comparison to end", PATIENCE)
    scene.settle()


def see_out(customers: Customers) -> None:
    """The leaver is out of the desk, and nothing is left to be done."""
    until(lambda: customers.desk() == customers.addresses() - {address(0)}, "the leaver to be out",
          PATIENCE)
    customers.scene.settle()
    assert not customers.parked()


def test_a_leaver_who_is_not_let_go_is_no_secret(scene: Scene) -> None:
    customers = stuck(scene)
    task = task_of(customers, 0)
    assert (task["kind"], task["name"], task["class"]) == ("user", address(0), "person")
    assert "still in project/DEMO" in task["detail"] and OPEN in task["detail"]
    view = view_of(customers, 0)
    assert (view["when"], view["steps"]) == ("retried", [])
    withheld, = view["withheld"]
    assert (withheld["kind"], withheld["call"], withheld["group"]) == (
        "refused", "removeMember", "project/DEMO")
    portal = customers.portal_task()
    assert OPEN in withheld["text"] and f"task {portal['id']}" in withheld["mend"]
    queue = scene.admin.get(f"/api/tasks/{portal['id']}").expect(200).json()["queue"]
    assert (queue["adds"], queue["add"], queue["removes"]) == (0, [], 1)
    assert [(one["name"], one["email"], one["idp"], one["state"]) for one in queue["remove"]] == [
        (address(0), address(0), customers.name, "ending")]
    assert len(customers.events("portal.open")) == 1
    assert not customers.events("task.failed")
    preview = scene.admin.post(f"/api/sites/{scene.site}%3Acustomers/groups/preview",
                               {"idp": customers.name, "group": "Clients"}).expect(200).json()
    desk, = preview["jiraGroups"]
    assert (desk["leaving"], desk["notOurs"]) == ([address(0)], [])


@pytest.mark.parametrize("by", ["person", "subject", "portal"])
def test_a_retry_takes_the_leaver_out(by: str, scene: Scene) -> None:
    customers = stuck(scene)
    close(scene)
    if by == "subject":
        answer = scene.admin.post(
            f"/api/tasks/retry?subject={customers.people[0]['id']}", {}).expect(200).json()
        assert answer["retried"] == 2
        assert sorted(one["was"] for one in answer["tasks"]) == ["failed", "failed"]
    else:
        task = task_of(customers, 0) if by == "person" else customers.portal_task()
        scene.admin.retry(task["id"])
    see_out(customers)
    assert view_of(customers, 0)["when"] == "done"


def test_a_leaver_whose_portals_task_was_discarded(scene: Scene) -> None:
    customers = stuck(scene)
    scene.admin.delete(f"/api/tasks/{customers.portal_task()['id']}").expect(204)
    view = view_of(customers, 0)
    assert "discarded" in view["withheld"][0]["text"] and view["when"] == "retried"
    close(scene)
    scene.admin.retry(task_of(customers, 0)["id"])
    see_out(customers)


def test_a_leaver_who_is_taken_out_by_hand(scene: Scene) -> None:
    customers = stuck(scene)
    scene.control.edit("remove-desk-customer", desk="DEMO", account=address(0))
    compare(scene)
    until(lambda: not task_of(customers, 0), "the leaver's task to end", PATIENCE)
    assert view_of(customers, 0)["when"] == "done"


def test_who_comes_back_is_not_told_of_any_more(scene: Scene) -> None:
    customers = stuck(scene)
    customers.idp.patch_operations(
        f"/Users/{customers.people[0]['id']}",
        {"op": "replace", "path": "active", "value": True}).expect(200)
    until(lambda: not task_of(customers, 0), "the task to be done", PATIENCE)
    assert view_of(customers, 0)["when"] == "done"
    scene.settle()
    assert customers.desk() == customers.addresses()


def test_who_is_deleted_is_told_of_until_out(scene: Scene) -> None:
    customers = stuck(scene)
    customers.idp.delete(f"/Users/{customers.people[0]['id']}").expect(204)
    until(lambda: task_of(customers, 0).get("state") == "failed"
          and not scene.waiting(), "it to be parked", PATIENCE)
    assert task_of(customers, 0)["name"] == address(0)
    close(scene)
    scene.admin.retry(task_of(customers, 0)["id"])
    see_out(customers)


def test_a_leaver_waits_while_jira_is_in_no_mood(scene: Scene) -> None:
    customers = customers_at(scene)
    fault = scene.control.add_fault("status", match={"operation": "removeCustomers"}, times=None,
                                    status=429, headers={"Retry-After": "1"})
    customers.deactivate(0)
    until(lambda: "still in project/DEMO" in (task_of(customers, 0).get("detail") or ""),
          "the leaver's task to say why", PATIENCE)
    view = view_of(customers, 0)
    step, = view["steps"]
    assert (step["call"], step["group"]) == ("removeMember", "project/DEMO")
    assert view["when"] in ("now", "later")
    scene.control.remove_faults(fault)
    until(lambda: not task_of(customers, 0), "the leaver to be out", PATIENCE)
    assert customers.desk() == customers.addresses() - {address(0)}


def test_who_does_not_get_in_is_no_secret(scene: Scene) -> None:
    customers = customers_at(scene)
    fault = scene.control.add_fault("status", match={"operation": "addCustomers"}, times=None, **NO)
    customers.add(1)
    customers.join(4)
    until(lambda: (customers.portal_task() or {}).get("state") == "failed", "it to be parked",
          PATIENCE)
    view = view_of(customers, 4)
    assert (view["when"], view["steps"]) == ("retried", [])
    withheld, = view["withheld"]
    assert withheld["call"] == "addMember" and "demo: not allowed" in withheld["text"]
    queue = scene.admin.get(
        f"/api/tasks/{customers.portal_task()['id']}").expect(200).json()["queue"]
    assert (queue["adds"], queue["removes"]) == (1, 0)
    assert queue["add"][0]["email"] == address(4)
    scene.control.remove_faults(fault)
    answer = scene.admin.post(f"/api/tasks/retry?subject={customers.people[4]['id']}", {})
    assert answer.expect(200).json()["tasks"][0]["was"] == "failed"
    until(lambda: customers.desk() == customers.addresses(), "the person to be in", PATIENCE)
    scene.settle()
    assert view_of(customers, 4)["when"] == "done" and not customers.parked()


class TestTheEndOfTheIdp:
    """Access that was ended, and is not taken yet, is asked about as ever."""

    @staticmethod
    def end(customers: Customers, query: str, status: int) -> dict[str, Any]:
        answer = customers.scene.admin.delete(f"/api/idps/{customers.name}?access=keep{query}")
        answer.expect(status)
        if status != 409:
            customers.scene.forget(customers.name)
            return {}
        return answer.json()

    @staticmethod
    def compared(scene: Scene) -> None:
        close(scene)
        scene.admin.post("/api/tasks/retry?state=failed", {}).expect(200)
        compare(scene)

    def test_it_is_asked(self, scene: Scene) -> None:
        customers = stuck(scene)
        answer = self.end(customers, "", 409)
        assert address(0) in str(answer)

    def test_who_is_kept_stays(self, scene: Scene) -> None:
        customers = stuck(scene)
        self.end(customers, "&leavers=keep", 204)
        self.compared(scene)
        assert customers.desk() == customers.addresses()
        assert not customers.events("jira.member.removed")

    def test_who_is_let_go_leaves(self, scene: Scene) -> None:
        customers = stuck(scene)
        self.end(customers, "&leavers=remove", 204)
        self.compared(scene)
        until(lambda: customers.desk() == customers.addresses() - {address(0)},
              "the leaver to be out", PATIENCE)

    def test_another_one_that_wants_somebody_gives_it_anew(self, scene: Scene) -> None:
        customers = stuck(scene)
        other = scene.idp(mode="customers")
        scene.admin.put_rules(scene.name_of(other), {"groups": {"mappings": [
            {"group": "Others", "projects": ["DEMO"]}]}})
        self.end(customers, "&leavers=keep", 204)
        person = other.create_user(address(0))
        group = other.create_group("Others")
        add_members(other, group, person)
        self.compared(scene)
        assert customers.desk() == customers.addresses()

"""What is queued for a portal is nobody's access yet: it is sent only by the word of today."""

from __future__ import annotations

import pytest

from tests.harness.wait import until
from tests.integration.scene import Scene, deactivate, scene  # noqa: F401
from tests.integration.test_portals import PATIENCE, Customers

pytestmark = pytest.mark.any_mpm

PEOPLE = 4
# Jira takes no call, and so has done nothing of any that was sent.
SLOWER = {"status": 429, "headers": {"Retry-After": "1"}}
NOBODY_MAY_LEAVE = {"number": 0, "percent": 0}


def slow(scene: Scene, operation: str) -> int:
    """No such call is done from now on; the number of the fault."""
    return scene.control.add_fault("status", match={"operation": operation}, times=None, **SLOWER)


def customers_with(scene: Scene, guard: bool = False, key: str = "DEMO") -> Customers:
    customers = Customers(scene, ["DEMO"], [])
    if guard:
        customers.scene.admin.put_rules(customers.name, rules(key, guard=True))
    customers.add(PEOPLE)
    return customers


def rules(key: str, guard: bool = False) -> dict[str, object]:
    told: dict[str, object] = {"groups": {"mappings": [{"group": "Clients", "projects": [key]}]}}
    if guard:
        told["guard"] = {"deactivations": NOBODY_MAY_LEAVE, "memberships": NOBODY_MAY_LEAVE}
    return told


def refused(scene: Scene, operation: str) -> None:
    """Jira has turned such a call away by now."""
    until(lambda: scene.control.entries(operation), f"{operation} to be tried")


def held(scene: Scene) -> list[str]:
    return [one["subject"] for one in scene.admin.tasks("state=held")]


def detail(customers: Customers) -> str:
    """What the portal's task says."""
    return (customers.portal_task() or {}).get("detail") or ""


def gone_from_the_queue(customers: Customers) -> None:
    """The portal's job is done: nothing is to be sent."""
    until(lambda: customers.portal_task() is None, "the queue to be empty", PATIENCE)


def test_who_leaves_before_being_added_never_gets_in(scene: Scene) -> None:
    customers = customers_with(scene, guard=True)
    fault = slow(scene, "addCustomers")
    customers.live()
    refused(scene, "addCustomers")
    customers.deactivate(*range(PEOPLE))
    gone_from_the_queue(customers)
    scene.control.remove_faults(fault)
    scene.settle()
    assert customers.desk() == set()
    assert not held(scene), "nobody had anything that could be taken"
    assert not customers.events("jira.member.added")


def test_a_mapping_that_is_corrected_in_time_lets_nobody_in(scene: Scene) -> None:
    scene.control.edit("add-desk", project_key="RIGHT")
    customers = customers_with(scene, guard=True)
    fault = slow(scene, "addCustomers")
    customers.live()
    refused(scene, "addCustomers")
    scene.admin.put_rules(customers.name, rules("RIGHT", guard=True))
    until(lambda: not [one for one in scene.admin.tasks("kind=portal")
                       if one["name"] == "project/DEMO"],
          "the queue of DEMO to be empty", PATIENCE)
    scene.control.remove_faults(fault)
    scene.settle()
    assert customers.desk("DEMO") == set()
    assert customers.desk("RIGHT") == customers.addresses()
    assert not held(scene)


def settled(scene: Scene, customers: Customers) -> None:
    customers.live()
    scene.settle()
    assert customers.desk() == customers.addresses()


@pytest.mark.parametrize("state", ["paused", "dryRun"])
def test_nobody_is_removed_while_the_idp_is_not_live(state: str, scene: Scene) -> None:
    customers = customers_with(scene)
    settled(scene, customers)
    fault = slow(scene, "removeCustomers")
    customers.deactivate(*range(PEOPLE))
    refused(scene, "removeCustomers")
    scene.admin.set_state(customers.name, state)
    for person in customers.people:
        deactivate(customers.idp, person, active=True)
    scene.control.remove_faults(fault)
    until(lambda: "has a say in it" in detail(customers),
          "the portal's task to say why it waits", PATIENCE)
    assert customers.desk() == customers.addresses()
    scene.admin.set_state(customers.name, "live")
    scene.settle(60)
    assert customers.desk() == customers.addresses()
    assert not customers.events("jira.member.removed")


@pytest.mark.parametrize("state", ["paused", "dryRun"])
def test_nobody_is_added_while_the_idp_is_not_live(state: str, scene: Scene) -> None:
    customers = customers_with(scene)
    fault = slow(scene, "addCustomers")
    customers.live()
    refused(scene, "addCustomers")
    scene.admin.set_state(customers.name, state)
    scene.control.remove_faults(fault)
    until(lambda: "still to be added" in detail(customers),
          "the portal's task to say why it waits", PATIENCE)
    assert customers.desk() == set()
    scene.admin.set_state(customers.name, "live")
    scene.settle(60)
    assert customers.desk() == customers.addresses()


def test_who_is_back_before_being_removed_stays(scene: Scene) -> None:
    customers = customers_with(scene)
    settled(scene, customers)
    fault = slow(scene, "removeCustomers")
    deactivate(customers.idp, customers.people[0])
    refused(scene, "removeCustomers")
    deactivate(customers.idp, customers.people[0], active=True)
    gone_from_the_queue(customers)
    scene.control.remove_faults(fault)
    scene.settle()
    assert customers.desk() == customers.addresses()
    assert not customers.events("jira.member.removed")


@pytest.mark.parametrize("answer", [SLOWER, {"status": 503}], ids=lambda one: str(one["status"]))
def test_access_that_is_kept_is_only_what_somebody_has(answer: dict[str, object],
                                                       scene: Scene) -> None:
    """What was queued by an IdP that ends is no access: another one gives it anew."""
    customers = customers_with(scene)
    fault = scene.control.add_fault("status", match={"operation": "addCustomers"}, times=None,
                                    **answer)
    customers.live()
    refused(scene, "addCustomers")
    scene.admin.delete_idp(customers.name)
    scene.forget(customers.name)
    gone_from_the_queue(customers)
    scene.control.remove_faults(fault)
    other = scene.idp(mode="customers")
    scene.admin.put_rules(scene.name_of(other), rules("DEMO"))
    people = [other.create_user(one["userName"]) for one in customers.people]
    other.create_group("Clients", [one["id"] for one in people])
    scene.settle(60)
    assert customers.desk() == customers.addresses()

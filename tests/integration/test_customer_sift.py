"""A batch is made of those whom IdPs want in it, or out of it, when it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    Scene, add_members, deactivate, remove_member, scene)
from tests.integration.test_customer_queue import SLOWER, held, refused, rules
from tests.integration.test_portals import PATIENCE, Customers

pytestmark = pytest.mark.any_mpm

PEOPLE = 3
MEMBERS = {"group": "Clients", "projects": ["DEMO"]}


def customers_at(scene: Scene) -> Customers:
    customers = Customers(scene, ["DEMO"], [])
    customers.add(PEOPLE)
    customers.live()
    scene.settle()
    assert customers.desk() == customers.addresses()
    return customers


def pause_of_jira(scene: Scene, operation: str, seconds: int) -> int:
    """The site takes nothing at all for so long, once such a call was tried."""
    return scene.control.add_fault("status", match={"operation": operation}, times=None, status=429,
                                   headers={"Retry-After": str(seconds)})


def done(scene: Scene, operation: str) -> int:
    return len([one for one in scene.control.entries(operation) if one["status"] < 300])


def other_idp(scene: Scene, *people: str) -> Any:
    """An IdP whose group Clients, in which is nobody of them, stands for DEMO as well."""
    other = scene.idp(mode="customers")
    scene.admin.put_rules(scene.name_of(other), {"groups": {"mappings": [MEMBERS]}})
    told = [other.create_user(one) for one in people]
    other.create_group("Clients")
    return other, told


def test_who_left_the_group_while_jira_took_nothing_never_gets_in(scene: Scene) -> None:
    customers = Customers(scene, ["DEMO"], [])
    customers.add(PEOPLE)
    # Longer than a batch waits for more people.
    fault = pause_of_jira(scene, "addCustomers", 16)
    customers.live()
    refused(scene, "addCustomers")
    for person in customers.people:
        remove_member(customers.idp, customers.group, person)
    scene.control.remove_faults(fault)
    scene.settle(60)
    assert done(scene, "addCustomers") == 0 and customers.desk() == set()
    assert not held(scene)


def test_who_is_back_while_jira_took_nothing_is_never_out(scene: Scene) -> None:
    customers = customers_at(scene)
    fault = pause_of_jira(scene, "removeCustomers", 4)
    customers.deactivate(*range(PEOPLE))
    refused(scene, "removeCustomers")
    for person in customers.people:
        deactivate(customers.idp, person, active=True)
    scene.control.remove_faults(fault)
    scene.settle(60)
    assert done(scene, "removeCustomers") == 0
    assert customers.desk() == customers.addresses()
    assert len(customers.events("jira.member.added")) == PEOPLE


@pytest.mark.parametrize("state", ["paused", "dryRun"])
def test_a_leaver_does_not_stay_for_an_idp_that_wants_nothing(state: str, scene: Scene) -> None:
    customers = customers_at(scene)
    other, _ = other_idp(scene, *customers.addresses())
    scene.settle()
    scene.admin.set_state(scene.name_of(other), state)
    customers.deactivate(0)
    until(lambda: customers.desk() == customers.addresses() - {"c000@example.com"},
          "the leaver to be out", PATIENCE)


@pytest.mark.parametrize("state", ["paused", "dryRun"])
def test_a_leaver_stays_for_an_idp_that_wants_it(state: str, scene: Scene) -> None:
    customers = customers_at(scene)
    other = scene.idp(mode="customers")
    scene.admin.put_rules(scene.name_of(other), {"groups": {"mappings": [MEMBERS]}})
    person = other.create_user("c000@example.com")
    other.create_group("Clients", [person["id"]])
    scene.settle()
    scene.admin.set_state(scene.name_of(other), state)
    customers.deactivate(0, 1)
    until(lambda: customers.desk() == customers.addresses() - {"c001@example.com"},
          "the other one to be out", PATIENCE)
    plan = scene.admin.plan_of(customers.name, customers.people[0])
    assert "dryRun" in [one["kind"] for one in plan["sites"][0]["withheld"]]
    assert "c000@example.com" in customers.desk()


@pytest.mark.parametrize("state", ["paused", "dryRun"])
def test_what_one_has_queued_is_not_sent_by_the_word_of_another(state: str, scene: Scene) -> None:
    customers = Customers(scene, ["DEMO"], [])
    customers.add(1)
    other, told = other_idp(scene, *customers.addresses(), "else@example.com")
    until(lambda: not scene.admin.tasks(f"idp={scene.name_of(other)}"), "all to be known", PATIENCE)
    fault = scene.control.add_fault("status", match={"operation": "addCustomers"}, times=None,
                                    **SLOWER)
    customers.live()
    refused(scene, "addCustomers")
    scene.admin.set_state(customers.name, state)
    scene.control.remove_faults(fault)
    # What is wanted goes on, and the person is not among it.
    group, = other.find("/Groups", 'displayName eq "Clients"')
    add_members(other, group, told[1])
    until(lambda: "else@example.com" in customers.desk(), "the other's to be in", PATIENCE)
    assert customers.desk() == {"else@example.com"}
    scene.admin.set_state(customers.name, "live")
    scene.settle(60)
    assert customers.desk() == {"else@example.com", *customers.addresses()}


class TestStrangers:
    """Who was there before, and nobody tells of."""

    @staticmethod
    def queued(scene: Scene) -> tuple[Customers, int]:
        """They are to be taken out by an authoritative group, and Jira takes nothing just now."""
        customers = Customers(scene, ["DEMO"], [])
        for name in ("s0", "s1"):
            scene.control.edit("add-account", email=f"{name}@example.com",
                               account_type="customer")
            scene.control.edit("add-desk-customer", desk="DEMO", account=f"{name}@example.com")
        customers.add(1)
        customers.live()
        scene.settle()
        fault = pause_of_jira(scene, "removeCustomers", 3)
        scene.admin.put_rules(customers.name, {"groups": {"mappings": [MEMBERS],
                                                          "authoritative": True}})
        refused(scene, "removeCustomers")
        return customers, fault

    STRANGERS = {"s0@example.com", "s1@example.com"}

    def test_they_leave(self, scene: Scene) -> None:
        customers, fault = self.queued(scene)
        scene.control.remove_faults(fault)
        until(lambda: customers.desk() == customers.addresses(), "them to be out", PATIENCE)

    def test_they_stay_when_it_decides_no_more(self, scene: Scene) -> None:
        customers, fault = self.queued(scene)
        scene.admin.put_rules(customers.name, rules("DEMO"))
        scene.control.remove_faults(fault)
        scene.settle(60)
        assert done(scene, "removeCustomers") == 0
        assert customers.desk() == customers.addresses() | self.STRANGERS

    def test_they_stay_when_access_is_kept(self, scene: Scene) -> None:
        customers, fault = self.queued(scene)
        scene.admin.delete_idp(customers.name)
        scene.forget(customers.name)
        scene.control.remove_faults(fault)
        scene.settle(60)
        assert done(scene, "removeCustomers") == 0
        assert self.STRANGERS <= customers.desk()


@pytest.mark.parametrize("fault", [
    {"status": 408}, {"status": 425},
    {"status": 404, "body": "<h1>No such page</h1>"}], ids=lambda one: str(one["status"]))
def test_what_may_have_been_done_is_not_taken_for_undone(fault: dict[str, Any],
                                                        scene: Scene) -> None:
    """The answer is no word of Jira's: the person who leaves then is in all the same."""
    scene.control.add_fault("status", match={"operation": "addCustomers"}, after=True, times=1,
                            **fault)
    customers = Customers(scene, ["DEMO"], [])
    customers.add(1)
    customers.live()
    refused(scene, "addCustomers")
    customers.deactivate(0)
    scene.settle(60)
    assert customers.desk() == set()

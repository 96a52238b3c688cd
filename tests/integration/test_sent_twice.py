"""A call that libcurl sends a second time, since the connection of the first ended without an
answer: what the second is answered is no word on what the first has done."""

from __future__ import annotations

import pytest

from tests.harness.wait import until
from tests.integration.scene import SOFTWARE, Scene, remove_member, scene  # noqa: F401
from tests.integration.test_customer_sift import customers_at
from tests.integration.test_customer_stuck import compare
from tests.integration.test_portals import PATIENCE, Customers

pytestmark = pytest.mark.any_mpm

# Nothing is taken for longer than a call is held for; and than a portal waits for more people.
PAUSE = {"status": 429, "headers": {"Retry-After": "6"}}
REFUSAL = {"status": 400}


def lose_the_first(scene: Scene, operation: str, answer: dict[str, object],
                   others: dict[str, object] = PAUSE) -> int:
    """The first such call is done and has no answer; when it is sent again it has this one, and all
    others are told to wait, or so. The number of what tells them."""
    match = {"operation": operation}
    scene.control.add_fault("close-after", match=match, times=1)
    scene.control.add_fault("status", match=match, times=1, **answer)
    return scene.control.add_fault("status", match=match, times=None, **others)


def answered(scene: Scene, operation: str) -> None:
    until(lambda: [one for one in scene.control.entries(operation)
                   if isinstance(one["status"], int)], f"{operation} to be answered")


@pytest.mark.parametrize("answer", [PAUSE, REFUSAL], ids=lambda one: str(one["status"]))
def test_who_got_into_a_group_and_is_not_wanted_there_is_taken_out(
        answer: dict[str, object], scene: Scene) -> None:
    idp = scene.idp()
    person = idp.create_user("ada@example.com")
    scene.settle()
    fault = lose_the_first(scene, "addUserToGroup", answer)
    group = idp.create_group("Team", [person["id"]])
    answered(scene, "addUserToGroup")
    assert scene.held().groups["Team"] == {"ada@example.com"}
    remove_member(idp, group, person)
    scene.control.remove_faults(fault)
    assert scene.settle(60).groups["Team"] == set()


@pytest.mark.parametrize("answer", [PAUSE, REFUSAL], ids=lambda one: str(one["status"]))
def test_who_got_into_a_portal_and_is_not_wanted_there_is_taken_out(
        answer: dict[str, object], scene: Scene) -> None:
    customers = Customers(scene, ["DEMO"], [])
    customers.add(2)
    fault = lose_the_first(scene, "addCustomers", answer)
    customers.live()
    answered(scene, "addCustomers")
    assert customers.desk() == customers.addresses()
    for person in customers.people:
        remove_member(customers.idp, customers.group, person)
    scene.control.remove_faults(fault)
    scene.settle(60)
    assert customers.desk() == set()


def refused_later(scene: Scene, desks: list[str], organizations: list[str]) -> Customers:
    """All are in by the call that had no answer, which Jira refuses to repeat for good."""
    customers = Customers(scene, desks, organizations)
    customers.add(2)
    fault = lose_the_first(scene, "addCustomers" if desks else "addUsersToOrganization", REFUSAL,
                           REFUSAL)
    customers.live()
    until(lambda: len([one for one in customers.parked() if "is not known" in one]) == 2,
          "both to be told of", PATIENCE)
    scene.control.remove_faults(fault)
    return customers


def test_who_got_into_a_portal_that_refuses_it_later_is_taken_out(scene: Scene) -> None:
    customers = refused_later(scene, ["DEMO"], [])
    assert customers.desk() == customers.addresses()
    view, = scene.admin.plan_of(customers.name, customers.people[0])["sites"]
    assert [one["state"] for one in view["held"]["memberships"]] == ["uncertain"]
    assert ["is not known" in one["text"] for one in view["withheld"]] == [True]
    customers.deactivate(0)
    remove_member(customers.idp, customers.group, customers.people[1])
    scene.settle(60)
    assert customers.desk() == set() and not customers.parked()


@pytest.mark.parametrize("desk", [True, False], ids=["desk", "organization"])
def test_a_comparison_shows_what_such_a_call_has_done(desk: bool, scene: Scene) -> None:
    """One of the two was taken out since, which is as if that call had done nothing."""
    customers = refused_later(scene, ["DEMO"] if desk else [], [] if desk else ["Example Ltd"])
    where = ({"action": "remove-desk-customer", "desk": "DEMO"} if desk
             else {"action": "remove-organization-member", "organization": "Example Ltd"})
    out, there = (one["userName"] for one in customers.people)
    scene.control.edits([{**where, "account": out}])
    compare(scene)
    assert not customers.parked()
    assert [one["name"] for one in customers.events("drift.member.missing")] == [out]
    assert [one["name"] for one in customers.events("drift.member.restored")] == [there]
    for person in customers.people:
        view, = scene.admin.plan_of(customers.name, person)["sites"]
        assert [one["state"] for one in view["held"]["memberships"]] == ["ours"]
    customers.deactivate(0, 1)
    scene.settle(60)
    assert (customers.desk() if desk else customers.organization("Example Ltd")) == set()


def test_who_is_out_of_a_portal_by_then_is_no_failure(scene: Scene) -> None:
    customers = customers_at(scene)
    fault = {"match": {"operation": "removeCustomers"}, "times": 1}
    scene.control.add_fault("close-after", **fault)
    scene.control.add_fault("status", **fault, **REFUSAL)
    customers.deactivate(0)
    scene.settle(60)
    assert customers.desk() == customers.addresses() - {"c000@example.com"}
    assert scene.parked() == {} and not customers.events("task.failed")


def test_an_account_that_was_made_is_ours(scene: Scene) -> None:
    """It goes with its last user, as an account that was there before would not."""
    fault = lose_the_first(scene, "createUser", PAUSE)
    idp = scene.idp()
    person = idp.create_user("ada@example.com")
    answered(scene, "createUser")
    scene.control.remove_faults(fault)
    assert scene.settle(60).groups_of("ada@example.com") == {SOFTWARE}
    idp.delete(f"/Users/{person['id']}").expect(204)
    assert scene.settle().groups_of("ada@example.com") == set()

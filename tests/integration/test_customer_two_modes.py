"""One person in both modes: somebody who works here is a user of Jira, and a customer of portals,
with one Atlassian account. What the users' side of the site does to it, the customers' side knows.
"""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.admin import AdminClient
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    Scene, add_members, deactivate, numbers, remove_member)

pytestmark = pytest.mark.any_mpm

ANN = "ann@example.com"
BOTH = {"DEMO", "Example Ltd"}
ENDED = ("done", "doubtful", "failed")


class Sides:
    """A site whose two sides are fed by an IdP each; Ann is told by both, with one account."""

    def __init__(self, scene: Scene):
        self.scene, self.admin, self.control = scene, scene.admin, scene.control
        self.side = f"{scene.site}:customers"
        self.control.edit("add-desk", project_key="DEMO")
        self.users = scene.idp()
        self.customers = scene.idp(mode="customers")
        self.admin.put_rules(scene.name_of(self.customers), {"groups": {"mappings": [
            {"group": "Clients", "projects": ["DEMO"], "organizations": ["Example Ltd"]}]}})

    def rule(self, **users: Any) -> None:
        if "suspend" in users.values():
            self.scene.put_site(organization={"id": "demo-org", "apiKey": "demo-organization-key",
                                              "url": self.scene.jira.url})
        self.admin.put_rules(self.scene.name_of(self.users), {"users": users})

    def begin(self, **users: Any) -> None:
        self.rule(**users)
        self.ann = self.users.create_user(ANN)
        self.scene.settle()
        self.client = self.customers.create_user(ANN)
        self.group = self.customers.create_group("Clients", [self.client["id"]])
        self.scene.settle()
        assert self.portals() == BOTH and self.parked() == {}
        assert [one["accountType"] for one in self.accounts()] == ["atlassian"]

    def settle(self) -> None:
        self.scene.settle()

    def accounts(self) -> list[dict[str, Any]]:
        return [one for one in self.control.state()["accounts"] if one["email"] == ANN]

    def active(self) -> bool:
        [account] = self.accounts()
        return bool(account["active"])

    def portals(self) -> set[str]:
        """Where Jira has Ann."""
        state = self.control.state()
        return ({desk["projectKey"] for desk in state["desks"] if ANN in desk["customers"]}
                | {one["name"] for one in state["organizations"] if ANN in one["members"]})

    def parked(self) -> dict[str, dict[str, Any]]:
        return {task["name"]: task for task in self.admin.tasks("state=failed")
                if task["site"] == self.side}

    def plan(self) -> dict[str, Any]:
        return self.admin.plan_of(self.scene.name_of(self.customers), self.client)["sites"][0]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.admin.events(f"kind={kind}&limit=1000")
                if one["site"] == self.side]

    def compare(self, site: str) -> dict[str, int]:
        def report() -> dict[str, Any]:
            return self.admin.get(f"/api/sites/{site}/reconcile").expect(200).json()

        self.admin.post(f"/api/sites/{site}/reconcile", {}).expect(202)
        found = until(lambda: (now := report())["state"] in ENDED and now, "the comparison", 30)
        self.settle()
        assert found["state"] == "done", found
        return {kind: count for kind, count in found["found"]["differences"].items() if count}


@pytest.fixture
def sides(admin: AdminClient, jira: JiraProcess) -> Iterator[Sides]:
    scene = Scene(admin, jira, f"both-{next(numbers)}")
    scene.put_site()
    yield Sides(scene)
    assert jira.control.violations() == []
    scene.remove()


WAYS = pytest.mark.parametrize("way, did", [("suspend", "suspended"), ("delete", "deleted")])


@WAYS
def test_the_customers_side_says_who_ended_the_account(way: str, did: str, sides: Sides) -> None:
    sides.begin(onDeactivate=way)
    deactivate(sides.users, sides.ann)
    sides.settle()
    assert not sides.active()
    task = sides.parked()[ANN]
    for words in (task["detail"], sides.plan()["withheld"][0]["text"]):
        assert f"was {did} by the users' side of this site" in words
    assert "activate it in" not in task["detail"]
    plan = sides.plan()
    [withheld] = plan["withheld"]
    assert (withheld["kind"], plan["steps"]) == ("account", [])
    assert "compare Jira" in withheld["mend"]
    assert (plan["held"]["memberships"] == []) == (way == "delete")
    assert len(sides.events("task.failed")) == 1


@WAYS
def test_who_is_back_is_let_into_the_portals_again(way: str, did: str, sides: Sides) -> None:
    sides.begin(onDeactivate=way)
    deactivate(sides.users, sides.ann)
    sides.settle()
    assert sides.parked()[ANN]
    deactivate(sides.users, sides.ann, active=True)
    sides.settle()
    assert sides.active() and sides.portals() == BOTH and sides.parked() == {}
    assert sides.plan()["withheld"] == []
    assert len(sides.accounts()) == 1
    assert sides.compare(sides.side) == {} and sides.portals() == BOTH


@WAYS
def test_it_is_not_given_back_for_the_sake_of_a_portal(way: str, did: str, sides: Sides) -> None:
    """Whatever the IdP of customers says: the account stays as the users' side has left it."""
    sides.begin(onDeactivate=way)
    deactivate(sides.users, sides.ann)
    sides.settle()
    remove_member(sides.customers, sides.group, sides.client)
    sides.settle()
    assert sides.portals() == set()
    add_members(sides.customers, sides.group, sides.client)
    sides.settle()
    deactivate(sides.customers, sides.client)
    sides.settle()
    assert sides.parked() == {} and sides.plan()["when"] == "done"
    deactivate(sides.customers, sides.client, active=True)
    sides.settle()
    assert f"was {did}" in sides.parked()[ANN]["detail"]
    assert not sides.active() and len(sides.accounts()) == 1 and sides.portals() == set()
    deactivate(sides.users, sides.ann, active=True)
    sides.settle()
    assert sides.portals() == BOTH and sides.parked() == {}


@WAYS
def test_who_left_both_gets_nothing_back(way: str, did: str, sides: Sides) -> None:
    sides.begin(onDeactivate=way)
    deactivate(sides.users, sides.ann)
    sides.settle()
    deactivate(sides.customers, sides.client)
    sides.settle()
    deactivate(sides.users, sides.ann, active=True)
    sides.settle()
    assert sides.active() and sides.portals() == set() and sides.parked() == {}


@WAYS
def test_a_paused_side_knows_of_it_when_it_goes_on(way: str, did: str, sides: Sides) -> None:
    """Gone and back while nobody looked: what was lost with the account is given again."""
    sides.begin(onDeactivate=way)
    name = sides.scene.name_of(sides.customers)
    sides.admin.set_state(name, "paused")
    deactivate(sides.users, sides.ann)
    until(lambda: not sides.active(), "the account to end")
    until(lambda: f"was {did}" in str(sides.plan()["withheld"]), "the plan to say so")
    deactivate(sides.users, sides.ann, active=True)
    until(sides.active, "the account to be back")
    sides.admin.set_state(name, "live")
    sides.settle()
    assert sides.portals() == BOTH and sides.parked() == {}


@WAYS
def test_restored_by_hand(way: str, did: str, sides: Sides) -> None:
    """Either side's comparison sees that; the person is told active by the customers' IdP alone."""
    sides.begin(onDeactivate=way)
    deactivate(sides.users, sides.ann)
    sides.settle()
    [account] = sides.accounts()
    assert sides.compare(sides.side) == {}
    sides.rule(onDeactivate="nothing")
    sides.settle()
    sides.control.edit("set-active", account=account["accountId"], active=True)
    assert sides.compare(sides.scene.site)["account.restored"] == 1
    assert sides.portals() == BOTH and sides.parked() == {}
    assert sides.compare(sides.side) == {}


@WAYS
def test_the_customers_side_sees_it_first(way: str, did: str, sides: Sides) -> None:
    sides.begin(onDeactivate=way)
    deactivate(sides.users, sides.ann)
    sides.settle()
    sides.rule(onDeactivate="nothing")
    sides.settle()
    sides.control.edit("set-active", account=sides.accounts()[0]["accountId"], active=True)
    assert sides.compare(sides.side) == {"account.restored": 1}
    assert sides.portals() == BOTH and sides.parked() == {}
    assert sides.compare(sides.side) == {}


def test_what_takes_licences_alone_is_none_of_its_business(sides: Sides) -> None:
    sides.begin(onDeactivate="removeAccess")
    deactivate(sides.users, sides.ann)
    sides.settle()
    assert sides.active() and sides.portals() == BOTH and sides.parked() == {}


def test_the_sides_do_not_go_on_telling_each_other(sides: Sides) -> None:
    sides.begin(onDeactivate="suspend")
    deactivate(sides.users, sides.ann)
    sides.settle()
    task = sides.parked()[ANN]
    sides.users.patch_operations(f"/Users/{sides.ann['id']}", {
        "op": "replace", "path": "title", "value": "gone"}).expect(200)
    sides.settle()
    again = sides.parked()[ANN]
    assert (again["id"], again["changedAt"]) == (task["id"], task["changedAt"])
    assert len(sides.events("task.failed")) == 1


def test_a_customer_told_after_the_account_had_ended(sides: Sides) -> None:
    """Nobody finds it: what the users' side has done is said, and nothing guessed at."""
    sides.rule(onDeactivate="suspend")
    ann = sides.users.create_user(ANN)
    sides.settle()
    deactivate(sides.users, ann)
    sides.settle()
    sides.client = sides.customers.create_user(ANN)
    sides.customers.create_group("Clients", [sides.client["id"]])
    sides.settle()
    task = sides.parked()[ANN]
    assert "Atlassian account of this address was suspended by the users' side" in task["detail"]
    assert "hides" not in task["detail"]
    assert task["detail"].startswith(sides.plan()["withheld"][0]["text"])
    deactivate(sides.users, ann, active=True)
    sides.settle()
    sides.admin.retry(task["id"])
    sides.settle()
    assert sides.portals() == BOTH and sides.parked() == {} and len(sides.accounts()) == 1


def test_deactivated_by_an_administrator(sides: Sides) -> None:
    sides.begin()
    [account] = sides.accounts()
    sides.control.edit("set-active", account=account["accountId"], active=False)
    assert sides.compare(sides.side) == {"account.inactive": 1}
    task = sides.parked()[ANN]
    assert "by an administrator and not by this module" in task["detail"]
    assert "revoked" not in task["detail"]
    [withheld] = sides.plan()["withheld"]
    assert "activate it in Atlassian's administration" in withheld["mend"]
    sides.control.edit("set-active", account=account["accountId"], active=True)
    assert sides.compare(sides.side) == {"account.active": 1}
    assert sides.parked() == {} and sides.portals() == BOTH


def test_a_desk_shows_somebody_who_is_inactive(sides: Sides) -> None:
    """The person is found among its customers, and gets in nowhere: that is said at once."""
    sides.control.edit("add-account", email=ANN, active=False)
    sides.control.edit("add-desk-customer", desk="DEMO", account=ANN)
    sides.client = sides.customers.create_user(ANN)
    sides.customers.create_group("Clients", [sides.client["id"]])
    sides.settle()
    assert f"the Atlassian account of {ANN} is deactivated" in sides.parked()[ANN]["detail"]
    sides.control.edit("set-active", account=sides.accounts()[0]["accountId"], active=True)
    assert sides.compare(sides.side) == {"account.active": 1}
    assert sides.parked() == {} and sides.portals() == BOTH


def test_an_atlassian_account_that_comes_later(sides: Sides) -> None:
    """The customer stays tied to the portal-only account until Jira has that no more."""
    sides.client = sides.customers.create_user(ANN)
    sides.customers.create_group("Clients", [sides.client["id"]])
    sides.settle()
    sides.users.create_user(ANN)
    sides.settle()
    sides.compare(sides.side)
    accounts = {one["accountType"]: one["accountId"] for one in sides.accounts()}
    assert set(accounts) == {"atlassian", "customer"} and sides.portals() == BOTH
    assert sides.plan()["held"]["account"]["accountId"] == accounts["customer"]
    sides.control.edit("delete-account", account=accounts["customer"])
    assert sides.compare(sides.side)["account.missing"] == 1
    assert sides.plan()["held"]["account"]["accountId"] == accounts["atlassian"]
    assert sides.portals() == BOTH and sides.parked() == {}

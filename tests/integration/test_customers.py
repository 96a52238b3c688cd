"""Customers of Jira Service Management: people who are let into portals, and lose them again."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    Scene, add_members, deactivate, remove_member, scene)

pytestmark = pytest.mark.any_mpm

ANN = "ann@example.com"
GROUP = "Jira-Service-group"
MAPPED = {"group": GROUP, "projects": ["DEMO"], "organizations": ["Example Ltd"]}


class Desk:
    """A scene with the service desk DEMO, and an IdP of customers whose group stands for it."""

    def __init__(self, scene: Scene, before: tuple[str, ...] = (), **users: Any):
        self.scene = scene
        self.control = scene.control
        scene.control.edit("add-desk", project_key="DEMO")
        for address in before:
            self.control.edit("add-account", email=address, account_type="customer")
            self.control.edit("add-desk-customer", desk="DEMO", account=address)
        self.begin(**users)

    def begin(self, **users: Any) -> None:
        self.idp = self.scene.idp(mode="customers")
        self.rule(**users)
        self.group = self.idp.create_group(GROUP)

    @property
    def name(self) -> str:
        return self.scene.name_of(self.idp)

    @property
    def side(self) -> str:
        return f"{self.scene.site}:customers"

    def rule(self, **users: Any) -> None:
        rules: dict[str, Any] = {"groups": {"mappings": [MAPPED]}}
        guard = users.pop("guard", None)
        self.scene.admin.put_rules(self.name, rules | {"users": users}
                                   | ({"guard": guard} if guard else {}))

    def join(self, address: str = ANN, **told: Any) -> dict[str, Any]:
        user = self.idp.create_user(address, **told)
        add_members(self.idp, self.group, user)
        return user

    def settle(self) -> None:
        self.scene.settle()

    def portals(self, address: str = ANN) -> set[str]:
        """Where Jira has the address."""
        state = self.control.state()
        return ({desk["projectKey"] for desk in state["desks"] if address in desk["customers"]}
                | {one["name"] for one in state["organizations"] if address in one["members"]})

    def account(self, address: str = ANN, kind: str = "customer") -> dict[str, Any] | None:
        found = [one for one in self.control.state()["accounts"]
                 if (one["email"], one["accountType"]) == (address, kind)]
        assert len(found) < 2
        return found[0] if found else None

    def parked(self) -> dict[str, dict[str, Any]]:
        return {task["name"]: task for task in self.scene.admin.tasks("state=failed")
                if task["site"] == self.side}

    def retry(self, name: str = ANN) -> None:
        self.scene.admin.retry(self.parked()[name]["id"])

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.scene.admin.events(f"kind={kind}") if one["site"] == self.side]

    def explain(self, user: dict[str, Any]) -> dict[str, Any]:
        return self.scene.admin.plan_of(self.name, user)["sites"][0]

    def count(self, effect: str) -> dict[str, int]:
        return self.control.counts()[effect]


@pytest.fixture
def desk(scene: Scene) -> Iterator[Desk]:
    yield Desk(scene)
    assert scene.control.violations() == []


BOTH = {"DEMO", "Example Ltd"}


# Who the account is


def test_a_new_customer(desk: Desk) -> None:
    desk.join(displayName="Ann Other")
    bob = desk.idp.create_user("bob@example.com")
    desk.settle()
    assert desk.portals() == BOTH and desk.portals("bob@example.com") == set()
    account = desk.account()
    assert account and account["displayName"] == "Ann Other"
    assert desk.account("bob@example.com") and desk.account(kind="atlassian") is None
    assert desk.count("invitedCustomers") == {} and desk.count("createdAccounts") == {}
    assert {one["name"] for one in desk.events("jira.account.created")} == {ANN, bob["userName"]}
    assert desk.parked() == {}


def test_a_customer_who_was_there(desk: Desk) -> None:
    desk.control.edit("add-account", email=ANN, account_type="customer")
    desk.join()
    desk.settle()
    assert desk.portals() == BOTH
    assert desk.count("createdCustomers") == {}
    assert len(desk.events("jira.account.found")) == 1


@pytest.mark.parametrize("beside", [False, True])
def test_staff_stay_what_they_are(beside: bool, desk: Desk) -> None:
    desk.control.edit("add-account", email=ANN)
    if beside:
        desk.control.edit("add-account", email=ANN, account_type="customer")
    desk.control.edit("add-group", name="staff")
    staff = desk.account(kind="atlassian")
    assert staff
    desk.control.edit("add-member", group="staff", account=staff["accountId"])
    user = desk.join()
    desk.settle()
    held = desk.explain(user)["held"]
    assert held["account"]["accountId"] == staff["accountId"]
    assert desk.count("createdCustomers") == {}
    assert len(desk.scene.calls("addCustomers")) == 1
    desk.rule(onDeactivate="revoke")
    deactivate(desk.idp, user)
    desk.settle()
    assert desk.portals() == set() and desk.count("revokedCustomers") == {}
    assert "is an Atlassian account" in desk.events("jira.account.protected")[0]["detail"]
    assert ANN in desk.scene.held().groups["staff"]


def test_one_whom_a_search_does_not_show(desk: Desk) -> None:
    desk.control.configure(search_lag={"ms": 3600000})
    desk.join()
    desk.settle()
    desk.scene.admin.delete_idp(desk.name)
    desk.scene.forget(desk.name)
    desk.scene.admin.delete_site(desk.scene.site)
    desk.scene.put_site()
    desk.begin()
    user = desk.join()
    desk.settle()
    assert desk.explain(user)["held"]["account"]["ours"] is False
    assert desk.count("createdCustomers") == {ANN: 1} and desk.parked() == {}


def test_one_who_is_found_nowhere(desk: Desk) -> None:
    desk.control.edit("add-account", email=ANN, account_type="customer", hidden_email=True)
    user = desk.join()
    desk.settle()
    task = desk.parked()[ANN]
    assert "Jira says that there is an account" in task["detail"]
    assert "portal-only customers" in task["detail"]
    assert [one["kind"] for one in desk.explain(user)["withheld"]] == ["refused"]
    desk.control.edit("set-account", account=desk.account()["accountId"], hidden_email=False)
    desk.retry()
    desk.settle()
    assert desk.portals() == BOTH and desk.parked() == {}


@pytest.mark.parametrize("invite", [False, True])
def test_an_invitation_goes_out_by_rule(invite: bool, desk: Desk) -> None:
    desk.rule(invite=invite)
    desk.scene.admin.set_state(desk.name, "paused")
    desk.join()
    desk.scene.admin.set_state(desk.name, "live")
    desk.settle()
    assert desk.count("invitedCustomers") == ({ANN: 1} if invite else {})
    assert desk.portals() == BOTH


def test_an_invitation_waits_until_the_portal_is_known(desk: Desk) -> None:
    desk.control.edit("add-desk", project_key="HELP")
    other = desk.scene.idp(mode="customers", state="paused")
    desk.scene.admin.put_rules(desk.scene.name_of(other), {
        "groups": {"mappings": [{"group": "Help", "projects": ["HELP"]}]},
        "users": {"invite": True}})
    other.create_group("Help", [other.create_user(ANN)["id"]])
    until(lambda: not desk.scene.admin.tasks(f"idp={desk.name}"), "the first one to be done")
    desk.control.add_fault("hang", match={"operation": "getServiceDeskById"}, seconds=3)
    desk.scene.admin.set_state(desk.scene.name_of(other), "live")
    until(lambda: "is to be invited" in str(desk.scene.admin.tasks("kind=user")),
          "the person to wait for the portal")
    until(lambda: desk.count("invitedCustomers") == {ANN: 1}, "the one invitation", 60)
    desk.settle()
    assert desk.count("invitedCustomers") == {ANN: 1}


# The name


@pytest.mark.parametrize("update", [False, True])
def test_a_new_name_is_said_once(update: bool, desk: Desk) -> None:
    desk.rule(update=update)
    user = desk.join(displayName="Ann Other")
    desk.settle()
    for name in ("Ann Another", "Ann Another"):
        desk.idp.patch_operations(f"/Users/{user['id']}", {
            "op": "replace", "path": "displayName", "value": name}).expect(200)
        desk.idp.patch_operations(f"/Users/{user['id']}", {
            "op": "replace", "path": "title", "value": f"{name} of title"}).expect(200)
        desk.settle()
    told = desk.events("jira.profile.kept")
    withheld = [one["kind"] for one in desk.explain(user)["withheld"]]
    assert len(told) == (1 if update else 0) and withheld == (["rename"] if update else [])
    assert not told or "Ann Another" in told[0]["detail"]


# Leaving


def test_a_leaver_keeps_what_others_gave(scene: Scene) -> None:
    desk = Desk(scene, before=(ANN,))
    user = desk.join()
    desk.settle()
    assert desk.portals() == BOTH
    deactivate(desk.idp, user)
    desk.settle()
    assert desk.portals() == {"DEMO"}
    deactivate(desk.idp, user, active=True)
    desk.settle()
    assert desk.portals() == BOTH
    desk.idp.delete(f"/Users/{user['id']}").expect(204)
    desk.settle()
    assert desk.portals() == {"DEMO"} and desk.count("revokedCustomers") == {}


def test_who_leaves_the_group(desk: Desk) -> None:
    user = desk.join()
    desk.settle()
    remove_member(desk.idp, desk.group, user)
    desk.settle()
    assert desk.portals() == set() and desk.account()["active"]


def test_another_idp_gives_it_still(desk: Desk) -> None:
    first, mine = desk.idp, desk.join()
    desk.begin()
    other = desk.join()
    desk.settle()
    assert desk.portals() == BOTH and desk.count("createdCustomers") == {ANN: 1}
    deactivate(first, mine)
    desk.settle()
    assert desk.portals() == BOTH
    deactivate(desk.idp, other)
    desk.settle()
    assert desk.portals() == set()


def test_access_is_revoked_and_given_back_by_hand(desk: Desk) -> None:
    desk.rule(onDeactivate="revoke")
    user = desk.join()
    desk.settle()
    deactivate(desk.idp, user)
    desk.settle()
    assert desk.portals() == set() and desk.count("revokedCustomers") == {ANN: 1}
    calls = [one["operation"] for one in desk.scene.calls()]
    assert calls.index("removeCustomers") < calls.index("revokePortalOnlyAccessForUser")
    assert len(desk.events("jira.account.revoked")) == 1
    deactivate(desk.idp, user, active=True)
    desk.settle()
    assert "was revoked when the person left" in desk.parked()[ANN]["detail"]
    assert desk.count("createdCustomers") == {ANN: 1}
    desk.control.edit("set-active", account=desk.account()["accountId"], active=True)
    desk.retry()
    desk.settle()
    assert desk.portals() == BOTH and desk.parked() == {}


def test_a_deleted_user_is_revoked_too(desk: Desk) -> None:
    desk.rule(onDelete="revoke")
    user = desk.join()
    desk.settle()
    desk.idp.delete(f"/Users/{user['id']}").expect(204)
    desk.settle()
    assert desk.portals() == set() and desk.count("revokedCustomers") == {ANN: 1}


def test_an_open_desk_keeps_nobodys_access(desk: Desk) -> None:
    """Nobody is taken from an open desk: the revocation, which ends all access, does not wait."""
    desk.rule(onDeactivate="revoke")
    user = desk.join()
    desk.settle()
    desk.control.edit("set-desk", desk="DEMO", access="open")
    deactivate(desk.idp, user)
    until(lambda: desk.count("revokedCustomers") == {ANN: 1}, "the revocation", 60)
    assert desk.portals() == {"DEMO"}


def test_a_grace_period(desk: Desk) -> None:
    desk.rule(onDeactivate="revoke", gracePeriod=3600)
    user = desk.join()
    desk.settle()
    deactivate(desk.idp, user)
    task = until(lambda: [one for one in desk.scene.admin.tasks(f"site={desk.side}")
                          if "grace period" in (one["detail"] or "")], "the task to wait")[0]
    assert task["state"] == "waiting" and desk.portals() == BOTH
    deactivate(desk.idp, user, active=True)
    desk.settle()
    assert desk.portals() == BOTH


# Dry run, guard


def test_a_dry_run(desk: Desk) -> None:
    desk.settle()
    desk.scene.admin.set_state(desk.name, "dryRun")
    user = desk.join()
    planned = f"site={desk.side}&state=planned"
    until(lambda: desk.scene.admin.tasks(planned), "the plan")
    view = desk.explain(user)
    assert [(step["call"], step["group"]) for step in view["steps"]] == [
        ("createAccount", None), ("addMember", "project/DEMO"),
        ("addMember", "organization/Example Ltd")]
    assert [(step["method"], step["path"]) for step in view["steps"]] == [
        ("POST", "/rest/servicedeskapi/customer"),
        ("POST", "/rest/servicedeskapi/servicedesk/{id}/customer"),
        ("POST", "/rest/servicedeskapi/organization/{id}/user")]
    assert desk.account() is None
    desk.scene.admin.set_state(desk.name, "live")
    desk.settle()
    assert desk.portals() == BOTH


def test_the_guard_holds_many_leavers(desk: Desk, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160", optional=True)
    desk.rule(onDeactivate="revoke", guard={"deactivations": {"number": 2, "percent": 100}})
    people = [desk.join(f"u{number}@example.com") for number in range(4)]
    desk.settle()
    desk.scene.admin.set_state(desk.name, "paused")
    for user in people:
        deactivate(desk.idp, user)
    desk.scene.admin.set_state(desk.name, "live")
    desk.settle()
    held = desk.scene.admin.tasks(f"site={desk.side}&state=held")
    assert len(held) == 4 and desk.count("revokedCustomers") == {}
    assert all(desk.portals(user["userName"]) == BOTH for user in people)
    assert "the access of the account to all portals" in held[0]["takes"]
    desk.scene.admin.post(f"/api/idps/{desk.name}/guard/release", {}).expect(200)
    desk.settle()
    assert len(desk.count("revokedCustomers")) == 4
    assert all(desk.portals(user["userName"]) == set() for user in people)
    assert desk.scene.admin.tasks(f"site={desk.side}&state=held") == []


def test_the_guard_asks_before_the_end_of_an_idp_lets_many_go(desk: Desk) -> None:
    desk.rule(guard={"deactivations": {"number": 2, "percent": 100}})
    people = [desk.join(f"u{number}@example.com") for number in range(3)]
    desk.idp.create_user("in-no-portal@example.com")
    desk.settle()
    path = f"/api/idps/{desk.name}?access=remove"
    detail = desk.scene.admin.delete(path).expect(409).json()["detail"]
    assert f"at {desk.side} 3 people would lose their access" in detail
    assert "2 are the most that guard.deactivations" in detail
    desk.settle()
    assert all(desk.portals(user["userName"]) == BOTH for user in people)
    desk.scene.admin.delete(f"{path}&guard=release").expect(204)
    desk.scene.forget(desk.name)
    desk.settle()
    assert all(desk.portals(user["userName"]) == set() for user in people)

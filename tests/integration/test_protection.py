"""What is never touched, whatever an identity provider says; and the last seat of a licence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, deactivate, remove_member, rename, scene)

pytestmark = pytest.mark.any_mpm

# What an administrator of Jira may wait for: the module looks for seats every 15 seconds.
SEAT_SECONDS = 60


def members_of(scene: Scene, group: str) -> set[str]:
    return scene.held().groups[group]


def waiting(scene: Scene) -> dict[str, dict[str, Any]]:
    return {task["name"]: task for task in scene.admin.tasks("state=waiting")
            if task["site"] == scene.site}


def said_of(scene: Scene, name: str) -> str:
    """What the waiting task of `name` says; nothing while it is being worked on."""
    return waiting(scene).get(name, {}).get("detail") or ""


def all_say(scene: Scene, words: str, names: set[str]) -> bool:
    """Whether these wait, no others, and all say so: by one look, since they are worked on."""
    tasks = waiting(scene)
    return tasks.keys() == names and all(words in (task["detail"] or "")
                                         for task in tasks.values())


def parked_by(scene: Scene, name: str) -> str:
    """Why the task of `name` is parked; nothing when it isn't."""
    return scene.parked().get(name, {}).get("detail") or ""


def events_of(scene: Scene, subject: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [event for event in scene.admin.events(f"subject={subject['id']}")
            if event["kind"] == kind]


def survey_again(scene: Scene) -> None:
    """What was changed in Jira is read at once after a PUT of the site, else within minutes."""
    scene.put_site()


def writes(scene: Scene) -> list[str]:
    return [one["operation"] for one in scene.calls() if one["method"] != "GET"]


class TestAdministrators:
    @pytest.mark.parametrize("name", [
        "site-admins", "jira-administrators", "administrators", "Site-Admins", "org-admins"])
    def test_a_group_that_is_called_like_theirs_changes_nothing(self, name: str,
                                                                scene: Scene) -> None:
        idp = scene.idp()
        ada, bob = idp.create_user("ada@example.com"), idp.create_user("bob@example.com")
        before = scene.settle()
        calls = len(scene.calls())
        group = idp.create_group(name, [ada["id"]])
        assert scene.settle() == before
        assert "administrators" in scene.parked()[name]["detail"]
        assert "push it no more" in scene.parked()[name]["detail"]
        add_members(idp, group, bob)
        remove_member(idp, group, ada)
        assert scene.settle() == before
        told = idp.get(f"/Groups/{group['id']}").expect(200).json()
        assert [member["value"] for member in told["members"]] == [bob["id"]]
        idp.delete(f"/Groups/{group['id']}").expect(204)
        assert scene.settle() == before
        assert scene.calls()[calls:] == []
        assert scene.parked() == {}

    @pytest.mark.parametrize("access", ["site-admin", "admin"])
    def test_jira_says_which_other_groups_are_theirs(self, access: str, scene: Scene) -> None:
        for number in range(120):  # more than fit on a page
            scene.control.edit("add-group", name=f"Wizards {number:03}", access_type=access)
        survey_again(scene)
        idp = scene.idp()
        ada = idp.create_user("ada@example.com")
        for name in ("Wizards 000", "wizards 077", "Wizards 119"):
            idp.create_group(name, [ada["id"]])
        idp.create_group("Wizards 120", [ada["id"]])
        held = scene.settle()
        assert held.groups_of("ada@example.com") == {"Wizards 120", SOFTWARE}
        assert set(scene.parked()) == {"Wizards 000", "wizards 077", "Wizards 119"}
        assert "a group of Jira's" in scene.parked()["wizards 077"]["detail"]

    def test_a_group_that_becomes_theirs_stays_as_it_is(self, scene: Scene) -> None:
        idp = scene.idp()
        ada, bob, eve = (idp.create_user(f"{name}@example.com") for name in ("ada", "bob", "eve"))
        group = idp.create_group("devs", [ada["id"], eve["id"]])
        scene.settle()
        scene.control.edit("set-group", group="devs", access_type="admin")
        survey_again(scene)
        until(lambda: "devs is a group of Jira's administrators" in parked_by(scene, "devs"),
              "the group's task to say it")
        add_members(idp, group, bob)
        remove_member(idp, group, ada)
        deactivate(idp, eve)
        assert scene.settle().groups["devs"] == {"ada@example.com", "eve@example.com"}
        assert scene.held().groups_of("eve@example.com") == {"devs"}
        parked = scene.parked()
        for name in ("ada@example.com", "bob@example.com", "eve@example.com"):
            assert "devs is a group of Jira's administrators" in parked[name]["detail"]
        # Done by hand, as the tasks say.
        scene.control.edit("add-member", group="devs", account="bob@example.com")
        scene.control.edit("remove-member", group="devs", account="ada@example.com")
        for name in ("ada@example.com", "bob@example.com"):
            scene.retry(name)
        assert scene.settle().groups["devs"] == {"bob@example.com", "eve@example.com"}
        assert set(scene.parked()) == {"devs", "eve@example.com"}
        # And no longer protected: what was told meanwhile is made so.
        scene.control.edit("set-group", group="devs", access_type=None)
        survey_again(scene)
        until(lambda: not scene.parked(), "nothing to be parked")
        assert scene.settle().groups["devs"] == {"bob@example.com"}

    def test_a_group_renamed_to_a_name_of_theirs_keeps_its_own(self, scene: Scene) -> None:
        idp = scene.idp()
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("devs", [ada["id"]])
        before = scene.settle()
        rename(idp, group, "site-admins")
        assert scene.settle() == before
        assert "site-admins" in scene.parked()

    @pytest.mark.parametrize("status, body", [
        (403, {"errorMessages": ["Browse users and groups permission is required"], "errors": {}}),
        (503, "<h1>Unavailable</h1>"),
        (200, {"maxResults": 50, "startAt": 0, "total": 0, "isLast": True, "values": []}),
        (200, {"values": []}),
    ], ids=["403", "503", "nobody", "garbled"])
    def test_no_group_is_taken_over_before_they_are_known(self, status: int, body: Any,
                                                          scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0124", count=1)
        idp = scene.idp()
        ada, bob = idp.create_user("ada@example.com"), idp.create_user("bob@example.com")
        known = idp.create_group("known", [ada["id"]])
        scene.settle()
        scene.control.add_fault("status", match={"path": "accessType"}, times=None, status=status,
                                body=body)
        scene.control.edit("add-group", name="devs")
        survey_again(scene)
        httpd.error_log.wait_for("SCIM0124")
        idp.create_group("devs", [ada["id"]])
        idp.create_group("new", [ada["id"]])
        add_members(idp, known, bob)  # was taken over when they were known
        until(lambda: members_of(scene, "known") == {"ada@example.com", "bob@example.com"},
              "what is known to be filled")
        until(lambda: all_say(scene, "before it is known", {"devs", "new"}), "tasks to say why")
        assert members_of(scene, "devs") == set() and "new" not in scene.held().groups
        scene.control.remove_faults()
        held = scene.settle()
        assert held.groups["devs"] == held.groups["new"] == {"ada@example.com"}

    def test_what_was_protected_is_so_after_a_restart_too(self, scene: Scene,
                                                          httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0124", optional=True)
        idp = scene.idp()
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("devs")
        scene.settle()
        scene.control.edit("set-group", group="devs", access_type="admin")
        survey_again(scene)
        until(lambda: parked_by(scene, "devs"), "the group's task to say it")
        scene.control.add_fault("status", match={"path": "accessType"}, times=None, status=503)
        httpd.graceful()
        add_members(idp, group, ada)
        assert scene.settle().groups["devs"] == set()
        assert "devs is a group" in scene.parked()["ada@example.com"]["detail"]
        scene.control.remove_faults()


class TestNames:
    def test_the_sites_own_list(self, scene: Scene) -> None:
        scene.control.edit("add-group", name="vip-board")
        scene.put_site(protectedGroups=["VIP-*", "*-secret"])
        idp = scene.idp()
        ada = idp.create_user("ada@example.com")
        for name in ("vip-board", "Top-Secret", "secrets"):
            idp.create_group(name, [ada["id"]])
        held = scene.settle()
        assert held.groups_of("ada@example.com") == {"secrets", SOFTWARE}
        assert "Top-Secret" not in held.groups
        assert '"VIP-*" in protectedGroups' in scene.parked()["vip-board"]["detail"]
        scene.put_site(protectedGroups=["*-secret"])
        held = scene.settle()
        assert held.groups_of("ada@example.com") == {"secrets", "vip-board", SOFTWARE}
        assert set(scene.parked()) == {"Top-Secret"}

    def test_a_group_that_is_protected_later_stays_as_it_is(self, scene: Scene) -> None:
        idp = scene.idp()
        ada, bob = idp.create_user("ada@example.com"), idp.create_user("bob@example.com")
        group = idp.create_group("vip", [ada["id"]])
        scene.settle()
        scene.put_site(protectedGroups=["vip"])
        until(lambda: parked_by(scene, "vip"), "the group's task to say it")
        add_members(idp, group, bob)
        idp.delete(f"/Groups/{group['id']}").expect(204)
        assert scene.settle().groups["vip"] == {"ada@example.com"}
        scene.put_site(protectedGroups=[])
        until(lambda: not scene.parked(), "nothing to be parked")
        assert scene.settle().groups["vip"] == set()

    def test_a_products_group_is_not_taken_from_a_leaver(self, scene: Scene) -> None:
        scene.put_site(protectedGroups=["jira-software-users-*"])
        idp = scene.idp()
        user = idp.create_user("leaver@example.com")
        scene.settle()
        deactivate(idp, user)
        assert scene.settle().groups_of("leaver@example.com") == {SOFTWARE}
        assert SOFTWARE in scene.parked()["leaver@example.com"]["detail"]
        scene.put_site(protectedGroups=[])
        assert scene.settle().groups_of("leaver@example.com") == set()


class TestAccounts:
    def test_the_owner_of_the_token_keeps_all_and_gets_nothing(self, scene: Scene) -> None:
        owner = scene.jira.email
        before = scene.held()
        assert "site-admins" in before.groups_of(owner)
        idp = scene.idp()
        user = idp.create_user(owner)
        group = idp.create_group("Team", [user["id"]])
        held = scene.settle()
        assert held.groups_of(owner) == before.groups_of(owner)
        told = events_of(scene, user, "jira.account.protected")
        assert told and all("owns the API token" in event["detail"] for event in told)
        deactivate(idp, user)
        assert scene.settle().groups_of(owner) == before.groups_of(owner)
        deactivate(idp, user, active=True)
        remove_member(idp, group, user)
        idp.delete(f"/Users/{user['id']}").expect(204)
        held = scene.settle()
        assert held.groups_of(owner) == before.groups_of(owner)
        assert held.accounts[owner] == before.accounts[owner]
        assert writes(scene) == ["createGroup"]
        assert scene.parked() == {}

    def test_an_apps_account_is_never_taken(self, scene: Scene) -> None:
        scene.control.edit("add-account", email="bot@example.com", account_type="app")
        before = scene.held()
        idp = scene.idp()
        user = idp.create_user("bot@example.com")
        assert scene.settle() == before
        assert "app's, which is never touched" in scene.parked()["bot@example.com"]["detail"]
        deactivate(idp, user)
        assert scene.settle() == before
        assert writes(scene) == []

    def test_a_customers_account_is_left_beside_the_new_one(self, scene: Scene) -> None:
        customer = scene.control.edit("add-account", email="ada@example.com",
                                      account_type="customer", account_id="qm:demo")
        scene.idp().create_user("ada@example.com")
        scene.settle()
        accounts = {one["accountId"]: one for one in scene.control.state()["accounts"]
                    if one["email"] == "ada@example.com"}
        assert accounts.pop(customer["accountId"])["groups"] == []
        assert [one["groups"] for one in accounts.values()] == [[SOFTWARE]]

    def test_why_no_account_is_made_beside_a_customers(self, scene: Scene) -> None:
        scene.control.edit("add-account", email="ada@example.com", account_type="customer")
        scene.control.add_fault("status", match={"operation": "createUser"}, status=400,
                                body={"errorMessages": ["Not by you."], "errors": {}})
        scene.idp().create_user("ada@example.com")
        scene.settle()
        detail = scene.parked()["ada@example.com"]["detail"]
        assert detail.startswith("Not by you.") and "portal customer" in detail


class TestSeats:
    def test_the_last_seat_is_given_once_and_again_when_it_is_free(self, scene: Scene) -> None:
        scene.control.configure(seats={"jira-software": 3})  # one is the token owner's
        survey_again(scene)
        idp = scene.idp()
        users = {name: idp.create_user(f"{name}@example.com") for name in ("ada", "bob")}
        scene.settle()
        idp.create_user("eve@example.com")
        until(lambda: "product jira-software has no seat left (3 of 3 used)"
              in said_of(scene, "eve@example.com"), "the third to wait")
        assert "eve@example.com" not in scene.held().accounts
        assert [one["status"] for one in scene.calls("createUser")] == [201, 201]
        deactivate(idp, users["ada"])
        assert scene.settle(SEAT_SECONDS).groups_of("eve@example.com") == {SOFTWARE}
        assert [one["status"] for one in scene.calls("createUser")] == [201, 201, 201]
        assert scene.parked() == {}

    def test_who_waits_for_a_seat_goes_on_when_some_are_bought(self, scene: Scene) -> None:
        scene.control.configure(seats={"jira-software": 2}, latency_ms=20)
        survey_again(scene)
        idp = scene.idp()
        users = [idp.create_user(f"p{number}@example.com") for number in range(20)]
        idp.create_group("Team", [user["id"] for user in users])
        addresses = {f"p{number}@example.com" for number in range(20)}
        until(lambda: len(has_it := scene.held().groups.get("Team", set())) == 1
              and all_say(scene, "no seat left", addresses - has_it), "one seat to be taken")
        assert [one["status"] for one in scene.calls("createUser")] == [201]
        scene.control.configure(seats={"jira-software": 100})
        assert len(scene.settle(SEAT_SECONDS).groups["Team"]) == 20
        assert {one["status"] for one in scene.calls("createUser")} == {201}

    def test_a_group_that_grants_a_product_costs_a_seat(self, scene: Scene) -> None:
        scene.control.edit("add-group", name="Agents", product="jira-servicedesk")
        scene.control.edit("add-group", name="More agents", product="jira-servicedesk")
        scene.control.configure(seats={"jira-servicedesk": 1})
        survey_again(scene)
        idp = scene.idp()
        ada = idp.create_user("ada@example.com")
        idp.create_group("Agents", [ada["id"]])
        scene.settle()
        bob = idp.create_user("bob@example.com")
        agents = idp.create_group("More agents", [ada["id"], bob["id"]])
        idp.create_group("Team", [bob["id"]])
        until(lambda: "product jira-servicedesk has no seat left (1 of 1 used)"
              in said_of(scene, "bob@example.com"), "the second to wait")
        # A second group of the product costs nothing.
        until(lambda: scene.held().groups_of("ada@example.com")
              == {"Agents", "More agents", SOFTWARE}, "the first to get the second group")
        until(lambda: scene.held().groups_of("bob@example.com") == {"Team", SOFTWARE},
              "the second to get what costs nothing")
        assert [one["status"] for one in scene.calls("addUserToGroup") if one["status"] != 201] \
            == []
        remove_member(idp, agents, bob)
        scene.settle()
        assert waiting(scene) == scene.parked() == {}

    def test_a_seat_that_somebody_else_took(self, scene: Scene, httpd: Httpd) -> None:
        """Jira said that there is one, and refuses: then it is asked again."""
        scene.control.configure(seats={"jira-software": 2})
        survey_again(scene)
        idp = scene.idp()
        idp.create_group("Team")
        scene.settle()
        scene.control.edit("add-account", email="guest@example.com", products=["jira-software"])
        idp.create_user("ada@example.com")
        until(lambda: "product jira-software has no seat left (2 of 2 used)"
              in said_of(scene, "ada@example.com"), "the task to wait")
        scene.control.edit("remove-account", account="guest@example.com")
        scene.control.configure(seats={"jira-software": 3})
        assert scene.settle(SEAT_SECONDS).groups_of("ada@example.com") == {SOFTWARE}
        refused = [one for one in scene.calls("createUser") if one["status"] == 400]
        assert len(refused) == 1

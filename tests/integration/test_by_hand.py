"""What people do by hand in Jira: to the accounts of those who left, and of those who had none; and
what others had given somebody before the person left and came back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, remove_member, scene)
from tests.integration.test_drift import (
    ask, differences, events, reads, reconcile, wait_for_end)
from tests.integration.test_rules_people import (  # noqa: F401
    ANN, DESK, ORGANIZATION, Ruled, changes, leaving)

pytestmark = pytest.mark.any_mpm


def left(scene: Scene, deed: str = "suspend") -> tuple[Ruled, dict[str, Any]]:
    """Ann has been here and has left, and her account is suspended or deleted."""
    scene.put_site(organization=ORGANIZATION)
    idp = Ruled(scene, onDeactivate=deed, onDelete=deed)
    ann = idp.join()
    idp.team(ann)
    scene.settle()
    idp.leave(ann)
    assert not scene.settle().accounts[ANN]["active"]
    return idp, ann


def restore(scene: Scene, address: str = ANN) -> None:
    """Somebody does it in Atlassian's administration."""
    scene.control.edit("set-active", account=address, active=True)
    assert scene.held().accounts[address]["active"]


class TestLeaversRestored:
    def test_a_leaver_whose_account_was_restored_is_suspended_again(self, scene: Scene) -> None:
        idp, ann = left(scene)
        restore(scene)
        assert SOFTWARE in scene.held().groups_of(ANN)
        found = reconcile(scene)
        assert differences(found) == {"account.restored": 1}
        [finding] = found["found"]["findings"]
        assert (finding["kind"], finding["name"]) == ("account.restored", ANN)
        held = scene.held()
        assert held.accounts[ANN]["suspended"] and not held.accounts[ANN]["active"]
        [event] = events(scene, "drift.account.restored")
        assert (event["subject"], event["name"]) == (ann["id"], ANN)
        assert "has left" in event["detail"]
        assert event in scene.admin.events(f"person={ANN}")
        assert len(events(scene, "jira.account.suspended")) == 2
        assert differences(reconcile(scene)) == {}
        idp.come_back(ann)
        held = scene.settle()
        assert held.accounts[ANN]["active"] and held.groups_of(ANN) == {"Team", SOFTWARE}

    def test_one_who_stays_suspended_costs_no_call(self, scene: Scene) -> None:
        left(scene)
        before = changes(scene), len(scene.calls())
        assert differences(reconcile(scene)) == {}
        assert changes(scene) == before[0]
        assert set(reads(scene, before[1])) == {"bulkGetGroups", "bulkGetUsers",
                                                "getUsersFromGroup"}

    def test_one_who_is_deleted_again(self, leaving: Scene) -> None:
        idp, ann = left(leaving, "delete")
        assert differences(reconcile(leaving)) == {}
        restore(leaving)
        leaving.control.edit("add-member", group=SOFTWARE, account=ANN)
        assert differences(reconcile(leaving)) == {"account.restored": 1}
        held = leaving.held()
        assert not held.accounts[ANN]["active"] and held.groups_of(ANN) == set()
        assert len(events(leaving, "jira.account.deleted")) == 2

    def test_whom_no_rule_suspends_any_more_only_loses_what_the_module_gave(
            self, scene: Scene) -> None:
        idp, ann = left(scene)
        idp.put(onDeactivate="takeBack")
        scene.settle()
        restore(scene)
        assert differences(reconcile(scene)) == {"account.restored": 1}
        held = scene.held()
        assert held.accounts[ANN]["active"] and held.groups_of(ANN) == set()
        assert differences(reconcile(scene)) == {}

    def test_without_the_key_access_is_taken_and_the_task_says_why(self, scene: Scene) -> None:
        left(scene)
        scene.put_site(organization=None)
        restore(scene)
        assert differences(reconcile(scene)) == {"account.restored": 1}
        assert scene.held().groups_of(ANN) == set()
        assert "key of the organization" in scene.parked()[ANN]["detail"]

    def test_one_whom_the_idp_has_deleted_is_told_by_name(self, scene: Scene) -> None:
        idp, ann = left(scene)
        idp.delete(ann)
        scene.settle()
        restore(scene)
        before = changes(scene)
        found = reconcile(scene)
        assert differences(found) == {"account.restored": 1}
        assert found["found"]["findings"][0]["name"] == ANN
        [event] = events(scene, "drift.account.restored")
        assert event["name"] == ANN and "no identity provider tells of" in event["detail"]
        assert changes(scene) == before
        assert differences(reconcile(scene)) == {}
        add_members(idp.scim, idp.team(name="Back"), idp.join())
        assert scene.settle().groups_of(ANN) == {"Back", SOFTWARE}

    def test_somebody_wanted_whose_account_was_restored_as_the_task_asked(
            self, scene: Scene) -> None:
        idp, ann = left(scene)
        scene.put_site(organization=None)
        idp.come_back(ann)
        until(lambda: ANN in scene.parked(), "her task to ask for it")
        restore(scene)
        assert differences(reconcile(scene)) == {"account.restored": 1}
        assert scene.parked() == {}
        [event] = events(scene, "drift.account.restored")
        assert "tells of the person as active" in event["detail"]

    def test_the_guard_stands_before_it(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160", count=1)
        scene.put_site(organization=ORGANIZATION)
        idp = Ruled(scene, onDeactivate="suspend")
        users = [idp.join(f"u{number}@example.com") for number in range(3)]
        scene.settle()
        # Not counted, as if it were long ago.
        for guard in ({"enabled": False}, {"deactivations": {"number": 0, "percent": 100}}):
            scene.admin.put(f"/api/idps/{idp.name}/rules", {
                "users": {"onDeactivate": "suspend"}, "guard": guard}).expect(200)
            scene.settle()
            for user in users:
                idp.leave(user)
            held = scene.settle()
            assert not any(held.accounts[user["userName"]]["active"] for user in users)
        for user in users:
            restore(scene, user["userName"])
        reconcile(scene)
        held = scene.held()
        assert all(held.accounts[user["userName"]]["active"] for user in users)
        tasks = [task for task in scene.admin.tasks("state=held") if task["site"] == scene.site]
        assert {task["name"] for task in tasks} == {user["userName"] for user in users}
        scene.admin.post(f"/api/idps/{idp.name}/guard/release", {}).expect(200)
        held = scene.settle()
        assert not any(held.accounts[user["userName"]]["active"] for user in users)


class TestWhatOthersGave:
    @pytest.fixture
    def adopted(self, scene: Scene) -> tuple[Ruled, dict[str, Any]]:
        """Ann had her products before the module, has left, and has come back."""
        scene.control.edit("add-account", email=ANN,
                           products=["jira-software", "jira-servicedesk"])
        idp = Ruled(scene, onDeactivate="removeAccess")
        ann = idp.join()
        idp.team(ann)
        scene.settle()
        idp.leave(ann)
        assert scene.settle().groups_of(ANN) == set()
        idp.come_back(ann)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE, DESK}
        return idp, ann

    def test_it_is_theirs_again_after_the_person_has_come_back(self, scene: Scene,
                                                               adopted: Any) -> None:
        idp, ann = adopted
        idp.put(onDeactivate="takeBack")
        scene.settle()
        idp.leave(ann)
        assert scene.settle().groups_of(ANN) == {SOFTWARE, DESK}

    def test_it_stays_when_the_idp_is_deleted(self, scene: Scene, adopted: Any) -> None:
        idp, ann = adopted
        scene.admin.delete(f"/api/idps/{idp.name}?access=remove").expect(204)
        scene.forget(idp.name)
        assert scene.settle().groups_of(ANN) == {SOFTWARE, DESK}

    def test_it_stays_when_the_person_leaves_a_group_of_that_name(self, scene: Scene,
                                                                  adopted: Any) -> None:
        idp, ann = adopted
        group = idp.team(ann, name=DESK)
        scene.settle()
        remove_member(idp.scim, group, ann)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE, DESK}

    def test_access_is_taken_each_time_and_comes_back_each_time(self, scene: Scene,
                                                                adopted: Any) -> None:
        idp, ann = adopted
        for _ in range(2):
            idp.leave(ann)
            assert scene.settle().groups_of(ANN) == set()
            assert differences(reconcile(scene)) == {}
            idp.come_back(ann)
            assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE, DESK}

    def test_an_answer_that_is_lost_makes_nothing_ours(self, scene: Scene, adopted: Any) -> None:
        idp, ann = adopted
        for operation, step in (("removeUserFromGroup", idp.leave),
                                ("addUserToGroup", idp.come_back)):
            scene.control.add_fault("status", match={"operation": operation}, after=True,
                                    times=1, status=500)
            step(ann)
            scene.settle()
        assert scene.held().groups_of(ANN) == {"Team", SOFTWARE, DESK}
        idp.put(onDeactivate="takeBack")
        idp.leave(ann)
        assert scene.settle().groups_of(ANN) == {SOFTWARE, DESK}


class TestAccessGivenAgain:
    """A leaver is put into a group that grants a product again, by somebody who may not have known
    that the person has left."""

    def gone(self, scene: Scene, **rules: Any) -> tuple[Ruled, dict[str, Any]]:
        """Ann's account was made by the module, and she has left."""
        idp = Ruled(scene, **rules)
        ann = idp.join()
        idp.team(ann)
        scene.settle()
        idp.leave(ann)
        assert scene.settle().groups_of(ANN) == set()
        return idp, ann

    def give(self, scene: Scene, group: str = SOFTWARE) -> None:
        scene.control.edit("add-member", group=group, account=ANN)
        assert group in scene.held().groups_of(ANN)

    def test_it_is_taken_again(self, scene: Scene) -> None:
        idp, ann = self.gone(scene)
        self.give(scene)
        found = reconcile(scene)
        assert differences(found) == {"member.restored": 1}
        [finding] = found["found"]["findings"]
        assert (finding["name"], finding["group"]) == (ANN, SOFTWARE)
        assert scene.held().groups_of(ANN) == set()
        [event] = events(scene, "drift.member.restored")
        assert (event["subject"], event["name"]) == (ann["id"], ANN)
        assert "has left" in event["detail"]
        assert event in scene.admin.events(f"person={ANN}&group={SOFTWARE}")
        assert differences(reconcile(scene)) == {}
        idp.come_back(ann)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE}
        assert differences(reconcile(scene)) == {}

    def test_what_others_had_given_her_before_and_the_rules_take(self, scene: Scene) -> None:
        scene.control.edit("add-account", email=ANN, products=["jira-software"])
        idp, ann = self.gone(scene, onDeactivate="removeAccess")
        for _ in range(2):
            self.give(scene)
            assert differences(reconcile(scene)) == {"member.restored": 1}
            assert scene.held().groups_of(ANN) == set()
        idp.come_back(ann)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE}

    def test_the_rules_of_today_decide(self, scene: Scene) -> None:
        """By these it stays what others gave, and what rules that do nothing leave."""
        scene.control.edit("add-account", email=ANN, products=["jira-software"])
        idp, ann = self.gone(scene, onDeactivate="removeAccess")
        idp.put(onDeactivate="takeBack")
        scene.settle()
        self.give(scene)
        assert differences(reconcile(scene)) == {"member.restored": 1}
        assert scene.held().groups_of(ANN) == {SOFTWARE}
        assert differences(reconcile(scene)) == {}

    def test_rules_that_leave_leavers_alone_do(self, scene: Scene) -> None:
        idp, ann = self.gone(scene)
        idp.put(onDeactivate="nothing")
        scene.settle()
        self.give(scene)
        assert differences(reconcile(scene)) == {"member.restored": 1}
        assert scene.held().groups_of(ANN) == {SOFTWARE}
        assert differences(reconcile(scene)) == {}
        idp.put()
        assert scene.settle().groups_of(ANN) == set()

    def test_also_where_an_idp_fills_the_group(self, scene: Scene) -> None:
        idp, ann = self.gone(scene)
        idp.team(idp.join("bob@example.com"), name=SOFTWARE)
        scene.settle()
        self.give(scene)
        assert differences(reconcile(scene)) == {"member.restored": 1}
        assert scene.held().groups_of(ANN) == set()

    def test_whom_a_filter_keeps_out_has_left_too(self, scene: Scene) -> None:
        idp = Ruled(scene)
        idp.join()
        scene.settle()
        idp.put(filter={"exclude": [{"attribute": "userName", "pattern": "^ann@"}]})
        assert scene.settle().groups_of(ANN) == set()
        self.give(scene)
        assert differences(reconcile(scene)) == {"member.restored": 1}
        assert scene.held().groups_of(ANN) == set()

    def test_one_whom_the_idp_has_deleted_is_told_by_name(self, scene: Scene) -> None:
        idp, ann = self.gone(scene)
        idp.delete(ann)
        scene.settle()
        self.give(scene)
        before = changes(scene)
        found = reconcile(scene)
        assert differences(found) == {"member.restored": 1}
        assert found["found"]["findings"][0]["name"] == ANN
        [event] = events(scene, "drift.member.restored")
        assert event["name"] == ANN and "no identity provider tells of" in event["detail"]
        assert changes(scene) == before and scene.held().groups_of(ANN) == {SOFTWARE}
        assert differences(reconcile(scene)) == {}

    def test_no_call_is_made_for_it_unless_somebody_has_left(self, scene: Scene) -> None:
        idp = Ruled(scene)
        users = [idp.join(), idp.join("bob@example.com")]
        idp.team(*users)
        scene.settle()
        for users_in_it in (1, 2):
            before = len(scene.calls())
            assert differences(reconcile(scene)) == {}
            assert reads(scene, before).count("getUsersFromGroup") == users_in_it
            idp.leave(users[0])
            scene.settle()

    def test_in_pages_each_of_them_once(self, scene: Scene) -> None:
        """She is on the last one; none of the others is anybody's business."""
        self.gone(scene)
        scene.control.edits([{"action": "add-account", "email": f"x{number:03}@example.org",
                              "products": ["jira-software"]} for number in range(120)])
        self.give(scene)
        before = len(scene.calls())
        found = reconcile(scene)
        assert differences(found) == {"member.restored": 1}
        assert found["found"]["othersMembers"] == 0 and found["found"]["compared"]["members"] == 0
        asked = [call["query"] for call in scene.calls()[before:]
                 if call["operation"] == "getUsersFromGroup"]
        for start in (50, 100):
            assert len([query for query in asked if f"startAt={start}" in query.split("&")]) == 1
        assert scene.held().groups_of(ANN) == set()

    def test_the_guard_holds_it_and_what_is_discarded_stays(self, scene: Scene,
                                                            httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160", count=1)
        idp, ann = self.gone(scene)
        scene.admin.put_rules(idp.name, {"guard": {"deactivations": {"number": 0,
                                                                     "percent": 100}}})
        scene.settle()
        # Not counted any more, as if it were long ago.
        scene.admin.put_rules(idp.name, {"guard": {"enabled": False}})
        idp.come_back(ann)
        scene.settle()
        idp.leave(ann)
        scene.settle()
        scene.admin.put_rules(idp.name, {"guard": {"deactivations": {"number": 0,
                                                                     "percent": 100}}})
        self.give(scene)
        reconcile(scene)
        [task] = [task for task in scene.admin.tasks("state=held") if task["site"] == scene.site]
        assert task["name"] == ANN and SOFTWARE in task["takes"]
        assert scene.held().groups_of(ANN) == {SOFTWARE}
        scene.admin.delete(f"/api/tasks/{task['id']}").expect(204)
        for _ in range(2):
            assert differences(reconcile(scene)) == {}
        assert scene.held().groups_of(ANN) == {SOFTWARE}
        [task] = scene.admin.tasks(f"state=discarded&idp={idp.name}")
        scene.admin.post(f"/api/tasks/{task['id']}/release", {}).expect(200, 202, 204)
        assert scene.settle().groups_of(ANN) == set()

    def test_in_dry_run_it_is_planned(self, scene: Scene) -> None:
        idp, ann = self.gone(scene)
        scene.admin.set_state(idp.name, "dryRun")
        self.give(scene)
        assert differences(reconcile(scene)) == {"member.restored": 1}
        assert scene.held().groups_of(ANN) == {SOFTWARE}
        [site] = scene.admin.plan_of(idp.name, ann)["sites"]
        assert [(step["call"], step["group"]) for step in site["steps"]] == [
            ("removeMember", SOFTWARE)]
        scene.admin.set_state(idp.name, "live")
        assert scene.settle().groups_of(ANN) == set()

    def test_while_the_idp_is_paused_it_waits(self, scene: Scene) -> None:
        idp, ann = self.gone(scene)
        idp.pause()
        self.give(scene)
        ask(scene)
        assert differences(wait_for_end(scene)) == {"member.restored": 1}
        assert scene.held().groups_of(ANN) == {SOFTWARE}
        idp.pause(False)
        assert scene.settle().groups_of(ANN) == set()


class TestAccountsMadeByHand:
    def skipped(self, scene: Scene, name: str = ANN,
                **rules: Any) -> tuple[Ruled, dict[str, Any]]:
        idp = Ruled(scene, **{"import": False, **rules})
        ann = idp.join(name)
        idp.team(ann)
        assert scene.settle().groups["Team"] == set() and scene.parked() == {}
        return idp, ann

    def test_the_comparison_finds_it(self, scene: Scene) -> None:
        idp, ann = self.skipped(scene)
        assert differences(reconcile(scene)) == {}
        scene.control.edit("add-account", email="Ann@Example.com", products=["jira-software"])
        scene.control.edit("add-account", email="eve@example.com")
        found = reconcile(scene)
        assert differences(found) == {"account.appeared": 1}
        assert scene.held().groups["Team"] == {"Ann@Example.com"}
        [event] = events(scene, "drift.account.appeared")
        assert (event["subject"], event["name"]) == (ann["id"], ANN)
        assert event in scene.admin.events(f"person={ANN}")
        assert differences(reconcile(scene)) == {}

    def test_by_the_address_that_the_rules_make(self, scene: Scene) -> None:
        idp, ann = self.skipped(scene, "ann@corp.example", patterns=[
            {"pattern": "^(.*)@corp\\.example$", "replacement": "$1@example.com"}])
        scene.control.edit("add-account", email="ann@corp.example")
        assert differences(reconcile(scene)) == {}
        scene.control.edit("add-account", email=ANN)
        assert differences(reconcile(scene)) == {"account.appeared": 1}
        assert scene.held().groups["Team"] == {ANN}

    def test_who_is_kept_out_stays_out(self, scene: Scene) -> None:
        idp, ann = self.skipped(scene, filter={
            "exclude": [{"attribute": "userName", "pattern": "^ann@"}]})
        bob = idp.join("bob@example.com")
        scene.settle()
        idp.leave(bob)
        scene.settle()
        for address in (ANN, "bob@example.com"):
            scene.control.edit("add-account", email=address)
        assert differences(reconcile(scene)) == {}
        assert scene.held().groups["Team"] == set()

    def test_whom_no_list_can_find_costs_no_list(self, scene: Scene) -> None:
        """Kept out by the rules, or without an address; but for nobody else's sake."""
        idp, ann = self.skipped(scene, filter={
            "exclude": [{"attribute": "userName", "pattern": "^(ann|p[0-9])"}]})
        for number in range(3):
            idp.join(f"p{number}@example.com")
        nobody = idp.scim.create_user("nobody")
        scene.settle()
        before = len(scene.calls())
        assert differences(reconcile(scene)) == {}
        assert "getAllUsers" not in reads(scene, before)
        idp.scim.patch_operations(f"/Users/{nobody['id']}", {
            "op": "add", "path": "emails", "value": [
                {"value": "nobody@example.com", "primary": True}]}).expect(200)
        scene.settle()
        assert differences(reconcile(scene)) == {}
        assert "getAllUsers" in reads(scene, before)

    def test_nobody_inactive_and_no_app(self, scene: Scene) -> None:
        idp, ann = self.skipped(scene)
        bot = idp.join("bot@example.com")
        scene.settle()
        scene.control.edit("add-account", email=ANN, active=False)
        scene.control.edit("add-account", email="bot@example.com", account_type="customer")
        assert differences(reconcile(scene)) == {}
        restore(scene)
        assert differences(reconcile(scene)) == {"account.appeared": 1}
        assert scene.held().groups["Team"] == {ANN}

    def test_one_whom_jira_would_not_make(self, scene: Scene) -> None:
        """The task that failed is not for a person any more."""
        scene.control.add_fault("status", match={"operation": "createUser"}, status=400, times=None,
                                body={"errorMessages": ["Not in this domain."], "errors": {}})
        idp = Ruled(scene)
        idp.team(idp.join())
        until(lambda: ANN in scene.parked(), "her task to fail")
        scene.settle()
        scene.control.remove_faults()
        scene.control.edit("add-account", email=ANN)
        assert differences(reconcile(scene)) == {"account.appeared": 1}
        assert scene.parked() == {} and scene.held().groups["Team"] == {ANN}

    def test_a_paused_idp_waits(self, scene: Scene) -> None:
        idp, ann = self.skipped(scene)
        idp.pause()
        scene.control.edit("add-account", email=ANN)
        for found in ({"account.appeared": 1}, {}):
            ask(scene)
            assert differences(wait_for_end(scene)) == found
        assert scene.held().groups["Team"] == set()
        idp.pause(False)
        assert scene.settle().groups["Team"] == {ANN}

    def test_an_idp_in_dry_run_plans_it_once(self, scene: Scene) -> None:
        idp, ann = self.skipped(scene)
        scene.admin.set_state(idp.name, "dryRun")
        scene.control.edit("add-account", email=ANN)
        assert differences(reconcile(scene)) == {"account.appeared": 1}
        assert scene.held().groups["Team"] == set()
        assert differences(reconcile(scene)) == {}
        scene.admin.set_state(idp.name, "live")
        assert scene.settle().groups["Team"] == {ANN}

    def test_in_pages_and_only_if_somebody_lacks_an_account(self, scene: Scene) -> None:
        idp = Ruled(scene)
        user = idp.join()
        scene.settle()
        before = len(scene.calls())
        reconcile(scene)
        assert "getAllUsers" not in reads(scene, before)
        idp.put(**{"import": False})
        group = idp.team(*[idp.join(f"p{number:03}@example.com") for number in range(250)])
        scene.settle()
        scene.control.edits([{"action": "add-account", "email": f"p{number:03}@example.com"}
                             for number in range(0, 250)])
        before = len(scene.calls())
        assert differences(reconcile(scene)) == {"account.appeared": 250}
        assert reads(scene, before).count("getAllUsers") == 4
        assert len(scene.held().groups["Team"]) == 250

    def test_users_that_jira_does_not_list_hold_up_nothing_else(self, scene: Scene) -> None:
        idp, ann = self.skipped(scene)
        bob = Ruled(scene)
        bob.team(bob.join("bob@example.com"))
        scene.settle()
        scene.control.edit("remove-member", group="Team", account="bob@example.com")
        scene.control.add_fault("status", match={"operation": "getAllUsers"}, status=409, times=1,
                                body={"errorMessages": ["It takes too long."], "errors": {}})
        found = reconcile(scene)
        assert found["state"] == "done" and differences(found) == {"member.missing": 1}
        assert "It takes too long." in events(scene, "reconcile.done")[0]["detail"]
        assert scene.held().groups["Team"] == {"bob@example.com"}

    def test_a_retry_of_the_person_looks_again(self, scene: Scene) -> None:
        idp, ann = self.skipped(scene)
        scene.control.edit("add-account", email=ANN)
        retry = f"/api/tasks/retry?subject={ann['id']}"
        answer = scene.admin.post(retry + "&state=failed", {}).expect(200)
        assert answer.json() == {"retried": 0}
        assert scene.admin.post(retry, {}).expect(200).json() == {"retried": 1}
        assert scene.settle().groups["Team"] == {ANN}
        nobody = scene.admin.post("/api/tasks/retry?subject=nobody", {}).expect(200)
        assert nobody.json() == {"retried": 0}

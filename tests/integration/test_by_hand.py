"""What people do by hand in Jira to the accounts of those who left; and what others had given
somebody before the person left and came back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, remove_member, scene)
from tests.integration.test_drift import differences, events, reads, reconcile
from tests.integration.test_rules_people import (  # noqa: F401
    ANN, DESK, ORGANIZATION, Ruled, changes, leaving)


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
        assert "tells of the person as active" in events(scene, "drift.account.restored")[0]["detail"]

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

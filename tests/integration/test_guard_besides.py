"""A task of which the guard holds a part, or of which a part was discarded, and of which something
else fails or waits: that is seen, found and tried again like any other failure."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import Scene, remove_member, scene  # noqa: F401
from tests.integration.test_admin import assert_problem
from tests.integration.test_drift import reconcile
from tests.integration.test_guard import decide, events, told_at_once, trips
from tests.integration.test_guard_discard import (
    NOTHING, discarded, guarded_idp, listed, people)

pytestmark = pytest.mark.any_mpm

ADDS = {"operation": "addUserToGroup"}
DESK = "jira-servicemanagement-users-demo"


@pytest.fixture(autouse=True)
def guarded(httpd: Httpd) -> Iterator[None]:
    """Each time that it trips, it says so in the log."""
    httpd.error_log.expect("SCIM0160", optional=True)
    yield


class Besides:
    """Three people, of whom one is to leave devs: that is held, or discarded."""

    def __init__(self, scene: Scene, how: str) -> None:
        self.scene = scene
        self.how = how
        self.idp: ScimClient = guarded_idp(scene)
        self.name = scene.name_of(self.idp)
        self.users = people(self.idp)
        self.who = self.users[0]["userName"]
        self.group = self.idp.create_group("devs", [user["id"] for user in self.users])
        scene.settle()
        self.leave(0)
        if how == "discarded":
            assert decide(scene, self.idp, "discard") == 1
            scene.settle()
        assert self.task()["state"] == how

    def leave(self, number: int) -> None:
        told_at_once(self.scene, self.idp,
                     lambda: remove_member(self.idp, self.group, self.users[number]))
        self.scene.settle()

    def task(self, number: int = 0) -> dict[str, Any]:
        task, = [task for task in self.scene.admin.tasks(f"idp={self.name}")
                 if task["name"] == self.users[number]["userName"]]
        return task

    def more(self, group: str = "all") -> None:
        """Everybody is to be in a default group, too."""
        self.scene.admin.put_rules(self.name, {**NOTHING, "users": {"defaultGroups": [group]}})

    def refuse(self) -> None:
        self.scene.control.add_fault("status", match=ADDS, times=None, status=403,
                                     body="No permission to add people.")
        self.more()
        until(lambda: self.task()["state"] == "failed", "the addition to be refused")
        self.scene.settle()

    def keeps(self) -> bool:
        return self.who in self.scene.held().groups["devs"]


@pytest.mark.parametrize("how", ["held", "discarded"])
class TestRefused:
    def test_it_is_seen(self, how: str, scene: Scene) -> None:  # noqa: F811
        besides = Besides(scene, how)
        words = besides.task()["detail"]
        besides.refuse()
        task = besides.task()
        assert (task["class"], task["status"], task["takes"]) == ("person", 403, "devs")
        assert task["detail"].startswith(f"{words}; and: ")
        assert "No permission to add people." in task["detail"]
        assert [event["detail"] for event in events(scene, "task.failed")
                if event["name"] == besides.who] == [task["detail"]]
        assert besides.who in listed(scene, how) and besides.keeps()
        assert besides.who in scene.parked()
        assert scene.admin.tasks(f"state=failed&status=403&idp={besides.name}")
        assert len(trips(scene)) == (how == "held")

    def test_it_is_tried_again(self, how: str, scene: Scene) -> None:  # noqa: F811
        besides = Besides(scene, how)
        besides.refuse()
        scene.control.remove_faults()
        answer = scene.admin.post(f"/api/tasks/retry?status=403&idp={besides.name}", {})
        assert answer.expect(200).json() == {"retried": 3}
        held = scene.settle()
        assert besides.who in held.groups["all"] and besides.keeps()
        task = besides.task()
        assert (task["state"], task["class"], task["status"]) == (how, "guard", 0)
        assert "permission" not in task["detail"]

    def test_it_is_told_once(self, how: str, scene: Scene) -> None:  # noqa: F811
        besides = Besides(scene, how)
        besides.refuse()
        tries = len(scene.calls("addUserToGroup"))
        reconcile(scene)
        until(lambda: len(scene.calls("addUserToGroup")) > tries, "it to be looked at anew")
        scene.settle()
        assert len([event for event in events(scene, "task.failed")
                    if event["name"] == besides.who]) == 1

    def test_it_is_decided_all_the_same(self, how: str, scene: Scene) -> None:  # noqa: F811
        besides = Besides(scene, how)
        besides.refuse()
        scene.admin.post(f"/api/tasks/{besides.task()['id']}/release", {}).expect(204)
        until(lambda: not besides.keeps(), "what was held to be taken")
        scene.settle()
        assert besides.task()["status"] == 403 and besides.task()["takes"] is None
        assert besides.who not in listed(scene, how) and trips(scene) == []


def test_a_discard_of_what_failed_as_well_leaves_the_failure(scene: Scene) -> None:  # noqa: F811
    besides = Besides(scene, "held")
    besides.refuse()
    path = f"/api/tasks/{besides.task()['id']}"
    scene.admin.delete(path).expect(204)
    scene.settle()
    task = besides.task()
    assert (task["state"], task["status"]) == ("failed", 403) and trips(scene) == []
    assert task["detail"].startswith("discarded by admin on") and besides.who in discarded(scene)
    # And that can be discarded, too; the decision about the other part stays.
    scene.admin.delete(path).expect(204)
    task = besides.task()
    assert (task["state"], task["class"], task["status"]) == ("discarded", "guard", 0)
    assert_problem(scene.admin.delete(path), 409, "neither failed nor held")
    answer = scene.admin.post(f"/api/tasks/retry?state=discarded&idp={besides.name}", {})
    assert answer.expect(200).json() == {"retried": 1}
    scene.settle()
    assert besides.task()["state"] == "failed" and besides.who in listed(scene, "held")


@pytest.mark.parametrize("how", ["held", "discarded"])
def test_what_waits_goes_on_by_itself(how: str, scene: Scene) -> None:  # noqa: F811
    besides = Besides(scene, how)
    words = besides.task()["detail"]
    fault = scene.control.add_fault("status", match=ADDS, times=None, status=503)
    besides.more()
    until(lambda: besides.task()["class"] == "retry", "the addition not to be answered")
    assert besides.who in listed(scene, how)
    scene.control.remove_faults(fault)
    held = scene.settle()
    assert besides.who in held.groups["all"] and besides.keeps()
    assert besides.task()["state"] == how and besides.task()["detail"] == words


def test_who_waits_for_a_seat_has_it_when_there_is_one(scene: Scene) -> None:  # noqa: F811
    """Leaving devs was discarded for one, and is held for another. Jira is asked for seats every
    15 seconds."""
    besides = Besides(scene, "discarded")
    besides.leave(1)
    hows = ["discarded", "held"]
    words = [besides.task(number)["detail"] for number in range(2)]
    names = [besides.users[number]["userName"] for number in range(2)]
    assert besides.task(1)["state"] == "held"
    scene.control.configure(seats={"jira-servicedesk": 1})
    scene.control.edit("add-member", group=DESK, account=scene.jira.email)
    scene.put_site()
    besides.more(DESK)
    for number, how in enumerate(hows):
        task = until(lambda: (task := besides.task(number))["class"] == "wait" and task,
                     "no seat to be left")
        assert task["state"] == "waiting" and task["nextAt"] and task["takes"] == "devs"
        assert task["detail"].startswith(f"{words[number]}; and: ") and "seat" in task["detail"]
        assert names[number] in listed(scene, how)
    scene.control.configure(seats={"jira-servicedesk": 100})
    held = scene.settle()
    assert {*names} <= held.groups[DESK] and {*names} <= held.groups["devs"]
    assert [besides.task(number)["state"] for number in range(2)] == hows


class TestPlan:
    """It says of each step what was decided of that one."""

    def withheld(self, scene: Scene, idp: ScimClient,
                 user: dict[str, Any]) -> dict[str, tuple[str, str]]:
        site, = scene.admin.plan_of(scene.name_of(idp), user)["sites"]
        assert {one["kind"] for one in site["withheld"]} <= {"guard"}
        self.when, self.steps = site["when"], [(one["call"], one["group"]) for one in site["steps"]]
        return {one["group"]: (one["text"], one["mend"]) for one in site["withheld"]}

    def three(self, scene: Scene) -> tuple[ScimClient, dict[str, Any], list[dict[str, Any]]]:
        """Somebody in three groups of whom leaving the first was discarded."""
        idp = guarded_idp(scene)
        user, *others = people(idp)
        groups = [idp.create_group(name, [user["id"], *(one["id"] for one in others)])
                  for name in ("one", "two", "three")]
        scene.settle()
        remove_member(idp, groups[0], user)
        scene.settle()
        assert decide(scene, idp, "discard") == 1
        scene.settle()
        return idp, user, groups

    def test_a_part_is_discarded_and_a_part_is_held(self, scene: Scene) -> None:  # noqa: F811
        idp, user, _ = self.three(scene)
        # New rules are no news of the person, and end no discard.
        scene.admin.put_rules(scene.name_of(idp),
                              {**NOTHING, "groups": {"ignore": [{"group": "two"}]}})
        scene.settle()
        found = self.withheld(scene, idp, user)
        assert set(found) == {"one", "two"} and self.steps == []
        assert found["one"][0].startswith("discarded by admin on")
        assert "keeps one;" in found["one"][0] and "retry?state=discarded" in found["one"][1]
        assert found["two"][0].startswith("held by the guard") and "release" in found["two"][1]
        task, = [task for task in scene.admin.tasks(f"subject={user['id']}")]
        assert task["state"] == "held" and task["takes"] == "two"
        assert user["userName"] in listed(scene, "held")
        assert user["userName"] in discarded(scene)
        # What was discarded can be taken after all, and then all of it is held.
        scene.admin.post(f"/api/tasks/retry?state=discarded&subject={user['id']}&status=0",
                         {}).expect(200)
        scene.settle()
        found = self.withheld(scene, idp, user)
        assert {text.split(":")[0] for text, _ in found.values()} == {"held by the guard"}
        assert set(found) == {"one", "two"} and discarded(scene) == {}

    @pytest.mark.parametrize("state", ["paused", "dryRun"])
    def test_there_is_more_to_lose(self, state: str, scene: Scene) -> None:  # noqa: F811
        idp, user, _ = self.three(scene)
        scene.admin.set_state(scene.name_of(idp), state)
        scene.admin.put_rules(scene.name_of(idp),
                              {**NOTHING, "groups": {"ignore": [{"group": "two"}]}})
        if state == "dryRun":
            scene.settle()
        found = self.withheld(scene, idp, user)
        assert set(found) == {"one"} and "keeps one;" in found["one"][0]
        assert state == "paused" or (self.when, self.steps) == ("live", [("removeMember", "two")])

    def test_a_part_is_held_and_something_failed(self, scene: Scene) -> None:  # noqa: F811
        besides = Besides(scene, "held")
        besides.refuse()
        site, = scene.admin.plan_of(besides.name, besides.users[0])["sites"]
        assert [(one["kind"], one["group"]) for one in site["withheld"]] == [
            ("guard", "devs"), ("refused", None)]
        assert "No permission to add people." in site["withheld"][1]["text"]

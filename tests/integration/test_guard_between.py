"""Two identity providers tell of the same people: what one of them ends is its own matter,
whichever task comes first, and nothing that is held waits for itself."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, deactivate, remove_member, scene)
from tests.integration.test_drift import reconcile
from tests.integration.test_guard import decide, events, held, told_at_once, trips, with_access
from tests.integration.test_guard_discard import guarded_idp, people

pytestmark = pytest.mark.any_mpm

FREE = {"guard": {kind: {"number": 50, "percent": 100}
                  for kind in ("deactivations", "memberships")}}
ONE = {"guard": {kind: {"number": 1, "percent": 100} for kind in ("deactivations", "memberships")}}
NONE = {"guard": {kind: {"number": 0} for kind in ("deactivations", "memberships")}}


@pytest.fixture(autouse=True)
def guarded(httpd: Httpd) -> Iterator[None]:
    """Each time that it trips, it says so in the log; and a site that refuses us does."""
    httpd.error_log.expect("SCIM0160", optional=True)
    httpd.error_log.expect("SCIM0122", optional=True)
    yield


class Side:
    """One of the IdPs: the same people, in a group of its own."""

    def __init__(self, scene: Scene, group: str, rules: dict[str, Any], count: int):
        self.scene = scene
        self.idp: ScimClient = guarded_idp(scene, rules)
        self.name = scene.name_of(self.idp)
        self.users = people(self.idp, count)
        self.group = self.idp.create_group(group, [user["id"] for user in self.users])
        scene.settle()

    def take_out(self, *numbers: int) -> None:
        for number in numbers:
            remove_member(self.idp, self.group, self.users[number])

    def put_back(self, *numbers: int) -> None:
        add_members(self.idp, self.group, *(self.users[number] for number in numbers))

    def deactivate_all(self) -> None:
        for user in self.users:
            deactivate(self.idp, user)

    def tell(self, number: int, title: str) -> None:
        self.idp.patch_operations(f"/Users/{self.users[number]['id']}", {
            "op": "replace", "path": "title", "value": title}).expect(200)

    def end(self) -> None:
        self.scene.admin.delete_idp(self.name, access="remove")
        self.scene.forget(self.name)


def pair(scene: Scene, count: int = 5, rules: dict[str, Any] = ONE) -> tuple[Side, Side, set[str]]:
    right = Side(scene, "right", FREE, count)
    wrong = Side(scene, "wrong", rules, count)
    return right, wrong, {user["userName"] for user in right.users}


def addresses(side: Side, *numbers: int) -> set[str]:
    return {side.users[number]["userName"] for number in numbers}


def nothing_held(scene: Scene) -> None:
    assert held(scene) == {} and trips(scene) == []


class TestEnds:
    """Not guarded is the end of an IdP, as an administrator says: what only that one gave."""

    def refused(self, scene: Scene) -> Any:
        return scene.control.add_fault("status", match={}, times=None, status=401,
                                       body="Client must be authenticated.")

    def begin(self, scene: Scene) -> tuple[Side, Side, set[str], int]:
        """One is deleted while Jira does nothing."""
        right, wrong, everybody = pair(scene)
        fault = self.refused(scene)
        scene.put_site()
        until(lambda: scene.admin.events(f"kind=site.denied&site={scene.site}"),
              "the site to be denied")
        right.end()
        return right, wrong, everybody, fault

    def go_on(self, scene: Scene, fault: int) -> Any:
        scene.control.remove_faults(fault)
        scene.put_site()
        return scene.settle()

    def test_whom_the_other_deactivates_meanwhile(self, scene: Scene) -> None:
        _, wrong, everybody, fault = self.begin(scene)
        wrong.deactivate_all()
        then = self.go_on(scene, fault)
        assert then.groups["right"] == set()
        assert then.groups["wrong"] == everybody and with_access(scene) == len(everybody)
        assert set(held(scene)) == everybody
        assert {trip["idp"] for trip in trips(scene)} == {wrong.name}
        decide(scene, wrong.idp, "release")
        assert scene.settle().groups["wrong"] == set() and with_access(scene) == 0
        nothing_held(scene)

    def test_whom_the_other_takes_out_of_its_group(self, scene: Scene) -> None:
        _, wrong, everybody, fault = self.begin(scene)
        wrong.take_out(*range(5))
        then = self.go_on(scene, fault)
        assert then.groups["right"] == set() and then.groups["wrong"] == everybody
        assert {trip["idp"] for trip in trips(scene)} == {wrong.name}
        wrong.put_back(*range(5))
        assert scene.settle().groups["wrong"] == everybody
        nothing_held(scene)

    def test_whose_group_the_other_deletes(self, scene: Scene) -> None:
        _, wrong, everybody, fault = self.begin(scene)
        wrong.idp.delete(f"/Groups/{wrong.group['id']}").expect(204)
        then = self.go_on(scene, fault)
        assert then.groups["right"] == set() and then.groups["wrong"] == everybody
        assert {trip["idp"] for trip in trips(scene)} == {wrong.name}

    def test_other_news_holds_nothing_up(self, scene: Scene) -> None:
        _, wrong, everybody, fault = self.begin(scene)
        for number in range(5):
            wrong.tell(number, "Director")
        then = self.go_on(scene, fault)
        assert then.groups["right"] == set() and then.groups["wrong"] == everybody
        nothing_held(scene)

    def test_while_jira_is_slow(self, scene: Scene) -> None:
        right, wrong, everybody = pair(scene, count=12)
        scene.control.configure(latency_ms=150)
        right.end()
        wrong.deactivate_all()
        then = scene.settle()
        scene.control.configure(latency_ms=0)
        assert then.groups["right"] == set()
        assert len(then.groups["wrong"]) >= len(everybody) - 1
        assert len(everybody) - 1 <= with_access(scene)


class TestSites:
    def test_who_feeds_a_site_again_is_guarded_there(self, scene: Scene) -> None:
        other = f"{scene.site}-b"
        scene.admin.put_site(other, "http://127.0.0.1:1", "demo@example.com", "demo-token")
        side = Side(scene, "devs", NONE, 4)
        idp = f"/api/idps/{side.name}"
        scene.admin.set_state(side.name, "paused")
        scene.admin.patch(f"{idp}?access=remove&guard=release", {"sites": [other]}).expect(200)
        scene.admin.patch(idp, {"sites": [scene.site, other]}).expect(200)
        side.deactivate_all()
        scene.admin.set_state(side.name, "live")
        until(lambda: set(held(scene)) == addresses(side, *range(4)), "all to be held")
        assert with_access(scene) == 4
        decide(scene, side.idp, "release", f"?site={scene.site}")
        until(lambda: with_access(scene) == 0, "all to be out")
        scene.admin.patch(f"{idp}?access=keep", {"sites": [scene.site]}).expect(200)
        scene.admin.delete_site(other)

    @pytest.mark.parametrize("query", ["access=keep&leavers=keep", "access=keep&leavers=remove",
                                       "access=remove"])
    def test_a_guard_ends_that_held_only_what_another_one_ended(self, query: str,
                                                                scene: Scene) -> None:
        leaves = Side(scene, "leaves", FREE, 4)
        stays = Side(scene, "stays", {"guard": {"deactivations": {"number": 0}}}, 5)
        for side in (stays, leaves):
            told_at_once(scene, side.idp, lambda side=side: [
                deactivate(side.idp, user) for user in side.users[:4]])
            scene.settle()
        assert [(trip["idp"], trip["held"]) for trip in trips(scene)] == [(stays.name, 4)]
        assert {task["idp"] for task in held(scene).values()} == {leaves.name}
        scene.admin.delete(f"/api/idps/{leaves.name}?{query}").expect(200, 204)
        scene.forget(leaves.name)
        [event] = events(scene, "guard.ended")
        assert (event["idp"], event["actor"]) == (stays.name, "admin:admin")
        scene.settle()
        nothing_held(scene)
        assert with_access(scene) == (5 if query.endswith("leavers=keep") else 1)
        scene.admin.put_rules(stays.name, FREE)
        deactivate(stays.idp, stays.users[4])
        assert SOFTWARE not in scene.settle().groups_of("u4@example.com")
        nothing_held(scene)


class TestCircles:
    """What is held for the sake of another task goes on when that one's hold ends."""

    def test_memberships(self, scene: Scene) -> None:
        right, wrong, everybody = pair(scene)
        told_at_once(scene, wrong.idp, lambda: wrong.take_out(0, 1, 2))
        scene.settle()
        right.take_out(0)
        scene.settle()
        wrong.tell(0, "Director")
        scene.settle()
        wrong.put_back(0, 1, 2)
        then = scene.settle()
        assert then.groups["wrong"] == everybody
        assert then.groups["right"] == everybody - addresses(right, 0)
        nothing_held(scene)
        wrong.take_out(4)
        assert scene.settle().groups["wrong"] == everybody - addresses(right, 4)
        nothing_held(scene)

    def test_told_at_the_same_time(self, scene: Scene) -> None:
        right, wrong, everybody = pair(scene)
        scene.admin.set_state(right.name, "paused")
        told_at_once(scene, wrong.idp, lambda: wrong.take_out(0, 1, 2))
        right.take_out(0)
        scene.admin.set_state(right.name, "live")
        scene.settle()
        wrong.put_back(0, 1, 2)
        then = scene.settle()
        assert then.groups["right"] == everybody - addresses(right, 0)
        nothing_held(scene)

    def test_leavers(self, scene: Scene) -> None:
        right, wrong, everybody = pair(scene, rules=NONE)
        told_at_once(scene, wrong.idp, wrong.deactivate_all)
        scene.settle()
        told_at_once(scene, right.idp, lambda: [deactivate(right.idp, user)
                                                for user in right.users[:2]])
        scene.settle()
        assert with_access(scene) == 5
        for number in range(5):
            deactivate(wrong.idp, wrong.users[number], active=True)
        then = scene.settle()
        assert then.groups["wrong"] == everybody and with_access(scene) == 5
        assert then.groups["right"] == everybody - addresses(right, 0, 1)
        nothing_held(scene)

    def test_a_circle_of_three(self, scene: Scene) -> None:
        sides = [Side(scene, name, ONE, 3) for name in ("a", "b", "c")]
        everybody = addresses(sides[0], 0, 1, 2)
        for side in sides:
            told_at_once(scene, side.idp, lambda side=side: side.take_out(0, 1, 2))
            scene.settle()
        then = scene.settle()
        assert all(then.groups[name] == everybody for name in "abc")
        assert {trip["idp"] for trip in trips(scene)} == {side.name for side in sides}
        for side in sides:
            side.tell(0, "Director")
            reconcile(scene)
        for side in reversed(sides):
            side.put_back(0, 1, 2)
            scene.settle()
        nothing_held(scene)
        assert all(scene.held().groups[name] == everybody for name in "abc")

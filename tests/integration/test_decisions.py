"""What a decision about what the guard holds covers: what was held then, not a person for ever."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, deactivate, remove_member, scene)
from tests.integration.test_drift import ask, differences, reconcile, wait_for_end
from tests.integration.test_guard import (
    decide, events, held, removals, told_at_once, trips, with_access)
from tests.integration.test_guard_discard import discarded, guarded_idp, people

pytestmark = pytest.mark.any_mpm

# One passes; two within the hour do not.
ONE = {"guard": {kind: {"number": 1} for kind in ("deactivations", "memberships")}}

REMOVES = {"operation": "removeUserFromGroup"}


@pytest.fixture(autouse=True)
def guarded(httpd: Httpd) -> Iterator[None]:
    """Each time that it trips, it says so in the log."""
    httpd.error_log.expect("SCIM0160", optional=True)
    yield


def addresses(*users: dict[str, Any]) -> set[str]:
    return {user["userName"] for user in users}


def in_group(scene: Scene, rules: dict[str, Any] = ONE, name: str = "devs",
             count: int = 3) -> tuple[ScimClient, list[dict[str, Any]], dict[str, Any]]:
    idp = guarded_idp(scene, rules)
    users = people(idp, count)
    group = idp.create_group(name, [user["id"] for user in users])
    scene.settle()
    return idp, users, group


def take_out(scene: Scene, idp: ScimClient, group: dict[str, Any],
             *users: dict[str, Any]) -> None:
    told_at_once(scene, idp, lambda: [remove_member(idp, group, user) for user in users])
    scene.settle()


class TestCounts:
    def test_who_left_and_came_back_is_held_too_once_it_has_tripped(self, scene: Scene) -> None:
        idp, users, _ = in_group(scene, {"guard": {"deactivations": {"number": 2}}}, count=4)
        for user in users[:2]:
            deactivate(idp, user)
            scene.settle()
            deactivate(idp, user, active=True)
            scene.settle()
        told_at_once(scene, idp, lambda: [deactivate(idp, user) for user in users[2:]])
        before = scene.settle()
        assert with_access(scene) == 4 and set(held(scene)) == addresses(*users[2:])
        for user in users[:2]:
            deactivate(idp, user)
        assert scene.settle() == before and set(held(scene)) == addresses(*users)

    def test_who_has_passed_is_not_held_half_way(self, scene: Scene) -> None:
        idp, users, _ = in_group(scene, {"guard": {"deactivations": {"number": 1}}})
        scene.control.add_fault("status", status=503, times=None, match=REMOVES)
        deactivate(idp, users[0])
        until(lambda: removals(scene) > 0, "the first leaver's removal to be tried")
        told_at_once(scene, idp, lambda: [deactivate(idp, user) for user in users[1:]])
        until(lambda: set(held(scene)) == addresses(*users[1:]), "the others to be held")
        scene.control.remove_faults()
        scene.put_site()
        assert scene.settle().groups_of(users[0]["userName"]) == set()
        assert set(held(scene)) == addresses(*users[1:])

    def test_it_ends_when_what_it_held_is_held_by_another(self, scene: Scene) -> None:
        idp, users, group = in_group(scene)
        take_out(scene, idp, group, *users)
        assert [trip["kind"] for trip in trips(scene)] == ["memberships"]
        told_at_once(scene, idp, lambda: [deactivate(idp, user) for user in users])
        scene.settle()
        assert [(trip["kind"], trip["held"]) for trip in trips(scene)] == [("deactivations", 3)]
        assert len(events(scene, "guard.ended")) == 1


class TestDryRun:
    def left(self, scene: Scene) -> tuple[ScimClient, list[dict[str, Any]]]:
        """The guard holds what leavers have, and then the IdP goes into dry run."""
        idp, users, _ = in_group(scene)
        told_at_once(scene, idp, lambda: [deactivate(idp, user) for user in users])
        scene.settle()
        scene.admin.set_state(scene.name_of(idp), "dryRun")
        scene.settle()
        return idp, users

    def test_a_release_lasts(self, scene: Scene) -> None:
        idp, _ = self.left(scene)
        assert decide(scene, idp, "release") == 3
        scene.settle()
        assert with_access(scene) == 3
        scene.admin.set_state(scene.name_of(idp), "live")
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {}

    def test_a_discard_is_found_and_ended(self, scene: Scene) -> None:
        idp, users = self.left(scene)
        assert decide(scene, idp, "discard") == 3
        scene.settle()
        tasks = discarded(scene)
        assert set(tasks) == addresses(*users)
        assert {task["class"] for task in tasks.values()} == {"guard"}
        assert all("keeps " in task["detail"] for task in tasks.values())
        # Going live takes nothing of it.
        [site] = scene.admin.plan_of(scene.name_of(idp), users[2])["sites"]
        assert site["when"] == "retried"
        first, second, _ = (tasks[user["userName"]]["id"] for user in users)
        scene.admin.post(f"/api/tasks/{first}/release", {}).expect(204)
        scene.admin.retry(second)
        scene.settle()
        assert set(discarded(scene)) == addresses(users[2]) and with_access(scene) == 3
        scene.admin.set_state(scene.name_of(idp), "live")
        held_then = scene.settle()
        assert held_then.groups_of(users[0]["userName"]) == set()
        assert "devs" in held_then.groups_of(users[2]["userName"])
        assert set(discarded(scene)) == addresses(users[2])


class TestReleases:
    def test_news_that_would_take_more_is_counted_anew(self, scene: Scene) -> None:
        idp, users, group = in_group(scene)
        take_out(scene, idp, group, *users)
        assert set(held(scene)) == addresses(*users)
        scene.admin.set_state(scene.name_of(idp), "paused")
        assert decide(scene, idp, "release") == 3
        for user in users:
            deactivate(idp, user)
        scene.admin.set_state(scene.name_of(idp), "live")
        assert scene.settle().groups["devs"] == set() and with_access(scene) == 3
        assert {task["takes"] for task in held(scene).values()} == {SOFTWARE}
        assert [trip["kind"] for trip in trips(scene)] == ["deactivations"]
        assert decide(scene, idp, "release") == 3
        scene.settle()
        assert with_access(scene) == 0

    def test_other_news_takes_nothing_of_it_back(self, scene: Scene) -> None:
        idp, users, group = in_group(scene)
        take_out(scene, idp, group, *users)
        scene.admin.set_state(scene.name_of(idp), "paused")
        assert decide(scene, idp, "release") == 3
        for user in users:
            idp.patch_operations(f"/Users/{user['id']}", {
                "op": "replace", "path": "title", "value": "Director"}).expect(200)
        scene.admin.set_state(scene.name_of(idp), "live")
        assert scene.settle().groups["devs"] == set()
        assert trips(scene) == [] and with_access(scene) == 3


class TestDiscards:
    def test_of_one_group_is_of_no_other(self, scene: Scene) -> None:
        idp, users, group = in_group(scene)
        idp.create_group("ops", [user["id"] for user in users])
        scene.settle()
        take_out(scene, idp, group, *users)
        assert decide(scene, idp, "discard") == 3
        scene.admin.put_rules(scene.name_of(idp), {**ONE, "users": {"filter": {
            "exclude": [{"attribute": "email", "pattern": "^u1@"}]}}})
        assert scene.settle().groups_of("u1@example.com") == {"devs"}
        task = discarded(scene)["u1@example.com"]
        assert task["takes"] == "devs" and "keeps devs;" in task["detail"]
        assert held(scene) == {} and with_access(scene) == 2

    def test_the_rest_is_held_and_decided_by_itself(self, scene: Scene) -> None:
        idp, users, group = in_group(scene)
        take_out(scene, idp, group, *users)
        assert decide(scene, idp, "discard") == 3
        scene.admin.put_rules(scene.name_of(idp), {**ONE, "users": {"filter": {
            "exclude": [{"attribute": "email", "pattern": "@example"}]}}})
        scene.settle()
        assert {task["takes"] for task in held(scene).values()} == {SOFTWARE}
        assert decide(scene, idp, "release") == 3
        then = scene.settle()
        assert with_access(scene) == 0 and then.groups["devs"] == addresses(*users)
        assert set(discarded(scene)) == addresses(*users)
        assert scene.admin.post("/api/tasks/retry?state=discarded", {}).json() == {"retried": 3}
        scene.settle()
        assert {task["takes"] for task in held(scene).values()} == {"devs"}

    def test_of_strangers_is_of_no_later_one(self, scene: Scene) -> None:
        strangers = [f"x{number}@example.com" for number in range(4)]
        scene.control.edit("add-group", name="devs")
        for address in strangers:
            scene.control.edit("add-account", email=address, products=["jira-software"])
        for address in strangers[:3]:
            scene.control.edit("add-member", group="devs", account=address)
        idp, users, _ = in_group(scene, {**ONE, "groups": {"authoritative": True}})
        reconcile(scene)
        assert set(held(scene)) == {"devs"}
        assert decide(scene, idp, "discard") == 1
        scene.control.edit("add-member", group="devs", account=strangers[3])
        reconcile(scene)
        assert scene.settle().groups["devs"] == {*strangers[:3], *addresses(*users)}
        assert set(discarded(scene)) == {"devs"}
        assert strangers[3] not in discarded(scene)["devs"]["detail"]

    def test_of_a_stranger_is_of_no_other_group(self, scene: Scene) -> None:
        scene.control.edit("add-account", email="x@example.com", products=["jira-software"])
        for name in ("dev", "all"):
            scene.control.edit("add-group", name=name)
        scene.control.edit("add-member", group="dev", account="x@example.com")
        idp, users, _ = in_group(scene, {"guard": {"memberships": {"number": 0}}, "groups": {
            "authoritative": True,
            "mappings": [{"group": "devs", "jiraGroups": ["dev", "all"]}]}})
        reconcile(scene)
        assert decide(scene, idp, "discard") == 1
        scene.control.edit("add-member", group="all", account="x@example.com")
        reconcile(scene)
        assert held(scene)["devs"]["takes"].endswith(" in all")
        assert decide(scene, idp, "release") == 1
        then = scene.settle()
        assert then.groups["all"] == addresses(*users)
        assert then.groups["dev"] == {"x@example.com", *addresses(*users)}
        assert discarded(scene)["devs"]["takes"].endswith(" in dev")


class TestTwoIdps:
    """What one's guard holds, or was discarded for it, is no matter of the other's end."""

    def both(self, scene: Scene) -> tuple[ScimClient, ScimClient, list[Any], list[Any], Any, Any]:
        one, users, mine = in_group(scene, name="one")
        other, twins, theirs = in_group(scene, name="other")
        return one, other, users, twins, mine, theirs

    def end(self, scene: Scene, idp: ScimClient) -> None:
        name = scene.name_of(idp)
        scene.admin.delete_idp(name, access="remove")
        scene.forget(name)

    def inactive_in_both(self, scene: Scene) -> tuple[ScimClient, ScimClient, list[Any]]:
        one, other, users, twins, _, _ = self.both(scene)
        scene.admin.put_rules(scene.name_of(one), {"guard": {"enabled": False}})
        for idp, told in ((one, users), (other, twins)):
            told_at_once(scene, idp, lambda: [deactivate(idp, user) for user in told])
            scene.settle()
        assert set(held(scene)) == addresses(*users) and with_access(scene) == 3
        return one, other, users

    def emptied(self, scene: Scene) -> tuple[ScimClient, ScimClient, list[Any], Any]:
        one, other, users, twins, mine, theirs = self.both(scene)
        take_out(scene, other, theirs, *twins)
        assert {task["takes"] for task in held(scene).values()} == {"other"}
        return one, other, users, mine

    @pytest.mark.parametrize("what", ["discard", "hold"])
    def test_leavers_of_one_when_the_other_is_deleted(self, what: str, scene: Scene) -> None:
        one, other, users = self.inactive_in_both(scene)
        if what == "discard":
            decide(scene, other, "discard")
        self.end(scene, one)
        assert scene.settle().groups["other"] == addresses(*users) and with_access(scene) == 3
        if what == "discard":
            assert set(discarded(scene)) == addresses(*users)
            return
        assert decide(scene, other, "release") == 6
        assert scene.settle().groups["other"] == set() and with_access(scene) == 0
        assert held(scene) == {} == discarded(scene)

    @pytest.mark.parametrize("what", ["release", "discard"])
    def test_memberships_of_one_when_the_other_is_deleted(self, what: str, scene: Scene) -> None:
        one, other, users, _ = self.emptied(scene)
        self.end(scene, one)
        then = scene.settle()
        assert then.groups["one"] == set() and then.groups["other"] == addresses(*users)
        decide(scene, other, what)
        then = scene.settle()
        assert then.groups["other"] == (set() if what == "release" else addresses(*users))
        assert with_access(scene) == 3 and held(scene) == {}

    @pytest.mark.parametrize("before", ["discard", "hold"])
    def test_a_release_of_one(self, before: str, scene: Scene) -> None:
        one, other, users, mine = self.emptied(scene)
        if before == "discard":
            decide(scene, other, "discard")
        take_out(scene, one, mine, *users)
        assert decide(scene, one, "release") == 3
        then = scene.settle()
        assert then.groups["one"] == set() and then.groups["other"] == addresses(*users)
        if before == "hold":
            decide(scene, other, "release")
            assert scene.settle().groups["other"] == set()
            assert held(scene) == {}

    def test_while_jira_does_not_answer(self, scene: Scene) -> None:
        one, other, users, twins, _, theirs = self.both(scene)
        scene.control.add_fault("status", status=503, times=None, match=REMOVES)
        self.end(scene, one)
        until(lambda: removals(scene) > 0, "the end to be tried")
        told_at_once(scene, other, lambda: [remove_member(other, theirs, twin) for twin in twins])
        until(lambda: len(held(scene)) == 3, "the mistake to be held")
        scene.control.remove_faults()
        scene.put_site()
        assert scene.settle().groups["other"] == addresses(*users)
        assert decide(scene, other, "release") >= 3
        then = scene.settle()
        assert then.groups["one"] == set() == then.groups["other"] and with_access(scene) == 3


class TestStrangersOfTwoIdps:
    """One's rules make a group authoritative, the other fills it, too, and would let anybody in:
    whom others put there leaves by the first one's rules alone, and counts for that one."""

    STRANGERS = {f"x{number}@example.com" for number in range(3)}

    def both(self, scene: Scene) -> tuple[ScimClient, ScimClient, Any, Any]:
        strict = guarded_idp(scene, {**ONE, "precedence": 1, "groups": {"authoritative": True}})
        lax = guarded_idp(scene, {"precedence": 2, "groups": {
            "mappings": [{"group": "ops", "jiraGroups": ["devs"]}]}})
        mine = strict.create_group("devs", [user["id"] for user in people(strict, 1)])
        scene.settle()
        theirs = lax.create_group("ops", [])
        scene.settle()
        for address in sorted(self.STRANGERS):
            scene.control.edit("add-account", email=address, products=["jira-software"])
            scene.control.edit("add-member", group="devs", account=address)
        return strict, lax, mine, theirs

    def news(self, scene: Scene, idp: ScimClient, group: Any) -> None:
        """Of the group, and not of who is in it."""
        idp.patch_operations(f"/Groups/{group['id']}", {
            "op": "replace", "path": "externalId",
            "value": f"again-{len(scene.calls())}"}).expect(200, 204)
        scene.settle()

    def test_they_are_held_by_whose_rules_it_is(self, scene: Scene) -> None:
        strict, lax, mine, theirs = self.both(scene)
        reconcile(scene)
        name = scene.name_of(strict)
        assert {(trip["idp"], trip["kind"]) for trip in trips(scene)} == {(name, "memberships")}
        for _ in range(2):
            assert self.STRANGERS < scene.held().groups["devs"]
            assert all(f" of {name}" in task["detail"]
                       for task in held(scene).values())
            self.news(scene, lax, theirs)
        assert decide(scene, strict, "release") == len({"devs", "ops"})
        assert not self.STRANGERS & scene.settle().groups["devs"]
        assert held(scene) == {} and trips(scene) == []

    def test_nobody_is_taken_out_for_one_that_is_paused(self, scene: Scene) -> None:
        strict, lax, mine, theirs = self.both(scene)
        scene.admin.set_state(scene.name_of(strict), "paused")
        ask(scene)
        assert differences(wait_for_end(scene)) == {"member.extra": 3}
        until(lambda: not scene.admin.tasks(f"idp={scene.name_of(lax)}"), "the other to be done")
        assert self.STRANGERS < scene.held().groups["devs"] and removals(scene) == 0
        scene.admin.set_state(scene.name_of(strict), "live")
        scene.settle()
        assert self.STRANGERS < scene.held().groups["devs"]
        assert {trip["idp"] for trip in trips(scene)} == {scene.name_of(strict)}

    def test_what_was_discarded_stays(self, scene: Scene) -> None:
        strict, lax, mine, theirs = self.both(scene)
        reconcile(scene)
        decide(scene, strict, "discard")
        for _ in range(2):
            self.news(scene, lax, theirs)
            reconcile(scene)
            assert self.STRANGERS < scene.held().groups["devs"] and removals(scene) == 0
        [task] = [task for task in discarded(scene).values() if task["name"] == "ops"]
        assert "of the same group in Jira is discarded" in task["detail"]
        assert held(scene) == {} and trips(scene) == []

    def test_what_passes_counts_once_for_both(self, scene: Scene) -> None:
        strict, lax, mine, theirs = self.both(scene)
        for address in sorted(self.STRANGERS)[1:]:
            scene.control.edit("remove-member", group="devs", account=address)
        reconcile(scene)
        assert not self.STRANGERS & scene.held().groups["devs"] and trips(scene) == []
        scene.control.edit("add-member", group="devs", account="x1@example.com")
        reconcile(scene)
        assert "x1@example.com" in scene.held().groups["devs"]
        assert {trip["idp"] for trip in trips(scene)} == {scene.name_of(strict)}

    def test_a_task_released_alone_takes_them_and_ends_the_other(self, scene: Scene) -> None:
        strict, lax, mine, theirs = self.both(scene)
        reconcile(scene)
        self.news(scene, lax, theirs)
        assert set(held(scene)) == {"devs", "ops"}
        scene.admin.post(f"/api/tasks/{held(scene)['devs']['id']}/release", {}).expect(200, 204)
        until(lambda: held(scene) == {}, "both tasks to end")
        assert not self.STRANGERS & scene.settle().groups["devs"] and trips(scene) == []

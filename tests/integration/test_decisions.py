"""What a decision about what the guard holds covers: what was held then, not a person for ever."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, deactivate, remove_member, scene)
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

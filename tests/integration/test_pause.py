"""A paused identity provider has stopped: nobody else's task does what it says meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.client import ScimClient
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Held, Scene, add_members, deactivate, remove_member, scene)

pytestmark = pytest.mark.any_mpm


def name_of(idp: ScimClient) -> str:
    return idp.base_url.rstrip("/").rpartition("/")[2]


class Both:
    """Two identity providers tell of one person; the first has put her into a group."""

    def __init__(self, scene: Scene):
        self.scene = scene
        self.paused, self.live = scene.idp(), scene.idp()
        self.ada = self.paused.create_user("ada@example.com")
        self.twin = self.live.create_user("ada@example.com")
        self.team = self.paused.create_group("Team", [self.ada["id"]])
        scene.settle()
        scene.admin.set_state(name_of(self.paused), "paused")

    def wake(self, **user: Any) -> Held:
        """The live one says something of her; what Jira holds when that is done."""
        self.live.patch_operations(f"/Users/{self.twin['id']}", {
            "op": "replace", "path": "title", "value": "Director"}).expect(200)
        for group in user.get("groups", ()):
            self.live.create_group(group, [self.twin["id"]])
        until(lambda: {task["idp"] for task in self.scene.admin.tasks("state=waiting")}
              <= {name_of(self.paused)}, "the live one's tasks to be done")
        return self.scene.held()

    def resume(self) -> Held:
        self.scene.admin.set_state(name_of(self.paused), "live")
        return self.scene.settle()


@pytest.fixture
def both(scene: Scene) -> Both:  # noqa: F811
    return Both(scene)


def test_what_it_takes_away_stays(both: Both) -> None:
    remove_member(both.paused, both.team, both.ada)
    assert both.wake(groups=["Other"]).groups_of("ada@example.com") == {"Team", "Other", SOFTWARE}
    assert both.resume().groups_of("ada@example.com") == {"Other", SOFTWARE}


def test_what_it_gives_is_not_there_yet(both: Both) -> None:
    both.live.create_group("New")
    both.scene.admin.set_state(name_of(both.paused), "live")
    group = both.paused.create_group("New")
    both.scene.settle()
    both.scene.admin.set_state(name_of(both.paused), "paused")
    add_members(both.paused, group, both.ada)
    assert both.wake().groups_of("ada@example.com") == {"Team", SOFTWARE}
    assert both.resume().groups_of("ada@example.com") == {"Team", "New", SOFTWARE}


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
def test_who_leaves_both_keeps_access_till_it_goes_on(how: str, both: Both) -> None:
    for idp, user in (both.paused, both.ada), (both.live, both.twin):
        if how == "deleted":
            idp.delete(f"/Users/{user['id']}").expect(204)
        else:
            deactivate(idp, user)
    until(lambda: {task["idp"] for task in both.scene.admin.tasks("state=waiting")}
          == {name_of(both.paused)}, "the live one's task to be done")
    assert both.scene.held().groups_of("ada@example.com") == {"Team", SOFTWARE}
    assert both.resume().groups_of("ada@example.com") == set()


def test_rules_of_the_other_take_nothing_from_it(both: Both) -> None:
    remove_member(both.paused, both.team, both.ada)
    both.scene.admin.put_rules(name_of(both.live), {"users": {"otherwise": "skip", "patterns": [
        {"pattern": "^nobody$", "replacement": "nobody"}]}})
    assert both.wake().groups_of("ada@example.com") == {"Team", SOFTWARE}
    both.scene.admin.put_rules(name_of(both.live), {})
    assert both.resume().groups_of("ada@example.com") == {SOFTWARE}


def test_what_the_live_one_takes_away_goes(both: Both) -> None:
    """As long as the paused one has no news of her."""
    group = both.live.create_group("Other", [both.twin["id"]])
    assert both.wake().groups_of("ada@example.com") == {"Team", "Other", SOFTWARE}
    remove_member(both.live, group, both.twin)
    assert both.wake().groups_of("ada@example.com") == {"Team", SOFTWARE}
    assert both.resume().groups_of("ada@example.com") == {"Team", SOFTWARE}

"""Names of groups that Jira can't have: what an administrator is told, and that nobody loses
anything by it."""

from __future__ import annotations

import pytest

from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    Scene, add_members, remove_member, rename, scene)
from tests.integration.test_rules_groups import ADA, BOB, Idp, events, groups_of, mapping

pytestmark = pytest.mark.any_mpm

# Too long


def test_a_name_that_is_too_long_for_jira_is_said(scene: Scene) -> None:
    idp = Idp(scene, groups={"passThrough": {"prefix": "okta-"}})
    ada, = idp.people(ADA)
    idp.group("x" * 250, ada)
    group = idp.group("x" * 251, ada)
    assert groups_of(scene.settle(), ADA) == {"okta-" + "x" * 250}
    task = scene.parked()["x" * 251]
    assert (task["kind"], task["class"]) == ("group", "person")
    assert "longer than Jira's 255 characters" in task["detail"]
    assert "shorter name" in task["detail"] and "groups.mappings" in task["detail"]
    said, = scene.admin.plan_of(idp.name, group, "groups")["sites"][0]["withheld"]
    assert said["kind"] == "rule" and said["text"] in task["detail"]
    assert "shorter name" in said["mend"]
    rename(idp.scim, group, "short")
    assert groups_of(scene.settle(), ADA) == {"okta-" + "x" * 250, "okta-short"}
    assert scene.parked() == {}


def test_a_name_that_becomes_too_long_takes_nothing_away(scene: Scene) -> None:
    """Neither a new name nor new rules that make one let the group stand for nothing."""
    idp = Idp(scene)
    ada, bob = idp.people(ADA, BOB)
    group = idp.group("devs", ada)
    scene.settle()
    rename(idp.scim, group, "y" * 256)
    add_members(idp.scim, group, bob)
    assert scene.settle().groups["devs"] == {ADA, BOB}
    assert "255 characters" in scene.parked()["y" * 256]["detail"]
    idp.put(groups={"mappings": [mapping("y" * 256, "devs")]})
    assert scene.settle().groups["devs"] == {ADA, BOB} and scene.parked() == {}
    rename(idp.scim, group, "devs")
    idp.put(groups={"passThrough": {"suffix": "z" * 255}})
    assert scene.settle().groups["devs"] == {ADA, BOB}
    assert "255 characters" in scene.parked()["devs"]["detail"]
    remove_member(idp.scim, group, ada)
    assert scene.settle().groups["devs"] == {BOB}
    idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    assert scene.settle().groups["devs"] == set() and scene.parked() == {}


def test_a_dry_run_shows_a_name_that_is_too_long(scene: Scene) -> None:
    idp = Idp(scene)
    scene.admin.set_state(idp.name, "dryRun")
    idp.group("x" * 256)
    until(lambda: [task["state"] for task in scene.admin.tasks(f"idp={idp.name}")] == ["planned"],
          "the plan")
    subject, = scene.admin.plan(idp.name)["subjects"]
    assert subject["steps"] == [] and "255 characters" in subject["withheld"][0]["text"]
    scene.admin.set_state(idp.name, "live")
    scene.settle()
    assert list(scene.parked()) == ["x" * 256]


# In other upper and lower case


@pytest.mark.parametrize("in_jira, told", [("Devs", "devs"), ("ÄRZTE", "Ärzte")])
def test_a_name_in_other_upper_and_lower_case_is_named(in_jira: str, told: str,
                                                       scene: Scene) -> None:
    """Jira takes no second one and says only that the name is in use."""
    scene.control.edit("add-group", name=f"all {in_jira}")
    scene.control.edit("add-group", name=in_jira)
    scene.control.edit("add-group", name=f"{in_jira} too")
    idp = Idp(scene)
    ada, = idp.people(ADA)
    group = idp.group(told, ada)
    assert scene.settle().groups[in_jira] == set()
    task = scene.parked()[told]
    assert (task["class"], task["status"]) == ("person", 400)
    assert f"Jira has a group {in_jira}, and takes no group {told} beside it" in task["detail"]
    assert f"have the rules call it {in_jira} (groups.mappings" in task["detail"]
    said, = scene.admin.plan_of(idp.name, group, "groups")["sites"][0]["withheld"]
    assert said["kind"] == "refused" and said["text"] == task["detail"]
    idp.put(groups={"mappings": [mapping(told, in_jira)]})
    assert scene.settle().groups[in_jira] == {ADA} and scene.parked() == {}


def test_a_default_group_in_other_upper_and_lower_case(scene: Scene) -> None:
    scene.control.edit("add-group", name="All")
    idp = Idp(scene, users={"defaultGroups": ["all"]})
    idp.people(ADA)
    scene.settle()
    task = scene.parked()[f"default groups of {idp.name}"]
    assert "have the rules call it All" in task["detail"]
    assert "users.defaultGroups" in task["detail"]
    idp.put(users={"defaultGroups": ["All"]})
    assert scene.settle().groups["All"] == {ADA} and scene.parked() == {}


def test_a_twin_that_is_renamed_is_in_the_way_no_more(scene: Scene) -> None:
    scene.control.edit("add-group", name="Devs")
    idp = Idp(scene)
    ada, = idp.people(ADA)
    idp.group("devs", ada)
    scene.settle()
    scene.control.edit("rename-group", group="Devs", name="Others")
    scene.retry("devs")
    held = scene.settle()
    assert held.groups["devs"] == {ADA} and held.groups["Others"] == set()
    assert events(scene, "jira.group.created") and scene.parked() == {}


def test_a_group_made_by_hand_after_a_twin_was_met_is_not_ours(scene: Scene) -> None:
    """The look for the twin fails once: what was begun is forgotten all the same."""
    scene.control.edit("add-group", name="Devs")
    scene.control.add_fault("status", status=503, match={"operation": "findGroups"})
    idp = Idp(scene, groups={"delete": True})
    idp.group("devs")
    scene.settle()
    assert "Devs" in scene.parked()["devs"]["detail"]
    scene.control.edit("rename-group", group="Devs", name="Others")
    scene.control.edit("add-group", name="devs")
    scene.retry("devs")
    scene.settle()
    assert events(scene, "jira.group.found") and not events(scene, "jira.group.created")


def test_a_twin_that_jira_does_not_show(scene: Scene) -> None:
    for number in range(25):
        scene.control.edit("add-group", name=f"All devs {number}")
    scene.control.edit("add-group", name="Devs")
    idp = Idp(scene)
    idp.group("devs")
    scene.settle()
    detail = scene.parked()["devs"]["detail"]
    assert "The group name is in use" in detail and "upper and lower case" in detail

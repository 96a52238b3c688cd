"""Groups of identity providers whose people are customers: which projects and organizations they
stand for, and which organizations are on which desks. Who is in them: test_portals.py."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.harness.client import ScimClient
from tests.integration.scene import Scene, scene  # noqa: F401

pytestmark = pytest.mark.any_mpm

numbers = itertools.count(1)


class Idp:
    """An identity provider of customers, with a group "service" that is mapped."""

    def __init__(self, scene: Scene, **mapped: Any):
        self.scene = scene
        self.name = f"customers-{next(numbers)}"
        self.scim: ScimClient = scene.idp(name=self.name, mode="customers")
        self.map(**mapped)
        self.group = self.scim.create_group("service", [])

    def map(self, **mapped: Any) -> None:
        mappings = [{"group": "service", **mapped}] if mapped else []
        self.scene.admin.put_rules(self.name, {"groups": {"mappings": mappings}})

    def explain(self) -> dict[str, Any]:
        return self.scene.admin.plan_of(self.name, self.group, "groups")["sites"][0]

    def stands_for(self) -> dict[str, str]:
        """Names in Jira of what the group stands for, as it was seen last, by id."""
        self.scene.settle()
        held = self.explain()["held"]["groups"]
        return {one["groupId"]: one["name"] for one in held if one["groupId"]}

    def parked(self) -> dict[str, Any] | None:
        self.scene.settle()
        tasks = self.scene.admin.tasks(f"state=failed&idp={self.name}")
        return next((task for task in tasks if task["subject"] == self.group["id"]), None)


def desk(scene: Scene, key: str = "DEMO", **details: Any) -> str:
    return "desk:" + scene.control.edit("add-desk", project_key=key, **details)["deskId"]


def organization(scene: Scene, name: str = "Example Ltd", **details: Any) -> str:
    made = scene.control.edit("add-organization", name=name, **details)
    return "organization:" + made["organizationId"]


def on_desk(scene: Scene, key: str = "DEMO") -> set[str]:
    """The names of the organizations that are on a desk."""
    scene.settle()
    found = next(one for one in scene.control.state()["desks"] if one["projectKey"] == key)
    return set(found["organizations"])


def organizations(scene: Scene) -> list[str]:
    return [one["name"] for one in scene.control.state()["organizations"]]


# Projects


def test_a_group_stands_for_projects(scene: Scene) -> None:
    demo, sup = desk(scene), desk(scene, "SUP")
    idp = Idp(scene, projects=["DEMO", "SUP"])
    assert idp.stands_for() == {demo: "project/DEMO", sup: "project/SUP"}
    assert idp.parked() is None


def test_a_group_that_is_not_mapped_stands_for_nothing(scene: Scene) -> None:
    desk(scene, "SERVICE")
    idp = Idp(scene)
    assert idp.stands_for() == {}
    assert scene.calls("getServiceDeskById") == []
    assert organizations(scene) == []


def test_a_project_that_is_not_there_is_asked_for_and_found_later(scene: Scene) -> None:
    sup = desk(scene, "SUP")
    idp = Idp(scene, projects=["DEMO", "SUP"])
    assert idp.stands_for() == {sup: "project/SUP"}
    task = idp.parked()
    assert "no service project with the key DEMO" in task["detail"]
    assert "agents" in task["detail"]
    demo = desk(scene)
    scene.admin.retry(task["id"])
    assert idp.stands_for() == {demo: "project/DEMO", sup: "project/SUP"}


def test_a_renamed_project_is_the_same(scene: Scene) -> None:
    demo = desk(scene)
    idp = Idp(scene, projects=["DEMO"])
    assert idp.stands_for() == {demo: "project/DEMO"}
    scene.control.edit("set-desk", desk="DEMO", project_key="HELP")
    other = Idp(scene, projects=["DEMO"])
    late = Idp(scene, projects=["HELP"])
    for one in (idp, other, late):
        assert set(one.stands_for()) == {demo}


def test_a_protected_project_is_left_alone(scene: Scene) -> None:
    desk(scene)
    scene.put_site(protectedGroups=["project/demo"])
    idp = Idp(scene, projects=["DEMO"])
    assert "protected" in idp.parked()["detail"]
    assert idp.stands_for() == {}


# Organizations


def test_organizations_are_made_or_taken_over(scene: Scene) -> None:
    there = organization(scene)
    idp = Idp(scene, organizations=["EXAMPLE Ltd", "New Inc"])
    names = idp.stands_for()
    assert names[there] == "organization/Example Ltd"
    assert sorted(names.values()) == ["organization/Example Ltd", "organization/New Inc"]
    assert organizations(scene) == ["Example Ltd", "New Inc"]


def test_another_directorys_organization_is_left_alone(scene: Scene) -> None:
    organization(scene, scim_managed=True)
    demo = desk(scene)
    idp = Idp(scene, organizations=["Example Ltd"], projects=["DEMO"])
    assert idp.stands_for() == {demo: "project/DEMO"}
    assert "kept by another directory" in idp.parked()["detail"]
    assert on_desk(scene) == set()


def test_a_renamed_organization_is_the_same(scene: Scene) -> None:
    there = organization(scene)
    idp = Idp(scene, organizations=["Example Ltd"])
    assert set(idp.stands_for()) == {there}
    scene.control.edit("set-organization", organization="Example Ltd", name="Example Group")
    demo = desk(scene)
    idp.map(organizations=["Example Ltd"], projects=["DEMO"])
    assert set(idp.stands_for()) == {there, demo}
    assert on_desk(scene) == {"Example Group"}


# Organizations on desks


def test_organizations_get_onto_desks_and_off_again(scene: Scene) -> None:
    scene.control.configure(service_page=2)
    before = {f"Old {number}" for number in range(5)}
    desk(scene)
    desk(scene, "SUP")
    for name in before:
        organization(scene, name)
        scene.control.edit("add-desk-organization", desk="DEMO", organization=name)
    idp = Idp(scene, projects=["DEMO", "SUP"], organizations=["Example Ltd", "Old 0"])
    assert on_desk(scene) == before | {"Example Ltd"}
    assert on_desk(scene, "SUP") == {"Example Ltd", "Old 0"}
    idp.map(projects=["DEMO"], organizations=["Old 0"])
    assert on_desk(scene) == before
    assert on_desk(scene, "SUP") == set()
    idp.map()
    assert on_desk(scene) == before
    assert idp.stands_for() == {}


def test_what_another_idp_asks_for_stays(scene: Scene) -> None:
    desk(scene)
    mapped = {"projects": ["DEMO"], "organizations": ["Example Ltd"]}
    one, other = Idp(scene, **mapped), Idp(scene, **mapped)
    assert on_desk(scene) == {"Example Ltd"}
    one.map()
    assert on_desk(scene) == {"Example Ltd"}
    other.scim.delete(f"/Groups/{other.group['id']}").expect(204)
    assert on_desk(scene) == set()
    assert organizations(scene) == ["Example Ltd"]


def test_everybodys_portals(scene: Scene) -> None:
    desk(scene)
    idp = Idp(scene)
    scene.admin.put_rules(idp.name, {"users": {"defaultProjects": ["DEMO"],
                                               "defaultOrganizations": ["Example Ltd"]}})
    assert on_desk(scene) == {"Example Ltd"}


def test_a_deleted_organization_is_made_anew(scene: Scene) -> None:
    desk(scene)
    idp = Idp(scene, organizations=["Example Ltd"])
    first = set(idp.stands_for())
    scene.control.edit("remove-organization", organization="Example Ltd")
    idp.map(organizations=["Example Ltd"], projects=["DEMO"])
    assert on_desk(scene) == {"Example Ltd"}
    assert not first & set(idp.stands_for())


# What would be done


def test_a_dry_run_makes_nothing(scene: Scene) -> None:
    demo = desk(scene)
    idp = Idp(scene)
    scene.admin.set_state(idp.name, "dryRun")
    idp.map(projects=["DEMO"], organizations=["New Inc"])
    assert idp.stands_for() == {demo: "project/DEMO"}
    steps = [(step["what"], step["method"]) for step in idp.explain()["steps"]]
    assert ("create the organization New Inc, or take over the one of this name", "POST") in steps
    assert ("add the organization New Inc to the portal of DEMO", "POST") in steps
    assert organizations(scene) == []
    scene.admin.set_state(idp.name, "live")
    assert on_desk(scene) == {"New Inc"}


# An identity provider that ends


@pytest.mark.parametrize("access, left", [("keep", {"Example Ltd"}), ("remove", set())])
def test_what_an_ended_idp_has_put_on_a_desk(scene: Scene, access: str, left: set[str]) -> None:
    desk(scene)
    idp = Idp(scene, projects=["DEMO"], organizations=["Example Ltd"])
    assert on_desk(scene) == {"Example Ltd"}
    scene.admin.delete_idp(idp.name, access)
    scene.forget(idp.name)
    Idp(scene, projects=["DEMO"])
    assert on_desk(scene) == left


@pytest.mark.parametrize("access, left", [("keep", {"Example Ltd"}), ("remove", set())])
def test_everybodys_portals_of_an_ended_idp(scene: Scene, access: str, left: set[str]) -> None:
    desk(scene)
    idp = Idp(scene)
    scene.admin.put_rules(idp.name, {"users": {"defaultProjects": ["DEMO"],
                                               "defaultOrganizations": ["Example Ltd"]}})
    assert on_desk(scene) == {"Example Ltd"}
    scene.admin.delete_idp(idp.name, access)
    scene.forget(idp.name)
    Idp(scene, projects=["DEMO"])
    assert on_desk(scene) == left

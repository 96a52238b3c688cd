"""Projects are named by keys, which an administrator may change, and give to another project."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.scene import Scene, add_members, scene  # noqa: F401
from tests.integration.test_customer_drift import Side

pytestmark = pytest.mark.any_mpm

PEOPLE = {"c0@example.com", "c1@example.com"}
BOB = "bob@example.com"


def project(side: Side, key: str, name: str) -> None:
    side.control.edit("add-desk", project_key=key, project_name=name)


def taken(scene: Scene) -> Side:
    """DEMO is called NEW now, and another project is called DEMO."""
    side = Side(scene, 2, organizations=())
    side.control.edit("set-desk", desk="DEMO", project_key="NEW", project_name="Demo service")
    project(side, "DEMO", "Another one")
    return side


def plans(side: Side) -> list[dict[str, Any]]:
    """Of the group that is mapped, and of somebody in it."""
    name = side.scene.name_of(side.idp)
    return [side.admin.plan_of(name, side.group, "groups")["sites"][0],
            side.admin.plan_of(name, side.people[0])["sites"][0]]


def join(side: Side) -> None:
    add_members(side.idp, side.group, side.idp.create_user(BOB))
    side.settle()


def map_to(side: Side, *keys: str) -> None:
    side.mappings = [{"group": "Clients", "projects": list(keys)}] if keys else []
    side.put_rules()
    side.settle()


def test_a_key_that_another_project_takes_is_told_once(scene: Scene) -> None:
    side = taken(scene)
    assert side.differences() == {"group.renamed": 1, "group.ambiguous": 1}
    event = side.event("drift.group.ambiguous")
    assert event["name"] == "project/DEMO"
    for words in ('another project has the key DEMO now, "Another one"',
                  'goes on meaning the project "Demo service"', "whose key is NEW now"):
        assert words in event["detail"]
    assert side.differences() == {} and len(side.events("drift.group.ambiguous")) == 1
    for plan in plans(side):
        [withheld] = plan["withheld"]
        assert (withheld["kind"], withheld["group"]) == ("ambiguous", "project/NEW")
        assert event["detail"] == f"{withheld['text']}: {withheld['mend']}"
        assert plan["when"] == "done"
    assert side.desk("NEW") == PEOPLE and side.desk("DEMO") == set() and side.parked() == {}
    join(side)
    assert side.desk("NEW") == PEOPLE | {BOB} and side.desk("DEMO") == set()


def test_who_means_the_renamed_project_writes_its_key(scene: Scene) -> None:
    side = taken(scene)
    side.compare()
    map_to(side, "NEW")
    assert [plan["withheld"] for plan in plans(side)] == [[], []]
    assert side.desk("NEW") == PEOPLE and side.desk("DEMO") == set()
    assert side.scene.calls("removeCustomers") == []
    assert side.differences() == {} and len(side.events("drift.group.ambiguous")) == 1


def test_who_means_the_other_takes_the_mapping_out_first(scene: Scene) -> None:
    side = taken(scene)
    side.compare()
    map_to(side)
    assert side.desk("NEW") == set()
    map_to(side, "DEMO")
    assert side.desk("DEMO") == PEOPLE and side.desk("NEW") == set()
    assert [plan["withheld"] for plan in plans(side)] == [[], []]
    assert side.differences() == {}


def test_a_key_that_is_free_again(scene: Scene) -> None:
    side = taken(scene)
    side.compare()
    side.control.edit("set-desk", desk="DEMO", project_key="OTHER")
    assert side.differences() == {"group.ambiguous": 1}
    assert [plan["withheld"] for plan in plans(side)] == [[], []]
    assert "no other project" in side.events("drift.group.ambiguous")[0]["detail"]
    assert side.differences() == {} and len(side.events("drift.group.ambiguous")) == 2


def test_a_renamed_project_alone_is_no_doubt(scene: Scene) -> None:
    side = Side(scene, 2, organizations=())
    side.control.edit("set-desk", desk="DEMO", project_key="NEW")
    project(side, "OTHER", "Another one")
    assert side.differences() == {"group.renamed": 1}
    assert [plan["withheld"] for plan in plans(side)] == [[], []]
    assert side.desk("NEW") == PEOPLE

"""People of customers' groups, when what their groups stand for changes."""

from __future__ import annotations

import pytest

from tests.harness.wait import until
from tests.integration.scene import Scene, add_members, scene  # noqa: F401
from tests.integration.test_customer_groups import Idp, desk, on_desk, organization

pytestmark = pytest.mark.any_mpm

ADA, EVE = "ada@example.com", "eve@example.com"


def customers(scene: Scene, key: str = "DEMO") -> set[str]:
    found = next(one for one in scene.control.state()["desks"] if one["projectKey"] == key)
    return set(found["customers"])


def members(scene: Scene, name: str = "Example Ltd") -> set[str]:
    found = [one for one in scene.control.state()["organizations"] if one["name"] == name]
    return set(found[0]["members"]) if found else set()


def eve_was_there(scene: Scene) -> None:
    desk(scene)
    organization(scene)
    scene.control.edit("add-account", email=EVE, account_type="customer", display_name="Eve")
    scene.control.edit("add-desk-customer", desk="DEMO", account=EVE)
    scene.control.edit("add-organization-member", organization="Example Ltd", account=EVE)


def filled(scene: Scene, people: set[str]) -> None:
    until(lambda: (customers(scene), members(scene)) == (people, people), "both portals", 30)
    scene.settle()


def test_a_mapping_that_goes_takes_back_what_was_given(scene: Scene) -> None:
    eve_was_there(scene)
    idp = Idp(scene, projects=["DEMO"], organizations=["Example Ltd"])
    people = [idp.scim.create_user(address) for address in (ADA, EVE)]
    add_members(idp.scim, idp.group, *people)
    filled(scene, {ADA, EVE})
    assert on_desk(scene) == {"Example Ltd"}
    idp.map()
    filled(scene, {EVE})
    assert on_desk(scene) == set()


def test_strangers_leave_where_the_idp_alone_decides(scene: Scene) -> None:
    eve_was_there(scene)
    idp = Idp(scene, projects=["DEMO"], organizations=["Example Ltd"], authoritative=True)
    add_members(idp.scim, idp.group, idp.scim.create_user(ADA))
    filled(scene, {ADA})


def test_two_idps_fill_one_portal(scene: Scene) -> None:
    eve_was_there(scene)
    mapped = {"projects": ["DEMO"], "organizations": ["Example Ltd"]}
    idps = [Idp(scene, **mapped), Idp(scene, **mapped)]
    for idp in idps:
        add_members(idp.scim, idp.group, idp.scim.create_user(ADA))
    filled(scene, {ADA, EVE})
    idps[0].map()
    filled(scene, {ADA, EVE})
    idps[1].map()
    filled(scene, {EVE})

"""What Jira has that groups can be mapped to, as an administrator looks for it."""

from __future__ import annotations

from typing import Any, Iterator
from urllib.parse import urlencode

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.integration.scene import Scene, scene  # noqa: F401
from tests.integration.test_rules_groups import Idp

pytestmark = pytest.mark.any_mpm


def search(scene: Scene, side: str = "", **query: Any) -> dict[str, Any]:
    """The answer, its groups by name."""
    address = f"/api/sites/{scene.site}{side}/groups?{urlencode(query)}"
    answer = scene.admin.get(address).expect(200).json()
    return {**answer, "groups": {one["name"]: one for one in answer["groups"]}}


def refused(scene: Scene, address: str, status: int, words: str) -> None:
    detail = scene.admin.get(f"/api/sites/{address}").expect(status).json()["detail"]
    assert words in detail


# Groups


def test_what_the_names_hold_in_any_case(scene: Scene) -> None:
    for name in ("Platform Devs", "devs", "sales & Söhne"):
        scene.control.edit("add-group", name=name)
    held = {group["name"]: group["groupId"] for group in scene.control.state()["groups"]}
    found = search(scene, q="DEV")
    assert list(found["groups"]) == ["Platform Devs", "devs"] and found["complete"]
    assert found["groups"]["devs"] == {
        "name": "devs", "displayName": "devs", "groupId": held["devs"], "linked": False,
        "linkedTo": [], "protected": None}
    assert list(search(scene, q="& sö")["groups"]) == ["sales & Söhne"]
    assert search(scene, q="nothing like it") == {"groups": {}, "complete": True}
    assert {"devs", "site-admins"} <= set(search(scene)["groups"])


def test_what_stands_for_it(scene: Scene) -> None:
    idp, other = Idp(scene), Idp(scene, users={"defaultGroups": ["devs"]})
    for one in (idp, other):
        one.group("devs", *one.people(f"jo@{one.name}.example.com"))
    scene.settle()
    devs = search(scene, q="devs")["groups"]["devs"]
    told = sorted((one["idp"], one["group"] or "") for one in devs["linkedTo"])
    assert devs["linked"]
    assert told == sorted([(idp.name, "devs"), (other.name, "devs"), (other.name, "")])


def test_what_is_protected(scene: Scene) -> None:
    scene.control.edit("add-group", name="board-2027")
    scene.put_site(protectedGroups=["board*"])
    board = search(scene, q="board")["groups"]["board-2027"]
    assert '"board*" in protectedGroups' in board["protected"] and not board["linked"]
    admins = search(scene, q="site-admins")["groups"]["site-admins"]
    assert "site administrators" in admins["protected"]


def test_where_there_are_many_the_very_one_is_found(scene: Scene) -> None:
    for number in range(30):
        scene.control.edit("add-group", name=f"a dev {number:02}")
    scene.control.edit("add-group", name="dev")
    found = search(scene, q="dev", limit=50)
    assert not found["complete"] and 20 <= len(found["groups"]) <= 50
    assert next(iter(found["groups"])) == "dev"
    assert list(search(scene, q="dev", limit=2)["groups"]) == ["dev", "a dev 00"]
    assert list(search(scene, q="a dev 2", limit=3)["groups"]) == [
        "a dev 20", "a dev 21", "a dev 22"]
    assert search(scene, q="a dev 29")["complete"]


# Portals


@pytest.fixture
def customers(scene: Scene) -> Iterator[ScimClient]:
    yield scene.idp(mode="customers")


@pytest.mark.usefixtures("customers")
def test_projects_by_key_or_name_and_organizations(scene: Scene) -> None:
    scene.control.edit("add-desk", project_key="HELP", project_name="Ask Éxample")
    scene.control.edit("add-desk", project_key="EXAM", project_name="Tests")
    scene.control.edit("add-desk", project_key="HR", project_name="People")
    scene.control.edit("add-organization", name="ÉXAMPLE Ltd")
    scene.control.edit("add-organization", name="Kept examples", scim_managed=True)
    found = search(scene, ":customers", q="exam")
    assert list(found["groups"]) == ["project/EXAM", "organization/Kept examples"]
    found = search(scene, ":customers", q="éxam")
    assert list(found["groups"]) == ["project/HELP", "organization/ÉXAMPLE Ltd"]
    assert found["complete"]
    assert found["groups"]["project/HELP"] == {
        "name": "project/HELP", "displayName": "Ask Éxample (project HELP)", "groupId": "desk:1",
        "linked": False, "linkedTo": [], "protected": None}
    assert found["groups"]["organization/ÉXAMPLE Ltd"]["displayName"] == (
        "ÉXAMPLE Ltd (organization)")
    kept = search(scene, ":customers", q="organization/kept")["groups"]
    assert "another directory" in kept["organization/Kept examples"]["protected"]
    assert list(search(scene, ":customers", q="project/h")["groups"]) == [
        "project/HELP", "project/HR"]
    assert len(search(scene, ":customers")["groups"]) == 5


def test_a_portal_that_a_group_stands_for(scene: Scene, customers: ScimClient) -> None:
    scene.control.edit("add-desk", project_key="DEMO")
    name = scene.name_of(customers)
    scene.admin.put_rules(name, {"groups": {"mappings": [{"group": "all", "projects": ["DEMO"]}]}})
    customers.create_group("all", [customers.create_user("ada@example.com")["id"]])
    scene.settle()
    portal = search(scene, ":customers", q="demo")["groups"]["project/DEMO"]
    assert portal["linked"] and portal["linkedTo"] == [{"idp": name, "group": "all"}]


@pytest.mark.usefixtures("customers")
def test_of_many_portals_each_kind_has_its_half(scene: Scene) -> None:
    for number in range(6):
        scene.control.edit("add-desk", project_key=f"P{number}")
    for number in range(60):
        scene.control.edit("add-organization", name=f"Customer {number:02}")

    def kinds(**query: Any) -> tuple[int, int, bool]:
        found = search(scene, ":customers", **query)
        names = list(found["groups"])
        projects = [one for one in names if one.startswith("project/")]
        return len(projects), len(names) - len(projects), found["complete"]
    assert kinds(limit=4) == (2, 2, False)
    assert kinds(limit=20) == (6, 14, False)
    assert kinds(limit=1) == (1, 0, False)
    assert kinds(q="customer 59") == (0, 1, True)
    assert kinds(q="organization/") == (0, 20, False)
    assert kinds(q="project/") == (6, 0, True)


# What can't be found out


def test_who_may_not_see_groups_is_told_so(scene: Scene, httpd: Httpd) -> None:
    """Jira would show an empty list."""
    httpd.error_log.expect("SCIM0124", optional=True)
    scene.control.add_fault("status", status=403, times=None,
                            match={"operation": "bulkGetGroups"})
    refused(scene, f"{scene.site}/groups?q=devs", 502, "403")


@pytest.mark.parametrize("operation, side", [
    ("findGroups", ""), ("getServiceDesks", ":customers"), ("getOrganizations", ":customers")])
@pytest.mark.usefixtures("customers")
def test_a_jira_that_does_not_answer(operation: str, side: str, scene: Scene) -> None:
    scene.control.add_fault("status", status=503, times=None, match={"operation": operation})
    refused(scene, f"{scene.site}{side}/groups?q=devs", 502, "503")


@pytest.mark.parametrize("query, words", [
    ("limit=0", "limit"), ("limit=51", "limit"), ("limit=x", "limit"), ("after=1", "after"),
    ("q=" + 257 * "a", "256 bytes"), ("q=%FF", "UTF-8")])
def test_what_can_not_be_asked(query: str, words: str, scene: Scene) -> None:
    refused(scene, f"{scene.site}/groups?{query}", 400, words)


def test_what_is_not_there(scene: Scene) -> None:
    refused(scene, "nowhere/groups", 404, "no site nowhere")
    refused(scene, f"{scene.site}:customers/groups", 404, f"{scene.site}:customers")
    answer = scene.admin.post(f"/api/sites/{scene.site}/groups", {}).expect(405)
    assert answer.headers["Allow"] == "GET, HEAD"
    scene.admin.get(f"/api/sites/{scene.site}/groups/none").expect(404)

"""The customers' side of a site, as administrators see it once it is filled: who claims what, and
who leaves when an identity provider ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.client import ScimClient
from tests.harness.wait import until
from tests.integration.scene import Scene, scene  # noqa: F401

pytestmark = pytest.mark.any_mpm

ADA = "ada@example.com"


def customers(scene: Scene, **rules: Any) -> ScimClient:
    """An IdP of mode customers, whose group staff stands for the portal DEMO."""
    idp = scene.idp(mode="customers")
    scene.admin.put_rules(scene.name_of(idp), {
        **rules, "groups": {"mappings": [{"group": "staff", "projects": ["DEMO"]}]}})
    return idp


def told(scene: Scene, idp: ScimClient) -> dict[str, Any]:
    user = idp.create_user(ADA)
    idp.create_group("staff", [user["id"]])
    return user


def test_what_two_idps_of_customers_claim(scene: Scene) -> None:
    """Portals and customers, at their side alone."""
    scene.control.edit("add-desk", project_key="DEMO")
    first, second = customers(scene, precedence=7), customers(scene)
    names = [scene.name_of(idp) for idp in (first, second)]
    users = scene.idp()
    for idp in (first, second, users):
        told(scene, idp)
    scene.settle()
    claimed = scene.admin.get(f"/api/sites/{scene.site}:customers/conflicts").expect(200).json()
    portal, = claimed["groups"]
    assert (portal["name"], portal["groupId"], portal["idps"], portal["winner"]) == (
        "project/DEMO", "desk:1", names, names[0])
    person, = claimed["people"]
    assert (person["email"], person["idps"], person["winner"]) == (ADA, names, names[0])
    assert scene.admin.get(f"/api/sites/{scene.site}/conflicts").expect(200).json() == {
        "groups": [], "people": []}


def test_a_site_with_customers_is_not_another_jira(scene: Scene) -> None:
    scene.control.edit("add-desk", project_key="DEMO")
    told(scene, customers(scene))
    scene.settle()
    answer = scene.admin.put(f"/api/sites/{scene.site}", {"baseUrl": "http://127.0.0.1:9"})
    assert "sameJira=true" in answer.expect(409).json()["detail"]


def test_who_has_left_and_is_to_be_revoked_is_asked_about(scene: Scene) -> None:
    """When the IdP ends: a portal-only account that was there before, but not an Atlassian one."""
    scene.control.edit("add-account", email=ADA)
    scene.control.edit("add-account", email="bob@example.com", account_type="customer")
    idp = customers(scene, users={"onDeactivate": "revoke"})
    name = scene.name_of(idp)
    users = [idp.create_user(address) for address in (ADA, "bob@example.com")]
    scene.settle()
    scene.admin.set_state(name, "paused")
    for user in users:
        idp.patch(f"/Users/{user['id']}", {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "value": {"active": False}}]}).expect(200)
    until(lambda: len(scene.admin.tasks(f"idp={name}&kind=user")) == 2, "both tasks")
    detail = scene.admin.delete(f"/api/idps/{name}?access=keep").expect(409).json()["detail"]
    assert "bob@example.com" in detail and ADA not in detail

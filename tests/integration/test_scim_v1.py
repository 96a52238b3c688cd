"""SCIM 1.1 and what Jira holds. Its answers are in golden/v1-*."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.conf import SCIM_LOCATION, SCIM_V1_LOCATION
from tests.integration.scene import SOFTWARE, Scene, deactivate, scene  # noqa: F401

CORE = "urn:scim:schemas:core:1.0"


@pytest.fixture
def idp(scene: Scene) -> ScimClient:
    return scene.idp()


def speaking_1_1(idp: ScimClient) -> ScimClient:
    """The same identity provider."""
    return ScimClient(idp.base_url.replace(SCIM_LOCATION, SCIM_V1_LOCATION), token=idp.token)


@pytest.fixture
def old(idp: ScimClient) -> Iterator[ScimClient]:
    with contextlib.closing(speaking_1_1(idp)) as client:
        yield client


def told(old: ScimClient, endpoint: str, **attributes: Any) -> dict[str, Any]:
    return old.post(endpoint, {"schemas": [CORE], **attributes}).expect(201).json()


def partial(old: ScimClient, endpoint: str, resource: dict[str, Any], **attributes: Any) -> None:
    old.patch(f"{endpoint}/{resource['id']}", {"schemas": [CORE], **attributes}).expect(200)


def test_made_over_1_1_and_deactivated_over_2_0(scene: Scene, idp: ScimClient,
                                                old: ScimClient) -> None:
    ada = told(old, "/Users", userName="ada@example.com", active=True)
    told(old, "/Groups", displayName="Team", members=[{"value": ada["id"]}])
    assert scene.settle().groups_of("ada@example.com") == {SOFTWARE, "Team"}
    deactivate(idp, ada)
    assert scene.settle().groups_of("ada@example.com") == set()
    partial(old, "/Users", ada, active=True)
    assert scene.settle().groups_of("ada@example.com") == {SOFTWARE, "Team"}
    partial(old, "/Users", ada, active="False")
    assert scene.settle().groups_of("ada@example.com") == set()


def test_members_come_and_go_over_1_1(scene: Scene, idp: ScimClient,
                                      old: ScimClient) -> None:
    ada, bob = (idp.create_user(f"{name}@example.com") for name in ("ada", "bob"))
    team = idp.create_group("Team", [ada["id"]])
    assert scene.settle().groups["Team"] == {"ada@example.com"}
    partial(old, "/Groups", team, members=[{"value": bob["id"]},
                                           {"value": ada["id"], "operation": "delete"}])
    assert scene.settle().groups["Team"] == {"bob@example.com"}
    partial(old, "/Groups", team, members=[])
    assert scene.settle().groups["Team"] == {"bob@example.com"}
    partial(old, "/Groups", team, meta={"attributes": ["members"]})
    assert scene.settle().groups["Team"] == set()


def test_a_large_group_is_not_sent_back(scene: Scene, idp: ScimClient,
                                        old: ScimClient) -> None:
    """As with 2.0, unless the client says what it wants to see (the protocol, section 3.3.2)."""
    team = idp.create_group("Team", [f"demo-{number}" for number in range(101)])
    body = {"members": [{"value": "demo-more"}]}
    assert old.patch(f"/Groups/{team['id']}", body).expect(204).body == b""
    answer = old.patch(f"/Groups/{team['id']}?attributes=displayName", body).expect(200).json()
    assert answer == {"schemas": [CORE], "id": team["id"], "displayName": "Team"}
    listed = old.get(f"/Groups/{team['id']}").expect(200).json()["members"]
    assert len(listed) == 102 and {"value": "demo-more"} in listed


def test_customers_come_and_go_over_1_1(scene: Scene) -> None:
    scene.control.edit("add-desk", project_key="DEMO")
    idp = scene.idp(mode="customers")
    scene.admin.put_rules(scene.name_of(idp), {"groups": {"mappings": [
        {"group": "Clients", "projects": ["DEMO"]}]}})
    with contextlib.closing(speaking_1_1(idp)) as old:
        ada = told(old, "/Users", userName="ada@example.com", active=True)
        bob = told(old, "/Users", userName="bob@example.com", active=True)
        group = told(old, "/Groups", displayName="Clients", members=[{"value": ada["id"]}])
        assert customers(scene) == {"ada@example.com"}
        partial(old, "/Groups", group, members=[{"value": bob["id"]},
                                                {"value": ada["id"], "operation": "delete"}])
        assert customers(scene) == {"bob@example.com"}
        partial(old, "/Users", bob, active=False)
        assert customers(scene) == set()


def customers(scene: Scene) -> set[str]:
    scene.settle()
    desk, = scene.control.state()["desks"]
    return set(desk["customers"])

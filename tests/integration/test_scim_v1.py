"""SCIM 1.1 and what Jira holds. Its answers are in golden/v1-*."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.conf import SCIM_LOCATION, SCIM_V1_LOCATION
from tests.integration.scene import SOFTWARE, Scene, deactivate, scene  # noqa: F401

CORE = "urn:scim:schemas:core:1.0"


@pytest.fixture
def idp(scene: Scene) -> ScimClient:
    return scene.idp()


@pytest.fixture
def old(idp: ScimClient) -> Iterator[ScimClient]:
    """The same identity provider, speaking 1.1."""
    client = ScimClient(idp.base_url.replace(SCIM_LOCATION, SCIM_V1_LOCATION), token=idp.token)
    yield client
    client.close()


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

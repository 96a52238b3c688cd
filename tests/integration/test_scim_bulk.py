"""Bulk requests, as far as files can't tell it: golden/bulk has the protocol."""

from __future__ import annotations

from typing import Any

from tests.harness.client import ScimClient
from tests.integration.scene import Scene, scene  # noqa: F401


def bulk(idp: ScimClient, *operations: dict[str, Any]) -> list[dict[str, Any]]:
    return idp.post("/Bulk", {"Operations": operations}).expect(200).json()["Operations"]


def post(path: str, bulk_id: str, **data: Any) -> dict[str, Any]:
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def user(address: str) -> dict[str, Any]:
    return post("/Users", address, userName=address)


def group(name: str, *members: str) -> dict[str, Any]:
    return post("/Groups", name, displayName=name, members=[{"value": one} for one in members])


def statuses(answer: list[dict[str, Any]]) -> list[str]:
    return [one["status"] for one in answer]


def test_jira_gets_what_a_bulk_made(scene: Scene) -> None:
    idp = scene.idp()
    made = bulk(idp, group("Team", "bulkId:ada@example.com", "bulkId:bob@example.com"),
                user("ada@example.com"), user("bob@example.com"))
    assert statuses(made) == ["201"] * 3
    assert scene.settle().groups["Team"] == {"ada@example.com", "bob@example.com"}
    team, _, bob = [one["location"] for one in made]
    changed = bulk(idp, user("cy@example.com"),
                   {"method": "PATCH", "path": team, "data": {"Operations": [
                       {"op": "add", "path": "members",
                        "value": [{"value": "bulkId:cy@example.com"}]}]}},
                   {"method": "DELETE", "path": bob})
    assert statuses(changed) == ["201", "200", "204"]
    held = scene.settle()
    assert held.groups["Team"] == {"ada@example.com", "cy@example.com"}
    assert held.groups_of("bob@example.com") == set()


def test_what_a_bulk_did_not_store_is_not_in_jira(scene: Scene) -> None:
    """Team would be made before Other is found to be there."""
    idp = scene.idp()
    ada = idp.create_user("ada@example.com")
    idp.create_group("Other")
    answer = bulk(idp, group("Team", ada["id"], "bulkId:Other"), group("Other", "bulkId:Team"))
    assert statuses(answer) == ["409", "409"]
    assert scene.settle().groups.get("Team", set()) == set()
    assert bulk(idp, group("Team", ada["id"]))[0]["status"] == "201"
    assert scene.settle().groups["Team"] == {"ada@example.com"}


def test_a_bulk_as_large_as_is_told(scene: Scene) -> None:
    idp = scene.idp()
    most = idp.get("/ServiceProviderConfig").json()["bulk"]["maxOperations"]
    addresses = [f"p{number}@example.com" for number in range(most - 1)]
    everybody = group("Everybody", *[f"bulkId:{address}" for address in addresses])
    answer = bulk(idp, everybody, *[user(address) for address in addresses])
    assert statuses(answer) == ["201"] * most
    told = idp.get(answer[0]["location"].removeprefix(idp.base_url)).json()
    assert len(told["members"]) == most - 1
    idp.post("/Bulk", {"Operations": [user(address) for address in addresses] + [everybody] * 2}
             ).expect(413)

"""Two identity providers on one server: neither sees, finds or touches what the other one told."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import pytest

from tests.harness.client import SCIM_JSON, ScimClient


@pytest.fixture
def two(make_idp: Callable[..., Any]) -> tuple[ScimClient, ScimClient]:
    return make_idp(provider="okta").scim, make_idp(provider="entra").scim


def test_names_are_unique_per_idp(two: tuple[ScimClient, ScimClient]) -> None:
    ids = [scim.create_user("ann@example.com")["id"] for scim in two]
    groups = [scim.create_group("Team")["id"] for scim in two]
    assert len(set(ids)) == len(set(groups)) == 2


def test_lists_and_filters_hold_ones_own_only(two: tuple[ScimClient, ScimClient]) -> None:
    ours, others = two
    ann = others.create_user("ann@example.com", externalId="7", displayName="Ann",
                             emails=[{"value": "a@example.com"}])
    team = others.create_group("Team", [ann["id"]])
    assert ours.get("/Users").json()["totalResults"] == 0
    assert ours.get("/Groups").json()["totalResults"] == 0
    for text in ('userName eq "ann@example.com"', 'externalId eq "7"', 'displayName eq "Ann"',
                 'emails.value eq "a@example.com"', f'id eq "{ann["id"]}"', "active eq true"):
        assert ours.find("/Users", text) == []
        assert len(others.find("/Users", text)) == 1
    assert ours.find("/Groups", 'displayName eq "Team"') == []
    assert ours.find("/Groups", f'id eq "{team["id"]}"') == []


def test_resources_of_another_idp_are_not_there(two: tuple[ScimClient, ScimClient]) -> None:
    ours, others = two
    ann = others.create_user("ann@example.com")
    team = others.create_group("Team", [ann["id"]])
    for path in (f"/Users/{ann['id']}", f"/Groups/{team['id']}"):
        before = others.get(path).json()
        ours.get(path).expect(404)
        ours.put(path, {"userName": "x", "displayName": "x"}).expect(404)
        ours.patch_operations(path, {"op": "replace", "path": "displayName", "value": "x"}
                              ).expect(404)
        ours.delete(path).expect(404)
        assert others.get(path).expect(200).json() == before


def test_a_group_may_name_a_user_of_another_idp_and_learns_nothing(
        two: tuple[ScimClient, ScimClient]) -> None:
    ours, others = two
    ann = others.create_user("ann@example.com", displayName="Ann")
    team = ours.create_group("Team", [ann["id"]])
    assert team["members"] == [{"value": ann["id"]}]
    others.delete(f"/Users/{ann['id']}").expect(204)
    assert ours.get(f"/Groups/{team['id']}").json()["members"] == [{"value": ann["id"]}]


def test_a_token_opens_its_own_idp_only(two: tuple[ScimClient, ScimClient], httpd: Any) -> None:
    ours, others = two
    mixed = ScimClient(others.base_url, token=ours.token)
    for path in ("/Users", "/ServiceProviderConfig", "/Nothing"):
        answer = mixed.get(path).expect(401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    mixed.post("/Users", {"userName": "x"}).expect(401)
    mixed.close()
    assert others.get("/Users").json()["totalResults"] == 0


def test_parallel_writes_under_one_name_make_one_user(two: tuple[ScimClient, ScimClient]) -> None:
    def post(scim: ScimClient) -> int:
        client = scim.copy()
        status = client.post("/Users", {"userName": "ann@example.com"}).status
        client.close()
        return status

    with ThreadPoolExecutor(16) as pool:
        statuses = [list(pool.map(post, [scim] * 8)) for scim in two]
    assert [sorted(one) for one in statuses] == [[201] + [409] * 7] * 2
    assert [scim.get("/Users").json()["totalResults"] for scim in two] == [1, 1]


def test_parallel_additions_to_one_group_lose_nobody(two: tuple[ScimClient, ScimClient]) -> None:
    scim, _ = two
    team = scim.create_group("Team")

    def add(number: int) -> None:
        client = scim.copy()
        client.patch_operations(f"/Groups/{team['id']}", {
            "op": "add", "path": "members", "value": [{"value": f"member-{number:02}"}]}
            ).expect(200)
        client.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    members = scim.get(f"/Groups/{team['id']}").json()["members"]
    assert sorted(member["value"] for member in members) == [
        f"member-{number:02}" for number in range(24)]


def test_ids_can_be_used_by_every_child(two: tuple[ScimClient, ScimClient]) -> None:
    scim, _ = two
    ann = scim.create_user("ann@example.com")
    clients = [scim.copy() for _ in range(12)]
    assert [client.get(f"/Users/{ann['id']}").status for client in clients] == [200] * 12
    for client in clients:
        client.close()


def test_basic_credentials_are_no_token(two: tuple[ScimClient, ScimClient]) -> None:
    scim, _ = two
    pair = base64.b64encode(f"scim:{scim.token}".encode()).decode()
    answer = scim.get("/Users", headers={"Authorization": f"Basic {pair}"}).expect(401)
    assert answer.headers.get_content_type() == SCIM_JSON

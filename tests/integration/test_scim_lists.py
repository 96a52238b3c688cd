"""Paging, and the answer to a PATCH of a large group: what does not fit into a file per case."""

from typing import Any, Callable

import pytest

from tests.harness.client import ScimClient
from tests.harness.conf import SCIM_LOCATION, Settings

PAGE = 4
LARGE = 3

SETTINGS = Settings(locations={SCIM_LOCATION: f"""
    SetHandler scim-sync
    Require all granted
    ScimSyncPageSize {PAGE}
    ScimSyncPatchMembers {LARGE}"""})

pytestmark = [pytest.mark.any_mpm,
              pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=["small"])]


def pages(scim: ScimClient, endpoint: str, count: int | None) -> list[list[str]]:
    """Every page of ids, as an IdP reads them: on from where the last page ended."""
    found: list[list[str]] = []
    total = 1
    while (start := 1 + sum(map(len, found))) <= total:
        query = f"startIndex={start}" + ("" if count is None else f"&count={count}")
        answer = scim.get(f"{endpoint}?{query}").expect(200).json()
        assert answer["startIndex"] == start
        assert answer["itemsPerPage"] == len(answer["Resources"]) > 0
        total = answer["totalResults"]
        found.append([resource["id"] for resource in answer["Resources"]])
    return found


@pytest.mark.parametrize("count, sizes", [(None, [4, 4, 1]), (100, [4, 4, 1]), (4, [4, 4, 1]),
                                          (3, [3, 3, 3]), (1, [1] * 9)])
def test_pages_hold_everybody_once_and_in_one_order(count: int | None, sizes: list[int],
                                                    idp: Any) -> None:
    made = [idp.scim.create_user(f"user{number}@example.com")["id"] for number in range(9)]
    found = pages(idp.scim, "/Users", count)
    assert [len(page) for page in found] == sizes
    ids = sum(found, [])
    assert sorted(ids) == sorted(made)
    assert ids == sum(pages(idp.scim, "/Users", None), [])


def test_a_change_moves_nobody_to_another_page(idp: Any) -> None:
    for number in range(6):
        idp.scim.create_group(f"Group {number}")
    before = pages(idp.scim, "/Groups", 2)
    idp.scim.patch_operations(f"/Groups/{before[0][0]}", {
        "op": "replace", "path": "displayName", "value": "ZZZ"}).expect(200)
    assert pages(idp.scim, "/Groups", 2) == before


def test_the_service_provider_config_tells_the_page_size(idp: Any) -> None:
    config = idp.scim.get("/ServiceProviderConfig").expect(200).json()
    assert config["filter"]["maxResults"] == PAGE
    assert config["pagination"]["maxPageSize"] == PAGE


@pytest.fixture
def group(idp: Any) -> dict[str, Any]:
    """A group with as many members as a PATCH may still answer with."""
    users = [idp.scim.create_user(f"user{number}@example.com")["id"] for number in range(LARGE)]
    return idp.scim.create_group("Team", users)


ADD = {"op": "add", "path": "members", "value": [{"value": "one-more"}]}
RENAME = {"op": "replace", "path": "displayName", "value": "Crew"}


def test_a_patch_of_a_group_that_is_not_large_is_answered_with_it(group: dict[str, Any],
                                                                  idp: Any) -> None:
    answer = idp.scim.patch_operations(f"/Groups/{group['id']}", RENAME).expect(200).json()
    assert answer["displayName"] == "Crew" and len(answer["members"]) == LARGE


@pytest.mark.parametrize("operation", [ADD, RENAME], ids=["members", "name"])
def test_a_patch_of_a_large_group_is_answered_204(operation: dict[str, Any],
                                                  group: dict[str, Any], idp: Any) -> None:
    path = f"/Groups/{group['id']}"
    idp.scim.patch_operations(path, ADD).expect(204)
    answer = idp.scim.patch_operations(path, operation).expect(204)
    assert answer.body == b"" and "Content-Type" not in answer.headers
    now = idp.scim.get(path).expect(200).json()
    assert len(now["members"]) == LARGE + 1
    assert now["displayName"] == ("Crew" if operation is RENAME else "Team")


@pytest.mark.parametrize("query, members", [("attributes=members", LARGE + 1),
                                            ("attributes=displayName", None),
                                            ("excludedAttributes=members", None)])
def test_a_client_that_says_what_it_wants_gets_it_of_a_large_group(
        query: str, members: int | None, group: dict[str, Any], idp: Any) -> None:
    answer = idp.scim.patch_operations(f"/Groups/{group['id']}?{query}", ADD).expect(200).json()
    assert len(answer["members"]) == members if members else "members" not in answer


def test_a_refused_patch_of_a_large_group_says_why(group: dict[str, Any], idp: Any) -> None:
    path = f"/Groups/{group['id']}"
    idp.scim.patch_operations(path, ADD).expect(204)
    idp.scim.create_group("Crew")
    answer = idp.scim.patch_operations(path, RENAME).expect(409).json()
    assert answer["scimType"] == "uniqueness"


def test_a_large_group_is_read_whole(make_idp: Callable[..., Any]) -> None:
    scim = make_idp().scim
    members = [f"member-{number}" for number in range(1000)]
    group = scim.create_group("Everybody", members)
    read = scim.get(f"/Groups/{group['id']}").expect(200).json()
    assert sorted(member["value"] for member in read["members"]) == sorted(members)

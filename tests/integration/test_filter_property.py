"""The database's answer to a filter is what the filter means; so is an order, and its pages.

A few dozen users and groups of every kind are put in; filters by chance (fixed seeds) are then
answered by the server and, plainly, in memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator
from urllib.parse import urlencode

import pytest

from tests.harness.client import ScimClient
from tests.integration.filter_generator import (ENTERPRISE, UNDECLARED, Filters, Population, Writer)
from tests.integration.filter_reference import Name, Reference, Tree, names_in, write

pytestmark = pytest.mark.any_mpm

USERS = 60
GROUPS = 20
FILTERS = 100
SEEDS = range(4)
SHOWN = 5
ENDPOINTS = {"User": "/Users", "Group": "/Groups"}


@dataclass(frozen=True)
class World:
    """What stands on the server, and as it gave it back."""

    scim: ScimClient
    references: dict[str, Reference]
    resources: dict[str, list[dict[str, Any]]]

    def everybody(self) -> list[dict[str, Any]]:
        return sum(self.resources.values(), [])

    def matching(self, tree: Tree, *kinds: str) -> set[str]:
        return {resource["id"] for kind in kinds for resource in self.resources[kind]
                if self.references[kind].holds(tree, resource)}

    def ids(self, kind: str, **query: Any) -> list[str]:
        answer = self._list(ENDPOINTS[kind], attributes="id", count=200, **query)
        assert answer["totalResults"] == len(answer["Resources"])
        return [resource["id"] for resource in answer["Resources"]]

    def _list(self, endpoint: str, **query: Any) -> dict[str, Any]:
        return self.scim.get(f"{endpoint}?{urlencode(query)}").expect(200).json()

    def pages(self, kind: str, **query: Any) -> Iterator[list[str]]:
        """By cursor, to the end."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self._list(ENDPOINTS[kind], attributes="id", cursor=cursor, **query)
            yield [resource["id"] for resource in answer.get("Resources", [])]
            cursor = answer.get("nextCursor")


def populate(scim: ScimClient) -> None:
    population = Population(seed=1)
    ids: list[str] = []
    for number in range(USERS):
        ids.append(scim.post("/Users", population.user(number, ids)).expect(201).json()["id"])
    for number in range(GROUPS):
        group = population.group(number, ids)
        ids.append(scim.post("/Groups", group).expect(201).json()["id"])


@pytest.fixture
def world(idp: Any) -> World:
    populate(idp.scim)
    schemas = idp.scim.get("/Schemas").expect(200).json()["Resources"]
    return World(idp.scim, {kind: Reference(kind, schemas) for kind in ENDPOINTS},
                 everybody(idp.scim))


def everybody(scim: ScimClient) -> dict[str, list[dict[str, Any]]]:
    """All, each user with the groups that it is in directly: those can be asked for."""
    found = {kind: scim.get(f"{endpoint}?count=200").expect(200).json()["Resources"]
             for kind, endpoint in ENDPOINTS.items()}
    for user in found["User"]:
        user["groups"] = [
            {"value": group["id"], "display": group["displayName"], "type": "direct"}
            for group in found["Group"]
            if user["id"] in {member["value"] for member in group.get("members", [])}]
    return found


def difference(world: World, kind: str, text: str, tree: Tree, expected: set[str]) -> str | None:
    answer = world.scim.get(f"{ENDPOINTS.get(kind, '/')}?" + urlencode(
        {"filter": text, "attributes": "id", "count": 200}))
    if answer.status != 200:
        return f"{text}\n  {write(tree)}\n  {answer.status} {answer.text()}"
    found = {resource["id"] for resource in answer.json()["Resources"]}
    if found == expected:
        return None
    wrong = next(one for one in world.everybody() if one["id"] in found ^ expected)
    reference = world.references[wrong["meta"]["resourceType"]]
    held = {str(name): reference.elements(name, wrong) for name in names_in(tree)}
    return f"{text}\n  {write(tree)}\n  {len(found)} found, {len(expected)} expected; " \
           f"{'too many' if wrong['id'] in found else 'missing'}: {wrong['id']} with {held}"


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", ENDPOINTS)
def test_a_filter_finds_what_it_means(kind: str, seed: int, world: World) -> None:
    reference, resources = world.references[kind], world.resources[kind]
    filters, writer = Filters(kind, reference, resources, seed), Writer(kind, seed)
    differences = []
    telling = 0
    for _ in range(FILTERS):
        tree = filters.tree()
        expected = world.matching(tree, kind)
        telling += 0 < len(expected) < len(resources)
        differences.append(difference(world, kind, writer.write(tree), tree, expected))
    found = [text for text in differences if text is not None]
    assert not found, f"{len(found)} differ:\n" + "\n".join(found[:SHOWN])
    assert telling > FILTERS / 3


def test_a_filter_at_the_root_finds_both_types(world: World) -> None:
    filters, writer = Filters("", world.references["User"], world.everybody(), 0), Writer("", 0)
    trees = [filters.tree() for _ in range(FILTERS)]
    found = [difference(world, "", writer.write(tree), tree, world.matching(tree, *ENDPOINTS))
             for tree in trees]
    wrong = [text for text in found if text is not None]
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:SHOWN])


ORDERED = {
    "User": [Name("userName"), Name("displayName"), Name("id"), Name("externalId"), Name("active"),
             Name("name", "familyName"), Name("emails"), Name("emails", "type"),
             Name("photos", "value"), Name("meta", "lastModified"),
             Name("department", urn=ENTERPRISE), Name("manager", "value", ENTERPRISE),
             Name("level", urn=UNDECLARED), Name("note", urn=UNDECLARED),
             Name("desks", "kind", UNDECLARED), Name("nothing", urn=UNDECLARED)],
    "Group": [Name("displayName"), Name("externalId"), Name("meta", "created")],
}


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("kind", ENDPOINTS)
def test_an_order_is_that_of_the_values_and_pages_keep_it(kind: str, descending: bool,
                                                          world: World) -> None:
    for name in ORDERED[kind]:
        query = {"sortBy": str(name), "sortOrder": "descending" if descending else "ascending"}
        expected = world.references[kind].sorted_ids(name, descending, world.resources[kind])
        assert world.ids(kind, **query) == expected, name
        pages = list(world.pages(kind, count=7, **query))
        assert sum(pages, []) == expected, name
        assert all(len(page) == 7 for page in pages[:-1]), name

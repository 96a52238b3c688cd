"""Paging by cursor (RFC 9865) while time passes and resources come and go."""

import base64
import json
import time
from typing import Any, Callable

import pytest

from tests.harness.client import Response, ScimClient
from tests.harness.conf import SCIM_LOCATION, Settings

TIMEOUT = 600

SETTINGS = Settings(locations={SCIM_LOCATION: f"""
    SetHandler scim-sync
    Require all granted
    ScimSyncPageSize 10
    ScimSyncCursorTimeout {TIMEOUT}"""})

pytestmark = [pytest.mark.any_mpm,
              pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=["cursors"])]


@pytest.fixture
def scim(idp: Any) -> ScimClient:
    return idp.scim


def decode(cursor: str) -> dict[str, Any]:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def encode(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def page(scim: ScimClient, cursor: str, query: str = "count=2") -> Response:
    return scim.get(f"/Users?cursor={cursor}&{query}")


def walk(scim: ScimClient, query: str,
         between: Callable[[int], None] = lambda number: None) -> list[str]:
    """The names on all pages; `between` is called behind each page but the last."""
    names: list[str] = []
    cursor = ""
    for number in range(100):
        answer = page(scim, cursor, query).expect(200).json()
        assert "startIndex" not in answer
        assert answer["itemsPerPage"] == len(answer["Resources"])
        names += [user["userName"] for user in answer["Resources"]]
        cursor = answer.get("nextCursor")
        if not cursor:
            return names
        between(number)
    raise AssertionError("the pages have no end")


@pytest.fixture
def users(scim: ScimClient) -> dict[str, str]:
    """Ids by name, made in another order than that of the names."""
    return {name: scim.create_user(name, title=f"Title {name}")["id"] for name in "hbfdgcea"}


# Time


def test_a_cursor_is_taken_for_as_long_as_it_is_told(scim: ScimClient, users: dict[str, str]
                                                     ) -> None:
    before = time.time()
    cursor = page(scim, "").expect(200).json()["nextCursor"]
    left = decode(cursor)["until"] / 1000
    assert before + TIMEOUT - 1 <= left <= time.time() + TIMEOUT + 1
    config = scim.get("/ServiceProviderConfig").json()
    assert config["pagination"]["cursorTimeout"] == TIMEOUT


def test_a_cursor_expires(scim: ScimClient, users: dict[str, str]) -> None:
    cursor = decode(page(scim, "").expect(200).json()["nextCursor"])
    now = int(time.time() * 1000)
    page(scim, encode(cursor | {"until": now + 60000})).expect(200)
    refused = page(scim, encode(cursor | {"until": now - 1})).expect(400).json()
    assert refused["scimType"] == "expiredCursor" and refused["status"] == "400"
    body = {"cursor": encode(cursor | {"until": now - 1}), "count": 2}
    assert scim.post("/Users/.search", body).expect(400).json()["scimType"] == "expiredCursor"


# What comes and goes


@pytest.mark.parametrize("order", ["", "&sortBy=userName", "&sortBy=userName&sortOrder=descending",
                                   "&sortBy=title", "&sortBy=meta.created",
                                   "&sortBy=name.familyName"])
@pytest.mark.parametrize("count", [1, 3, 8, 100])
def test_pages_hold_everybody_once(count: int, order: str, scim: ScimClient,
                                   users: dict[str, str]) -> None:
    found = walk(scim, f"count={count}{order}")
    assert sorted(found) == sorted(users)
    whole = scim.get(f"/Users?{order}").expect(200).json()["Resources"]
    assert found == [user["userName"] for user in whole]


def test_who_goes_moves_nobody(scim: ScimClient, users: dict[str, str]) -> None:
    """Also when it is the very one that the cursor names."""
    def delete(number: int) -> None:
        for name in ("b", "c") if number == 0 else ():
            scim.delete(f"/Users/{users[name]}").expect(204)

    assert walk(scim, "count=2&sortBy=userName", delete) == list("abdefgh")


def test_who_comes_is_found_where_the_pages_still_are(scim: ScimClient, users: dict[str, str]
                                                      ) -> None:
    def create(number: int) -> None:
        if number == 0:
            scim.create_user("A0")
            scim.create_user("E0")

    found = walk(scim, "count=3&sortBy=userName", create)
    assert found == ["a", "b", "c", "d", "e", "E0", "f", "g", "h"]


def test_a_rename_loses_nobody_else(scim: ScimClient, users: dict[str, str]) -> None:
    def rename(number: int) -> None:
        if number == 0:
            scim.patch_operations(f"/Users/{users['b']}", {
                "op": "replace", "path": "userName", "value": "z"}).expect(200)

    assert walk(scim, "count=3&sortBy=userName", rename) == [*"abcdefgh", "z"]


@pytest.mark.parametrize("order", ["", "&sortBy=userName", "&sortBy=userName&sortOrder=descending"])
def test_many_come_and_go(order: str, scim: ScimClient, users: dict[str, str]) -> None:
    """Who is there all the time is found once, whatever happens around."""
    def come_and_go(number: int) -> None:
        for name in ("x", "aa", "ee"):
            made = scim.create_user(f"{name}{number}")["id"]
            if number % 2:
                scim.delete(f"/Users/{made}").expect(204)

    found = walk(scim, f"count=4{order}", come_and_go)
    assert sorted(name for name in found if name in users) == sorted(users)
    assert len(set(found)) == len(found)


# What a client makes up


MADE_UP: list[dict[str, Any]] = [
    {"id": ""}, {"id": "nobody"}, {"id": "'; DROP TABLE resource; --"}, {"id": "x" * 3000},
    {"key": "no number"}, {"key": ""}, {"key": "\u00e9\U0001f427"}, {"key": None}, {"key": "-1"},
    {"key": "99999999999999999999999"}, {"key": "2026-01-01T00:00:00Z"}, {"key": "x" * 3000},
]


@pytest.mark.parametrize("order", [
    "", "&sortBy=userName", "&sortBy=meta.created", "&sortBy=active", "&sortBy=id",
    "&sortBy=emails.value&sortOrder=descending", "&sortBy=title"])
def test_a_cursor_that_was_made_up_harms_nobody(order: str, scim: ScimClient,
                                                users: dict[str, str]) -> None:
    for change in MADE_UP:
        query = f"count=2{order}"
        cursor = decode(page(scim, "", query).expect(200).json()["nextCursor"])
        answer = page(scim, encode(cursor | change), query).expect(200, 400)
        if answer.status == 400:
            assert answer.json()["scimType"] == "invalidCursor"


def test_a_cursor_of_another_idp_shows_nothing_of_it(make_idp: Callable[..., Any],
                                                     scim: ScimClient, users: dict[str, str]
                                                     ) -> None:
    other = make_idp().scim
    cursor = page(scim, "").expect(200).json()["nextCursor"]
    assert page(other, cursor).expect(200).json()["Resources"] == []
    other.create_user("stranger")
    found = page(other, cursor).expect(200).json()["Resources"]
    assert [user["userName"] for user in found] == ["stranger"]


def test_a_cursor_fits_into_a_url(scim: ScimClient) -> None:
    """However long what a list is ordered by may be."""
    for number in range(3):
        scim.create_user(f"user{number}", title=f"{'x' * 20000}{number}")
    assert len(walk(scim, "count=1&sortBy=title&attributes=userName")) == 3

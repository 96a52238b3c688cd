"""Events by words, page by page, and as a file."""

import csv
import http.client
import io
from typing import Any, Iterator
from urllib.parse import quote

import pytest

from tests.harness.admin import AdminClient
from tests.harness.sql import execute
from tests.integration.test_admin import assert_problem

pytestmark = pytest.mark.any_mpm

EVENTS = "/api/events"
COLUMNS = ["id", "at", "kind", "actor", "idp", "site", "subject", "name", "detail", "change"]


@pytest.fixture
def quiet(admin: AdminClient, idp: Any) -> Iterator[Any]:
    """An IdP of which Jira is told nothing, so that its events are what the test makes."""
    admin.set_state(idp.name, "paused")
    yield idp


def page(admin: AdminClient, query: str) -> tuple[list[str], int | None]:
    answer = admin.get(f"{EVENTS}?{query}").expect(200).json()
    return [event["name"] for event in answer["events"]], answer["next"]


def test_the_next_page_is_named(admin: AdminClient, quiet: Any) -> None:
    for name in "abc":
        quiet.scim.create_user(name)
    query = f"idp={quiet.name}&kind=user.&limit=2"
    first, place = page(admin, query)
    assert first == ["c", "b"] and place
    assert page(admin, f"{query}&before={place}") == (["a"], None)
    assert page(admin, f"idp={quiet.name}&kind=user.&limit=3") == (["c", "b", "a"], None)


def test_words_in_names_and_details(admin: AdminClient, quiet: Any) -> None:
    quiet.scim.create_user("words.jo@example.com")
    jürgen = quiet.scim.create_user("words.Jürgen@example.com")
    quiet.scim.put(f"/Users/{jürgen['id']}", {"userName": "words.gone@example.com"}).expect(200)
    assert page(admin, "q=words.jo")[0] == ["words.jo@example.com"]
    assert page(admin, "q=" + quote("WORDS.JÜRGEN was"))[0] == ["words.gone@example.com"]
    assert page(admin, "q=words.&kind=user.created")[0] == [
        "words.Jürgen@example.com", "words.jo@example.com"]
    assert page(admin, "q=words.nobody") == ([], None)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_csv_file_has_all_of_it(admin: AdminClient, quiet: Any) -> None:
    names = ["=HYPERLINK(\"https://evil.example.com\")", "Smith, \"Ann\"", "Jürgen"]
    for name in names:
        quiet.scim.create_user(name)
    answer = admin.get(f"{EVENTS}?format=csv&idp={quiet.name}&kind=user.").expect(200)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    head, *lines = rows(answer.body.decode())
    assert head == COLUMNS
    names[0] = "'" + names[0]
    assert [line[COLUMNS.index("name")] for line in lines] == names[::-1]
    told = admin.events(f"idp={quiet.name}&kind=user.")
    assert [[line[0], line[1], line[2]] for line in lines] == [
        [str(event["id"]), event["at"], event["kind"]] for event in told]
    assert answer.body.count(b"\r\n") == len(lines) + 1


def test_a_file_is_longer_than_any_page(admin: AdminClient, quiet: Any) -> None:
    """More than a page of the server's own, of one user who is renamed again and again."""
    user = quiet.scim.create_user("long")
    for number in range(1300):
        quiet.scim.put(f"/Users/{user['id']}", {"userName": f"long{number}"}).expect(200)
    query = f"subject={user['id']}"
    exported = admin.get(f"{EVENTS}?format=json&{query}").expect(200).json()["events"]
    assert len(exported) == 1301
    assert exported[:1000] == admin.events(f"{query}&limit=1000")
    assert [event["name"] for event in exported[-2:]] == ["long0", "long"]
    lines = rows(admin.get(f"{EVENTS}?format=csv&{query}").expect(200).body.decode())
    assert [int(line[0]) for line in lines[1:]] == [event["id"] for event in exported]
    half = admin.get(f"{EVENTS}?format=json&{query}&before={exported[649]['id']}").json()["events"]
    assert half == exported[650:]
    found = admin.get(f"{EVENTS}?format=json&{query}&q=long129").json()["events"]
    # Each has its own name, and the one before in its detail.
    assert [event["name"] for event in found] == [
        f"long{number}" for number in [*range(1299, 1289, -1), 130, 129]]


def test_a_file_that_is_broken_off_is_known_as_such(make_httpd: Any) -> None:
    """What a database that goes away leaves must not look like all there was."""
    server = make_httpd()
    server.start()
    admin = server.admin()
    admin.get("/api/events").expect(200)
    # More than all buffers between the server and us hold.
    execute(server.database,
            "INSERT INTO event (at, kind, actor, detail) WITH RECURSIVE n (i) AS (SELECT 1 UNION"
            " ALL SELECT i + 1 FROM n WHERE i < 40000) SELECT i, 'user.changed', 'idp:okta',"
            f" '{'x' * 900}' FROM n")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {name: str(value) for name, value in admin._headers(None).items()}
    connection.request("GET", "/scim-sync/api/events?format=csv", headers=headers)
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read(100)
    server.error_log.expect("SCIM0105")
    execute(server.database, "ALTER TABLE event RENAME TO event_gone")
    with pytest.raises(http.client.IncompleteRead):
        while answer.read(1 << 16):
            pass
    connection.close()
    execute(server.database, "ALTER TABLE event_gone RENAME TO event")
    admin.close()


@pytest.mark.parametrize("name", ["csv", "json"])
def test_nothing_is_a_file_too(name: str, admin: AdminClient) -> None:
    answer = admin.get(f"{EVENTS}?format={name}&idp=nobody").expect(200)
    if name == "json":
        assert answer.json() == {"events": []}
    else:
        assert rows(answer.body.decode()) == [COLUMNS]
    assert admin.request("HEAD", f"{EVENTS}?format={name}").expect(200).body == b""


@pytest.mark.parametrize("query, words", [
    ("format=xml", "format"), ("format=csv&limit=5", "limit"), ("q=" + "x" * 201, "q"),
    ("format=csv&from=x", "from")])
def test_wrong_questions(query: str, words: str, admin: AdminClient) -> None:
    assert_problem(admin.get(f"{EVENTS}?{query}"), 400, words)

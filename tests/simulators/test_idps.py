"""The simulated IdPs against a small, correct SCIM server, and against that server made wrong.

The first half shows that a correct server passes all they do. The second spoils one answer at a
time, each in a way that made a real client fail, and demands that the client says so.
"""

from __future__ import annotations

import json
from typing import Any, Callable, Iterator

import pytest

from tests.simulators.idps import (Directory, EntraApp, Held, IdpError, OktaCustomApp, OktaOinApp,
                                   compare, expected, held, renames, story)
from tests.simulators.idps.checks import ENTERPRISE
from tests.simulators.idps.stub import TOKEN, Stub, problem

KINDS = {
    "okta-custom": lambda url: OktaCustomApp(url, TOKEN, Directory("custom"),
                                             nameless_members=True),
    "okta-oin": lambda url: OktaOinApp(url, TOKEN, Directory("oin")),
    "okta-oin-pathless": lambda url: OktaOinApp(url, TOKEN, Directory("oin"),
                                                pathless_members=True),
    "entra": lambda url: EntraApp(url, TOKEN, Directory("entra", "entra"),
                                  members_per_operation=3),
    "entra-optscim": lambda url: EntraApp(url, TOKEN, Directory("entra", "entra"), optscim=True),
    "entra-by-email": lambda url: EntraApp(url, TOKEN, Directory("entra", "entra"),
                                           matching='emails[type eq "work"].value'),
    "entra-by-externalId": lambda url: EntraApp(url, TOKEN, Directory("entra", "entra"),
                                                matching="externalId"),
}


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    yield server
    server.close()


@pytest.fixture(params=KINDS)
def app(request: pytest.FixtureRequest, stub: Stub) -> Any:
    return KINDS[request.param](stub.url)


def requests(app: Any) -> list[str]:
    return [f"{exchange.method} {exchange.target.removeprefix('/scim/v2/demo')}"
            for exchange in app.exchanges]


# A correct server passes


def test_a_correct_server_passes_the_whole_story(app: Any, stub: Stub) -> None:
    list(story(app, "demo.example.com"))
    want = expected(app.directory)
    accounts = {user["emails"][0]["value"].lower(): user["active"]
                for user in stub.stores["Users"].values()}
    emails = {ident: user["emails"][0]["value"].lower()
              for ident, user in stub.stores["Users"].items()}
    groups = {group["displayName"]: frozenset(
        emails[member["value"]] for member in group.get("members", [])
        if accounts[emails[member["value"]]]) for group in stub.stores["Groups"].values()}
    rows = compare(want, Held(accounts, groups))
    assert len(rows) > 25
    assert [row for row in rows if not row.agrees] == []


def test_okta_custom_changes_by_get_and_put(stub: Stub) -> None:
    app = OktaCustomApp(stub.url, TOKEN, Directory("okta"))
    ada = app.directory.add_person("ada+jira@example.com", "Ada", "Lovelace")
    app.assign(ada)
    app.deactivate(ada)
    assert requests(app) == [
        "GET /Users?filter=userName%20eq%20%22ada%2Bjira%40example.com%22&startIndex=1&count=100",
        "POST /Users", "GET /Users/id-1", "PUT /Users/id-1"]
    put_body = app.exchanges[-1].sent()
    assert put_body["active"] is False
    assert put_body["meta"]["location"].endswith("/Users/id-1")
    assert app.exchanges[1].sent()["groups"] == []
    assert ("User-Agent", "Okta SCIM Client 1.0.0") in app.exchanges[0].request_headers
    assert "Content-Type" not in dict(app.exchanges[0].request_headers)


def test_okta_oin_deactivates_by_a_patch_without_path(stub: Stub) -> None:
    app = OktaOinApp(stub.url, TOKEN, Directory("okta"))
    ada = app.directory.add_person("ada@example.com", "Ada", "Lovelace")
    app.assign(ada)
    app.deactivate(ada)
    assert app.exchanges[-1].sent()["Operations"] == [
        {"op": "replace", "value": {"active": False}}]
    app.reactivate(ada)
    assert requests(app)[-3:] == ["GET /Users/id-1", "PUT /Users/id-1", "PATCH /Users/id-1"]


def test_entra_encodes_a_blank_as_plus_and_sends_capitalised_operations(stub: Stub) -> None:
    app = EntraApp(stub.url, TOKEN, Directory("entra", "entra"))
    ada = app.directory.add_person("ada+jira@example.com", "Ada", "Lovelace")
    app.assign(ada)
    app.settle()
    assert any("/Users?filter=userName+eq+%22ada%2Bjira%40example.com%22" in one
               for one in requests(app))
    app.deactivate(ada)
    app.update(ada, email="ada.new@example.com")
    app.settle()
    sent = [exchange.sent() for exchange in app.exchanges if exchange.method == "PATCH"]
    assert [one["Operations"] for one in sent] == [
        [{"op": "Replace", "path": "active", "value": "False"}]]


def test_entra_removes_members_by_an_array_of_values(stub: Stub) -> None:
    app = EntraApp(stub.url, TOKEN, Directory("entra", "entra"))
    ada = app.directory.add_person("ada@example.com", "Ada", "Lovelace")
    group = app.directory.add_group("Team", [ada])
    app.assign(ada)
    app.push_group(group)
    app.settle()
    app.remove_members(group, [ada])
    app.settle()
    sent = [exchange.sent() for exchange in app.exchanges if exchange.method == "PATCH"]
    assert sent[-1]["Operations"] == [
        {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "id-1"}]}]


def test_entra_with_the_flag_sends_dotted_keys_without_path(stub: Stub) -> None:
    app = EntraApp(stub.url, TOKEN, Directory("entra", "entra"), optscim=True)
    ada = app.directory.add_person("ada@example.com", "Ada", "Lovelace")
    app.assign(ada)
    app.settle()
    app.update(ada, family_name="King", employee_number="7", email="king@example.com")
    app.settle()
    sent = [exchange.sent() for exchange in app.exchanges if exchange.method == "PATCH"]
    assert sent[-1]["Operations"] == [
        {"op": "replace", "value": {"name.familyName": "King", "name.formatted": "Ada King",
                                    f"{ENTERPRISE}:employeeNumber": "7"}},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "king@example.com"}]


def test_entra_deletes_thirty_days_after_the_person_was_deleted(stub: Stub) -> None:
    app = EntraApp(stub.url, TOKEN, Directory("entra", "entra"))
    ada = app.directory.add_person("ada@example.com", "Ada", "Lovelace")
    app.assign(ada)
    app.settle()
    app.delete_person(ada)
    app.pass_days(29)
    app.settle()
    assert stub.stores["Users"]["id-1"]["active"] is False
    app.pass_days(1)
    app.settle()
    assert stub.stores["Users"] == {}
    assert "ada@example.com" in expected(app.directory).without_access


def test_a_second_application_takes_over_what_is_there(app: Any, stub: Stub) -> None:
    list(story(app, "demo.example.com"))
    again = app.another()
    posts = sum(exchange.method == "POST" for exchange in app.exchanges)
    for person in list(app.directory.assigned()):
        again.assign(person)
    for group in app.directory.groups:
        if group.pushed:
            again.push_group(group)
    again.settle()
    assert posts > 0 and not any(exchange.method == "POST" for exchange in again.exchanges)


def test_import_reads_every_page(stub: Stub) -> None:
    app = OktaCustomApp(stub.url, TOKEN, Directory("okta"), page=3)
    for number in range(7):
        app.assign(app.directory.add_person(f"p{number}@example.com", "P", str(number)))
    assert len(app.import_users()) == 7
    assert app.import_groups() == []


def test_oktas_published_test_suite_passes(stub: Stub) -> None:
    person = OktaCustomApp(stub.url, TOKEN, Directory("okta")).acceptance_test()
    assert not person.wanted


def test_okta_waits_as_long_as_a_429_says_and_doubles(stub: Stub) -> None:
    pauses: list[float] = []
    app = OktaOinApp(stub.url, TOKEN, Directory("okta"), sleep=pauses.append)
    stub.spoil = throttle(3, "2")
    app.test_connection()
    assert pauses == [2, 4, 8]


@pytest.mark.parametrize("value", [None, "Wed, 21 Oct 2026 07:28:00 GMT", "1.5"])
def test_okta_waits_five_minutes_when_retry_after_is_no_integer(stub: Stub,
                                                               value: str | None) -> None:
    pauses: list[float] = []
    app = OktaOinApp(stub.url, TOKEN, Directory("okta"), sleep=pauses.append)
    stub.spoil = throttle(1, value)
    app.test_connection()
    assert pauses == [300]


def test_okta_gives_up_after_ten_attempts(stub: Stub) -> None:
    app = OktaOinApp(stub.url, TOKEN, Directory("okta"), sleep=lambda seconds: None)
    stub.spoil = throttle(99, "1")
    with pytest.raises(IdpError, match="failed for good"):
        app.test_connection()
    assert len(app.exchanges) == 10


def test_entra_leaves_a_throttled_person_for_the_next_cycle(stub: Stub) -> None:
    app = EntraApp(stub.url, TOKEN, Directory("entra", "entra"))
    app.assign(app.directory.add_person("ada@example.com", "Ada", "Lovelace"))
    stub.spoil = throttle(1, "1", method="POST")
    assert app.cycle().throttled == ["ada@example.com"]
    assert app.cycle().throttled == []


def throttle(times: int, retry_after: str | None, method: str | None = None
             ) -> Callable[[str, str, dict], None]:
    left = [times]

    def spoil(command: str, path: str, answer: dict) -> None:
        if left[0] and method in (None, command):
            left[0] -= 1
            answer |= {"status": 429, "body": problem(429, "slow down")}
            if retry_after is not None:
                answer["headers"]["Retry-After"] = retry_after
    return spoil


# A wrong server is caught: one wrong answer each

HTML = b"<!DOCTYPE html><html><body>502 Proxy Error</body></html>"


def spoil(answer: dict, path: str, value: Any) -> None:
    """Set (or, for DROP, remove) what stands at a dotted path of a copy of the answer's body."""
    answer["body"] = json.loads(json.dumps(answer["body"]))
    where, names = answer["body"], path.split(".")
    for name in names[:-1]:
        where = where[int(name) if name.isdigit() else name]
    if value is DROP:
        del where[names[-1]]
    else:
        where[names[-1]] = value


DROP = object()


def body(path: str, value: Any) -> Callable[[dict], None]:
    return lambda answer: spoil(answer, path, value)


def becomes(**changes: Any) -> Callable[[dict], None]:
    return lambda answer: answer.update(changes)


def header(name: str, value: str) -> Callable[[dict], None]:
    return lambda answer: answer["headers"].update({name: value})


# What is wrong -> which requests get it, what is done to the answer, what the client says
LOOK_UP, CREATE, READ, CHANGE, GROUP_READ, GROUP_CHANGE = (
    ("GET", "/Users"), ("POST", "/Users"), ("GET", "/Users/id-1"), ("PUT|PATCH", "/Users/id-1"),
    ("GET", "/Groups/id-2"), ("PUT|PATCH", "/Groups/id-2"))
GROUP_LOOK_UP, GROUP_CREATE, GROUP_DELETE = (
    ("GET", "/Groups"), ("POST", "/Groups"), ("DELETE", "/Groups/id-2"))
WRONG = {
    "startIndex as a string": (LOOK_UP, body("startIndex", "1"), "startIndex is '1'"),
    "totalResults as a string": (LOOK_UP, body("totalResults", "0"), "totalResults is '0'"),
    "itemsPerPage missing": (LOOK_UP, body("itemsPerPage", DROP), "itemsPerPage is None"),
    "startIndex 0": (LOOK_UP, body("startIndex", 0), "startIndex is 0"),
    "itemsPerPage of the request": (LOOK_UP, body("itemsPerPage", 100), "itemsPerPage is 100"),
    "no Resources": (LOOK_UP, body("Resources", DROP), "no list of Resources"),
    "Resources null": (LOOK_UP, body("Resources", None), "no list of Resources"),
    "no ListResponse schema": (LOOK_UP, body("schemas", []), "ListResponse"),
    "a bare array": (LOOK_UP, becomes(body=b"[]"), "isn't a JSON object"),
    "an empty body": (LOOK_UP, becomes(body=b""), "isn't JSON"),
    "404 when nobody is found": (LOOK_UP, becomes(status=404, body=problem(404, "nobody")),
                                 "status 404"),
    "an error in HTML": (LOOK_UP, lambda answer: (
        answer.update(status=502, body=HTML), answer["headers"].update(
            {"Content-Type": "text/html"})), "Content-Type is text/html"),
    "an error as text that says it is SCIM": (
        CREATE, becomes(status=500, body=b"User already exists"), "isn't JSON"),
    "an error without schemas": (
        CREATE, becomes(status=400, body={"status": "400", "detail": "no"}), "Error schema"),
    "an error whose status is a number": (
        CREATE, becomes(status=400, body=problem(400, "no") | {"status": 400}), "status in the"),
    "an error without detail": (CREATE, becomes(status=400, body=problem(400, "")), "detail"),
    "409 without scimType": (CREATE, becomes(status=409, body=problem(409, "taken")), "scimType"),
    "401": (LOOK_UP, becomes(status=401, body=problem(401, "expired")), "WWW-Authenticate"),
    "application/json": (LOOK_UP, header("Content-Type", "application/json"),
                         "Content-Type is application/json"),
    "200 for a POST": (CREATE, becomes(status=200), "status 200"),
    "201 with no Location": (CREATE, header("Location", "/elsewhere"), "Location isn't"),
    "the created user isn't returned": (CREATE, becomes(body={}), "schemas lacks"),
    "schemas without the User URN": (CREATE, body("schemas", [ENTERPRISE]), "schemas lacks"),
    "id as a number": (CREATE, body("id", 1), "id is 1"),
    "an empty id": (CREATE, body("id", ""), "id is ''"),
    "id with bulkId": (CREATE, body("id", "bulkId:1"), "bulkId"),
    "id changes": (READ, body("id", "id-9"), "id changed"),
    "userName in lower case": (CREATE, body("userName", "owen@example.com"), "userName is"),
    "givenName lost": (CREATE, body("name.givenName", DROP), "name.givenName is None"),
    "the e-mail lost": (CREATE, body("emails", []), "emails lacks"),
    "externalId lost": (CREATE, body("externalId", DROP), "externalId is None"),
    "a password comes back": (CREATE, body("password", "x"), "a password came back"),
    "active as a string": (CREATE, body("active", "True"), "active isn't a JSON boolean"),
    "active missing": (CREATE, body("active", DROP), "active isn't a JSON boolean"),
    "null in an attribute": (CREATE, body("title", None), "null at title"),
    "no meta": (CREATE, body("meta", DROP), "meta.resourceType"),
    "resourceType of a group": (CREATE, body("meta.resourceType", "Group"), "meta.resourceType"),
    "a relative location": (CREATE, body("meta.location", "/Users/id-1"), "isn't absolute"),
    "the location of another": (CREATE, body("meta.location", "http://h/Users/id-9"),
                                "doesn't end in"),
    "manager as a string": (
        CREATE, lambda answer: answer["body"].update({ENTERPRISE: {"manager": "7"}}),
        "manager isn't an object"),
    "the user is gone": (READ, becomes(status=404, body=problem(404, "gone")), "status 404"),
    "a group's members in another shape": (GROUP_CHANGE, body("members", ["id-1"]),
                                           "has no value"),
    "a group's members as an object": (GROUP_CHANGE, body("members", {}), "isn't a list"),
    "a member twice": (GROUP_CHANGE, body("members", [{"value": "id-1"}, {"value": "id-1"}]),
                       "twice"),
    "a member lost": (GROUP_CHANGE, body("members", []), "missing"),
    "a member too many": (GROUP_CHANGE, body("members", [{"value": "id-1"}, {"value": "id-8"}]),
                          "too many"),
    "displayName changed": (GROUP_CHANGE, body("displayName", "team"), "displayName is"),
    "400 for the change of a group": (
        GROUP_CHANGE, becomes(status=400, body=problem(400, "noTarget")), "noTarget"),
    "501 for the change of a user": (CHANGE, becomes(status=501, body=problem(501, "no PATCH")),
                                     "no PATCH"),
    "204 for what has to be answered": (GROUP_CREATE, becomes(status=204, body=None),
                                        "status 204"),
    "200 for a DELETE": (GROUP_DELETE, becomes(status=200, body={}), "status 200"),
}
ENTRA_WRONG = {
    "members although excluded": (
        GROUP_READ, body("members", []), "excludedAttributes=members was not honoured"),
    "members of a look-up although excluded": (
        GROUP_LOOK_UP, lambda answer: answer.update(body=answer["body"] | {
            "totalResults": 1, "itemsPerPage": 1, "Resources": [{"displayName": "Team"}]}),
        "found something"),
    "the keep-alive finds somebody": (
        LOOK_UP, lambda answer: answer.update(body=answer["body"] | {"totalResults": 1}),
        "found something"),
    "a null member list": (GROUP_READ, body("members", None), "null at members"),
    "a value that is sent again and again": (READ, body("displayName", "OWEN"),
                                             "sends it again in each cycle"),
}


def short_story(app: Any) -> None:
    """Look-ups, creation, change, deactivation, groups: every request that WRONG names."""
    owen = app.directory.add_person("OWEN@EXAMPLE.COM", "Owen", "Brand")
    team = app.directory.add_group("Team", [owen])
    app.assign(owen)
    app.settle()
    app.push_group(team)
    app.settle()
    app.update(owen, display_name="Owen B.")
    app.settle()
    app.rename_group(team, "Teams")
    app.settle()
    app.delete_group(team)
    app.settle()
    app.verify()


def spoiling(where: tuple[str, str], change: Callable[[dict], Any]
             ) -> Callable[[str, str, dict], None]:
    methods, wanted = where

    def apply(method: str, path: str, answer: dict) -> None:
        if method in methods.split("|") and path == wanted:
            change(answer)
    return apply


@pytest.mark.parametrize("kind", ["okta-custom", "okta-oin", "entra"])
def test_a_correct_server_passes_the_short_story(kind: str, stub: Stub) -> None:
    short_story(KINDS[kind](stub.url))


@pytest.mark.parametrize("wrong", WRONG)
def test_okta_notices(wrong: str, stub: Stub) -> None:
    notices(KINDS["okta-custom"](stub.url), stub, *WRONG[wrong])


@pytest.mark.parametrize("wrong", [name for name in WRONG if name not in (
    "a group's members in another shape", "a group's members as an object", "a member twice",
    "a member lost", "a member too many", "displayName changed")])
def test_entra_notices(wrong: str, stub: Stub) -> None:
    notices(KINDS["entra"](stub.url), stub, *WRONG[wrong])


@pytest.mark.parametrize("wrong", ENTRA_WRONG)
def test_only_entra_notices(wrong: str, stub: Stub) -> None:
    notices(KINDS["entra"](stub.url), stub, *ENTRA_WRONG[wrong])


def notices(app: Any, stub: Stub, where: tuple[str, str], change: Callable[[dict], Any],
            message: str) -> None:
    stub.spoil = spoiling(where, change)
    with pytest.raises(IdpError) as caught:
        short_story(app)
    assert message in caught.value.message
    shown = str(caught.value)
    assert f"> {caught.value.exchange.method} " in shown and "< " in shown
    assert TOKEN not in shown


def test_a_204_is_accepted_for_a_patch(stub: Stub) -> None:
    stub.spoil = spoiling(("PATCH", "/Groups/id-2"), becomes(status=204, body=None))
    short_story(KINDS["okta-oin"](stub.url))


def test_okta_tolerates_null_for_the_members_of_an_empty_group(stub: Stub) -> None:
    app = KINDS["okta-custom"](stub.url)
    stub.spoil = spoiling(("GET", "/Groups/id-1"), body("members", None))
    app.push_group(app.directory.add_group("Nobody"))


def test_a_page_that_repeats_itself_ends_the_import(stub: Stub) -> None:
    app = OktaCustomApp(stub.url, TOKEN, Directory("okta"), page=1)
    for name in "ab":
        app.assign(app.directory.add_person(f"{name}@example.com", "A", "B"))
    first = app.import_users()[0]
    stub.spoil = spoiling(LOOK_UP, lambda answer: spoil(answer, "Resources", [first]))
    with pytest.raises(IdpError, match="repeated"):
        app.import_users()


def test_a_list_that_ends_early_is_noticed(stub: Stub) -> None:
    app = OktaCustomApp(stub.url, TOKEN, Directory("okta"))
    stub.spoil = spoiling(LOOK_UP, body("totalResults", 3))
    with pytest.raises(IdpError, match="ends at 0 of 3"):
        app.import_users()


def test_a_token_that_the_server_repeats_is_not_shown(stub: Stub) -> None:
    stub.spoil = spoiling(LOOK_UP, becomes(status=400, body=problem(400, f"bad token {TOKEN}")))
    with pytest.raises(IdpError) as caught:
        OktaOinApp(stub.url, TOKEN, Directory("okta")).test_connection()
    assert TOKEN not in str(caught.value) and TOKEN not in repr(caught.value)


# What Jira should hold


def directory_with(name: str, *emails: str) -> Directory:
    directory = Directory(name)
    for email in emails:
        directory.assign(directory.add_person(email, "A", "B"))
    return directory


def test_two_idps_are_united() -> None:
    first = directory_with("one", "a@example.com", "b@example.com")
    second = directory_with("two", "B@example.com")
    for directory in (first, second):
        group = directory.add_group("Team", directory.people)
        group.pushed = True
    first.people[1].active = False
    want = expected(first, second)
    assert want.accounts == {"a@example.com", "b@example.com"}
    assert want.without_access == set()
    assert want.groups == {"Team": {"a@example.com", "b@example.com"}}
    second.people[0].active = False
    want = expected(first, second)
    assert want.without_access == {"b@example.com"}
    assert want.groups == {"Team": {"a@example.com"}}


def test_people_and_groups_that_were_never_sent_are_not_expected() -> None:
    directory = directory_with("one", "a@example.com")
    directory.add_person("b@example.com", "A", "B")
    directory.add_group("Quiet", directory.people)
    assert expected(directory).accounts == {"a@example.com"}
    assert expected(directory).groups == {}


def disagreeing(want: Any, now: Held, before: Held | None = None) -> list[tuple[str, str]]:
    return [(row.subject, row.held) for row in compare(want, now, before) if not row.agrees]


def test_every_difference_is_a_row_that_disagrees() -> None:
    directory = directory_with("one", "a@example.com", "gone@example.com")
    group = directory.add_group("Team", directory.people)
    group.pushed = True
    directory.people[1].active = False
    old = directory.add_group("Old", directory.people[:1])
    old.pushed = True
    directory.unpush(old)
    want = expected(directory)
    a, team = "a@example.com", {"Team": frozenset({"a@example.com"})}
    right = Held({a: True, "gone@example.com": False}, team)
    assert disagreeing(want, right) == []
    assert disagreeing(want, Held({a: True}, team | {"Old": frozenset()})) == []
    assert disagreeing(want, Held({}, team)) == [(a, "no account")]
    assert disagreeing(want, Held({a: False}, team)) == [(a, "no access")]
    assert disagreeing(want, Held({a: True, "gone@example.com": True}, team)) == [
        ("gone@example.com", "access")]
    assert disagreeing(want, Held({a: True}, {})) == [("Team", "no group")]
    assert disagreeing(want, Held({a: True}, {"Team": frozenset()})) == [
        ("Team", "0 members"), ("Team: a@example.com", "no member")]
    assert disagreeing(want, Held({a: True}, team | {"Old": frozenset({a})})) == [
        ("Old", "1 member")]
    assert disagreeing(want, Held({a: True, "x@example.com": True}, team)) == [
        ("x@example.com", "access")]
    assert disagreeing(want, Held({a: True}, team | {"Stray": frozenset()})) == [
        ("Stray", "0 members")]


def test_what_was_in_jira_before_has_to_stay() -> None:
    directory = directory_with("one", "a@example.com")
    group = directory.add_group("Team", directory.people)
    group.pushed = True
    owner = "owner@example.com"
    before = Held({owner: True}, {"Team": frozenset({owner}), "Admins": frozenset({owner})})
    accounts = {"a@example.com": True, owner: True}
    both = frozenset({"a@example.com", owner})
    kept = {"Team": both, "Admins": frozenset({owner})}
    assert disagreeing(expected(directory), Held(accounts, kept), before) == []
    assert disagreeing(expected(directory), Held(accounts, kept | {
        "Team": frozenset({"a@example.com"})}), before) == [
            ("Team", "1 member"), (f"Team: {owner}", "no member")]
    assert disagreeing(expected(directory), Held(accounts, {"Team": both}), before) == [
        ("Admins", "gone")]


def test_access_from_before_is_not_taken() -> None:
    directory = directory_with("one", "a@example.com")
    directory.people[0].active = False
    before = Held({"a@example.com": True}, {})
    assert disagreeing(expected(directory), before, before) == []
    assert disagreeing(expected(directory), Held({"a@example.com": False}, {}), before) == [
        ("a@example.com", "no access")]


def test_a_person_with_a_new_address_keeps_the_account() -> None:
    directory = directory_with("one", "a@example.com")
    directory.change(directory.people[0], email="new@example.com")
    assert expected(directory).accounts == {"a@example.com"}


def test_a_renamed_group_is_for_an_administrator_to_rename() -> None:
    directory = directory_with("one", "a@example.com")
    group = directory.add_group("Old", directory.people)
    group.pushed = True
    directory.rename(group, "New")
    old, new = {"Old": frozenset({"a@example.com"})}, {"New": frozenset({"a@example.com"})}
    assert renames(Held({}, old), directory) == [("Old", "New")]
    assert renames(Held({}, new), directory) == []
    assert disagreeing(expected(directory), Held({"a@example.com": True}, old)) == [
        ("New", "no group"), ("Old", "1 member")]


def test_a_group_that_grants_a_product_is_what_access_means() -> None:
    account = {"email": "A@example.com", "active": True, "accountType": "atlassian",
               "products": ["jira-software"]}
    state = {"accounts": [account, account | {"email": "b@example.com", "products": []},
                          account | {"email": "c@example.com", "active": False}],
             "groups": [{"name": "jira-software-users", "product": "jira-software",
                         "members": ["A@example.com"]},
                        {"name": "Team", "product": None, "members": ["A@example.com"]}]}
    assert held(state) == Held(
        {"a@example.com": True, "b@example.com": False, "c@example.com": False},
        {"Team": frozenset({"a@example.com"})})

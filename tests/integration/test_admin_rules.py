"""Rules of an identity provider: the admin API."""

import json
from typing import Any, Callable

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import Response
from tests.harness.sql import execute

pytestmark = pytest.mark.any_mpm

DEFAULTS = {
    "precedence": 100,
    "users": {"import": True, "update": False, "onDeactivate": "takeBack", "onDelete": "takeBack",
              "gracePeriod": 0, "defaultGroups": [], "products": None,
              "filter": {"include": [], "exclude": []}, "patterns": [], "otherwise": "keep"},
    "groups": {"import": True, "mode": "all", "ignore": [], "mappings": [],
               "passThrough": {"prefix": "", "suffix": ""}, "patterns": [], "otherwise": "keep",
               "delete": False, "authoritative": False},
    "guard": {"enabled": True, "window": 60, "deactivations": {"number": 500, "percent": 10},
              "deletions": {"number": 100, "percent": 10},
              "memberships": {"number": 1000, "percent": 20}}}
LOCAL_PART = {"users": {"patterns": [{"pattern": "(.*)@.*", "replacement": "$1"}]}}


def assert_problem(answer: Response, status: int, words: str = "") -> None:
    answer.expect(status)
    assert answer.headers.get_content_type() == "application/problem+json", answer.text()
    body = answer.json()
    assert body["status"] == status and words in body["detail"], body


def changed(**sections: Any) -> dict[str, Any]:
    """The defaults, with some rules of their sections in their place."""
    return {name: {**rules, **sections.get(name, {})} if isinstance(rules, dict)
            else sections.get(name, rules) for name, rules in DEFAULTS.items()}


@pytest.fixture
def quiet(admin: AdminClient, idp: Any) -> Any:
    """An IdP whose tasks stay to be looked at."""
    admin.set_state(idp.name, "paused")
    return idp


def path(idp: Any) -> str:
    return f"/api/idps/{idp.name}/rules"


def events(admin: AdminClient, idp: Any) -> list[dict[str, Any]]:
    return [event for event in admin.events() if (event["kind"], event["idp"])
            == ("idp.rules", idp.name)]


# Reading, putting


def test_an_idp_begins_without_rules(admin: AdminClient, quiet: Any) -> None:
    assert admin.rules(quiet.name) == DEFAULTS
    assert events(admin, quiet) == []


def test_rules_are_put_as_a_whole(admin: AdminClient, quiet: Any) -> None:
    rules = {"precedence": 5, "users": {"import": False, "products": ["jira-core"]},
             "groups": {"mappings": [{"group": "Dev", "jiraGroups": ["dev", "all"]}]}}
    assert admin.put_rules(quiet.name, rules) == changed(**rules)
    assert admin.rules(quiet.name) == changed(**rules)
    assert admin.put_rules(quiet.name, {"precedence": 6}) == changed(precedence=6)
    assert admin.put_rules(quiet.name, {}) == DEFAULTS


def test_what_was_read_can_be_put(admin: AdminClient, quiet: Any) -> None:
    """Read, edit, put: also what is in it at its default."""
    rules = changed(users={"gracePeriod": 60}, groups={"ignore": [{"pattern": "^tmp-"}]})
    assert admin.put_rules(quiet.name, rules) == rules
    assert admin.put_rules(quiet.name, admin.rules(quiet.name)) == rules


def test_rules_outlive_a_restart_and_end_with_their_idp(admin: AdminClient, quiet: Any, httpd: Any
                                                        ) -> None:
    admin.put_rules(quiet.name, {"precedence": 7})
    httpd.graceful()
    assert admin.rules(quiet.name) == changed(precedence=7)
    admin.delete_idp(quiet.name)
    assert_problem(admin.get(path(quiet)), 404, quiet.name)
    admin.create_idp(quiet.name, site=quiet.site.name)
    assert admin.rules(quiet.name) == DEFAULTS


def test_new_rules_make_tasks_for_all_that_was_told(admin: AdminClient, quiet: Any,
                                                    make_idp: Callable[..., Any]) -> None:
    other = make_idp()
    admin.set_state(other.name, "paused")
    ann = quiet.scim.create_user("ann@example.com")
    team = quiet.scim.create_group("Team", [ann["id"]])
    other.scim.create_user("bob@example.com")
    before = {task["subject"]: task["changedAt"] for task in admin.tasks()}
    admin.put_rules(quiet.name, {"users": {"otherwise": "skip"}})
    after = {task["subject"]: task["changedAt"] for task in admin.tasks()}
    assert after.keys() - before.keys() == {f"default:{quiet.name}"}  # its default groups
    assert {subject for subject in before if after[subject] != before[subject]} == {
        ann["id"], team["id"]}


def test_the_event_says_who_changed_what(admin: AdminClient, quiet: Any) -> None:
    admin.put_rules(quiet.name, {"users": {"gracePeriod": 60}})
    admin.put_rules(quiet.name, {"precedence": 1, "groups": {"delete": True}})
    told = events(admin, quiet)
    assert [event["detail"] for event in reversed(told)] == [
        "users.gracePeriod: 0 -> 60",
        "precedence: 100 -> 1; users.gracePeriod: 60 -> 0; groups.delete: false -> true"]
    assert {event["actor"] for event in told} == {"admin:admin"}


def test_nothing_changed_is_no_event_and_no_task(admin: AdminClient, quiet: Any) -> None:
    quiet.scim.create_user("ann@example.com")
    admin.put_rules(quiet.name, LOCAL_PART)
    before = admin.events(), admin.tasks(), admin.get(path(quiet)).headers["ETag"]
    admin.put_rules(quiet.name, admin.rules(quiet.name))
    assert (admin.events(), admin.tasks(), admin.get(path(quiet)).headers["ETag"]) == before


def test_two_administrators_do_not_overwrite_each_other(admin: AdminClient, quiet: Any) -> None:
    read = admin.get(path(quiet)).expect(200)
    mine = {"If-Match": read.headers["ETag"]}
    put = admin.put(path(quiet), {"precedence": 1}, headers=mine).expect(200)
    assert put.headers["ETag"] not in (None, read.headers["ETag"])
    assert_problem(admin.put(path(quiet), {"precedence": 2}, headers=mine), 412, "read it again")
    assert admin.rules(quiet.name)["precedence"] == 1
    admin.put(path(quiet), {"precedence": 3}, headers={"If-Match": put.headers["ETag"]}).expect(200)
    admin.put(path(quiet), {"precedence": 4}, headers={"If-Match": "*"}).expect(200)
    assert admin.rules(quiet.name)["precedence"] == 4


@pytest.mark.parametrize("rules, detail", [
    ({"groups": {"patterns": [{"pattern": "a", "replacement": "b"},
                              {"pattern": "(.*@x", "replacement": ""}]}},
     "groups.patterns[1].pattern: missing closing parenthesis at offset 5."),
    ({"users": {"patterns": [{"pattern": "(.*)", "replacement": "$2"}]}},
     "users.patterns[0].replacement: unknown substring at offset 2."),
    ({"users": {"Import": False}}, "users.Import: there is no such rule."),
    ({"users": {"onDelete": "forget"}},
     "users.onDelete: must be takeBack, removeAccess, suspend, delete or nothing."),
    ({"rules": {}}, "rules: there is no such rule."),
    ({"groups": {"passThrough": {"prefix": "x" * 256}}}, "Jira's limit"),
    ({"users": {"defaultGroups": ["ä" * 256]}}, "users.defaultGroups[0]: must not be longer"),
    ({"users": {"defaultGroups": ["all", " blank "]}},
     "users.defaultGroups[1]: must not begin with a blank."),
    ({"groups": {"mappings": [{"group": "devs", "jiraGroups": ["devs "]}]}},
     "groups.mappings[0].jiraGroups[0]: must not end with a blank."),
])
def test_wrong_rules_are_refused_with_their_path(rules: dict[str, Any], detail: str,
                                                 admin: AdminClient, quiet: Any) -> None:
    admin.put_rules(quiet.name, LOCAL_PART)
    assert_problem(admin.put(path(quiet), rules), 400, detail)
    assert admin.rules(quiet.name) == changed(**LOCAL_PART)


def test_rules_must_be_an_object(admin: AdminClient, quiet: Any) -> None:
    assert_problem(admin.put(path(quiet), []), 400, "object")
    twice = '{"precedence": 1, "precedence": 2}'
    assert_problem(admin.put(path(quiet), body=twice, headers={"Content-Type": "application/json"}),
                   400, "twice")


def test_a_forgotten_body_does_not_end_the_rules(admin: AdminClient, quiet: Any) -> None:
    admin.put_rules(quiet.name, LOCAL_PART)
    assert_problem(admin.put(path(quiet), headers={"Content-Type": "application/json"}), 400,
                   "no body")
    assert admin.rules(quiet.name) == changed(**LOCAL_PART)


def test_addresses_and_methods(admin: AdminClient, quiet: Any) -> None:
    assert_problem(admin.get("/api/idps/nobody/rules"), 404, "nobody")
    assert_problem(admin.put("/api/idps/nobody/rules", {}), 404, "nobody")
    assert_problem(admin.post("/api/idps/nobody/rules/try", {}), 404, "nobody")
    assert_problem(admin.get(f"{path(quiet)}/no"), 404)
    assert admin.patch(path(quiet), {}).expect(405).headers["Allow"] == "GET, HEAD, PUT"
    assert admin.delete(path(quiet)).expect(405).headers["Allow"] == "GET, HEAD, PUT"
    assert admin.get(f"{path(quiet)}/try").expect(405).headers["Allow"] == "POST"


# Trying


def tried(admin: AdminClient, idp: Any, **body: Any) -> dict[str, Any]:
    return admin.post(f"{path(idp)}/try", body).expect(200).json()


def test_trying_says_what_becomes_of_names_and_why(admin: AdminClient, quiet: Any) -> None:
    rules = {"users": {"filter": {"exclude": [{"attribute": "email", "pattern": "@old\\."}]},
                       **LOCAL_PART["users"]},
             "groups": {"mappings": [{"group": "Dev", "jiraGroups": ["dev", "all"],
                                      "authoritative": True}],
                        "ignore": [{"pattern": "^tmp-"}], "passThrough": {"prefix": "idp-"}}}
    answer = tried(admin, quiet, rules=rules, groups=["Dev", "tmp-1", "Ops"], usernames=[
        "Ann@Example.com", "bob", {"userName": "eve", "email": "Eve@OLD.example.com"},
        {"userName": "dan@old.example.com", "email": None}])
    assert answer["users"] == [
        {"userName": "Ann@Example.com", "result": "rewritten", "name": "Ann",
         "email": "ann@example.com", "rule": "users.patterns[0]",
         "why": "the name matches (.*)@.*", "warning": None},
        {"userName": "bob", "result": "kept", "name": "bob", "email": None,
         "rule": "users.otherwise", "why": "no pattern matches the name, and such are kept",
         "warning": None},
        {"userName": "eve", "result": "skipped", "name": None, "email": "eve@old.example.com",
         "rule": "users.filter.exclude[0]", "why": "the e-mail address matches @old\\.",
         "warning": None},
        {"userName": "dan@old.example.com", "result": "skipped", "name": None,
         "email": "dan@old.example.com", "rule": "users.filter.exclude[0]",
         "why": "the e-mail address matches @old\\.", "warning": None}]
    assert [(group["group"], group["jiraGroups"], group["authoritative"], group["rule"])
            for group in answer["groups"]] == [
        ("Dev", ["dev", "all"], True, "groups.mappings[0]"),
        ("tmp-1", [], False, "groups.ignore[0]"), ("Ops", ["idp-Ops"], False, "groups.otherwise")]


def test_trying_takes_the_stored_rules_and_changes_nothing(admin: AdminClient, quiet: Any) -> None:
    admin.put_rules(quiet.name, LOCAL_PART)
    before = admin.events(), admin.rules(quiet.name)
    assert tried(admin, quiet, usernames=["a@example.com"])["users"][0]["name"] == "a"
    skip = {"users": {"otherwise": "skip"}}
    answer = tried(admin, quiet, usernames=["a@example.com"], rules=skip)
    assert answer["users"][0]["result"] == "skipped"
    assert tried(admin, quiet) == {"users": [], "groups": []}
    assert (admin.events(), admin.rules(quiet.name)) == before


def test_a_pattern_that_never_ends_is_told_of(admin: AdminClient, quiet: Any) -> None:
    rules = {"users": {"patterns": [{"pattern": "^(a+)+$", "replacement": "x"}]}}
    user = tried(admin, quiet, usernames=["a" * 200 + "!"], rules=rules)["users"][0]
    assert user["result"] == "kept"
    assert user["warning"] == "users.patterns[0]: match limit exceeded"


@pytest.mark.parametrize("body, words", [
    ({"usernames": "ann"}, "usernames must be a list"), ({"groups": {}}, "groups must be a list"),
    ({"usernames": ["a"] * 101}, "100"), ({"groups": ["a"] * 101}, "100"),
    ({"usernames": ["a", 7]}, "usernames[1]"), ({"groups": [None]}, "groups[0]"),
    ({"usernames": [{"email": "a@example.com"}]}, "usernames[0]"),
    ({"usernames": [{"userName": "a", "email": 1}]}, "usernames[0]"),
    ({"groups": ["x" * 2049]}, "2048"), ({"users": []}, "users"),
    ({"rules": {"users": {"patterns": [{"pattern": "[", "replacement": ""}]}}},
     "users.patterns[0].pattern: missing terminating ]"),
    ({"rules": []}, "rules must be an object"),
])
def test_wrong_tries(body: dict[str, Any], words: str, admin: AdminClient, quiet: Any) -> None:
    assert_problem(admin.post(f"{path(quiet)}/try", body), 400, words)


def test_rules_of_a_newer_module_are_not_taken_for_none(admin: AdminClient, idp: Any, httpd: Any
                                                        ) -> None:
    """Somebody installed the old module again: it says so, and new rules can be put."""
    stored = json.dumps({"users": {"telepathy": True}})
    execute(httpd.database, f"UPDATE idp SET rules = '{stored}', version = version + 1 "
                            f"WHERE name = '{idp.name}'")
    httpd.error_log.expect("SCIM0153", count=1)
    idp.scim.create_user("jo@example.com")
    httpd.error_log.wait_for("rules of .* can't be read")
    assert_problem(admin.get(path(idp)), 500, "users.telepathy: there is no such rule")
    assert_problem(admin.post(f"{path(idp)}/try", {}), 500, "users.telepathy")
    assert admin.put_rules(idp.name, LOCAL_PART) == changed(**LOCAL_PART)
    assert "could not be read" in events(admin, idp)[0]["detail"]

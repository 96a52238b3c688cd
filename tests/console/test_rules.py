"""The rules of an identity provider in the console: what is done with what it tells, who comes in
under which name, tried on real names before it is saved."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from tests.console import accessibility
from tests.console.window import Keys, Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

HOSTILE = "<img src=x onerror=\"document.title='stolen'\">"
# What another page shows, and every save of these must keep.
KEPT = {"precedence": 7, "guard": {"window": 30, "deletions": {"number": 3}}}
# Holds back the answer to the first call of rules/try after this, until release() is called.
HOLD_BACK = """
    const real = window.fetch;
    let held = false;
    window.fetch = async (...call) => {
        const answer = await real(...call);
        if (!held && String(call[0]).endsWith("/rules/try")) {
            held = true;
            await new Promise((done) => { window.release = done; });
            window.fetch = real;
        }
        return answer;
    };"""


@pytest.fixture
def main(window: Window, admin: AdminClient, jira: JiraProcess) -> Window:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    return window


def made(admin: AdminClient, name: str = "okta", people: tuple[str, ...] = (),
         rules: dict[str, Any] = {}, **settings: str) -> dict[str, Any]:
    """An IdP that has told of these people; its rules, as they are read."""
    idp = admin.create_idp(name, site="main", **{"state": "paused", **settings})
    with closing(scim_client(idp)) as scim:
        for person in people:
            scim.create_user(person, emails=[{"value": person}] if "@" in person else [])
    return admin.put_rules(name, rules)


def saved(window: Window, *words: str) -> None:
    window.click("button", "Save")
    window.sees("Saved.", *words)


def tried(window: Window) -> dict[str, list[str]]:
    """Of each name that was tried the lines that are said of it."""
    rows = window.script("""return [...document.querySelectorAll(".results li")].map(
        (row) => [...row.querySelectorAll("strong, .badge, p:not(.said)")].map(
            (each) => each.textContent))""")
    return {name: lines for name, *lines in rows}


def shows(window: Window, expected: dict[str, str]) -> None:
    """Waits until each of these names is said to come in, or to stay out, as told."""
    until(lambda: {name: lines[0] for name, lines in tried(window).items()} == expected,
          f"{expected}, not {tried(window)}")


# Operations


def test_every_operation_is_saved_and_nothing_else_changes(main: Window, admin: AdminClient
                                                           ) -> None:
    before = made(admin, rules={**KEPT, "users": {"defaultGroups": ["all"]}, "groups": {
        "passThrough": {"prefix": "okta "}, "mappings": [{"group": "a", "jiraGroups": ["b"],
                                                          "authoritative": True}]}})
    main.open("idps/okta")
    main.click("link", "Rules")
    until(lambda: main.heading == "Rules of okta", "the rules")
    main.sees("Nothing has been changed")
    for box in ("Create an account for who has none in Jira",
                "Write changes of names, titles and departments to Jira",
                "Groups stand for groups in Jira",
                "Delete the group in Jira, too, if the module made it",
                "The identity provider alone decides who is in its groups in Jira"):
        main.click("checkbox", box)
    main.click("radio", "others, or none")
    main.click("checkbox", "Jira Service Management, as an agent")
    main.click("radio", "When somebody is deactivated: the account is suspended")
    main.click("radio", "When somebody is deleted: the account is deleted from the site")
    main.sees("New rules hold for those who left before, too")
    main.write("Length", "36")
    main.find("combobox", "in").send_keys("hours")
    main.sees("Not saved yet: Import users, Update attributes, Products of new accounts")
    saved(main, "It is paused", "What would change, and why")
    assert main.find("link", "What would change, and why").get_attribute("href").endswith(
        "#/idps/okta/plan")
    users = before["users"] | {
        "import": False, "update": True, "products": ["jira-servicedesk"],
        "onDeactivate": "suspend", "onDelete": "delete", "gracePeriod": 36 * 3600}
    groups = before["groups"] | {"import": False, "delete": True, "authoritative": True}
    assert admin.rules("okta") == before | {"users": users, "groups": groups}
    main.sees("Everything is saved")


@pytest.mark.parametrize("state, words", [("live", "the guard holds that until you decide"),
                                          ("dryRun", "nothing is written to Jira")])
def test_what_follows_a_save_is_said(main: Window, admin: AdminClient, state: str, words: str
                                     ) -> None:
    made(admin, state=state)
    main.open("idps/okta/rules")
    main.click("checkbox", "Create an account for who has none in Jira")
    saved(main, words)


def test_operations_of_customers(main: Window, admin: AdminClient) -> None:
    before = made(admin, "partners", mode="customers", rules=KEPT)
    main.open("idps/partners/rules")
    assert main.all("checkbox", "Delete the group in Jira, too, if the module made it") == []
    main.sees("access to all portals is revoked", "No call gives that back")
    main.click("checkbox", "Have Jira send an e-mail to customers whom it creates")
    main.click("radio", "When somebody is deleted: access to all portals is revoked")
    saved(main)
    users = before["users"] | {"invite": True, "onDelete": "revoke"}
    assert admin.rules("partners") == before | {"users": users}


def test_a_grace_period_that_is_none_is_not_saved(main: Window, admin: AdminClient) -> None:
    before = made(admin, rules={"users": {"gracePeriod": 90}})
    main.open("idps/okta/rules")
    assert main.find("textbox", "Length").get_attribute("value") == "90"
    main.write("Length", "soon")
    main.click("button", "Save")
    main.sees("A whole number, 0 for none")
    main.write("Length", "99999999")
    main.click("button", "Save")
    main.sees("users.gracePeriod: must be", "\nmust be a whole number from 0 to 31536000.\n")
    assert admin.rules("okta") == before


# Saving


def test_what_somebody_else_has_changed_is_not_overwritten(main: Window, admin: AdminClient
                                                           ) -> None:
    made(admin)
    main.open("idps/okta/rules")
    theirs = admin.put_rules("okta", {"users": {"gracePeriod": 60}})
    main.click("checkbox", "Create an account for who has none in Jira")
    main.click("button", "Save")
    main.sees("admin has changed okta or its rules", "nothing is saved",
              "change again: Import users.")
    assert admin.rules("okta") == theirs
    main.click("button", "Load anew")
    main.sees("Nothing has been changed")
    assert main.find("textbox", "Length").get_attribute("value") == "1"
    main.click("checkbox", "Create an account for who has none in Jira")
    saved(main)
    main.click("checkbox", "Create an account for who has none in Jira")
    saved(main)
    assert admin.rules("okta") == theirs


def test_who_leaves_with_unsaved_changes_is_asked(main: Window, admin: AdminClient) -> None:
    before = made(admin)
    main.open("idps/okta/rules")
    asks = """const event = new Event("beforeunload", { cancelable: true });
              dispatchEvent(event); return event.defaultPrevented;"""
    assert not main.script(asks)
    main.click("checkbox", "Create an account for who has none in Jira")
    assert main.script(asks)
    main.click("link", "Jira sites")
    main.wait_for("dialog", "Leave without saving?")
    assert accessibility.faults(main) == []
    main.press(Keys.ESCAPE)
    until(lambda: main.all("dialog") == [], "the question to go")
    assert main.heading == "Rules of okta"
    assert main.driver.current_url.endswith("#/idps/okta/rules")
    assert not main.find("checkbox", "Create an account for who has none in Jira").is_selected()
    main.click("link", "Jira sites")
    main.click("button", "Leave")
    until(lambda: main.heading == "Jira sites", "the other page")
    assert not main.script(asks)
    assert admin.rules("okta") == before


def test_all_changes_are_undone(main: Window, admin: AdminClient) -> None:
    before = made(admin)
    main.open("idps/okta/rules")
    main.click("checkbox", "Create an account for who has none in Jira")
    main.click("button", "Undo all")
    main.sees("Nothing has been changed")
    assert main.find("checkbox", "Create an account for who has none in Jira").is_selected()
    main.click("button", "Save")
    main.sees("there is nothing to save")
    assert admin.rules("okta") == before


# People, as they are tried


def test_patterns_are_tried_as_they_are_typed(main: Window, admin: AdminClient) -> None:
    before = made(admin, people=("ada@example.com", "bob@example.com", "svc-robot"), rules=KEPT)
    main.open("idps/okta/rules/people")
    everybody = {"ada@example.com": "comes in", "bob@example.com": "comes in",
                 "svc-robot": "comes in"}
    shows(main, everybody)
    assert tried(main)["svc-robot"][1].endswith("nobody can be found in Jira.")
    main.click("button", "Add a pattern", inside=main.script(
        "return document.querySelectorAll('.row-list')[1]"))
    main.press("^(ada|bob)@")
    shows(main, everybody | {"ada@example.com": "stays out", "bob@example.com": "stays out"})
    main.sees("Of 3 names, 1 comes in; 2 are different by what is not saved yet", "Decides 2 of")
    assert tried(main)["ada@example.com"][1:3] == [
        "These stay out, 1: the e-mail address matches ^(ada|bob)@",
        "By the saved rules: comes in, looked for in Jira as ada@example.com"]
    main.press(Keys.HOME, "(")
    main.sees("These rules can't be tried. These stay out, 1: missing closing parenthesis")
    pattern = main.find("textbox", "matches the pattern: pattern 1, These stay out")
    assert pattern.get_attribute("aria-invalid") is not None
    described = main.script("return document.getElementById("
                            "arguments[0].getAttribute('aria-describedby')).textContent", pattern)
    assert described.startswith("missing closing parenthesis at offset")
    assert tried(main) == {}
    main.click("button", "Save")
    main.sees("Not done", "users.filter.exclude[0].pattern")
    assert main.driver.switch_to.active_element == pattern
    assert admin.rules("okta") == before
    main.press(Keys.HOME, Keys.DELETE)
    shows(main, everybody | {"ada@example.com": "stays out", "bob@example.com": "stays out"})
    assert pattern.get_attribute("aria-invalid") is None
    saved(main)
    exclude = [{"attribute": "email", "pattern": "^(ada|bob)@"}]
    users = before["users"] | {"filter": {"include": [], "exclude": exclude}}
    assert admin.rules("okta") == before | {"users": users}


def test_the_first_pattern_that_matches_makes_the_name(main: Window, admin: AdminClient) -> None:
    patterns = [{"pattern": "^(.*)@old\\.example$", "replacement": "$1@example.com"},
                {"pattern": "^ada(.*)$", "replacement": "countess$1"}]
    made(admin, people=("ada@old.example",), rules={"users": {"patterns": patterns}})
    main.open("idps/okta/rules/people")
    until(lambda: "looked for in Jira as ada@example.com" in str(tried(main)), "the name")
    main.click("button", "Down: pattern 1, User names")
    until(lambda: "countess@old.example" in str(tried(main)), "the other one")
    assert main.driver.switch_to.active_element.accessible_name == "Up: pattern 2, User names"
    main.click("radio", "keep the person out")
    saved(main)
    users = admin.rules("okta")["users"]
    assert users["patterns"] == patterns[::-1] and users["otherwise"] == "skip"
    main.click("button", "Remove: pattern 1, User names")
    main.click("button", "Remove: pattern 1, User names")
    shows(main, {"ada@old.example": "stays out"})
    main.sees("User names that no pattern matches: no pattern matches the name")
    saved(main)
    assert admin.rules("okta")["users"]["patterns"] == []


def test_names_are_looked_for_and_others_can_be_typed(main: Window, admin: AdminClient) -> None:
    made(admin, people=(*(f"p{number:03}@example.com" for number in range(105)),
                        f"{HOSTILE}@example.com"))
    main.open("idps/okta/rules/people")
    main.sees("Of 20 names, 20 come in")
    main.click("button", "Try more of them")
    main.sees("Of 100 names, 100 come in", "There are more than 100")
    main.write("Names that okta has told of", "<img")
    shows(main, {f"{HOSTILE}@example.com": "comes in"})
    main.write("Names that okta has told of", "P01")
    shows(main, {f"p01{number}@example.com": "comes in" for number in range(10)})
    main.write("Names that okta has told of", "new@example.com")
    shows(main, {"new@example.com": "comes in"})
    main.sees("As typed: okta has not told of it")
    assert main.script("return document.querySelectorAll('main img').length") == 0


def test_an_early_answer_that_is_late_is_not_shown(main: Window, admin: AdminClient) -> None:
    made(admin, people=("ada@example.com", "bob@example.com"), rules={"users": {"filter": {
        "exclude": [{"attribute": "userName", "pattern": "nobody"}]}}})
    main.open("idps/okta/rules/people")
    shows(main, {"ada@example.com": "comes in", "bob@example.com": "comes in"})
    main.script(HOLD_BACK)
    name = "matches the pattern: pattern 1, These stay out"
    main.write(name, "^ada")
    until(lambda: main.script("return Boolean(window.release)"), "the answer that is held back")
    main.write(name, "^bob")
    expected = {"ada@example.com": "comes in", "bob@example.com": "stays out"}
    shows(main, expected)
    main.script("window.release()")
    shows(main, expected)
    main.write("Names that okta has told of", "bob")
    shows(main, {"bob@example.com": "stays out"})


def test_a_pattern_of_several_lines_survives(main: Window, admin: AdminClient) -> None:
    """Put by curl; a field has one line."""
    patterns = [{"pattern": "(?x)\n ^ada # a comment\n", "replacement": "countess"}]
    before = made(admin, people=("ada",), rules={"users": {"patterns": patterns}})
    main.open("idps/okta/rules/people")
    main.sees("Nothing has been changed", "Of 1 name, 1 comes in")
    main.click("radio", "keep the person out")
    saved(main)
    assert admin.rules("okta") == before | {"users": before["users"] | {"otherwise": "skip"}}

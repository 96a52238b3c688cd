"""The guard's limits, and who wins, on a page of the rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console.window import Window
from tests.harness.admin import AdminClient
from tests.harness.jira import JiraProcess

# What this page does not show, and every save must keep.
KEPT = {"users": {"gracePeriod": 90, "defaultGroups": ["all"]}, "groups": {"delete": True}}


@pytest.fixture
def main(window: Window, admin: AdminClient, jira: JiraProcess) -> Window:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.create_idp("okta", site="main", state="paused")
    admin.put_rules("okta", KEPT)
    return window


def write(window: Window, rule: str, text: str) -> Any:
    """Into the field of a rule."""
    field = window.script("return document.getElementsByName(arguments[0])[0]", rule)
    field.clear()
    field.send_keys(text)
    return field


def saved(window: Window) -> None:
    window.click("button", "Save")
    window.sees("Saved.")


def test_every_limit_is_saved_and_nothing_else_changes(main: Window, admin: AdminClient) -> None:
    before = admin.rules("okta")
    main.open("idps/okta/rules")
    main.click("link", "Guard")
    main.sees("Rules of okta: guard", "Nothing has been changed")
    limits = {"deactivations": {"number": 50, "percent": 5},
              "deletions": {"number": 0, "percent": 100},
              "memberships": {"number": 1000000, "percent": 0}}
    for kind, limit in limits.items():
        for name, value in limit.items():
            write(main, f"guard.{kind}.{name}", str(value))
    main.write("Minutes", "1440")
    main.write("Precedence", "7")
    main.sees("Not saved yet: Minutes, Who loses all access, Who loses all access, %")
    saved(main)
    after = before | {"precedence": 7, "guard": {"enabled": True, "window": 1440, **limits}}
    assert admin.rules("okta") == after
    main.open("idps/okta/rules/guard")
    main.sees("Nothing has been changed")
    main.click("checkbox", "Ask somebody before much is taken away")
    main.sees("nothing is counted any more, and what the guard holds now is done")
    saved(main)
    assert admin.rules("okta") == after | {"guard": after["guard"] | {"enabled": False}}


def test_what_the_limits_come_to_is_said_as_one_types(main: Window) -> None:
    """Those of docs/rules.md, and others."""
    main.open("idps/okta/rules/guard")
    main.sees("Within 60 minutes of 20 people 10, of 300 30, of 2,000 200, of 20,000 500.")
    write(main, "guard.deactivations.percent", "0")
    main.sees("of 20 people 10, of 300 10, of 2,000 10, of 20,000 10.")
    write(main, "guard.deactivations.percent", "100")
    main.sees("of 20 people 20, of 300 300, of 2,000 500, of 20,000 500.")
    write(main, "guard.deactivations.number", "0")
    write(main, "guard.window", "1")
    main.sees("Within 1 minute of 20 people 0, of 300 0, of 2,000 0, of 20,000 0.")


@pytest.mark.parametrize("rule, text, words", [
    ("guard.window", "0", "A whole number from 1 to 10,080."),
    ("guard.deletions.percent", "101", "A whole number from 0 to 100."),
    ("guard.memberships.number", "1.5", "A whole number from 0 to 1,000,000."),
    ("precedence", "", "Precedence is needed."),
])
def test_what_is_no_limit_is_said_at_the_field(main: Window, admin: AdminClient, rule: str,
                                               text: str, words: str) -> None:
    before = admin.rules("okta")
    main.open("idps/okta/rules/guard")
    field = write(main, rule, text)
    main.click("button", "Save")
    main.sees(words, "see what is said there")
    assert field.get_attribute("aria-invalid") is not None
    assert main.driver.switch_to.active_element == field
    assert admin.rules("okta") == before


def test_two_administrators(main: Window, admin: AdminClient) -> None:
    main.open("idps/okta/rules/guard")
    admin.put_rules("okta", {**KEPT, "precedence": 5})
    main.write("Minutes", "30")
    main.click("button", "Save")
    main.sees("has changed okta or its rules", "So nothing is saved", "change again: Minutes.")
    assert admin.rules("okta")["guard"]["window"] == 60
    main.click("button", "Load anew")
    main.sees("Nothing has been changed")
    assert main.find("textbox", "Precedence").get_attribute("value") == "5"

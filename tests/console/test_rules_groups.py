"""What an identity provider's groups stand for, in the console: the mapping with a search on both
sides, what is done with other groups, and who would gain by one before it is taken over."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from tests.console import accessibility
from tests.console.test_rules import HOSTILE, KEPT, main, saved, shows, tried  # noqa: F401
from tests.console.window import Keys, Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

ADA, BOB, GUEST = "ada@example.com", "bob@example.com", "guest@example.com"


def made(admin: AdminClient, name: str = "okta", groups: tuple[str, ...] = ("Developers",),
         rules: dict[str, Any] = {}, **settings: Any) -> dict[str, Any]:
    """An IdP that has told of these groups, with Ada and Bob in each; its rules, as read."""
    idp = admin.create_idp(name, **{"site": "main", "state": "paused", **settings})
    with closing(scim_client(idp)) as scim:
        people = [scim.create_user(each, emails=[{"value": each}])["id"] for each in (ADA, BOB)]
        for group in groups:
            scim.create_group(group, people)
    return admin.put_rules(name, rules)


def in_jira(jira: JiraProcess, group: str, *addresses: str) -> None:
    jira.control.edit("add-group", name=group)
    for address in addresses:
        jira.control.edit("add-account", email=address)
        jira.control.edit("add-member", group=group, account=address)


def line(group: str, *names: str, **more: Any) -> dict[str, Any]:
    return {"group": group, "jiraGroups": list(names), **more}


def options(window: Window, *expected: str) -> list[str]:
    """What the list offers, once what was typed has been searched, with all of these in it."""
    def offered() -> list[str]:
        return window.script("""return document.querySelector("[role=listbox][aria-busy]") ? []
            : [...document.querySelectorAll("[role=option]")].filter((each) =>
                each.checkVisibility()).map((each) => each.innerText)""")
    until(lambda: set(expected) <= set(offered()), f"{expected} to be offered, not {offered()}")
    return offered()


def choose(window: Window, field: str, text: str, option: str) -> None:
    window.write(field, text)
    options(window, option)
    window.click("option", option.replace("\n", " "))


# The mapping


def test_a_group_is_mapped_by_the_keyboard_alone(main: Window, admin: AdminClient,
                                                 jira: JiraProcess) -> None:
    before = made(admin, groups=("Developers", "Devils", "Sales"), rules=KEPT)
    in_jira(jira, "jira-dev")
    main.open("idps/okta/rules/groups")
    field = main.tab_to("textbox", "Group of okta")
    assert field.get_attribute("role") == "combobox"
    assert field.get_attribute("aria-expanded") == "false"
    main.press("dev")
    assert options(main, "Developers", "Devils")[:2] == ["Developers", "Devils"]
    assert field.get_attribute("aria-expanded") == "true"
    assert accessibility.faults(main) == []
    main.press(Keys.DOWN, Keys.DOWN)
    active = main.script("return document.getElementById(arguments[0].getAttribute("
                         "'aria-activedescendant')).textContent", field)
    assert active == "Devils"
    main.press(Keys.UP, Keys.ENTER)
    assert field.get_attribute("value") == "Developers"
    assert field.get_attribute("aria-expanded") == "false"
    main.press(Keys.TAB, "JIRA-D")
    options(main, "jira-dev")
    main.press(Keys.DOWN, Keys.TAB)
    assert main.find("textbox", "Group in Jira").get_attribute("value") == "jira-dev"
    main.press(Keys.ENTER)
    main.sees("Not saved yet: Mapping")
    assert main.driver.switch_to.active_element == field
    until(lambda: "jira-dev" in str(tried(main)["Developers"]), "it to be tried")
    main.tab_to("button", "Save").send_keys(Keys.ENTER)
    main.sees("Saved.")
    groups = before["groups"] | {"mappings": [line("Developers", "jira-dev")]}
    assert admin.rules("okta") == before | {"groups": groups}


def test_escape_closes_the_list_and_then_empties_the_field(main: Window, admin: AdminClient
                                                           ) -> None:
    made(admin)
    main.open("idps/okta/rules/groups")
    main.write("Group of okta", "dev")
    options(main, "Developers")
    main.press(Keys.ESCAPE)
    assert main.all("option") == []
    assert main.find("textbox", "Group of okta").get_attribute("value") == "dev"
    main.press(Keys.ESCAPE)
    assert main.find("textbox", "Group of okta").get_attribute("value") == ""
    main.click("button", "Map")
    main.sees("Group of okta: take one", "Group in Jira: take one")
    main.press("dev")
    main.click("button", "Save")
    main.sees("Mapping: see what is said there", "Map it, or empty the field")


def test_the_beginning_of_a_name_is_not_taken_for_one(main: Window, admin: AdminClient) -> None:
    before = made(admin)
    main.open("idps/okta/rules/groups")
    main.write("Group of okta", "Dev")
    options(main, "Developers", "Dev\nas typed: not told of yet")
    choose(main, "Group in Jira", "x-1", "x-1\nas typed: made if Jira has none")
    main.click("button", "Map")
    main.sees("Group of okta: take one from the list")
    choose(main, "Group of okta", "Dev", "Dev\nas typed: not told of yet")
    main.click("button", "Map")
    saved(main)
    groups = before["groups"] | {"mappings": [line("Dev", "x-1")]}
    assert admin.rules("okta") == before | {"groups": groups}


def test_of_several_sites_one_is_searched(main: Window, admin: AdminClient, jira: JiraProcess
                                          ) -> None:
    admin.put_site("far", "http://127.0.0.1:9", jira.email, jira.api_token)
    made(admin, site="far")
    admin.patch("/api/idps/okta", {"sites": ["far", "main"]}).expect(200)
    in_jira(jira, "jira-dev")
    main.open("idps/okta/rules/groups")
    main.write("Group in Jira", "jira-d")
    main.sees("Jira can't be read (0)")
    main.find("combobox", "Jira site to search in").send_keys("main")
    main.write("Group in Jira", "jira-de")
    options(main, "jira-dev")


def test_what_jira_has_says_what_it_is(main: Window, admin: AdminClient, jira: JiraProcess
                                       ) -> None:
    made(admin, name="entra", groups=("Everyone",), state="live",
         rules={"groups": {"mappings": [line("Everyone", "jira-all")]}})
    until(lambda: jira.control.state()["groups"] and not admin.tasks(), "the group in Jira")
    made(admin)
    main.open("idps/okta/rules/groups")
    main.write("Group in Jira", "a")
    protected = "site-admins\nprotected: site-admins is a group of Jira's site administrators"
    options(main, "jira-all\ntaken over already: entra's Everyone", protected)
    main.click("option", protected.replace("\n", " "))
    assert main.find("textbox", "Group in Jira").get_attribute("value") == "a"
    assert main.all("option"), "what is protected can't be taken"
    choose(main, "Group of okta", "dev", "Developers")
    choose(main, "Group in Jira", "brand-new", "brand-new\nas typed: made if Jira has none")
    main.click("button", "Map")
    saved(main)
    assert admin.rules("okta")["groups"]["mappings"] == [line("Developers", "brand-new")]


def test_lines_are_changed_and_taken_out(main: Window, admin: AdminClient) -> None:
    made(admin, groups=("Developers", "Sales"), rules={"groups": {"mappings": [
        line("Developers", "a", "b"), line("Sales", "c"), line("Ops", "d", authoritative=True)]}})
    main.open("idps/okta/rules/groups")
    main.click("button", "Take a out of the line of Developers")
    main.click("button", "Take c out of the line of Sales")
    main.find("combobox", "Others who are in what Developers stands for").send_keys("Others in")
    main.click("button", "Remove the line of Ops")
    choose(main, "Group of okta", "Dev", "Developers\nis mapped already: this adds to it")
    choose(main, "Group in Jira", "e", "e\nas typed: made if Jira has none")
    main.click("button", "Map")
    saved(main)
    assert admin.rules("okta")["groups"]["mappings"] == [
        line("Developers", "b", "e", authoritative=False)]


def test_many_lines_stay_usable(main: Window, admin: AdminClient) -> None:
    made(admin, rules={"groups": {"mappings": [
        line(f"group {number:03}", f"jira {number:03}") for number in range(120)]}})
    main.open("idps/okta/rules/groups")
    main.sees("50 of 120 lines are shown")
    main.click("button", "Show more")
    main.sees("100 of 120 lines are shown", "group 099")
    main.write("Show lines with (optional)", "JIRA 11")
    until(lambda: len(main.script("return document.querySelectorAll('.mapped > li')")) == 10,
          "the lines that hold it")
    main.click("button", "Remove the line of group 117")
    saved(main)
    assert len(admin.rules("okta")["groups"]["mappings"]) == 119


def test_a_site_that_does_not_answer_leaves_the_typing(main: Window, admin: AdminClient,
                                                       jira: JiraProcess) -> None:
    made(admin)
    jira.control.configure(down={"how": "503"})
    try:
        main.open("idps/okta/rules/groups")
        main.write("Group in Jira", "devs")
        main.sees("Jira can't be read (503)", "A name can be typed all the same")
    finally:
        jira.control.configure(down=None)
    choose(main, "Group of okta", "dev", "Developers")
    main.click("button", "Map")
    main.sees("Not saved yet: Mapping")
    shown = main.script("return document.querySelector('.mapped .stands').textContent")
    assert shown == "Developersstands for devs×"


# Other groups, and everybody


def test_other_groups(main: Window, admin: AdminClient, jira: JiraProcess) -> None:
    before = made(admin, groups=("APP_Jira_Sales", "Everyone", "tmp-1"), rules=KEPT)
    in_jira(jira, "jira-all")
    main.open("idps/okta/rules/groups")
    comes = {"APP_Jira_Sales": "comes in", "Everyone": "comes in", "tmp-1": "comes in"}
    shows(main, comes)
    main.click("button", "Add a group")
    main.press("^tmp-")
    shows(main, comes | {"tmp-1": "stands for nothing"})
    main.click("button", "Add a pattern")
    main.press("^APP_Jira_(.*)$", Keys.TAB, "\\L$1")
    main.click("radio", "stay out", inside=main.script(
        "return document.querySelector('[name=\"groups.otherwise\"]').closest('fieldset')"))
    main.write("Put before these names (optional)", "okta ")
    shows(main, {"APP_Jira_Sales": "comes in", "Everyone": "stands for nothing",
                 "tmp-1": "stands for nothing"})
    until(lambda: "okta sales" in str(tried(main)["APP_Jira_Sales"]), "its name in Jira")
    choose(main, "Groups for everybody", "all", "jira-all")
    saved(main)
    groups = before["groups"] | {
        "ignore": [{"pattern": "^tmp-"}], "otherwise": "skip",
        "patterns": [{"pattern": "^APP_Jira_(.*)$", "replacement": "\\L$1"}],
        "passThrough": {"prefix": "okta ", "suffix": ""}}
    users = before["users"] | {"defaultGroups": ["jira-all"]}
    assert admin.rules("okta") == before | {"groups": groups, "users": users}
    main.write("Put behind these names (optional)", " x ")
    main.sees("must not end with a blank", "Put behind these names")


# Who would gain


def test_who_would_gain_is_seen_before_it_is_saved(main: Window, admin: AdminClient,
                                                   jira: JiraProcess) -> None:
    before = made(admin, rules={"users": {"filter": {"exclude": [
        {"attribute": "email", "pattern": "^bob"}]}}})
    in_jira(jira, "taken", GUEST)
    main.open("idps/okta/rules/groups")
    choose(main, "Group of okta", "Dev", "Developers")
    choose(main, "Group in Jira", "tak", "taken")
    main.click("button", "Map")
    main.click("button", "Who gains? Developers")
    main.wait_for("dialog", "What Developers stands for in Jira")
    main.sees("Mapping, 1: this group is mapped", "is there, would be taken over",
              "Would gain access: 1.", ADA, "Not ours: 1.", GUEST, "and stay", "Withheld: 1.",
              f"{BOB}: ")
    assert accessibility.faults(main) == []
    main.click("button", "Close")
    main.find("combobox", "Others who are in what Developers stands for").send_keys("Others are")
    main.click("button", "Who gains? Developers")
    main.sees("Not ours: 1.", "and are taken out")
    main.press(Keys.ESCAPE)
    assert admin.rules("okta") == before


def test_who_keeps_and_who_is_leaving_by_a_group(main: Window, admin: AdminClient,
                                                 jira: JiraProcess) -> None:
    made(admin, state="live")
    until(lambda: admin.events("kind=jira.member.added") and not admin.tasks(), "both in it")
    admin.set_state("okta", "paused")
    main.open("idps/okta/rules/groups")
    main.click("button", "Who gains? Developers, as tried")
    main.sees("taken over already", "Have it already: 2.")
    main.press(Keys.ESCAPE)
    main.open("idps/okta/rules/people")
    main.click("button", "Add a pattern", inside=main.script(
        "return document.querySelectorAll('.row-list')[1]"))
    main.press("^bob")
    shows(main, {ADA: "comes in", BOB: "stays out"})
    saved(main)
    main.open("idps/okta/rules/groups")
    main.click("button", "Who gains? Developers, as tried")
    main.sees("Have it already: 1.", "Leaving: 1.")


def test_protected_groups_twins_and_strangers_are_said(main: Window, admin: AdminClient,
                                                       jira: JiraProcess) -> None:
    made(admin, rules={"groups": {"mappings": [
        line("Developers", "site-admins", "DEVS", "fresh"), line("Unheard of", "x")]}})
    in_jira(jira, "devs")
    main.open("idps/okta/rules/groups")
    main.click("button", "Who gains? Developers")
    main.sees("It is protected", "Jira has devs", "Map it to devs", "would be made")
    main.press(Keys.ESCAPE)
    main.click("button", "Who gains? Unheard of")
    main.sees("okta has told of no group Unheard of", "Once it has")


# Customers


def test_customers_groups_are_mapped_to_projects_and_organizations(
        main: Window, admin: AdminClient, jira: JiraProcess) -> None:
    before = made(admin, "partners", mode="customers", rules=KEPT)
    jira.control.edit("add-desk", project_key="DEMO", project_name="Demo desk")
    organization = "organization Example Ltd\nas typed: made if Jira has none"
    main.open("idps/partners/rules/groups")
    main.sees("A group that is not mapped stands for nothing")
    shows(main, {"Developers": "stands for nothing"})
    choose(main, "Group of partners", "dev", "Developers")
    choose(main, "Project or organization", "demo", "Demo desk (project DEMO)")
    main.click("button", "Map")
    choose(main, "Group of partners", "dev", "Developers\nis mapped already: this adds to it")
    choose(main, "Project or organization", "Example Ltd", organization)
    main.click("button", "Map")
    shows(main, {"Developers": "comes in"})
    main.sees("project DEMO, organization Example Ltd")
    main.click("button", "Who gains? Developers")
    main.sees("project DEMO is there", "Would gain access: 2.", "organization Example Ltd would be")
    main.press(Keys.ESCAPE)
    choose(main, "Organizations for everybody", "Example Ltd", organization)
    choose(main, "Projects for everybody", "DE", "Demo desk (project DEMO)")
    saved(main)
    mappings = [{"group": "Developers", "projects": ["DEMO"], "organizations": ["Example Ltd"]}]
    users = {"defaultProjects": ["DEMO"], "defaultOrganizations": ["Example Ltd"]}
    assert admin.rules("partners") == before | {
        "users": before["users"] | users, "groups": before["groups"] | {"mappings": mappings}}
    main.click("button", "Take project DEMO out of Projects for everybody")
    main.click("button", "Take project DEMO out of the line of Developers")
    saved(main)
    assert admin.rules("partners")["users"]["defaultProjects"] == []
    assert admin.rules("partners")["groups"]["mappings"] == [mappings[0] | {"projects": []}]


# Names


def test_a_script_in_a_name_stays_a_text(main: Window, admin: AdminClient, jira: JiraProcess
                                         ) -> None:
    made(admin, groups=(HOSTILE,), rules={"groups": {"mappings": [line(HOSTILE, HOSTILE)]}})
    in_jira(jira, HOSTILE, GUEST)
    main.open("idps/okta/rules/groups")
    shows(main, {HOSTILE: "comes in"})
    main.write("Group of okta", "<img")
    options(main, f"{HOSTILE}\nis mapped already: this adds to it")
    main.write("Group in Jira", "<img")
    options(main, HOSTILE)
    main.press(Keys.ESCAPE)
    main.click("button", f"Who gains? {HOSTILE}")
    main.sees(GUEST)
    assert main.script("return document.querySelectorAll('body img').length") == 0
    assert "stolen" not in main.driver.title

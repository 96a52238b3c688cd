"""By the keyboard alone: pages are gone through with Tab, Shift+Tab, Enter, Space, the arrows and
Escape. Wherever the focus is, it is seen; a question has it, and gives it back; and what is drawn
anew does not lose it. The first visit, people, tasks that failed, the mapping of groups, plots,
Google's visit and its pulls are gone through by the tests that are about them (`tab_to`)."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.console import accessibility
from tests.console.test_plan import deactivate, people, planned, shown
from tests.console.window import Keys, Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

ALL = Keys.CONTROL + "a" + Keys.NULL


def go(window: Window, role: str, name: str, back: bool = False) -> None:
    """To it, and Enter."""
    window.tab_to(role, name, back).send_keys(Keys.ENTER)


def follow(window: Window, link: str, heading: str, back: bool = False) -> None:
    """To another page, whose heading has the focus then."""
    go(window, "link", link, back)
    window.has_focus("heading", heading)


def asked(window: Window, button: str, question: str, *words: str, back: bool = False) -> None:
    """Enter on a button asks first. The question has the focus, and nothing else can get it; nobody
    is kept out of it, and Escape gives the focus back. At the end it is asked again."""
    go(window, "button", button, back)
    window.wait_for("dialog", question)
    window.has_focus("heading", question)
    window.sees(*words)
    assert accessibility.faults(window) == []
    for back in (*[False] * 4, *[True] * 6):
        window.tab(back)
        assert window.script("return document.activeElement === document.body"
                             " || document.activeElement.closest('dialog') !== null")
    window.press(Keys.ESCAPE)
    until(lambda: window.all("dialog") == [], "the question to go")
    window.has_focus("button", button)
    window.press(Keys.ENTER)
    window.has_focus("heading", question)


def on_clipboard(window: Window) -> str:
    text: str = window.driver.execute_async_script(
        "navigator.clipboard.readText().then(arguments[arguments.length - 1])")
    return text


def rows(window: Window) -> list[str]:
    return window.script("""return [...document.querySelectorAll("tbody tr")].map(
        (row) => row.cells[0].textContent.trim())""")


def test_an_identity_provider_is_paused_renamed_and_deleted(
        window: Window, okta: dict[str, Any], admin: AdminClient) -> None:
    window.open()
    follow(window, "okta", "okta")
    window.tab_to("radio", "dry run").send_keys(Keys.DOWN, Keys.DOWN)
    window.has_focus("radio", "paused")
    go(window, "button", "Set")
    window.sees("okta is paused.")
    window.has_focus("button", "Set")
    window.tab_to("textbox", "What you call it (optional)").send_keys("Works", Keys.ENTER)
    window.sees("It is called Works now.")
    window.has_focus("textbox", "What you call it (optional)")
    asked(window, "Delete …", "Delete Works (okta)?", "It has told of 0 people")
    window.tab_to("radio", "Everybody keeps the access that they have").send_keys(Keys.DOWN)
    window.has_focus("radio", "Everybody loses what only this identity provider gave")
    window.tab_to("textbox", "Write okta to confirm").send_keys("okta")
    go(window, "button", "Delete Works")
    window.has_focus("heading", "Identity providers")
    assert admin.idps() == []


def test_tokens_are_made_copied_replaced_and_revoked(window: Window, okta: dict[str, Any],
                                                     scim: ScimClient, admin: AdminClient) -> None:
    def ids() -> list[str]:
        return [token["id"][:8] for token in admin.tokens("okta")]

    def revoke(token: str, *words: str) -> None:
        asked(window, f"Revoke {token} …", f"Revoke {token}?", *words, back=True)
        go(window, "button", f"Revoke {token}")
        until(lambda: token in window.rows("Ended tokens"), "it among those that ended")

    scim.get("/Users").expect(200)
    window.open("idps/okta")
    follow(window, "Tokens", "Tokens of okta")
    window.tab_to("radio", "In the place of the others").send_keys(Keys.DOWN)
    window.has_focus("radio", "Beside the others")
    window.tab_to("textbox", "The new one ends on (optional)").send_keys("05012099")
    go(window, "button", "Make a token")
    window.sees("shown this once")
    window.has_focus("button", "Make a token")
    assert accessibility.faults(window) == []
    go(window, "button", "Copy Token")
    token = window.find("textbox", "Token").get_attribute("value")
    until(lambda: on_clipboard(window) == token, "the token on the clipboard")
    window.tab_to("radio", "Beside the others", back=True).send_keys(Keys.UP)
    window.tab_to("combobox", "The others end").send_keys(Keys.UP)
    go(window, "button", "Make a token")
    window.sees("The others end ")
    first, second, third = until(lambda: len(ids()) == 3 and ids(), "the third one")
    until(lambda: third in window.rows("Tokens"), "it in the list")
    assert window.rows("Tokens")[second][2].startswith("in 59 minutes: replaced by ")
    revoke(second, "Nobody has used it yet.")
    window.has_focus("button", f"Revoke {first} …")
    go(window, "button", f"Revoke {third} …")
    window.has_focus("heading", f"Revoke {third}?")
    value = window.script("return document.querySelector('input.copied').value")
    with closing(ScimClient(scim.base_url, token=value)) as client:
        client.get("/Users").expect(200)
    until(lambda: f"{third} used now" in window.rows("Tokens"), "the list to be drawn anew")
    window.press(Keys.ESCAPE)
    window.has_focus("button", f"Revoke {third} …")
    revoke(third, "okta uses it now")
    window.has_focus("button", f"Revoke {first} …")
    revoke(first, "the last one that is good")
    window.has_focus("heading", "A new token")


def test_limits_are_set_and_a_site_is_changed(window: Window, okta: dict[str, Any],
                                              scim: ScimClient, admin: AdminClient,
                                              jira: JiraProcess) -> None:
    scim.get("/Users").expect(200)
    admin.put("/api/sites/spare", {"baseUrl": "http://127.0.0.1:1", "email": jira.email,
                                   "apiToken": "demo-spare"}).expect(201)
    window.open("idps/okta")
    follow(window, "Limits", "Limits of okta")
    window.tab_to("textbox", "Requests per minute (optional)").send_keys("600")
    go(window, "button", "Add 127.0.0.1")
    window.has_focus("textbox", "Addresses that it may come from")
    window.press(ALL, "192.0.2.0/24")
    go(window, "button", "Set")
    window.sees("okta came from 127.0.0.1", "which is not in the list")
    window.has_focus("button", "Set")
    assert accessibility.faults(window) == []
    go(window, "button", "Set it all the same")
    window.sees("600 requests a minute, from 1 address or network.")
    window.has_focus("button", "Set it all the same")
    idp, = admin.idps()
    assert (idp["requestsPerMinute"], idp["allowFrom"]) == (600, ["192.0.2.0/24"])
    follow(window, "Jira sites", "Jira sites", back=True)
    follow(window, "main", "Jira site main")
    window.tab_to("checkbox", "Jira Product Discovery").send_keys(Keys.SPACE)
    go(window, "button", "Save and test")
    window.sees("It may administer users and groups here")
    window.has_focus("button", "Save and test")
    assert accessibility.faults(window) == []
    assert "jira-product-discovery" in admin.sites()[0]["products"]
    follow(window, "Jira sites", "Jira sites", back=True)
    follow(window, "spare", "Jira site spare")
    go(window, "button", "Delete this site")
    window.has_focus("heading", "Jira sites")
    assert [site["name"] for site in admin.sites()] == ["main"]


def test_a_plan_is_read_and_set_live(window: Window, okta: dict[str, Any], scim: ScimClient,
                                     admin: AdminClient) -> None:
    ada, ben = people(scim, "ada", "ben")
    scim.create_group("Makers", [ada, ben])
    planned(admin)
    window.open("idps/okta")
    follow(window, "Plan", "Plan of okta")
    window.sees("Nobody loses anything by it")
    window.tab_to("combobox", "Who is shown").send_keys("groups made", Keys.TAB)
    go(window, "button", "Show")
    until(lambda: shown(window) == ["Makers"], "the group alone")
    window.has_focus("button", "Show")
    window.tab_to("summary", "Why").send_keys(Keys.SPACE)
    window.sees("Held in Jira")
    window.has_focus("summary", "Why")
    window.tab_to("textbox", "Or somebody by name (optional)", back=True).send_keys(
        "ada", Keys.ENTER)
    window.sees("okta tells of ada@example.com as active")
    assert accessibility.faults(window) == []
    window.tab_to("radio", "dry run").send_keys(Keys.DOWN)
    go(window, "button", "Set")
    window.sees("okta is live.")
    until(lambda: not admin.tasks(), "all to be done", 60)


def nobody_is_kept_out(window: Window) -> None:
    """Once nothing is paler than it will be, since it is looked for."""
    until(lambda: window.script("return !document.querySelector('[aria-busy]')"), "all of the page")
    assert accessibility.faults(window) == []


def saved(window: Window, back: bool = False) -> None:
    go(window, "button", "Save", back)
    window.sees("Saved.", "Everything is saved.")
    window.has_focus("button", "Save")
    nobody_is_kept_out(window)


def test_rules_are_set_and_not_left_without_saving(window: Window, okta: dict[str, Any],
                                                   admin: AdminClient) -> None:
    window.open("idps/okta")
    follow(window, "Rules", "Rules of okta")
    window.tab_to("checkbox", "Create an account for who has none in Jira").send_keys(Keys.SPACE)
    window.tab_to("radio", "When somebody is deactivated: what the module gave is taken back"
                  ).send_keys(Keys.DOWN)
    window.has_focus("radio", "When somebody is deactivated: all access is removed")
    window.tab_to("textbox", "Length").send_keys(ALL, "36")
    window.tab_to("combobox", "in").send_keys("hours")
    window.tab_to("checkbox", "Groups stand for groups in Jira").send_keys(Keys.SPACE)
    window.sees("Not saved yet: Import users, When somebody is deactivated, Grace period, Import")
    go(window, "link", "Guard", back=True)
    window.has_focus("heading", "Leave without saving?")
    assert accessibility.faults(window) == []
    go(window, "button", "Stay")
    window.has_focus("link", "Guard")
    saved(window)
    rules = admin.rules("okta")
    assert (rules["users"]["import"], rules["groups"]["import"]) == (False, False)
    assert (rules["users"]["onDeactivate"], rules["users"]["gracePeriod"]) == (
        "removeAccess", 36 * 3600)
    follow(window, "Guard", "Rules of okta: guard", back=True)
    window.tab_to("checkbox", "Ask somebody before much is taken away").send_keys(Keys.SPACE)
    window.sees("nothing is counted any more")
    window.press(Keys.SPACE)
    window.tab_to("textbox", "Minutes").send_keys(ALL, "1440")
    window.tab_to("textbox", "At most").send_keys(ALL, "7", Keys.TAB)
    window.has_focus("textbox", "% of them all")
    window.press(Keys.DOWN)
    window.tab_to("textbox", "Precedence").send_keys(ALL, "5")
    saved(window)
    guard = admin.rules("okta")["guard"]
    assert (guard["enabled"], guard["window"], guard["deactivations"]["number"]) == (True, 1440, 7)
    window.tab_to("textbox", "Minutes", back=True).send_keys(ALL, "30")
    go(window, "link", "Operations", back=True)
    window.has_focus("heading", "Leave without saving?")
    go(window, "button", "Leave")
    window.has_focus("heading", "Rules of okta")
    assert admin.rules("okta")["guard"]["window"] == 1440


def test_patterns_are_written_tried_and_put_into_order(
        window: Window, okta: dict[str, Any], scim: ScimClient, admin: AdminClient) -> None:
    people(scim, "ada", "ben")
    window.open("idps/okta/rules")
    follow(window, "People", "Rules of okta: people")
    window.sees("Of 2 names, 2 come in.")
    go(window, "button", "Add a pattern")
    window.has_focus("textbox", "matches the pattern: pattern 1, Only these come in")
    window.press("^ada")
    window.sees("Of 2 names, 1 comes in; 1 is different by what is not saved yet.")
    window.tab_to("combobox", "Whose: pattern 1, Only these come in", back=True).send_keys(
        "user name")
    window.tab_to("radio", "stay as they are")
    for pattern, name in (("(.*)@example.com", "$1@works.example.com"), ("^ada", "eve")):
        go(window, "button", "Add a pattern", back=pattern[0] == "(")
        window.press(pattern, Keys.TAB)
        window.press(name)
    window.has_focus("textbox", "becomes: pattern 2, User names")
    window.sees("ada@works.example.com")
    go(window, "button", "Up: pattern 2, User names")
    window.has_focus("button", "Down: pattern 1, User names")
    window.sees("eve")
    window.press(Keys.ENTER)
    window.has_focus("button", "Up: pattern 2, User names")
    go(window, "button", "Remove: pattern 2, User names")
    window.has_focus("textbox", "Pattern: pattern 1, User names")
    window.tab_to("textbox", "Names that okta has told of").send_keys("ben")
    window.sees("Of 1 name, 0 come in")
    window.has_focus("textbox", "Names that okta has told of")
    saved(window, back=True)
    users = admin.rules("okta")["users"]
    assert users["filter"]["include"] == [{"attribute": "userName", "pattern": "^ada"}]
    assert users["patterns"] == [{"pattern": "(.*)@example.com",
                                  "replacement": "$1@works.example.com"}]


def test_a_group_is_compared_with_jira_and_read_to_its_end(
        window: Window, okta: dict[str, Any], scim: ScimClient, admin: AdminClient) -> None:
    members = people(scim, "ada", "ben")
    makers = scim.create_group("Makers", [*members, *(f"not-told-{each:02}" for each in range(50))])
    planned(admin)
    window.open("groups")
    follow(window, "Makers", "Makers")
    go(window, "button", "Show more")
    until(lambda: len(window.script("return document.querySelectorAll('.found tbody tr')")) == 52,
          "the rest of them")
    until(lambda: window.focus not in ("", "Show more"), "the focus on those that were added")
    go(window, "button", "Ask Jira now")
    window.sees("Makers: not in Jira yet", "2 people to be put into it")
    window.has_focus("button", "Ask Jira now")
    nobody_is_kept_out(window)
    go(window, "button", "Do it now", back=True)
    window.sees("At main: ")
    window.has_focus("button", "Do it now")
    assert makers["id"] in window.driver.current_url


def test_what_the_guard_holds_is_discarded_and_released(
        window: Window, admin: AdminClient, jira: JiraProcess, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160", optional=True)
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    with closing(scim_client(admin.create_idp("okta", site="main"))) as okta:
        users = people(okta, "ada", "ben", "eva")
        until(lambda: not admin.tasks(), "all to be done", 60)
        admin.put_rules("okta", {"guard": {"deactivations": {"number": 0, "percent": 100}}})
        for user in users:
            deactivate(okta, user)
    until(lambda: len(admin.tasks("state=held")) == 3, "the guard", 60)
    window.open("tasks")
    asked(window, "Discard what is held of okta at main …", "Discard what the guard holds of okta?",
          "They keep:")
    go(window, "button", "Cancel")
    window.has_focus("button", "Discard what is held of okta at main …")
    follow(window, "3", "Tasks: held by the guard", back=True)
    asked(window, "Release ben@example.com …", "Release ben@example.com?", "past the guard")
    window.press(Keys.ESCAPE)
    asked(window, "Discard ada@example.com …", "Discard ada@example.com?", "although okta says",
          back=True)
    go(window, "button", "Discard: ada@example.com keeps it")
    window.sees("It is discarded")
    window.has_focus("button", "Close")
    assert accessibility.faults(window) == []
    window.press(Keys.ENTER)
    until(lambda: window.focus.startswith("Now: Discarded."), f"what became of it, {window.focus}")
    follow(window, "All at a glance", "Tasks", back=True)
    asked(window, "Release what is held of okta at main …", "Release what the guard holds of okta?",
          "They lose:")
    window.tab_to("textbox", "Write okta to confirm").send_keys("okta")
    go(window, "button", "Release: they lose it")
    window.sees("2 tasks released")
    window.has_focus("button", "Close")
    window.press(Keys.ENTER)
    window.sees("The guard holds nothing.")
    window.has_focus("heading", "Tasks")


def test_requests_and_events_are_searched_and_saved(
        window: Window, admin: AdminClient, jira: JiraProcess, tmp_path: Path) -> None:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    with closing(scim_client(admin.create_idp("okta", site="main", state="paused"))) as okta:
        okta.create_user("jo@example.com")
        okta.get("/Users/none").expect(404)
        window.open("idps/okta")
        follow(window, "Requests", "Requests of okta")
        window.tab_to("checkbox", "only refused").send_keys(Keys.SPACE)
        window.tab_to("combobox", "Method").send_keys("GET", Keys.TAB)
        go(window, "button", "Show")
        until(lambda: rows(window) == ["GET /Users/none"], "that one alone")
        window.has_focus("heading", "Requests of okta")
        window.script("document.querySelector('h1').id = 'before'")
        go(window, "button", "Show")
        until(lambda: window.script("return !document.getElementById('before')"), "the page anew")
        window.has_focus("button", "Show")
        go(window, "link", "GET /Users/none")
        window.sees("Our answer", "There is no such thing here")
        go(window, "button", "Copy As curl")
        until(lambda: on_clipboard(window).startswith("curl "), "the command on the clipboard")
        follow(window, "events about then", "Events", back=True)
        follow(window, "Show all", "Events")
        window.tab_to("combobox", "Identity provider").send_keys("okta", Keys.ENTER)
        window.tab_to("summary", "More to look for").send_keys(Keys.SPACE)
        window.tab_to("textbox", "Who made it").send_keys("idp:okta", Keys.ENTER)
        until(lambda: "actor=idp%3Aokta" in window.driver.current_url, "those that it has made")
        window.has_focus("heading", "Events")
        okta.create_user("new@example.com")
        window.wait_for("button", "1 new event: show")
        go(window, "button", "1 new event: show")
        window.has_focus("link", "new@example.com")
    window.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {
        "behavior": "allow", "downloadPath": str(tmp_path)})
    go(window, "link", "Save as CSV", back=True)
    file = tmp_path / "scim-sync-events.csv"
    until(file.exists, "the file")
    window.has_focus("link", "Save as CSV")
    assert accessibility.faults(window) == []


def test_the_looking_itself_finds_something(window: Window) -> None:
    window.script("""const sheet = new CSSStyleSheet();
                     sheet.replaceSync(":focus-visible { outline: none }");
                     document.adoptedStyleSheets = [sheet];""")
    try:
        with pytest.raises(AssertionError, match="is not seen: no outline"):
            window.tab_to("link", "People")
    finally:
        window.script("document.adoptedStyleSheets = []")
    window.tab_to("link", "People")

"""What holds of every page: for all readers, in any window, whatever comes from outside."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from typing import Callable, Iterator

import pytest

from tests.console import accessibility, outside
from tests.console.outside import FORMS
from tests.console.window import Window
from tests.harness.admin import AdminClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

PAGES = ["", "set-up", "sites", "sites/new", "sites/main", "idps/new", "idps/okta",
         "idps/okta/connect", "idps/okta/limits", "idps/okta/tokens",
         "idps/workspace/connect", "idps/okta/rules", "idps/okta/rules/people",
         "idps/okta/rules/groups", "idps/okta/rules/guard", "idps/partners/rules",
         "idps/partners/rules/groups",
         "idps/okta/requests", "idps/okta/requests/first", "idps/workspace/requests", "events",
         "people", "people/first", "groups", "groups/first",
         "tasks", "tasks?state=failed", "tasks?state=planned", "tasks?state=held", "health",
         "idps/okta/plan", "idps/partners/plan", "idps/workspace/plan",
         "idps/workspace/choice", "idps/workspace/schedule", "idps/workspace/pulls",
         "idps/workspace/pulls/first",
         "nothing/here"]
# Those on which texts from outside stand: all of outside.FORMS, or some of them.
ALL, SOME = set(FORMS.values()), set()
NAMED = {
    **dict.fromkeys(("idps/okta/rules/people", "idps/okta/rules/groups", "idps/okta/requests",
                     "idps/partners/rules/groups", "events", "people", "groups", "tasks",
                     "tasks?state=failed", "tasks?state=planned", "tasks?state=held",
                     "idps/okta/plan", "idps/partners/plan", "idps/workspace/plan",
                     "idps/workspace/pulls/first"), ALL),
    **dict.fromkeys(("", "set-up", "idps/okta", "idps/okta/connect", "idps/okta/requests/first",
                     "idps/partners/rules", "people/first", "groups/first", "health",
                     "idps/workspace/connect", "idps/workspace/choice", "idps/workspace/schedule",
                     "idps/workspace/requests", "idps/workspace/pulls"), SOME)}
# Where each one of a list is looked at.
LISTS = ("people?idp=okta", "people?idp=workspace", "groups?idp=okta", "groups?idp=partners",
         "idps/okta/requests?refused=true", "idps/workspace/pulls")


# What is wider than the window, or than the question that is asked.
WIDER = """
const root = document.documentElement;
const has = (box) => box.scrollWidth > box.clientWidth || box.clientWidth > root.clientWidth;
return ![root, ...document.querySelectorAll("dialog")].some(has) ? []
    : ["the page", ...[...document.querySelectorAll("body *")].filter(
        (each) => each.getBoundingClientRect().right > root.clientWidth + 1)
        .map((each) => each.outerHTML.slice(0, 120))];"""


@pytest.fixture(scope="module")
def everything(httpd: Httpd, jira_process: JiraProcess, clear: Callable[[AdminClient], None]
               ) -> Iterator[AdminClient]:
    """Everything is there, and each text from outside is one that is none. The tests of a file look
    at it, and leave it as it is."""
    with closing(httpd.admin()) as admin:
        with outside.set_up(admin, httpd, jira_process):
            yield admin
        clear(admin)
        assert jira_process.control.violations() == []


@pytest.fixture
def filled(everything: AdminClient, watched: Window, httpd: Httpd) -> Window:
    """The console with all of that. The pull that failed is repeated after five minutes, if anybody
    is here so long, and finds that all groups are gone."""
    httpd.error_log.expect("SCIM0191", optional=True)
    return watched


def open_page(window: Window, page: str, anew: bool = False) -> None:
    """One of PAGES; "people/first" is the page of the first one in the list of people."""
    window.open(page.removesuffix("/first"), anew)
    if page.endswith("/first"):
        settled(window)
        listed = window.heading
        window.driver.find_element("css selector", "tbody a").click()
        until(lambda: window.heading != listed, "what is listed first")


@pytest.mark.parametrize("page", PAGES)
def test_nobody_is_kept_out(page: str, filled: Window) -> None:
    """By a bookmark; also in the dark, in a narrow window, and by texts that would be more."""
    open_page(filled, page, anew=True)
    settled(filled)
    assert faults(filled) == {}
    are_texts(filled, NAMED.get(page))


def faults(window: Window) -> dict[str, list[str]]:
    """Of what is shown, in the light, in the dark and, there, in a narrow window, which has all of
    it in one column."""
    found = {}
    try:
        for scheme, ground, rules in (("light", "rgb(255, 255, 255)", ()),
                                      ("dark", "rgb(21, 24, 28)", ("color-contrast",))):
            prefer(window, {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"})
            assert ground == window.script("return getComputedStyle(document.body).backgroundColor")
            found[scheme] = accessibility.faults(window, *rules)
        window.resize(320, 640)
        found["narrow"] = accessibility.faults(window) + window.script(WIDER)
    finally:
        prefer(window, {})
    return {where: what for where, what in found.items() if what}


@pytest.mark.parametrize("page", LISTS)
def test_it_is_text_wherever_a_list_leads_to(page: str, filled: Window) -> None:
    filled.open(page)
    settled(filled)
    led_to = filled.script("return [...document.querySelectorAll('tbody tr')].map("
                           "(row) => row.querySelector('a').hash.slice(2))")
    assert led_to
    for each in led_to:
        filled.open(each)
        settled(filled)
        are_texts(filled, SOME)


def are_texts(window: Window, wanted: set[str] | None) -> None:
    """All of these, or where these are none any, are read on the page; also what is opened, and the
    questions before something is done, have nothing else of it."""
    def read() -> set[str]:
        text = window.script("return document.body.innerText")
        assert outside.SECRET not in text
        return {form for form in FORMS.values() if form in text}
    for opened in outside.unfold(window):
        assert (opened, outside.found(window)) == (opened, [])
    if wanted is not None:
        until(lambda: read() and read() >= wanted, f"{wanted or 'one'} on the page")


def test_a_file_of_events_has_no_formula(everything: AdminClient) -> None:
    """For no spreadsheet, whichever language it separates fields in."""
    text = everything.get("/api/events?format=csv").expect(200).body.decode()
    assert FORMS["formula"][:4] in text
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            assert [cell for cell in row if cell[:1] in tuple("=+-@\t\r")] == []


def prefer(window: Window, features: dict[str, str]) -> None:
    """What the person's system prefers. Where motion is to be reduced, colors are at once what they
    will be."""
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": name, "value": value} for name, value in features.items()]})


def test_the_looking_itself_finds_something(filled: Window) -> None:
    filled.script("""const button = document.createElement("button");
                     button.style.width = "400px";
                     document.getElementById("main").append(button);""")
    found = faults(filled)
    assert set(found) == {"light", "narrow"} and len(found["light"]) == 1
    assert all(each[0].startswith("button-name") for each in found.values())
    assert found["narrow"][1] == "the page"


def test_nobody_is_kept_out_by_errors_and_questions(filled: Window) -> None:
    filled.open("sites/new")
    filled.click("button", "Connect and test")
    filled.sees("API token is needed")
    assert faults(filled) == {}
    filled.resize(1200, 1000)
    filled.open("idps/okta")
    filled.click("button", "Delete …")
    filled.wait_for("dialog", "Delete okta?")
    assert faults(filled) == {}
    filled.resize(1200, 1000)
    filled.open("tasks?state=failed")
    filled.click("button", f"Discard {FORMS['image']}refused …")
    filled.sees("In the way of what is wanted")
    assert faults(filled) == {}


def test_even_a_mistake_of_ours_would_make_no_markup(filled: Window) -> None:
    """Trusted Types: the browser itself refuses what no file of the console does."""
    refused = filled.script("""
        try { document.getElementById("main").innerHTML = "<b>x</b>"; return null; }
        catch (error) { return error.name; }""")
    assert refused == "TypeError"
    assert all("TrustedHTML" in line for line in filled.complaints())


def test_the_page_is_told_and_the_focus_moves_when_another_one_is_shown(filled: Window) -> None:
    filled.open("sites")
    filled.click("link", "Set up")
    until(lambda: filled.heading == "Set up", "the page")
    assert filled.driver.switch_to.active_element.tag_name == "h1"
    assert filled.driver.title == "Set up – Jira provisioning"
    current = filled.script("return document.querySelector('nav [aria-current]').textContent")
    assert current == "Set up"
    filled.driver.back()
    until(lambda: filled.heading == "Jira sites", "the page before")


def test_what_has_been_done_is_read_out(filled: Window, everything: AdminClient) -> None:
    filled.open("idps/okta", anew=True)
    filled.click("radio", "paused")
    filled.click("button", "Set")
    said = until(lambda: filled.script(
        "return document.querySelector('#announcements[role=status]').textContent"), "the words")
    assert said.split()[:4] == ["Good", "okta", "is", "paused."]
    everything.set_state("okta", "dryRun")


def test_the_skip_link_leads_to_the_content(filled: Window) -> None:
    filled.open("sites", anew=True)
    filled.tab_to("link", "To the content").send_keys("\n")
    assert filled.driver.switch_to.active_element.get_attribute("id") == "main"
    assert filled.heading == "Jira sites"


def test_a_server_that_is_gone_is_said_and_tried_again(filled: Window) -> None:
    filled.open("sites")
    try:
        offline(filled, True)
        filled.click("link", "Identity providers")
        filled.sees("No answer", "look again in a moment")
    finally:
        offline(filled, False)
    filled.click("button", "Try again")
    filled.sees("dry run")
    filled.complaints()


def settled(window: Window) -> None:
    until(lambda: window.script("return !document.querySelector('[aria-busy]')"), "the page")


def offline(window: Window, off: bool) -> None:
    window.driver.execute_cdp_cmd("Network.enable", {})
    window.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {
        "offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})

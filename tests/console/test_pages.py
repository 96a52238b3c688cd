"""What holds of every page: for all readers, in any window, whatever names people have."""

from __future__ import annotations

from contextlib import closing
from typing import Callable, Iterator

import pytest

from tests.console import accessibility
from tests.console.window import Window
from tests.harness.admin import AdminClient, scim_client
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
         "tasks", "tasks?state=failed", "tasks?state=planned", "health", "idps/okta/plan",
         "idps/workspace/choice", "idps/workspace/schedule", "idps/workspace/pulls",
         "nothing/here"]
SCRIPT = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"
# Those on which that name stands.
NAMED = {"idps/okta", "idps/okta/connect", "idps/okta/rules/people", "idps/okta/rules/groups",
         "idps/okta/requests/first", "events", "people", "people/first", "groups", "groups/first",
         "tasks", "tasks?state=failed", "tasks?state=planned", "idps/okta/plan"}


@pytest.fixture(scope="module")
def everything(httpd: Httpd, jira_process: JiraProcess, clear: Callable[[AdminClient], None]
               ) -> Iterator[AdminClient]:
    """Everything is there once, and somebody has a name that is none. The tests of a file look at
    it, and leave it as it is."""
    with closing(httpd.admin()) as admin:
        admin.put_site("main", jira_process.url, jira_process.email, jira_process.api_token)
        admin.create_idp("workspace", provider="google", site="main", kind="google")
        admin.create_idp("partners", provider="pingone", site="main", mode="customers")
        with closing(scim_client(admin.create_idp("okta", site="main", state="dryRun"))) as scim:
            name = f"{SCRIPT}@example.com"
            user = scim.create_user(name, displayName=SCRIPT, externalId=SCRIPT,
                                    emails=[{"value": name}])
            scim.create_group(SCRIPT, [user["id"]])
            scim.post("/Users", {"userName": name, SCRIPT: SCRIPT},
                      headers={"User-Agent": SCRIPT}).expect(409)
        # Of a live one somebody has failed, whose name is none either.
        entra = admin.create_idp("entra", provider="entra", site="main")
        with closing(scim_client(entra)) as scim:
            scim.create_user(SCRIPT)
        until(lambda: admin.tasks("state=failed") and admin.tasks("state=planned"),
              "all to be tried")
        yield admin
        clear(admin)
        assert jira_process.control.violations() == []


@pytest.fixture
def filled(everything: AdminClient, watched: Window) -> Window:
    """The console with all of that."""
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
    """By a bookmark; also in the dark, in a narrow window, and by names that are scripts."""
    open_page(filled, page, anew=True)
    settled(filled)
    if page in NAMED:
        filled.sees("onerror=")
    found = {}
    try:
        for scheme, ground in ("light", "rgb(255, 255, 255)"), ("dark", "rgb(21, 24, 28)"):
            prefer(filled, {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"})
            assert ground == filled.script("return getComputedStyle(document.body).backgroundColor")
            found[scheme] = accessibility.faults(filled)
    finally:
        prefer(filled, {})
    filled.resize(320, 640)
    found["narrow"] = filled.script("""
        const root = document.documentElement;
        return root.scrollWidth <= root.clientWidth ? []
            : ["the page", ...[...document.querySelectorAll("body *")].filter(
                (each) => each.getBoundingClientRect().right > root.clientWidth + 1)
                .map((each) => each.outerHTML.slice(0, 120))];""")
    found["made of a name"] = filled.script("""
        return [...document.querySelectorAll("main img, main script")].map(
            (each) => each.outerHTML);""")
    assert {where: faults for where, faults in found.items() if faults} == {}
    assert filled.driver.title != "stolen"


def prefer(window: Window, features: dict[str, str]) -> None:
    """What the person's system prefers. Where motion is to be reduced, colors are at once what they
    will be."""
    window.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": name, "value": value} for name, value in features.items()]})


def test_the_looking_itself_finds_something(filled: Window) -> None:
    filled.script("document.getElementById('main').append(document.createElement('button'))")
    fault, = accessibility.faults(filled)
    assert fault.startswith("button-name")


def test_nobody_is_kept_out_by_errors_and_questions(filled: Window) -> None:
    filled.open("sites/new")
    filled.click("button", "Connect and test")
    filled.sees("API token is needed")
    assert accessibility.faults(filled) == []
    filled.open("idps/okta")
    filled.click("button", "Delete …")
    filled.wait_for("dialog", "Delete okta?")
    assert accessibility.faults(filled) == []
    filled.open("tasks?state=failed")
    filled.click("button", f"Discard {SCRIPT} …")
    filled.sees("In the way of what is wanted")
    assert accessibility.faults(filled) == []


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

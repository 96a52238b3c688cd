"""Who only reads: sees every page, and is offered nothing that changes anything."""

from __future__ import annotations

import json
import subprocess
from typing import Any, Callable, Iterator

import pytest

from tests.console.test_pages import (PAGES, everything, filled,  # noqa: F401 (fixtures)
                                      open_page, settled)
from tests.console.window import Window
from tests.harness import conf
from tests.harness.admin import AdminClient
from tests.harness.fixtures import Servers
from tests.harness.httpd import Database, Httpd

READER, PASSWORD = "ray", "demo-password"
# What a reader may POST: it changes nothing (docs/api.md, "Who may").
LOOKS = ("/plan", "/rules/try", "/groups/preview")
# By which address the page has asked, with which method.
CALLS = """
window.calls = [];
window.real ??= window.fetch;
window.fetch = (where, request) => {
    window.calls.push([request.method, String(where)]);
    return window.real(where, request);
};
"""


@pytest.fixture(scope="module")
def httpd(request: pytest.FixtureRequest, make_database: Callable[[], Database],
          database: Database) -> Iterator[Httpd]:
    """ray reads. Nobody may change the IdP "entra", which a page can't know before it is told."""
    servers = Servers(request.config, make_database, request.module.__name__)
    server = servers.make(database=database)
    server.settings.extra = f"""
        ScimSyncBaseURL {server.url}
        <Location "{conf.ADMIN_LOCATION}">
            ScimSyncAdministrator user admin
            ScimSyncReader user {READER}
        </Location>
        <Location "{conf.ADMIN_LOCATION}/api/idps/entra">
            <If "%{{REQUEST_METHOD}} == 'PATCH'">
                ScimSyncReader valid-user
            </If>
        </Location>"""
    hashed = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], check=True, text=True,
                            capture_output=True).stdout.strip()
    with server.password_file.open("a") as file:
        file.write(f"{READER}:{hashed}\n")
    server.start()
    yield server
    servers.close()


@pytest.fixture(scope="module")
def browser(one_browser: Window, httpd: Httpd) -> Iterator[Window]:
    one_browser.enter(httpd.url + conf.ADMIN_LOCATION + "/", READER, PASSWORD)
    yield one_browser
    one_browser.leave()


@pytest.fixture(scope="module")
def administrator(open_browser: Callable[[], Window], httpd: Httpd) -> Iterator[Window]:
    """In a browser of another person's."""
    other = open_browser()
    other.enter(httpd.url + conf.ADMIN_LOCATION + "/", "admin", httpd.admin_password)
    yield other
    other.leave()


@pytest.fixture
def ray(httpd: Httpd) -> Iterator[AdminClient]:
    client = AdminClient(httpd.url + conf.ADMIN_LOCATION, READER, PASSWORD)
    yield client
    client.close()


def buttons(window: Window) -> list[str]:
    return window.script("""return [...document.querySelectorAll("button")]
        .filter((each) => !each.disabled && each.checkVisibility())
        .map((each) => each.textContent)""")


@pytest.mark.parametrize("page", PAGES)
def test_no_button_of_a_page_changes_anything(page: str, filled: Window) -> None:
    """Each button that is there is pressed, on a page of its own."""
    open_page(filled, page)
    settled(filled)
    if page != "nothing/here":
        filled.sees("ray (reader)", "You are a reader: you see everything here, and change nothing")
    for at in range(len(buttons(filled))):
        filled.open("nothing")
        open_page(filled, page)
        settled(filled)
        filled.script(CALLS)
        filled.script("""[...document.querySelectorAll("button")].filter(
            (each) => !each.disabled && each.checkVisibility())[arguments[0]]?.click()""", at)
        settled(filled)
        called = filled.script("return window.calls")
        assert [call for call in called
                if call[0] != "GET" and not call[1].endswith(LOOKS)] == [], called
        for dialog in filled.all("dialog"):
            assert [each.text for each in filled.all("button", inside=dialog)] == ["Close"]


@pytest.mark.parametrize("page, kept", [("idps/okta", "radio"), ("sites/main", "textbox")])
def test_what_is_set_is_shown_and_stays(page: str, kept: str, filled: Window) -> None:
    filled.open(page)
    settled(filled)
    fields = filled.all(kept)
    assert fields and buttons(filled) == []
    assert all(field.get_attribute("readonly") or not field.is_enabled() for field in fields)
    assert not {"Delete", "Delete …"} & {each.text for each in filled.all("heading")}
    assert filled.script("return document.querySelector('[type=password], [type=file]')") is None


def test_nothing_is_offered_to_be_made(filled: Window) -> None:
    for page in ("", "sites", "set-up"):
        filled.open(page)
        settled(filled)
        links = filled.script("""return [...document.querySelectorAll("a")].map(
            (each) => each.getAttribute("href"))""")
        assert not [link for link in links if link.endswith("/new")], page


def test_an_administrator_is_named_too(administrator: Window) -> None:
    administrator.open()
    administrator.sees("admin (administrator)")
    assert "You are a reader" not in administrator.text


def test_the_api_refuses_it_anyhow(filled: Window, ray: AdminClient, httpd: Httpd) -> None:
    """The page's buttons are a courtesy; the rule is the server's."""
    httpd.error_log.expect("SCIM0202")
    answer = filled.driver.execute_async_script("""
        const done = arguments[arguments.length - 1];
        fetch("api/idps/okta", { method: "PATCH", headers: { "Content-Type": "application/json",
                                                               "SCIM-Sync-Client": "console" },
                                 body: JSON.stringify({ state: "live" }) })
            .then(async (answer) => done([answer.status, await answer.text()]));""")
    assert answer[0] == 403
    assert "ray is a reader here, and changes nothing" in json.loads(answer[1])["detail"]
    okta: dict[str, Any] = ray.get("/api/idps/okta").expect(200).json()
    assert okta["state"] == "dryRun"


def test_who_has_just_become_a_reader_is_told_so(administrator: Window, filled: Window,
                                                 httpd: Httpd) -> None:
    administrator.open("idps/entra")
    administrator.click("radio", "paused")
    httpd.error_log.expect("SCIM0202")
    administrator.click("button", "Set")
    administrator.sees("Forbidden (403): admin is a reader here, and changes nothing",
                       "may have become another")
    administrator.find("button", "Load this page anew")

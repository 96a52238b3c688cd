"""What happened: looked for, shared by its address, saved as a file, and who made it."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from pathlib import Path
from typing import Any, Iterator

import pytest

from tests.console.window import Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

SCRIPT = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"


@pytest.fixture
def okta(window: Window, admin: AdminClient, jira: JiraProcess) -> Iterator[ScimClient]:
    """Nothing happens by itself: the IdP is paused."""
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    idp = admin.create_idp("okta", site="main", state="paused")
    with closing(scim_client(idp)) as scim:
        yield scim


def since(admin: AdminClient) -> str:
    """A filter for what this test has made: events outlive what they are about."""
    return f"from={admin.idps()[0]['createdAt']}"


def rows(window: Window) -> list[list[str]]:
    return window.script("""return [...document.querySelectorAll("tbody tr")].map((row) =>
        [...row.children].map((cell) => cell.textContent.trim()))""")


def names(window: Window) -> list[str]:
    return [row[2].removesuffix(" history") for row in rows(window)]


def look(window: Window, query: str, count: int) -> list[list[str]]:
    window.open(f"events?{query}")
    until(lambda: len(rows(window)) == count, f"{count} events\n{window.text}")
    return rows(window)


def test_an_administrators_change_says_who_made_it(okta: ScimClient, window: Window,
                                                   admin: AdminClient) -> None:
    admin.patch("/api/idps/okta", {"requestsPerMinute": 600, "allowFrom": ["127.0.0.0/8"]}
                ).expect(200)
    admin.patch("/api/idps/okta", {"allowFrom": []}).expect(200)
    last, first = look(window, f"kind=idp.changed&{since(admin)}", 2)
    assert first[1] == ("Identity provider changedpausedrequestsPerMinute nothing → 600"
                        "allowFrom nothing → 127.0.0.0/8")
    assert "allowFrom 127.0.0.0/8 → nothing" in last[1]
    assert (last[3], last[4]) == ("okta", "admin (administrator)")
    window.driver.find_element("css selector", "tbody td:last-child a").click()
    until(lambda: "actor=admin%3Aadmin" in window.driver.current_url, "all of the same one")
    window.sees("Site connected")


def test_what_an_idp_said_is_shown_before_and_after(okta: ScimClient, window: Window,
                                                    admin: AdminClient) -> None:
    user = okta.create_user("jo@example.com", displayName="Jo")
    group = okta.create_group("Developers", [user["id"]])
    okta.put(f"/Users/{user['id']}", {"userName": "joan@example.com", "active": False}).expect(200)
    renamed, _, _ = look(window, f"idp=okta&actor=idp:okta&{since(admin)}", 3)
    assert renamed[1].startswith("A person deactivated")
    assert "userName jo@example.com → joan@example.com" in renamed[1]
    assert "displayName Jo → nothing" in renamed[1]
    assert renamed[4] == "okta"
    for name, where in (("joan@example.com", f"people/okta/{user['id']}"),
                        ("Developers", f"groups/okta/{group['id']}")):
        assert window.find("link", name).get_attribute("href").endswith(f"#/{where}")
    window.click("link", "history of joan@example.com")
    until(lambda: names(window) == ["joan@example.com", "jo@example.com"], "the history")


def test_the_filter_stands_in_the_address_and_in_the_form(okta: ScimClient, window: Window,
                                                          admin: AdminClient) -> None:
    for name in ("ada", "bob", "cleo"):
        okta.create_user(f"{name}@example.com")
    window.open(f"events?{since(admin)}")
    window.write("Words", "BOB example")
    window.press("\n")
    until(lambda: names(window) == ["bob@example.com"], "bob")
    address = window.driver.current_url
    assert "q=BOB+example&" in address
    window.driver.get("about:blank")
    window.driver.get(address)
    window.wait_for("heading")
    assert names(window) == ["bob@example.com"]
    assert window.find("textbox", "Words").get_attribute("value") == "BOB example"
    window.driver.find_element("css selector", "select[name=kind]").send_keys("Told of people: all")
    window.write("Words", "")
    window.write("Person", "cleo@example.com")
    window.click("button", "Show")
    until(lambda: names(window) == ["cleo@example.com"], "cleo")
    assert "kind=user." in window.driver.current_url
    window.driver.back()
    until(lambda: names(window) == ["bob@example.com"], "bob again")
    window.click("link", "Show all")
    until(lambda: len(rows(window)) > 4, "all")
    assert window.driver.current_url.endswith("#/events")


def test_times_are_the_readers_and_the_address_is_everybodys(okta: ScimClient, window: Window
                                                             ) -> None:
    window.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kolkata"})
    try:
        window.open("events?to=2026-01-01T00:00:00Z&from=2025-12-31T10:20:30.400Z")
        window.sees("No event is like this.")
        assert window.script("return document.querySelector('[name=to]').value") \
            == "2026-01-01T05:30"
        window.script("document.querySelector('[name=to]').value = '2026-02-01T12:00'")
        window.click("button", "Show")
        until(lambda: "to=2026-02-01T06%3A30%3A00.000Z" in window.driver.current_url, "the time")
        assert "from=2025-12-31T10%3A20%3A30.400Z" in window.driver.current_url
    finally:
        window.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_a_filter_that_is_none_can_be_mended(okta: ScimClient, window: Window) -> None:
    window.open("events?from=yesterday&q=x")
    window.sees("from must be a time", "Words")
    window.click("button", "Show")
    until(lambda: window.driver.current_url.endswith("events?q=x"), "the rest of the filter")


@pytest.mark.parametrize("form", ["CSV", "JSON"])
def test_what_is_shown_is_saved(form: str, okta: ScimClient, window: Window, admin: AdminClient,
                                tmp_path: Path) -> None:
    for number in range(60):
        okta.create_user(f"p{number}@example.com")
    okta.create_group("=p7")
    window.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {
        "behavior": "allow", "downloadPath": str(tmp_path)})
    window.open(f"events?q=p&kind=user.&idp=okta&{since(admin)}")
    until(lambda: len(rows(window)) == 50, "a page")
    window.click("link", f"Save as {form}")
    file = tmp_path / f"scim-sync-events.{form.lower()}"
    until(file.exists, "the file")
    text = file.read_text()
    saved = [row["name"] for row in (json.loads(text)["events"] if form == "JSON"
                                     else csv.DictReader(text.splitlines()))]
    window.click("button", "Show more")
    until(lambda: len(rows(window)) == 60, "the second page")
    assert saved == names(window)


@pytest.mark.parametrize("width", [1200, 320])
def test_new_ones_move_nothing_until_they_are_asked_for(
        width: int, okta: ScimClient, window: Window, admin: AdminClient) -> None:
    window.resize(width, 1000)
    for number in range(30):
        okta.create_user(f"p{number}@example.com")
    look(window, f"kind=user.&{since(admin)}", 30)
    place = """return document.querySelectorAll("tbody tr")[20].getBoundingClientRect().top"""
    before = window.script(place)
    okta.create_group("not asked for")
    okta.create_user("new@example.com")
    window.wait_for("button", "1 new event: show")
    assert window.script(place) == before
    assert names(window)[0] == "p29@example.com"
    window.click("button", "1 new event: show")
    until(lambda: names(window)[0] == "new@example.com", "the new one")


def test_who_left_is_not_linked_to(okta: ScimClient, window: Window, admin: AdminClient) -> None:
    """Of an IdP that is deleted there is no page."""
    user = okta.create_user("jo@example.com")
    okta.delete(f"/Users/{user['id']}").expect(204)
    asked = since(admin)
    until(lambda: admin.tasks(), "the task")
    admin.delete_idp("okta", access="remove")
    until(lambda: not admin.tasks(), "the end of it")
    window.open(f"events?{asked}")
    window.sees("Identity provider deleted")
    assert window.script("""return [...document.querySelectorAll("tbody a")].filter((each) =>
        each.hash.includes("deleted"))""") == []


def test_a_script_in_a_name_is_a_text(okta: ScimClient, window: Window, admin: AdminClient) -> None:
    okta.create_user(SCRIPT, displayName=SCRIPT)
    user, = okta.find("/Users", "id pr")
    okta.put(f"/Users/{user['id']}", {"userName": SCRIPT, "displayName": SCRIPT + "2"}).expect(200)
    okta.create_group(SCRIPT)
    look(window, since(admin) + "&idp=okta&actor=idp:okta", 3)
    assert window.text.count("onerror=") >= 5
    window.open("events?q=" + "%3Cscript%3E&kind=%3Cb%3E&actor=%22%3E%3Cb%3E&site=" + "x" * 64)
    window.sees("No event is like this.")
    assert window.script("return document.querySelectorAll('main img, main script, main b').length"
                         ) == 0
    assert "stolen" not in window.driver.title


def test_an_idp_leads_to_its_events(okta: ScimClient, window: Window) -> None:
    window.open("idps/okta")
    window.sees("Identity provider added")
    window.click("link", "All its events")
    until(lambda: window.heading == "Events", "the page")
    assert {row[3] for row in rows(window)} == {"okta"}

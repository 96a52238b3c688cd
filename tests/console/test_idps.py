"""Identity providers that are set up: seen at a glance, paused, set going, ended."""

from __future__ import annotations

from contextlib import closing

import pytest

from tests.console import accessibility
from tests.console.window import Keys, Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until


@pytest.fixture
def main(window: Window, admin: AdminClient, jira: JiraProcess) -> Window:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    return window


def told(admin: AdminClient, name: str, **settings: str) -> ScimClient:
    """An IdP that has told of somebody."""
    scim = scim_client(admin.create_idp(name, site="main", **settings))
    scim.create_user("ada@example.com", emails=[{"value": "ada@example.com"}])
    return scim


def test_all_at_a_glance(main: Window, admin: AdminClient, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160")
    told(admin, "okta", state="dryRun").close()
    admin.create_idp("entra", provider="entra", site="main", mode="customers", state="paused")
    with closing(told(admin, "hr", provider="acme-directory")) as hr:
        nobody = hr.create_user("no-address")
        ben = hr.create_user("ben@example.com", emails=[{"value": "ben@example.com"}])
        hr.create_group("Makers", [nobody["id"]])
        until(lambda: len(admin.tasks("idp=hr")) == len(admin.tasks("idp=hr&state=failed")) > 0,
              "all to be done but what cannot be", 60)
        admin.put_rules("hr", {"guard": {"deactivations": {"number": 0, "percent": 100}}})
        hr.delete(f"/Users/{ben['id']}").expect(204)
        until(lambda: admin.tasks("idp=hr&state=held"), "the guard", 60)
    main.open()
    shown = main.rows("Identity providers")
    assert shown["okta"][:3] == ["Okta", "dry run", "users of Jira"]
    assert shown["okta"][3] == "just now" or shown["okta"][3].endswith("ago")
    assert shown["hr"][0] == "acme-directory"
    assert shown["entra"][:4] == ["Microsoft Entra ID", "paused",
                                  "customers of Jira Service Management", "never"]
    assert main.script("return [...document.querySelectorAll('thead th')].map(e => e.textContent)"
                       )[5:] == ["Users", "Groups", "Waiting", "Failed", "Held"]
    assert shown["okta"][4:] == ["1", "0", "0", "0", "0"]
    assert shown["hr"][4:] == ["2", "1", "0", "1", "1"]
    assert shown["entra"][4:] == 5 * ["0"]
    for number, name in (("failed", "no-address"), ("held", "ben@example.com")):
        main.open()
        main.script("[...document.querySelectorAll('tbody a')].find((each) =>"
                    " each.hash.includes(arguments[0])).click()", f"state={number}")
        until(lambda: main.heading.startswith("Tasks"), "the tasks behind the number")
        main.sees(name)
        assert [row["name"] for row in admin.tasks(main.driver.current_url.partition("?")[2])
                ] == [name]


def test_a_new_api_token_is_stored_and_tested(main: Window, admin: AdminClient, jira: JiraProcess
                                              ) -> None:
    admin.put("/api/sites/main", {"apiToken": "demo-ended", "protectedGroups": ["board"]}
              ).expect(200)
    main.open("sites/main")
    main.click("button", "Save and test")
    main.sees("Not yet", "401")
    main.write("API token (optional)", jira.api_token)
    main.click("button", "Save and test")
    main.sees("It may administer users and groups here")
    site, = admin.sites()
    assert (site["email"], site["protectedGroups"]) == (jira.email, ["board"])
    assert jira.api_token not in main.script("return document.documentElement.outerHTML")


def test_the_organization_and_groups_that_are_never_touched(main: Window, admin: AdminClient
                                                            ) -> None:
    main.open("sites/main")
    main.write("Groups that are never touched (optional)", "board\n\n vip-* ")
    main.write("ID of the organization (optional)", "demo-org")
    main.click("button", "Save and test")
    main.sees("API key of the organization is needed")
    main.write("API key of the organization (optional)", "demo-expired")
    main.click("button", "Save and test")
    main.sees("The key of the organization does not work")
    main.write("API key of the organization (optional)", "demo-organization-key")
    main.click("button", "Save and test")
    main.sees("The key of the organization works")
    kept = {"id": "demo-org", "hasApiKey": True, "url": None}
    site, = admin.sites()
    assert (site["organization"], site["protectedGroups"]) == (kept, ["board", "vip-*"])
    main.open("sites/main", anew=True)
    assert main.find("textbox", "API key of the organization (optional)").get_attribute(
        "value") == ""
    main.click("button", "Save and test")
    main.sees("The key of the organization works")
    assert admin.sites()[0]["organization"] == kept
    main.find("textbox", "ID of the organization (optional)").clear()
    main.write("Groups that are never touched (optional)", "")
    main.click("button", "Save and test")
    until(lambda: not admin.sites()[0]["organization"], "its end")
    assert admin.sites()[0]["protectedGroups"] == []


def test_jira_is_compared_when_somebody_asks(main: Window, admin: AdminClient, jira: JiraProcess,
                                             httpd: Httpd) -> None:
    """Of a first answer that can't be true nothing is believed before somebody says so."""
    httpd.error_log.expect("SCIM0171", count=1)
    with closing(told(admin, "okta")) as scim:
        ada, = scim.find("/Users", 'userName eq "ada@example.com"')
        scim.create_group("devs", [ada["id"]])
    until(lambda: admin.events("kind=jira.member.added&q=devs") and not admin.tasks(), "her in it")
    jira.control.edit("remove-member", group="devs", account="ada@example.com")
    jira.control.add_fault("status", match={"operation": "bulkGetUsers"}, times=1, status=200,
                           body={"maxResults": 50, "startAt": 0, "total": 0, "isLast": True,
                                 "values": []})
    main.open("sites/main")
    main.sees("It has not been compared yet")
    main.tab_to("button", "Compare now").send_keys(Keys.ENTER)
    main.sees("and not believed:", "does not show")
    main.has_focus("button", "Compare now")
    assert not admin.events("kind=drift.member.missing")
    main.click("button", "Believe it all the same …")
    main.sees("What is gone then is gone, however much it is")
    assert accessibility.faults(main) == []
    main.click("button", "Compare, and believe it")
    main.sees("1 difference.", "Not in the group in Jira any more: 1")
    assert [event["detail"] for event in admin.events("kind=reconcile.asked")[:2]] == [
        "what is gone is believed, however much it is", None]
    assert "Not in the group in Jira any more" in main.rows("Differences")["ada@example.com"]
    assert accessibility.faults(main) == []


def test_other_sites_are_fed(main: Window, admin: AdminClient, jira: JiraProcess) -> None:
    told(admin, "okta", state="dryRun").close()
    main.open("idps/okta")
    assert main.all("heading", "Jira sites") == []
    admin.put_site("second", "http://127.0.0.1:9", "demo@example.com", "demo-token")
    main.open("idps/okta")
    main.tab_to("checkbox", "second").send_keys(Keys.SPACE)
    main.tab_to("button", "Set the sites").send_keys(Keys.ENTER)
    until(lambda: main.all("link", "second"), "the other site among those that it feeds")
    assert admin.idps()[0]["sites"] == ["main", "second"]
    main.click("checkbox", "second")
    main.click("button", "Set the sites")
    main.sees("Everybody keeps the access that they have")
    assert accessibility.faults(main) == []
    assert admin.idps()[0]["sites"] == ["main", "second"]
    main.click("button", "Feed second no more")
    until(lambda: not main.all("dialog") and not main.all("link", "second"), "the end of it")
    assert admin.idps()[0]["sites"] == ["main"]
    main.click("checkbox", "main")
    main.click("button", "Set the sites")
    main.sees("It feeds one site at least")


def test_it_is_paused_and_set_going_again(main: Window, admin: AdminClient) -> None:
    told(admin, "okta").close()
    for state, words in (("paused", "paused"), ("dryRun", "dry run"), ("live", "live")):
        main.open("idps/okta")
        main.click("radio", words)
        main.click("button", "Set")
        main.sees(f"okta is {words}.", f"State\n{words}\n")
        assert admin.idps()[0]["state"] == state


def rename(window: Window, name: str) -> None:
    window.write("What you call it (optional)", name)
    window.click("button", "Rename")


def test_it_is_called_otherwise(main: Window, admin: AdminClient) -> None:
    told(admin, "okta").close()
    main.open("idps/okta")
    assert main.heading == "okta"
    rename(main, " Okta of the works ")
    main.sees("It is called Okta of the works now.")
    assert main.heading == "Okta of the works (okta)"
    assert main.driver.title.startswith("Okta of the works (okta) – ")
    shown, = admin.idps()
    assert (shown["name"], shown["displayName"]) == ("okta", "Okta of the works")
    main.open()
    main.sees("Okta of the works", "okta")
    main.click("link", "Okta of the works")
    until(lambda: main.heading == "Okta of the works (okta)", "its page")
    main.sees("Okta of the works is")
    main.click("button", "Delete …")
    main.wait_for("dialog", "Delete Okta of the works (okta)?")
    main.find("textbox", "Write okta to confirm")
    main.find("button", "Delete Okta of the works")
    main.press(Keys.ESCAPE)
    until(lambda: main.all("dialog") == [], "the question to go")
    rename(main, "")
    main.sees("It is called okta now.")
    assert main.heading == "okta" and admin.idps()[0]["displayName"] is None


def test_a_name_that_is_none_is_said_and_kept(main: Window, admin: AdminClient) -> None:
    admin.create_idp("okta", site="main")
    main.open("idps/okta")
    rename(main, "a\u202eb")
    main.sees("What you call it must be a text")
    assert main.heading == "okta" and admin.idps()[0]["displayName"] is None


def test_somebody_else_has_renamed_it(main: Window, admin: AdminClient) -> None:
    admin.create_idp("okta", site="main")
    main.open("idps/okta")
    admin.patch("/api/idps/okta", {"displayName": "Works"}).expect(200)
    rename(main, "Plant")
    main.sees("Changed meanwhile", "Load this page anew")
    assert admin.idps()[0]["displayName"] == "Works"


@pytest.mark.parametrize("name", [
    "<img src=x onerror=\"document.title='stolen'\">", 128 * "W", "مزود الهوية"])
def test_whatever_it_is_called_it_is_a_text_that_fits(name: str, main: Window,
                                                      admin: AdminClient) -> None:
    admin.create_idp("okta", site="main", displayName=name)
    main.resize(320, 640)
    for page in ("", "idps/okta"):
        main.open(page)
        main.sees(name)
        assert main.driver.title != "stolen"
        assert main.script("return document.querySelectorAll('main img').length") == 0
        assert main.script("const root = document.documentElement;"
                           "return root.scrollWidth <= root.clientWidth")
        assert accessibility.faults(main) == []


def confirm(window: Window, name: str) -> None:
    window.write(f"Write {name} to confirm", name)
    window.click("button", f"Delete {name}")


def test_one_that_has_told_nothing_is_deleted(main: Window, admin: AdminClient) -> None:
    admin.create_idp("okta-2", site="main")
    main.open("idps/okta-2")
    main.click("button", "Delete …")
    main.sees("you are asked once more", "Everybody keeps the access")
    main.click("button", "Delete okta-2")
    main.sees("Write okta-2 to confirm is needed")
    assert admin.idps()
    confirm(main, "okta-2")
    until(lambda: not admin.idps(), "the end of it")
    main.sees("Nothing is set up yet")


def test_escape_deletes_nothing(main: Window, admin: AdminClient) -> None:
    admin.create_idp("okta", site="main")
    main.open("idps/okta")
    main.click("button", "Delete …")
    main.wait_for("dialog", "Delete okta?")
    main.press(Keys.ESCAPE)
    until(lambda: main.all("dialog") == [], "the question to go")
    assert main.driver.switch_to.active_element.accessible_name == "Delete …"
    assert admin.idps()


def test_what_becomes_of_leavers_is_asked_when_there_are_some(main: Window, admin: AdminClient,
                                                              jira: JiraProcess) -> None:
    scim = told(admin, "okta")
    until(lambda: admin.events("kind=jira.account.created") and not admin.tasks(), "the account")
    admin.set_state("okta", "paused")
    user, = scim.find("/Users", 'userName eq "ada@example.com"')
    scim.delete(f"/Users/{user['id']}").expect(204)
    scim.close()
    main.open("idps/okta")
    main.click("button", "Delete …")
    confirm(main, "okta")
    main.sees("ada@example.com", "People who have left already")
    assert accessibility.faults(main) == []
    assert admin.idps()
    main.click("radio", "Who has left already loses it")
    main.click("button", "Delete okta")
    until(lambda: not admin.idps(), "the end of it")
    until(lambda: not admin.tasks(), "what was decided to be done")
    seats = next(group for group in jira.control.state()["groups"]
                 if group["name"].startswith("jira-software-users"))
    assert seats is not None


def test_access_is_taken_if_that_is_decided(main: Window, admin: AdminClient) -> None:
    told(admin, "okta").close()
    until(lambda: admin.events("kind=jira.account.created") and not admin.tasks(), "the account")
    admin.put_rules("okta", {"guard": {"deactivations": {"number": 0}}})
    main.open("idps/okta")
    main.click("button", "Delete …")
    main.sees("It has told of 1 person and 0 groups.")
    main.click("radio", "Everybody loses what only this identity provider gave")
    confirm(main, "okta")
    asked = ("1 person would lose their access", "0 are the most that guard.deactivations")
    main.sees(*asked)
    assert accessibility.faults(main) == []
    main.click("radio", "Everybody keeps the access that they have")
    until(lambda: not main.all("checkbox"), "the guard to ask no more")
    assert asked[0] not in main.text
    main.click("radio", "Everybody loses what only this identity provider gave")
    main.click("button", "Delete okta")
    # By the keyboard alone from here: what is not answered is asked again.
    for answered in (False, True):
        main.has_focus("checkbox", "They are all to lose it")
        main.sees(*asked)
        assert admin.idps()
        if answered:
            main.press(Keys.SPACE)
        main.tab_to("button", "Delete okta")
        main.press(Keys.ENTER)
    until(lambda: not admin.idps(), "the end of it")
    event, = admin.events("kind=idp.deleted")[:1]
    assert event["detail"].startswith("access removed; released past the guard: at main 1 person")

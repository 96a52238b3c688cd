"""Two administrators at once: what one has changed is not overwritten by the page of the other."""

from __future__ import annotations

import subprocess
from typing import Iterator

import pytest

from tests.console import accessibility
from tests.console.window import Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.conf import ADMIN_LOCATION
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

PASSWORD = "demo-password"
REFUSED = ("Changed meanwhile (412)", "just now, after it was shown here",
           "Nothing of yours was stored")


@pytest.fixture
def jane(httpd: Httpd) -> Iterator[AdminClient]:
    """The other one, who is quicker."""
    hashed = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], check=True, text=True,
                            capture_output=True).stdout.strip()
    if "jane:" not in httpd.password_file.read_text():
        with httpd.password_file.open("a") as file:
            file.write(f"jane:{hashed}\n")
    client = AdminClient(httpd.url + ADMIN_LOCATION, "jane", PASSWORD)
    yield client
    client.close()


@pytest.fixture
def main(window: Window, admin: AdminClient, jira: JiraProcess) -> Window:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    return window


def load_anew(window: Window) -> None:
    """The page's own button, and the page is there again."""
    window.script("window.isOld = true")
    window.click("button", "Load this page anew")
    until(lambda: window.script("return !window.isOld"), "the page to be loaded")
    window.wait_for("heading")


def test_a_site_that_jane_has_changed_is_not_overwritten(main: Window, jane: AdminClient,
                                                         admin: AdminClient) -> None:
    main.open("sites/main")
    main.click("checkbox", "Jira Product Discovery")
    jane.put("/api/sites/main", {"products": ["jira-core"]}).expect(200)
    main.click("button", "Save and test")
    main.sees("jane has changed the site main", *REFUSED)
    assert accessibility.faults(main) == []
    assert admin.sites()[0]["products"] == ["jira-core"]
    load_anew(main)
    assert main.find("checkbox", "Jira Work Management").is_selected()
    for count, product in enumerate(("Jira Product Discovery", "Jira"), 2):
        main.click("checkbox", product)
        main.click("button", "Save and test")  # one's own edits are no other's
        until(lambda: len(admin.sites()[0]["products"]) == count, "it to be stored")
        main.sees("It may administer users and groups here")


def test_a_site_that_jane_has_changed_is_not_deleted(main: Window, jane: AdminClient,
                                                     admin: AdminClient) -> None:
    main.open("sites/main")
    jane.put("/api/sites/main", {"protectedGroups": ["board"]}).expect(200)
    main.click("button", "Delete this site")
    main.sees("jane has changed the site main", *REFUSED)
    assert admin.sites()
    load_anew(main)
    main.click("button", "Delete this site")
    until(lambda: not admin.sites(), "the end of it")


def test_a_site_that_jane_has_made_meanwhile_is_not_taken(window: Window, jane: AdminClient,
                                                          jira: JiraProcess) -> None:
    window.open("sites/new")
    jane.put_site("main", jira.url, jira.email, jira.api_token, products=["jira-core"])
    window.write("Address of the site", jira.url)
    window.write("E-mail address of the account", jira.email)
    window.write("API token", jira.api_token)
    window.click("button", "Connect and test")
    window.sees("There is a site main already: open it, or take another name.")
    assert jane.sites()[0]["products"] == ["jira-core"]


def test_an_idp_that_jane_has_paused_is_not_set_going(main: Window, jane: AdminClient,
                                                      admin: AdminClient) -> None:
    admin.create_idp("okta", site="main", state="dryRun")
    main.open("idps/okta")
    main.click("radio", "live")
    jane.set_state("okta", "paused")
    main.click("button", "Set")
    main.sees("jane has changed okta", *REFUSED)
    assert admin.idps()[0]["state"] == "paused"
    load_anew(main)
    assert main.find("radio", "paused").is_selected()
    for state, words in (("live", "live"), ("dryRun", "dry run")):
        main.click("radio", words)
        main.click("button", "Set")
        main.sees(f"okta is {words}.")
        assert admin.idps()[0]["state"] == state


def test_an_idp_that_jane_has_changed_is_not_deleted(main: Window, jane: AdminClient,
                                                     admin: AdminClient) -> None:
    admin.create_idp("okta", site="main")
    main.open("idps/okta")
    main.click("button", "Delete …")
    main.write("Write okta to confirm", "okta")
    jane.put_rules("okta", {"precedence": 7})
    main.click("button", "Delete okta")
    main.sees("jane has changed okta", *REFUSED)
    assert admin.idps()
    load_anew(main)
    assert main.all("dialog") == []


def test_google_s_client_that_jane_has_set_is_not_overwritten(main: Window, jane: AdminClient,
                                                              admin: AdminClient) -> None:
    admin.create_idp("workspace", provider="google", site="main", kind="google")
    main.open("idps/workspace/connect")
    main.write("Client ID", "mine.apps.googleusercontent.com")
    main.write("Client secret", "demo-mine")
    jane.put("/api/idps/workspace/google", {"clientId": "hers.apps.googleusercontent.com",
                                            "clientSecret": "demo-hers"}).expect(200)
    main.click("button", "Store")
    main.sees("jane has changed the connection of workspace", *REFUSED)
    stored = admin.get("/api/idps/workspace/google").expect(200).json()
    assert stored["clientId"] == "hers.apps.googleusercontent.com"


def test_what_happens_by_itself_is_nobody_s_edit(main: Window, admin: AdminClient) -> None:
    """The IdP calls, tells, and gets a token, while its page is open."""
    scim = scim_client(admin.create_idp("okta", site="main", state="dryRun"))
    main.open("idps/okta")
    scim.create_user("ada@example.com", emails=[{"value": "ada@example.com"}])
    scim.close()
    admin.create_token("okta")
    main.click("radio", "paused")
    main.click("button", "Set")
    main.sees("okta is paused.")


def test_what_a_test_finds_out_is_nobody_s_edit(main: Window, admin: AdminClient,
                                                jira: JiraProcess) -> None:
    """That the token has scopes is stored by the first test; the second edit goes through."""
    jira.control.configure(token_kind="scoped")
    try:
        main.open("sites/main")
        for count, product in enumerate(("Jira Product Discovery", "Jira Work Management"), 2):
            main.click("checkbox", product)
            main.click("button", "Save and test")
            until(lambda: len(admin.sites()[0]["products"]) == count, "it to be stored")
            main.sees("a token with scopes")
        assert admin.sites()[0]["tokenKind"] == "scoped"
    finally:
        jira.control.configure(token_kind="classic")

"""An administrator who has never been here sets everything up, by what the page says alone."""

from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.console.test_rules_groups import choose
from tests.console.window import Keys, Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until


def connect_jira(window: Window, jira: JiraProcess, token: str | None = None) -> None:
    """On the page that connects Jira."""
    window.write("Address of the site", jira.url)
    window.write("E-mail address of the account", jira.email)
    window.write("API token", token or jira.api_token)
    window.click("button", "Connect and test")


def add_idp(window: Window, provider: str, *choices: str) -> None:
    """On the page that adds an identity provider."""
    window.click("radio", provider)
    for choice in choices:
        window.click("radio", choice)
    window.click("button", "Add")


def shown(window: Window, label: str) -> str:
    """The value that is to be pasted into the field of this name."""
    return window.find("textbox", label).get_attribute("value")


def in_order(window: Window, *words: str) -> None:
    """These stand on the page, each behind the one before."""
    text = window.script("return document.querySelector('main').innerText")
    at = 0
    for each in words:
        assert each in text[at:], f"{each!r} does not follow in: {text[at:at + 400]!r}"
        at = text.index(each, at) + len(each)


@pytest.fixture
def connected(window: Window, admin: AdminClient, jira: JiraProcess) -> Window:
    """Jira is, and nothing else."""
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    return window


def test_from_nothing_to_the_first_account_in_jira(window: Window, admin: AdminClient,
                                                   jira: JiraProcess) -> None:
    window.sees("Nothing is set up yet")
    window.click("link", "Connect Jira")
    connect_jira(window, jira)
    window.sees("The token is", jira.email, "It may administer users and groups here")
    window.sees("When the API token ends is not known")
    window.click("link", "Next: add an identity provider")
    add_idp(window, "Okta")
    window.sees("Connect okta", "Test Connector Configuration", "Push Groups", "To App")
    window.sees("The token below is shown this once")
    assert admin.idps()[0]["state"] == "dryRun"

    scim = ScimClient(shown(window, "SCIM connector base URL"),
                      token=shown(window, "Authorization"))
    green = "li.line.green"
    assert window.script("return document.querySelectorAll(arguments[0]).length", green) == 0
    scim.get("/Users?startIndex=1&count=2").expect(200)
    window.sees("First call came")
    user = scim.create_user("ada@example.com", emails=[{"value": "ada@example.com"}])
    window.sees("First user ada@example.com", "First plan for Jira for ada@example.com")
    scim.create_group("Developers", [user["id"]])
    window.sees("First group Developers")
    assert window.script("return document.querySelectorAll(arguments[0]).length", green) == 4
    assert "Developers" not in [group["name"] for group in jira.control.state()["groups"]]

    scim.create_user("ben@example.com")
    window.click("radio", "live")
    window.click("button", "Set")
    window.sees("okta is live")
    until(lambda: any(event["kind"] == "jira.account.created" for event in admin.events()),
          "the account in Jira")
    window.open("idps/okta/connect")
    window.sees("First change in Jira", "First user came; the newest one: ben@example.com,",
                "First group Developers,")
    scim.close()


def test_what_an_earlier_idp_of_this_name_has_told_does_not_count(connected: Window,
                                                                  admin: AdminClient) -> None:
    for _ in range(2):
        with closing(scim_client(admin.create_idp("okta", state="dryRun"))) as scim:
            connected.open("idps/okta/connect")
            connected.sees("First call by", "First user by", "First group by", "waiting")
            scim.create_group("Developers")
            connected.sees("First group Developers", "First call came")
        admin.delete_idp("okta")


def test_the_token_is_copied_and_not_shown_again(connected: Window) -> None:
    window = connected
    window.open("idps/new")
    add_idp(window, "Microsoft Entra ID")
    token = shown(window, "Secret Token")
    window.click("button", "Copy Secret Token")
    until(lambda: window.script("return navigator.clipboard.readText()") == token,
          "the token on the clipboard")
    window.open("sites")
    window.open("idps/entra/connect")
    window.sees("Its token was shown once", "was shown once: make another one above")
    assert token not in window.script("return document.documentElement.outerHTML")
    window.click("button", "Make another token")
    window.sees("The token below is shown this once")
    assert shown(window, "Secret Token") not in ("", token)


def test_both_tokens_of_an_idp_work(connected: Window, admin: AdminClient) -> None:
    window = connected
    window.open("idps/new")
    add_idp(window, "authentik")
    first, url = shown(window, "Token"), shown(window, "URL")
    window.open("sites")
    window.open("idps/authentik/connect")
    window.click("button", "Make another token")
    window.sees("The token below is shown this once")
    for token in (first, shown(window, "Token")):
        with_it = ScimClient(url, token=token)
        with_it.get("/Users").expect(200)
        with_it.close()


OKTA_BEGINS = {
    "2.0": ["Open the app", "App Settings", "Provisioning", "Integration",
            "SCIM connector base URL", "Unique identifier field for users",
            "Supported provisioning actions", "Authentication Mode", "Authorization",
            "Test Connector Configuration"],
    "1.1": ["Add the app", "Browse App Catalog", "Test App", "(Bearer Token)", "Provisioning",
            "Configure API Integration", "Enable API integration", "Base URL", "Bearer Token",
            "Test API Credentials"]}
OKTA_ENDS = ["To App", "Create Users", "Deactivate Users", "Assign people", "Assignments",
             "Push groups", "Push Groups"]


@pytest.mark.parametrize("version", OKTA_BEGINS)
def test_the_steps_are_told_in_the_words_of_okta(version: str, connected: Window,
                                                 admin: AdminClient) -> None:
    """In the order in which somebody goes through Okta's console."""
    admin.create_idp("okta", state="dryRun")
    connected.open("idps/okta/connect")
    connected.click("radio", f"SCIM {version}")
    in_order(connected, *OKTA_BEGINS[version], *OKTA_ENDS)


@pytest.mark.parametrize("provider, name, words", [
    ("Microsoft Entra ID", "entra", ["Tenant URL", "Secret Token", "Test Connection"]),
    ("OneLogin", "onelogin", ["SCIM Base URL", "SCIM Bearer Token"]),
    ("JumpCloud", "jumpcloud", ["Base URL", "Token Key", "Activate"]),
    ("PingOne", "pingone", ["SCIM base URL", "OAuth Access Token"]),
    ("PingFederate", "pingfederate", ["SCIM URL", "Access Token"]),
    ("Keycloak", "keycloak", ["SCIM 2.0 endpoint", "Auth password/token"]),
    ("authentik", "authentik", ["URL", "Token", "Backchannel Providers"]),
    ("miniOrange", "miniorange", ["SCIM Base URL", "Bearer Token"]),
    ("another one", "other", ["Base URL, tenant URL or endpoint"]),
])
def test_each_is_led_through_in_its_own_words(provider: str, name: str, words: list[str],
                                              connected: Window, httpd: Httpd) -> None:
    window = connected
    window.open("idps/new")
    add_idp(window, provider)
    window.sees(f"Connect {name}", *words)
    values = window.script("return [...document.querySelectorAll('.copied')].map(e => e.value)")
    assert values[0] == f"{httpd.url}/scim/v2/{name}" and len(values[1]) >= 43


def test_an_old_client_gets_the_address_of_scim_1_1(connected: Window, httpd: Httpd) -> None:
    window = connected
    window.open("idps/new")
    add_idp(window, "Okta", "SCIM 1.1")
    window.sees("SCIM 1.1 Test App", "Test API Credentials")
    url, token = shown(window, "Base URL"), shown(window, "Bearer Token")
    assert url == f"{httpd.url}/scim/v1/okta"
    scim = ScimClient(url, token=token)
    scim.get("/Users?startIndex=1&count=2").expect(200)
    scim.close()
    window.sees("First call came")
    window.click("radio", "SCIM 2.0")
    assert shown(window, "SCIM connector base URL") == f"{httpd.url}/scim/v2/okta"


def test_from_nothing_to_the_first_customer_in_a_portal(connected: Window, admin: AdminClient,
                                                        jira: JiraProcess) -> None:
    """Those of a mapped group alone; nobody of them becomes a user of Jira."""
    for key, name in ("DEMO", "Demo desk"), ("HELP", "Help desk"):
        jira.control.edit("add-desk", project_key=key, project_name=name)
    window = connected
    window.open("idps/new")
    add_idp(window, "Okta", "customers of Jira Service Management")
    window.sees("Connect okta", "becomes a customer of Jira Service Management. That costs no seat",
                "a group that is not mapped stands for nothing")
    assert "which costs a seat" not in window.text
    with closing(ScimClient(shown(window, "SCIM connector base URL"),
                            token=shown(window, "Authorization"))) as scim:
        scim.get("/Users?startIndex=1&count=2").expect(200)
        ada, ben = (scim.create_user(name, emails=[{"value": name}])["id"]
                    for name in ("ada@example.com", "ben@example.com"))
        scim.create_group("Partners", [ada])
        scim.create_group("Staff", [ben])
    window.sees("First call came", "First user came", "First group came", "First plan for Jira for")
    assert in_portals(jira) == ({"DEMO": [], "HELP": []}, {})

    window.click("link", "Map its groups")
    choose(window, "Group of okta", "part", "Partners")
    choose(window, "Project or organization", "demo", "Demo desk (project DEMO)")
    window.click("button", "Map")
    choose(window, "Group of okta", "part", "Partners\nis mapped already: this adds to it")
    choose(window, "Project or organization", "Example Ltd",
           "organization Example Ltd\nas typed: made if Jira has none")
    window.click("button", "Map")
    window.click("button", "Save")
    window.sees("Saved.")
    window.open("idps/okta/connect")
    window.click("radio", "live")
    window.click("button", "Set")
    window.sees("okta is live", "First change in Jira came; the newest one: ")
    until(lambda: in_portals(jira) == (
        {"DEMO": ["ada@example.com"], "HELP": []}, {"Example Ltd": ["ada@example.com"]}),
          "her in the portals, and nobody else")
    users = [account for account in jira.control.state()["accounts"]
             if account["email"] in ("ada@example.com", "ben@example.com")]
    assert {account["accountType"] for account in users} == {"customer"}


def in_portals(jira: JiraProcess) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The addresses of who is in each project's portal, and in each organization."""
    state = jira.control.state()
    return ({desk["projectKey"]: desk["portal"] for desk in state["desks"]},
            {each["name"]: each["members"] for each in state["organizations"]})


def test_customers_and_several_sites_can_be_chosen(connected: Window, admin: AdminClient) -> None:
    admin.put_site("second", "http://127.0.0.1:9", "demo@example.com", "demo-token")
    window = connected
    window.open("idps/new")
    window.write("Name", "partners")
    window.click("checkbox", "second")
    add_idp(window, "PingOne", "customers of Jira Service Management")
    window.sees("Connect partners")
    idp, = admin.idps()
    assert (idp["mode"], idp["sites"]) == ("customers", ["main", "second"])


# What goes wrong


def test_a_wrong_jira_token_is_said_in_jiras_words(window: Window, jira: JiraProcess) -> None:
    window.open("sites/new")
    connect_jira(window, jira, "demo-wrong")
    window.sees("Not yet", "401")
    assert window.all("link", "Next: add an identity provider") == []
    window.write("API token", jira.api_token)
    window.click("button", "Connect and test")
    window.sees("It may administer users and groups here")


def test_nothing_stays_under_the_name_of_a_try_that_failed(
        window: Window, admin: AdminClient, jira: JiraProcess) -> None:
    window.open("sites/new")
    window.write("Name", "mian")
    connect_jira(window, jira, "demo-wrong")
    window.sees("Not yet", "stored as the site mian")
    window.write("Name", "main")
    window.write("API token", jira.api_token)
    window.click("button", "Connect and test")
    window.sees("It may administer users and groups here")
    assert [site["name"] for site in admin.sites()] == ["main"]


def test_what_the_account_lacks_is_named_with_what_to_do(window: Window, jira: JiraProcess,
                                                         httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0121", optional=True)
    jira.control.add_fault("status", status=403, times=None, match={"path": "applicationrole"})
    window.open("sites/new")
    connect_jira(window, jira)
    window.sees("It lacks", "Administer Jira", "Put the account into a group")
    jira.control.remove_faults()


def test_when_the_token_ends_is_kept_and_warned_of(window: Window, admin: AdminClient,
                                                   jira: JiraProcess, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0151", optional=True)
    ends = datetime.now(timezone.utc) + timedelta(days=6)
    window.open("sites/new")
    window.find("textbox", "The token ends on (optional)").send_keys(ends.strftime("%m%d%Y"))
    connect_jira(window, jira)
    window.sees("The API token ends on", "in 5 days")
    assert admin.sites()[0]["apiTokenExpires"].startswith(ends.strftime("%Y-%m-%d"))
    window.open("sites")
    window.sees("ends in 5 days")


def test_fields_say_what_is_wrong_with_them(window: Window, admin: AdminClient) -> None:
    window.open("sites/new")
    window.write("Name", "Main Site")
    window.click("button", "Connect and test")
    window.sees("Small letters a to z", "Address of the site is needed", "API token is needed")
    assert window.driver.switch_to.active_element.accessible_name == "Name"
    assert admin.sites() == []


def test_what_the_api_refuses_is_shown_in_its_words(connected: Window, admin: AdminClient) -> None:
    window = connected
    window.open("idps/new")
    window.write("Name", "taken")
    admin.create_idp("taken")
    window.click("button", "Add")
    window.sees("Conflict (409)", "taken")


def test_a_first_visit_without_a_mouse(window: Window, admin: AdminClient, jira: JiraProcess
                                       ) -> None:
    window.tab_to("link", "Connect Jira").send_keys(Keys.ENTER)
    until(lambda: window.heading == "Connect Jira", "the page")
    window.tab_to("textbox", "Address of the site").send_keys(jira.url)
    window.tab_to("textbox", "E-mail address of the account").send_keys(jira.email)
    window.tab_to("textbox", "API token").send_keys(jira.api_token, Keys.ENTER)
    window.sees("It may administer users and groups here")
    window.tab_to("link", "Next: add an identity provider").send_keys(Keys.ENTER)
    until(lambda: window.heading == "Add an identity provider", "the page")
    window.tab_to("radio", "Okta").send_keys(Keys.ARROW_DOWN)
    window.tab_to("button", "Add").send_keys(Keys.ENTER)
    until(lambda: window.heading == "Connect entra", "the page")
    focused: Any = window.tab_to("button", "Copy Tenant URL")
    outline = window.script("return getComputedStyle(arguments[0]).outlineStyle", focused)
    assert outline == "solid"
    focused.send_keys(Keys.ENTER)
    until(lambda: window.script("return navigator.clipboard.readText()").endswith("/entra"),
          "the address on the clipboard")
    assert admin.idps()[0]["provider"] == "entra"

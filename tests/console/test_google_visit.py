"""Google Workspace is connected from the console, through Google's own page, and read."""

import json
from pathlib import Path
from typing import Iterator

import pytest

from tests.console import accessibility
from tests.console.test_first_visit import connect_jira, in_order
from tests.console.window import By, Keys, Window
from tests.harness import conf
from tests.harness.admin import AdminClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.simulators.google import SimulatedGoogle
from tests.simulators.google.oauth import SCOPES, GoogleOAuth


@pytest.fixture
def directory(google: GoogleOAuth, httpd: Httpd) -> Iterator[SimulatedGoogle]:
    """Two people and a group, behind a page that asks whoever looks at it."""
    with SimulatedGoogle() as directory:
        for name in ("ada", "ben"):
            directory.control.edit("add-user", email=f"{name}@example.com")
        directory.control.edit("add-group", email="devs@example.com", name="Developers")
        directory.control.edit("add-member", group="devs@example.com", member="ada@example.com")
        google.open(directory)
        google.asks = True
        google.redirect_uris = {httpd.url + conf.CALLBACK_LOCATION}
        yield directory
        assert directory.control.violations() == []


@pytest.fixture
def visit(google: GoogleOAuth, directory: SimulatedGoogle, window: Window, admin: AdminClient,
          jira: JiraProcess) -> Window:
    """On the page that connects it. At the end the IdP goes before Google does."""
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    window.open("idps/new")
    add_google(window, google, admin)
    return window


def add_google(window: Window, google: GoogleOAuth, admin: AdminClient) -> None:
    """On the page that adds an identity provider; where Google is, is said by curl."""
    window.click("radio", "Google Workspace")
    window.click("button", "Add")
    window.sees("Connect google", "Admin SDK API", "Authorized redirect URIs")
    admin.put("/api/idps/google/google", {"endpoints": google.endpoints()}).expect(200)
    window.open("sites")
    window.open("idps/google/connect")
    window.led_to = (google.url,)


def test_the_steps_are_told_in_the_words_of_google(visit: Window, httpd: Httpd) -> None:
    """In the order in which somebody goes through Google's consoles."""
    redirect = visit.find("textbox", "Authorized redirect URIs").get_attribute("value")
    assert redirect == httpd.url + conf.CALLBACK_LOCATION
    in_order(visit, "Make a project", "Enable the Admin SDK", "APIs & Services", "Library",
             "Admin SDK API", "Enable", "consent screen", "Internal", "External", "In production",
             "Testing", "7 days", "Make a client", "Credentials", "Create credentials",
             "OAuth client ID", "redirect URI", "ID and secret", "Application type",
             "Web application", "Authorized redirect URIs", "Client ID", "Client secret", "Store")


def give_client(window: Window, google: GoogleOAuth) -> None:
    window.write("Client ID", google.client_id)
    window.write("Client secret", google.client_secret)
    window.write("Primary domain (optional)", "example.com")
    window.click("button", "Store")
    window.sees("Now agree on Google's page")


def answer_google(window: Window, answer: str, title: str) -> None:
    """In the tab that the console opens."""
    window.click("link", "Agree as an administrator of example.com (in a new tab)")
    with window.in_new_tab():
        window.sees("The simulated Google asks")
        window.driver.find_element(By.CSS_SELECTOR, f"[value={answer}]").click()
        window.sees(title)


def choose_developers(window: Window) -> None:
    """On the page that says who comes: those alone who are in that group; then it is looked who
    that is."""
    window.find("textbox", "Groups by address").send_keys("devs@example.com")
    window.click("checkbox", "Only members of the chosen groups come")
    window.click("button", "Store")
    window.sees("Stored. It holds from the next pull on")
    window.click("button", "Preview")
    window.sees("Nothing was told, here or in Jira", "users come\n1", "ada@example.com",
                "Developers")
    assert "ben@example.com" not in window.text


def in_jira(jira: JiraProcess) -> tuple[set[str], list[str]]:
    """The addresses of all who have an account there, and of those who are Developers."""
    state = jira.control.state()
    return {account["email"] for account in state["accounts"]}, [
        address for group in state["groups"] if group["name"] == "Developers"
        for address in group["members"]]


def test_from_nothing_to_the_first_account_in_jira(
        google: GoogleOAuth, directory: SimulatedGoogle, window: Window, admin: AdminClient,
        jira: JiraProcess) -> None:
    window.sees("Nothing is set up yet")
    window.click("link", "Connect Jira")
    connect_jira(window, jira)
    window.sees("It may administer users and groups here")
    window.click("link", "Next: add an identity provider")
    add_google(window, google, admin)
    assert admin.idps()[0]["state"] == "dryRun"
    give_client(window, google)
    answer_google(window, "agree", "Connected")
    window.sees("Connected as admin@example.com of example.com")
    window.click("button", "Test")
    window.sees("Users and groups can be read")
    assert google.client_secret not in window.script("return document.documentElement.outerHTML")
    window.click("link", "Who comes")
    choose_developers(window)
    before, members = in_jira(jira)
    assert "ada@example.com" not in before and members == []
    window.open("idps/google/connect")
    window.sees("First pull when you ask for it above", "First plan for Jira follows by itself")
    window.click("radio", "live")
    window.click("button", "Set")
    window.sees("google is live", "First change in Jira follows by itself")
    window.click("button", "Pull now")
    window.sees("First pull done", "First user ada@example.com", "First group Developers",
                "First change in Jira came; the newest one: ")
    assert window.script("return document.querySelectorAll('li.line:not(.green)').length") == 0
    until(lambda: in_jira(jira) == (before | {"ada@example.com"}, ["ada@example.com"]),
          "her account and membership, and nobody else's")


def test_it_is_disconnected(visit: Window, google: GoogleOAuth) -> None:
    give_client(visit, google)
    answer_google(visit, "agree", "Connected")
    visit.open("idps/google")
    visit.tab_to("button", "Disconnect …").send_keys(Keys.ENTER)
    visit.sees("Nothing is pulled from Google any more; what was told stays as it is.",
               "Google takes back all that admin@example.com granted to any OAuth client",
               "other servers that are connected through that project stop, too.")
    assert "confirm" not in visit.find("dialog", "Disconnect google from Google?").text
    assert accessibility.faults(visit) == []
    visit.click("radio", "Google takes it back")
    visit.click("button", "Disconnect google")
    visit.sees("not connected; it was as admin@example.com of example.com")
    assert len(google.revoked) == 1 and visit.all("button", "Disconnect …") == []


def test_with_the_keyboard_alone(visit: Window, google: GoogleOAuth, admin: AdminClient) -> None:
    """It is connected; then it is said who comes, and when the directory is read."""
    visit.tab_to("textbox", "Client ID").send_keys(google.client_id)
    visit.tab_to("textbox", "Client secret").send_keys(google.client_secret)
    visit.tab_to("textbox", "Primary domain (optional)").send_keys("example.com", Keys.ENTER)
    visit.sees("Now agree on Google's page")
    visit.tab_to("link", "Agree as an administrator of example.com (in a new tab)").send_keys(
        Keys.ENTER)
    with visit.in_new_tab():
        visit.sees("The simulated Google asks")
        visit.driver.find_element(By.CSS_SELECTOR, "[value=agree]").send_keys(Keys.ENTER)
        visit.sees("Connected")
    visit.sees("Connected as admin@example.com of example.com")
    assert accessibility.faults(visit) == []
    visit.tab_to("link", "Who comes", back=True).send_keys(Keys.ENTER)
    visit.has_focus("heading", "Who comes of google")
    visit.tab_to("textbox", "Groups by address").send_keys("devs@example.com", Keys.ENTER)
    visit.tab_to("checkbox", "Only members of the chosen groups come").send_keys(Keys.SPACE)
    visit.tab_to("radio", "That stands for nobody").send_keys(Keys.DOWN)
    visit.tab_to("button", "Store").send_keys(Keys.ENTER)
    visit.sees("Stored. It holds from the next pull on")
    visit.has_focus("button", "Store")
    assert accessibility.faults(visit) == []
    choice = admin.get("/api/idps/google/google/choice").expect(200).json()
    assert choice["groups"]["include"] == [{"group": "devs@example.com"}]
    assert (choice["onlyMembersOfGroups"], choice["everybody"]) == (True, "expand")
    visit.tab_to("button", "Preview").send_keys(Keys.ENTER)
    visit.sees("ada@example.com", "Developers")
    visit.tab_to("link", "Schedule", back=True).send_keys(Keys.ENTER)
    visit.has_focus("heading", "Schedule of google")
    visit.tab_to("textbox", "Every").send_keys(Keys.CONTROL + "a" + Keys.NULL, "30")
    visit.tab_to("combobox", "Unit").send_keys("minutes")
    visit.tab_to("checkbox", "Ask Google to tell of changed users").send_keys(Keys.SPACE)
    visit.wait_for("textbox", "Address, as the internet reaches it")
    visit.tab_to("button", "Store").send_keys(Keys.ENTER)
    visit.has_focus("textbox", "Address, as the internet reaches it")
    assert accessibility.faults(visit) == []
    visit.tab_to("checkbox", "Ask Google to tell of changed users", back=True).send_keys(Keys.SPACE)
    visit.tab_to("button", "Store").send_keys(Keys.ENTER)
    visit.sees("Stored. The next pull comes ")
    visit.has_focus("button", "Store")
    schedule = admin.get("/api/idps/google/google/schedule").expect(200).json()
    assert (schedule["every"], schedule["push"]) == ({"minutes": 30}, None)
    visit.tab_to("radio", "Again and again", back=True).send_keys(Keys.DOWN)
    visit.has_focus("radio", "Once a day")
    visit.tab_to("textbox", "Daily at").send_keys("04:15AM", Keys.ENTER)
    until(lambda: admin.get("/api/idps/google/google/schedule").json()["dailyAt"] == "04:15",
          "the time of day")


def test_who_says_no_is_not_connected_and_may_say_yes_later(visit: Window, google: GoogleOAuth,
                                                            httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0181")
    give_client(visit, google)
    answer_google(visit, "refuse", "Not connected")
    visit.sees("Connected when Google has said yes")
    answer_google(visit, "agree", "Connected")
    visit.sees("Connected as admin@example.com")


def test_a_connection_that_has_ended_is_said(visit: Window, google: GoogleOAuth, httpd: Httpd
                                             ) -> None:
    httpd.error_log.expect("SCIM0180", optional=True)
    give_client(visit, google)
    answer_google(visit, "agree", "Connected")
    visit.open("idps/google")
    visit.sees("as admin@example.com of example.com")
    google.end_tokens()
    visit.open("idps/google/connect")
    visit.click("button", "Test")
    visit.sees("Not yet")
    visit.open("idps/google")
    visit.sees("It must be connected to Google anew", "expired or revoked")


def test_as_a_service_account(visit: Window, google: GoogleOAuth, admin: AdminClient,
                              tmp_path: Path, service_key: tuple[dict[str, str], str]) -> None:
    key, google.service_keys["demo@project.example.com"] = service_key
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key))
    visit.click("radio", "As a service account")
    visit.sees("Domain-wide delegation")
    scopes = visit.find("textbox", "OAuth scopes").get_attribute("value")
    assert scopes == ",".join(SCOPES)
    visit.find("textbox", "Key file").send_keys(str(file))
    visit.write("Administrator", "somebody@example.com")
    visit.click("button", "Store and connect")
    visit.sees("It is not connected")
    visit.write("Administrator", "admin@example.com")
    visit.click("button", "Store and connect")
    visit.sees("Connected as admin@example.com")
    visit.click("button", "Pull now")
    visit.sees("First pull done", "First group Developers", "First plan for Jira for ")
    assert admin.idps()[0]["state"] == "dryRun"


def test_a_test_without_a_connection_says_why(visit: Window) -> None:
    visit.click("button", "Test")
    visit.sees("Not yet", "connect")


def test_the_secret_stays_when_it_is_not_given_again(visit: Window, google: GoogleOAuth,
                                                     admin: AdminClient) -> None:
    give_client(visit, google)
    visit.open("idps/google/connect")
    visit.write("Primary domain (optional)", "example.org")
    visit.click("button", "Store")
    visit.sees("Now agree on Google's page")
    stored = admin.get("/api/idps/google/google").expect(200).json()
    assert (stored["hasClientSecret"], stored["domain"]) == (True, "example.org")
    assert stored["endpoints"] == google.endpoints()

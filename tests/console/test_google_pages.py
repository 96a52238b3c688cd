"""A Google directory that is connected: who comes of it, when it is read, how that went."""

from __future__ import annotations

from typing import Any

import pytest

from tests.console import accessibility
from tests.console.window import Keys, Window
from tests.console.workspaces import Connected, connected, directory  # noqa: F401
from tests.harness.httpd import Httpd
from tests.harness.wait import until

MOST_UNITS, MOST_GROUPS = 100, 200  # of one list
# What is selected in a text of several lines, and whether it is in sight there.
SELECTED = """
const { value, selectionStart, selectionEnd, scrollTop, clientHeight, scrollHeight } = arguments[0];
const lines = value.split("\\n").length;
const at = scrollHeight * (value.slice(0, selectionStart).split("\\n").length - 1) / lines;
return [value.slice(selectionStart, selectionEnd),
        scrollTop <= at && at + scrollHeight / lines <= scrollTop + clientHeight];"""
SCRIPT = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"


def field(window: Window, label: str) -> Any:
    """A field of several lines, a list, or a time, by its label."""
    return window.script("""
        const plain = (text) => text.replace(/\\s+/g, " ").trim();
        return [...document.querySelectorAll("textarea, select, input")].find((each) =>
            [...each.labels].some((label) => plain(label.textContent) === arguments[0]))""", label)


def write(window: Window, label: str, *lines: str) -> None:
    found = field(window, label)
    found.clear()
    found.send_keys("\n".join(lines))


def paste(window: Window, label: str, *lines: str) -> None:
    """More than anybody types."""
    window.script("""arguments[0].value = arguments[1];
                     arguments[0].dispatchEvent(new Event("input", { bubbles: true }));""",
                  field(window, label), "\n".join(lines))


def choose(window: Window, label: str, value: str) -> None:
    window.script("""
        arguments[0].value = arguments[1];
        arguments[0].dispatchEvent(new Event("change", { bubbles: true }));""",
                  field(window, label), value)


class TestChoice:
    CHOICE = {
        "domain": "example.com",
        "users": {"orgUnits": {"include": ["/Sales", "/Dev"], "exclude": ["/Sales/Robots"]},
                  "queries": ["isAdmin=false"]},
        "groups": {"include": [{"group": "staff@example.com"}, {"pattern": "^team-"}],
                   "exclude": [{"group": "team-test@example.com"}, {"pattern": "-old@"}],
                   "query": "email:team-*"},
        "onlyMembersOfGroups": True, "everybody": "expand"}

    def test_each_setting_is_stored_and_shown_again(self, window: Window, connected: Connected
                                                    ) -> None:
        window.open("idps/workspace/choice")
        window.write("Domain (optional)", "example.com")
        write(window, "Organizational units", "/Sales", "", "  /Dev  ")
        write(window, "But not these units", "/Sales/Robots")
        write(window, "Google's queries for users", "isAdmin=false")
        write(window, "Groups by address", "staff@example.com")
        write(window, "Groups by pattern", "^team-")
        write(window, "But not these groups, by address", "team-test@example.com")
        write(window, "But not these groups, by pattern", "-old@")
        window.write("Google's query for groups (optional)", "email:team-*")
        window.click("checkbox", "Only members of the chosen groups come")
        window.click("radio", "That stands for each user who comes")
        window.click("button", "Store")
        window.sees("Stored. It holds from the next pull on")
        assert connected.show("choice") == self.CHOICE
        window.open("sites")
        window.open("idps/workspace/choice")
        assert field(window, "Organizational units").get_attribute("value") == "/Sales\n/Dev"
        window.click("button", "Store")
        window.sees("Stored.")
        assert connected.show("choice") == self.CHOICE

    def test_what_is_emptied_is_everybody(self, window: Window, connected: Connected) -> None:
        connected.admin.put(f"{connected.path}/google/choice", self.CHOICE).expect(200)
        window.open("idps/workspace/choice")
        for label in ("Organizational units", "Groups by pattern"):
            write(window, label)
        window.click("checkbox", "Only members of the chosen groups come")
        window.click("button", "Store")
        window.sees("Stored.")
        stored = connected.show("choice")
        assert stored["users"]["orgUnits"]["include"] == []
        assert stored["groups"]["include"] == [{"group": "staff@example.com"}]
        assert stored["onlyMembersOfGroups"] is False

    def test_a_mistake_is_said_where_it_is(self, window: Window, connected: Connected) -> None:
        window.open("idps/workspace/choice")
        write(window, "But not these groups, by address", "staff@example.com")
        for label, wrong, words in (
                ("Domain (optional)", "example", "Domain: must be a domain"),
                ("But not these units", "Sales", '"Sales": must be the path of an'),
                ("Google's queries for users", "x" * 1001, "must"),
                ("Groups by address", "staff", '"staff": must be the address of a group'),
                ("Groups by pattern", "^team-(", '"^team-(": '),
                ("But not these groups, by pattern", "^old-(", '"^old-(": '),
                ("Google's query for groups (optional)", "x" * 1001, "Google's query for groups")):
            write(window, label, wrong)
            window.click("button", "Store")
            window.sees(words)
            assert window.driver.switch_to.active_element == field(window, label)
            write(window, label)
        assert connected.show("choice")["groups"]["exclude"] == []

    def test_a_long_one_is_gone_through(self, window: Window, connected: Connected) -> None:
        """Of as many units and groups as there may be in it; also in a narrow window."""
        connected.control.seed(users=200, groups=MOST_GROUPS + 10, org_units=MOST_UNITS + 10,
                               members_per_group=2)
        units = [f"/unit-{number + 1}" for number in range(MOST_UNITS)]
        groups = [f"group-{number + 1:04}@example.com" for number in range(MOST_GROUPS)]
        window.open("idps/workspace/choice")
        paste(window, "Organizational units", *units)
        paste(window, "Groups by address", *groups)
        wrong = "^group-00(1"
        paste(window, "But not these groups, by pattern",
              *(f"^group-{number}" for number in range(90)), "", wrong,
              *(f"^team-{number}" for number in range(90)))
        window.click("button", "Store")
        window.sees(f'"{wrong}": ')
        excluded = window.driver.switch_to.active_element
        assert excluded == field(window, "But not these groups, by pattern")
        assert window.script(SELECTED, excluded) == [wrong, True]
        write(window, "But not these groups, by pattern", "^group-00")
        paste(window, "Organizational units", *units, "/unit-0")
        window.click("button", "Store")
        window.sees(f"Organizational units: must not have more than {MOST_UNITS}")
        paste(window, "Organizational units", *units)
        window.click("button", "Store")
        window.sees("Stored.")
        chosen = connected.show("choice")
        assert chosen["users"]["orgUnits"]["include"] == units
        assert chosen["groups"]["include"] == [{"group": group} for group in groups]
        window.click("button", "Preview")
        window.sees("users come\n190", f"groups come\n{MOST_GROUPS - 99}")
        window.resize(320, 640)
        window.open("idps/workspace/choice")
        assert window.script("return document.documentElement.scrollWidth <= innerWidth")
        assert field(window, "Groups by address").get_attribute("value") == "\n".join(groups)
        assert accessibility.faults(window) == []

    def test_what_somebody_else_changed_is_not_overwritten(self, window: Window,
                                                           connected: Connected) -> None:
        window.open("idps/workspace/choice")
        theirs = {"domain": "example.com"}
        connected.admin.put(f"{connected.path}/google/choice", theirs).expect(200)
        write(window, "Organizational units", "/Mine")
        window.click("button", "Store")
        window.sees("admin has changed who comes of workspace", "Nothing of yours was stored")
        assert connected.show("choice")["domain"] == "example.com"
        window.click("button", "Load this page anew")
        until(lambda: window.script(
            "return document.querySelector('input[name=domain]')?.value") == "example.com",
              "what is stored")
        write(window, "Organizational units", "/Mine")
        window.click("button", "Store")
        window.sees("Stored.")
        stored = connected.show("choice")
        assert (stored["domain"], stored["users"]["orgUnits"]["include"]) == ("example.com",
                                                                              ["/Mine"])

    def test_who_drops_out_by_it_is_seen_before(self, window: Window, connected: Connected
                                                ) -> None:
        connected.control.edit("add-org-unit", path="/Dev")
        connected.add("ada", orgUnitPath="/Dev")
        connected.add("ben", "eva")
        connected.pull()
        window.open("idps/workspace/choice")
        write(window, "But not these units", "/Dev")
        window.click("button", "Store")
        window.sees("Stored.")
        window.click("button", "Preview")
        window.sees("ada@example.com", "is in Google, and not chosen")
        assert connected.runs()[0]["cause"] == "preview"
        assert connected.admin.get("/api/people?idp=workspace&q=ada").json()["people"]


class TestSchedule:
    def test_each_way_is_stored_and_shown_again(self, window: Window, connected: Connected
                                                ) -> None:
        connected.add("ada")
        connected.pull()
        window.open("idps/workspace/schedule")
        window.sees("the default: every hour", "in 59 minutes")
        window.write("Every", "30")
        choose(window, "Unit", "minutes")
        window.click("button", "Store")
        window.sees("Stored. The next pull comes in", "what is set below")
        assert connected.show("schedule")["every"] == {"minutes": 30}
        window.click("radio", "Once a day")
        window.find("textbox", "Daily at").send_keys("04:15AM")
        window.click("button", "Store")
        until(lambda: connected.show("schedule")["dailyAt"] == "04:15", "the time of day")
        window.open("sites")
        window.open("idps/workspace/schedule")
        assert window.find("textbox", "Daily at").get_attribute("value") == "04:15"
        window.click("radio", "When somebody asks for it, and only then")
        window.click("button", "Store")
        window.sees("Stored. No pull comes by itself", "Next pull\nnone")
        stored = connected.show("schedule")
        assert (stored["every"], stored["dailyAt"], stored["isDefault"]) == (None, None, False)

    def test_what_is_no_schedule_is_said(self, window: Window, connected: Connected) -> None:
        window.open("idps/workspace/schedule")
        window.write("Every", "0")
        window.click("button", "Store")
        window.sees("A whole number, 1 or more")
        window.write("Every", "3")
        choose(window, "Unit", "minutes")
        window.click("button", "Store")
        window.sees("Not done", "from five minutes to a week")
        assert connected.show("schedule")["isDefault"]

    def test_google_is_asked_to_tell_of_changes(self, window: Window, connected: Connected,
                                                httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0183", optional=True)
        window.open("idps/workspace/schedule")
        window.click("checkbox", "Ask Google to tell of changed users")
        window.click("button", "Store")
        window.sees("Address, as the internet reaches it is needed")
        address = "https://sync.example.com/scim-sync/google-push"
        window.write("Address, as the internet reaches it", address)
        window.write("At most once in", "10")
        window.click("button", "Store")
        window.sees("Stored.", "Google tells of changes")
        push = {"address": address, "atMostEvery": {"minutes": 10}}
        assert connected.show("schedule")["push"] == push
        window.open("sites")
        window.open("idps/workspace/schedule")
        window.click("button", "Store")
        window.sees("Stored.")
        assert connected.show("schedule")["push"] == push
        window.click("checkbox", "Ask Google to tell of changed users")
        window.click("button", "Store")
        until(lambda: connected.show("schedule")["push"] is None, "it to be over")

    def test_what_somebody_else_changed_is_not_overwritten(self, window: Window,
                                                           connected: Connected) -> None:
        window.open("idps/workspace/schedule")
        connected.admin.put(f"{connected.path}/google/schedule", {"dailyAt": "02:00"}).expect(200)
        window.click("button", "Store")
        window.sees("admin has changed the schedule of workspace")
        assert connected.show("schedule")["dailyAt"] == "02:00"


class TestPulls:
    def test_a_preview_before_the_first_pull(self, window: Window, connected: Connected) -> None:
        connected.add("ada", "ben")
        connected.add("eva", suspended=True)
        connected.control.edit("add-group", email="devs@example.com", name="Developers")
        connected.control.edit("add-member", group="devs@example.com", member="ada@example.com")
        window.open("idps/workspace/pulls")
        window.sees("There was none yet", "None comes by itself")
        window.click("button", "Preview")
        window.sees("Nothing was told, here or in Jira", "eva@example.com", "is not active",
                    "member of Developers")
        window.sees("users come\n3")
        assert connected.admin.get("/api/people?idp=workspace").json()["people"] == []
        choose(window, "Of which kind", "Group")
        window.click("button", "Show")
        until(lambda: "eva@example.com" not in window.text, "groups alone")
        window.sees("Developers")
        choose(window, "What", "gone")
        window.click("button", "Show")
        window.sees("There are none.")

    def test_one_is_asked_for_and_followed_to_its_end(self, window: Window, connected: Connected
                                                      ) -> None:
        connected.add("ada", "ben")
        window.open("idps/workspace/pulls")
        window.click("button", "Pull now")
        window.sees("done", "asked for by admin", "2 new")
        window.click("link", "Pulls")
        window.sees("The next one comes in", "2 new", "Memberships")
        assert window.all("link", f"Pull {connected.runs()[0]['id']}")

    def test_who_looks_sees_one_begin_and_end(self, window: Window, connected: Connected) -> None:
        connected.add("ada")
        window.open("idps/workspace/pulls")
        window.sees("There was none yet")
        connected.control.configure(latency_ms=1500)
        connected.admin.post(f"{connected.path}/pull", {}).expect(202)
        window.sees("reading")
        connected.control.configure(latency_ms=0)
        window.sees("done", "1 new")

    def test_a_refused_one_is_explained_and_may_be_believed(
            self, window: Window, connected: Connected, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0191", count=1)
        connected.control.seed(users=40)
        connected.pull()
        for number in range(1, 16):
            connected.control.edit("remove-user", user=f"user-{number:05}@example.com")
        run = connected.pull()
        assert run["state"] == "refused"
        window.open("idps/workspace/pulls")
        window.sees("Stopped", "What was read can't be true", "15 ", "Nobody has lost anything",
                    "leavers among them still have access", "15 gone")
        window.click("link", "all of them")
        window.sees("user-00015@example.com", "is not there any more")
        window.click("button", "Take it over all the same …")
        window.wait_for("dialog", "Take it over all the same?")
        window.sees("The guard still counts what Jira loses")
        assert accessibility.faults(window) == []
        window.click("button", "Cancel")
        assert len(connected.runs()) == 2
        window.click("button", "Take it over all the same …")
        window.click("button", "Pull, and believe it")
        window.sees("asked for by admin, trusted", "15 gone", "done")
        window.open("idps/workspace/pulls")
        window.sees("25 unchanged")
        assert "What was read can't be true" not in window.text

    def test_a_preview_says_that_a_pull_would_be_refused(self, window: Window,
                                                         connected: Connected) -> None:
        connected.add("ada", "ben", "eva")
        connected.pull()
        connected.admin.put(f"{connected.path}/google/choice",
                            {"users": {"orgUnits": {"exclude": ["/"]}}}).expect(200)
        window.open("idps/workspace/pulls")
        window.click("button", "Preview")
        window.sees("Stopped", "A pull would be refused: there would be nobody left of 3 users",
                    "the choice was changed")

    def test_one_that_failed_says_so_and_what_failed(self, window: Window, connected: Connected,
                                                     httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0190")
        connected.add("ada")
        connected.control.add_fault("error", match={"operation": "directory.users.list"},
                                    error="accessNotConfigured")
        connected.pull()
        window.open("idps/workspace/pulls")
        window.sees("The directory could not be read to its end", "accessNotConfigured: 1 time",
                    "Nothing has changed")

    def test_without_a_connection_it_says_so(self, window: Window, connected: Connected) -> None:
        connected.admin.post(f"{connected.path}/google/disconnect", {"confirm": True}).expect(200)
        window.open("idps/workspace/pulls")
        window.sees("It is not connected to Google")
        window.click("button", "Pull now")
        window.sees("Not done")

    def test_names_that_are_none_are_texts(self, window: Window, connected: Connected) -> None:
        connected.add("ada", givenName=SCRIPT)
        connected.control.edit("add-group", email="devs@example.com", name=SCRIPT)
        connected.control.edit("add-member", group="devs@example.com", member="ada@example.com")
        run = connected.pull(preview=True)
        window.open(f"idps/workspace/pulls/{run['id']}")
        window.sees("onerror=")
        assert window.script("return document.querySelectorAll('main img').length") == 0
        assert "stolen" not in window.driver.title

    def test_an_identity_provider_that_comes_to_us_has_no_pulls(self, window: Window,
                                                                connected: Connected) -> None:
        connected.admin.create_idp("okta", site="main")
        window.open("idps/okta/pulls")
        window.sees("409", "okta")


@pytest.mark.parametrize("page", ["choice", "schedule", "pulls"])
def test_the_pages_lead_to_each_other(page: str, window: Window, connected: Connected) -> None:
    window.open("idps/workspace/plan")
    window.click("link", {"choice": "Who comes", "schedule": "Schedule", "pulls": "Pulls"}[page])
    until(lambda: "of workspace" in window.heading and "Plan" not in window.heading, "the page")


def test_nobody_is_kept_out_where_there_is_much_to_tell(window: Window, connected: Connected,
                                                        httpd: Httpd) -> None:
    """Or loses the place in it; refused, with what differs; also in a narrow window."""
    httpd.error_log.expect("SCIM0191", count=1)
    connected.control.seed(users=40, groups=8, members_per_group=8)
    run = connected.pull(preview=True)
    window.open(f"idps/workspace/pulls/{run['id']}")
    window.tab_to("button", "Show more").send_keys(Keys.ENTER)
    until(lambda: window.script("return document.activeElement.textContent").startswith("Changes"),
          "the focus on what has come")
    window.tab_to("link", "Pulls", back=True).send_keys(Keys.ENTER)
    window.has_focus("heading", "Pulls of workspace")
    window.tab_to("button", "Pull now").send_keys(Keys.ENTER)
    window.has_focus("heading", f"Pull {run['id'] + 1} of workspace")
    until(lambda: connected.runs()[0]["state"] == "done", "the pull to end", 60)
    for number in range(1, 16):
        connected.control.edit("remove-user", user=f"user-{number:05}@example.com")
    run = connected.pull()
    for page in ("pulls", f"pulls/{run['id']}"):
        window.open(f"idps/workspace/{page}")
        window.sees("What was read can't be true")
        assert accessibility.faults(window) == []
        window.resize(320, 640)
        assert window.script("return document.documentElement.scrollWidth <= innerWidth")
        window.resize(1200, 1000)

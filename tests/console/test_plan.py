"""What would change in Jira, and why: read before an identity provider is set live."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from tests.console.window import Window
from tests.harness import sql
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

SCRIPT = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"

# So many more wait, in an hour; and what was counted of them.
CROWD = (
    "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created,"
    " changed) WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)"
    " SELECT t.site, t.idp, t.kind, 'crowd-' || n, 'waiting', 1, 0, t.changed + 3600000, 0,"
    " t.created, t.changed FROM task t, n WHERE t.name = 'ada@example.com'",
    "INSERT INTO idp_tally (idp, what, count, at) SELECT DISTINCT t.idp, 'state:' || s.state, CASE"
    " s.state WHEN 'waiting' THEN 1200 WHEN 'planned' THEN 1 ELSE 0 END, t.changed FROM task t,"
    " (SELECT 'waiting' AS state UNION ALL SELECT 'planned' UNION ALL SELECT 'failed' UNION ALL"
    " SELECT 'held' UNION ALL SELECT 'discarded') s WHERE t.name = 'ada@example.com'"
    " ON CONFLICT (idp, what) DO NOTHING")


@pytest.fixture
def main(window: Window, admin: AdminClient, jira: JiraProcess) -> Window:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    return window


def address(name: str) -> list[dict[str, str]]:
    return [{"value": f"{name}@example.com"}]


def people(scim: ScimClient, *names: str) -> list[str]:
    return [scim.create_user(f"{name}@example.com", emails=address(name))["id"] for name in names]


def planned(admin: AdminClient, idp: str = "okta") -> dict[str, Any]:
    """The plan, once nothing waits to be planned."""
    return until(lambda: (plan := admin.plan(idp, limit=1))["tasks"]["waiting"] == 0 and plan,
                 "all to be planned", 60)


def sums(window: Window) -> dict[str, str]:
    rows = window.script("""return [...document.querySelectorAll(".sums > div")].map((each) =>
        [each.querySelector("dt").textContent, each.querySelector("dd").textContent])""")
    return dict(rows)


def show(window: Window, words: str) -> None:
    """In the list "Who is shown"."""
    window.script("""
        const list = document.querySelector("select[name=who]");
        list.value = [...list.options].find((each) => each.text.startsWith(arguments[0])).value;
        """, words)
    window.click("button", "Show")


def shown(window: Window) -> list[str]:
    return window.script("return [...document.querySelectorAll('.subject h3, .subject h4')].map("
                         "(each) => each.textContent)")


def deactivate(scim: ScimClient, user: str) -> None:
    scim.patch(f"/Users/{user}", {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": False}]}).expect(200)


class TestDryRun:
    def test_it_is_read_and_then_set_live(self, main: Window, admin: AdminClient,
                                          jira: JiraProcess) -> None:
        """From the plan to what it foretold."""
        with closing(scim_client(admin.create_idp("okta", site="main", state="dryRun"))) as scim:
            ada, ben = people(scim, "ada", "ben")
            scim.create_group("Makers", [ada, ben])
        planned(admin)
        main.open("idps/okta/plan")
        main.sees("nothing is written to Jira", "ada@example.com", "gets an account",
                  "comes into Makers", "the group Makers is made", "Nobody loses anything by it")
        assert sums(main) == {"accounts made": "2", "groups made": "1", "memberships given": "2",
                              "memberships taken away": "0", "accounts deactivated": "0"}
        assert [group["name"] for group in jira.control.state()["groups"]
                if group["name"] == "Makers"] == []
        main.click("radio", "live")
        main.click("button", "Set")
        main.sees("okta is live.")
        until(lambda: not admin.tasks(), "all to be done", 60)
        assert "Makers" in [group["name"] for group in jira.control.state()["groups"]]
        main.open("idps/okta/plan")
        main.sees("All that it has told is done", "There is nothing to do for anybody")

    def test_who_would_lose_something_is_said_first(self, main: Window, admin: AdminClient) -> None:
        with closing(scim_client(admin.create_idp("okta", site="main"))) as scim:
            ada, ben = people(scim, "ada", "ben")
            scim.create_group("Makers", [ada, ben])
            until(lambda: not admin.tasks(), "all to be done", 60)
            admin.set_state("okta", "dryRun")
            deactivate(scim, ada)
        planned(admin)
        main.open("idps/okta/plan")
        main.sees("Something is taken away", "is taken out of Makers")
        assert sums(main)["memberships taken away"] == "2"
        row = main.script("""return [...document.querySelectorAll(".subject")].find((each) =>
            each.textContent.includes("ada@example.com"))""")
        main.script("arguments[0].querySelector('summary').click()", row)
        main.sees("no identity provider tells of this person as active any more",
                  "the module put the person there", "is not active", "Held in Jira")

    def test_what_is_not_done_has_its_reason_and_what_mends_it(
            self, main: Window, admin: AdminClient) -> None:
        with closing(scim_client(admin.create_idp("okta", site="main", state="dryRun"))) as scim:
            ada, = people(scim, "ada")
            scim.create_group("site-admins", [ada])
        planned(admin)
        main.open("idps/okta/plan")
        main.sees("Wanted, and not done", "The group is never touched",
                  "Not done: site-admins", "To mend it: ")

    def test_too_few_seats_are_said(self, window: Window, admin: AdminClient, jira: JiraProcess
                                    ) -> None:
        """Of a site of its own: what Jira said of seats is known for minutes."""
        jira.control.configure(seats={"jira-software": 2})
        admin.put_site("few", jira.url, jira.email, jira.api_token)
        with closing(scim_client(admin.create_idp("okta", site="few", state="dryRun"))) as scim:
            people(scim, "ada", "ben", "eva")
        planned(admin)
        window.open("idps/okta/plan")
        window.sees("few has 1 seat of jira-software left, and 3 accounts would be made")

    def test_the_numbers_come_when_all_is_planned(self, main: Window, admin: AdminClient,
                                                  jira: JiraProcess, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0120", optional=True)
        admin.put_site("main", jira.url, jira.email, "demo-wrong")
        with closing(scim_client(admin.create_idp("okta", site="main", state="dryRun"))) as scim:
            people(scim, "ada", "ben")
        main.open("idps/okta/plan")
        main.sees("2 tasks not planned yet: the numbers grow")
        assert "Nobody loses anything" not in main.text
        admin.put_site("main", jira.url, jira.email, jira.api_token)
        main.sees("Nobody loses anything by it")
        assert sums(main)["accounts made"] == "2"


    def test_of_many_it_is_said_when_they_were_counted(self, main: Window, admin: AdminClient,
                                                       httpd: Httpd) -> None:
        with closing(scim_client(admin.create_idp("okta", site="main", state="dryRun"))) as scim:
            people(scim, "ada")
        planned(admin)
        main.open("idps/okta/plan")
        main.sees("Nobody loses anything by it")
        assert "Counted" not in main.text
        for statement in CROWD:
            sql.execute(httpd.database, statement)
        main.open("")
        main.open("idps/okta/plan")
        main.sees("Counted", "So many are counted once a minute", "1,200 tasks not planned yet")
        assert "Nobody loses anything" not in main.text
        sql.execute(httpd.database, "DELETE FROM task WHERE subject LIKE 'crowd-%'")
        main.sees("Nobody loses anything by it")
        assert "Counted" not in main.text


class TestLive:
    def test_what_is_still_to_be_done(self, main: Window, admin: AdminClient) -> None:
        with closing(scim_client(admin.create_idp("okta", site="main", state="paused"))) as scim:
            people(scim, "ada")
        main.open("idps/okta/plan")
        main.sees("what stands here waits until it is live again", "ada@example.com",
                  "gets an account", "1 task waiting")
        assert sums(main)["waiting"] == "1"

    def test_what_the_guard_holds_is_said_loudly(self, main: Window, admin: AdminClient,
                                                 httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160")
        with closing(scim_client(admin.create_idp("okta", site="main"))) as scim:
            ids = people(scim, "ada", "ben", "eva")
            until(lambda: not admin.tasks(), "all to be done", 60)
            admin.put_rules("okta", {"guard": {"deactivations": {"number": 0, "percent": 100}}})
            for each in ids:
                deactivate(scim, each)
        until(lambda: len(admin.tasks("state=held")) == 3, "the guard", 60)
        main.open("idps/okta/plan")
        main.sees("Stopped", "The guard has stopped something",
                  "leavers among them still have access", "3 tasks held", "when the task is"
                  " released")


class TestLooking:
    def test_one_is_found_and_explained(self, main: Window, admin: AdminClient) -> None:
        with closing(scim_client(admin.create_idp("okta", site="main", state="dryRun"))) as scim:
            ada, _ = people(scim, "ada", "ben")
            scim.create_group("Makers", [ada])
        planned(admin)
        main.open("idps/okta/plan")
        main.write("Or somebody by name (optional)", "ADA")
        main.click("button", "Show")
        main.sees("okta tells of ada@example.com as active",
                  "okta has ada@example.com in its group Makers", "there are no patterns")
        assert "ben@example.com" not in main.text
        main.write("Or somebody by name (optional)", "Mak")
        main.click("button", "Show")
        main.sees("okta tells of the group Makers")
        main.write("Or somebody by name (optional)", "nobody")
        main.click("button", "Show")
        main.sees("okta tells of none whose name begins with nobody")
        main.open("idps/okta/plan?q=ben")
        main.sees("okta tells of ben@example.com as active")

    def test_who_has_nothing_to_do_is_shown_if_asked_for(self, main: Window, admin: AdminClient
                                                         ) -> None:
        with closing(scim_client(admin.create_idp("okta", site="main"))) as scim:
            people(scim, "ada")
            until(lambda: not admin.tasks(), "all to be done", 60)
        main.open("idps/okta/plan")
        main.sees("There is nothing to do for anybody")
        show(main, "All of whom okta has told")
        main.sees("ada@example.com", "nothing to do", "okta has told of none")

    def test_many_come_page_by_page(self, main: Window, admin: AdminClient) -> None:
        with closing(scim_client(admin.create_idp("okta", site="main", state="paused"))) as scim:
            people(scim, *(f"user-{number}" for number in range(60)))
        main.open("idps/okta/plan")
        until(lambda: len(shown(main)) == 50, "the first page")
        main.click("button", "Show more")
        until(lambda: len(shown(main)) == 60, "the second page")
        assert main.script("""const all = [...document.querySelectorAll(".subject")];
            return all.indexOf(document.activeElement.closest(".subject"))""") == 50
        until(lambda: not main.all("button", "Show more"), "its end")
        assert len(set(shown(main))) == 60
        show(main, "All of whom okta has told")
        until(lambda: len(shown(main)) == 50, "everybody by name")
        main.click("button", "Show more")
        until(lambda: len(shown(main)) == 60, "all of them")
        assert shown(main) == sorted(shown(main))

    def test_those_alone_who_lose_something(self, main: Window, admin: AdminClient) -> None:
        with closing(scim_client(admin.create_idp("okta", site="main"))) as scim:
            ada, ben = people(scim, "ada", "ben")
            scim.create_group("Makers", [ada, ben])
            until(lambda: not admin.tasks(), "all to be done", 60)
            admin.set_state("okta", "dryRun")
            deactivate(scim, ada)
            people(scim, "eva", "flo")
        planned(admin)
        main.open("idps/okta/plan")
        until(lambda: len(shown(main)) == 3, "all")
        main.click("button", "Show 2 memberships taken away")
        until(lambda: shown(main) == ["ada@example.com"], "the one who does")
        assert main.driver.switch_to.active_element.text == "People and groups"
        show(main, "accounts made: 2")
        until(lambda: set(shown(main)) == {"eva@example.com", "flo@example.com"}, "the new ones")

    def test_a_script_in_a_name_is_a_text(self, main: Window, admin: AdminClient) -> None:
        with closing(scim_client(admin.create_idp("okta", site="main", state="dryRun"))) as scim:
            user = scim.create_user(f"{SCRIPT}@example.com", displayName=SCRIPT,
                                    emails=[{"value": "x@example.com"}])
            scim.create_group(SCRIPT, [user["id"]])
        planned(admin)
        for page in ("idps/okta/plan", "idps/okta/plan?q=%3Cimg"):
            main.open(page)
            main.sees("onerror=")
            for summary in main.script("return [...document.querySelectorAll('summary')]"):
                main.script("arguments[0].parentElement.open = true", summary)
            main.sees("Held in Jira")
            assert main.script("return document.querySelectorAll('main img').length") == 0
            assert "stolen" not in main.driver.title

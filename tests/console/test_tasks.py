"""Tasks: what fails, waits or is held by the guard; what is decided about them, and said."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

import pytest

from tests.console import accessibility
from tests.console.test_plan import SCRIPT
from tests.console.window import Keys, Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.sql import execute
from tests.harness.wait import until

WORDS = "demo: you may not make this group"
LEAVERS = 11  # one more than the guard allows of few


@pytest.fixture
def okta(window: Window, admin: AdminClient, jira: JiraProcess, httpd: Httpd) -> Any:
    """An identity provider that feeds the one site."""
    httpd.error_log.expect("SCIM0160", optional=True)
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    with closing(scim_client(admin.create_idp("okta", site="main"))) as scim:
        yield scim
    jira.control.remove_faults()


def refuse_groups(jira: JiraProcess, times: int | None = None) -> None:
    jira.control.add_fault("status", status=403, times=times,
                           match={"method": "POST", "path": "/group$"},
                           body={"errorMessages": [WORDS], "errors": {}})


def failed(admin: AdminClient, count: int) -> list[dict[str, Any]]:
    return until(lambda: len(found := admin.tasks("state=failed")) == count and found,
                 f"{count} tasks to fail")


def caught_up(admin: AdminClient) -> None:
    until(lambda: admin.status()["tasks"]["waiting"] == 0, "all to be done")


def leave(admin: AdminClient, okta: ScimClient, count: int = LEAVERS) -> None:
    """All at once, so that the guard holds all of them."""
    users = [okta.create_user(f"u{number:02}@example.com") for number in range(count)]
    caught_up(admin)
    admin.set_state("okta", "paused")
    for user in users:
        okta.patch_operations(f"/Users/{user['id']}", {
            "op": "replace", "path": "active", "value": False}).expect(200)
    admin.set_state("okta", "live")
    until(lambda: len(admin.tasks("state=held")) == count, "all to be held")


def rows(window: Window) -> list[list[str]]:
    return window.script("""return [...document.querySelectorAll("tbody tr")].map((row) =>
        [...row.children].map((cell) => cell.textContent))""")


def test_nothing_is_said_when_there_is_nothing(window: Window, okta: ScimClient) -> None:
    window.open("tasks")
    window.sees("The guard holds nothing.", "Nothing has failed.")
    for state in ("failed", "held", "waiting", "discarded", "planned"):
        window.open(f"tasks?state={state}")
        window.sees("There is none.")


def test_a_failing_task_is_shown_with_jiras_words_and_retried(
        window: Window, admin: AdminClient, jira: JiraProcess, okta: ScimClient) -> None:
    refuse_groups(jira, times=1)
    ada = okta.create_user("ada@example.com")
    okta.create_group("devs", [ada["id"]])
    failed(admin, 1)
    window.open("tasks?state=failed")
    window.sees("devs", WORDS, "okta at main")
    window.click("button", "Retry devs …")
    window.sees("Retry devs?", "This is done in Jira", "devs")
    window.click("button", "Retry it now")
    window.sees("It is done. Nothing is left to do.")
    window.click("button", "Close")
    window.sees("Done: nothing is left to do.")
    assert admin.tasks() == []
    assert admin.events("kind=jira.group.created")[0]["name"] == "devs"


def test_what_fails_again_says_so(window: Window, admin: AdminClient, jira: JiraProcess,
                                  okta: ScimClient) -> None:
    refuse_groups(jira)
    okta.create_group("devs")
    failed(admin, 1)
    window.open("tasks?state=failed")
    window.click("button", "Retry devs …")
    window.click("button", "Retry it now")
    window.sees("Failed. " + WORDS)


def test_all_of_a_kind_are_retried(window: Window, admin: AdminClient, jira: JiraProcess,
                                   okta: ScimClient) -> None:
    refuse_groups(jira)
    for name in ("devs", "ops", "sales"):
        okta.create_group(name)
    okta.create_user("nobody")  # without an address: another kind
    failed(admin, 4)
    jira.control.remove_faults()
    window.open("tasks")
    kinds = {row[0]: row for row in rows(window) if "okta at main" in row[1]}
    assert kinds["Jira answered 403"][1] == "3 groups of okta at main"
    assert WORDS in kinds["Jira answered 403"][2]
    assert kinds["A person must decide"][1] == "1 user of okta at main"
    window.click("link", "3 groups")
    window.sees("These are of one kind alone.", "devs", "ops", "sales")
    assert len(rows(window)) == 3
    window.driver.back()
    window.click("button", "Retry all 3 groups of okta at main: Jira answered 403 …")
    window.sees("are tried now", "The oldest one of them", WORDS)
    assert accessibility.faults(window) == []
    window.click("button", "Retry all of them")
    window.sees("3 tasks are due now")
    until(lambda: len(admin.tasks()) == 1, "the groups to be made")
    window.click("button", "Close")
    window.sees("1 user of okta at main")
    until(lambda: "Jira answered 403" not in window.text, "the kind to be gone")


def test_a_task_that_failed_is_discarded(window: Window, admin: AdminClient, okta: ScimClient
                                         ) -> None:
    okta.create_user("nobody")
    failed(admin, 1)
    window.open("tasks?state=failed")
    window.click("button", "Discard nobody …")
    window.sees("Jira stays as it is", "until the identity provider says something new")
    window.press(Keys.ESCAPE)
    until(lambda: window.all("dialog") == [], "the question to go")
    assert len(admin.tasks()) == 1
    window.click("button", "Discard nobody …")
    window.sees("In the way of what is wanted")
    window.click("button", "Discard it")
    window.sees("It is dropped.")
    assert admin.tasks() == []


class TestGuard:
    def test_what_it_holds_is_said_and_released(self, window: Window, admin: AdminClient,
                                                okta: ScimClient) -> None:
        leave(admin, okta)
        window.open("tasks")
        window.sees("okta at main: 11 people lose all access if it is released",
                    "11 people would lose their access within 60 minutes because of okta",
                    "who has left still has access")
        window.click("button", "Release what is held of okta at main …")
        window.sees("11 people lose all access at main", "They lose:", "u00@example.com: ",
                    "And 1 other: see all of them")
        window.click("button", "Release: they lose it")
        window.sees("Write okta to confirm is needed")
        assert len(admin.tasks("state=held")) == LEAVERS
        window.write("Write okta to confirm", "okta")
        window.click("button", "Release: they lose it")
        window.sees("11 tasks released")
        window.click("button", "Close")
        window.sees("The guard holds nothing.")
        caught_up(admin)
        assert len(admin.events("kind=jira.member.removed")) >= LEAVERS

    def test_it_is_discarded_and_one_is_released_after_all(
            self, window: Window, admin: AdminClient, okta: ScimClient) -> None:
        leave(admin, okta)
        window.open("tasks")
        window.click("button", "Discard what is held of okta at main …")
        window.sees("All of them keep what they have", "Who has left still has access then",
                    "They keep:")
        window.click("button", "Discard: they keep it")
        window.sees("11 tasks discarded: nobody of them loses anything")
        window.click("link", "See who keeps what")
        window.sees("Tasks: discarded", "discarded by admin on ", ": keeps ", "u10@example.com")
        window.click("button", "Release u03@example.com …")
        window.sees("u03@example.com loses ")
        window.click("button", "Release: u03@example.com loses it")
        window.sees("It is done. Nothing is left to do.")
        assert len(admin.tasks("state=discarded")) == LEAVERS - 1

    def test_who_came_to_it_meanwhile_is_not_decided_about_unseen(
            self, window: Window, admin: AdminClient, okta: ScimClient) -> None:
        late = okta.create_user("late@example.com")
        leave(admin, okta)
        window.open("tasks")
        window.click("button", "Discard what is held of okta at main …")
        window.sees("They keep:")
        okta.patch_operations(f"/Users/{late['id']}", {
            "op": "replace", "path": "active", "value": False}).expect(200)
        until(lambda: len(admin.tasks("state=held")) == LEAVERS + 1, "one more to be held")
        window.click("button", "Discard: they keep it")
        window.sees("Nothing of yours was stored", "Load this page anew")
        assert len(admin.tasks("state=held")) == LEAVERS + 1

    def test_one_is_released_and_one_discarded(self, window: Window, admin: AdminClient,
                                               okta: ScimClient) -> None:
        leave(admin, okta)
        window.open("tasks?state=held")
        window.sees("Would lose: ")
        assert window.all("button", "Retry u01@example.com …") == []
        window.click("button", "Discard u01@example.com …")
        window.sees("u01@example.com keeps ", "although okta says otherwise")
        window.click("button", "Discard: u01@example.com keeps it")
        window.sees("It is discarded: u01@example.com keeps it.")
        window.click("button", "Close")
        window.sees("Now: Discarded.")
        window.click("button", "Release u02@example.com …")
        window.click("button", "Release: u02@example.com loses it")
        window.sees("It is done.")
        assert len(admin.tasks("state=held")) == LEAVERS - 2

    def test_what_somebody_else_has_decided_meanwhile_is_not_decided_anew(
            self, window: Window, admin: AdminClient, okta: ScimClient) -> None:
        leave(admin, okta)
        admin.patch("/api/idps/okta", {"displayName": "The north"}).expect(200)
        window.open("tasks")
        window.sees("The north (okta) at main: 11 people lose all access")
        window.open("tasks?state=held")
        window.sees("Held by the guard of The north (okta).")
        window.click("button", "Release u04@example.com …")
        window.sees("u04@example.com loses ")
        task, = [each for each in admin.tasks("state=held") if each["name"] == "u04@example.com"]
        admin.delete(f"/api/tasks/{task['id']}").expect(204)
        window.click("button", "Release: u04@example.com loses it")
        window.sees("Nothing of yours was stored", "Load this page anew")
        assert [each["id"] for each in admin.tasks("state=discarded")] == [task["id"]]


def test_a_discard_is_released_where_the_rest_has_failed(
        window: Window, admin: AdminClient, jira: JiraProcess, okta: ScimClient) -> None:
    """Also in the list of what failed: it is looked for there."""
    ada, ben = [okta.create_user(f"{name}@example.com") for name in ("ada", "ben")]
    group = okta.create_group("devs", [ada["id"], ben["id"]])
    caught_up(admin)
    admin.put_rules("okta", {"guard": {"memberships": {"number": 0}}})
    caught_up(admin)
    okta.patch_operations(f"/Groups/{group['id']}", {
        "op": "remove", "path": f'members[value eq "{ada["id"]}"]'}).expect(200)
    held, = until(lambda: admin.tasks("state=held"), "the guard to hold it")
    admin.delete(f"/api/tasks/{held['id']}").expect(204)
    jira.control.add_fault("status", match={"operation": "addUserToGroup"}, times=None, status=403)
    admin.put_rules("okta", {"users": {"defaultGroups": ["all"]},
                             "guard": {"memberships": {"number": 0}}})
    failed(admin, 2)
    window.open("tasks?state=failed")
    window.sees("discarded by admin on ", "ben@example.com")
    assert window.all("button", "Release ben@example.com …") == []
    window.click("button", "Release ada@example.com …")
    window.sees("ada@example.com loses devs")
    window.click("button", "Release: ada@example.com loses it")
    until(lambda: [event["name"] for event in admin.events("kind=jira.member.removed")],
          "it to be taken")


def test_a_pause_of_jiras_is_shown_with_its_end(window: Window, admin: AdminClient,
                                                jira: JiraProcess, okta: ScimClient) -> None:
    jira.control.add_fault("status", status=429, match={"operation": "createUser"}, times=1,
                           headers={"Retry-After": "60", "RateLimit-Reason":
                                    "jira-quota-tenant-based"})
    okta.create_user("ada@example.com")
    until(lambda: admin.status()["paused"], "the pause")
    window.open("tasks")
    window.sees("Nothing is sent to main before", "Jira's quota of calls is used up",
                "It goes on by itself")
    assert [row[2] for row in rows(window) if row[0] == "okta"] == ["1"]


def test_credentials_that_jira_refuses_are_said(window: Window, admin: AdminClient, httpd: Httpd,
                                                okta: ScimClient) -> None:
    httpd.error_log.expect("SCIM0122", optional=True)
    admin.put("/api/sites/main", {"apiToken": "demo-ended"}).expect(200)
    okta.create_user("ada@example.com")
    until(lambda: admin.tasks("class=site"), "the refusal")
    window.open("tasks")
    window.sees("Jira refuses the credentials of main", "Give it an API token that is good")


def test_what_comes_moves_nothing(window: Window, admin: AdminClient, okta: ScimClient) -> None:
    """It is told in a corner; what is gone is said at its place."""
    okta.create_user("nobody")
    task, = failed(admin, 1)
    window.open("tasks?state=failed")
    window.sees("nobody")
    okta.create_user("somebody")
    failed(admin, 2)
    window.sees("1 more task by now.")
    assert len(rows(window)) == 1
    window.click("button", "Show it")
    until(lambda: len(rows(window)) == 2, "the new one")
    window.has_focus("heading", "Tasks: failed")
    admin.delete(f"/api/tasks/{task['id']}").expect(204)
    window.sees("Done: nothing is left to do.")
    assert len(rows(window)) == 2 and rows(window)[0][0] == "nobody"


def test_a_long_list_comes_in_pages(window: Window, admin: AdminClient, okta: ScimClient) -> None:
    for number in range(60):
        okta.create_user(f"n{number:02}")
    failed(admin, 60)
    window.open("tasks?state=failed")
    until(lambda: len(rows(window)) == 50, "the first page")
    window.click("button", "Show more")
    until(lambda: len(rows(window)) == 60, "the rest")
    assert window.all("button", "Show more") == []


def test_with_100_000_tasks_a_page_is_as_small(window: Window, admin: AdminClient, httpd: Httpd,
                                               okta: ScimClient) -> None:
    def run(statement: str) -> None:
        """So much at once keeps the server from its database: it is done while there is none."""
        httpd.stop()
        execute(httpd.database, statement)
        httpd.start()

    run("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO task (site, idp, kind, subject, name, state, seq, attempts, next_at,"
        " class, status, detail, created, changed) SELECT 'main', 'okta', 'user', 's' || i,"
        " 'p' || i, 'failed', 1, 1, 0, 'person', 403, 'demo: no', 1, 1 FROM n")
    try:
        window.open("tasks")
        window.sees("1,000 users or more of okta at main", "demo: no")
        window.open("tasks?state=failed")
        until(lambda: len(rows(window)) == 50, "the first page")
        window.requests()
        window.click("button", "Show more")
        until(lambda: len(rows(window)) == 100, "the second page")
        sizes = [int(limit) for url in window.requests()
                 for limit in re.findall(r"limit=(\d+)", url)]
        assert sizes and max(sizes) <= 101
    finally:
        run("DELETE FROM task")


def test_they_are_filtered(window: Window, admin: AdminClient, okta: ScimClient) -> None:
    okta.create_user("nobody")
    with closing(scim_client(admin.create_idp("entra", site="main"))) as entra:
        entra.create_user("another")
    failed(admin, 2)
    window.open("tasks?state=failed")
    window.script("""const [idp] = document.getElementsByName("idp");
        idp.value = "entra";""")
    window.click("button", "Show these")
    until(lambda: [row[0] for row in rows(window)] == ["another"], "those of entra")
    assert "idp=entra" in window.driver.current_url
    window.click("link", "another")
    until(lambda: "#/people/entra/" in window.driver.current_url, "the person's page")


def test_names_are_texts_in_questions_too(window: Window, admin: AdminClient, jira: JiraProcess,
                                          okta: ScimClient) -> None:
    jira.control.add_fault("status", status=403, match={"method": "POST", "path": "/group$"},
                           times=None, body={"errorMessages": [SCRIPT], "errors": {}})
    okta.create_group(SCRIPT)
    failed(admin, 1)
    window.open("tasks")
    window.sees("onerror=")
    window.open("tasks?state=failed")
    window.click("button", f"Retry {SCRIPT} …")
    window.sees("This is done in Jira")
    assert window.script("return document.querySelectorAll('main img, dialog img, dialog script')"
                         ".length") == 0
    assert "stolen" not in window.driver.title


def test_it_is_done_with_the_keyboard_alone(window: Window, admin: AdminClient, jira: JiraProcess,
                                            okta: ScimClient) -> None:
    refuse_groups(jira, times=1)
    okta.create_group("devs")
    failed(admin, 1)
    window.open("tasks?state=failed")
    window.tab_to("button", "Retry devs …").send_keys(Keys.ENTER)
    window.sees("This is done in Jira")
    assert accessibility.faults(window) == []
    window.tab_to("button", "Retry it now").send_keys(Keys.ENTER)
    window.sees("It is done.")
    window.has_focus("button", "Close")
    assert accessibility.faults(window) == []
    window.press(Keys.ENTER)
    until(lambda: window.all("dialog") == [], "the question to go")
    until(lambda: window.focus == "Done: nothing is left to do.", f"the answer, {window.focus}")
    assert accessibility.faults(window) == []

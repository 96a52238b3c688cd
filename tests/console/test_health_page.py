"""Health: what needs somebody, the plot of the last hours, and how each part stands."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any, Iterator

import pytest

from tests.console.test_plan import SCRIPT
from tests.console.window import Keys, Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.sql import execute
from tests.harness.wait import until

COLUMNS = ("requests", "requestsRefused", "requestsFailed", "tasksWorked", "jiraCalls",
           "jiraLimited")


def at(**span: int) -> str:
    return (datetime.now(timezone.utc) + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def main(window: Window, admin: AdminClient, jira: JiraProcess) -> Iterator[Window]:
    admin.put_site("main", jira.url, jira.email, jira.api_token, apiTokenExpires=at(days=300))
    yield window
    jira.control.remove_faults()


@pytest.fixture
def okta(main: Window, admin: AdminClient) -> Iterator[ScimClient]:
    with closing(scim_client(admin.create_idp("okta", site="main"))) as scim:
        scim.get("/Users").expect(200)
        yield scim


def series(admin: AdminClient, hours: int = 1) -> list[dict[str, Any]]:
    return admin.get(f"/api/health/series?hours={hours}").expect(200).json()["series"]


def table(window: Window) -> list[list[str]]:
    """The rows of the plot's numbers, newest first, without their times."""
    return window.script("""
        document.querySelector("details").open = true;
        return [...document.querySelectorAll("details tbody tr")].map((row) =>
            [...row.querySelectorAll("td")].map((cell) => cell.textContent));""")


def needed(window: Window) -> list[str]:
    return window.script("""return [...document.querySelectorAll(".needs > li")].map(
        (each) => each.textContent)""")


def test_nothing_needs_anybody(main: Window, admin: AdminClient, okta: ScimClient) -> None:
    until(lambda: any("main" in node["sites"] for node in
                      admin.get("/api/health").expect(200).json()["nodes"]), "somebody to work")
    main.open("health")
    main.sees("What needs you", "Nothing.", "it answers", "(this one)")
    assert needed(main) == []
    works, = main.script("""return [...document.querySelectorAll("td[data-label='Works on']")].map(
        (each) => each.textContent)""")
    assert works == "main"


def test_the_plot_shows_what_happened(main: Window, admin: AdminClient, httpd: Httpd,
                                      jira: JiraProcess, okta: ScimClient) -> None:
    jira.control.add_fault("status", match={"operation": "createUser"}, status=429, times=1)
    for name in "abc":
        okta.create_user(f"{name}@example.com")
    okta.get("/Users/nobody").expect(404)
    until(lambda: admin.status()["tasks"]["waiting"] == 0, "all to be done", 30)
    before = sum(step["requests"] for step in series(admin))
    httpd.graceful()  # which writes down what was counted
    until(lambda: sum(step["requests"] for step in series(admin)) > before, "it to be written")
    main.open("health?hours=1")
    main.sees("SCIM requests", "Calls to Jira", "1 too many for Jira (429)")
    known = {name: sum(step[name] for step in series(admin)) for name in COLUMNS}
    assert known["requestsRefused"] >= 1 and known["jiraLimited"] == 1
    rows = [row for row in table(main) if "–" not in row]
    steps = [[f"{step[name]:,}" for name in COLUMNS] for step in reversed(series(admin))]
    assert [row[:3] + row[5:] for row in rows] == steps
    words = main.script("""return [...document.querySelectorAll("svg[role=img]")].map((each) =>
        each.getAttribute("aria-label"))""")
    assert len(words) == 5
    assert f"{known['requests']:,} in all" in words[0]
    assert f"{known['requestsRefused']:,} refused (4xx)" in words[0]
    assert f"{known['tasksWorked']:,} in all" in words[1]
    assert "1 too many for Jira (429)" in words[2]
    assert main.script("return document.querySelectorAll('svg rect.all').length") >= 3


def test_the_plot_shows_how_long_requests_took(main: Window, admin: AdminClient, httpd: Httpd
                                               ) -> None:
    """In the mean of all requests of an hour, and not of its steps. No other test takes so long."""
    hour = int(datetime.now().timestamp()) // 3600 * 3600 - 3 * 3600
    for at, requests, busy, longest in ((hour, 3, 6000, 4200), (hour + 300, 1, 30000, 30000),
                                        (hour - 3600, 0, 0, 0)):
        execute(httpd.database,
                "INSERT INTO health (at, host, requests, refused, failed, busy, longest, tasks,"
                f" calls, limited) VALUES ({at * 1000}, 'demo', {requests}, 0, 0, {busy * 1000},"
                f" {longest * 1000}, 0, 0, 0)")

    def mean_of_all() -> str:
        steps = [step for step in series(admin, 24) if step["requests"]]
        took = sum(step["requests"] * step["meanMs"] for step in steps)
        return f"{took / sum(step['requests'] for step in steps):,.0f} ms in the mean of all"
    try:
        main.open("health")
        main.sees("A SCIM request took, in the mean", "The longest SCIM request took",
                  "30.0 s was the longest of all")
        until(lambda: mean_of_all() in main.text, "the mean of all")
        rows = [row[3:5] for row in table(main)]
        assert ["9,000 ms", "30.0 s"] in rows and ["–", "–"] in rows
        words = main.script("""return [...document.querySelectorAll("svg[role=img]")].map(
            (each) => each.getAttribute("aria-label"))""")
        assert "The most within 1 hour: 9,000 ms, from " in words[3]
        assert "The most within 1 hour: 30.0 s, from " in words[4]
    finally:
        execute(httpd.database, "DELETE FROM health WHERE host = 'demo'")


def test_the_hours_are_chosen(main: Window, okta: ScimClient, httpd: Httpd) -> None:
    """By the keyboard, too; what is longer ago than five minutes is put together."""
    main.open("health")
    assert len(table(main)) == 24
    main.tab_to("button", "7 days").send_keys(Keys.ENTER)
    until(lambda: len(table(main)) == 28, "a week")
    assert main.find("button", "7 days").get_attribute("aria-pressed") == "true"
    assert main.find("button", "24 hours").get_attribute("aria-pressed") == "false"
    main.click("button", "1 hour")
    until(lambda: len(table(main)) == 12, "an hour")


def test_times_are_those_of_the_reader(main: Window, admin: AdminClient, okta: ScimClient,
                                       httpd: Httpd) -> None:
    httpd.graceful()
    until(lambda: series(admin), "something to be written")
    main.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Tokyo"})
    try:
        main.open("health?hours=1")
        first = datetime.fromisoformat(series(admin)[0]["at"]) + timedelta(hours=9)
        shown = main.script("""return [...document.querySelectorAll("details tbody th")].map(
            (each) => each.textContent)""")
        assert any(f"{first:%I:%M}" in each and f"{first:%p}" in each for each in shown), shown
    finally:
        main.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_what_needs_somebody_is_named_with_what_to_do(
        main: Window, admin: AdminClient, httpd: Httpd, jira: JiraProcess, okta: ScimClient
        ) -> None:
    httpd.error_log.expect("SCIM015[12]", optional=True)
    okta.create_user("nobody")  # without an address
    until(lambda: admin.tasks("state=failed"), "the failure")
    admin.create_token("okta", expiresAt=at(days=3))
    admin.put("/api/sites/main", {"apiTokenExpires": at(days=20)}).expect(200)
    until(lambda: admin.tasks("state=failed"), "the failure, which was retried")
    quiet = admin.create_idp("quiet", site="main")
    execute(httpd.database, "UPDATE idp SET created = created - 30 * 86400000,"
                            " contact = created - 8 * 86400000 WHERE name = 'quiet'")
    assert quiet["lastContactAt"] is None
    for name in "okta", "quiet":
        admin.patch(f"/api/idps/{name}", {"displayName": "Works"}).expect(200)
    main.open("health")
    found = needed(main)
    assert [each for each in found if "Urgent" in each] == found[:2]
    text = "\n".join(found)
    assert "1 task of Works (okta) has failed." in "\n".join(found[:2])
    assert "A SCIM token of Works (okta) ends in 2 days." in text and "Rotate it" in text
    assert "The API token of main ends in 19 days." in text
    assert "Works (quiet) called last 8 days ago." in text and "Press its test button" in text
    main.find("link", "Works (okta)")  # among what ends when
    main.click("link", "See them")
    main.sees("Tasks: failed", "nobody", "has no e-mail address")


def test_a_host_that_is_gone_and_a_pause_are_named(
        main: Window, admin: AdminClient, httpd: Httpd, jira: JiraProcess, okta: ScimClient
        ) -> None:
    until(lambda: admin.get("/api/health").expect(200).json()["nodes"], "this host")
    now = int(datetime.now().timestamp() * 1000)
    execute(httpd.database, "INSERT INTO node (host, name, version, begun, seen, wrote) VALUES"
            f" ('demo', '{SCRIPT.replace(chr(39), chr(39) * 2)}', '0.0.1', {now - 7200000},"
            f" {now - 3600000}, 1)")
    jira.control.add_fault("status", status=429, match={"operation": "createUser"}, times=1,
                           headers={"Retry-After": "60",
                                    "RateLimit-Reason": "jira-quota-tenant-based"})
    okta.create_user("ada@example.com")
    until(lambda: admin.status()["paused"], "the pause")
    try:
        main.open("health")
        main.sees("onerror=", "was last seen", "Nothing is sent to main before",
                  "Jira's quota of calls is used up")
        assert main.script("return document.querySelectorAll('main img').length") == 0
        assert re.match("nothing is sent before .+: .+", how_fast(main))
        assert "stolen" not in main.driver.title
    finally:
        execute(httpd.database, "DELETE FROM node WHERE host = 'demo'")


def how_fast(window: Window) -> str:
    """What is said of the one site."""
    cell, = window.script("""return [...document.querySelectorAll("td[data-label='How fast']")].map(
        (each) => each.textContent)""")
    return cell


def test_how_fast_jira_lets_itself_be_called(main: Window, admin: AdminClient, jira: JiraProcess,
                                             okta: ScimClient) -> None:
    jira.control.add_fault("status", match={"operation": "createUser"}, status=429, times=1,
                           headers={"Retry-After": "20", "RateLimit-Reason": "jira-burst-based"})
    okta.create_user("ada@example.com")
    until(lambda: any(each["slowed"] for each in
                      admin.get("/api/health").expect(200).json()["limits"]), "it to be slowed")
    main.open("health")
    main.sees("How fast", "POST user: ")
    assert re.search(r"POST user: (again in|[0-9.]+ a second of [0-9.]+$)", how_fast(main))


def test_what_is_read_stays_and_news_are_told_in_a_corner(main: Window, admin: AdminClient,
                                                          okta: ScimClient) -> None:
    main.open("health")
    main.sees("Nothing.")
    okta.create_user("nobody")
    until(lambda: admin.tasks("state=failed"), "the failure")
    main.sees("What needs you is different by now.")
    assert needed(main) == []
    main.click("button", "Show it")
    until(lambda: len(needed(main)) == 1, "the failure on the page")

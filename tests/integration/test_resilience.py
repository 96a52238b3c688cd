"""Jira fails in every way that it can: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.harness.conf import Settings
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, deactivate, scene)

JIRA_TIMEOUT = 1
SETTINGS = Settings(extra=f"ScimSyncJiraTimeout {JIRA_TIMEOUT}")
pytestmark = [pytest.mark.any_mpm,
              pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=[""])]

Fault = dict[str, Any]

# libcurl sends once more by itself what a connection that it had used before was cut under.
TWICE = {"times": 2}
HANG = {"what": "hang", "seconds": 3 * JIRA_TIMEOUT}
FAULTS: dict[str, list[Fault]] = {
    "5xx": [{"what": "status", "status": 500}, {"what": "status", "status": 503, "after": True}],
    "cut": [{"what": "close-before", **TWICE}, {"what": "close-after", **TWICE},
            {"what": "close-after", "reset": True, **TWICE}],
    "timeout": [HANG, {**HANG, "after": True}],
    "garbage": [{"what": "garbage"}, {"what": "garbage", "after": True}, {"what": "truncate"}],
    "proxy": [{"what": "status", "status": 404, "body": "<h1>No such page</h1>"},
              {"what": "status", "status": 302, "headers": {"Location": "/login"}, "body": ""}],
}


def spoil(scene: Scene, operation: str, where: str, fault: Fault, part: str = "path") -> None:
    details = {name: value for name, value in fault.items() if name != "what"}
    scene.control.add_fault(fault["what"], match={"operation": operation, part: where}, **details)


@pytest.mark.parametrize("kind", FAULTS)
def test_whatever_call_fails_all_arrives(kind: str, scene: Scene) -> None:
    idp = scene.idp()
    faults = list(enumerate(FAULTS[kind]))
    leavers = [idp.create_user(f"leaver{number}{call}@example.com")
               for number, _ in faults for call in ("read", "remove")]
    idp.create_group("Left", [user["id"] for user in leavers])
    held = scene.settle()
    known = [scene.control.edit("add-group", name=f"known{number}")["groupId"]
             for number, _ in faults]
    for number, fault in faults:
        spoil(scene, "findUsers", f"sought{number}", fault)
        spoil(scene, "createUser", f"made{number}", fault, "body")
        spoil(scene, "bulkGetGroups", f"sought{number}", fault)
        spoil(scene, "createGroup", f"made{number}", fault, "body")
        spoil(scene, "addUserToGroup", known[number], fault)
        for call, operation in (("read", "getUserGroups"), ("remove", "removeUserFromGroup")):
            account = held.accounts[f"leaver{number}{call}@example.com"]["accountId"]
            spoil(scene, operation, account.rpartition(":")[2], fault)
    for number, _ in faults:
        ids = [idp.create_user(f"{how}{number}@example.com")["id"] for how in ("sought", "made")]
        for how in ("sought", "made", "known"):
            idp.create_group(f"{how}{number}", ids)
    for user in leavers:
        deactivate(idp, user)
    held = scene.settle()
    assert scene.parked() == {}
    for number, _ in faults:
        everybody = {f"sought{number}@example.com", f"made{number}@example.com"}
        for how in ("sought", "made", "known"):
            assert held.groups[f"{how}{number}"] == everybody
    assert [user["userName"] for user in leavers if held.groups_of(user["userName"])] == []
    assert [rule["match"] for rule in scene.control.faults() if not rule["hits"]] == []


@pytest.mark.parametrize("status, words", [
    (400, "User could not be created: Failed to add user HttpErrorCode 404 - User not found"),
    (500, "Internal server error"),
])
def test_a_creation_that_was_refused_and_happened_is_not_repeated(status: int, words: str,
                                                                  scene: Scene) -> None:
    fault = {"status": status, "after": True, "body": {"errorMessages": [words], "errors": {}}}
    scene.control.add_fault("status", match={"operation": "createUser"}, **fault)
    scene.control.add_fault("status", match={"operation": "createGroup"}, **fault)
    idp = scene.idp()
    user = idp.create_user("ada@example.com")
    idp.create_group("Team", [user["id"]])
    held = scene.settle()
    assert held.groups_of("ada@example.com") == {"Team", SOFTWARE}
    assert scene.parked() == {}
    deactivate(idp, user)
    assert scene.settle().groups_of("ada@example.com") == set()


@pytest.mark.parametrize("lag", [{"searches": 2}, {"ms": 3500}], ids=str)
def test_an_account_that_the_search_does_not_know_yet_is_made_once(lag: dict[str, int],
                                                                   scene: Scene) -> None:
    scene.control.configure(search_lag=lag)
    scene.control.add_fault("close-after", match={"operation": "createUser"}, times=2)
    idp = scene.idp()
    user = idp.create_user("ada@example.com")
    assert scene.settle().groups_of("ada@example.com") == {SOFTWARE}
    deactivate(idp, user)
    assert scene.settle().groups_of("ada@example.com") == set()


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
def test_who_leaves_while_being_made_has_no_access(how: str, scene: Scene) -> None:
    scene.control.add_fault("hang", match={"operation": "createUser"}, after=True, seconds=3)
    idp = scene.idp()
    user = idp.create_user("brief@example.com")
    until(lambda: scene.calls("createUser"), "the creation to be sent")
    if how == "deleted":
        idp.delete(f"/Users/{user['id']}").expect(204)
    else:
        deactivate(idp, user)
    held = scene.settle()
    assert "brief@example.com" in held.accounts
    assert held.groups_of("brief@example.com") == set()


def processor_seconds(pid: int) -> float:
    """User and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quiet_until(entry: Fault, entries: list[Fault], seconds: float) -> list[Fault]:
    """Calls that came within `seconds` of an answer. What had been sent by then doesn't count."""
    answered = entry["time"] + entry["durationMs"] / 1000
    underway = 0.1
    return [one for one in entries if answered + underway < one["time"] < answered + seconds]


@pytest.mark.parametrize("body", [
    {"errorMessages": ["The request has been rate-limited. Please try again later."],
     "errors": {}, "status": 429},
    "<html><title>429 Too Many Requests</title><body>Slow down</body></html>",
], ids=["json", "html"])
def test_nothing_is_sent_before_the_time_that_jira_asked_for(body: Any, scene: Scene) -> None:
    scene.idp().create_user("first@example.com")
    scene.settle()
    scene.control.configure(latency_ms=150)
    scene.control.add_fault("status", match={"operation": "findUsers"}, skip=3, status=429,
                            headers={"Retry-After": "2"}, body=body)
    idp = scene.idp()
    users = [idp.create_user(f"p{number}@example.com") for number in range(25)]
    idp.create_group("Team", [user["id"] for user in users])
    held = scene.settle()
    assert len(held.groups["Team"]) == 25
    entries = scene.calls()
    refused = [one for one in entries if one["status"] == 429]
    assert len(refused) == 1
    assert quiet_until(refused[0], entries, 2) == []


def test_waiting_for_jira_costs_nothing(scene: Scene, httpd: Httpd) -> None:
    scene.control.configure(latency_ms=0.8 * JIRA_TIMEOUT * 1000)
    before = sum(map(processor_seconds, httpd.children()))
    scene.idp().create_user("slow@example.com")
    scene.settle()
    used = sum(map(processor_seconds, httpd.children())) - before
    assert used < 0.25 * httpd.sanitizer.patience


def test_a_rate_limit_slows_down_and_loses_nothing(scene: Scene) -> None:
    scene.control.configure(rate_limit={"overall": 60, "retryAfter": 1})
    idp = scene.idp()
    users = [idp.create_user(f"p{number}@example.com") for number in range(40)]
    idp.create_group("Team", [user["id"] for user in users])
    held = scene.settle()
    assert len(held.groups["Team"]) == 40
    assert scene.parked() == {}


class TestRefusals:
    """What only a person can change waits for one, with Jira's own words."""

    def test_a_group_that_somebody_else_manages(self, scene: Scene) -> None:
        scene.control.edit("add-group", name="Synced", external=True)
        idp = scene.idp()
        user = idp.create_user("ada@example.com")
        for name in ("Synced", "Team"):
            idp.create_group(name, [user["id"]])
        held = scene.settle()
        assert held.groups_of("ada@example.com") == {"Team", SOFTWARE}
        task = scene.parked()["ada@example.com"]
        answers = {one["answer"]["errorMessages"][0] for one in scene.calls("addUserToGroup")
                   if one["status"] >= 400}
        assert {task["detail"]} == answers
        scene.control.edit("set-group", group="Synced", external=False)
        scene.retry("ada@example.com")
        assert scene.settle().groups_of("ada@example.com") == {"Synced", "Team", SOFTWARE}
        assert scene.parked() == {}

    def test_a_refusal_is_not_repeated_on_its_own(self, scene: Scene) -> None:
        scene.control.add_fault("status", match={"operation": "createUser"}, times=None,
                                status=403, body={"errorMessages": ["You may not."], "errors": {}})
        idp = scene.idp()
        user = idp.create_user("ada@example.com")
        scene.settle()
        assert scene.parked()["ada@example.com"]["detail"] == "You may not."
        assert scene.parked()["ada@example.com"]["status"] == 403
        before = len(scene.calls())
        idp.create_user("bob@example.com")
        scene.settle()
        assert all("ada" not in one["query"] for one in scene.calls()[before:])
        scene.control.remove_faults()
        idp.put(f"/Users/{user['id']}", {**user, "displayName": "Ada"}).expect(200)
        assert "ada@example.com" in scene.settle().accounts

    def test_a_token_that_may_not_see_people(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0121")
        httpd.error_log.expect("SCIM0124")
        scene.control.edit("add-account", email="ada@example.com", products=["jira-software"])
        scene.control.configure(caller="unprivileged")
        scene.put_site()
        scene.idp().create_user("ada@example.com")
        scene.settle()
        assert "Administer Jira" in scene.parked()["ada@example.com"]["detail"]
        scene.control.configure(caller=None)
        scene.put_site()
        scene.settle()
        assert scene.parked() == {}


class TestWrongToken:
    @pytest.mark.parametrize("settings", [
        {"unauthorized_body": "text"}, {"unauthorized_body": "json", "wrong_token": "401"}],
        ids=["text", "json"])
    def test_nothing_but_the_probe_is_sent(self, settings: dict[str, str], scene: Scene,
                                           httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0122", count=1)
        scene.control.configure(**settings)
        idp = scene.idp()
        idp.create_user("before@example.com")
        scene.settle()
        before = len(scene.calls())
        scene.put_site(apiToken="demo-wrong-token")
        httpd.error_log.wait_for("SCIM0122.*authenticated")
        user = idp.create_user("ada@example.com")
        idp.create_group("Team", [user["id"]])
        denied = until(lambda: [event["detail"] for event in scene.admin.events()
                                if event["kind"] == "site.denied" and event["site"] == scene.site],
                       "the event, which is not there before the log's line")
        assert len(denied) == 1 and "authenticated" in denied[0]
        assert scene.waiting() == 2
        assert {one["operation"] for one in scene.calls()[before:]} == {"getCurrentUser"}
        scene.put_site()
        assert scene.settle(10).groups["Team"] == {"ada@example.com"}

    def test_a_token_that_ends_while_we_work(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0122.*authenticated", count=1)
        idp = scene.idp()
        idp.create_user("before@example.com")
        scene.settle()
        scene.control.configure(latency_ms=50)
        scene.control.add_fault("status", match={}, times=None, skip=10, status=401,
                                body="Client must be authenticated to access this resource.")
        users = [idp.create_user(f"p{number}@example.com") for number in range(40)]
        idp.create_group("Team", [user["id"] for user in users])
        until(lambda: any(event["kind"] == "site.denied" and event["site"] == scene.site
                          for event in scene.admin.events()), "the site to be denied")
        entries = scene.calls()
        denied = [one for one in entries if one["status"] == 401]
        assert quiet_until(denied[0], entries, 5) == []
        scene.control.remove_faults()
        scene.put_site()
        assert len(scene.settle(20).groups["Team"]) == 40


def test_which_groups_grant_products_is_asked_until_jira_says_it(scene: Scene) -> None:
    scene.control.add_fault("status", match={"operation": "getAllApplicationRoles"}, status=503)
    scene.put_site()
    idp = scene.idp()
    user = idp.create_user("leaver@example.com")
    assert scene.settle().groups_of("leaver@example.com") == {SOFTWARE}
    deactivate(idp, user)
    assert scene.settle().groups_of("leaver@example.com") == set()


@pytest.mark.parametrize("how", ["503", "close"])
def test_an_outage_is_not_the_idps_matter(how: str, scene: Scene, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0122", optional=True)
    idp = scene.idp()
    idp.create_user("before@example.com")
    scene.settle()
    scene.control.configure(down={"how": how})
    users = [idp.create_user(f"p{number}@example.com") for number in range(20)]
    group = idp.create_group("Team", [user["id"] for user in users[:10]])
    until(lambda: len([one for one in scene.calls() if one["fault"] == "down"]) >= 5, "failures")
    add_members(idp, group, *users[10:])
    deactivate(idp, users[0])
    assert scene.held().groups.get("Team") is None
    scene.control.configure(down=None)
    held = scene.settle(15)
    assert held.groups["Team"] == {f"p{number}@example.com" for number in range(1, 20)}
    assert scene.parked() == {}

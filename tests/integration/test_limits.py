"""Jira limits its calls: nothing is sent earlier than it may be, and what may be sent is."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, Callable

import pytest

from tests.bench.limits import Size, initial_load, tell_paused
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import Scene, own_scene, scene  # noqa: F401

pytestmark = pytest.mark.any_mpm

Entry = dict[str, Any]

LIMITED = {"errorMessages": ["The request has been rate-limited. Please try again later."],
           "errors": {}, "status": 429}
PAGE = "<!doctype html><html><title>HTTP Status 429</title><body>Too Many Requests</body></html>"
QUOTA = "jira-quota-tenant-based"
# What was on its way when Jira refused another call arrives within this.
UNDERWAY = 0.2


def refuse(scene: Scene, operation: str, headers: dict[str, str], *, body: Any = None,
           times: int = 1) -> None:
    scene.control.add_fault("status", match={"operation": operation}, status=429, times=times,
                            headers=headers, body=body or LIMITED)


def refused(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry["status"] == 429]


def answered(entry: Entry) -> float:
    return entry["time"] + entry["durationMs"] / 1000


def calls_within(seconds: float, behind: Entry, entries: list[Entry]) -> list[Entry]:
    """Calls that were sent after Jira's answer to another one, and too soon."""
    first = answered(behind) + UNDERWAY
    return [entry for entry in entries if first < entry["time"] < answered(behind) + seconds]


def test_a_burst_stops_its_endpoint_and_no_other(scene: Scene) -> None:
    accounts = [scene.control.edit("add-account", email=f"known{number}@example.com",
                                   products=["jira-software"])["accountId"]
                for number in range(20)]
    idp = scene.idp()
    known = [idp.create_user(f"known{number}@example.com")["id"] for number in range(20)]
    scene.settle()
    refuse(scene, "createUser", {"Retry-After": "6", "RateLimit-Reason": "jira-burst-based"})
    # More of them than there are jobs in work at a time: these don't keep others out.
    new = [idp.create_user(f"new{number}@example.com")["id"] for number in range(60)]
    until(lambda: refused(scene.calls()), "the refusal")
    idp.create_group("Team", new + known)
    assert len(scene.settle().groups["Team"]) == 80
    entries = scene.calls()
    [refusal] = refused(entries)
    early = calls_within(6, refusal, entries)
    assert [entry for entry in early if entry["operation"] == "createUser"] == []
    added = {entry["body"]["accountId"] for entry in entries
             if entry["operation"] == "addUserToGroup" and entry["time"] < answered(refusal) + 6}
    assert set(accounts) <= added
    assert scene.parked() == {}


def test_a_refused_call_is_sent_again_and_nothing_else(scene: Scene) -> None:
    refuse(scene, "addUserToGroup", {"Retry-After": "1", "RateLimit-Reason": "jira-burst-based"},
           times=2)
    idp = scene.idp()
    idp.create_group("Team", [idp.create_user("ada@example.com")["id"]])
    assert scene.settle().groups["Team"] == {"ada@example.com"}
    operations = [entry["operation"] for entry in scene.calls()]
    assert operations.count("addUserToGroup") == 3
    assert operations.count("findUsers") == 1
    assert operations.count("createUser") == 1


def test_a_quota_stops_the_site_until_its_reset_and_says_so(scene: Scene) -> None:
    scene.idp().create_user("before@example.com")
    scene.settle()
    scene.control.configure(rate_limit={"quota": {"calls": 30, "seconds": 9}})
    idp = scene.idp()
    for number in range(25):
        idp.create_user(f"p{number}@example.com")
    [paused] = until(lambda: scene.admin.status()["paused"], "the status to say so")
    assert paused["site"] == scene.site
    assert "quota" in paused["why"]
    reset = datetime.fromisoformat(paused["until"])
    assert timedelta() < reset - datetime.now(timezone.utc) < timedelta(seconds=15)
    until(lambda: any("quota" in (task["detail"] or "")
                      for task in scene.admin.tasks("state=waiting")), "a task to say so")
    assert {f"p{number}@example.com" for number in range(25)} <= scene.settle().accounts.keys()
    entries = scene.calls()
    first = refused(entries)[0]
    early = [entry for entry in entries
             if answered(first) + UNDERWAY < entry["time"] < reset.timestamp() - 2]
    assert early == []
    events = [event for event in scene.admin.events() if event["kind"] == "site.paused"
              and event["site"] == scene.site]
    assert 1 <= len(events) <= 2  # 50 calls, 30 in each period
    assert "quota" in events[-1]["detail"]
    assert scene.admin.status()["paused"] == []
    assert scene.parked() == {}


def test_retry_after_as_a_date(scene: Scene) -> None:
    date = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=5)
    refuse(scene, "createUser", {"Retry-After": format_datetime(date, usegmt=True),
                                 "RateLimit-Reason": "jira-burst-based"})
    idp = scene.idp()
    for number in range(3):
        idp.create_user(f"p{number}@example.com")
    scene.settle()
    entries = scene.calls("createUser")
    [refusal] = refused(entries)
    assert [entry for entry in entries
            if answered(refusal) + UNDERWAY < entry["time"] < date.timestamp()] == []


@pytest.mark.parametrize("headers, least", [({}, 1.4), ({"Retry-After": "2"}, 2.0)],
                         ids=["bare", "retry-after"])
def test_a_page_without_a_reason_stops_the_site(headers: dict[str, str], least: float,
                                                scene: Scene) -> None:
    refuse(scene, "createUser", headers, body=PAGE, times=2)
    idp = scene.idp()
    users = [idp.create_user(f"p{number}@example.com")["id"] for number in range(8)]
    idp.create_group("Team", users)
    assert len(scene.settle().groups["Team"]) == 8
    entries = scene.calls()
    assert calls_within(least, refused(entries)[-1], entries) == []
    assert scene.parked() == {}


@pytest.mark.parametrize("limits", [{"overall": 15}, {"each": 8}, {"documented": True},
                                    {"overall": 15, "headers": "none", "page": "html"}], ids=str)
def test_nothing_is_sent_before_jira_takes_it(limits: dict[str, Any], scene: Scene) -> None:
    scene.control.configure(rate_limit=limits, latency_ms=20)
    idp = scene.idp()
    users = [idp.create_user(f"p{number}@example.com")["id"] for number in range(30)]
    idp.create_group("Team", users)
    assert len(scene.settle().groups["Team"]) == 30
    entries = scene.calls()
    for refusal in refused(entries):
        same = [one for one in entries if one["operation"] == refusal["operation"]]
        assert calls_within(1, refusal, same) == []
    assert len(refused(entries)) <= len(entries) / 4
    assert scene.parked() == {}


def test_what_is_known_of_limits_outlives_a_restart(make_httpd: Callable[..., Httpd],
                                                    jira: JiraProcess) -> None:
    server = make_httpd()
    server.start()
    with own_scene(server, jira) as scene:
        refuse(scene, "createUser", {"Retry-After": "9", "RateLimit-Reason": QUOTA})
        idp = scene.idp()
        idp.create_user("ada@example.com")
        until(lambda: scene.admin.status()["paused"], "the pause")
        server.restart()
        idp.create_user("bob@example.com")
        assert scene.admin.status()["paused"]
        assert {"ada@example.com", "bob@example.com"} <= scene.settle().accounts.keys()
        entries = scene.calls()
        assert calls_within(9, refused(entries)[0], entries) == []


def test_a_site_under_its_limit_is_not_slowed_down(scene: Scene) -> None:
    scene.control.configure(rate_limit={"documented": True})
    idp = scene.idp()
    began = time.monotonic()
    idp.create_user("ada@example.com")
    until(lambda: scene.calls("createUser"), "the creation")
    assert time.monotonic() - began < 5
    scene.settle()


@pytest.mark.parametrize("limits", [{"overall": 100}, {"each": 40}], ids=str)
def test_an_initial_load_makes_the_fewest_calls_and_hardly_any_in_vain(limits: dict[str, float],
                                                                       scene: Scene) -> None:
    """What tests/bench/run limits measures, in small: what does not depend on the machine."""
    size = Size(people=500, groups=5)
    name = "initial-load"
    tell_paused(scene.admin, name, scene.idp(name=name), size)
    load = initial_load(scene.admin, scene.control, name, size, limits)
    assert load.share_refused < 0.005
    assert load.times_fewest <= 1.05
    assert sum(len(members) for members in scene.held().groups.values()) >= 2 * size.people
    assert scene.parked() == {}

"""The simulated Jira's control API: settings, log, counts, state, hand edits."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request

import pytest

from tests.simulators.jira import SimulatedJira
from tests.simulators.jira.fixtures import Api, api, careless_jira, jira, one_jira  # noqa: F401


def state_of(jira, kind, key, name):
    return next((one for one in jira.control.state()[kind] if one[key] == name), None)


def test_reset_begins_again(jira, api):
    jira.control.configure(latency_ms=1)
    jira.control.add_fault("status", status=500, times=None)
    api.get("myself")
    before = jira.control.state()
    jira.control.edit("add-account", email="mia@example.com")
    jira.control.reset(caller="unprivileged")
    assert jira.control.log()["entries"] == []
    assert jira.control.faults() == []
    assert jira.control.counts()["calls"] == {}
    settings = jira.control.settings()
    assert (settings["latencyMs"], settings["caller"]) == (0, "unprivileged")
    names = [group["name"] for group in jira.control.state()["groups"]]
    assert names == [group["name"] for group in before["groups"]]
    assert [one["email"] for one in jira.control.state()["accounts"]] == [jira.email]


@pytest.mark.parametrize("changes", [
    {"nonsense": 1}, {"latency_ms": -1}, {"latency_ms": {"min": 2, "max": 1}},
    {"rate_limit": {"overall": 0}}, {"rate_limit": {"evrything": 5}}, {"down": {"how": "up"}},
    {"caller": "king"}, {"search_lag": {"days": 1}}, {"seats": 5}, {"hidden_emails": "a"}])
def test_a_setting_that_makes_no_sense_is_refused(jira, changes):
    before = jira.control.settings()
    with pytest.raises(ValueError):
        jira.control.configure(**{"wrong_token": "401"} | changes)
    assert jira.control.settings() == before


def test_the_log_tells_each_request(jira, api):
    api.create_user("mia@example.com", "jira-software")
    api.get("user", accountId="nobody", expand="groups")
    first, second = jira.control.log()["entries"]
    assert (first["seq"], first["method"], first["path"]) == (1, "POST", "/rest/api/3/user")
    assert (first["operation"], first["status"], first["caller"]) == ("createUser", 201, "owner")
    assert first["body"] == {"emailAddress": "mia@example.com", "products": ["jira-software"]}
    assert first["answer"] is None and first["durationMs"] > 0
    assert (second["query"], second["status"]) == ("accountId=nobody&expand=groups", 404)
    assert "Specified user does not exist" in second["answer"]["errorMessages"][0]
    assert jira.control.entries("getUser") == [second]


def test_the_log_never_holds_the_token(jira, api):
    api.get("myself")
    assert jira.token not in json.dumps(jira.control.log())
    assert api.authorization.split()[1] not in json.dumps(jira.control.log())


def test_the_log_goes_on_from_a_number(jira, api):
    for _ in range(3):
        api.get("myself")
    assert [one["seq"] for one in jira.control.log(1)["entries"]] == [2, 3]
    assert jira.control.log(3) == {"entries": [], "next": 3}


def test_a_wait_for_the_log_ends_with_the_next_request(jira, api):
    def later():
        found.update(jira.control.log(0, wait_ms=20_000, answered=True))
    found: dict = {}
    waiting = threading.Thread(target=later)
    waiting.start()
    api.get("myself")
    waiting.join(10)
    assert [one["operation"] for one in found["entries"]] == ["getCurrentUser"]


def test_a_wait_for_the_log_ends_by_time(jira):
    assert jira.control.log(0, wait_ms=20)["entries"] == []


def test_a_wait_for_the_log_ends_with_a_reset(jira):
    waiting = threading.Thread(target=jira.control.log, kwargs={"wait_ms": 60_000})
    waiting.start()
    deadline = time.monotonic() + 10
    while waiting.is_alive():
        # The first reset may come before the wait; then a later one ends it.
        jira.control.reset()
        waiting.join(0.05)
        assert time.monotonic() < deadline


def test_the_answered_part_of_the_log_ends_before_a_request_in_work(jira, api):
    jira.control.add_fault("hang", match={"operation": "getServerInfo"})
    other = Api(jira)
    other.connection.request("GET", "/rest/api/3/serverInfo",
                             headers={"Accept": "*/*", "User-Agent": "x"})
    assert jira.control.log(0, wait_ms=10_000)["entries"][0]["status"] is None
    api.get("myself")
    assert jira.control.log(0, answered=True) == {"entries": [], "next": 0}
    assert len(jira.control.log()["entries"]) == 2
    jira.control.reset()
    other.connection.close()


def test_counts(jira, api):
    team, mia = api.group_id("team"), api.account_id("mia@example.com")
    api.add(team, mia)
    api.add(team, mia)
    api.take_out(team, mia)
    api.call("DELETE", "user", {"accountId": mia})
    counts = jira.control.counts()
    assert counts["calls"]["addUserToGroup"] == 2
    assert counts["statuses"]["addUserToGroup"] == {"201": 1, "400": 1}
    assert counts["createdAccounts"] == {"mia@example.com": 1}
    assert counts["createdGroups"] == {"team": 1}
    assert counts["addedMembers"] == {"team": {"mia@example.com": 1}}
    assert counts["removedMembers"] == {"team": {"mia@example.com": 1}}
    assert counts["removedAccounts"] == {"mia@example.com": 1}


def test_account_edits(jira):
    made = jira.control.edit("add-account", email="mia@example.com", display_name="Mia",
                             products=["jira-core"], account_id="5b10ac8d82e05b22cc7d4ef5")
    assert made == {"accountId": "5b10ac8d82e05b22cc7d4ef5"}
    jira.control.edit("set-account", account="mia@example.com", email="mia.new@example.com",
                      hidden_email=True)
    assert state_of(jira, "accounts", "email", "mia@example.com") is None
    assert state_of(jira, "accounts", "email", "mia.new@example.com") == {
        "accountId": "5b10ac8d82e05b22cc7d4ef5", "email": "mia.new@example.com",
        "displayName": "Mia", "active": True, "accountType": "atlassian", "hiddenEmail": True,
        "removed": False, "suspended": False, "profile": {}, "products": ["jira-core"],
        "groups": ["jira-core-users-demo"], "createdBy": "control"}
    jira.control.edit("remove-account", account="mia.new@example.com")
    mia = state_of(jira, "accounts", "email", "mia.new@example.com")
    assert (mia["active"], mia["removed"], mia["groups"]) == (False, True, [])
    jira.control.edit("delete-account", account="mia.new@example.com")
    assert state_of(jira, "accounts", "email", "mia.new@example.com") is None


def test_group_edits(jira, api):
    made = jira.control.edit("add-group", name="team")
    jira.control.edit("add-account", email="mia@example.com")
    jira.control.edit("add-member", group="team", account="mia@example.com")
    jira.control.edit("rename-group", group="team", name="crew")
    jira.control.edit("set-group", group="crew", product="jira-core", external=True)
    assert state_of(jira, "groups", "name", "crew") == {
        "groupId": made["groupId"], "name": "crew", "accessType": None, "product": "jira-core",
        "external": True, "members": ["mia@example.com"], "createdBy": "control"}
    assert state_of(jira, "accounts", "email", "mia@example.com")["products"] == ["jira-core"]
    jira.control.edit("remove-member", group="crew", account="mia@example.com")
    assert state_of(jira, "groups", "name", "crew")["members"] == []
    jira.control.edit("remove-group", group="crew")
    assert api.get("group/bulk", groupName="crew").content["total"] == 0


@pytest.mark.parametrize("edit", [
    {"action": "nonsense"}, {"action": "add-account"}, {"action": "set-active", "account": "x",
                                                         "active": True},
    {"action": "add-group", "name": "SITE-admins"}, {"action": "add-member", "group": "x",
                                                     "account": "owner@example.com"},
    {"action": "add-account", "email": "owner@example.com"},
    {"action": "add-group", "name": "x", "nonsense": 1}])
def test_an_edit_that_makes_no_sense_is_refused(jira, edit):
    before = jira.control.state()
    with pytest.raises(ValueError):
        jira.control.edits([edit])
    assert jira.control.state() == before


def test_everything_can_be_set_before_the_start():
    with SimulatedJira(
            caller="jira-admin", latency_ms=1,
            edits=[{"action": "add-account", "email": "mia@example.com"}],
            faults=[{"what": "status", "status": 500, "times": 1}]) as simulator:
        client = Api(simulator)
        assert [client.get("myself").status for _ in range(2)] == [500, 200]
        assert client.get("user/search", query="mia@").content
        client.connection.close()
        simulator.control.reset()
        assert simulator.control.settings()["caller"] == "jira-admin"
        assert len(simulator.control.state()["accounts"]) == 1


def test_an_unknown_control_call_is_404(jira):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{jira.base_url}/_control/nonsense")


def test_stop_ends_what_hangs_and_what_is_open():
    simulator = SimulatedJira().start()
    idle, hanging = Api(simulator), Api(simulator)
    idle.get("myself")
    simulator.control.add_fault("hang", seconds=60)
    hanging.connection.request("GET", "/rest/api/3/myself",
                               headers={"Accept": "*/*", "User-Agent": "x"})
    simulator.control.log(1, wait_ms=10_000)
    simulator.stop()
    for client in (idle, hanging):
        client.connection.sock.settimeout(10)
        try:
            assert client.connection.sock.recv(4096) == b""
        except ConnectionResetError:
            pass
        client.connection.close()
    with pytest.raises(OSError):
        Api(simulator).get("myself")

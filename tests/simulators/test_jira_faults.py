"""Faults of the simulated Jira on demand: each kind, and which requests it hits."""

from __future__ import annotations

import http.client
import threading
import time

import pytest

from tests.simulators.jira.fixtures import Api, api, careless_jira, jira, one_jira  # noqa: F401

CREATE_USER = {"operation": "createUser"}


def emails(jira):
    return [one["email"] for one in jira.control.state()["accounts"]]


def in_background(work):
    """Starts work() and returns the thread, with its result or exception in .outcome."""
    def run():
        try:
            thread.outcome = work()
        except Exception as error:
            thread.outcome = error
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_status_instead_of_the_work(jira, api):
    jira.control.add_fault("status", match=CREATE_USER, status=503, headers={"Retry-After": "7"},
                           body={"errorMessages": ["Demo outage"], "errors": {}})
    reply = api.create_user("mia@example.com", "jira-software")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "7")
    assert reply.message == "Demo outage"
    assert "mia@example.com" not in emails(jira)
    assert api.create_user("mia@example.com", "jira-software").status == 201


def test_status_after_the_work(jira, api):
    jira.control.add_fault("status", match=CREATE_USER, status=500, after=True, body="<h1>Oops")
    reply = api.create_user("mia@example.com", "jira-software")
    assert (reply.status, reply.content) == (500, "<h1>Oops")
    assert "mia@example.com" in emails(jira)


@pytest.mark.parametrize("what, done", [("close-before", False), ("close-after", True)])
def test_a_connection_cut(jira, api, what, done):
    jira.control.add_fault(what, match=CREATE_USER)
    with pytest.raises(http.client.RemoteDisconnected):
        api.create_user("mia@example.com", "jira-software")
    assert ("mia@example.com" in emails(jira)) is done
    api.connection.close()
    assert api.get("myself").status == 200
    assert jira.control.entries("createUser")[0]["status"] == "cut"


def test_a_connection_reset(jira, api):
    jira.control.add_fault("close-before", reset=True)
    api.connection.connect()
    with pytest.raises(ConnectionResetError):
        api.connection.request("GET", "/rest/api/3/myself",
                               headers={"Accept": "*/*", "User-Agent": "x"})
        api.connection.sock.recv(4096)


def test_garbage(jira, api):
    jira.control.add_fault("garbage")
    reply = api.get("myself")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")
    assert reply.content.startswith("<!DOCTYPE html>")


def test_truncate(jira, api):
    jira.control.add_fault("truncate", match=CREATE_USER)
    with pytest.raises(http.client.IncompleteRead):
        api.create_user("mia@example.com", "jira-software")
    assert "mia@example.com" in emails(jira)


@pytest.mark.parametrize("after", [False, True])
def test_hang_is_released_by_a_reset_without_touching_the_new_site(jira, api, after):
    jira.control.add_fault("hang", match=CREATE_USER, seconds=60, after=after)
    hanging = in_background(lambda: api.create_user("mia@example.com", "jira-software"))
    wait_for(lambda: jira.control.faults()[0]["hits"] == 1)
    wait_for(lambda: ("mia@example.com" in emails(jira)) is after)
    assert jira.control.entries("createUser")[0]["status"] is None
    jira.control.reset()
    hanging.join(10)
    assert isinstance(hanging.outcome, http.client.RemoteDisconnected)
    assert "mia@example.com" not in emails(jira)


def test_hang_ends_by_itself(jira, api):
    jira.control.add_fault("hang", seconds=0.05)
    assert api.get("myself").status == 200
    assert jira.control.entries()[0]["durationMs"] >= 50


def test_rules_match_method_path_operation_and_body(jira, api):
    jira.control.add_fault("status", match={"method": "POST", "path": "/user$", "body": "mia@"},
                           times=None, status=500)
    assert api.get("myself").status == 200
    assert api.create_user("joe@example.com", "jira-software").status == 201
    assert api.create_user("mia@example.com", "jira-software").status == 500
    jira.control.remove_faults()
    jira.control.add_fault("status", match={"path": r"query=mia"}, times=None, status=500)
    assert api.get("user/search", query="joe").status == 200
    assert api.get("user/search", query="mia").status == 500


def test_rules_skip_and_end(jira, api):
    rule = jira.control.add_fault("status", times=2, skip=1, status=500)
    assert [api.get("myself").status for _ in range(5)] == [200, 500, 500, 200, 200]
    assert jira.control.faults()[0]["hits"] == 2
    assert [entry["fault"] for entry in jira.control.entries()][:2] == [
        None, f"status (rule {rule})"]


def test_a_probability_with_a_seed_repeats(jira, api):
    def run():
        jira.control.remove_faults()
        jira.control.add_fault("status", times=None, probability=0.3, seed=7, status=500)
        return [api.get("myself").status for _ in range(50)]

    first = run()
    assert first == run()
    assert 5 <= first.count(500) <= 25


def test_one_rule_can_be_taken_back(jira, api):
    first = jira.control.add_fault("status", times=None, status=500)
    jira.control.add_fault("status", times=None, status=502)
    assert api.get("myself").status == 500
    jira.control.remove_faults(first)
    assert api.get("myself").status == 502


@pytest.mark.parametrize("rule", [
    {"what": "nonsense"}, {"what": "status"}, {"what": "garbage", "match": {"paht": "x"}},
    {"what": "garbage", "nonsense": 1}, {"what": "garbage", "match": {"path": "("}}])
def test_a_rule_that_makes_no_sense_is_refused(jira, rule):
    with pytest.raises(ValueError):
        jira.control.add_fault(**rule)
    assert jira.control.faults() == []


def test_down_with_503(jira, api):
    jira.control.configure(down={"how": "503", "retryAfter": 3})
    reply = api.get("myself")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "3")
    jira.control.configure(down=None)
    assert api.get("myself").status == 200


def test_down_with_every_connection_closed(jira, api):
    jira.control.configure(down={"how": "close"})
    for _ in range(3):
        with pytest.raises(http.client.RemoteDisconnected):
            api.get("myself")
        api.connection.close()
    jira.control.configure(down=None)
    assert api.get("myself").status == 200


@pytest.mark.parametrize("latency, least", [(40, 40), ({"min": 30, "max": 60}, 30)])
def test_latency(jira, api, latency, least):
    jira.control.configure(latency_ms=latency)
    api.get("myself")
    assert jira.control.entries()[0]["durationMs"] >= least


def test_many_connections_at_once(jira):
    jira.control.configure(latency_ms=20)

    def work(number):
        client = Api(jira)
        status = client.create_user(f"demo{number}@example.com", "jira-software").status
        again = client.create_user("same@example.com", "jira-software").status
        client.connection.close()
        return status, again

    threads = [in_background(lambda number=number: work(number)) for number in range(40)]
    for thread in threads:
        thread.join(20)
    assert {thread.outcome for thread in threads} == {(201, 201)}
    created = jira.control.counts()["createdAccounts"]
    assert len(created) == 41
    assert set(created.values()) == {1}

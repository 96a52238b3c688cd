"""What a pull has read is told: in many transactions, to its end, and only what has changed."""

from __future__ import annotations

import pytest

from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.harness.written import Written
from tests.integration.pulled import NOTHING, Pulled, directory, pulled  # noqa: F401

pytestmark = pytest.mark.any_mpm

# Enough for many transactions of a quarter of a second.
USERS, GROUPS, MEMBERS = 8_000, 100, 20

# Rows that whoever asks for a pull has written.
ASKED = {"event": 1}


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


def test_a_server_that_dies_while_it_tells_tells_the_rest(pulled: Pulled, httpd: Httpd) -> None:
    pulled.admin.set_state(pulled.workspace.name, "paused")
    pulled.control.seed(users=USERS, groups=GROUPS, members_per_group=MEMBERS)
    number = pulled.ask()["id"]
    until(lambda: pulled.run(number)["state"] == "telling", "the pull to be believed", 60)
    for child in httpd.children():
        httpd.kill_child(child)
    run = pulled.wait(number)
    # Each child that was killed may have begun with it.
    assert run["state"] == "done" and run["tries"] > 1
    assert run["calls"] == USERS // 500 + 1 + GROUPS == len(pulled.control.entries())
    assert len(pulled.events("google.pulled")) == 1
    again = pulled.pull()
    assert again["found"]["users"] == NOTHING | {"unchanged": USERS}
    assert again["found"]["groups"] == NOTHING | {"unchanged": GROUPS}
    assert again["found"]["members"]["unchanged"] == GROUPS * MEMBERS
    # Whoever is told of waits for Jira, once each.
    assert pulled.admin.status()["tasks"]["waiting"] == USERS + GROUPS


def test_a_second_pull_writes_what_changed_and_nothing_else(pulled: Pulled, httpd: Httpd) -> None:
    pulled.admin.set_state(pulled.workspace.name, "paused")
    pulled.control.seed(users=700, groups=30, members_per_group=10, nested_every=5)
    pulled.pull()
    httpd.stop()
    written = Written(httpd.database)
    httpd.start()
    pulled.pull()
    assert written.since() == ASKED
    pulled.control.edit("set-user", user="user-00001@example.com", suspended=True)
    pulled.pull()
    fresh = written.since()
    # The address is deleted and made anew; one event is that of the run, besides the question.
    assert {name: fresh.get(name, 0) for name in ("resource", "resource_email", "member", "task",
                                                  "event")} == {
        "resource": 1, "resource_email": 2, "member": 0, "task": 1, "event": 3}

"""When a Google directory is pulled by itself, and what is said of it. Nobody waits for the clock:
what was done is made older in the database, as it would be after that time."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from tests.harness import conf
from tests.harness.admin import AdminClient
from tests.harness.fixtures import Site
from tests.harness.google import Workspace
from tests.harness.httpd import ADMIN_USER, Database, Httpd
from tests.harness.sql import execute
from tests.harness.wait import until
from tests.integration.pulled import (  # noqa: F401
    Pulled, directory, pulled, small)

pytestmark = pytest.mark.any_mpm

HOURLY = {"every": {"hours": 1}, "dailyAt": None, "push": None}
MINUTE = 60_000


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


@pytest.fixture
def when(pulled: Pulled, httpd: Httpd) -> When:
    return When(pulled, httpd)


class When:
    """The schedule of a connected Workspace, and what has become of it."""

    def __init__(self, pulled: Pulled, httpd: Httpd):
        self.pulled = pulled
        self.admin = pulled.admin
        self.path = f"{pulled.path}/google/schedule"
        self._database = httpd.database

    def show(self) -> dict[str, Any]:
        return self.admin.get(self.path).expect(200).json()

    def put(self, **schedule: Any) -> dict[str, Any]:
        return self.admin.put(self.path, schedule).expect(200).json()

    def pass_by(self, minutes: int) -> None:
        """So much time goes by: all that was done was done earlier."""
        execute(self._database,
                f"UPDATE google SET since = since - {minutes * MINUTE},"
                f" scheduled = scheduled - {minutes * MINUTE}"
                f" WHERE idp = '{self.pulled.workspace.name}'")
        execute(self._database,
                f"UPDATE google_run SET asked = asked - {minutes * MINUTE},"
                f" started = started - {minutes * MINUTE}, ended = ended - {minutes * MINUTE}"
                f" WHERE idp = '{self.pulled.workspace.name}' AND ended > 0")

    def runs(self) -> list[tuple[str, str]]:
        """Cause and state, newest first."""
        runs = self.admin.get(f"{self.pulled.path}/pulls").expect(200).json()["pulls"]
        return [(run["cause"], run["state"]) for run in runs]

    def until_run(self, *runs: tuple[str, str]) -> None:
        until(lambda: self.runs() == list(runs), f"{runs} to be all runs")

    def status(self) -> dict[str, Any]:
        pulls = self.admin.status()["pulls"]
        return next(one for one in pulls if one["idp"] == self.pulled.workspace.name)


def test_the_first_pull_is_somebodys_wish_and_from_then_on_it_is_every_hour(when: When) -> None:
    small(when.pulled)
    shown = when.show()
    assert {key: shown[key] for key in HOURLY} == HOURLY
    assert shown["isDefault"] and shown["next"] is None and shown["watch"] is None
    assert shown["why"].startswith("no pull was done yet")
    assert when.status()["next"] is None and when.status()["doneAt"] is None
    run = when.pulled.pull()
    shown = when.show()
    assert shown["cause"] == "schedule" and shown["why"] is None
    assert when.status()["next"] == shown["next"]
    assert when.status()["doneAt"] == run["endedAt"]
    when.pass_by(59)
    assert when.show()["next"] > run["endedAt"]
    when.pass_by(2)
    when.until_run(("schedule", "done"), ("demand", "done"))
    assert when.admin.get(f"{when.pulled.path}/pulls").json()["pulls"][0]["by"] is None


def test_a_schedule_that_somebody_sets_begins_at_once(when: When) -> None:
    small(when.pulled)
    shown = when.put(every={"minutes": 30})
    assert shown["every"] == {"minutes": 30} and not shown["isDefault"]
    when.until_run(("schedule", "done"))
    assert when.admin.events(f"idp={when.pulled.workspace.name}&kind=google.scheduled")[0][
        "change"]["every"] == {"before": '{"hours":1}', "after": '{"minutes":30}'}


def test_what_was_missed_is_made_up_for_once(when: When, httpd: Httpd) -> None:
    small(when.pulled)
    when.put(every={"minutes": 5})
    when.until_run(("schedule", "done"))
    httpd.stop()
    when.pass_by(60 * 24 * 3)
    httpd.start()
    when.until_run(("schedule", "done"), ("schedule", "done"))
    assert when.show()["next"] > when.status()["doneAt"]


def test_daily(when: When) -> None:
    small(when.pulled)
    when.pulled.pull()
    shown = when.put(dailyAt="03:30")
    assert shown["dailyAt"] == "03:30" and shown["every"] is None
    local = shown["next"][11:16], shown["utcOffset"]
    assert local[1] != "+00:00" or local[0] == "03:30"
    assert when.runs() == [("demand", "done")]
    when.pass_by(60 * 24)
    when.until_run(("schedule", "done"), ("demand", "done"))


def test_without_a_schedule_it_is_pulled_when_somebody_asks(when: When) -> None:
    small(when.pulled)
    when.pulled.pull()
    shown = when.put(every=None)
    assert (shown["next"], shown["why"]) == (
        None, "there is no schedule: it is pulled when somebody asks")
    assert not shown["isDefault"]
    when.pass_by(60 * 24 * 30)
    when.pulled.pull()
    assert when.runs() == [("demand", "done"), ("demand", "done")]


def test_one_that_failed_is_tried_again_and_says_so(when: When, httpd: Httpd) -> None:
    small(when.pulled)
    when.pulled.pull()
    when.put(every={"hours": 24})
    when.pulled.control.add_fault("error", match={"operation": "directory.users.list"},
                                  error="forbidden", times=1)
    httpd.error_log.expect("SCIM0190", count=1)
    when.pulled.wait(when.pulled.ask()["id"], "failed")
    shown = when.show()
    assert shown["why"] == "the last one failed: it is tried again"
    status = when.status()
    assert (status["last"], status["missed"]) == ("failed", 1)
    assert "could not be read" in status["detail"]
    assert status["next"] == shown["next"]
    when.pass_by(6)
    when.until_run(("schedule", "done"), ("demand", "failed"), ("demand", "done"))
    assert (when.status()["last"], when.status()["missed"]) == ("done", 0)


def test_one_that_was_refused_is_not_repeated_at_that_pace(when: When, httpd: Httpd) -> None:
    when.pulled.control.seed(users=40)
    when.pulled.pull()
    when.put(every={"minutes": 5})
    for number in range(1, 16):
        when.pulled.control.edit("remove-user", user=f"user-{number:05}@example.com")
    httpd.error_log.expect("SCIM0191", count=2)
    when.pulled.pull()
    assert when.show()["why"].startswith("the last one was refused")
    when.pass_by(55)
    assert when.show()["next"] > when.status()["lastAt"]
    assert when.runs() == [("demand", "refused"), ("demand", "done")]
    when.pass_by(6)
    when.until_run(("schedule", "refused"), ("demand", "refused"), ("demand", "done"))
    assert when.status()["missed"] == 2


def test_paused_it_is_told_and_not_done_as_of_others(when: When) -> None:
    """Pausing keeps Jira as it is; what Google says is known when it goes on."""
    small(when.pulled)
    when.admin.set_state(when.pulled.workspace.name, "paused")
    when.put(every={"hours": 1})
    when.until_run(("schedule", "done"))
    assert "ada@example.com" not in when.pulled.scene.held().accounts
    when.admin.set_state(when.pulled.workspace.name, "live")
    assert "ada@example.com" in when.pulled.scene.settle().accounts


def test_without_a_connection_nothing_is_tried(when: When, httpd: Httpd) -> None:
    small(when.pulled)
    when.pulled.pull()
    when.admin.post(f"{when.pulled.path}/google/disconnect", {"confirm": True}).expect(200)
    when.pass_by(60 * 24 * 30)
    shown = when.show()
    assert (shown["next"], shown["why"]) == (None, "it is not connected to Google")
    assert when.status()["why"] == "it is not connected to Google"
    # Whoever connects anew has it pulled at once.
    when.pulled.workspace.connect()
    when.until_run(("schedule", "done"), ("demand", "done"))


def test_the_history_names_what_went_wrong(when: When) -> None:
    small(when.pulled)
    for error, times in (("quotaExceeded", 2), ("backendError", 1)):
        when.pulled.control.add_fault("error", match={"operation": "directory.members.list"},
                                      error=error, times=times)
    run = when.pulled.pull()
    assert run["state"] == "done"
    assert run["errors"] == {"quotaExceeded": 2, "backendError": 1}
    assert (run["cause"], run["by"]) == ("demand", f"admin:{ADMIN_USER}")
    assert when.pulled.pull()["errors"] == {}


def test_bad_schedules(when: When, admin: AdminClient, site: Site) -> None:
    for schedule in ({"every": 30}, {"every": {"minutes": 1}}, {"every": {"hours": 200}},
                     {"dailyAt": "25:00"}, {"dailyAt": "03:30", "every": {"hours": 1}},
                     {"push": {"address": "http://sync.example.com/push"}}, {"cron": "* * * * *"}):
        admin.put(when.path, schedule).expect(400)
    assert when.show()["isDefault"]
    admin.post(when.path, {}).expect(405)
    admin.create_idp("plain", site=site.name)
    try:
        admin.get("/api/idps/plain/google/schedule").expect(409)
        admin.put("/api/idps/plain/google/schedule", {}).expect(409)
    finally:
        admin.delete_idp("plain")
    admin.get("/api/idps/nobody/google/schedule").expect(404)


def test_two_hosts_pull_once(when: When, httpd: Httpd, database: Database,
                             make_httpd: Callable[..., Httpd]) -> None:
    if database.driver == "sqlite3":
        pytest.skip("SQLite serves one host")
    other = make_httpd(database=database, settings=conf.Settings())
    other.key_file.write_bytes(httpd.key_file.read_bytes())
    other.start()
    small(when.pulled)
    when.put(every={"minutes": 5})
    when.until_run(("schedule", "done"))
    for number in range(2, 5):
        when.pass_by(6)
        when.until_run(*[("schedule", "done")] * number)
    assert when.pulled.calls("users.list") == 4


def test_one_that_was_never_connected(workspace: Workspace) -> None:
    shown = workspace.admin.get(f"{workspace.path}/schedule").expect(200).json()
    assert shown["why"] == "it is not connected to Google"

"""The pull of a Google directory: what is there arrives in Jira, all of it or nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.harness.admin import AdminClient
from tests.harness.google import Workspace
from tests.harness.httpd import ADMIN_USER, Httpd
from tests.harness.wait import until
from tests.harness.fixtures import Site
from tests.integration.pulled import (  # noqa: F401
    NOTHING, Pulled, Run, directory, pulled, small)

pytestmark = pytest.mark.any_mpm


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


def test_a_directory_arrives_in_jira_and_then_only_what_changes(pulled: Pulled) -> None:
    small(pulled)
    held = pulled.pull_all()
    both = {"ada@example.com", "ben@example.com"}
    assert set(held.accounts) >= both and "eva@example.com" not in held.accounts
    assert held.groups["Developers"] == held.groups["Everybody"] == both
    run = pulled.pull()
    assert run["found"]["users"] == NOTHING | {"unchanged": 3}
    assert run["found"]["groups"] == NOTHING | {"unchanged": 2}
    assert run["found"]["members"]["unchanged"] == 3
    assert len(pulled.events("google.pulled")) == 1
    pulled.control.edit("set-user", user="ben@example.com", suspended=True)
    pulled.control.edit("set-user", user="eva@example.com", suspended=False)
    pulled.control.edit("add-member", group="devs@example.com", member="eva@example.com")
    held = pulled.pull_all()
    assert held.groups["Developers"] == {"ada@example.com", "eva@example.com"}


def test_what_google_says_no_to_for_a_while_is_read_all_the_same(pulled: Pulled,
                                                                 httpd: Httpd) -> None:
    pulled.control.seed(users=700, groups=30, members_per_group=5)
    for error in ("quotaExceeded", "rateLimitExceeded", "backendError", "authError"):
        pulled.control.add_fault("error", match={"operation": "directory.members.list"},
                                 error=error, times=1)
    pulled.control.add_fault("missing", match={"operation": "directory.groups.list"}, times=1)
    run = pulled.pull()
    assert (run["state"], run["found"]["users"]["new"], run["found"]["groups"]["new"],
            run["found"]["members"]["new"]) == ("done", 700, 30, 150)
    # Two pages of users, one of groups, and one of each group; each fault costs a call, and what
    # is missing another look.
    assert run["calls"] == 2 + 1 + 30 + 4 + 1
    assert run["seconds"] > 0 and run["tries"] == 1
    shown = pulled.admin.get(f"/api/idps/{pulled.workspace.name}/pulls/{run['id']}").body
    assert re.search(rb'"seconds":\d+\.\d{1,3},', shown), shown


@pytest.mark.parametrize("fault, operation", [
    ({"what": "error", "error": "forbidden"}, "groups"),
    ({"what": "error", "error": "accessNotConfigured"}, "users"),
    ({"what": "error", "error": "insufficientPermissions"}, "members"),
    ({"what": "loop", "times": None}, "users"),
    ({"what": "restart", "times": None}, "users")])
def test_what_can_not_be_read_to_its_end_changes_nothing(
        fault: dict[str, Any], operation: str, pulled: Pulled, httpd: Httpd) -> None:
    pulled.control.seed(users=600, groups=3)
    pulled.pull()
    pulled.control.edit("remove-user", user="user-00001@example.com")
    pulled.control.add_fault(match={"operation": f"directory.{operation}.list"}, **fault)
    httpd.error_log.expect("SCIM0190", count=1)
    run = pulled.wait(pulled.ask()["id"], "failed")
    assert "could not be read" in run["detail"]
    assert run["found"] is None
    assert pulled.events("user.deleted") == []
    assert [event["detail"] for event in pulled.events("google.failed")] == [run["detail"]]


def test_more_than_the_guard_allows_waits_for_a_word(pulled: Pulled, httpd: Httpd) -> None:
    pulled.control.seed(users=40)
    pulled.pull_all()
    for number in range(1, 16):
        pulled.control.edit("remove-user", user=f"user-{number:05}@example.com")
    httpd.error_log.expect("SCIM0191", count=1)
    run = pulled.pull()
    assert run["state"] == "refused"
    assert run["detail"].startswith("nothing was taken over: 15 of 40 users would be gone")
    assert run["found"]["users"] == NOTHING | {"gone": 15, "unchanged": 25}
    # Who says so says what is true of the directory. What Jira loses by it is the guard's matter.
    httpd.error_log.expect("SCIM0160", count=1)
    run = pulled.pull(trust=True)
    assert (run["state"], run["trust"], run["by"]) == ("done", True, f"admin:{ADMIN_USER}")
    until(lambda: len(pulled.admin.tasks(f"idp={pulled.workspace.name}&state=held")) == 15,
          "what is taken to be held")


def test_one_run_at_a_time(pulled: Pulled) -> None:
    pulled.control.configure(latency_ms=300)
    pulled.control.seed(users=10)
    first = pulled.ask()
    assert first["state"] in ("waiting", "running")
    assert pulled.ask()["id"] == first["id"]
    assert pulled.wait(first["id"])["state"] == "done"
    second = pulled.pull()
    assert second["id"] > first["id"]
    pulls = pulled.admin.get(f"{pulled.path}/pulls").expect(200).json()["pulls"]
    assert [run["id"] for run in pulls] == [second["id"], first["id"]]
    pulls = pulled.admin.get(f"{pulled.path}/pulls?limit=1&before={second['id']}").json()["pulls"]
    assert [run["id"] for run in pulls] == [first["id"]]
    assert pulled.calls("users.list") == 2


def test_a_run_goes_on_after_a_restart(pulled: Pulled, httpd: Httpd) -> None:
    pulled.control.seed(users=50, groups=60, members_per_group=3)
    pulled.control.configure(latency_ms=200)
    number = pulled.ask()["id"]
    until(lambda: pulled.calls("members.list") > 5, "members to be read")
    httpd.restart()
    run = pulled.wait(number)
    assert (run["state"], run["tries"]) == ("done", 2)
    assert run["found"]["members"]["new"] == 180


def test_bad_questions(pulled: Pulled, admin: AdminClient, site: Site) -> None:
    admin.create_idp("plain", site=site.name)
    try:
        admin.post("/api/idps/plain/pull", {}).expect(409)
        admin.get("/api/idps/plain/pulls").expect(409)
    finally:
        admin.delete_idp("plain")
    admin.post("/api/idps/nobody/pull", {}).expect(404)
    admin.post(f"{pulled.path}/pull", {"trust": "yes"}).expect(400)
    admin.post(f"{pulled.path}/pull", {"force": True}).expect(400)
    admin.get(f"{pulled.path}/pull").expect(405)
    admin.get(f"{pulled.path}/pulls/1x").expect(404)
    admin.get(f"{pulled.path}/pulls/999999").expect(404)
    admin.get(f"{pulled.path}/pulls?after=3").expect(400)
    assert admin.get(f"{pulled.path}/pulls").expect(200).json() == {"pulls": []}


def test_one_that_is_not_connected(workspace: Workspace, httpd: Httpd) -> None:
    answer = workspace.admin.post(f"/api/idps/{workspace.name}/pull", {}).expect(409)
    assert "is not connected to Google" in answer.text()

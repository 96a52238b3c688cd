"""What failed, and what an administrator does about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.admin import AdminClient
from tests.harness.wait import until
from tests.integration.test_admin_idps import assert_problem, caught_up

pytestmark = pytest.mark.any_mpm

REFUSALS = {"full": 400, "forbidden": 403}


@pytest.fixture
def failed(admin: AdminClient, idp: Any, jira: Any) -> list[dict[str, Any]]:
    """Two groups that Jira refuses with 400 and one with 403, and somebody without an address."""
    for name, status in REFUSALS.items():
        jira.control.add_fault("status", status=status, times=2 if name == "full" else 1,
                               match={"method": "POST", "path": "/group$"},
                               body={"errorMessages": [f"demo: {name}"], "errors": {}})
        for number in range(2 if name == "full" else 1):
            idp.scim.create_group(f"{name} {number}")
        until(lambda: admin.status()["tasks"]["waiting"] == 0, "the groups to fail")
        jira.control.remove_faults()
    idp.scim.create_user("nobody")
    tasks = until(lambda: len(found := admin.tasks("state=failed")) == 4 and found, "all to fail")
    return tasks


def names(tasks: list[dict[str, Any]]) -> list[str]:
    return sorted(task["name"] for task in tasks)


def test_a_failure_tells_all_of_itself(admin: AdminClient, failed: list[dict[str, Any]]) -> None:
    task = next(task for task in failed if task["name"] == "forbidden 0")
    assert (task["state"], task["class"], task["attempts"], task["status"]) == (
        "failed", "person", 1, 403)
    assert task["detail"] == "demo: forbidden" and task["nextAt"] is None
    assert task["createdAt"] <= task["failedSince"] <= task["changedAt"]
    assert admin.get(f"/api/tasks/{task['id']}").expect(200).json() == task
    assert_problem(admin.get("/api/tasks/999999"), 404, "999999")


def test_filters(admin: AdminClient, idp: Any, failed: list[dict[str, Any]]) -> None:
    everything = names(failed)
    assert names(admin.tasks("status=400")) == ["full 0", "full 1"]
    assert names(admin.tasks("status=0")) == ["nobody"]
    assert names(admin.tasks("kind=user")) == ["nobody"]
    assert names(admin.tasks("class=person")) == everything
    assert admin.tasks("class=site") == []
    assert names(admin.tasks(f"site={idp.site.name}&idp={idp.name}")) == everything
    assert admin.tasks("idp=other") == [] and admin.tasks("site=other") == []
    assert names(admin.tasks(f"subject={failed[0]['subject']}")) == [failed[0]["name"]]
    assert names(admin.tasks("kind=group&status=403&state=failed")) == ["forbidden 0"]


def test_a_task_is_called_as_its_subject_is_now(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    user = idp.scim.create_user("maiden@example.com")
    group = idp.scim.create_group("Makers")
    idp.scim.patch_operations(f"/Users/{user['id']}", {
        "op": "replace", "path": "userName", "value": "married@example.com"}).expect(200)
    idp.scim.patch_operations(f"/Groups/{group['id']}", {
        "op": "replace", "path": "displayName", "value": "Menders"}).expect(200)
    tasks = admin.tasks(f"idp={idp.name}")
    assert names(tasks) == ["Menders", "married@example.com"]
    assert admin.get(f"/api/tasks/{tasks[0]['id']}").expect(200).json() == tasks[0]
    idp.scim.delete(f"/Users/{user['id']}").expect(204)
    idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    assert names(admin.tasks(f"idp={idp.name}")) == ["Menders", "married@example.com"]


def test_by_the_kind_of_reason(admin: AdminClient, idp: Any, failed: list[dict[str, Any]]) -> None:
    def reasons(query: str = "") -> dict[tuple[str, int], dict[str, Any]]:
        answer = admin.get(f"/api/tasks/reasons{query}").expect(200).json()
        assert answer["more"] is False
        return {(one["kind"], one["status"]): one for one in answer["reasons"]
                if one["idp"] == idp.name}

    found = reasons("?state=failed")
    assert {key: (one["count"], one["more"]) for key, one in found.items()} == {
        ("group", 400): (2, False), ("group", 403): (1, False), ("user", 0): (1, False)}
    full = found["group", 400]
    assert (full["state"], full["class"], full["site"]) == ("failed", "person", idp.site.name)
    assert full["first"] == min((task for task in failed if task["status"] == 400),
                                key=lambda task: task["id"])
    assert found == reasons() == reasons(f"?idp={idp.name}")
    assert reasons("?idp=other") == reasons("?state=held") == {}
    assert_problem(admin.get("/api/tasks/reasons?state=bad"), 400, "state")
    assert_problem(admin.get("/api/tasks/reasons?site=main"), 400, "site")
    assert_problem(admin.post("/api/tasks/reasons", {}), 405, "")


@pytest.mark.parametrize("query", [
    "guard=deactivations", "guardIdp=okta", "guard=deactivations&guardIdp=okta",
    "guard=bad&guardIdp=okta&site=main"])
def test_a_count_of_a_guard_is_named_in_full(query: str, admin: AdminClient) -> None:
    assert_problem(admin.get(f"/api/tasks?{query}"), 400, "guard")


@pytest.mark.parametrize("query, left", [
    ("", ["nobody"]), ("?status=400", ["forbidden 0", "nobody"]),
    ("?status=403", ["full 0", "full 1", "nobody"]), ("?kind=user", None),
    ("?site=other", None), ("?idp=other&status=400", None), ("?class=site", None)])
def test_many_are_retried_by_kind(query: str, left: list[str] | None, admin: AdminClient, jira: Any,
                                  failed: list[dict[str, Any]]) -> None:
    """Jira has come round; who has no address fails again."""
    answer = admin.post(f"/api/tasks/retry{query}", {}).expect(200).json()
    remaining = names(failed) if left is None else left
    expected = len(failed) - len(remaining) + (query in ("", "?kind=user"))
    assert answer == {"retried": expected}
    caught_up(admin, jira)
    assert names(admin.tasks("state=failed")) == remaining
    told = [event for event in admin.events("kind=task.retried&limit=1")
            if event["site"] == failed[0]["site"]]
    assert [event["detail"] for event in told] == (
        [f"{expected} task" + ("s" if expected != 1 else "")] if expected else [])
    assert all(event["actor"] == "admin:admin" for event in told)


def test_of_one_site_alone(admin: AdminClient, idp: Any, jira: Any,
                           failed: list[dict[str, Any]]) -> None:
    answer = admin.post(f"/api/tasks/retry?site={idp.site.name}&kind=group", {}).expect(200)
    assert answer.json() == {"retried": 3}
    caught_up(admin, jira)
    assert names(admin.tasks("state=failed")) == ["nobody"]


def test_one_of_a_paused_idp_waits_for_that(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    ann = idp.scim.create_user("ann@example.com")
    [task] = admin.tasks()
    answer = admin.post(f"/api/tasks/retry?subject={ann['id']}", {}).expect(200).json()
    assert answer == {"retried": 1, "tasks": [{
        "id": task["id"], "site": idp.site.name, "was": "waiting", "detail": None,
        "effect": "it is tried now, or when its identity provider is paused no longer"}]}


def test_a_grace_period_does_not_end_sooner(admin: AdminClient, idp: Any) -> None:
    """And whoever retries is told so."""
    admin.put_rules(idp.name, {"users": {"gracePeriod": 3600}})
    ann = idp.scim.create_user("ann@example.com")
    until(lambda: not admin.tasks(), "the account to be made")
    idp.scim.patch_operations(f"/Users/{ann['id']}", {
        "op": "replace", "path": "active", "value": False}).expect(200)
    [before] = until(lambda: admin.tasks("class=wait"), "the grace period to be waited for")
    answer = admin.post(f"/api/tasks/retry?subject={ann['id']}", {}).expect(200).json()
    assert answer == {"retried": 1, "tasks": [{
        "id": before["id"], "site": idp.site.name, "was": "waiting", "detail": before["detail"],
        "effect": "it is tried now, and waits again if its reason lasts: a grace period does not "
                  "end sooner"}]}
    event = admin.events(f"kind=task.retried&subject={ann['id']}")[0]
    assert (event["name"], event["detail"]) == ("ann@example.com", before["detail"])
    [after] = until(lambda: [task for task in admin.tasks() if task["changedAt"] >
                             before["changedAt"] and task["attempts"] == 1], "it to be tried")
    assert after["detail"] == before["detail"] and after["class"] == "wait"


def test_discarding_is_recorded_with_who_and_what(admin: AdminClient, jira: Any,
                                                  failed: list[dict[str, Any]]) -> None:
    task = next(task for task in failed if task["name"] == "full 1")
    admin.delete(f"/api/tasks/{task['id']}").expect(204)
    assert task not in admin.tasks()
    assert_problem(admin.delete(f"/api/tasks/{task['id']}"), 404, str(task["id"]))
    event = admin.events(f"group={task['subject']}")[0]
    assert (event["kind"], event["actor"], event["name"], event["detail"]) == (
        "task.discarded", "admin:admin", "full 1", "demo: full")
    caught_up(admin, jira)
    assert names(admin.tasks("state=failed")) == ["forbidden 0", "full 0", "nobody"]


def test_what_waits_is_not_discarded(admin: AdminClient, idp: Any) -> None:
    """It would be done by nobody, and nobody would know."""
    admin.set_state(idp.name, "paused")
    idp.scim.create_user("ann@example.com")
    [task] = admin.tasks()
    assert (task["state"], task["class"], task["failedSince"]) == ("waiting", None, None)
    assert_problem(admin.delete(f"/api/tasks/{task['id']}"), 409, "neither failed nor held")
    assert admin.tasks() == [task]


@pytest.mark.parametrize("fault, expected", [
    ({"status": 500}, "retry"),
    ({"status": 429, "headers": {"Retry-After": "30"}}, "wait"),
    ({"status": 503, "headers": {"Retry-After": "30"}}, "wait")])
def test_what_is_tried_again_says_when(fault: dict[str, Any], expected: str, admin: AdminClient,
                                       idp: Any, jira: Any) -> None:
    jira.control.add_fault("status", times=None, match={"path": "/user/search"}, **fault)
    idp.scim.create_user("ann@example.com")
    [task] = until(lambda: admin.tasks(f"class={expected}"), "the task to be put off")
    assert (task["state"], task["status"]) == ("waiting", fault["status"])
    assert task["nextAt"] > task["failedSince"] and task["attempts"] >= 1
    jira.control.remove_faults()
    admin.post(f"/api/tasks/{task['id']}/retry", {}).expect(204)


def test_a_site_that_denies_us_is_a_class_of_its_own(admin: AdminClient, idp: Any, httpd: Any
                                                     ) -> None:
    httpd.error_log.expect("SCIM0122")
    name = idp.site.name
    idp.scim.create_user("early@example.com")
    until(lambda: not admin.tasks(), "the site to work")
    admin.put(f"/api/sites/{name}", {"apiToken": "demo-wrong"}).expect(200)
    httpd.error_log.wait_for("SCIM0122")
    until(lambda: admin.events(f"site={name}&kind=site.denied"), "the site to be denied")
    idp.scim.create_user("late@example.com")
    [task] = until(lambda: admin.tasks(f"class=site&site={name}"), "the task to say why it waits")
    assert (task["state"], task["status"], task["attempts"]) == ("waiting", 401, 0)
    assert task["detail"] == admin.events("kind=site.denied")[0]["detail"]
    admin.put(f"/api/sites/{name}", {"apiToken": idp.site.jira.api_token}).expect(200)


@pytest.mark.parametrize("method, path, status, words", [
    ("GET", "/api/tasks?class=bad", 400, "wait, retry, person, site"),
    ("GET", "/api/tasks?kind=idp", 400, "user, group"),
    ("GET", "/api/tasks?status=x", 400, "status"), ("GET", "/api/tasks?status=-7", 400, "status"),
    ("GET", "/api/tasks?sites=main", 400, "sites"),
    ("GET", "/api/tasks/1?limit=1", 400, "limit"),
    ("POST", "/api/tasks/retry?sites=main", 400, "sites"),
    ("POST", "/api/tasks/retry?limit=1", 400, "limit"),
    ("POST", "/api/tasks/retry?state=done", 400, "state"),
    ("GET", "/api/tasks/retry", 405, "GET"), ("POST", "/api/tasks/1", 405, "POST"),
    ("DELETE", "/api/tasks/1/retry", 405, "DELETE"), ("DELETE", "/api/tasks/x", 404, "nothing"),
    ("POST", "/api/tasks/1/retry/x", 404, "nothing"), ("DELETE", "/api/tasks/0", 404, "task 0")])
def test_what_makes_no_sense(method: str, path: str, status: int, words: str,
                             admin: AdminClient) -> None:
    body = {} if method == "POST" else None
    assert_problem(admin.request(method, path, body), status, words)


def test_the_body_says_nothing(admin: AdminClient) -> None:
    """Whoever puts the filter there must not retry everything."""
    assert_problem(admin.post("/api/tasks/retry", {"site": "main"}), 400, "site")

"""Identity providers, their tokens, what is left to do, and what happened: the admin API."""

from datetime import datetime, timedelta, timezone
from typing import Any, Callable
from urllib.parse import quote

import pytest

from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import Response, ScimClient
from tests.harness.wait import until
from tests.simulators.idps import Held, held

pytestmark = pytest.mark.any_mpm

PROBLEM = "application/problem+json"


def assert_problem(answer: Response, status: int, words: str = "") -> None:
    answer.expect(status)
    assert answer.headers.get_content_type() == PROBLEM, answer.text()
    body = answer.json()
    assert body["status"] == status and words in body["detail"], body


def caught_up(admin: AdminClient, jira: Any) -> Held:
    """What Jira holds once nothing is left to do."""
    until(lambda: admin.status()["tasks"]["waiting"] == 0, "Jira to catch up")
    return held(jira.control.state())


# Making, changing


def test_an_idp_from_its_making_to_its_end(admin: AdminClient, site: Any, httpd: Any) -> None:
    made = admin.create_idp("tour", provider="okta", site=site.name)
    token = made["scim"].pop("token")
    assert len(token) >= 43 and made["scim"] == {"baseUrl": f"{httpd.url}/scim/v2/tour",
                                                 "baseUrlV1": f"{httpd.url}/scim/v1/tour"}
    assert made == admin.get("/api/idps/tour").expect(200).json()
    assert made in admin.idps()
    assert (made["name"], made["provider"], made["mode"], made["state"], made["sites"]) == (
        "tour", "okta", "users", "live", [site.name])
    assert made["createdAt"] <= made["changedAt"]
    changed = admin.patch("/api/idps/tour", {"provider": "entra"}).expect(200).json()
    assert changed["provider"] == "entra" and changed["state"] == "live"
    assert "token" not in changed["scim"]
    admin.delete("/api/idps/tour").expect(204)
    assert_problem(admin.get("/api/idps/tour"), 404, "tour")
    assert_problem(admin.delete("/api/idps/tour?access=keep"), 404, "tour")
    assert_problem(admin.patch("/api/idps/tour", {"state": "live"}), 404, "tour")
    events = [event for event in admin.events() if event["idp"] == "tour"]
    assert [event["kind"] for event in events] == ["idp.deleted", "idp.changed", "idp.created"]
    assert {event["actor"] for event in events} == {"admin:admin"}


def test_a_provider_need_not_be_said(admin: AdminClient, site: Any) -> None:
    made = admin.post("/api/idps", {"name": "plain", "site": site.name}).expect(201).json()
    assert (made["provider"], made["mode"]) == ("other", "users")
    admin.delete_idp("plain")


@pytest.mark.parametrize("change, words", [
    ({"name": None}, "name"), ({"name": ""}, "name"), ({"name": "Okta"}, "name"),
    ({"name": "a b"}, "name"), ({"name": "a/b"}, "name"), ({"name": "-a"}, "name"),
    ({"name": "x" * 65}, "name"), ({"name": "ä"}, "name"), ({"name": 7}, "name"),
    ({"provider": "O K"}, "provider"), ({"provider": []}, "provider"),
    ({"mode": "people"}, "mode"), ({"mode": 1}, "mode"),
    ({"site": None}, "site"), ({"site": "no-such-site"}, "no-such-site"), ({"site": 1}, "site"),
    ({"state": "asleep"}, "state"), ({"Name": "x"}, "Name"), ({"token": "demo"}, "token"),
])
def test_an_idp_with_a_wrong_field(change: dict[str, Any], words: str, admin: AdminClient,
                                   site: Any) -> None:
    before = admin.idps()
    body = {"name": "wrong", "provider": "okta", "mode": "users", "site": site.name} | change
    assert_problem(admin.post("/api/idps", body), 400, words)
    assert admin.idps() == before


def test_a_name_is_used_once(admin: AdminClient, idp: Any) -> None:
    body = {"name": idp.name, "site": idp.site.name}
    assert_problem(admin.post("/api/idps", body), 409, idp.name)
    idp.scim.get("/Users").expect(200)


@pytest.mark.parametrize("change, words", [
    ({"state": "off"}, "live, paused or dryRun"), ({"state": 1}, "state"),
    ({"provider": ""}, "provider"), ({"name": "other"}, "name"), ({"mode": "users"}, "mode"),
    ({"site": "x"}, "site")])
def test_a_wrong_change(change: dict[str, Any], words: str, admin: AdminClient, idp: Any) -> None:
    before = admin.get(f"/api/idps/{idp.name}").json()
    assert_problem(admin.patch(f"/api/idps/{idp.name}", change), 400, words)
    assert admin.get(f"/api/idps/{idp.name}").json() == before


# Pausing


def test_tasks_of_a_paused_idp_wait_until_it_is_live_again(admin: AdminClient, idp: Any,
                                                           jira: Any) -> None:
    """The IdP notices nothing; Jira neither, until somebody says go on."""
    assert admin.set_state(idp.name, "paused")["state"] == "paused"
    before = jira.control.state()
    ann = idp.scim.create_user("ann@example.com")
    idp.scim.create_group("Team", [ann["id"]])
    assert {task["kind"] for task in admin.tasks()} == {"user", "group"}
    assert {task["state"] for task in admin.tasks()} == {"waiting"}
    # Another IdP's work goes on meanwhile: when it is done, the paused one had its chance as well.
    other = scim_client(admin.create_idp("other", site=idp.site.name))
    other.create_user("bob@example.com")
    until(lambda: "bob@example.com" in held(jira.control.state()).accounts, "bob in Jira")
    assert held(jira.control.state()).groups == held(before).groups
    assert "ann@example.com" not in held(jira.control.state()).accounts
    admin.set_state(idp.name, "live")
    now = caught_up(admin, jira)
    assert now.accounts["ann@example.com"] and now.groups["Team"] == {"ann@example.com"}
    other.close()
    admin.delete_idp("other")


# Deleting


@pytest.fixture
def told(admin: AdminClient, idp: Any, jira: Any) -> Any:
    """An IdP that has told of a user in a group, which Jira holds by now."""
    ann = idp.scim.create_user("ann@example.com")
    idp.scim.create_group("Team", [ann["id"]])
    now = caught_up(admin, jira)
    assert now.accounts["ann@example.com"] and now.groups["Team"] == {"ann@example.com"}
    yield idp
    # The fixture that made it deletes it, too.
    if admin.get(f"/api/idps/{idp.name}").status == 404:
        admin.create_idp(idp.name, site=idp.site.name)


@pytest.mark.parametrize("query", ["?access=perhaps", "?access=KEEP", "?leavers=all", "?acces"])
def test_what_is_misspelt_is_not_taken_for_nothing(query: str, admin: AdminClient,
                                                   told: Any) -> None:
    assert_problem(admin.delete(f"/api/idps/{told.name}{query}"), 400)
    told.scim.get("/Users").expect(200)


@pytest.mark.parametrize("query", ["", "?access=", "?Access"])
def test_what_becomes_of_access_must_be_said(query: str, admin: AdminClient, told: Any) -> None:
    answer = admin.delete(f"/api/idps/{told.name}{query}")
    assert_problem(answer, 409, "?access=keep")
    assert "2 users and groups" in answer.json()["detail"]
    told.scim.get("/Users").expect(200)


def test_access_is_kept(admin: AdminClient, told: Any, jira: Any) -> None:
    before = jira.control.state()
    admin.delete_idp(told.name, "keep")
    assert admin.tasks() == []
    assert caught_up(admin, jira) == held(before)
    status = admin.status()
    assert (status["told"]["users"], status["told"]["groups"]) == (0, 0)
    assert [event["detail"] for event in admin.events() if event["kind"] == "idp.deleted"][0] == (
        "access kept")


def test_access_is_removed(admin: AdminClient, told: Any, jira: Any) -> None:
    admin.delete_idp(told.name, "remove")
    now = caught_up(admin, jira)
    assert now.accounts["ann@example.com"] is False
    assert now.groups.get("Team", frozenset()) == frozenset()


def test_access_that_another_idp_gives_is_not_removed(admin: AdminClient, told: Any, jira: Any,
                                                      make_idp: Callable[..., Any]) -> None:
    other = make_idp()
    other.scim.create_user("ANN@example.com")
    caught_up(admin, jira)
    admin.delete_idp(told.name, "remove")
    now = caught_up(admin, jira)
    assert now.accounts["ann@example.com"] is True
    assert now.groups.get("Team", frozenset()) == frozenset()


def test_a_paused_idp_is_deleted_as_well(admin: AdminClient, told: Any, jira: Any) -> None:
    admin.set_state(told.name, "paused")
    admin.delete_idp(told.name, "remove")
    assert caught_up(admin, jira).accounts["ann@example.com"] is False


def test_idps_are_deleted_while_their_tasks_are_worked_on(make_httpd: Callable[..., Any], jira: Any,
                                                          request: pytest.FixtureRequest) -> None:
    """Neither side waits for the other: PostgreSQL would end such a deadlock after a second."""
    server = make_httpd()
    server.start()
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    for number in range(40):
        scim = scim_client(admin.create_idp("brief"))
        users = [scim.create_user(f"user{number}-{user}@example.com")["id"] for user in range(4)]
        scim.create_group(f"Group {number}", users)
        admin.delete_idp("brief", ("keep", "remove")[number % 2])
        scim.close()
    caught_up(admin, jira)
    admin.close()
    server.stop()
    if server.database.driver == "pgsql":
        assert request.getfixturevalue("postgres").sql(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
            server.database.params) == [["0"]]


# Tokens


def later(**delta: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(**delta)).isoformat(timespec="seconds")


def test_tokens_from_their_making_to_their_end(admin: AdminClient, idp: Any) -> None:
    first = admin.tokens(idp.name)
    assert len(first) == 1 and set(first[0]) == {"id", "createdAt", "expiresAt", "expiresIn",
                                                 "lastUsedAt", "replacedBy"}
    assert first[0]["expiresAt"] is None and first[0]["expiresIn"] is None
    expires = later(days=90)
    made = admin.create_token(idp.name, expiresAt=expires)
    assert set(made) == {"id", "token", "expiresAt"}
    assert datetime.fromisoformat(made["expiresAt"]) == datetime.fromisoformat(expires)
    listed = {token["id"]: token for token in admin.tokens(idp.name)}
    assert set(listed) == {first[0]["id"], made["id"]}
    assert listed[made["id"]]["expiresAt"] == made["expiresAt"]
    assert 89 * 86400 < listed[made["id"]]["expiresIn"] <= 90 * 86400
    admin.revoke_token(idp.name, made["id"])
    path = f"/api/idps/{idp.name}/tokens/{made['id']}"
    assert_problem(admin.delete(path), 404, made["id"])
    assert [token["id"] for token in admin.tokens(idp.name)] == [first[0]["id"]]
    events = [(event["kind"], event["detail"]) for event in admin.events("limit=2")]
    assert events == [("token.deleted", made["id"]), ("token.created", made["id"])]


def test_a_token_of_another_idp_is_not_revoked(admin: AdminClient, make_idp: Callable[..., Any]
                                               ) -> None:
    ours, others = make_idp(), make_idp()
    token_id = admin.tokens(others.name)[0]["id"]
    assert_problem(admin.delete(f"/api/idps/{ours.name}/tokens/{token_id}"), 404)
    others.scim.get("/Users").expect(200)


@pytest.mark.parametrize("body", [
    {"expiresAt": "tomorrow"}, {"expiresAt": "2001-01-01T00:00:00Z"}, {"expiresAt": 1},
    {"expiresAt": ""}, {"expiresAt": "2999-13-01T00:00:00Z"}, {"expires": "2999-01-01T00:00:00Z"},
    {"token": "demo-chosen"}])
def test_a_token_with_a_wrong_field(body: dict[str, Any], admin: AdminClient, idp: Any) -> None:
    answer = admin.post(f"/api/idps/{idp.name}/tokens", body)
    assert_problem(answer, 400, next(iter(body)))
    assert len(admin.tokens(idp.name)) == 1


def test_tokens_of_an_idp_that_is_not_there(admin: AdminClient) -> None:
    assert_problem(admin.get("/api/idps/nobody/tokens"), 404, "nobody")
    assert_problem(admin.post("/api/idps/nobody/tokens", {}), 404, "nobody")
    assert_problem(admin.delete("/api/idps/nobody/tokens/x"), 404, "nobody")


def test_the_number_of_tokens_is_bounded(admin: AdminClient, idp: Any) -> None:
    for _ in range(19):
        last = admin.create_token(idp.name)
    assert_problem(admin.post(f"/api/idps/{idp.name}/tokens", {}), 409, "delete old ones")
    admin.revoke_token(idp.name, last["id"])
    new = admin.create_token(idp.name)
    client = ScimClient(idp.scim.base_url, token=new["token"])
    client.get("/Users").expect(200)
    client.close()


def test_tokens_that_expired_hinder_no_new_one(admin: AdminClient, idp: Any, httpd: Any) -> None:
    """That one makes room which expired first; what is kept is named by a 401."""
    httpd.error_log.expect("SCIM0152", optional=True)
    at = datetime.now(timezone.utc) + timedelta(seconds=1)
    made = [admin.create_token(idp.name, expiresAt=(at + timedelta(milliseconds=number)).isoformat(
        timespec="milliseconds").replace("+00:00", "Z")) for number in range(19, 0, -1)]
    client = ScimClient(idp.scim.base_url, token=made[0]["token"])
    until(lambda: client.get("/Users").status == 401, "the last of them to expire", 20)
    new = admin.create_token(idp.name)
    ids = {token["id"] for token in admin.tokens(idp.name)}
    assert len(ids) == 20 and new["id"] in ids and made[-1]["id"] not in ids
    assert {token["id"] for token in made[:-1]} < ids
    events = [(event["kind"], event["detail"])
              for event in admin.events("actor=admin:admin&limit=2")]
    assert events == [("token.created", new["id"]), ("token.deleted", made[-1]["id"])]
    client.get("/Users").expect(401)
    client.close()
    assert httpd.error_log.wait_for(f"token {made[0]['id']} expired")


# What is left to do


def test_a_task_says_what_and_why(admin: AdminClient, idp: Any, jira: Any) -> None:
    """Jira refuses the group until it has room for it; retry is what an administrator does then."""
    rule = jira.control.add_fault("status", status=400, times=None,
                                  body={"errorMessages": ["demo: no room"], "errors": {}},
                                  match={"method": "POST", "path": "/group$"})
    team = idp.scim.create_group("Team")
    task = until(lambda: admin.tasks("state=failed"), "the task to fail")[0]
    assert (task["kind"], task["subject"], task["name"]) == ("group", team["id"], "Team")
    assert (task["idp"], task["site"], task["status"]) == (idp.name, idp.site.name, 400)
    assert "demo: no room" in task["detail"] and task["nextAt"] is None
    assert admin.tasks("state=waiting") == []
    jira.control.remove_faults(rule)
    admin.retry(task["id"])
    assert "Team" in caught_up(admin, jira).groups
    assert admin.tasks() == []
    assert_problem(admin.post(f"/api/tasks/{task['id']}/retry", {}), 404, str(task["id"]))
    kinds = [event["kind"] for event in admin.events(f"subject={team['id']}")]
    assert kinds[-1] == "group.created" and "task.failed" in kinds


def test_a_change_of_the_site_tries_again_what_failed(admin: AdminClient, idp: Any, jira: Any
                                                      ) -> None:
    """What an administrator has just changed may have been the reason."""
    rule = jira.control.add_fault("status", status=400, times=None,
                                  match={"method": "POST", "path": "/group$"})
    idp.scim.create_group("Team")
    until(lambda: admin.tasks("state=failed"), "the task to fail")
    jira.control.remove_faults(rule)
    admin.put(f"/api/sites/{idp.site.name}", {"apiToken": jira.api_token}).expect(200)
    until(lambda: not admin.tasks("state=failed"), "the task to be tried again")
    assert "Team" in caught_up(admin, jira).groups


@pytest.mark.parametrize("query, words", [
    ("state=done", "waiting, failed"), ("limit=0", "limit"), ("limit=1001", "limit"),
    ("limit=x", "limit"), ("limit=-1", "limit"), ("limit=1e2", "limit"), ("after=x", "after"),
    ("after=-1", "after"), ("after=99999999999999999999", "after"), ("status=-1", "status"),
    ("status=1000", "status")])
def test_wrong_questions_for_tasks(query: str, words: str, admin: AdminClient) -> None:
    assert_problem(admin.get(f"/api/tasks?{query}"), 400, words)


def test_tasks_come_in_pages(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    for number in range(5):
        idp.scim.create_user(f"user{number}@example.com")
    everything = admin.tasks()
    paged: list[dict[str, Any]] = []
    while page := admin.tasks(f"limit=2&after={paged[-1]['id'] if paged else 0}"):
        assert len(page) <= 2
        paged += page
    assert paged == everything and len(paged) == 5


# What happened


def test_events_tell_who_did_what_to_whom(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    scim = idp.scim
    ann = scim.create_user("ann@example.com")
    path = f"/Users/{ann['id']}"
    scim.patch_operations(path, {"op": "replace", "path": "active", "value": False}).expect(200)
    scim.patch_operations(path, {"op": "replace", "path": "active", "value": True}).expect(200)
    scim.patch_operations(path, {"op": "replace", "path": "title", "value": "Dr"}).expect(200)
    scim.put(path, {"userName": "anna@example.com", "title": "Dr", "active": True}).expect(200)
    scim.delete(path).expect(204)
    events = admin.events(f"subject={ann['id']}")
    assert [event["kind"] for event in reversed(events)] == [
        "user.created", "user.deactivated", "user.activated", "user.changed", "user.renamed",
        "user.deleted"]
    assert {(event["actor"], event["idp"]) for event in events} == {(f"idp:{idp.name}", idp.name)}
    assert events[1]["detail"] == "was ann@example.com" and events[0]["name"] == "anna@example.com"


def test_events_of_members(admin: AdminClient, idp: Any) -> None:
    team = idp.scim.create_group("Team", ["a", "b"])
    idp.scim.patch_operations(
        f"/Groups/{team['id']}", {"op": "add", "path": "members", "value": [{"value": "c"}]},
        {"op": "remove", "path": "members", "value": [{"value": "a"}, {"value": "b"}]}).expect(200)
    told = [event["detail"] for event in admin.events(f"subject={team['id']}")
            if event["kind"] == "group.members"]
    assert told == ["1 added, 2 removed"]


def test_nothing_changed_is_no_event_and_no_task(admin: AdminClient, idp: Any) -> None:
    """IdPs repeat themselves every forty minutes."""
    admin.set_state(idp.name, "paused")
    ann = idp.scim.create_user("ann@example.com", title="Dr")
    team = idp.scim.create_group("Team", [ann["id"]])
    before, tasks = admin.events(), admin.tasks()
    read = idp.scim.get(f"/Users/{ann['id']}").json()
    assert idp.scim.put(f"/Users/{ann['id']}", read).expect(200).json() == read
    idp.scim.patch_operations(f"/Users/{ann['id']}", {"op": "Replace", "path": "active",
                                                      "value": "True"}).expect(200)
    idp.scim.patch_operations(f"/Groups/{team['id']}", {
        "op": "add", "path": "members", "value": [{"value": ann["id"]}]}).expect(200)
    group = idp.scim.get(f"/Groups/{team['id']}").json()
    assert idp.scim.put(f"/Groups/{team['id']}", group).expect(200).json() == group
    assert admin.events() == before and admin.tasks() == tasks
    assert idp.scim.get(f"/Users/{ann['id']}").json() == read


def test_events_come_in_pages_newest_first(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    for number in range(5):
        idp.scim.create_user(f"user{number}@example.com")
    newest = admin.events("limit=6")
    paged = admin.events("limit=4")
    paged += admin.events(f"limit=2&before={paged[-1]['id']}")
    nothing = admin.get(f"/api/events?before={10 ** 12}").expect(200).json()
    assert nothing == {"events": [], "next": None}
    assert paged == newest
    assert [event["id"] for event in newest] == sorted((e["id"] for e in newest), reverse=True)


@pytest.mark.parametrize("query, words", [("limit=0", "limit"), ("before=x", "before"),
                                          ("before=-1", "before"), ("before=0", "before"),
                                          ("before=%2B5", "before"), ("before=1%20", "before"),
                                          ("subject=" + quote(b"\xff"), "UTF-8")])
def test_wrong_questions_for_events(query: str, words: str, admin: AdminClient) -> None:
    assert_problem(admin.get(f"/api/events?{query}"), 400, words)


def test_the_status_counts_what_was_told_and_what_is_held(admin: AdminClient, idp: Any, jira: Any
                                                          ) -> None:
    ann = idp.scim.create_user("ann@example.com")
    idp.scim.create_user("bob@example.com", active=False)
    idp.scim.create_group("Team", [ann["id"], "unknown"])
    caught_up(admin, jira)
    status = admin.status()
    assert status["told"] == {"users": 2, "groups": 1, "members": 2}
    assert status["wanted"] == {"accounts": 1, "groups": 1, "members": 1}
    assert status["tasks"] == {"waiting": 0, "failed": 0, "held": 0, "discarded": 0, "planned": 0,
                               "oldestAgeSeconds": 0}
    assert status["version"] and status["provisioner"]["pid"] > 0


def test_the_counters_count(admin: AdminClient, idp: Any, jira: Any) -> None:
    before = admin.status()["counters"]
    idp.scim.create_user("ann@example.com")
    idp.scim.get("/Users/nobody").expect(404)
    idp.scim.get("/Users", headers={"Authorization": None}).expect(401)
    caught_up(admin, jira)
    after = admin.status()["counters"]
    difference = {name: after[name] - before[name] for name in after}
    assert difference["requests"] == 3 and difference["requestsRefused"] == 2
    assert difference["requestsFailed"] == 0
    assert difference["tasksWorked"] >= 1 and difference["jiraCalls"] >= 1

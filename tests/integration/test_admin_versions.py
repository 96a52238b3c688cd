"""Two administrators at once: an edit of something that changed meanwhile is refused, not lost."""

import re
import threading
from typing import Any, Callable

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import Response
from tests.integration.test_admin import assert_problem


class Thing:
    """Something that can be edited, and how: each edit is another one than the one before."""

    def __init__(self, admin: AdminClient, method: str, path: str, bodies: list[dict[str, Any]]):
        self.admin, self.method, self.path, self.bodies = admin, method, path, bodies
        self.edits = 0

    def read(self) -> Response:
        return self.admin.get(self.path).expect(200)

    def edit(self, **headers: str) -> Response:
        self.edits += 1
        body = self.bodies[self.edits % len(self.bodies)]
        return self.admin.request(self.method, self.path, body,
                                  headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.fixture(params=["site", "idp", "rules", "google", "schedule", "choice"])
def thing(request: Any, admin: AdminClient, site: Any, make_idp: Callable[..., Any]) -> Thing:
    if request.param == "site":
        return Thing(admin, "PUT", f"/api/sites/{site.name}",
                     [{"products": ["jira-core"]}, {"products": ["jira-servicedesk"]}])
    if request.param in ("google", "schedule", "choice"):
        name = f"versions-{request.param}"
        admin.post("/api/idps", {"name": name, "kind": "google", "site": site.name}).expect(201)
        request.addfinalizer(lambda: admin.delete_idp(name))
        if request.param == "schedule":
            return Thing(admin, "PUT", f"/api/idps/{name}/google/schedule",
                         [{"every": {"hours": 2}}, {"dailyAt": "03:30"}])
        if request.param == "choice":
            return Thing(admin, "PUT", f"/api/idps/{name}/google/choice",
                         [{"onlyMembersOfGroups": True}, {"domain": "example.org"}])
        return Thing(admin, "PUT", f"/api/idps/{name}/google",
                     [{"domain": "example.com"}, {"domain": "example.org"}])
    idp = make_idp()
    if request.param == "idp":
        return Thing(admin, "PATCH", f"/api/idps/{idp.name}",
                     [{"state": "paused"}, {"state": "dryRun"}])
    return Thing(admin, "PUT", f"/api/idps/{idp.name}/rules",
                 [{"precedence": 7}, {"precedence": 8}])


def test_the_second_of_two_edits_is_refused(thing: Thing) -> None:
    read = thing.read()
    first = thing.edit(If_Match=read.headers["ETag"]).expect(200)
    assert first.headers["ETag"] not in (None, read.headers["ETag"])
    now = thing.read()
    assert now.headers["ETag"] == first.headers["ETag"] and now.json() == first.json()
    assert_problem(thing.edit(If_Match=read.headers["ETag"]), 412, "read it again")
    assert thing.read().json() == now.json()
    thing.edit(If_Match=now.headers["ETag"]).expect(200)


def test_without_if_match_the_last_edit_counts(thing: Thing) -> None:
    thing.edit().expect(200)
    thing.edit().expect(200)
    thing.edit(If_Match="*").expect(200)
    thing.edit(If_Match=f'"1.1", {thing.read().headers["ETag"]}').expect(200)
    thing.edit(If_Match=f'W/{thing.read().headers["ETag"]}').expect(200)


def test_a_thing_that_is_not_to_be_there(thing: Thing) -> None:
    assert_problem(thing.edit(If_None_Match="*"), 412)


def test_reading_leaves_the_version_as_it_is(thing: Thing) -> None:
    tags = {thing.read().headers["ETag"] for _ in range(3)}
    tag, = tags
    assert re.fullmatch(r'"[0-9.]+"', tag)
    again = thing.admin.get(thing.path, headers={"If-None-Match": tag}).expect(200)
    assert again.headers["ETag"] == tag


def test_a_site_that_is_gone_is_not_made_again(admin: AdminClient, jira: Any) -> None:
    """Else who edits what another administrator has deleted would bring back a part of it."""
    admin.put_site("gone", jira.url, jira.email, jira.api_token)
    tag = admin.get("/api/sites/gone").headers["ETag"]
    admin.delete_site("gone")
    body = {"baseUrl": jira.url, "email": jira.email, "apiToken": jira.api_token}
    assert_problem(admin.put("/api/sites/gone", body, headers={"If-Match": tag}), 412, "gone")
    assert admin.get("/api/sites/gone").status == 404
    made = admin.put("/api/sites/gone", body, headers={"If-None-Match": "*"}).expect(201)
    assert made.headers["ETag"] not in (None, tag)
    assert_problem(admin.delete("/api/sites/gone", headers={"If-Match": tag}), 412)
    admin.delete("/api/sites/gone", headers={"If-Match": made.headers["ETag"]}).expect(204)


def test_an_idp_that_changed_is_not_deleted(admin: AdminClient, site: Any) -> None:
    made = admin.post("/api/idps", {"name": "doomed", "site": site.name}).expect(201)
    tag = made.headers["ETag"]
    assert admin.get("/api/idps/doomed").headers["ETag"] == tag
    changed = admin.patch("/api/idps/doomed", {"state": "paused"}).expect(200)
    assert_problem(admin.delete("/api/idps/doomed", headers={"If-Match": tag}), 412)
    assert admin.get("/api/idps/doomed").json()["state"] == "paused"
    admin.delete("/api/idps/doomed", headers={"If-Match": changed.headers["ETag"]}).expect(204)
    assert_problem(admin.patch("/api/idps/doomed", {}, headers={"If-Match": tag}), 404)


def test_of_many_at_the_same_moment_one_edit_is_made(thing: Thing) -> None:
    tag = thing.edit().expect(200).headers["ETag"]
    body = thing.bodies[(thing.edits + 1) % 2]  # one that changes nothing is no edit
    answers: list[int] = []
    begin = threading.Barrier(6)

    def edit() -> None:
        client = thing.admin.copy()
        begin.wait()
        answer = client.request(thing.method, thing.path, body, headers={"If-Match": tag})
        answers.append(answer.status)
        client.close()

    threads = [threading.Thread(target=edit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(answers)) == [200, 412] and answers.count(200) == 1, answers


def newest(admin: AdminClient) -> int:
    """The last event of ours."""
    event, = admin.events("actor=admin:admin&limit=1")
    return event["id"]


def test_an_edit_that_changes_nothing_is_no_version_and_no_event(thing: Thing) -> None:
    """A script that puts a set-up each night leaves who edits it by day alone."""
    tag, before = thing.edit().expect(200).headers["ETag"], newest(thing.admin)
    thing.edits -= 1
    again = thing.edit(If_Match=tag).expect(200)
    assert (again.headers["ETag"], newest(thing.admin)) == (tag, before)
    thing.edit(If_Match=tag).expect(200)
    assert newest(thing.admin) > before


@pytest.mark.parametrize("body", [
    {}, {"displayName": None}, {"requestsPerMinute": None}, {"allowFrom": None}, {"allowFrom": []},
    {"state": "live"}, "sites"])
def test_what_an_idp_is_already(body: Any, idp: Any, site: Any, admin: AdminClient) -> None:
    address = f"/api/idps/{idp.name}"
    tag, before = admin.get(address).headers["ETag"], newest(admin)
    body = {"sites": [site.name]} if body == "sites" else body
    answer = admin.patch(address, body).expect(200)
    assert (answer.headers["ETag"], newest(admin)) == (tag, before)


def test_networks_are_the_same_however_they_are_spelled(idp: Any, admin: AdminClient) -> None:
    address = f"/api/idps/{idp.name}"
    told = admin.patch(address, {"allowFrom": ["10.1.2.3/8", "2001:DB8:0::7/128", "10.0.0.0/8",
                                               "127.0.0.1/32"]}).expect(200)
    networks = ["10.0.0.0/8", "2001:db8::7", "127.0.0.1"]
    assert told.json()["allowFrom"] == networks
    before = newest(admin)
    for again in (networks, networks[::-1], ["127.0.0.1", "10.255.0.0/8", "2001:db8::0007"]):
        answer = admin.patch(address, {"allowFrom": again}).expect(200)
        assert (answer.headers["ETag"], newest(admin)) == (told.headers["ETag"], before)
        assert answer.json()["allowFrom"] == networks
    admin.patch(address, {"allowFrom": networks[1:]}).expect(200)
    assert newest(admin) > before


def test_what_google_settings_are_already(site: Any, admin: AdminClient, request: Any) -> None:
    """No key of a service account, which null says, is none."""
    admin.post("/api/idps", {"name": "keyless", "kind": "google", "site": site.name}).expect(201)
    request.addfinalizer(lambda: admin.delete_idp("keyless"))
    address = "/api/idps/keyless/google"
    for settings in {}, {"domain": "example.com", "administrator": "admin@example.com"}:
        tag, before = admin.put(address, settings).expect(200).headers["ETag"], newest(admin)
        answer = admin.put(address, {**settings, "serviceAccountKey": None}).expect(200)
        assert (answer.headers["ETag"], newest(admin)) == (tag, before)


def test_the_order_of_a_sites_lists_says_nothing(site: Any, admin: AdminClient) -> None:
    address = f"/api/sites/{site.name}"
    lists = {"products": ["jira-software", "jira-core"], "protectedGroups": ["vip-*", "board"]}
    told = admin.put(address, lists).expect(200)
    before = newest(admin)
    answer = admin.put(address, {name: each[::-1] for name, each in lists.items()}).expect(200)
    assert (answer.headers["ETag"], newest(admin)) == (told.headers["ETag"], before)
    assert answer.json() == told.json()
    admin.put(address, {"protectedGroups": ["board"]}).expect(200)
    assert newest(admin) > before


def test_a_site_that_is_put_as_it_is_retries_its_tasks(idp: Any, site: Any,
                                                       admin: AdminClient) -> None:
    admin.set_state(idp.name, "paused")
    idp.scim.create_user("ann@example.com")
    tag = admin.get(f"/api/sites/{site.name}").headers["ETag"]
    assert admin.put(f"/api/sites/{site.name}", {}).expect(200).headers["ETag"] == tag
    event, = admin.events(f"site={site.name}&limit=1")
    assert (event["kind"], event["actor"], event["detail"]) == (
        "task.retried", "admin:admin", "1 task")

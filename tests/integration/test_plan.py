"""Dry run: all is told and planned, nothing is sent. And why something is done, or isn't."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, deactivate, remove_member, rename, scene)
from tests.integration.test_admin_idps import assert_problem

pytestmark = pytest.mark.any_mpm

DRY, LIVE = "dry", "live"
# A write: the call, the person's address or None, the group's name or None.
Write = tuple[str, str | None, str | None]


def dry_idp(scene: Scene, name: str = DRY, **settings: Any) -> ScimClient:
    return scene.idp(name=name, state="dryRun", **settings)


def writes(scene: Scene) -> list[dict[str, Any]]:
    return [one for one in scene.calls() if one["method"] != "GET"]


def planned(scene: Scene, idp: str = DRY) -> dict[str, Any]:
    """All that the IdP's tasks would do, once all of it is planned."""
    scene.settle()
    return scene.admin.plan(idp, limit=1000)


def shown(plan: dict[str, Any]) -> set[Write]:
    """The writes of a plan."""
    found: set[Write] = set()
    for subject in plan["subjects"]:
        who = subject["name"] if subject["kind"] == "user" else None
        for step in subject["steps"]:
            if step["call"] not in ("findAccount", "findGroup", "readGroups"):
                assert step["unless"] is None, "what was looked up is known"
                found.add((step["call"], who, step["group"]))
    return found


def sent(scene: Scene, calls: list[dict[str, Any]]) -> set[Write]:
    """The same of what reached Jira."""
    state = scene.control.state()
    people = {one["accountId"]: one["email"] for one in state["accounts"]}
    groups = {one["groupId"]: one["name"] for one in state["groups"]}
    found: set[Write] = set()
    for call in calls:
        query = {name: values[0] for name, values in parse_qs(call["query"]).items()}
        body = call["body"] or {}
        body = json.loads(body) if isinstance(body, str) else body
        found.add({
            "createUser": lambda: ("createAccount", body["emailAddress"], None),
            "createGroup": lambda: ("createGroup", None, body["name"]),
            "addUserToGroup": lambda: ("addMember", people[body["accountId"]],
                                       groups[query["groupId"]]),
            "removeUserFromGroup": lambda: ("removeMember", people[query["accountId"]],
                                            groups[query["groupId"]]),
        }[call["operation"]]())
    return found


def site_of(answer: dict[str, Any]) -> dict[str, Any]:
    assert len(answer["sites"]) == 1
    return answer["sites"][0]


def explain(scene: Scene, subject: dict[str, Any], idp: str = DRY,
            kind: str = "users") -> dict[str, Any]:
    return site_of(scene.admin.plan_of(idp, subject, kind))


def calls_of(view: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(step["call"], step["group"]) for step in view["steps"]]


def withheld_of(view: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(one["kind"], one["call"], one["group"]) for one in view["withheld"]]


class TestDryRun:
    def test_it_shows_all_and_sends_it_when_it_is_live(self, scene: Scene) -> None:
        """The whole of what an IdP may say, before anything of it is believed."""
        scene.control.edit("add-account", email="bob@example.com")
        scene.control.edit("add-group", name="old")
        scene.control.edit("add-member", group="old", account="bob@example.com")
        scene.control.edit("add-group", name="empty")
        idp = dry_idp(scene)
        ada, bob = idp.create_user("ada@example.com"), idp.create_user("bob@example.com")
        gone = idp.create_user("gone@example.com", active=False)
        new = idp.create_group("new", [ada["id"], bob["id"], gone["id"]])
        idp.create_group("old", [ada["id"], bob["id"]])
        idp.create_group("empty", [])
        idp.create_group("site-admins", [ada["id"]])
        plan = planned(scene)
        assert plan["state"] == "dryRun"
        assert shown(plan) == {
            ("createAccount", "ada@example.com", None), ("createGroup", None, "new"),
            ("addMember", "ada@example.com", "new"), ("addMember", "ada@example.com", "old"),
            ("addMember", "bob@example.com", "new")}
        assert plan["planned"] == plan["page"] == {
            "calls": {"createAccount": 1, "createGroup": 1, "addMember": 3},
            "withheld": {"protected": 2}}
        assert plan["tasks"] == {"waiting": 0, "planned": 4, "failed": 0, "held": 0,
                                 "discarded": 0}
        assert writes(scene) == []
        assert scene.admin.status()["tasks"]["planned"] == 4

        scene.admin.set_state(DRY, "live")
        held = scene.settle()
        assert sent(scene, writes(scene)) == shown(plan)
        assert len(writes(scene)) == len(shown(plan))
        assert held.groups_of("ada@example.com") == {"new", "old", SOFTWARE}
        assert scene.admin.plan(DRY)["tasks"]["planned"] == 0

        # Back again: leavers, and whatever else takes something away.
        scene.admin.set_state(DRY, "dryRun")
        scene.settle()
        before = len(writes(scene))
        deactivate(idp, ada)
        remove_member(idp, new, bob)
        idp.create_user("eve@example.com")
        rename(idp, new, "newer")
        plan = planned(scene)
        assert shown(plan) == {
            ("removeMember", "ada@example.com", "new"), ("removeMember", "ada@example.com", "old"),
            ("removeMember", "ada@example.com", SOFTWARE),
            ("removeMember", "bob@example.com", "new"), ("createAccount", "eve@example.com", None)}
        assert plan["planned"]["withheld"]["rename"] == 1
        idp.delete(f"/Users/{ada['id']}").expect(204)
        idp.delete(f"/Groups/{new['id']}").expect(204)
        assert shown(planned(scene)) == shown(plan)
        assert len(writes(scene)) == before
        assert scene.held() == held
        scene.admin.set_state(DRY, "live")
        held = scene.settle()
        assert sent(scene, writes(scene)[before:]) == shown(plan)
        assert held.groups_of("ada@example.com") == set()

    def test_it_survives_whatever_makes_tasks_due(self, scene: Scene, httpd: Httpd) -> None:
        idp = dry_idp(scene)
        ada = idp.create_user("ada@example.com")
        idp.create_group("team", [ada["id"]])
        plan = shown(planned(scene))
        scene.put_site()
        assert shown(planned(scene)) == plan
        scene.admin.put_rules(DRY, {"precedence": 7})
        assert shown(planned(scene)) == plan
        scene.admin.post("/api/tasks/retry?state=planned", {}).expect(200)
        assert shown(planned(scene)) == plan
        httpd.graceful()
        assert shown(planned(scene)) == plan
        scene.admin.set_state(DRY, "paused")
        assert scene.admin.plan_of(DRY, ada)["sites"][0]["when"] == "resumed"
        scene.admin.set_state(DRY, "dryRun")
        assert shown(planned(scene)) == plan
        assert writes(scene) == []
        scene.admin.delete_idp(DRY, access="remove")
        scene.settle()
        assert writes(scene) == []
        scene._idps.clear()

    def test_what_is_ended_in_a_dry_run_ends_with_its_idp(self, scene: Scene) -> None:
        idp = scene.idp(name=DRY)
        ada = idp.create_user("ada@example.com")
        scene.settle()
        scene.admin.set_state(DRY, "dryRun")
        idp.delete(f"/Users/{ada['id']}").expect(204)
        scene.settle()
        assert scene.held().groups_of("ada@example.com") == {SOFTWARE}
        scene.admin.delete_idp(DRY, access="remove")
        scene._idps.clear()
        assert scene.settle().groups_of("ada@example.com") == set()

    def test_an_idp_that_is_down_for_jira_is_planned_later(self, scene: Scene) -> None:
        scene.control.add_fault("status", match={"operation": "findUsers"}, times=3, status=503)
        idp = dry_idp(scene)
        idp.create_user("ada@example.com")
        assert shown(planned(scene)) == {("createAccount", "ada@example.com", None)}
        assert writes(scene) == []


class TestTwoIdps:
    def test_a_live_one_neither_gives_nor_takes_for_one_in_dry_run(self, scene: Scene) -> None:
        dry, live = dry_idp(scene), scene.idp(name=LIVE)
        twin, ada = dry.create_user("ada@example.com"), live.create_user("ada@example.com")
        dry.create_group("dry-only", [twin["id"]])
        dry_both, both = (idp.create_group("both", [user["id"]])
                          for idp, user in ((dry, twin), (live, ada)))
        only = live.create_group("live-only", [ada["id"]])
        held = scene.settle()
        assert held.groups_of("ada@example.com") == {"both", "live-only", SOFTWARE}
        assert shown(planned(scene)) == {("createGroup", None, "dry-only"),
                                         ("addMember", "ada@example.com", "dry-only")}
        # The live one ends its part: what the other one wants, too, stays.
        remove_member(live, both, ada)
        remove_member(live, only, ada)
        assert scene.settle().groups_of("ada@example.com") == {"both", SOFTWARE}
        deactivate(live, ada)
        assert scene.settle().groups_of("ada@example.com") == {"both", SOFTWARE}
        view = explain(scene, ada, LIVE)
        assert ("dryRun", "removeMember", "both") in withheld_of(view)
        # And then so does the other one: its own end, which waits.
        remove_member(dry, dry_both, twin)
        scene.settle()
        deactivate(live, ada, active=True)
        assert scene.settle().groups_of("ada@example.com") == {"both", SOFTWARE}
        assert ("removeMember", "ada@example.com", "both") in shown(planned(scene))
        scene.admin.set_state(DRY, "live")
        assert scene.settle().groups_of("ada@example.com") == {"dry-only", SOFTWARE}

    def test_who_wants_it(self, scene: Scene) -> None:
        dry, live = dry_idp(scene), scene.idp(name=LIVE)
        twin, ada = dry.create_user("ada@example.com"), live.create_user("ada@example.com")
        dry.create_group("both", [twin["id"]])
        live.create_group("both", [ada["id"]])
        scene.settle()
        view = explain(scene, twin)
        assert [(one["idp"], one["dryRun"]) for one in view["told"]] in (
            [(DRY, True), (LIVE, False)], [(LIVE, False), (DRY, True)])
        both = [one for one in view["wanted"]["groups"] if one["group"] == "both"]
        assert {reason["idp"] for one in both for reason in one["why"]} == {DRY, LIVE}
        assert view["held"]["account"]["ours"] is True
        assert [(one["group"], one["state"]) for one in view["held"]["memberships"]] \
            == [("both", "ours")]


class TestWhy:
    def test_somebody_new(self, scene: Scene) -> None:
        idp = dry_idp(scene)
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("team", [ada["id"]])
        scene.settle()
        view = explain(scene, ada)
        assert calls_of(view) == [("createAccount", None), ("addMember", "team")]
        create, add = view["steps"]
        assert (create["method"], create["path"]) == ("POST", "/rest/api/3/user")
        assert create["what"] == "create an account for ada@example.com with jira-software"
        assert create["why"][0]["text"] == f"{DRY} tells of ada@example.com as active"
        assert add["what"] == "put ada@example.com into team" and add["groupId"] is None
        assert [(why["idp"], why["group"], why["rule"]) for why in add["why"]] \
            == [(DRY, "team", "groups.otherwise")]
        assert view["when"] == "live" and view["task"]["state"] == "planned"
        assert view["held"] == {"account": None, "memberships": []}
        view = explain(scene, group, kind="groups")
        assert calls_of(view) == [("createGroup", "team")]
        assert view["told"][0]["displayName"] == "team" and view["held"] == {"groups": []}

    def test_what_is_not_looked_up_yet_is_supposed(self, scene: Scene) -> None:
        idp = scene.idp(name=LIVE, state="paused")
        ada = idp.create_user("ada@example.com")
        idp.create_group("team", [ada["id"]])
        view = explain(scene, ada, LIVE)
        assert calls_of(view) == [("findAccount", None), ("createAccount", None),
                                  ("addMember", "team")]
        assert view["steps"][1]["unless"] == "there is an account of this address"
        assert (view["when"], view["task"]["state"]) == ("resumed", "waiting")
        assert writes(scene) == []

    def test_nothing_to_do(self, scene: Scene) -> None:
        idp = scene.idp(name=LIVE)
        ada = idp.create_user("ada@example.com")
        idp.create_group("team", [ada["id"]])
        scene.settle()
        view = explain(scene, ada, LIVE)
        assert (view["when"], view["steps"], view["withheld"], view["task"]) \
            == ("done", [], [], None)
        assert view["wanted"]["groups"][0]["group"] == "team"
        plan = scene.admin.plan(LIVE)
        assert (plan["subjects"], plan["next"]) == ([], None)
        assert len(scene.admin.plan(LIVE, all=True)["subjects"]) == 2

    def test_a_protected_group(self, scene: Scene) -> None:
        scene.put_site(protectedGroups=["vip-*"])
        idp = dry_idp(scene)
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("vip-board", [ada["id"]])
        scene.settle()
        view = explain(scene, ada)
        assert withheld_of(view) == [("protected", "addMember", "vip-board")]
        assert '"vip-*" in protectedGroups' in view["withheld"][0]["text"]
        assert view["withheld"][0]["why"][0]["idp"] == DRY
        view = explain(scene, group, kind="groups")
        assert withheld_of(view) == [("protected", "findGroup", "vip-board")]
        assert "push it no more" in view["withheld"][0]["mend"] and view["steps"] == []

    def test_a_group_that_became_protected(self, scene: Scene) -> None:
        idp = scene.idp(name=LIVE)
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("devs", [ada["id"]])
        scene.settle()
        scene.control.edit("set-group", group="devs", access_type="admin")
        scene.put_site()
        until(lambda: "devs" in scene.parked(), "the group's task to say it")
        remove_member(idp, group, ada)
        scene.settle()
        view = explain(scene, ada, LIVE)
        assert ("protected", "removeMember", "devs") in withheld_of(view)
        assert view["when"] == "retried" and view["task"]["class"] == "person"
        held = {one["group"]: one["protected"] for one in view["held"]["memberships"]}
        assert "Jira's administrators" in held["devs"]

    def test_no_seat(self, scene: Scene) -> None:
        scene.control.configure(seats={"jira-software": 1})
        scene.put_site()
        idp = dry_idp(scene)
        none = [{"site": scene.site, "product": "jira-software", "seats": 1, "left": 0}]
        # A plan stays as it was made: it is to be made of what Jira has now.
        until(lambda: scene.admin.plan(DRY)["seats"] == none, "the seats to be known")
        ada = idp.create_user("ada@example.com")
        scene.settle()
        view = explain(scene, ada)
        assert withheld_of(view) == [("seat", "createAccount", None)]
        assert "no seat left (1 of 1 used)" in view["withheld"][0]["text"]
        assert "buy more" in view["withheld"][0]["mend"]
        plan = scene.admin.plan(DRY)
        assert plan["planned"]["withheld"] == {"seat": 1}
        assert plan["seats"] == none

    def test_the_owner_of_the_token(self, scene: Scene) -> None:
        idp = dry_idp(scene)
        user = idp.create_user(scene.jira.email)
        idp.create_group("team", [user["id"]])
        scene.settle()
        view = explain(scene, user)
        assert withheld_of(view) == [("owner", "addMember", "team")]
        assert view["steps"] == []

    def test_what_is_not_ours(self, scene: Scene) -> None:
        scene.control.edit("add-account", email="ada@example.com")
        scene.control.edit("add-group", name="devs")
        scene.control.edit("add-member", group="devs", account="ada@example.com")
        idp = scene.idp(name=LIVE)
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("devs", [ada["id"]])
        scene.settle()
        remove_member(idp, group, ada)
        scene.settle()
        assert scene.held().groups_of("ada@example.com") == {"devs"}
        view = explain(scene, ada, LIVE)
        assert withheld_of(view) == [("notOurs", "removeMember", "devs")]
        assert "before the module was" in view["withheld"][0]["text"]

    def test_an_address_that_is_none(self, scene: Scene) -> None:
        idp = dry_idp(scene)
        jo = idp.create_user("jo")
        scene.settle()
        view = explain(scene, jo)
        assert [one["kind"] for one in view["withheld"]] == ["address"]
        assert "no e-mail address" in view["withheld"][0]["text"]

    def test_a_rename(self, scene: Scene) -> None:
        idp = scene.idp(name=LIVE)
        group = idp.create_group("devs")
        scene.settle()
        rename(idp, group, "crew")
        scene.settle()
        view = explain(scene, group, LIVE, "groups")
        assert [one["kind"] for one in view["withheld"]] == ["rename"]
        assert "rename devs to crew" in view["withheld"][0]["mend"]
        assert view["held"]["groups"][0]["name"] == "devs"

    def test_administrators_that_are_not_known(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0124", count=1)
        idp = scene.idp(name=LIVE)
        idp.create_group("known")
        scene.settle()
        scene.control.add_fault("status", match={"path": "accessType"}, times=None, status=503)
        scene.put_site()
        group = idp.create_group("devs")
        httpd.error_log.wait_for("SCIM0124")
        until(lambda: withheld_of(explain(scene, group, LIVE, "groups"))
              == [("unread", "findGroup", "devs")], "the plan to say it")
        scene.control.remove_faults()
        scene.settle()

    def test_jira_said_no(self, scene: Scene) -> None:
        scene.control.edit("add-account", email="bot@example.com", account_type="app")
        idp = scene.idp(name=LIVE)
        bot = idp.create_user("bot@example.com")
        scene.settle()
        view = explain(scene, bot, LIVE)
        refused = [one for one in view["withheld"] if one["kind"] == "refused"]
        assert len(refused) == 1 and "app's" in refused[0]["text"]
        assert view["when"] == "retried"

    def test_the_guard(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160")
        idp = scene.idp(name=LIVE)
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("devs", [ada["id"]])
        scene.settle()
        limit = {"number": 0, "percent": 0}
        scene.admin.put_rules(LIVE, {"guard": {"memberships": limit, "deactivations": limit}})
        scene.settle()
        remove_member(idp, group, ada)
        scene.settle()
        view = explain(scene, ada, LIVE)
        assert withheld_of(view) == [("guard", "removeMember", "devs")]
        assert "held by the guard" in view["withheld"][0]["text"]
        assert (view["when"], view["steps"]) == ("released", [])
        assert scene.held().groups["devs"] == {"ada@example.com"}

    def test_by_name_and_by_address(self, scene: Scene) -> None:
        idp = dry_idp(scene)
        jo = idp.create_user("jo", emails=[{"value": "Jo.Smith@example.com", "primary": True}])
        group = idp.create_group("Team")
        for query in ("jo", "JO", "jo.smith@EXAMPLE.com"):
            found = scene.admin.get(f"/api/idps/{DRY}/users/plan?userName={query}").expect(200)
            assert found.json()["id"] == jo["id"]
        found = scene.admin.get(f"/api/idps/{DRY}/groups/plan?displayName=team").expect(200).json()
        assert (found["id"], found["kind"], found["name"]) == (group["id"], "group", "Team")
        idp.create_user("j2", emails=[{"value": "jo.smith@example.com", "primary": True}])
        assert_problem(scene.admin.get(
            f"/api/idps/{DRY}/users/plan?userName=jo.smith@example.com"), 409, "Several")


class TestAddresses:
    @pytest.mark.parametrize("path", [
        "users/nobody/plan", "groups/nobody/plan", "users/plan?userName=nobody",
        "groups/plan?displayName=nobody", "users", "users/nobody", "users/nobody/plans",
        "plan/more", "groups/a/plan/b", "rules/try/more", "plans"])
    def test_what_there_is_not(self, path: str, scene: Scene) -> None:
        dry_idp(scene)
        assert_problem(scene.admin.get(f"/api/idps/{DRY}/{path}"), 404)

    def test_another_idps_users_are_not_its_own(self, scene: Scene) -> None:
        dry_idp(scene)
        user = scene.idp(name=LIVE).create_user("ada@example.com")
        assert_problem(scene.admin.get(f"/api/idps/{DRY}/users/{user['id']}/plan"), 404)
        assert_problem(scene.admin.get(f"/api/idps/{LIVE}/groups/{user['id']}/plan"), 404)
        assert_problem(scene.admin.get(f"/api/idps/none/users/{user['id']}/plan"), 404, "none")
        assert_problem(scene.admin.post("/api/idps/none/plan", {}), 404, "none")
        scene.settle()

    def test_methods(self, scene: Scene) -> None:
        ada = dry_idp(scene).create_user("ada@example.com")
        path = f"/api/idps/{DRY}/users/{ada['id']}/plan"
        assert scene.admin.request("HEAD", path).expect(200).body == b""
        for method, where, allow in (("POST", path, "GET, HEAD"), ("DELETE", path, "GET, HEAD"),
                                     ("GET", f"/api/idps/{DRY}/plan", "POST")):
            answer = scene.admin.request(method, where, {} if method == "POST" else None)
            assert_problem(answer, 405)
            assert answer.headers["Allow"] == allow
        scene.settle()

    @pytest.mark.parametrize("body, words", [
        ({"limit": 0}, "limit"), ({"limit": 1001}, "limit"), ({"limit": "1"}, "limit"),
        ({"limit": 2**32 + 1}, "limit"), ({"limit": -1}, "limit"),
        ({"all": "yes"}, "all"), ({"after": 1}, "after"), ({"page": 1}, "page")])
    def test_bad_pages(self, body: dict[str, Any], words: str, scene: Scene) -> None:
        dry_idp(scene)
        assert_problem(scene.admin.post(f"/api/idps/{DRY}/plan", body), 400, words)

    @pytest.mark.parametrize("path, words", [
        ("users/plan", "userName"), ("groups/plan", "displayName"),
        ("users/plan?name=jo", "name"), ("users/x/plan?userName=jo", "userName"),
        ("tokens?x=1", "x")])
    def test_bad_queries(self, path: str, words: str, scene: Scene) -> None:
        dry_idp(scene)
        assert_problem(scene.admin.get(f"/api/idps/{DRY}/{path}"), 400, words)

    def test_states(self, scene: Scene) -> None:
        dry_idp(scene)
        assert scene.admin.get(f"/api/idps/{DRY}").json()["state"] == "dryRun"
        assert_problem(scene.admin.patch(f"/api/idps/{DRY}", {"state": "dry run"}), 400, "dryRun")
        events = scene.admin.events(f"idp={DRY}&kind=idp.changed")
        scene.admin.set_state(DRY, "live")
        changed = scene.admin.events(f"idp={DRY}&kind=idp.changed")[:-len(events) or None]
        assert changed[0]["change"]["state"] == {"before": "dryRun", "after": "live"}


def everything(admin: AdminClient) -> tuple[Any, ...]:
    return admin.tasks("limit=1000"), admin.events("limit=1000"), admin.idps(), admin.sites()


def test_pages_of_many(scene: Scene) -> None:
    """And looking changes nothing."""
    idp = dry_idp(scene)
    users = [idp.create_user(f"p{number}@example.com") for number in range(30)]
    idp.create_group("team", [user["id"] for user in users])
    scene.settle()
    before = everything(scene.admin)
    pages, after = [], None
    while after is not None or not pages:
        pages.append(scene.admin.plan(DRY, limit=7, **({"after": after} if after else {})))
        after = pages[-1]["next"]
    seen = [subject["id"] for page in pages for subject in page["subjects"]]
    assert len(seen) == len(set(seen)) == 31
    assert pages[0]["planned"] == {"calls": {"createAccount": 30, "createGroup": 1,
                                             "addMember": 30}, "withheld": {}}
    assert sum(page["page"]["calls"].get("addMember", 0) for page in pages) == 30
    for user in users[:3]:
        scene.admin.plan_of(DRY, user)
    assert everything(scene.admin) == before
    assert writes(scene) == []


def test_those_alone_whose_plan_has_a_call_or_a_reason(scene: Scene) -> None:
    idp = dry_idp(scene)
    users = [idp.create_user(f"p{number}@example.com") for number in range(6)]
    idp.create_group("team", [users[0]["id"], users[1]["id"]])
    idp.create_group("site-admins", [users[2]["id"]])
    scene.settle()

    def names(**page: Any) -> set[str]:
        return {subject["name"] for subject in scene.admin.plan(DRY, **page)["subjects"]}

    assert names(call="addMember") == {"p0@example.com", "p1@example.com"}
    assert names(call="createGroup") == {"team"}
    assert names(call="removeMember") == set()
    assert names(withheld="protected") == {"p2@example.com", "site-admins"}
    first = scene.admin.plan(DRY, call="createAccount", limit=4, sums=False)
    assert (first["tasks"], first["planned"], len(first["subjects"])) == (None, None, 4)
    assert first["page"]["calls"]["createAccount"] == 4
    second = scene.admin.plan(DRY, call="createAccount", limit=4, after=first["next"])
    assert second["planned"]["calls"]["createAccount"] == 6 and second["next"] is None
    assert {one["id"] for one in first["subjects"] + second["subjects"]} == {
        user["id"] for user in users}
    # What was planned and is told anew is not planned any more.
    scene.admin.set_state(DRY, "live")
    scene.settle()
    assert names(call="addMember") == set()


@pytest.mark.parametrize("page", [
    {"call": "removeMembers"}, {"withheld": "seats"}, {"call": "addMember", "withheld": "seat"},
    {"call": "addMember", "all": True}, {"sums": "no"}, {"all": 1}, {"call": 7}])
def test_what_no_plan_has_is_refused(page: dict[str, Any], scene: Scene) -> None:
    dry_idp(scene)
    assert_problem(scene.admin.post(f"/api/idps/{DRY}/plan", page), 400)

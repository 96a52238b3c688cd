"""Authoritative groups: who is in them is what identity providers say, and they alone.

People whom others had put into one are here; what is found by comparing in test_drift.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, deactivate, remove_member, scene)
from tests.integration.test_drift import (
    ask, differences, events, reconcile, wait_for_end)

pytestmark = pytest.mark.any_mpm

User = dict[str, Any]
STRICT = {"groups": {"authoritative": True}}


def adopted(scene: Scene, idp: ScimClient, size: int = 3) -> tuple[list[User], User]:
    """The IdP's group, which was in Jira before, with the same people."""
    scene.control.edit("add-group", name="devs")
    for number in range(size):
        scene.control.edit("add-account", email=f"p{number}@example.com",
                           products=["jira-software"])
        scene.control.edit("add-member", group="devs", account=f"p{number}@example.com")
    users = [idp.create_user(f"p{number}@example.com") for number in range(size)]
    group = idp.create_group("devs", [user["id"] for user in users])
    scene.settle()
    return users, group


def rules(scene: Scene, idp: ScimClient, **more: Any) -> None:
    scene.admin.put_rules(scene.name_of(idp), {**STRICT, **more})
    scene.settle()


def look_anew(scene: Scene, idp: ScimClient, group: User) -> None:
    """The IdP says something new of the group, which has nothing to do with who is in it."""
    idp.patch_operations(f"/Groups/{group['id']}", {
        "op": "replace", "path": "externalId", "value": f"again-{len(scene.calls())}"})
    until(lambda: not [task for task in scene.admin.tasks("state=waiting&kind=group")
                       if not task["nextAt"] or task["attempts"] == 0], "the group's task to end")


def in_devs(scene: Scene) -> set[str]:
    return {address.partition("@")[0] for address in scene.held().groups["devs"]}


def removals(scene: Scene) -> list[str]:
    return [event["name"] for event in events(scene, "jira.member.removed")]


class TestWhoLeavesTheGroup:
    """They are told, active, and not in the group any more."""

    def test_goes_at_once_though_others_had_put_them_there(self, scene: Scene) -> None:
        idp = scene.idp()
        users, group = adopted(scene, idp)
        rules(scene, idp)
        assert in_devs(scene) == {"p0", "p1", "p2"}
        remove_member(idp, group, users[0])
        assert scene.settle().groups_of("p0@example.com") == {SOFTWARE}
        [event] = events(scene, "jira.member.removed")
        assert (event["name"], event["detail"]) == ("p0@example.com", "devs")
        assert differences(reconcile(scene)) == {}
        add_members(idp, group, users[0])
        scene.settle()
        assert in_devs(scene) == {"p0", "p1", "p2"}

    def test_also_out_of_a_group_in_it(self, scene: Scene) -> None:
        idp = scene.idp()
        users, devs = adopted(scene, idp)
        rules(scene, idp, groups={"authoritative": True, "mappings": [
            {"group": "core", "jiraGroups": ["devs"]}, {"group": "inner", "jiraGroups": ["x"]}]})
        inner = idp.create_group("inner", [user["id"] for user in users])
        idp.create_group("core", [inner["id"]])
        idp.delete(f"/Groups/{devs['id']}").expect(204)
        scene.settle()
        assert in_devs(scene) == {"p0", "p1", "p2"}
        remove_member(idp, inner, users[1])
        scene.settle()
        assert in_devs(scene) == {"p0", "p2"}

    def test_stays_where_the_idp_does_not_decide_alone(self, scene: Scene) -> None:
        idp = scene.idp()
        users, group = adopted(scene, idp)
        remove_member(idp, group, users[0])
        scene.settle()
        assert in_devs(scene) == {"p0", "p1", "p2"}

    def test_is_counted_by_the_guard(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160", count=1)
        idp = scene.idp()
        users, group = adopted(scene, idp, 6)
        rules(scene, idp, guard={"memberships": {"number": 4, "percent": 100}})
        name = scene.name_of(idp)
        scene.admin.set_state(name, "paused")
        for user in users[:5]:
            remove_member(idp, group, user)
        scene.admin.set_state(name, "live")
        until(lambda: len(scene.admin.tasks("state=held")) == 5, "the guard to hold all of them")
        assert len(in_devs(scene)) == 6
        scene.admin.post(f"/api/idps/{name}/guard/release", {}).expect(200)
        scene.settle()
        assert in_devs(scene) == {"p5"}

    def test_is_seen_beforehand(self, scene: Scene) -> None:
        idp = scene.idp()
        users, group = adopted(scene, idp)
        rules(scene, idp)
        name = scene.name_of(idp)
        scene.admin.set_state(name, "paused")
        remove_member(idp, group, users[0])
        [site] = scene.admin.plan_of(name, users[0])["sites"]
        assert [(step["call"], step["group"]) for step in site["steps"]] == [
            ("removeMember", "devs")]

    def test_what_was_missed_is_found_by_comparing(self, scene: Scene) -> None:
        """Told for the first time, and not in the group: she may be told as its member yet."""
        idp = scene.idp()
        users, group = adopted(scene, idp)
        rules(scene, idp)
        scene.control.edit("add-account", email="ada@example.com")
        scene.control.edit("add-member", group="devs", account="ada@example.com")
        ada = idp.create_user("ada@example.com")
        scene.settle()
        assert in_devs(scene) == {"ada", "p0", "p1", "p2"}
        [site] = scene.admin.plan_of(scene.name_of(idp), ada)["sites"]
        [withheld] = [one for one in site["withheld"] if one["kind"] == "notOurs"]
        assert withheld["group"] == "devs" and "the task of the group ends it" in withheld["text"]
        found = reconcile(scene)
        assert differences(found) == {"member.extra": 1}
        assert found["found"]["findings"][0]["name"] == "ada@example.com"
        assert in_devs(scene) == {"p0", "p1", "p2"} and removals(scene) == ["ada@example.com"]
        assert differences(reconcile(scene)) == {}

    def test_comparing_takes_nobody_whom_the_idp_wants(self, scene: Scene) -> None:
        idp = scene.idp()
        users, group = adopted(scene, idp)
        rules(scene, idp)
        assert differences(reconcile(scene)) == {}
        assert in_devs(scene) == {"p0", "p1", "p2"} and removals(scene) == []


class TestManyStrangers:
    def test_more_than_a_page_of_them(self, scene: Scene) -> None:
        idp = scene.idp()
        users, group = adopted(scene, idp)
        rules(scene, idp, guard={"enabled": False})
        name = scene.name_of(idp)
        strangers = [f"x{number:03}@example.org" for number in range(230)]
        scene.control.edits([edit for address in strangers for edit in (
            {"action": "add-account", "email": address},
            {"action": "add-member", "group": "devs", "account": address})])
        scene.admin.set_state(name, "paused")
        ask(scene)
        assert differences(wait_for_end(scene)) == {"member.extra": 230}
        for state in ("paused", "dryRun"):
            scene.admin.set_state(name, state)
            until(lambda: state == "paused" or scene.waiting() == 0, "a dry run to be planned")
            plan = scene.admin.get(f"/api/idps/{name}/groups/plan?displayName=devs").expect(200)
            assert len([step for step in plan.json()["sites"][0]["steps"]
                        if step["call"] == "removeMember"]) == 230
        [task] = scene.admin.tasks(f"idp={name}&kind=group")
        assert task["state"] == "planned"
        assert len(scene.held().groups["devs"]) == 233
        scene.admin.set_state(name, "live")
        assert scene.settle().groups["devs"] == {user["userName"] for user in users}
        assert scene.parked() == {} and scene.admin.tasks(f"idp={name}") == []


class TestWhoIsNotTold:
    """Members of whom no IdP tells: an administrator must recognise whom to decide about."""

    def test_is_named_as_jira_calls_them(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160", count=1)
        idp = scene.idp()
        adopted(scene, idp)
        rules(scene, idp, guard={"memberships": {"number": 0}})
        scene.control.edit("add-account", email="eve@example.com")
        scene.control.edit("add-account", email="sam@example.com", displayName="Sam Shy",
                           hiddenEmail=True)
        for name in ("eve", "sam"):
            scene.control.edit("add-member", group="devs", account=f"{name}@example.com")
        reconcile(scene)
        [task] = until(lambda: scene.admin.tasks("state=held"), "the guard to hold it")
        assert set(task["takes"].split(", ")) == {"eve@example.com in devs", "Sam Shy in devs"}
        scene.admin.post(f"/api/tasks/{task['id']}/release", {}).expect(204)
        scene.settle()
        assert set(removals(scene)) == {"eve@example.com", "Sam Shy"}


class TestLeavers:
    """What becomes of them is said by the rules for leavers, also in an authoritative group."""

    def test_the_grace_period_holds(self, scene: Scene) -> None:
        idp = scene.idp()
        users, group = adopted(scene, idp)
        rules(scene, idp, users={"gracePeriod": 3600})
        deactivate(idp, users[0])
        detail = until(lambda: [one["detail"] for one in scene.admin.tasks("state=waiting")
                                if one["name"] == "p0@example.com" and one["detail"]],
                       "the grace period to be said")
        assert "until the grace period is over" in detail[0]
        look_anew(scene, idp, group)
        scene.admin.post(f"/api/sites/{scene.site}/reconcile", {}).expect(202)
        until(lambda: events(scene, "reconcile.done"), "the comparison to end")
        look_anew(scene, idp, group)
        assert in_devs(scene) == {"p0", "p1", "p2"} and removals(scene) == []
        deactivate(idp, users[0], active=True)
        scene.settle()
        assert in_devs(scene) == {"p0", "p1", "p2"} and removals(scene) == []

    def test_nothing_means_nothing(self, scene: Scene) -> None:
        idp = scene.idp()
        users, group = adopted(scene, idp)
        rules(scene, idp, users={"onDeactivate": "nothing"})
        deactivate(idp, users[0])
        scene.settle()
        look_anew(scene, idp, group)
        assert differences(reconcile(scene)) == {}
        assert in_devs(scene) == {"p0", "p1", "p2"}

    def test_who_never_came_has_not_left(self, scene: Scene) -> None:
        """Deactivated before the IdP went live: the module has never known the person's account."""
        idp = scene.idp()
        adopted(scene, idp)
        name = scene.name_of(idp)
        scene.admin.set_state(name, "paused")
        scene.control.edit("add-account", email="ada@example.com")
        scene.control.edit("add-member", group="devs", account="ada@example.com")
        deactivate(idp, idp.create_user("ada@example.com"))
        scene.admin.put_rules(name, {**STRICT, "users": {"onDeactivate": "nothing"}})
        scene.admin.set_state(name, "live")
        scene.settle()
        assert differences(reconcile(scene)) == {"member.extra": 1}
        scene.settle()
        assert in_devs(scene) == {"p0", "p1", "p2"} and removals(scene) == ["ada@example.com"]

    @pytest.mark.parametrize("leave", [
        lambda idp, user: deactivate(idp, user),
        lambda idp, user: idp.delete(f"/Users/{user['id']}").expect(204)],
        ids=["deactivated", "deleted"])
    def test_take_back_takes_it_as_a_deactivation(self, leave: Any, scene: Scene,
                                                  httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160", count=1)
        idp = scene.idp()
        users, group = adopted(scene, idp)
        rules(scene, idp, guard={"deactivations": {"number": 0}})
        leave(idp, users[0])
        [task] = until(lambda: scene.admin.tasks("state=held"), "the guard to hold it")
        assert "1 person would lose their access" in task["detail"]
        look_anew(scene, idp, group)
        assert in_devs(scene) == {"p0", "p1", "p2"}
        scene.admin.post(f"/api/idps/{scene.name_of(idp)}/guard/release", {}).expect(200)
        assert scene.settle().groups_of("p0@example.com") == {SOFTWARE}

    def test_also_where_the_idp_had_not_put_them(self, scene: Scene) -> None:
        idp = scene.idp()
        adopted(scene, idp)
        rules(scene, idp, users={"gracePeriod": 3600})
        scene.control.edit("add-account", email="ada@example.com", products=["jira-software"])
        scene.control.edit("add-member", group="devs", account="ada@example.com")
        ada = idp.create_user("ada@example.com")
        assert scene.settle().groups_of("ada@example.com") == {SOFTWARE, "devs"}
        deactivate(idp, ada)
        until(lambda: [one for one in scene.admin.tasks("state=waiting") if one["detail"]],
              "the grace period to begin")
        assert scene.held().groups_of("ada@example.com") == {SOFTWARE, "devs"}
        scene.admin.put_rules(scene.name_of(idp), STRICT)
        assert scene.settle().groups_of("ada@example.com") == {SOFTWARE}


class TestWhoIsNotKnown:
    @pytest.fixture
    def blocked(self, scene: Scene) -> tuple[ScimClient, User, User]:
        """Zoe should be in it, and has no address; eve, whom nobody knows, may be Zoe."""
        idp = scene.idp()
        users, group = adopted(scene, idp, 2)
        zoe = idp.create_user("zoe", emails=[])
        add_members(idp, group, zoe)
        scene.control.edit("add-account", email="ada@example.com")
        idp.create_user("ada@example.com")
        scene.settle()
        rules(scene, idp)
        for address in ("ada@example.com", "eve@example.com"):
            if address not in scene.held().accounts:
                scene.control.edit("add-account", email=address)
            scene.control.edit("add-member", group="devs", account=address)
        reconcile(scene)
        return idp, zoe, group

    def test_it_is_a_matter_for_a_person(self, scene: Scene, blocked: Any) -> None:
        task = scene.parked()["devs"]
        assert task["class"] == "person"
        assert "the Jira account of zoe is not known" in task["detail"]
        assert "take them out of the group in the identity provider" in task["detail"]
        assert scene.waiting() == 0
        [site] = scene.admin.plan_of(scene.name_of(blocked[0]), blocked[2], "groups")["sites"]
        assert site["withheld"] and "zoe" in site["withheld"][0]["text"]

    def test_who_is_surely_somebody_else_goes(self, scene: Scene, blocked: Any) -> None:
        """Ada's account stands for ada in the same identity provider."""
        assert in_devs(scene) == {"eve", "p0", "p1"}

    def test_it_goes_on_when_she_is_out_of_the_group(self, scene: Scene, blocked: Any) -> None:
        idp, zoe, group = blocked
        remove_member(idp, group, zoe)
        scene.settle()
        assert in_devs(scene) == {"p0", "p1"} and set(scene.parked()) == {"zoe"}

    def test_it_goes_on_when_her_address_is_told(self, scene: Scene, blocked: Any) -> None:
        idp, zoe, group = blocked
        idp.patch_operations(f"/Users/{zoe['id']}", {
            "op": "add", "path": "emails", "value": [{"value": "eve@example.com"}]}).expect(200)
        scene.settle()
        assert in_devs(scene) == {"eve", "p0", "p1"} and scene.parked() == {}

    def test_who_will_be_known_soon_is_waited_for(self, scene: Scene) -> None:
        idp = scene.idp()
        users, group = adopted(scene, idp, 2)
        rules(scene, idp)
        scene.control.edit("add-account", email="eve@example.com")
        scene.control.edit("add-member", group="devs", account="eve@example.com")
        scene.control.add_fault("status", match={"operation": "createUser"}, times=None,
                                status=503)
        bob = idp.create_user("bob@example.com")
        add_members(idp, group, bob)
        scene.admin.post(f"/api/sites/{scene.site}/reconcile", {}).expect(202)
        [detail] = until(lambda: [one["detail"] for one in scene.admin.tasks("state=waiting")
                                  if one["name"] == "devs" and one["detail"]],
                         "the group's task to wait")
        assert "the Jira account of bob@example.com is not known" in detail
        assert "eve" in in_devs(scene) and "devs" not in scene.parked()
        scene.control.remove_faults()
        until(lambda: "bob" in in_devs(scene), "bob to come", 60)


class TestAccessThatIsKept:
    """Two identity providers fill a group, one of them decides; the other one is deleted."""

    @pytest.fixture
    def two(self, scene: Scene) -> tuple[ScimClient, ScimClient]:
        idp, other = scene.idp(), scene.idp()
        adopted(scene, idp)
        ann = other.create_user("ann@example.com")
        bob = other.create_user("p0@example.com")
        other.create_group("devs", [ann["id"], bob["id"]])
        scene.settle()
        rules(scene, idp, precedence=1)
        assert in_devs(scene) == {"ann", "p0", "p1", "p2"}
        return idp, other

    def test_it_is_said_who_will_not_keep_it(self, scene: Scene, two: Any) -> None:
        idp, other = two
        name = scene.name_of(other)
        answer = scene.admin.delete(f"/api/idps/{name}?access=keep").expect(200).json()
        scene.forget(name)
        [kept] = answer["notKept"]
        assert (kept["site"], kept["group"], kept["idp"], kept["members"]) == \
            (scene.site, "devs", scene.name_of(idp), 1)
        [event] = scene.admin.events(f"kind=idp.deleted&idp={name}")
        assert "access kept" in event["detail"] and "devs" in event["detail"]
        assert in_devs(scene) == {"ann", "p0", "p1", "p2"}
        assert differences(reconcile(scene)) == {"member.extra": 1}
        assert in_devs(scene) == {"p0", "p1", "p2"}

    def test_the_same_when_it_no_longer_feeds_the_site(self, scene: Scene, two: Any,
                                                       httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0122", optional=True)  # the other site is not there
        name = scene.name_of(two[1])
        elsewhere = f"{scene.site}-b"
        scene.admin.put_site(elsewhere, "http://127.0.0.1:1", "demo@example.com", "demo-token")
        answer = scene.admin.patch(f"/api/idps/{name}?access=keep",
                                   {"sites": [elsewhere]}).expect(200).json()
        assert [one["group"] for one in answer["notKept"]] == ["devs"]
        [event] = events(scene, "idp.site.removed")
        assert "decides alone" in event["detail"]
        assert "notKept" not in scene.admin.get(f"/api/idps/{name}").expect(200).json()
        scene.admin.delete_idp(name)
        scene.forget(name)
        scene.admin.delete_site(elsewhere)

    def test_nothing_is_said_when_all_of_it_is_kept(self, scene: Scene, two: Any) -> None:
        idp, other = two
        scene.admin.put_rules(scene.name_of(idp), {})
        scene.settle()
        name = scene.name_of(other)
        scene.admin.delete(f"/api/idps/{name}?access=keep").expect(204)
        scene.forget(name)
        assert differences(reconcile(scene)) == {}
        assert in_devs(scene) == {"ann", "p0", "p1", "p2"}

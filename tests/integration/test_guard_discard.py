"""What becomes of tasks that the guard holds: discarded, or without anything to take any more."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, deactivate, remove_member, scene)
from tests.integration.test_admin import assert_problem
from tests.integration.test_drift import differences, reconcile
from tests.integration.test_guard import decide, events, held, told_at_once, trips, with_access

# Nothing passes without an administrator, however little it is.
pytestmark = pytest.mark.any_mpm

NOTHING = {"guard": {kind: {"number": 0} for kind in ("deactivations", "deletions", "memberships")}}


@pytest.fixture(autouse=True)
def guarded(httpd: Httpd) -> Iterator[None]:
    """Each time that it trips, it says so in the log."""
    httpd.error_log.expect("SCIM0160", optional=True)
    yield


def person(idp: ScimClient, name: str, user_name: str | None = None) -> dict[str, Any]:
    return idp.create_user(user_name or f"{name}@example.com",
                           emails=[{"value": f"{name}@example.com", "primary": True}])


def people(idp: ScimClient, count: int = 3) -> list[dict[str, Any]]:
    return [person(idp, f"u{number}") for number in range(count)]


def guarded_idp(scene: Scene, rules: dict[str, Any] = NOTHING) -> ScimClient:
    idp = scene.idp()
    scene.admin.put_rules(scene.name_of(idp), rules)
    return idp


def delete(idp: ScimClient, *users: dict[str, Any], kind: str = "Users") -> None:
    for user in users:
        idp.delete(f"/{kind}/{user['id']}").expect(204)


def listed(scene: Scene, state: str) -> dict[str, dict[str, Any]]:
    return {task["name"]: task for task in scene.admin.tasks(f"state={state}")
            if task["site"] == scene.site}


def discarded(scene: Scene) -> dict[str, dict[str, Any]]:
    return listed(scene, "discarded")


def gone(scene: Scene, count: int = 3) -> tuple[ScimClient, list[dict[str, Any]]]:
    """People whom the IdP has deleted; the guard holds what they have."""
    idp = guarded_idp(scene)
    users = people(idp, count)
    scene.settle()
    told_at_once(scene, idp, lambda: delete(idp, *users))
    scene.settle()
    assert set(held(scene)) == {user["userName"] for user in users}
    return idp, users


def discarded_people(scene: Scene, count: int = 3) -> tuple[ScimClient, list[dict[str, Any]]]:
    idp, users = gone(scene, count)
    assert decide(scene, idp, "discard") == count
    scene.settle()
    return idp, users


class TestNames:
    """Who is held is known by name, also when the IdP has deleted the person."""

    def test_of_deleted_people_and_groups(self, scene: Scene) -> None:
        idp = guarded_idp(scene, {**NOTHING, "groups": {"delete": True}})
        jo = person(idp, "jo", "jo.smith")
        group = idp.create_group("devs")
        scene.settle()
        delete(idp, jo)
        delete(idp, group, kind="Groups")
        scene.settle()
        assert {(task["kind"], task["name"]) for task in scene.admin.tasks("state=held")} == {
            ("user", "jo.smith"), ("group", "devs")}
        task = listed(scene, "held")["jo.smith"]
        assert task["subject"] == jo["id"] and task["takes"] == SOFTWARE
        assert listed(scene, "held")["devs"]["takes"] == "the group itself"
        assert scene.admin.plan_of(scene.name_of(idp), jo)["name"] == "jo.smith"
        # As the events say it, which are found by the name and by the address.
        for wanted in ("jo.smith", "jo@example.com", jo["id"]):
            event, = scene.admin.events(f"person={wanted}&kind=task.held&site={scene.site}")
            assert event["name"] == "jo.smith"


class TestDiscarded:
    def test_deleted_people_stay_findable_by_name(self, scene: Scene) -> None:
        idp, users = discarded_people(scene)
        assert with_access(scene) == 3 and held(scene) == {} and trips(scene) == []
        assert set(discarded(scene)) == {user["userName"] for user in users}
        task = discarded(scene)["u0@example.com"]
        assert task["detail"].startswith("discarded by admin on 20")
        assert f"keeps {SOFTWARE}; a retry" in task["detail"]
        assert (task["takes"], task["class"], task["nextAt"]) == (SOFTWARE, "guard", None)
        assert scene.admin.status()["tasks"]["discarded"] == 3
        assert scene.admin.plan(scene.name_of(idp))["tasks"]["discarded"] == 3
        event, = events(scene, "guard.discarded")
        assert event["actor"] == "admin:admin" and event["detail"].startswith("3 tasks; ")
        for user in users:
            assert user["userName"] in event["detail"]
            one, = scene.admin.events(f"person={user['userName']}&kind=task.discarded"
                                      f"&site={scene.site}")
            assert (one["actor"], one["subject"], one["detail"]) == ("admin:admin", user["id"],
                                                                     SOFTWARE)

    def test_the_plan_says_what_is_kept_and_why(self, scene: Scene) -> None:
        idp, users = discarded_people(scene, 1)
        site, = scene.admin.plan_of(scene.name_of(idp), users[0])["sites"]
        assert site["when"] == "retried" and site["steps"] == []
        withheld = [one for one in site["withheld"] if one["kind"] == "guard"]
        assert withheld[0]["text"].startswith("discarded by admin on 20")
        assert "retry" in withheld[0]["mend"]

    def test_nothing_takes_it_by_the_way(self, scene: Scene) -> None:
        idp, _ = discarded_people(scene)
        name = scene.name_of(idp)
        before = discarded(scene)
        scene.admin.post("/api/tasks/retry", {}).expect(200)
        scene.admin.post(f"/api/tasks/retry?idp={name}", {}).expect(200)
        for task in before.values():
            answer = scene.admin.post(f"/api/tasks/retry?subject={task['subject']}", {}).json()
            [one] = answer["tasks"]
            assert (answer["retried"], one["id"], one["was"]) == (1, task["id"], "discarded")
            assert "stays" in one["effect"] and f"tasks/{task['id']}/retry" in one["effect"]
        scene.put_site()
        scene.settle()
        scene.admin.put_rules(name, {"guard": {"enabled": False}})
        scene.settle()
        scene.admin.set_state(name, "dryRun")
        scene.settle()
        scene.admin.set_state(name, "live")
        scene.settle()
        assert differences(reconcile(scene)) == {}
        assert with_access(scene) == 3 and discarded(scene).keys() == before.keys()
        assert {task["detail"] for task in discarded(scene).values()} == {
            task["detail"] for task in before.values()}
        assert len(events(scene, "task.discarded")) == 3 == len(events(scene, "task.held"))

    def test_a_retry_that_says_so_takes_it_and_is_guarded(self, scene: Scene) -> None:
        idp, _ = discarded_people(scene)
        scene.admin.retry(discarded(scene)["u0@example.com"]["id"])
        scene.settle()
        assert set(held(scene)) == {"u0@example.com"} and len(discarded(scene)) == 2
        answer = scene.admin.post("/api/tasks/retry?state=discarded", {}).expect(200)
        assert answer.json() == {"retried": 2}
        scene.settle()
        assert len(held(scene)) == 3 and discarded(scene) == {} and with_access(scene) == 3
        assert decide(scene, idp, "release") == 3
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {}

    def test_a_release_takes_it(self, scene: Scene) -> None:
        discarded_people(scene)
        scene.admin.post(f"/api/tasks/{discarded(scene)['u0@example.com']['id']}/release",
                         {}).expect(204)
        assert scene.settle().groups_of("u0@example.com") == set()
        assert len(discarded(scene)) == 2 and with_access(scene) == 2

    def test_one_of_them(self, scene: Scene) -> None:
        gone(scene)
        task = held(scene)["u1@example.com"]
        scene.admin.delete(f"/api/tasks/{task['id']}").expect(204)
        scene.settle()
        assert set(discarded(scene)) == {"u1@example.com"}
        assert len(held(scene)) == 2 and len(trips(scene)) == 1
        # Said twice by mistake, it is not lost.
        assert_problem(scene.admin.delete(f"/api/tasks/{task['id']}"), 409, "neither failed")
        assert set(discarded(scene)) == {"u1@example.com"}

    def test_what_the_idp_says_anew_ends_it(self, scene: Scene) -> None:
        idp = guarded_idp(scene)
        user, = people(idp, 1)
        group = idp.create_group("devs", [user["id"]])
        other = idp.create_group("ops", [user["id"]])
        scene.settle()
        remove_member(idp, group, user)
        scene.settle()
        assert held(scene)["u0@example.com"]["takes"] == "devs"
        decide(scene, idp, "discard")
        assert "keeps devs;" in discarded(scene)["u0@example.com"]["detail"]
        remove_member(idp, other, user)
        scene.settle()
        assert discarded(scene) == {}
        assert held(scene)["u0@example.com"]["takes"] in ("devs, ops", "ops, devs")

    def test_no_other_idp_takes_it(self, scene: Scene) -> None:
        idp, other = guarded_idp(scene), scene.idp()
        user, twin = person(idp, "u0"), person(other, "u0")
        scene.settle()
        deactivate(other, twin)
        scene.settle()
        delete(idp, user)
        scene.settle()
        decide(scene, idp, "discard")
        other.patch_operations(f"/Users/{twin['id']}", {
            "op": "replace", "path": "displayName", "value": "Twin"}).expect(200)
        assert scene.settle().groups_of("u0@example.com") == {SOFTWARE}
        tasks = [task for task in scene.admin.tasks("state=discarded")
                 if task["site"] == scene.site]
        assert {task["idp"] for task in tasks} == {scene.name_of(idp), scene.name_of(other)}
        beside, = [task for task in tasks if task["idp"] == scene.name_of(other)]
        decided = held_task(tasks, beside)
        assert beside["detail"].startswith(
            f"task {decided['id']} of the same person is discarded by admin")
        scene.admin.post(f"/api/tasks/{decided['id']}/release", {}).expect(204)
        assert scene.settle().groups_of("u0@example.com") == set()
        assert [task for task in scene.admin.tasks() if task["site"] == scene.site] == []

    def test_whom_another_idp_ends_later_leaves(self, scene: Scene) -> None:
        idp, other = guarded_idp(scene), scene.idp()
        user, twin = person(idp, "u0"), person(other, "u0")
        group = idp.create_group("devs", [user["id"]])
        scene.settle()
        remove_member(idp, group, user)
        scene.settle()
        decide(scene, idp, "discard")
        delete(idp, user)
        scene.settle()
        assert scene.settle().groups_of("u0@example.com") == {SOFTWARE, "devs"}
        decide(scene, idp, "discard")
        deactivate(other, twin)
        # Both have ended it of late: it counts for both, and the first one allows nothing.
        assert scene.settle().groups_of("u0@example.com") == {SOFTWARE, "devs"}
        assert decide(scene, idp, "release") == 1
        assert scene.settle().groups_of("u0@example.com") == set()
        assert discarded(scene) == {}

    def test_another_idp_takes_what_it_gave(self, scene: Scene) -> None:
        idp, other = guarded_idp(scene), scene.idp()
        user, twin = person(idp, "u0"), person(other, "u0")
        group = idp.create_group("devs", [user["id"]])
        others = other.create_group("ops", [twin["id"]])
        scene.settle()
        remove_member(idp, group, user)
        scene.settle()
        decide(scene, idp, "discard")
        remove_member(other, others, twin)
        assert scene.settle().groups_of("u0@example.com") == {SOFTWARE, "devs"}
        assert {task["takes"] for task in scene.admin.tasks("state=discarded")} == {"devs"}
        assert held(scene) == {}

    def test_a_group_says_how_many_keep_it_from_being_deleted(self, scene: Scene) -> None:
        idp = guarded_idp(scene, {"groups": {"delete": True},
                                  "guard": {"memberships": {"number": 1}}})
        users = people(idp)
        group = idp.create_group("devs", [user["id"] for user in users])
        scene.settle()
        told_at_once(scene, idp, lambda: delete(idp, group, kind="Groups"))

        def says(words: str) -> None:
            until(lambda: [task for task in scene.admin.tasks(f"subject={group['id']}")
                           if f"when the {words} left it" in (task["detail"] or "")
                           and "held or discarded stays" in task["detail"]],
                  f"{words} to be in it")

        says("3 people whom the module put into it have")
        scene.admin.post(f"/api/tasks/{held(scene)['u0@example.com']['id']}/release", {})
        says("2 people whom the module put into it have")
        assert decide(scene, idp, "discard") == 2
        scene.admin.post(f"/api/tasks/{discarded(scene)['u1@example.com']['id']}/release", {})
        says("1 person whom the module put into it has")
        scene.admin.post(f"/api/tasks/{discarded(scene)['u2@example.com']['id']}/release", {})
        assert "devs" not in scene.settle().groups

    def test_deleted_by_mistake_and_made_anew(self, scene: Scene) -> None:
        idp = guarded_idp(scene)
        users = people(idp)
        group = idp.create_group("devs", [user["id"] for user in users])
        before = scene.settle()
        told_at_once(scene, idp, lambda: delete(idp, *users))
        scene.settle()
        assert decide(scene, idp, "discard") == 3
        again = people(idp)
        assert scene.settle() == before
        add_members(idp, group, *again)
        assert scene.settle() == before
        assert discarded(scene) == {} == held(scene)

    def test_of_who_was_made_anew_the_task_to_retry_is_named(self, scene: Scene) -> None:
        idp = guarded_idp(scene)
        user = person(idp, "u0")
        idp.create_group("devs", [user["id"]])
        before = scene.settle()
        delete(idp, user)
        scene.settle()
        decided = held(scene)["u0@example.com"]["id"]
        decide(scene, idp, "discard")
        again = person(idp, "u0")
        assert scene.settle() == before
        task, = scene.admin.tasks(f"subject={again['id']}")
        assert task["detail"].startswith(f"task {decided} of the same person is discarded")
        site, = scene.admin.plan_of(scene.name_of(idp), again)["sites"]
        withheld, = [one for one in site["withheld"] if one["kind"] == "guard"]
        assert (site["when"], withheld["text"]) == ("retried", task["detail"])
        assert "retry that one" in withheld["mend"]
        scene.admin.retry(task["id"])
        assert scene.settle() == before
        scene.admin.retry(decided)
        scene.settle()
        assert held(scene)["u0@example.com"]["takes"] == "devs"
        decide(scene, idp, "release")
        assert scene.settle().groups_of("u0@example.com") == {SOFTWARE}
        assert [one for one in scene.admin.tasks() if one["site"] == scene.site] == []

    @pytest.mark.parametrize("access, left", [("keep", 3), ("remove", 0)])
    def test_the_idp_is_deleted(self, access: str, left: int, scene: Scene) -> None:
        idp, _ = discarded_people(scene)
        name = scene.name_of(idp)
        scene.admin.delete_idp(name, access=access)
        scene.forget(name)
        scene.settle()
        assert with_access(scene) == left and discarded(scene) == {}


def held_task(tasks: list[dict[str, Any]], beside: dict[str, Any]) -> dict[str, Any]:
    return next(task for task in tasks if task["id"] != beside["id"])


class TestNothingToTake:
    """A task whose cause has gone is held no more, and a count without such tasks has ended."""

    def ended(self, scene: Scene, name: str) -> None:
        event, = scene.admin.events(f"person={name}&kind=task.ended&site={scene.site}")
        assert event["actor"] == "provisioner" and event["name"] == name

    def test_another_idp_wants_the_person(self, scene: Scene) -> None:
        gone(scene, 2)
        other = scene.idp()
        person(other, "u0")
        scene.settle()
        assert set(held(scene)) == {"u1@example.com"} and len(trips(scene)) == 1
        self.ended(scene, "u0@example.com")
        person(other, "u1")
        scene.settle()
        assert held(scene) == {} and trips(scene) == [] and with_access(scene) == 2
        event, = events(scene, "guard.ended")
        assert event["detail"].startswith("nothing is held any more; ")

    def test_of_a_person_who_is_told_inactive(self, scene: Scene) -> None:
        idp, other = guarded_idp(scene), scene.idp()
        user, = people(idp, 1)
        scene.settle()
        deactivate(idp, user)
        scene.settle()
        assert len(held(scene)) == 1
        person(other, "u0")
        scene.settle()
        assert held(scene) == {} and trips(scene) == [] and with_access(scene) == 1

    def test_the_account_is_deleted_by_hand(self, scene: Scene) -> None:
        gone(scene)
        scene.control.edit("delete-account", account="u1@example.com")
        assert differences(reconcile(scene)) == {"account.missing": 1}
        assert set(held(scene)) == {"u0@example.com", "u2@example.com"}
        self.ended(scene, "u1@example.com")

    def test_also_when_it_was_discarded(self, scene: Scene) -> None:
        discarded_people(scene)
        scene.control.edit("delete-account", account="u1@example.com")
        assert differences(reconcile(scene)) == {"account.missing": 1}
        assert set(discarded(scene)) == {"u0@example.com", "u2@example.com"}
        self.ended(scene, "u1@example.com")

    def test_the_membership_is_taken_by_hand(self, scene: Scene) -> None:
        idp = guarded_idp(scene)
        users = people(idp)
        group = idp.create_group("devs", [user["id"] for user in users])
        scene.settle()
        for user in users:
            remove_member(idp, group, user)
        scene.settle()
        assert {task["takes"] for task in held(scene).values()} == {"devs"}
        scene.control.edit("remove-member", group="devs", account="u1@example.com")
        assert differences(reconcile(scene)) == {"member.missing": 1}
        assert set(held(scene)) == {"u0@example.com", "u2@example.com"} and len(trips(scene)) == 1
        for name in ("u0", "u2"):
            scene.control.edit("remove-member", group="devs", account=f"{name}@example.com")
        reconcile(scene, trust=True)
        assert held(scene) == {} and trips(scene) == []

    def test_a_group_is_deleted_by_hand(self, scene: Scene) -> None:
        idp = guarded_idp(scene, {**NOTHING, "groups": {"delete": True}})
        group = idp.create_group("devs")
        scene.settle()
        delete(idp, group, kind="Groups")
        scene.settle()
        assert set(held(scene)) == {"devs"}
        scene.control.edit("remove-group", group="devs")
        reconcile(scene, trust=True)
        assert held(scene) == {} and trips(scene) == []

    @pytest.mark.parametrize("access, left", [("keep", 3), ("remove", 0)])
    def test_the_idp_is_deleted(self, access: str, left: int, scene: Scene) -> None:
        idp, _ = gone(scene)
        name = scene.name_of(idp)
        scene.admin.delete_idp(name, access=access)
        scene.forget(name)
        scene.settle()
        assert held(scene) == {} and trips(scene) == [] and with_access(scene) == left

    @pytest.mark.parametrize("access, left", [("keep", 3), ("remove", 0)])
    def test_the_site_is_no_longer_fed(self, access: str, left: int, scene: Scene,
                                       httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0122", optional=True)  # the other site is not there
        idp, _ = gone(scene)
        other = f"{scene.site}-b"
        scene.admin.put_site(other, "http://127.0.0.1:1", "demo@example.com", "demo-token")
        address = f"/api/idps/{scene.name_of(idp)}?access="
        said = "&leavers=keep" if access == "keep" else "&guard=release"
        scene.admin.patch(f"{address}{access}{said}", {"sites": [other]}).expect(200)
        assert held(scene) == {} and trips(scene) == []
        until(lambda: with_access(scene) == left, "the decision to be followed")
        scene.admin.patch(f"{address}keep", {"sites": [scene.site]}).expect(200)
        scene.admin.delete_site(other)

    def test_decided_one_by_one(self, scene: Scene) -> None:
        idp, _ = gone(scene)
        first, second, third = held(scene).values()
        scene.admin.post(f"/api/tasks/{first['id']}/release", {}).expect(204)
        scene.admin.delete(f"/api/tasks/{second['id']}").expect(204)
        assert len(trips(scene)) == 1
        scene.admin.post(f"/api/tasks/{third['id']}/release", {}).expect(204)
        assert trips(scene) == []
        scene.settle()
        assert with_access(scene) == 1 and len(discarded(scene)) == 1

    def test_what_was_taken_before_still_counts(self, scene: Scene) -> None:
        idp = guarded_idp(scene, {"guard": {"deactivations": {"number": 2}}})
        users = people(idp, 5)
        scene.settle()
        for user in users[:3]:
            deactivate(idp, user)
            scene.settle()
        assert with_access(scene) == 3 and set(held(scene)) == {"u2@example.com"}
        deactivate(idp, users[2], active=True)
        scene.settle()
        assert held(scene) == {} and trips(scene) == []
        deactivate(idp, users[3])
        scene.settle()
        assert with_access(scene) == 3 and set(held(scene)) == {"u3@example.com"}

    def test_as_long_as_one_is_held_the_next_leaver_is(self, scene: Scene) -> None:
        idp, users = gone(scene)
        late = person(idp, "late")
        scene.settle()
        scene.admin.post("/api/tasks/retry?state=held", {}).expect(200)
        scene.settle()
        assert len(held(scene)) == 3 and len(events(scene, "guard.tripped")) == 1
        assert len(events(scene, "task.held")) == 3
        delete(idp, late)
        scene.settle()
        assert len(held(scene)) == 4 and events(scene, "guard.ended") == []

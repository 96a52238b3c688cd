"""The guard: what takes access from many waits for an administrator, everything else goes on."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, deactivate, remove_member, scene)
from tests.integration.test_admin import assert_problem

pytestmark = pytest.mark.any_mpm

# By default as few as these lose access without a question, however many there are.
FEW = 10
REMOVE = "removeUserFromGroup"


@pytest.fixture(autouse=True)
def guarded(httpd: Httpd) -> Iterator[None]:
    """Each time that it trips, it says so in the log."""
    httpd.error_log.expect("SCIM0160", optional=True)
    yield


def crowd(idp: ScimClient, count: int, first: int = 0) -> list[dict[str, Any]]:
    return [idp.create_user(f"u{number:03}@example.com") for number in range(first, first + count)]


def held(scene: Scene) -> dict[str, dict[str, Any]]:
    """Tasks that are held, by their subject's name; of those that were deleted by its id."""
    return {task["name"] or task["subject"]: task for task in scene.admin.tasks("state=held")
            if task["site"] == scene.site}


def trips(scene: Scene) -> list[dict[str, Any]]:
    guard = scene.admin.get("/api/guard").expect(200).json()["guard"]
    return [trip for trip in guard if trip["site"] == scene.site]


def decide(scene: Scene, idp: ScimClient, what: str, query: str = "") -> int:
    answer = scene.admin.post(f"/api/idps/{scene.name_of(idp)}/guard/{what}{query}", {})
    return answer.expect(200).json()[f"{what}d" if what == "release" else f"{what}ed"]


def told_at_once(scene: Scene, idp: ScimClient, tell: Any) -> None:
    """What is told while the IdP is paused is there as a whole when the work begins."""
    scene.admin.set_state(scene.name_of(idp), "paused")
    tell()
    scene.admin.set_state(scene.name_of(idp), "live")


def deactivate_all(scene: Scene, idp: ScimClient, users: list[dict[str, Any]]) -> None:
    told_at_once(scene, idp, lambda: [deactivate(idp, user) for user in users])


def delete_all(scene: Scene, idp: ScimClient, users: list[dict[str, Any]]) -> None:
    told_at_once(scene, idp, lambda: [idp.delete(f"/Users/{user['id']}").expect(204)
                                      for user in users])


def events(scene: Scene, kind: str) -> list[dict[str, Any]]:
    return scene.admin.events(f"site={scene.site}&kind={kind}")


def removals(scene: Scene) -> int:
    return len(scene.calls(REMOVE))


def with_access(scene: Scene) -> int:
    """People of the IdPs who have a product; the owner of the API token has it, too."""
    return len(scene.held().groups[SOFTWARE] - {scene.jira.email})


class TestLeavers:
    def test_a_mass_deactivation_is_held_before_the_first_removal(self, scene: Scene,
                                                                  httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160")
        idp = scene.idp()
        users = crowd(idp, 30)
        before = scene.settle()
        deactivate_all(scene, idp, users[:FEW + 1])
        assert scene.settle() == before
        assert removals(scene) == 0
        assert len(held(scene)) == FEW + 1
        task = held(scene)["u000@example.com"]
        assert (task["state"], task["class"], task["status"]) == ("held", "guard", 0)
        assert "11 people would lose their access" in task["detail"]
        assert "If that is right, release it; if it is a mistake" in task["detail"]
        assert scene.admin.status()["tasks"]["held"] == FEW + 1
        trip, = trips(scene)
        assert (trip["idp"], trip["kind"], trip["count"], trip["limit"], trip["window"],
                trip["held"]) == (scene.name_of(idp), "deactivations", 11, 10, 60, FEW + 1)
        assert trip["more"] is False
        assert task["guard"] == {"idp": scene.name_of(idp), "kind": "deactivations"}
        of_it = scene.admin.tasks(f"state=held&site={scene.site}&guardIdp={scene.name_of(idp)}"
                                  "&guard=deactivations")
        assert {each["name"] for each in of_it} == set(held(scene))
        event, = events(scene, "guard.tripped")
        assert event["actor"] == "provisioner" and "10 % of 30" in event["detail"]
        person, = scene.admin.events("person=u000@example.com&kind=task.held")
        assert "held by the guard" in person["detail"]
        httpd.error_log.wait_for("SCIM0160")

    def test_as_few_as_always_leave_without_a_question(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 20)
        scene.settle()
        deactivate_all(scene, idp, users[:FEW])
        scene.settle()
        assert with_access(scene) == 20 - FEW and trips(scene) == []

    def test_many_small_pushes_are_a_large_one(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 14)
        scene.settle()
        for user in users:
            deactivate(idp, user)
            scene.settle()
        assert with_access(scene) == 14 - FEW
        assert set(held(scene)) == {user["userName"] for user in users[FEW:]}

    def test_joiners_and_other_news_go_on(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 20)
        scene.settle()
        deactivate_all(scene, idp, users[:12])
        scene.settle()
        new = idp.create_user("new@example.com")
        idp.create_group("devs", [new["id"], users[19]["id"]])
        now = scene.settle()
        assert now.groups["devs"] == {"new@example.com", "u019@example.com"}
        assert len(held(scene)) == 12
        # One more leaver waits for the same decision.
        deactivate(idp, users[19])
        scene.settle()
        assert len(held(scene)) == 13 and len(events(scene, "guard.tripped")) == 1

    def test_deleted_people_are_leavers_too(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 12)
        before = scene.settle()
        delete_all(scene, idp, users)
        assert scene.settle() == before
        assert len(held(scene)) == 12
        assert decide(scene, idp, "release") == 12
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {}

    def test_another_identity_provider_is_not_affected(self, scene: Scene) -> None:
        idp, other = scene.idp(), scene.idp()
        users = crowd(idp, 12)
        eve = other.create_user("eve@example.com")
        scene.settle()
        deactivate_all(scene, idp, users)
        scene.settle()
        deactivate(other, eve)
        assert scene.settle().groups_of("eve@example.com") == set()
        assert len(held(scene)) == 12

    def test_nobody_else_takes_what_is_held(self, scene: Scene) -> None:
        idp, other = scene.idp(), scene.idp()
        twin = other.create_user("u000@example.com")
        users = crowd(idp, 12)
        scene.settle()
        deactivate(other, twin)
        scene.settle()
        deactivate_all(scene, idp, users)
        scene.settle()
        assert len(held(scene)) == 12
        other.patch_operations(f"/Users/{twin['id']}", {
            "op": "replace", "path": "displayName", "value": "Twin"}).expect(200)
        scene.settle()
        assert scene.held().groups_of("u000@example.com") == {SOFTWARE}
        assert decide(scene, idp, "release") == 13
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {}


class TestDecisions:
    def tripped(self, scene: Scene, count: int = 12) -> tuple[ScimClient, list[dict[str, Any]]]:
        idp = scene.idp()
        users = crowd(idp, count)
        scene.settle()
        deactivate_all(scene, idp, users)
        scene.settle()
        assert len(held(scene)) == count
        return idp, users

    def test_released(self, scene: Scene) -> None:
        idp, users = self.tripped(scene)
        assert decide(scene, idp, "release") == 12
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {} and trips(scene) == []
        event, = events(scene, "guard.released")
        assert event["actor"].startswith("admin:") and event["detail"].startswith("12 tasks; ")
        # It counts anew from then on.
        late = crowd(idp, FEW + 1, first=100)
        scene.settle()
        for user in late:
            deactivate(idp, user)
            scene.settle()
        assert with_access(scene) == 1 and len(held(scene)) == 1

    def test_discarded(self, scene: Scene) -> None:
        idp, users = self.tripped(scene)
        assert decide(scene, idp, "discard") == 12
        scene.settle()
        assert with_access(scene) == 12 and held(scene) == {} and trips(scene) == []
        event, = events(scene, "guard.discarded")
        assert event["actor"].startswith("admin:") and event["detail"].startswith("12 tasks; ")
        assert removals(scene) == 0
        # The IdP says something new of one of them.
        deactivate(idp, users[0], active=True)
        scene.settle()
        deactivate(idp, users[0])
        assert scene.settle().groups_of("u000@example.com") == set()

    def test_who_comes_back_while_held_notices_nothing(self, scene: Scene) -> None:
        idp, users = self.tripped(scene)
        deactivate(idp, users[0], active=True)
        scene.settle()
        assert len(held(scene)) == 11 and "u000@example.com" not in held(scene)
        decide(scene, idp, "release")
        assert "u000@example.com" in scene.settle().groups[SOFTWARE] and with_access(scene) == 1

    def test_one_of_them(self, scene: Scene) -> None:
        idp, _ = self.tripped(scene)
        admin = scene.admin
        first, second = held(scene)["u000@example.com"], held(scene)["u001@example.com"]
        admin.post(f"/api/tasks/{first['id']}/release", {}).expect(204)
        admin.delete(f"/api/tasks/{second['id']}").expect(204)
        now = scene.settle()
        assert now.groups_of("u000@example.com") == set()
        assert now.groups_of("u001@example.com") == {SOFTWARE}
        assert len(held(scene)) == 10 and len(trips(scene)) == 1
        assert_problem(admin.post(f"/api/tasks/{first['id']}/release", {}), 404)
        events_of = admin.events(f"person=u000@example.com&kind=task.&site={scene.site}")
        kinds = {event["kind"] for event in events_of}
        assert kinds == {"task.held", "task.released"}

    def test_neither_a_retry_nor_a_put_of_the_site_releases(self, scene: Scene) -> None:
        self.tripped(scene)
        scene.admin.post("/api/tasks/retry?state=held", {}).expect(200)
        scene.put_site()
        scene.settle()
        scene.admin.retry(held(scene)["u000@example.com"]["id"])
        scene.settle()
        assert removals(scene) == 0 and len(held(scene)) == 12

    def test_over_a_graceful_restart(self, scene: Scene, httpd: Httpd) -> None:
        idp, users = self.tripped(scene)
        httpd.graceful()
        new = idp.create_user("new@example.com")
        scene.settle()
        deactivate(idp, new)
        scene.settle()
        assert with_access(scene) == 13 and len(held(scene)) == 13
        assert decide(scene, idp, "release") == 13
        httpd.graceful()
        scene.settle()
        assert with_access(scene) == 0

    def test_by_site_and_kind(self, scene: Scene) -> None:
        idp, _ = self.tripped(scene)
        assert decide(scene, idp, "release", "?site=elsewhere") == 0
        assert decide(scene, idp, "release", "?kind=memberships") == 0
        assert decide(scene, idp, "discard", f"?site={scene.site}&kind=deactivations") == 12

    def test_what_is_refused(self, scene: Scene) -> None:
        name, admin = scene.name_of(scene.idp()), scene.admin
        assert_problem(admin.post("/api/idps/nobody/guard/release", {}), 404, "nobody")
        assert_problem(admin.post(f"/api/idps/{name}/guard/free", {}), 404)
        assert_problem(admin.post(f"/api/idps/{name}/guard", {}), 404)
        assert_problem(admin.get(f"/api/idps/{name}/guard/release"), 405)
        assert_problem(admin.post(f"/api/idps/{name}/guard/release?kind=all", {}), 400, "kind")
        assert_problem(admin.post(f"/api/idps/{name}/guard/release?sit=a", {}), 400, "sit")
        assert_problem(admin.post(f"/api/idps/{name}/guard/release", {"site": "a"}), 400, "site")
        assert_problem(admin.get("/api/guard/x"), 404)
        assert_problem(admin.get("/api/guard?idp=x"), 400, "idp")
        assert_problem(admin.post("/api/guard", {}), 405)


class TestMemberships:
    @pytest.mark.parametrize("way", ["patch", "put", "delete"])
    def test_a_group_that_is_emptied(self, way: str, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 12)
        group = idp.create_group("devs", [user["id"] for user in users])
        address = f"/Groups/{group['id']}"
        before = scene.settle()
        if way == "patch":
            idp.patch_operations(address, {"op": "remove", "path": "members"}).expect(200, 204)
        elif way == "put":
            idp.put(address, {"schemas": group["schemas"], "displayName": "devs",
                              "members": []}).expect(200)
        else:
            idp.delete(address).expect(204)
        assert scene.settle() == before
        assert [(trip["kind"], trip["count"], trip["held"]) for trip in trips(scene)] == [
            ("memberships", 12, 12)]
        add = idp.create_group("ops", [users[0]["id"]])
        assert scene.settle().groups["ops"] == {"u000@example.com"}
        remove_member(idp, add, users[0])
        assert scene.settle().groups["ops"] == {"u000@example.com"}
        assert decide(scene, idp, "release") == 12
        now = scene.settle()
        assert now.groups["devs"] == set() == now.groups["ops"]
        assert with_access(scene) == 12

    def test_who_is_put_back_is_held_no_more(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 12)
        group = idp.create_group("devs", [user["id"] for user in users])
        before = scene.settle()
        idp.patch_operations(f"/Groups/{group['id']}",
                             {"op": "remove", "path": "members"}).expect(200, 204)
        scene.settle()
        assert len(held(scene)) == 12
        add_members(idp, group, *users)
        assert scene.settle() == before
        assert held(scene) == {} and removals(scene) == 0

    def test_leavers_do_not_count_as_memberships(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 12)
        for number in range(4):
            idp.create_group(f"team {number}", [user["id"] for user in users])
        scene.settle()
        deactivate_all(scene, idp, users[:5])
        scene.settle()
        assert with_access(scene) == 7 and trips(scene) == []


class TestRules:
    def test_limits_of_ones_own(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 6)
        scene.settle()
        scene.admin.put_rules(scene.name_of(idp), {"guard": {"deactivations": {"number": 2}}})
        scene.settle()
        for user in users:
            deactivate(idp, user)
            scene.settle()
        assert with_access(scene) == 4
        trip, = trips(scene)
        assert (trip["count"], trip["limit"]) == (3, 2)

    def test_a_large_push_within_the_limit_is_not_counted_twice(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 61)
        scene.settle()
        scene.admin.put_rules(scene.name_of(idp), {
            "guard": {"deactivations": {"number": 60, "percent": 100}}})
        scene.settle()
        deactivate_all(scene, idp, users[:60])
        scene.settle()
        assert with_access(scene) == 1 and trips(scene) == []
        deactivate(idp, users[60])
        scene.settle()
        assert with_access(scene) == 1 and len(held(scene)) == 1

    def test_turned_off(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 12)
        scene.settle()
        deactivate_all(scene, idp, users)
        scene.settle()
        assert len(held(scene)) == 12
        scene.admin.put_rules(scene.name_of(idp), {"guard": {"enabled": False}})
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {} and trips(scene) == []


class TestAdministrators:
    def test_an_identity_provider_is_deleted_with_its_access(self, scene: Scene) -> None:
        idp = scene.idp()
        crowd(idp, 20)
        scene.settle()
        path = f"/api/idps/{scene.name_of(idp)}?access=remove"
        for state in ("dryRun", "paused", "live"):
            scene.admin.set_state(scene.name_of(idp), state)
            answer = scene.admin.delete(path)
            assert_problem(answer, 409, f"at {scene.site} 20 people would lose their access")
        assert "0 of them have already, and 10 are the most" in answer.json()["detail"]
        assert "(10 % of 20, but not less than 10)" in answer.json()["detail"]
        assert scene.settle() and with_access(scene) == 20 and trips(scene) == []
        assert_problem(scene.admin.delete(f"{path}&guard=pass"), 400, "guard must be release")
        scene.admin.delete(f"{path}&guard=release").expect(204)
        said = scene.admin.events(f"kind=idp.deleted&idp={scene.name_of(idp)}")[0]["detail"]
        assert said.startswith("access removed; released past the guard: at ")
        assert "20 people would lose their access" in said
        scene._idps.clear()
        scene.settle()
        assert with_access(scene) == 0

    def test_whom_another_one_wants_is_not_among_those_who_lose_it(self, scene: Scene) -> None:
        idp, other = scene.idp(), scene.idp()
        crowd(idp, FEW + 1)
        scene.settle()
        stays, = crowd(other, 1)
        scene.settle()
        path = f"/api/idps/{scene.name_of(idp)}?access=remove"
        deactivate(other, stays)
        scene.settle()
        assert_problem(scene.admin.delete(path), 409, f"{FEW + 1} people would lose their access")
        deactivate(other, stays, active=True)
        scene.settle()
        scene.admin.delete(path).expect(204)
        assert "guard" not in scene.admin.events(
            f"kind=idp.deleted&idp={scene.name_of(idp)}")[0]["detail"]
        scene.forget(scene.name_of(idp))
        scene.settle()
        assert with_access(scene) == 1

    def test_whom_another_one_wants_counts_until_that_was_looked_at(self, scene: Scene) -> None:
        idp, other = scene.idp(), scene.idp(state="paused")
        crowd(idp, FEW + 1)
        crowd(other, FEW + 1)
        until(lambda: not scene.admin.tasks(f"idp={scene.name_of(idp)}"), "all to be in")
        path = f"/api/idps/{scene.name_of(idp)}?access=remove"
        assert_problem(scene.admin.delete(path), 409, f"{FEW + 1} people would lose their access")
        scene.admin.delete(f"{path}&guard=release").expect(204)
        until(lambda: not scene.admin.tasks(f"idp=deleted:{scene.name_of(idp)}"), "the end of it")
        assert with_access(scene) == FEW + 1 and removals(scene) == 0
        scene.forget(scene.name_of(idp))

    def test_who_lost_it_a_moment_ago_counts(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, FEW + 1)
        scene.settle()
        deactivate(idp, users[0])
        scene.settle()
        answer = scene.admin.delete(f"/api/idps/{scene.name_of(idp)}?access=remove")
        assert_problem(answer, 409, "11 people would lose their access within 60 minutes")
        assert "1 of them has already" in answer.json()["detail"]
        scene.admin.put_rules(scene.name_of(idp), {"guard": {"enabled": False}})
        scene.admin.delete(f"/api/idps/{scene.name_of(idp)}?access=remove").expect(204)
        scene.forget(scene.name_of(idp))
        scene.settle()
        assert with_access(scene) == 0

    def test_so_do_those_who_left_and_have_it_still(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 12)
        scene.settle()
        delete_all(scene, idp, users)
        scene.settle()
        path = f"/api/idps/{scene.name_of(idp)}"
        for query in ("access=remove", "access=keep&leavers=remove"):
            assert_problem(scene.admin.delete(f"{path}?{query}"), 409,
                           f"at {scene.site} 12 people would lose their access")
        assert with_access(scene) == 12 and len(held(scene)) == 12
        scene.admin.delete(f"{path}?access=keep&leavers=remove&guard=release").expect(204)
        said = scene.admin.events(f"kind=idp.deleted&idp={scene.name_of(idp)}")[0]["detail"]
        assert "released past the guard" in said and "those who had left (12)" in said
        scene.forget(scene.name_of(idp))
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {}

    def test_also_what_is_held_then(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 12)
        scene.settle()
        delete_all(scene, idp, users)
        scene.settle()
        assert len(held(scene)) == 12
        scene.admin.delete_idp(scene.name_of(idp), access="remove")
        scene._idps.clear()
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {}

    def test_a_site_is_no_longer_fed(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0122", optional=True)  # the other site is not there
        idp = scene.idp()
        crowd(idp, 12)
        scene.settle()
        other = f"{scene.site}-b"
        scene.admin.put_site(other, "http://127.0.0.1:1", "demo@example.com", "demo-token")
        name = scene.name_of(idp)
        path = f"/api/idps/{name}?access=remove"
        assert_problem(scene.admin.patch(path, {"sites": [other]}), 409, "12 people would lose")
        assert scene.admin.get(f"/api/idps/{name}").json()["sites"] == [scene.site]
        scene.admin.patch(f"{path}&guard=release", {"sites": [other]}).expect(200)
        until(lambda: with_access(scene) == 0, "everybody to be out")
        scene.admin.patch(f"/api/idps/{name}?access=keep", {"sites": [scene.site]}).expect(200)
        scene.admin.delete_site(other)

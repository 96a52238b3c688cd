"""The guard and mistakes that are none of one person's: rules that keep many out at once, what
others gave, and a person of whom two identity providers tell."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, deactivate, numbers, remove_member, scene)
from tests.integration.test_guard import (  # noqa: F401
    FEW, crowd, deactivate_all, decide, guarded, held, removals, told_at_once, trips, with_access)
from tests.integration.test_rules_people import ORGANIZATION

pytestmark = pytest.mark.any_mpm

PEOPLE = 30


def put_rules(scene: Scene, idp: ScimClient, **rules: Any) -> None:
    scene.admin.put_rules(scene.name_of(idp), rules)


def in_teams(scene: Scene, idp: ScimClient, users: list[dict[str, Any]], size: int = 5) -> None:
    """Every few of them in a group of their own, so that no group alone is many."""
    for first in range(0, len(users), size):
        idp.create_group(f"team {first:02}", [user["id"] for user in users[first:first + size]])
    scene.settle()


class TestRulesThatKeepPeopleOut:
    @pytest.mark.parametrize("mistake", [
        {"filter": {"include": [{"attribute": "email", "pattern": "@exmaple\\.com$"}]}},
        {"filter": {"exclude": [{"attribute": "userName", "pattern": "^u"}]}},
        {"patterns": [{"pattern": "^(.*)@corp\\.example$", "replacement": "$1@example.com"}],
         "otherwise": "skip"},
        {"patterns": [{"pattern": "^.*$", "replacement": ""}]},
    ], ids=["filter", "exclude", "otherwise", "nothing left"])
    def test_the_whole_mistake_is_held(self, mistake: dict[str, Any], scene: Scene) -> None:
        idp = scene.idp()
        crowd(idp, PEOPLE)
        before = scene.settle()
        put_rules(scene, idp, users=mistake)
        assert scene.settle() == before and removals(scene) == 0
        assert len(held(scene)) == PEOPLE
        trip, = trips(scene)
        assert (trip["kind"], trip["count"], trip["limit"]) == ("deactivations", PEOPLE, FEW)
        assert (f"{PEOPLE} people would lose their access" in trip["detail"]
                and "0 of them have already" in trip["detail"]
                and f"10 % of {PEOPLE}," in trip["detail"])
        # Put right, nobody has noticed anything.
        put_rules(scene, idp)
        assert scene.settle() == before
        assert removals(scene) == 0 and held(scene) == {}

    def test_it_is_released_if_it_was_meant(self, scene: Scene) -> None:
        idp = scene.idp()
        crowd(idp, FEW + 2)
        scene.settle()
        put_rules(scene, idp, users={"filter": {
            "exclude": [{"attribute": "userName", "pattern": "^u"}]}})
        scene.settle()
        assert decide(scene, idp, "release") == FEW + 2
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {}

    def test_a_few_go_without_a_question(self, scene: Scene) -> None:
        idp = scene.idp()
        crowd(idp, PEOPLE)
        scene.settle()
        put_rules(scene, idp, users={"filter": {
            "exclude": [{"attribute": "userName", "pattern": "^u00"}]}})
        scene.settle()
        assert with_access(scene) == PEOPLE - 10 and trips(scene) == []

    def test_whom_another_identity_provider_wants_is_not_counted(self, scene: Scene) -> None:
        idp, other = scene.idp(), scene.idp()
        crowd(idp, 20)
        crowd(other, 12)
        scene.settle()
        put_rules(scene, idp, users={"filter": {
            "exclude": [{"attribute": "userName", "pattern": "^u"}]}})
        scene.settle()
        assert with_access(scene) == 12 and trips(scene) == []

    def test_whom_another_ones_rules_keep_out_is(self, scene: Scene) -> None:
        idp, other = scene.idp(), scene.idp()
        crowd(idp, 12)
        nobody = {"filter": {"exclude": [{"attribute": "userName", "pattern": "^u"}]}}
        put_rules(scene, other, users=nobody)
        crowd(other, 12)
        before = scene.settle()
        put_rules(scene, idp, users=nobody)
        assert scene.settle() == before
        assert {trip["count"] for trip in trips(scene)} == {12}


class TestRulesThatEndGroups:
    @pytest.mark.parametrize("mistake", [
        {"import": False},
        {"ignore": [{"pattern": "^team"}]},
        {"mode": "listed"},
        {"patterns": [{"pattern": "^Team (.*)$", "replacement": "$1"}], "otherwise": "skip"},
        {"passThrough": {"prefix": "okta-"}},
    ], ids=["import", "ignore", "listed", "otherwise", "prefix"])
    def test_nobody_is_taken_out_before_somebody_has_said_so(self, mistake: dict[str, Any],
                                                             scene: Scene) -> None:
        idp = scene.idp()
        in_teams(scene, idp, crowd(idp, PEOPLE))
        put_rules(scene, idp, groups=mistake)
        now = scene.settle()
        assert removals(scene) == 0 and len(held(scene)) == PEOPLE
        assert now.groups_of("u000@example.com") >= {"team 00", SOFTWARE}
        trip, = trips(scene)
        assert (trip["kind"], trip["count"]) == ("memberships", PEOPLE)
        put_rules(scene, idp)
        now = scene.settle()
        assert removals(scene) == 0
        assert all(now.groups_of(f"u{number:03}@example.com")
                   >= {f"team {number // 5 * 5:02}", SOFTWARE} for number in range(PEOPLE))

    def test_who_stays_in_by_a_group_in_a_group_is_not_counted(self, scene: Scene) -> None:
        idp = scene.idp()
        users = crowd(idp, 14)
        inner = idp.create_group("inner", [user["id"] for user in users])
        outer = idp.create_group("outer", [inner["id"], *(user["id"] for user in users)])
        scene.settle()
        told_at_once(scene, idp, lambda: [remove_member(idp, group, user) for group, user in [
            (inner, users[0]), *((outer, user) for user in users)]])
        now = scene.settle()
        assert trips(scene) == [] and len(now.groups["outer"]) == 13


@pytest.fixture
def leaving(admin: AdminClient, jira: JiraProcess) -> Iterator[Scene]:
    """A scene in which accounts may be deleted."""
    scene = Scene(admin, jira, f"site-{next(numbers)}")
    scene.put_site(organization=ORGANIZATION)
    yield scene
    scene.remove()


class TestWhoWasThereBefore:
    """Accounts of before the module, in groups into which others put them."""

    @pytest.mark.parametrize("deed, kind", [
        ("removeAccess", "deactivations"), ("suspend", "deactivations"), ("delete", "deletions")])
    def test_leavers_are_counted(self, deed: str, kind: str, leaving: Scene) -> None:
        for number in range(PEOPLE):
            leaving.control.edit("add-account", email=f"u{number:03}@example.com",
                                 products=["jira-software"])
        idp = leaving.idp()
        put_rules(leaving, idp, users={"onDeactivate": deed})
        users = crowd(idp, PEOPLE)
        before = leaving.settle()
        deactivate_all(leaving, idp, users[:FEW + 1])
        assert leaving.settle() == before
        assert len(held(leaving)) == FEW + 1
        trip, = trips(leaving)
        assert (trip["kind"], trip["count"]) == (kind, FEW + 1)
        assert f"10 % of {PEOPLE}," in trip["detail"]
        assert decide(leaving, idp, "release") == FEW + 1
        now = leaving.settle()
        assert sum(account["active"] and bool(account["products"])
                   for name, account in now.accounts.items() if name.startswith("u0")) \
            == PEOPLE - FEW - 1

    def test_who_keeps_everything_is_not(self, leaving: Scene) -> None:
        for number in range(12):
            leaving.control.edit("add-account", email=f"u{number:03}@example.com",
                                 products=["jira-software"])
        idp = leaving.idp()
        users = crowd(idp, 12)
        new = idp.create_user("new@example.com")
        before = leaving.settle()
        deactivate_all(leaving, idp, [*users, new])
        now = leaving.settle()
        assert now.groups[SOFTWARE] == before.groups[SOFTWARE] - {"new@example.com"}
        assert trips(leaving) == []


class TestTwoIdentityProviders:
    """Both tell of the same people; nothing passes the guard of one in the name of the other."""

    NOTHING = {kind: {"number": 0} for kind in ("deactivations", "memberships")}

    def both(self, scene: Scene, count: int) -> tuple[ScimClient, ScimClient, list[Any], list[Any]]:
        one, other = scene.idp(), scene.idp()
        users, twins = crowd(one, count), crowd(other, count)
        scene.settle()
        return one, other, users, twins

    def say(self, idp: ScimClient, *users: dict[str, Any]) -> None:
        """Something that is nobody's access."""
        for user in users:
            idp.patch_operations(f"/Users/{user['id']}", {
                "op": "replace", "path": "title", "value": "Director"}).expect(200)

    def test_what_was_discarded_is_not_taken_by_the_other(self, scene: Scene) -> None:
        one, other, users, twins = self.both(scene, 2)
        put_rules(scene, one, guard=self.NOTHING)
        deactivate(other, twins[0])
        scene.settle()
        deactivate(one, users[0])
        before = scene.settle()
        assert decide(scene, one, "discard") == 1
        self.say(other, twins[0])
        assert scene.settle() == before and removals(scene) == 0
        assert held(scene) == {}
        task, = [task for task in scene.admin.tasks("state=discarded")
                 if task["idp"] == scene.name_of(one)]
        scene.admin.post(f"/api/tasks/{task['id']}/release", {}).expect(200, 204)
        assert scene.settle().groups_of("u000@example.com") == set()

    def test_what_waits_is_not_taken_by_the_other(self, scene: Scene, httpd: Httpd) -> None:
        one, other, users, twins = self.both(scene, 12)
        deactivate_all(scene, other, twins)
        before = scene.settle()
        # All of it is there when Jira can be asked again, the other one's news first.
        httpd.error_log.expect("SCIM0122")
        scene.put_site(apiToken="demo-wrong")
        self.say(other, *twins[:3])
        for user in users:
            deactivate(one, user)
        httpd.error_log.wait_for("SCIM0122")
        scene.put_site()
        assert scene.settle() == before and removals(scene) == 0
        assert {trip["idp"] for trip in trips(scene)} == {scene.name_of(one)}
        assert decide(scene, one, "release") == 12 + 3
        scene.settle()
        assert with_access(scene) == 0 and held(scene) == {}

    def test_memberships_of_one_who_stays(self, scene: Scene) -> None:
        one, other, users, twins = self.both(scene, 2)
        one.create_group("devs", [user["id"] for user in users])
        scene.settle()
        put_rules(scene, one, guard=self.NOTHING)
        deactivate(one, users[0])
        before = scene.settle()
        assert [trip["kind"] for trip in trips(scene)] == ["memberships"]
        assert decide(scene, one, "discard") == 1
        self.say(other, twins[0])
        assert scene.settle() == before and removals(scene) == 0
        assert held(scene) == {}

    def test_many_memberships_of_people_who_stay(self, scene: Scene) -> None:
        one, other, users, _ = self.both(scene, PEOPLE)
        in_teams(scene, one, users)
        before = scene.settle()
        deactivate_all(scene, one, users)
        assert scene.settle() == before and removals(scene) == 0
        assert [(trip["kind"], trip["count"]) for trip in trips(scene)] == [
            ("memberships", PEOPLE)]

    def test_a_group_that_one_has_emptied(self, scene: Scene) -> None:
        one, other, users, twins = self.both(scene, 2)
        group = one.create_group("devs", [user["id"] for user in users])
        scene.settle()
        put_rules(scene, one, guard=self.NOTHING)
        remove_member(one, group, users[0])
        before = scene.settle()
        assert decide(scene, one, "discard") == 1
        self.say(other, twins[0])
        assert scene.settle() == before and removals(scene) == 0
        # What only the other gave is its own matter.
        own = other.create_group("ops", [twins[0]["id"]])
        scene.settle()
        remove_member(other, own, twins[0])
        assert scene.settle().groups["ops"] == set()
        assert trips(scene) == [] and held(scene) == {}

    def test_each_takes_its_own(self, scene: Scene) -> None:
        one, other, users, twins = self.both(scene, 2)
        put_rules(scene, one, guard=self.NOTHING)
        group = other.create_group("ops", [twin["id"] for twin in twins])
        scene.settle()
        remove_member(other, group, twins[0])
        assert scene.settle().groups["ops"] == {"u001@example.com"}
        assert trips(scene) == []

    def test_few_of_each_are_many_together(self, scene: Scene) -> None:
        """Both have let go of everybody within the hour, now one first and now the other."""
        one, other, users, twins = self.both(scene, 14)
        for number, (user, twin) in enumerate(zip(users, twins)):
            for idp, told in [(one, user), (other, twin)][::1 if number % 2 else -1]:
                deactivate(idp, told)
                scene.settle()
        assert with_access(scene) == 14 - FEW and len(held(scene)) >= 14 - FEW

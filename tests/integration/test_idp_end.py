"""The end of an identity provider while Jira does not answer: what was decided then is carried out
as it was decided, and nobody who left keeps access without anybody knowing."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Held, Scene, deactivate, numbers, remove_member, scene)
from tests.integration.test_admin import assert_problem

pytestmark = pytest.mark.any_mpm

ADA, BOB, CY = "ada@example.com", "bob@example.com", "cy@example.com"
NOTHING = {"users": {"onDeactivate": "nothing", "onDelete": "nothing"}}


class End:
    """An IdP that has put three people into a group, and whose site stops to answer."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.admin = scene.admin
        self.fault = 0
        self.name = f"ending-{next(numbers)}"
        self.idp = scene.idp(name=self.name)
        self.people = {name: self.idp.create_user(name) for name in (ADA, BOB, CY)}
        self.team = self.idp.create_group("Team", [user["id"] for user in self.people.values()])
        scene.settle()

    def silence(self) -> None:
        """From now on nothing is done in Jira, which refuses whoever calls it."""
        self.fault = self.scene.control.add_fault("status", match={}, times=None, status=401,
                                                  body="Client must be authenticated.")
        self.scene.put_site()
        until(lambda: self.admin.events(f"kind=site.denied&site={self.scene.site}"),
              "the site to be denied")

    def answer(self) -> Held:
        """Jira does it again: what it holds when all that a deleted IdP left is done."""
        self.scene.control.remove_faults(self.fault)
        self.scene.put_site()
        until(lambda: not self.left(), "what a deleted IdP left to be done")
        return self.scene.held()

    def left(self) -> list[dict[str, Any]]:
        return [task for task in self.tasks() if task["idp"] == f"deleted:{self.name}"]

    def leave(self, name: str, how: str = "deactivated") -> None:
        if how == "deleted":
            self.idp.delete(f"/Users/{self.people[name]['id']}").expect(204)
        else:
            deactivate(self.idp, self.people[name])

    def end(self, query: str) -> Any:
        """Delete it; when that was done the scene has nothing of it any more."""
        answer = self.admin.delete(f"/api/idps/{self.name}?{query}")
        if answer.status == 204:
            self.scene.forget(self.name)
        return answer

    def renew(self, **options: Any) -> ScimClient:
        """Another IdP under its name."""
        return self.scene.idp(name=self.name, **options)

    def tasks(self) -> list[dict[str, Any]]:
        return [task for task in self.admin.tasks() if task["site"] == self.scene.site]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return self.admin.events(f"idp={self.name}&kind={kind}")


@pytest.fixture
def end(scene: Scene, httpd: Httpd) -> End:  # noqa: F811
    httpd.error_log.expect("SCIM0122", optional=True)
    return End(scene)


# A new one under its name


@pytest.mark.parametrize("state", ["live", "paused", "dryRun"])
def test_leavers_of_a_deleted_idp_are_no_matter_of_a_new_one_of_its_name(state: str,
                                                                         end: End) -> None:
    end.silence()
    end.end("access=remove").expect(204)
    end.renew(state=state)
    end.admin.put_rules(end.name, NOTHING | {"guard": {
        "deactivations": {"number": 0}, "memberships": {"number": 0}}})
    assert {user["id"] for user in end.people.values()} <= {task["subject"] for task in end.left()}
    # The new one has told nothing: all that may be its own are its default groups.
    own = end.admin.tasks(f"idp={end.name}") + end.admin.plan(end.name)["subjects"]
    assert {one.get("subject", one.get("id")) for one in own} <= {f"default:{end.name}"}
    end.admin.post(f"/api/tasks/retry?state=waiting&idp={end.name}", {}).expect(200)
    held = end.answer()
    assert {name: held.groups_of(name) for name in end.people} == {
        ADA: set(), BOB: set(), CY: set()}
    assert end.admin.get("/api/guard").expect(200).json()["guard"] == []
    gone = end.admin.events(f"idp=deleted:{end.name}&kind=jira.member.removed")
    assert {event["name"] for event in gone} == {ADA, BOB, CY}
    assert end.events("jira.member.removed") == []


def test_a_group_of_a_deleted_idp_is_not_deleted_by_the_rules_of_a_new_one(end: End) -> None:
    end.silence()
    end.end("access=remove").expect(204)
    end.renew()
    end.admin.put_rules(end.name, {"groups": {"delete": True}})
    assert end.answer().groups["Team"] == set()


def test_default_groups_of_a_deleted_idp_are_not_those_of_a_new_one(end: End) -> None:
    end.admin.put_rules(end.name, {"users": {"defaultGroups": ["staff"]}})
    assert end.scene.settle().groups["staff"] == {ADA, BOB, CY}
    end.silence()
    end.end("access=remove").expect(204)
    renewed = end.renew()
    renewed.create_user("dan@example.com")
    renewed.create_user(ADA)
    held = end.answer()
    assert held.groups["staff"] == set()
    assert held.groups_of("dan@example.com") == held.groups_of(ADA) == {SOFTWARE}


def test_people_whom_a_new_one_tells_keep_what_it_gives(end: End) -> None:
    """Paused as it is: what it tells is stored, and what it wants is not taken away."""
    end.silence()
    end.end("access=remove").expect(204)
    renewed = end.renew(state="paused")
    renewed.create_user(ADA)
    held = end.answer()
    assert held.groups_of(ADA) == {SOFTWARE} and held.groups_of(BOB) == set()
    end.admin.set_state(end.name, "live")
    assert end.scene.settle().groups_of(ADA) == {SOFTWARE}


def test_whom_a_new_one_has_told_of_and_deletes_before_it_begins_loses_access(end: End) -> None:
    end.silence()
    end.end("access=remove").expect(204)
    renewed = end.renew(state="paused")
    ada = renewed.create_user(ADA)
    assert end.answer().groups_of(ADA) == {SOFTWARE}
    renewed.delete(f"/Users/{ada['id']}").expect(204)
    end.admin.set_state(end.name, "live")
    assert end.scene.settle().groups_of(ADA) == set()


def test_calls_that_are_under_way_are_not_a_new_ones(end: End) -> None:
    """What the account of a leaver is in is read first; by then there is another IdP."""
    end.scene.control.add_fault("hang", match={"operation": "getUserGroups"}, times=3, seconds=2)
    before = len(end.scene.calls("getUserGroups"))
    end.end("access=remove").expect(204)
    until(lambda: len(end.scene.calls("getUserGroups")) >= before + 3, "calls under way")
    end.renew()
    end.admin.put_rules(end.name, NOTHING)
    held = end.scene.settle()
    assert not any(held.groups_of(name) for name in end.people) and end.tasks() == []


# Leavers of an IdP whose access is kept


def both_left(end: End) -> None:
    end.silence()
    end.leave(ADA)
    end.leave(BOB, "deleted")


def test_what_becomes_of_leavers_must_be_said(end: End) -> None:
    both_left(end)
    assert_problem(end.end("access=keep&leavers=perhaps"), 400, "leavers must be keep or remove")
    for query in ("access=keep", "access=keep&leavers="):
        answer = end.end(query)
        assert_problem(answer, 409, "?access=keep&leavers=remove")
        assert f"(2) whose access is not taken away yet: {ADA}, {BOB}." in answer.json()["detail"]
    assert len(end.tasks()) == 2
    end.idp.get("/Users").expect(200)
    end.answer()
    assert end.scene.settle().groups_of(ADA) == set()


def test_leavers_lose_access_all_the_same(end: End) -> None:
    """Whether they were deactivated or deleted; the others keep theirs for good."""
    both_left(end)
    end.end("access=keep&leavers=remove").expect(204)
    renewed = end.renew(state="paused")
    end.admin.put_rules(end.name, NOTHING)
    held = end.answer()
    assert held.groups_of(ADA) == held.groups_of(BOB) == set()
    assert held.groups_of(CY) == {"Team", SOFTWARE}
    deleted, = end.events("idp.deleted")
    assert deleted["detail"] == "access kept, but not that of those who had left (2)"
    # What is kept is nobody's of ours.
    end.admin.set_state(end.name, "live")
    renewed.delete(f"/Users/{renewed.create_user(CY)['id']}").expect(204)
    assert end.scene.settle().groups_of(CY) == {"Team", SOFTWARE}


def test_leavers_keep_access_and_it_is_said_who(end: End) -> None:
    both_left(end)
    end.end("access=keep&leavers=keep").expect(204)
    assert end.tasks() == []
    held = end.answer()
    for name in end.people:
        assert held.groups_of(name) == {"Team", SOFTWARE}
    kept = end.events("access.kept")
    assert {(event["name"], event["site"], event["actor"]) for event in kept} == {
        (ADA, end.scene.site, "admin:admin"), (BOB, end.scene.site, "admin:admin")}
    assert end.events("idp.deleted")[0]["detail"] == (
        "access kept, also that of those who had left (2)")
    # It is theirs, as if it had been there before; of the deleted one, too.
    other = end.scene.idp()
    for name in (ADA, BOB):
        other.delete(f"/Users/{other.create_user(name)['id']}").expect(204)
    assert end.scene.settle().groups_of(BOB) == {"Team", SOFTWARE}


@pytest.mark.parametrize("how", ["deactivated", "deleted"])
def test_what_the_guard_holds_of_leavers_is_asked_for_too(how: str, end: End,
                                                          httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160")
    end.admin.put_rules(end.name, {"guard": {"deactivations": {"number": 0}}})
    end.scene.settle()
    end.leave(ADA, how)
    until(lambda: [task for task in end.tasks() if task["state"] == "held"], "the guard to hold it")
    assert_problem(end.end("access=keep"), 409, ADA)
    assert_problem(end.end("access=keep&leavers=remove"), 409, "1 person would lose")
    end.end("access=keep&leavers=remove&guard=release").expect(204)
    held = end.scene.settle()
    assert held.groups_of(ADA) == set() and held.groups_of(BOB) == {"Team", SOFTWARE}
    assert end.tasks() == []


def test_nobody_loses_access_without_a_question(end: End, httpd: Httpd) -> None:
    """An IdP that has deleted all that it told has told of nobody; the guard holds its leavers."""
    httpd.error_log.expect("SCIM0160")
    end.admin.put_rules(end.name, {"guard": {"deactivations": {"number": 0}}})
    end.scene.settle()
    for name in end.people:
        end.leave(name, "deleted")
    end.idp.delete(f"/Groups/{end.team['id']}").expect(204)
    until(lambda: len([task for task in end.tasks() if task["state"] == "held"]) == 3,
          "the guard to hold them")
    assert_problem(end.end("access=perhaps"), 400, "access must be keep or remove")
    for query in ("", "access=keep"):
        assert_problem(end.end(query), 409, "(3) whose access is not taken away yet")
    assert_problem(end.end("access=remove&leavers=keep"), 400, "leavers included")
    assert_problem(end.end("access=remove"), 409, "3 people would lose their access")
    assert len(end.scene.held().groups["Team"]) == 3
    end.end("access=remove&guard=release").expect(204)
    assert end.scene.settle().groups["Team"] == set()


def test_who_is_kept_out_by_the_rules_has_left(end: End) -> None:
    end.scene.control.add_fault("status", match={"operation": "removeUserFromGroup"}, times=None,
                                status=503)
    only = {"users": {"filter": {"exclude": [{"attribute": "email", "pattern": "^ada@"}]}}}
    end.admin.put_rules(end.name, only)
    until(lambda: [task for task in end.tasks() if task["attempts"]], "ada's task to fail")
    assert_problem(end.end("access=keep"), 409, f"(1) whose access is not taken away yet: {ADA}.")
    # Whoever is let in again has not left, also as long as it is not done.
    end.admin.set_state(end.name, "paused")
    end.admin.put_rules(end.name, {})
    end.end("access=keep").expect(204)
    end.scene.control.remove_faults()
    assert end.scene.settle().groups_of(ADA) == {"Team", SOFTWARE}


@pytest.mark.parametrize("change", ["rule", "another", "done", "comes back"])
def test_who_has_nothing_to_lose_is_not_asked_for(change: str, end: End) -> None:
    before: dict[str, Callable[[], Any]] = {
        "rule": lambda: end.admin.put_rules(end.name, NOTHING),
        "another": lambda: end.scene.idp().create_user(ADA),
        "done": lambda: end.leave(ADA),
        "comes back": lambda: None,
    }
    before[change]()
    held = end.scene.settle()
    end.admin.set_state(end.name, "paused")
    if change == "done":
        end.scene.put_site()
    end.leave(ADA)
    if change == "comes back":
        deactivate(end.idp, end.people[ADA], active=True)
    # What the active ones lose is no question: they keep it.
    remove_member(end.idp, end.team, end.people[BOB])
    end.end("access=keep").expect(204)
    now = end.scene.settle()
    assert now.groups_of(ADA) == held.groups_of(ADA)
    assert now.groups_of(BOB) == {"Team", SOFTWARE}


@pytest.mark.parametrize("leavers, left", [("remove", set()), ("keep", {"Team", SOFTWARE})])
def test_leavers_of_a_site_that_is_taken_away(leavers: str, left: set[str], end: End) -> None:
    other = f"{end.scene.site}-other"
    end.admin.put_site(other, "http://127.0.0.1:1", "demo@example.com", "demo-token")
    both_left(end)
    path = f"/api/idps/{end.name}?access=keep"
    assert_problem(end.admin.patch(path, {"sites": [other]}), 409, f"{ADA}, {BOB}")
    end.admin.patch(f"{path}&leavers={leavers}", {"sites": [other]}).expect(200)
    end.answer()
    until(lambda: not end.tasks(), "what is left to be done")
    held = end.scene.held()
    assert held.groups_of(ADA) == held.groups_of(BOB) == left
    assert held.groups_of(CY) == {"Team", SOFTWARE}
    removed, = end.events("idp.site.removed")
    assert removed["site"] == end.scene.site and "(2)" in removed["detail"]
    end.admin.delete_idp(end.name)
    end.scene.forget(end.name)
    end.admin.delete_site(other)

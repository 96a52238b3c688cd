"""The end of an identity provider whose access is kept: what it gave stays for good, whoever else
tells of the people; what was decided before is not asked for again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, deactivate, numbers, remove_member, scene)
from tests.integration.test_admin import assert_problem
from tests.integration.test_admin_rules import execute
from tests.integration.test_authority import adopted, in_devs
from tests.integration.test_authority import rules as strict
from tests.integration.test_drift import reconcile
from tests.integration.test_idp_end import ADA, BOB, CY, End, end  # noqa: F401
from tests.integration.test_rules_people import ORGANIZATION

pytestmark = pytest.mark.any_mpm

NOBODY = {"number": 0, "percent": 100}


def retitle(idp: ScimClient, user: dict[str, Any]) -> None:
    """News of a person that change no access."""
    idp.patch_operations(f"/Users/{user['id']}", {"op": "replace", "path": "title",
                                                  "value": f"title {next(numbers)}"}).expect(200)


def held(end: End, count: int) -> list[dict[str, Any]]:
    return until(lambda: len(found := [task for task in end.tasks() if task["state"] == "held"])
                 == count and found, f"the guard to hold {count}")


def guard(end: End, idp: str, **counts: Any) -> None:
    end.admin.put_rules(idp, {"guard": counts})
    end.scene.settle()


# People of whom another one tells


@pytest.mark.parametrize("how", ["deleted", "site taken away"])
def test_whom_another_one_tells_active_keeps_what_only_this_one_gave(how: str, end: End) -> None:
    other = end.scene.idp()
    ada = other.create_user(ADA)
    end.scene.settle()
    elsewhere = f"{end.scene.site}-other"
    if how == "deleted":
        end.end("access=keep").expect(204)
    else:
        end.admin.put_site(elsewhere, "http://127.0.0.1:1", "demo@example.com", "demo-token")
        end.admin.patch(f"/api/idps/{end.name}?access=keep", {"sites": [elsewhere]}).expect(200)
    retitle(other, ada)
    until(lambda: not end.tasks(), "the news to be done")
    assert end.scene.held().groups_of(ADA) == {"Team", SOFTWARE}
    # The account is one of the module's making still, and its product access ends with the person.
    deactivate(other, ada)
    until(lambda: end.scene.held().groups_of(ADA) == {"Team"}, "ada to lose product access")
    if how != "deleted":
        end.admin.delete_idp(end.name)
        end.scene.forget(end.name)
        end.admin.delete_site(elsewhere)


def test_what_another_one_gives_too_is_its_own_to_end(end: End) -> None:
    other = end.scene.idp()
    ada = other.create_user(ADA)
    team = other.create_group("Team", [ada["id"]])
    own = other.create_group("Own", [ada["id"]])
    end.scene.settle()
    end.end("access=keep").expect(204)
    assert end.scene.settle().groups_of(ADA) == {"Team", "Own", SOFTWARE}
    remove_member(other, team, ada)
    remove_member(other, own, ada)
    assert end.scene.settle().groups_of(ADA) == {SOFTWARE}
    assert end.scene.held().groups["Team"] == {BOB, CY}


@pytest.mark.parametrize("news", ["its rules", "removeAccess", "the person", "the site", "a retry"])
def test_whom_the_others_tell_inactive_keeps_everything(news: str, end: End) -> None:
    old = end.scene.idp()
    ada = old.create_user(ADA)
    end.scene.settle()
    deactivate(old, ada)
    before = end.scene.settle()
    assert before.groups_of(ADA) == {"Team", SOFTWARE}
    end.end("access=keep").expect(204)
    name = end.scene.name_of(old)
    if news == "its rules":
        end.admin.put_rules(name, {"users": {"update": True}})
    elif news == "removeAccess":
        end.admin.put_rules(name, {"users": {"onDeactivate": "removeAccess"}})
    elif news == "the person":
        retitle(old, ada)
    elif news == "the site":
        end.scene.put_site()
    else:
        end.admin.post(f"/api/tasks/retry?subject={ada['id']}", {}).expect(200)
    assert end.scene.settle() == before
    reconcile(end.scene)
    assert end.scene.settle() == before
    # Who comes back there, and leaves again, had all of it before.
    deactivate(old, ada, active=True)
    team = old.create_group("Old", [ada["id"]])
    assert end.scene.settle().groups_of(ADA) == {"Team", "Old", SOFTWARE}
    remove_member(old, team, ada)
    deactivate(old, ada)
    products = set() if news == "removeAccess" else {SOFTWARE}
    assert end.scene.settle().groups_of(ADA) == {"Team"} | products


def test_what_the_guard_holds_of_it_is_kept_from_the_others_too(end: End, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160")
    other = end.scene.idp()
    ada = other.create_user(ADA)
    guard(end, end.name, memberships=NOBODY)
    remove_member(end.idp, end.team, end.people[ADA])
    held(end, 1)
    end.end("access=keep").expect(204)
    end.scene.settle()
    retitle(other, ada)
    assert end.scene.settle().groups_of(ADA) == {"Team", SOFTWARE} and end.tasks() == []


@pytest.mark.parametrize("undone", [False, True])
def test_what_another_ones_guard_holds_is_still_its_own(undone: bool, end: End,
                                                        httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160")
    other = end.scene.idp()
    name = end.scene.name_of(other)
    ada = other.create_user(ADA)
    own = other.create_group("Own", [ada["id"]])
    guard(end, name, memberships=NOBODY)
    remove_member(other, own, ada)
    held(end, 1)
    if undone:
        end.admin.set_state(end.name, "paused")
        retitle(end.idp, end.people[ADA])
    end.end("access=keep").expect(204)
    held(end, 1)
    assert end.scene.settle().groups_of(ADA) == {"Own", "Team", SOFTWARE}
    end.admin.post(f"/api/idps/{name}/guard/release", {}).expect(200)
    assert end.scene.settle().groups_of(ADA) == {"Team", SOFTWARE}


def test_leavers_of_another_one_are_no_matter_of_this_one(end: End, httpd: Httpd) -> None:
    """This one had ended them, and nothing was left to do for it."""
    httpd.error_log.expect("SCIM0160")
    other = end.scene.idp()
    name = end.scene.name_of(other)
    ada = other.create_user(ADA)
    other.create_group("Own", [ada["id"]])
    end.scene.settle()
    end.leave(ADA)
    guard(end, name, deactivations=NOBODY)
    deactivate(other, ada)
    held(end, 1)
    end.end("access=keep").expect(204)
    end.admin.post(f"/api/idps/{name}/guard/release", {}).expect(200)
    assert end.scene.settle().groups_of(ADA) == set()


# What was decided already


def test_who_was_discarded_keeps_access_when_the_other_leavers_lose_it(end: End,
                                                                       httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160")
    guard(end, end.name, deactivations=NOBODY)
    end.leave(ADA)
    end.leave(BOB)
    ada, = [task for task in held(end, 2) if task["name"] == ADA]
    end.admin.delete(f"/api/tasks/{ada['id']}").expect(204)
    answer = end.end("access=keep")
    assert_problem(answer, 409, f"(1) whose access is not taken away yet: {BOB}.")
    assert f"Those (1) whose tasks were discarded keep it in any case: {ADA}." in \
        answer.json()["detail"]
    end.end("access=keep&leavers=remove&guard=release").expect(204)
    now = end.scene.settle()
    assert now.groups_of(BOB) == set() and end.tasks() == []
    assert now.groups_of(ADA) == now.groups_of(CY) == {"Team", SOFTWARE}
    kept, = end.events("access.kept")
    assert kept["name"] == ADA and "discarded by admin on" in kept["detail"]
    assert end.events("idp.deleted")[0]["detail"].startswith(
        "access kept, but not that of those who had left (1); others who had left keep it (1); "
        f"released past the guard: at {end.scene.site} 1 person would lose")


def test_of_those_who_were_all_discarded_nothing_is_asked(end: End, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160")
    guard(end, end.name, deactivations=NOBODY)
    end.leave(ADA, "deleted")
    held(end, 1)
    end.admin.post(f"/api/idps/{end.name}/guard/discard", {}).expect(200)
    end.end("access=keep").expect(204)
    assert [event["name"] for event in end.events("access.kept")] == [ADA]
    other = end.scene.idp()
    other.delete(f"/Users/{other.create_user(ADA)['id']}").expect(204)
    assert end.scene.settle().groups_of(ADA) == {"Team", SOFTWARE}


def test_some_of_those_who_failed_keep_access(end: End) -> None:
    end.scene.control.add_fault("status", match={"operation": "removeUserFromGroup"}, times=None,
                                status=403)
    end.leave(ADA)
    end.leave(BOB)
    failed = until(lambda: len(tasks := end.scene.parked()) == 2 and tasks, "both to fail")
    end.admin.delete(f"/api/tasks/{failed[ADA]['id']}").expect(204)
    assert_problem(end.end("access=keep"), 409, f"(1) whose access is not taken away yet: {BOB}.")
    end.scene.control.remove_faults()
    end.end("access=keep&leavers=remove&guard=release").expect(204)
    now = end.scene.settle()
    assert now.groups_of(BOB) == set() and now.groups_of(ADA) == {"Team", SOFTWARE}


# Whose accounts were there before


DAN, EVE = "dan@example.com", "eve@example.com"


def adopted_leaver(end: End, **users: Any) -> None:
    """Dan was there before, has left, and the guard holds what the rules say of him."""
    end.scene.put_site(organization=ORGANIZATION)
    end.scene.control.edit("add-account", email=DAN, products=["jira-software"])
    end.admin.put_rules(end.name, {"users": users, "guard": {
        "deactivations": NOBODY, "deletions": NOBODY}})
    end.people[DAN] = end.idp.create_user(DAN)
    end.scene.settle()


@pytest.mark.parametrize("leavers", ["keep", "remove"])
@pytest.mark.parametrize("deed", ["removeAccess", "suspend", "delete"])
def test_leavers_whom_only_the_rules_would_take_something_from_are_asked_for(
        deed: str, leavers: str, end: End, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160")
    adopted_leaver(end, onDeactivate=deed, onDelete=deed)
    end.leave(DAN)
    held(end, 1)
    before = end.scene.held()
    answer = end.end("access=keep")
    assert_problem(answer, 409, f"(1) whose access is not taken away yet: {DAN}.")
    assert f"takes nothing from those (1) whose accounts were there before, since the rules of " \
        f"{end.name} end with it: {DAN}." in answer.json()["detail"]
    end.end(f"access=keep&leavers={leavers}&guard=release").expect(204)
    assert end.scene.settle() == before and before.accounts[DAN]["active"]
    kept, = end.events("access.kept")
    assert kept["name"] == DAN and "was there before" in kept["detail"]
    assert end.events("idp.deleted")[0]["detail"] == (
        "access kept, also that of those who had left (1)")


def test_who_has_nothing_to_lose_by_the_rules_is_not_asked_for(end: End) -> None:
    adopted_leaver(end)
    end.admin.set_state(end.name, "paused")
    end.leave(DAN)
    before = end.scene.held()
    end.end("access=keep").expect(204)
    assert end.scene.settle() == before and end.events("access.kept") == []


# Authoritative groups of others


def test_only_what_it_gave_is_told_not_to_be_kept(scene: Scene, httpd: Httpd) -> None:  # noqa: F811
    """A stranger whom the guard holds in the group has nothing to do with it."""
    httpd.error_log.expect("SCIM0160", optional=True)
    idp, unrelated, giver = scene.idp(), scene.idp(), scene.idp()
    adopted(scene, idp)
    scene.control.edit("add-account", email=EVE)
    scene.control.edit("add-member", group="devs", account=EVE)
    unrelated.create_user(ADA)
    both = idp.create_user(BOB)
    giver.create_group("devs", [giver.create_user(BOB)["id"]])
    scene.admin.put_rules(scene.name_of(giver), {"guard": {"memberships": NOBODY}})
    strict(scene, idp, guard={"memberships": NOBODY})
    until(lambda: reconcile(scene) and [task for task in scene.admin.tasks("state=held")
                                        if task["site"] == scene.site], "eve to be held")
    name = scene.name_of(unrelated)
    scene.admin.delete(f"/api/idps/{name}?access=keep").expect(204)
    scene.forget(name)
    name = scene.name_of(giver)
    answer = scene.admin.delete(f"/api/idps/{name}?access=keep").expect(200).json()
    scene.forget(name)
    assert [(one["group"], one["members"]) for one in answer["notKept"]] == [("devs", 1)]
    idp.get(f"/Users/{both['id']}").expect(200)
    scene.settle()
    assert {"bob", "eve"} <= in_devs(scene)
    scene.admin.post(f"/api/idps/{scene.name_of(idp)}/guard/release", {}).expect(200)
    scene.settle()


# What is asked


@pytest.mark.parametrize("query", [
    "access=perhaps", "access=keep&leavers=bogus", "access=keep&leaver=keep", "acess=remove",
    "access=remove&leavers=keep"])
def test_a_query_that_is_not_understood_is_refused(query: str, end: End) -> None:
    before = end.scene.held()
    assert_problem(end.end(query), 400, "")
    if "remove" not in query:
        assert_problem(end.admin.patch(f"/api/idps/{end.name}?{query}", {"state": "paused"}), 400,
                       "")
    end.idp.get("/Users").expect(200)
    assert end.scene.settle() == before


# Of whom another one tells that has not been looked at yet


def beside(end: End, how: str) -> tuple[ScimClient, dict[str, Any], dict[str, Any]]:
    """Another IdP that is paused before it tells of ada, and of a group that is Team in Jira."""
    other = end.scene.idp(state="paused")
    name, address = "Team", ADA
    if how == "rewritten":
        name, address = "APP_Team", "ada@corp.example"
        end.admin.put_rules(end.scene.name_of(other), {
            "users": {"patterns": [{"pattern": r"^(.*)@corp\.example$",
                                    "replacement": "$1@example.com"}]},
            "groups": {"patterns": [{"pattern": "^APP_(.*)$", "replacement": "$1"}]}})
    elif how == "by default":
        end.admin.put_rules(end.scene.name_of(other), {"users": {"defaultGroups": ["Team"]}})
        name = "Other"
    ada = other.create_user(address)
    return other, ada, other.create_group(name, [ada["id"]])


@pytest.mark.parametrize("how", ["told", "rewritten", "by default"])
@pytest.mark.parametrize("then", ["deactivated", "deleted", "deleted while paused"])
def test_what_another_one_gives_that_was_not_looked_at_ends_with_that(how: str, then: str,
                                                                      end: End) -> None:
    other, ada, _ = beside(end, how)
    name = end.scene.name_of(other)
    end.end("access=keep").expect(204)
    if then != "deleted while paused":
        end.admin.set_state(name, "live")
        assert "Team" in end.scene.settle().groups_of(ADA)
    if then == "deactivated":
        deactivate(other, ada)
    else:
        other.delete(f"/Users/{ada['id']}").expect(204)
    end.admin.set_state(name, "live")
    now = end.scene.settle()
    assert now.groups_of(ADA) == set() and now.groups["Team"] == {BOB, CY}


def test_what_another_one_gives_while_jira_does_not_answer_ends_with_that(end: End) -> None:
    end.silence()
    other = end.scene.idp()
    ada = other.create_user(ADA)
    other.create_group("Team", [ada["id"]])
    end.end("access=keep").expect(204)
    assert "Team" in end.answer().groups_of(ADA)
    end.scene.settle()
    deactivate(other, ada)
    assert end.scene.settle().groups_of(ADA) == set()


def test_who_is_back_at_another_one_counts_as_active_there(end: End) -> None:
    """Nobody has looked at it since."""
    other = end.scene.idp()
    ada = other.create_user(ADA)
    other.create_group("Team", [ada["id"]])
    end.scene.settle()
    deactivate(other, ada)
    end.scene.settle()
    end.admin.set_state(end.scene.name_of(other), "paused")
    deactivate(other, ada, active=True)
    end.end("access=keep").expect(204)
    end.admin.set_state(end.scene.name_of(other), "live")
    assert end.scene.settle().groups_of(ADA) == {"Team", SOFTWARE}
    deactivate(other, ada)
    assert end.scene.settle().groups_of(ADA) == set()


def test_a_leaver_whom_another_one_tells_that_was_not_looked_at_is_none(end: End) -> None:
    end.admin.set_state(end.name, "paused")
    end.leave(ADA)
    other, ada, _ = beside(end, "rewritten")
    end.end("access=keep").expect(204)
    end.admin.set_state(end.scene.name_of(other), "live")
    assert end.scene.settle().groups_of(ADA) == {"Team", SOFTWARE}
    deactivate(other, ada)
    assert end.scene.settle().groups_of(ADA) == set()


def test_whom_the_rules_of_another_one_keep_out_by_now_is_not_told_by_that(end: End) -> None:
    other = end.scene.idp()
    name = end.scene.name_of(other)
    ada = other.create_user(ADA)
    other.create_group("Team", [ada["id"]])
    end.scene.settle()
    end.admin.set_state(name, "paused")
    end.admin.put_rules(name, {"users": {"filter": {
        "exclude": [{"attribute": "email", "pattern": "^ada@"}]}}})
    end.end("access=keep").expect(204)
    end.admin.set_state(name, "live")
    assert end.scene.settle().groups_of(ADA) == {"Team", SOFTWARE}


def test_nothing_is_kept_while_the_rules_of_another_one_cant_be_read(end: End,
                                                                     httpd: Httpd) -> None:
    other = end.scene.idp(state="paused")
    name = end.scene.name_of(other)
    ada = other.create_user(ADA)
    other.create_group("Team", [ada["id"]])
    execute(httpd.database,
            f"UPDATE idp SET rules = '{{', version = version + 1 WHERE name = '{name}'")
    httpd.error_log.expect("SCIM0153")
    answer = end.end("access=keep")
    assert_problem(answer, 409, f"the rules of {name} can't be read")
    assert "whom it tells of, too" in answer.json()["detail"]
    end.idp.get("/Users").expect(200)
    end.admin.put_rules(name, {})
    end.end("access=keep").expect(204)
    end.admin.set_state(name, "live")
    end.scene.settle()
    deactivate(other, ada)
    assert end.scene.settle().groups_of(ADA) == set()

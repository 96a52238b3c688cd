"""What an administrator gets by the rules of groups: which groups in Jira there are, and who is in
them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Held, Scene, add_members, deactivate, remove_member, rename, scene)

pytestmark = pytest.mark.any_mpm

numbers = itertools.count(1)
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.com"


class Idp:
    """An identity provider with rules."""

    def __init__(self, scene: Scene, **rules: Any):
        self.scene = scene
        self.name = f"ruled-{next(numbers)}"
        self.scim: ScimClient = scene.idp(name=self.name)
        if rules:
            self.put(**rules)

    def put(self, **rules: Any) -> None:
        self.scene.admin.put_rules(self.name, rules)

    def people(self, *addresses: str) -> list[dict[str, Any]]:
        return [self.scim.create_user(address) for address in addresses]

    def group(self, name: str, *members: dict[str, Any]) -> dict[str, Any]:
        return self.scim.create_group(name, [member["id"] for member in members])


def groups_of(held: Held, address: str) -> set[str]:
    """But what comes with an account."""
    return held.groups_of(address) - {SOFTWARE}


def mapping(group: str, *names: str, **more: Any) -> dict[str, Any]:
    return {"group": group, "jiraGroups": list(names), **more}


def events(scene: Scene, kind: str) -> list[str]:
    return [event["detail"] for event in scene.admin.events(f"kind={kind}&site={scene.site}")]


# Which groups there are


@pytest.mark.parametrize("rules, told, wanted", [
    ({"import": False}, "devs", set()),
    ({"mode": "listed"}, "devs", set()),
    ({"mode": "listed", "mappings": [mapping("devs", "jira-dev")]}, "devs", {"jira-dev"}),
    ({"ignore": [{"group": "devs"}]}, "devs", set()),
    ({"ignore": [{"pattern": "^d"}]}, "devs", set()),
    ({"ignore": [{"group": "Devs"}]}, "devs", {"devs"}),
    ({"mappings": [mapping("devs", "jira-dev", "jira-all")]}, "devs", {"jira-dev", "jira-all"}),
    ({"mappings": [mapping("other", "jira-dev")]}, "devs", {"devs"}),
    ({"patterns": [{"pattern": "^APP_(.*)$", "replacement": "\\L$1"}]}, "APP_Devs", {"devs"}),
    ({"patterns": [{"pattern": "^APP_(.*)$", "replacement": "$1"}], "otherwise": "skip"}, "devs",
     set()),
    ({"passThrough": {"prefix": "okta-", "suffix": " (IdP)"}}, "devs", {"okta-devs (IdP)"}),
    ({"passThrough": {"prefix": "okta-"}, "mappings": [mapping("devs", "dev")]}, "devs", {"dev"}),
    ({"patterns": [{"pattern": "^a", "replacement": "b"}], "passThrough": {"prefix": "x-"}}, "as",
     {"x-bs"}),
    ({"import": False, "mappings": [mapping("devs", "jira-dev")]}, "devs", set()),
])
def test_a_group_stands_for_what_the_rules_say(rules: dict[str, Any], told: str, wanted: set[str],
                                               scene: Scene) -> None:
    idp = Idp(scene, groups=rules)
    before = set(scene.held().groups)
    ada, bob = idp.people(ADA, BOB)
    group = idp.group(told, ada)
    held = scene.settle()
    assert set(held.groups) - before == groups_of(held, ADA) == wanted
    add_members(idp.scim, group, bob)
    remove_member(idp.scim, group, ada)
    held = scene.settle()
    assert groups_of(held, BOB) == wanted and groups_of(held, ADA) == set()
    assert scene.parked() == {}


def test_a_group_mapped_twice_is_one_with_all_people(scene: Scene) -> None:
    idp = Idp(scene, groups={"mappings": [mapping("devs", "team", "all"),
                                          mapping("ops", "team")]})
    ada, bob, eve = idp.people(ADA, BOB, EVE)
    devs, _ = idp.group("devs", ada, eve), idp.group("ops", bob, eve)
    assert scene.settle().groups["team"] == {ADA, BOB, EVE}
    remove_member(idp.scim, devs, eve)
    remove_member(idp.scim, devs, ada)
    held = scene.settle()
    assert held.groups["team"] == {BOB, EVE} and held.groups["all"] == set()


def test_each_of_several_names_is_adopted_or_made(scene: Scene) -> None:
    scene.control.edit("add-group", name="old")
    scene.control.edit("add-account", email="stranger@example.com")
    scene.control.edit("add-member", group="old", account="stranger@example.com")
    idp = Idp(scene, groups={"mappings": [mapping("devs", "old", "new")]})
    ada, = idp.people(ADA)
    group = idp.group("devs", ada)
    held = scene.settle()
    assert held.groups["old"] == {ADA, "stranger@example.com"} and held.groups["new"] == {ADA}
    assert scene.control.counts()["createdGroups"] == {"new": 1}
    assert any("called new" in detail for detail in events(scene, "jira.group.created"))
    idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    held = scene.settle()
    assert held.groups["old"] == {"stranger@example.com"} and held.groups["new"] == set()


def test_a_protected_name_among_several_holds_up_no_other(scene: Scene) -> None:
    idp = Idp(scene, groups={"mappings": [mapping("devs", "dev", "site-admins")]})
    ada, = idp.people(ADA)
    idp.group("devs", ada)
    held = scene.settle()
    assert groups_of(held, ADA) == {"dev"}
    assert "site-admins" in scene.parked()["devs"]["detail"]
    idp.put(groups={"mappings": [mapping("devs", "dev", "ops")]})
    assert groups_of(scene.settle(), ADA) == {"dev", "ops"}
    assert scene.parked() == {}


# Rules that change


@pytest.mark.parametrize("after", [
    {"import": False}, {"mode": "listed"}, {"ignore": [{"group": "devs"}]},
    {"patterns": [{"pattern": "^x", "replacement": "y"}], "otherwise": "skip"}])
def test_a_group_that_comes_in_no_more_gives_back_what_we_gave(after: dict[str, Any],
                                                               scene: Scene) -> None:
    scene.control.edit("add-group", name="devs")
    scene.control.edit("add-account", email=BOB)
    scene.control.edit("add-member", group="devs", account=BOB)
    idp = Idp(scene)
    ada, bob = idp.people(ADA, BOB)
    idp.group("devs", ada, bob)
    assert scene.settle().groups["devs"] == {ADA, BOB}
    idp.put(groups=after)
    assert scene.settle().groups["devs"] == {BOB}
    assert any("devs" in (event["name"] or "") for event in scene.admin.events(
        f"kind=jira.group.left&site={scene.site}"))
    idp.put(groups={})
    assert scene.settle().groups["devs"] == {ADA, BOB}


def test_new_rules_give_a_group_another_name(scene: Scene) -> None:
    idp = Idp(scene)
    ada, = idp.people(ADA)
    group = idp.group("devs", ada)
    scene.settle()
    idp.put(groups={"passThrough": {"prefix": "okta-"}})
    held = scene.settle()
    assert held.groups["okta-devs"] == {ADA} and held.groups["devs"] == set()
    idp.put(groups={"mappings": [mapping("devs", "okta-devs", "third")]})
    held = scene.settle()
    assert groups_of(held, ADA) == {"okta-devs", "third"}
    idp.put(groups={"mappings": [mapping("devs", "third")]})
    assert groups_of(scene.settle(), ADA) == {"third"}
    remove_member(idp.scim, group, ada)
    assert groups_of(scene.settle(), ADA) == set()
    assert scene.parked() == {}


def test_new_rules_for_many_groups_move_everybody_once(scene: Scene) -> None:
    idp = Idp(scene, guard={"enabled": False})
    people = idp.people(*(f"p{number}@example.com" for number in range(12)))
    for number in range(4):
        idp.group(f"group {number}", *people[number * 3:number * 3 + 3])
    scene.settle()
    before = len(scene.calls())
    idp.put(groups={"patterns": [{"pattern": "^group ", "replacement": "team "}]},
            guard={"enabled": False})
    held = scene.settle()
    assert {name: len(members) for name, members in held.groups.items()
            if name.startswith(("group", "team"))} == {
        **{f"group {number}": 0 for number in range(4)},
        **{f"team {number}": 3 for number in range(4)}}
    writes = [one for one in scene.calls()[before:] if one["method"] != "GET"]
    assert len(writes) == 4 + 12 + 12


# Renaming


def test_a_renamed_group_is_parked_under_the_name_that_rules_make(scene: Scene) -> None:
    idp = Idp(scene, groups={"passThrough": {"prefix": "okta-"}})
    ada, bob = idp.people(ADA, BOB)
    group = idp.group("devs", ada)
    scene.settle()
    rename(idp.scim, group, "crew")
    add_members(idp.scim, group, bob)
    held = scene.settle()
    assert held.groups["okta-devs"] == {ADA, BOB} and "okta-crew" not in held.groups
    assert "rename okta-devs to okta-crew" in scene.parked()["crew"]["detail"]
    scene.control.edit("rename-group", group="okta-devs", name="okta-crew")
    scene.retry("crew")
    held = scene.settle()
    assert held.groups["okta-crew"] == {ADA, BOB} and scene.parked() == {}
    # From now on it is that group; new rules are no renaming.
    idp.put(groups={"passThrough": {"prefix": "new-"}})
    held = scene.settle()
    assert held.groups["new-crew"] == {ADA, BOB} and held.groups["okta-crew"] == set()


def test_new_rules_beside_a_parked_renaming_end_it(scene: Scene) -> None:
    idp = Idp(scene)
    ada, = idp.people(ADA)
    group = idp.group("devs", ada)
    scene.settle()
    rename(idp.scim, group, "crew")
    scene.settle()
    assert set(scene.parked()) == {"crew"}
    idp.put(groups={"mappings": [mapping("crew", "devs")]})
    assert scene.settle().groups["devs"] == {ADA}
    assert scene.parked() == {}
    idp.put(groups={"mappings": [mapping("crew", "jira-crew")]})
    held = scene.settle()
    assert held.groups["jira-crew"] == {ADA} and held.groups["devs"] == set()


def test_a_group_renamed_to_a_mapped_name_is_what_the_mapping_says(scene: Scene) -> None:
    idp = Idp(scene, groups={"mappings": [mapping("devs", "dev"), mapping("ops", "op")]})
    ada, = idp.people(ADA)
    group = idp.group("devs", ada)
    scene.settle()
    rename(idp.scim, group, "ops")
    held = scene.settle()
    assert held.groups["op"] == {ADA} and held.groups["dev"] == set()
    rename(idp.scim, group, "nothing that is mapped")
    assert scene.settle().groups["op"] == {ADA}
    assert "rename op to nothing" in scene.parked()["nothing that is mapped"]["detail"]


# Default groups


def test_everybody_of_an_idp_is_in_its_default_groups(scene: Scene) -> None:
    scene.control.edit("add-group", name="staff")
    idp = Idp(scene)
    other = Idp(scene)
    ada, bob = idp.people(ADA, BOB)
    other.people(EVE)
    scene.settle()
    idp.put(users={"defaultGroups": ["staff", "everybody"]})
    held = scene.settle()
    assert held.groups["staff"] == held.groups["everybody"] == {ADA, BOB}
    idp.people("new@example.com")
    deactivate(idp.scim, ada)
    held = scene.settle()
    assert held.groups["staff"] == held.groups["everybody"] == {BOB, "new@example.com"}
    deactivate(idp.scim, ada, active=True)
    idp.put(users={"defaultGroups": ["everybody"]})
    held = scene.settle()
    assert held.groups["staff"] == set()
    assert held.groups["everybody"] == {ADA, BOB, "new@example.com"}
    idp.put()
    held = scene.settle()
    assert held.groups["everybody"] == set() and groups_of(held, BOB) == set()


def test_a_default_group_that_is_mapped_too_is_one(scene: Scene) -> None:
    idp = Idp(scene, users={"defaultGroups": ["staff"]},
              groups={"mappings": [mapping("devs", "staff", "dev")]})
    ada, bob = idp.people(ADA, BOB)
    group = idp.group("devs", ada)
    held = scene.settle()
    assert held.groups["staff"] == {ADA, BOB} and held.groups["dev"] == {ADA}
    idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    held = scene.settle()
    assert held.groups["staff"] == {ADA, BOB} and held.groups["dev"] == set()


def test_default_groups_end_with_their_idp(scene: Scene) -> None:
    idp = Idp(scene, users={"defaultGroups": ["staff"]})
    idp.people(ADA, BOB)
    assert scene.settle().groups["staff"] == {ADA, BOB}
    scene.admin.delete(f"/api/idps/{idp.name}?access=remove").expect(204)
    assert scene.settle().groups["staff"] == set()
    scene.forget(idp.name)


def test_a_protected_default_group_is_said_and_holds_up_no_other(scene: Scene) -> None:
    idp = Idp(scene, users={"defaultGroups": ["site-admins", "staff"]})
    idp.people(ADA)
    held = scene.settle()
    assert groups_of(held, ADA) == {"staff"}
    parked = scene.parked()[f"default groups of {idp.name}"]
    assert parked["subject"] == f"default:{idp.name}" and "site-admins" in parked["detail"]


# Groups in groups


def test_people_of_inner_groups_are_in_outer_ones(scene: Scene) -> None:
    idp = Idp(scene)
    ada, bob, eve = idp.people(ADA, BOB, EVE)
    inner = idp.group("inner", ada)
    middle = idp.group("middle", inner, bob)
    outer = idp.group("outer", middle, eve)
    held = scene.settle()
    assert held.groups["inner"] == {ADA}
    assert held.groups["middle"] == {ADA, BOB}
    assert held.groups["outer"] == {ADA, BOB, EVE}
    add_members(idp.scim, inner, bob)  # who is there already by another way
    dan, = idp.people("dan@example.com")
    add_members(idp.scim, inner, dan)
    assert scene.settle().groups["outer"] == {ADA, BOB, EVE, "dan@example.com"}
    remove_member(idp.scim, outer, middle)
    held = scene.settle()
    assert held.groups["outer"] == {EVE}
    assert held.groups["middle"] == {ADA, BOB, "dan@example.com"}
    add_members(idp.scim, outer, inner)
    assert scene.settle().groups["outer"] == {ADA, BOB, EVE, "dan@example.com"}
    idp.scim.delete(f"/Groups/{inner['id']}").expect(204)
    held = scene.settle()
    assert held.groups["outer"] == {EVE} and held.groups["middle"] == {BOB}
    assert held.groups["inner"] == set()


def test_a_diamond_and_a_circle_of_groups(scene: Scene) -> None:
    idp = Idp(scene)
    ada, bob = idp.people(ADA, BOB)
    low = idp.group("low", ada)
    left, right = idp.group("left", low), idp.group("right", low)
    top = idp.group("top", left, right, bob)
    assert scene.settle().groups["top"] == {ADA, BOB}
    remove_member(idp.scim, left, low)
    held = scene.settle()
    assert held.groups["top"] == {ADA, BOB} and held.groups["left"] == set()
    add_members(idp.scim, low, top)  # now everybody is everywhere
    held = scene.settle()
    assert held.groups["low"] == held.groups["right"] == held.groups["top"] == {ADA, BOB}
    remove_member(idp.scim, right, low)
    held = scene.settle()
    assert held.groups["low"] == {ADA, BOB} and held.groups["top"] == {BOB}
    assert held.groups["right"] == set()


def test_a_group_between_that_is_ignored_is_passed_through(scene: Scene) -> None:
    idp = Idp(scene, groups={"ignore": [{"group": "middle"}]})
    ada, = idp.people(ADA)
    idp.group("outer", idp.group("middle", idp.group("inner", ada)))
    held = scene.settle()
    assert groups_of(held, ADA) == {"inner", "outer"}
    idp.put(groups={"ignore": [{"group": "outer"}]})
    assert groups_of(scene.settle(), ADA) == {"inner", "middle"}


def test_groups_that_refer_to_each_other_in_one_bulk(scene: Scene) -> None:
    idp = Idp(scene)
    ada, bob = idp.people(ADA, BOB)
    schema = "urn:ietf:params:scim:schemas:core:2.0:Group"
    idp.scim.post("/Bulk", {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "POST", "path": "/Groups", "bulkId": name, "data": {
                "schemas": [schema], "displayName": name,
                "members": [{"value": f"bulkId:{other}"}, {"value": person["id"]}]}}
            for name, other, person in (("one", "two", ada), ("two", "one", bob))],
    }).expect(200)
    held = scene.settle()
    assert held.groups["one"] == held.groups["two"] == {ADA, BOB}


# Deletion


def test_a_group_of_ours_is_deleted_with_that_of_the_idp(scene: Scene) -> None:
    idp = Idp(scene, groups={"delete": True})
    ada, = idp.people(ADA)
    group = idp.group("devs", ada)
    scene.settle()
    idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    held = scene.settle()
    assert "devs" not in held.groups and ADA in held.accounts
    assert scene.control.counts()["removedGroups"] == {"devs": 1}
    assert len(events(scene, "jira.group.deleted")) == 1
    assert scene.parked() == {}


def test_without_the_rule_nothing_is_deleted(scene: Scene) -> None:
    idp = Idp(scene)
    ada, = idp.people(ADA)
    group = idp.group("devs", ada)
    scene.settle()
    idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    assert scene.settle().groups["devs"] == set()
    assert scene.calls("removeGroup") == []


@pytest.mark.parametrize("why", ["there before", "a product", "administrators", "listed",
                                 "ignored", "renamed"])
def test_what_is_never_deleted(why: str, scene: Scene) -> None:
    if why == "there before":
        scene.control.edit("add-group", name="devs")
    idp = Idp(scene, groups={"delete": True})
    ada, = idp.people(ADA)
    group = idp.group("devs", ada)
    scene.settle()
    if why == "a product":
        scene.control.edit("set-group", group="devs", product="jira-software")
    if why == "administrators":
        scene.control.edit("set-group", group="devs", access_type="admin")
    scene.put_site(protectedGroups=["dev*"] if why == "listed" else [])
    scene.settle()
    if why == "administrators":
        until(lambda: "devs" in scene.parked(), "the module to know")
    if why == "ignored":  # the IdP's group is there, so that it is not deleted
        idp.put(groups={"delete": True, "ignore": [{"group": "devs"}]})
    elif why == "renamed":
        rename(idp.scim, group, "crew")
    else:
        idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    assert "devs" in scene.settle().groups
    assert scene.calls("removeGroup") == []
    if why in ("a product", "administrators", "listed"):
        assert "devs is not deleted" in events(scene, "jira.group.kept")[0]


def test_a_group_that_another_idp_has_is_deleted_with_the_last(scene: Scene) -> None:
    okta, entra = Idp(scene, groups={"delete": True}), Idp(scene, groups={"delete": True})
    ada, = okta.people(ADA)
    bob, = entra.people(BOB)
    first, second = okta.group("devs", ada), entra.group("devs", bob)
    assert scene.settle().groups["devs"] == {ADA, BOB}
    okta.scim.delete(f"/Groups/{first['id']}").expect(204)
    assert scene.settle().groups["devs"] == {BOB}
    assert scene.calls("removeGroup") == []
    entra.scim.delete(f"/Groups/{second['id']}").expect(204)
    assert "devs" not in scene.settle().groups


def test_a_deletion_whose_answer_is_lost_is_done_once(scene: Scene) -> None:
    idp = Idp(scene, groups={"delete": True})
    group = idp.group("devs")
    scene.settle()
    scene.control.add_fault("status", match={"operation": "removeGroup"}, status=503, after=True)
    idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    assert "devs" not in scene.settle().groups
    assert scene.control.counts()["removedGroups"] == {"devs": 1}
    assert scene.parked() == {}


def test_a_refused_deletion_waits_for_a_person(scene: Scene) -> None:
    idp = Idp(scene, groups={"delete": True})
    group = idp.group("devs")
    scene.settle()
    scene.control.add_fault("status", match={"operation": "removeGroup"}, status=403,
                            body={"errorMessages": ["Not you."], "errors": {}})
    idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    scene.settle()
    task, = scene.parked().values()
    assert (task["status"], task["detail"]) == (403, "Not you.")
    scene.admin.retry(task["id"])
    assert "devs" not in scene.settle().groups


def test_the_guard_holds_deletions(scene: Scene, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160", count=1)
    guard = {"deletions": {"number": 2, "percent": 100}}
    idp = Idp(scene, groups={"delete": True}, guard=guard)
    groups = [idp.group(f"team {number}") for number in range(5)]
    scene.settle()
    scene.admin.set_state(idp.name, "paused")
    for group in groups:
        idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    scene.admin.set_state(idp.name, "live")
    until(lambda: len(scene.admin.tasks("state=held")) == 5, "the tasks to be held")
    assert scene.calls("removeGroup") == []
    assert "would be deleted in Jira" in scene.admin.tasks("state=held")[0]["detail"]
    scene.admin.post(f"/api/idps/{idp.name}/guard/release", {}).expect(200)
    held = scene.settle()
    assert not any(name.startswith("team") for name in held.groups)


def test_the_guard_holds_the_people_of_a_deleted_group(scene: Scene, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0160", count=1)
    idp = Idp(scene, groups={"delete": True}, guard={"memberships": {"number": 3, "percent": 100}})
    addresses = {f"p{number}@example.com" for number in range(8)}
    group = idp.group("devs", *idp.people(*addresses))
    scene.settle()
    idp.scim.delete(f"/Groups/{group['id']}").expect(204)
    until(lambda: len(scene.admin.tasks("state=held")) == 8, "the tasks to be held")
    assert scene.held().groups["devs"] == addresses
    waits = until(lambda: [task for task in scene.admin.tasks("state=waiting&kind=group")
                           if task["detail"]], "the group's task to say why it waits")
    assert "devs is deleted in Jira when the 8 people whom" in waits[0]["detail"]
    scene.admin.post(f"/api/idps/{idp.name}/guard/release", {}).expect(200)
    assert "devs" not in scene.settle().groups
    assert len(scene.calls("removeUserFromGroup")) == 8


def test_the_guard_counts_nobody_who_stays_by_another_way(scene: Scene) -> None:
    guard = {"memberships": {"number": 2, "percent": 100}}
    idp = Idp(scene, users={"defaultGroups": ["everybody"]}, guard=guard)
    people = idp.people(*(f"p{number}@example.com" for number in range(8)))
    inner = idp.group("inner", *people[:6])
    outer = idp.group("outer", inner, *people)
    idp.group("everybody", *people)
    scene.settle()
    scene.admin.set_state(idp.name, "paused")
    for person in people[:6]:  # they stay in it, by the inner group
        remove_member(idp.scim, outer, person)
    remove_member(idp.scim, outer, people[7])
    scene.admin.set_state(idp.name, "live")
    held = scene.settle()
    assert len(held.groups["outer"]) == 7 and len(held.groups["everybody"]) == 8
    assert scene.admin.tasks("state=held") == []


# Patterns that give up


def test_a_pattern_that_gives_up_changes_nothing(scene: Scene) -> None:
    idp = Idp(scene)
    ada, = idp.people(ADA)
    name = "a" * 60 + "!"
    idp.group(name, ada)
    scene.settle()
    idp.put(groups={"ignore": [{"pattern": "^(a+)+$"}], "passThrough": {"prefix": "x-"}})
    until(lambda: any("took too long" in (task["detail"] or "")
                      for task in scene.admin.tasks("state=waiting")), "the task to say it")
    held = scene.held()
    assert groups_of(held, ADA) == {name}
    idp.put()
    assert groups_of(scene.settle(), ADA) == {name}


# Two IdPs


def test_two_idps_that_call_a_group_differently_fill_one(scene: Scene) -> None:
    okta = Idp(scene, groups={"mappings": [mapping("Okta Devs", "devs")]})
    entra = Idp(scene, groups={"patterns": [{"pattern": "^Entra ", "replacement": ""}]})
    ada, both_by_okta = okta.people(ADA, BOB)
    eve, both_by_entra = entra.people(EVE, BOB)
    okta.group("Okta Devs", ada, both_by_okta)
    by_entra = entra.group("Entra devs", eve, both_by_entra)
    assert scene.settle().groups["devs"] == {ADA, BOB, EVE}
    okta.put(groups={"import": False})
    assert scene.settle().groups["devs"] == {BOB, EVE}
    remove_member(entra.scim, by_entra, both_by_entra)
    assert scene.settle().groups["devs"] == {EVE}


def test_a_group_of_one_idp_is_no_member_of_anothers(scene: Scene) -> None:
    okta, entra = Idp(scene), Idp(scene)
    ada, = okta.people(ADA)
    inner = okta.group("inner", ada)
    entra.group("outer", inner)
    held = scene.settle()
    assert held.groups["outer"] == set() and held.groups["inner"] == {ADA}

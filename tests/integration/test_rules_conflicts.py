"""What an administrator sees before a group is taken over, and where two identity providers claim
one group or person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.scene import SOFTWARE, Scene, scene  # noqa: F401
from tests.integration.test_rules_groups import ADA, BOB, EVE, Idp, mapping

pytestmark = pytest.mark.any_mpm

STRANGER = "stranger@example.com"


def preview(scene: Scene, idp: Idp, group: str) -> dict[str, Any]:
    return scene.admin.post(f"/api/sites/{scene.site}/groups/preview",
                            {"idp": idp.name, "group": group}).expect(200).json()


def paused(scene: Scene, **rules: Any) -> Idp:
    """Tells, and nothing of it is done yet."""
    idp = Idp(scene, **rules)
    scene.admin.set_state(idp.name, "paused")
    return idp


def in_jira(scene: Scene, group: str, *addresses: str) -> None:
    scene.control.edit("add-group", name=group)
    for address in addresses:
        if address not in scene.held().accounts:
            scene.control.edit("add-account", email=address)
        scene.control.edit("add-member", group=group, account=address)


# The preview


def test_who_would_come_who_is_there_who_is_not_ours(scene: Scene) -> None:
    in_jira(scene, "devs", BOB, STRANGER)
    idp = paused(scene)
    ada, bob, eve = idp.people(ADA, BOB, EVE)
    group = idp.group("devs", ada, bob)
    before = scene.held()
    for named in ("devs", "DEVS", group["id"]):
        answer = preview(scene, idp, named)
        one, = answer["jiraGroups"]
        assert (one["name"], one["exists"], one["linked"]) == ("devs", True, False)
        assert one["gain"] == [ADA] and one["keep"] == [BOB] and one["notOurs"] == [STRANGER]
        assert one["more"] == {"gain": 0, "keep": 0, "notOurs": 0, "leaving": 0, "withheld": 0}
        assert one["withheld"] == [] and one["twin"] is None and one["complete"]
        assert one["protected"] is None and not one["authoritative"]
        assert answer["moreGroups"] == 0 and answer["rule"] == "groups.otherwise"
    assert scene.held() == before
    scene.admin.set_state(idp.name, "live")
    assert scene.settle().groups["devs"] == {ADA, BOB, STRANGER}
    one, = preview(scene, idp, "devs")["jiraGroups"]
    assert one["linked"] and one["gain"] == [] and sorted(one["keep"]) == [ADA, BOB]
    assert one["notOurs"] == [STRANGER]


def test_several_names_and_what_is_not_there(scene: Scene) -> None:
    in_jira(scene, "all", *(f"p{number}@example.com" for number in range(60)))
    idp = paused(scene, groups={"authoritative": True, "mappings": [
        mapping("devs", "all", "none", "site-admins")]})
    group = idp.group("devs", *idp.people("p7@example.com", ADA))
    everybody, none, admins = preview(scene, idp, group["id"])["jiraGroups"]
    assert everybody["keep"] == ["p7@example.com"] and everybody["gain"] == [ADA]
    assert len(everybody["notOurs"]) == 59 and everybody["authoritative"]
    assert not none["exists"] and none["groupId"] is None
    assert none["gain"] == [ADA, "p7@example.com"] and none["keep"] == []
    assert "site-admins" in admins["protected"] and admins["gain"] == []
    assert {one["kind"] for one in admins["withheld"]} == {"protected"}
    assert [one["person"] for one in admins["withheld"]] == [ADA, "p7@example.com"]


def test_rules_are_looked_at_before_they_are_put(scene: Scene) -> None:
    in_jira(scene, "all", BOB, STRANGER)
    idp = paused(scene)
    idp.group("devs", *idp.people(ADA, BOB))
    stored = scene.admin.rules(idp.name)

    def tried(rules: Any) -> dict[str, Any]:
        return scene.admin.post(f"/api/sites/{scene.site}/groups/preview", {
            "idp": idp.name, "group": "devs", "rules": rules}).expect(200).json()

    answer = tried({"groups": {"mappings": [mapping("devs", "all")], "authoritative": True}})
    one, = answer["jiraGroups"]
    assert (one["name"], one["gain"], one["keep"]) == ("all", [ADA], [BOB])
    assert one["authoritative"] and one["notOurs"] == [STRANGER]
    assert answer["rule"] == "groups.mappings[0]"
    one, = tried({"users": {"filter": {"exclude": [{"attribute": "email", "pattern": "^ada"}]}}}
                 )["jiraGroups"]
    assert one["name"] == "devs" and one["gain"] == [BOB]
    assert [each["person"] for each in one["withheld"]] == [ADA]
    assert tried(None)["rule"] == "groups.otherwise"
    assert scene.admin.rules(idp.name) == stored
    one, = preview(scene, idp, "devs")["jiraGroups"]
    assert one["name"] == "devs" and sorted(one["gain"]) == [ADA, BOB]
    refused = scene.admin.post(f"/api/sites/{scene.site}/groups/preview", {
        "idp": idp.name, "group": "devs", "rules": {"users": {"products": ["bogus"]}}}).expect(400)
    assert refused.json()["detail"].startswith("users.products[0]: ")


def test_a_long_list_is_cut_and_counted(scene: Scene) -> None:
    in_jira(scene, "all", *(f"p{number}@example.com" for number in range(120)))
    idp = paused(scene)
    idp.group("all")
    one, = preview(scene, idp, "all")["jiraGroups"]
    assert len(one["notOurs"]) == 100 and one["more"]["notOurs"] == 20 and one["complete"]


def test_people_of_inner_groups_and_rules_of_people(scene: Scene) -> None:
    in_jira(scene, "devs", "bob@corp.example")
    idp = paused(scene, users={
        "filter": {"include": [], "exclude": [{"attribute": "userName", "pattern": "^svc-"}]},
        "patterns": [{"pattern": "^(.*)@example\\.com$", "replacement": "$1@corp.example"}]})
    ada, bob, robot = idp.people(ADA, BOB, "svc-robot@example.com")
    idp.group("devs", idp.group("inner", bob, robot), ada)
    one, = preview(scene, idp, "devs")["jiraGroups"]
    assert one["gain"] == ["ada@corp.example"] and one["keep"] == ["bob@corp.example"]
    left_out, = one["withheld"]
    assert (left_out["person"], left_out["kind"]) == ("svc-robot@example.com", "rule")
    assert "users.filter.exclude[0]" in left_out["text"] and "^svc-" in left_out["text"]


def withheld(one: dict[str, Any]) -> dict[str, str]:
    return {left_out["person"]: left_out["kind"] for left_out in one["withheld"]}


def test_who_would_not_come_in(scene: Scene) -> None:
    """What is foretold is what is done: nobody gains who is listed apart."""
    in_jira(scene, "devs")
    scene.control.edit("add-account", email=BOB)
    idp = paused(scene, users={"import": False})
    ada, bob, owner = idp.people(ADA, BOB, scene.jira.email)
    nobody = idp.scim.create_user("nobody")
    gone = idp.scim.create_user("gone@example.com", active=False)
    idp.group("devs", ada, bob, owner, nobody, gone)
    one, = preview(scene, idp, "devs")["jiraGroups"]
    assert one["gain"] == [BOB] and one["keep"] == [] and one["notOurs"] == []
    assert withheld(one) == {ADA: "rule", scene.jira.email: "owner", "nobody": "address"}
    texts = {left_out["person"]: left_out["text"] for left_out in one["withheld"]}
    assert f"no account of {ADA}" in texts[ADA] and "users.import" in texts[ADA]
    assert "owns the API token" in texts[scene.jira.email]
    scene.admin.set_state(idp.name, "live")
    assert scene.settle().groups["devs"] == {BOB}
    assert scene.parked().keys() == {"nobody"}
    one, = preview(scene, idp, "devs")["jiraGroups"]
    assert one["gain"] == [] and one["keep"] == [BOB] and len(one["withheld"]) == 3


def test_an_account_that_another_idp_lets_be_made(scene: Scene) -> None:
    first = paused(scene, users={"import": False})
    first.group("devs", *first.people(ADA, BOB))
    second = paused(scene)
    second.people(ADA)
    one, = preview(scene, first, "devs")["jiraGroups"]
    assert one["gain"] == [ADA] and withheld(one) == {BOB: "rule"}


def test_so_many_accounts_are_looked_for(scene: Scene) -> None:
    idp = paused(scene, users={"import": False})
    people = idp.people(*(f"p{number}@example.com" for number in range(51)))
    idp.group("devs", *people)
    one, = preview(scene, idp, "devs")["jiraGroups"]
    assert one["gain"] == [] and len(one["withheld"]) == 51 and not one["complete"]
    assert len(scene.calls("findUsers")) == 50


def test_a_group_in_other_upper_and_lower_case(scene: Scene) -> None:
    in_jira(scene, "Devs", BOB)
    idp = paused(scene)
    idp.group("devs", *idp.people(ADA, BOB))
    one, = preview(scene, idp, "devs")["jiraGroups"]
    assert (one["exists"], one["twin"], one["gain"]) == (False, "Devs", [])
    assert withheld(one) == {ADA: "refused", BOB: "refused"}
    assert "Jira has a group Devs" in one["withheld"][0]["text"]
    assert "groups.mappings" in one["withheld"][0]["mend"]


def test_a_group_that_stays_out(scene: Scene) -> None:
    idp = paused(scene, groups={"ignore": [{"group": "devs"}]})
    idp.group("devs")
    answer = preview(scene, idp, "devs")
    assert answer["jiraGroups"] == [] and answer["rule"] == "groups.ignore[0]"


@pytest.mark.parametrize("body, status, words", [
    ({}, 400, "idp and group"),
    ({"idp": "okta", "group": "devs", "more": 1}, 400, "more"),
    ({"idp": "nobody", "group": "devs"}, 404, "no identity provider nobody"),
    ({"idp": "IDP", "group": "unknown"}, 404, "no group unknown"),
    ({"idp": 7, "group": "devs"}, 400, "idp"),
])
def test_what_can_not_be_previewed(body: dict[str, Any], status: int, words: str,
                                   scene: Scene) -> None:
    idp = paused(scene)
    if body.get("idp") == "IDP":
        body = {**body, "idp": idp.name}
    answer = scene.admin.post(f"/api/sites/{scene.site}/groups/preview", body).expect(status)
    assert words in answer.json()["detail"]


def test_a_jira_that_does_not_answer(scene: Scene) -> None:
    idp = paused(scene)
    idp.group("devs")
    scene.control.add_fault("status", status=503,
                            match={"operation": "bulkGetGroups", "path": "groupName=devs"})
    answer = scene.admin.post(f"/api/sites/{scene.site}/groups/preview",
                              {"idp": idp.name, "group": "devs"}).expect(502)
    assert "503" in answer.json()["detail"]
    scene.admin.post("/api/sites/nowhere/groups/preview",
                     {"idp": idp.name, "group": "devs"}).expect(404)
    scene.admin.get(f"/api/sites/{scene.site}/groups/preview").expect(405)
    scene.admin.post(f"/api/sites/{scene.site}/groups/none", {}).expect(404)


# Conflicts


def conflicts(scene: Scene, query: str = "") -> dict[str, Any]:
    return scene.admin.get(f"/api/sites/{scene.site}/conflicts{query}").expect(200).json()


def test_groups_and_people_of_two_idps(scene: Scene) -> None:
    first = Idp(scene, groups={"mappings": [mapping("Devs", "devs")]})
    second = Idp(scene, precedence=7)
    for idp in (first, second):
        ada, _ = idp.people(ADA, f"only-{idp.name}@example.com")
        idp.group("devs" if idp is second else "Devs", ada)
        idp.group(f"own {idp.name}", ada)
    scene.settle()
    answer = conflicts(scene)
    group, = answer["groups"]
    person, = answer["people"]
    assert group["name"] == "devs" and person["email"] == ADA
    for one in (group, person):
        assert one["idps"] == [second.name, first.name] and one["winner"] == second.name
        assert one["rule"] == "precedence 7 comes before 100"
    assert group["authoritative"] is False
    # Who wins decides; of the same precedence the name does.
    first.put(precedence=7, groups={"mappings": [mapping("Devs", "devs", authoritative=True)]})
    scene.settle()
    group, = conflicts(scene)["groups"]
    assert group["winner"] == first.name < second.name and group["authoritative"] is True
    assert group["rule"] == "of the same precedence, 7, the name that comes first"
    second.put(precedence=6)
    scene.settle()
    assert conflicts(scene)["groups"][0]["authoritative"] is False
    first.put(groups={"import": False})
    scene.settle()
    assert conflicts(scene)["groups"] == [] and len(conflicts(scene)["people"]) == 1


def test_a_default_group_conflicts_with_a_pushed_one(scene: Scene) -> None:
    first, second = Idp(scene, users={"defaultGroups": ["staff"]}), Idp(scene)
    first.people(ADA)
    second.group("staff", *second.people(BOB))
    assert scene.settle().groups["staff"] == {ADA, BOB}
    group, = conflicts(scene)["groups"]
    assert sorted(group["idps"]) == sorted([first.name, second.name])


def test_conflicts_page_by_page(scene: Scene) -> None:
    idps = Idp(scene), Idp(scene)
    for idp in idps:
        for number in range(5):
            idp.group(f"team {number}")
    scene.settle()
    seen: list[str] = []
    query = "?limit=2"
    while groups := conflicts(scene, query)["groups"]:
        assert len(groups) <= 2
        seen += [group["name"] for group in groups]
        query = f"?limit=2&afterGroup={groups[-1]['groupId']}"
    assert sorted(seen) == [f"team {number}" for number in range(5)]


def test_conflicts_of_nothing(scene: Scene) -> None:
    assert conflicts(scene) == {"groups": [], "people": []}
    scene.admin.get("/api/sites/nowhere/conflicts").expect(404)
    scene.admin.get(f"/api/sites/{scene.site}/conflicts?limit=0").expect(400)
    scene.admin.get(f"/api/sites/{scene.site}/conflicts?who=me").expect(400)
    scene.admin.get(f"/api/sites/{scene.site}?who=me").expect(400)
    scene.admin.post(f"/api/sites/{scene.site}/conflicts", {}).expect(405)

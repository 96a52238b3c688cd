"""People and groups, looked for over all identity providers, and what is the matter with each."""

from __future__ import annotations

from typing import Any, Iterator
from urllib.parse import urlencode

import pytest

from tests.harness.admin import AdminClient
from tests.harness.wait import until
from tests.integration.scene import deactivate
from tests.integration.test_admin_idps import assert_problem, caught_up

pytestmark = pytest.mark.any_mpm


def page(admin: AdminClient, collection: str = "people", **query: Any) -> dict[str, Any]:
    return admin.get(f"/api/{collection}?{urlencode(query)}").expect(200).json()


def found(admin: AdminClient, collection: str = "people", **query: Any) -> list[dict[str, Any]]:
    return page(admin, collection, **query)[collection]


def names(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries]


def all_pages(admin: AdminClient, **query: Any) -> Iterator[list[dict[str, Any]]]:
    after = ""
    while after is not None:
        answer = page(admin, after=after, **query)
        yield answer["people"]
        after = answer["next"]


def test_one_person_over_all_idps(admin: AdminClient, make_idp: Any, jira: Any) -> None:
    one, other = make_idp(), make_idp()
    ann = one.scim.create_user("Ann.Lee", displayName="Lee, Ann",
                               emails=[{"value": "Ann@Example.com", "primary": True}])
    also = other.scim.create_user("ann@example.com")
    other.scim.create_user("bob@example.com")
    caught_up(admin, jira)
    assert found(admin, q="ANN@") == [
        {"id": identifier, "idp": idp, "name": name, "displayName": display, "deleted": False,
         "email": "ann@example.com", "active": True, "state": "ok", "task": None}
        for identifier, idp, name, display in sorted(
            [(ann["id"], one.name, "Ann.Lee", "Lee, Ann"),
             (also["id"], other.name, "ann@example.com", None)])]
    assert names(found(admin, q="lee,")) == ["Ann.Lee"]
    assert names(found(admin, q="ann", idp=other.name)) == ["ann@example.com"]
    assert names(found(admin, q="ann.")) == ["Ann.Lee"]
    assert found(admin, q="nobody") == []
    deactivate(one.scim, ann)
    assert [entry["active"] for entry in found(admin, q="ann.lee")] == [False]


def test_groups(admin: AdminClient, make_idp: Any, jira: Any) -> None:
    idp = make_idp()
    admin.set_state(idp.name, "paused")
    group = idp.scim.create_group("Crème brûlée")
    idp.scim.create_user("creme@example.com")
    assert found(admin, "groups", q="CRÈME", idp=idp.name) == [
        {"id": group["id"], "idp": idp.name, "name": "Crème brûlée", "deleted": False,
         "state": "waiting", "task": {"id": admin.tasks(f"subject={group['id']}")[0]["id"],
                                      "site": idp.site.name, "detail": None}}]
    assert found(admin, "groups", q="creme", idp=idp.name) == []


def test_what_is_the_matter(admin: AdminClient, idp: Any, jira: Any) -> None:
    """Whoever has no address fails; the words are those of the task, and the retry is of the id."""
    lost = idp.scim.create_user("lost")
    idp.scim.create_user("fine@example.com")
    until(lambda: admin.tasks(f"state=failed&subject={lost['id']}"), "the task to fail")
    caught_up(admin, jira)
    (entry,) = found(admin, state="failed", idp=idp.name)
    (task,) = admin.tasks(f"subject={lost['id']}")
    assert (entry["name"], entry["state"]) == ("lost", "failed")
    assert entry["task"] == {"id": task["id"], "site": idp.site.name, "detail": task["detail"]}
    assert found(admin, state="failed", q="fine") == []
    assert names(found(admin, state="ok", idp=idp.name)) == ["fine@example.com"]
    admin.post(f"/api/tasks/retry?subject={entry['id']}", {}).expect(200)
    admin.set_state(idp.name, "dryRun")
    until(lambda: found(admin, q="lost", state="planned") or found(admin, q="lost", state="failed"),
          "the task to be looked at")


def test_a_leaver_who_is_deleted_is_found_until_it_is_done(admin: AdminClient, idp: Any,
                                                           jira: Any) -> None:
    eve = idp.scim.create_user("Eve@example.com")
    caught_up(admin, jira)
    admin.set_state(idp.name, "paused")
    idp.scim.delete(f"/Users/{eve['id']}").expect(204)
    (entry,) = found(admin, q="eve@")
    assert (entry["id"], entry["name"], entry["deleted"], entry["active"], entry["state"]) == (
        eve["id"], "Eve@example.com", True, False, "waiting")
    assert names(found(admin, state="waiting", idp=idp.name)) == ["Eve@example.com"]
    admin.set_state(idp.name, "live")
    until(lambda: not found(admin, q="eve@"), "the leaver to have left")


def test_pages(admin: AdminClient, make_idp: Any) -> None:
    idps = [make_idp(), make_idp()]
    for idp in idps:
        admin.set_state(idp.name, "paused")
    told = [f"page{number:02}@example.com" for number in range(23)]
    for number, name in enumerate(told):
        idps[number % 2].scim.create_user(name, displayName=f"Paged {99 - number}")
    for query in {"q": "page"}, {"q": "page", "state": "waiting"}:
        pages = list(all_pages(admin, limit=5, **query))
        assert [len(entries) for entries in pages] == [5, 5, 5, 5, 3]
        assert names(sum(pages, [])) == told
    news = page(admin, q="page", limit=5)
    idps[0].scim.create_user("page00.5@example.com")
    assert names(page(admin, q="page", limit=5, after=news["next"])["people"]) == told[5:10]


@pytest.mark.parametrize("query, words", [
    ("state=good", "state must be"), ("limit=0", "limit"), ("limit=1001", "limit"),
    ("after=x", "after must be"), ("after=W10", "after must be"),
    ("after=WzEsMl0", "after must be"), ("q=%FF", "UTF-8"), ("idp=%FF", "UTF-8"),
    ("Name=x", "no query parameter Name"), ("q=" + "x" * 257, "q has 256 bytes"),
    ("before=1", "no query parameter before")])
@pytest.mark.parametrize("collection", ["people", "groups"])
def test_wrong_questions(collection: str, query: str, words: str, admin: AdminClient) -> None:
    assert_problem(admin.get(f"/api/{collection}?{query}"), 400, words)


def test_other_addresses_and_methods(admin: AdminClient) -> None:
    for collection in "people", "groups":
        assert_problem(admin.get(f"/api/{collection}/x"), 404, "nothing at this address")
        assert_problem(admin.post(f"/api/{collection}", {}), 405, "")
        assert admin.get(f"/api/{collection}?q=%F0%9F%98%80&idp=nowhere").expect(200).json() == {
            collection: [], "next": None}


# ---- the members of a group ----


def members(admin: AdminClient, idp: str, group: dict[str, Any], **query: Any) -> dict[str, Any]:
    path = f"/api/idps/{idp}/groups/{group['id']}/members?{urlencode(query)}"
    return admin.get(path).expect(200).json()


def test_who_is_in_a_group_and_whether_jira_has_them_there(admin: AdminClient, idp: Any, jira: Any
                                                           ) -> None:
    ann = idp.scim.create_user("ann@example.com", displayName="Ann Lee",
                               emails=[{"value": "ann@example.com"}])
    lost = idp.scim.create_user("lost")
    inner = idp.scim.create_group("Inner")
    group = idp.scim.create_group("Crew", [ann["id"], lost["id"], inner["id"], "nobody-yet"])
    until(lambda: admin.tasks(f"state=failed&subject={lost['id']}"), "the task to fail")
    until(lambda: not admin.tasks(f"state=waiting&idp={idp.name}"), "the others to be done")
    told = {member["id"]: member for member in members(admin, idp.name, group)["members"]}
    assert sorted(told) == sorted([ann["id"], lost["id"], inner["id"], "nobody-yet"])
    (held,) = told[ann["id"]]["held"]
    assert (held["site"], held["group"], held["state"]) == (idp.site.name, "Crew", "ours")
    assert held["accountId"] and held["groupId"]
    assert told[ann["id"]]["told"] == found(admin, q="ann lee", idp=idp.name)[0]
    (held,) = told[lost["id"]]["held"]
    assert (held["accountId"], held["state"]) == (None, None)
    assert told[lost["id"]]["told"]["state"] == "failed"
    assert (told[inner["id"]]["type"], told[inner["id"]]["told"]["name"],
            told[inner["id"]]["held"]) == ("Group", "Inner", [])
    assert told["nobody-yet"] == {"id": "nobody-yet", "type": None, "display": None, "told": None,
                                  "held": []}


def test_members_in_pages(admin: AdminClient, make_idp: Any) -> None:
    idp = make_idp()
    admin.set_state(idp.name, "paused")
    users = [idp.scim.create_user(f"crew{number}@example.com")["id"] for number in range(7)]
    group = idp.scim.create_group("Crew", users)
    page = members(admin, idp.name, group, limit=3)
    seen = [page]
    while page["next"] is not None:
        page = members(admin, idp.name, group, limit=3, after=page["next"])
        seen.append(page)
    assert [len(each["members"]) for each in seen] == [3, 3, 1]
    assert [member["id"] for each in seen for member in each["members"]] == sorted(users)
    assert all(member["held"] == [] for each in seen for member in each["members"])


def test_members_of_what_is_not_there(admin: AdminClient, make_idp: Any) -> None:
    idp, other = make_idp(), make_idp()
    admin.set_state(idp.name, "paused")
    user = idp.scim.create_user("ann@example.com")
    group = idp.scim.create_group("Crew")
    address = "/api/idps/{}/groups/{}/members"
    assert members(admin, idp.name, group) == {"members": [], "next": None}
    for name, one in (other.name, group), (idp.name, user), ("nowhere", group):
        assert_problem(admin.get(address.format(name, one["id"])), 404, name)
    path = address.format(idp.name, group["id"])
    assert_problem(admin.get(f"{path}?limit=0"), 400, "limit")
    assert_problem(admin.get(f"{path}?q=x"), 400, "no query parameter q")
    assert_problem(admin.post(path, {}), 405, "")


# ---- what a plan says of what was told ----


def test_a_plan_says_what_groups_stand_for_and_what_grants_a_product(admin: AdminClient, idp: Any,
                                                                     jira: Any, httpd: Any) -> None:
    """Also of who has left, and of a group that the rules keep out, with the rule."""
    httpd.error_log.expect("SCIM0160")
    admin.put_rules(idp.name, {"groups": {"ignore": [{"group": "Everyone"}]},
                               "guard": {"deactivations": {"number": 0, "percent": 0}}})
    amy = idp.scim.create_user("amy@example.com", displayName="Amy",
                               emails=[{"value": "amy@example.com"}])
    for name in "Crew", "Everyone":
        idp.scim.create_group(name, [amy["id"]])
    caught_up(admin, jira)
    plan = admin.plan_of(idp.name, amy)
    assert plan["entry"] == found(admin, q="amy", idp=idp.name)[0]
    deactivate(idp.scim, amy)
    until(lambda: admin.tasks(f"state=held&subject={amy['id']}"), "the guard to hold it")
    (site,) = admin.plan_of(idp.name, amy)["sites"]
    groups = {group["group"]: group for group in site["told"][0]["groups"]}
    assert (groups["Crew"]["jiraGroups"], groups["Everyone"]["jiraGroups"]) == (["Crew"], [])
    assert groups["Everyone"]["rule"].startswith("groups.ignore")
    assert site["held"]["account"]["state"] is None
    products = {held["group"]: held["product"] for held in site["held"]["memberships"]}
    assert products.pop("Crew") is False
    assert set(products.values()) == {True}


def test_who_is_deleted_has_a_plan_while_there_is_a_task(admin: AdminClient, idp: Any, jira: Any
                                                         ) -> None:
    eve = idp.scim.create_user("eve@example.com", emails=[{"value": "eve@example.com"}])
    caught_up(admin, jira)
    admin.set_state(idp.name, "paused")
    idp.scim.delete(f"/Users/{eve['id']}").expect(204)
    plan = admin.plan_of(idp.name, eve)
    assert (plan["entry"]["deleted"], plan["entry"]["state"]) == (True, "waiting")
    assert plan["sites"][0]["held"]["account"]["email"] == "eve@example.com"

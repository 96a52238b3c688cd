"""What happened, as an administrator asks for it: who caused what on whom."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.harness.admin import AdminClient
from tests.integration.scene import add_members, deactivate, remove_member, rename
from tests.integration.test_admin_idps import assert_problem, caught_up

pytestmark = pytest.mark.any_mpm


def found(admin: AdminClient, **query: Any) -> list[str]:
    """Kinds, oldest first."""
    return [event["kind"] for event in reversed(admin.events(urlencode(query)))]


def test_a_persons_story_by_id_name_and_address(admin: AdminClient, idp: Any, jira: Any) -> None:
    ann = idp.scim.create_user("Ann", emails=[{"value": "Ann@Example.com", "primary": True}])
    bob = idp.scim.create_user("bob@example.com")
    team = idp.scim.create_group("Team", [ann["id"], bob["id"]])
    caught_up(admin, jira)
    deactivate(idp.scim, ann)
    caught_up(admin, jira)
    story = ["user.created", "jira.account.created", "jira.member.added", "user.deactivated",
             "jira.member.removed", "jira.member.removed"]
    for who in (ann["id"], "ANN", "ann@example.COM"):
        assert found(admin, person=who, idp=idp.name) == story
    assert found(admin, person=ann["id"], kind="jira.member.") == [
        "jira.member.added", "jira.member.removed", "jira.member.removed"]
    assert found(admin, person="ann", group="team", idp=idp.name) == [
        "jira.member.added", "jira.member.removed"]
    assert found(admin, person=team["id"], kind="user.") == []


def test_a_groups_story_by_id_and_name(admin: AdminClient, idp: Any, jira: Any) -> None:
    ann = idp.scim.create_user("ann@example.com")
    team = idp.scim.create_group("Story Team")
    caught_up(admin, jira)
    add_members(idp.scim, team, ann)
    caught_up(admin, jira)
    remove_member(idp.scim, team, ann)
    caught_up(admin, jira)
    story = ["group.created", "jira.group.created", "group.members", "jira.member.added",
             "group.members", "jira.member.removed"]
    assert found(admin, group=team["id"]) == story
    assert found(admin, group="story TEAM") == story


def test_the_name_of_the_day_is_found_after_a_rename(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    team = idp.scim.create_group("Before")
    rename(idp.scim, team, "Afterwards")
    assert found(admin, group="before") == ["group.created"]
    assert found(admin, group="afterwards") == ["group.renamed"]
    assert found(admin, group=team["id"]) == ["group.created", "group.renamed"]


def test_what_was_before_and_is_after(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    ann = idp.scim.create_user("ann@example.com", displayName="Ann", title="Dr",
                               password="demo-secret")
    path = f"/Users/{ann['id']}"
    idp.scim.put(path, {"userName": "anna@example.com", "displayName": "Anna", "title": "Prof",
                        "active": True, "password": "demo-secret-2"}).expect(200)
    deactivate(idp.scim, ann)
    idp.scim.patch_operations(path, {"op": "remove", "path": "displayName"}).expect(200)
    created, renamed, off, changed = reversed(admin.events(f"person={ann['id']}"))
    assert created["change"] is None
    assert renamed["change"] == {
        "userName": {"before": "ann@example.com", "after": "anna@example.com"},
        "email": {"before": "ann@example.com", "after": "anna@example.com"},
        "displayName": {"before": "Ann", "after": "Anna"}}
    assert off["change"] == {"active": {"before": True, "after": False}}
    assert changed["change"] == {"displayName": {"before": "Anna"}}


def test_members_that_came_and_went_are_named(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    team = idp.scim.create_group("Team", ["a", "b"])
    idp.scim.put(f"/Groups/{team['id']}", {
        "displayName": "Team", "members": [{"value": "b"}, {"value": "c"}]}).expect(200)
    newest = admin.events(f"group={team['id']}")[0]
    assert newest["kind"] == "group.members"
    assert newest["change"] == {"members": {"added": ["c"], "removed": ["a"]}}
    many = [f"m{number}" for number in range(500)]
    idp.scim.put(f"/Groups/{team['id']}", {
        "displayName": "Team", "members": [{"value": value} for value in many]}).expect(200)
    newest = admin.events(f"group={team['id']}")[0]
    assert newest["detail"] == "500 added, 2 removed"
    assert len(newest["change"]["members"]["added"]) == 20


def test_what_administrators_change(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    newest = admin.events("limit=1")[0]
    assert (newest["kind"], newest["actor"], newest["idp"]) == (
        "idp.changed", "admin:admin", idp.name)
    assert newest["change"] == {"state": {"before": "live", "after": "paused"}}
    site = idp.site
    admin.put(f"/api/sites/{site.name}", {"apiToken": site.jira.api_token,
                                          "products": ["jira-core"]}).expect(200)
    newest = admin.events(f"site={site.name}&kind=site.changed")[0]
    assert newest["change"] == {
        "products": {"before": ["jira-software"], "after": ["jira-core"]},
        "apiToken": {"after": "stored anew"}}
    assert admin.events("actor=admin%3Aadmin&kind=site.")[0] == newest


def test_what_administrators_change_of_a_site(admin: AdminClient, site: Any) -> None:
    """Each of its settings, and of secrets that there are others."""
    key = {"apiKey": "demo-key-of-an-organization"}

    def changed(**settings: Any) -> Any:
        admin.put(f"/api/sites/{site.name}", settings).expect(200)
        return admin.events(f"site={site.name}&kind=site.changed&limit=1")[0]["change"]

    ends = f"{datetime.now(timezone.utc).date() + timedelta(days=90)}T00:00:00.000Z"
    assert changed(protectedGroups=["board"]) == {
        "protectedGroups": {"before": [], "after": ["board"]}}
    assert changed(apiTokenExpires=ends) == {"apiTokenExpires": {"after": ends}}
    assert changed(protectedGroups=[], apiTokenExpires=None) == {
        "protectedGroups": {"before": ["board"], "after": []}, "apiTokenExpires": {"before": ends}}
    gateway = "http://127.0.0.1:9"
    assert changed(gatewayUrl=gateway) == {"gatewayUrl": {"after": gateway}}
    assert changed(gatewayUrl=None, organization={"id": "one", "url": gateway, **key}) == {
        "gatewayUrl": {"before": gateway}, "organization": {"after": "one"},
        "organization.apiKey": {"after": "stored anew"}, "organization.url": {"after": gateway}}
    assert changed(organization={"id": "one", "url": gateway, **key}) == {
        "organization.apiKey": {"after": "stored anew"}}
    assert changed(organization=None) == {
        "organization": {"before": "one"}, "organization.url": {"before": gateway}}


def test_by_idp_site_and_actor(admin: AdminClient, make_idp: Any) -> None:
    one, other = make_idp(), make_idp()
    for idp in one, other:
        admin.set_state(idp.name, "paused")
        idp.scim.create_user(f"{idp.name}@example.com")
    told = ["idp.created", "idp.changed", "user.created"]
    assert found(admin, idp=one.name) == told
    assert found(admin, idp=one.name, actor=f"idp:{one.name}") == ["user.created"]
    assert found(admin, actor=f"idp:{other.name}") == ["user.created"]
    assert found(admin, idp=one.name, actor=f"idp:{other.name}") == []
    # What an IdP said has no site, since it may feed several.
    assert found(admin, site=one.site.name, kind="user.") == []
    assert found(admin, site=one.site.name) == ["site.created"]
    assert found(admin, idp=one.name, kind="user.create") == []


def test_by_time(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    for name in "abc":
        idp.scim.create_user(name)
    events = admin.events(f"idp={idp.name}&kind=user.created")
    moments = [event["at"] for event in events]
    assert admin.events(f"idp={idp.name}&kind=user.&from={moments[0]}&to={moments[0]}") == []
    last = datetime.fromisoformat(moments[0])
    after = (last + timedelta(milliseconds=1)).isoformat()
    assert admin.events(f"kind=user.&from={moments[2]}&to={quote(after)}&idp={idp.name}") == events
    elsewhere = (last + timedelta(milliseconds=1)).astimezone(timezone(timedelta(hours=5)))
    assert admin.events(f"kind=user.&from={moments[2]}&to={quote(elsewhere.isoformat())}"
                        f"&idp={idp.name}") == events
    assert admin.events(f"to={moments[2]}&idp={idp.name}&kind=user.") == []


def test_pages_stay_as_they_are_while_news_come(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    for number in range(7):
        idp.scim.create_user(f"u{number}")
    query = f"idp={idp.name}&kind=user.&limit=3"
    whole = admin.events(f"idp={idp.name}&kind=user.")
    page, paged = admin.events(query), []
    while page:
        paged += page
        idp.scim.create_user(f"late{len(paged)}")
        page = admin.events(f"{query}&before={page[-1]['id']}")
    assert paged == whole and len(paged) == 7


@pytest.mark.parametrize("query, words", [
    ("persn=ann", "persn"), ("person=ann&kinds=user.", "kinds"), ("from=yesterday", "from"),
    ("to=2026-13-01T00:00:00Z", "to"), ("from=2026-11-22", "from"), ("limit=1001", "limit"),
    ("state=failed", "state"), ("x", "x"), ("%22=1", '"')])
def test_wrong_questions(query: str, words: str, admin: AdminClient) -> None:
    assert_problem(admin.get(f"/api/events?{query}"), 400, words)


@pytest.mark.parametrize("path", ["/api/sites", "/api/sites/x", "/api/idps", "/api/idps/x",
                                  "/api/idps/x/tokens", "/api/idps/x/rules", "/api/tasks",
                                  "/api/tasks/1", "/api/status", "/api/events"])
def test_unknown_parameters_are_refused_everywhere(path: str, admin: AdminClient) -> None:
    """A filter that is misspelt must not answer everything."""
    assert_problem(admin.get(f"{path}?Stat=failed"), 400, "There is no query parameter Stat here")


def test_an_empty_condition_is_none(admin: AdminClient, idp: Any) -> None:
    assert admin.events(f"idp={idp.name}&person=&kind=&before=") == admin.events(
        f"idp={idp.name}")


def test_names_of_any_kind(admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    names = ["J\u00fcrgen \u201cQuote\u201d", "it's; DROP TABLE event", "100%", "\U0001f600" * 250]
    for name in names:
        user = idp.scim.create_user(name)
        assert found(admin, person=name) == ["user.created"]
        assert found(admin, person=user["id"]) == ["user.created"]
    assert len(admin.events(f"person={user['id']}")[0]["name"]) < 300

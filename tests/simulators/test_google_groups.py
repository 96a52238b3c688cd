"""The simulated Google: groups.list, members.list, orgunits.list."""

from __future__ import annotations

import pytest

from tests.simulators.google.fixtures import (  # noqa: F401
    api, careless_google, emails, google, one_google)


@pytest.fixture
def nested(google):
    """all > team > squad, with a person in each; ids by name."""
    add = google.control.edit
    ids = {}
    for person in ("ada", "ben", "cleo"):
        ids[person] = add("add-user", email=f"{person}@example.com")["id"]
    for group in ("all", "team", "squad"):
        ids[group] = add("add-group", email=f"{group}@example.com")["id"]
    for group, member in (("all", "team"), ("team", "squad"), ("all", "ada"), ("team", "ben"),
                          ("squad", "cleo")):
        add("add-member", group=ids[group], member=ids[member])
    return ids


def test_groups_are_listed_by_address(google, api):
    for name in ("zoo", "ant", "bee"):
        google.control.edit("add-group", email=f"{name}@example.com", name="Same name")
    reply = api.groups()
    assert emails(reply, "groups", "email") == ["ant", "bee", "zoo"]
    assert {one["name"] for one in reply.content["groups"]} == {"Same name"}
    assert api.get("groups").content["groups"] == reply.content["groups"]
    backwards = api.pages("groups", "groups", orderBy="email", sortOrder="DESCENDING", maxResults=1)
    assert [page[0]["email"][0] for page in backwards] == ["z", "b", "a"]


def test_nothing_is_a_missing_key(google, api):
    assert api.groups().content.keys() == {"kind", "etag"}
    google.control.edit("add-group", email="team@example.com")
    assert api.members("team@example.com").content.keys() == {"kind", "etag"}


def test_a_page_holds_200_at_most(careless_google, api):
    careless_google.control.seed(users=201, groups=201, members_per_group=201)
    pages = api.pages("groups", "groups", customer="my_customer")
    assert [len(page) for page in pages] == [200, 1]
    members = api.pages(f"groups/{pages[0][0]['id']}/members", "members")
    assert [len(page) for page in members] == [200, 1]
    assert careless_google.control.violations() == []
    assert len(api.groups(maxResults=500).content["groups"]) == 200
    assert "over 200" in careless_google.control.violations()[0]["problem"]


@pytest.mark.parametrize("query, found", [
    ("email:te*", ["team"]), ("email=squad@example.com", ["squad"]), ("name:s*", ["squad"]),
    ("name=all", ["all"]), ("memberKey=ben@example.com", ["team"]), ("name=nobody", [])])
def test_group_queries(api, nested, query, found):
    assert emails(api.groups(query=query), "groups", "email") == found


@pytest.mark.parametrize("query", ["name:team", "description=x", "memberKey=a name=b", "team"])
def test_a_group_query_that_makes_no_sense(api, nested, query):
    assert (api.groups(query=query).status, api.groups(query=query).reason) == (400, "invalid")


def test_the_groups_of_a_user_include_those_outside(google, api, nested):
    google.control.edit("add-group", email="club@elsewhere.example", external=True)
    google.control.edit("add-member", group="club@elsewhere.example", member="ben@example.com")
    assert "club" not in emails(api.groups(), "groups", "email")
    reply = api.get("groups", userKey="ben@example.com")
    assert emails(reply, "groups", "email") == ["club", "team"]
    assert api.groups(userKey="ben@example.com").status == 400
    outside = api.members("club@elsewhere.example")
    assert (outside.status, outside.reason) == (403, "forbidden")


def test_the_count_of_members_is_text_and_leaves_groups_out(api, nested):
    counts = {one["email"]: one["directMembersCount"] for one in api.groups().content["groups"]}
    assert counts["all@example.com"] == "1"


def test_direct_and_derived_members(google, api, nested):
    def found(**query):
        reply = api.members(nested["all"], **query)
        return sorted((one["type"], one["email"].partition("@")[0])
                      for one in reply.content["members"])
    assert found() == [("GROUP", "team"), ("USER", "ada")]
    assert found(includeDerivedMembership="true") == [
        ("GROUP", "squad"), ("GROUP", "team"), ("USER", "ada"), ("USER", "ben"), ("USER", "cleo")]
    google.control.configure(derived_membership="fewer")
    assert ("USER", "cleo") not in found(includeDerivedMembership="true")


def test_who_is_in_a_group_outside_is_not_derived(google, api, nested):
    google.control.edit("add-group", email="club@elsewhere.example", external=True)
    google.control.edit("add-member", group="club@elsewhere.example", member="eve@outside.example")
    google.control.edit("add-member", group=nested["squad"], member="club@elsewhere.example")
    reply = api.members(nested["squad"], includeDerivedMembership="true")
    assert sorted(emails(reply, "members", "email")) == ["cleo", "club"]
    club = next(one for one in reply.content["members"] if one["type"] == "GROUP")
    assert "status" not in club


def test_cycles_are_refused_unless_asked_for(google, api, nested):
    for group in ("squad", "all"):
        with pytest.raises(ValueError, match="GROUP_CANNOT_CONTAIN_CYCLE"):
            google.control.edit("add-member", group=nested[group], member=nested["all"])
    google.control.edit("add-member", group=nested["squad"], member=nested["all"], cycle=True)
    reply = api.members(nested["all"], includeDerivedMembership="true")
    assert len(reply.content["members"]) == 5
    google.control.edit("add-member", group=nested["all"], member="cleo@example.com", role="OWNER")
    reply = api.members(nested["all"], includeDerivedMembership="true")
    roles = {one["id"]: one["role"] for one in reply.content["members"]}
    assert (roles[nested["cleo"]], roles[nested["ben"]]) == ("OWNER", "MEMBER")


def test_roles(google, api, nested):
    google.control.edit("add-member", group="team@example.com", member="ada@example.com",
                        role="OWNER")
    assert len(api.members(nested["team"]).content["members"]) == 3
    assert emails(api.members(nested["team"], roles="OWNER,MANAGER"), "members", "email") == ["ada"]
    assert api.members(nested["team"], roles="KING").status == 400


def test_odd_members(google, api, nested):
    add = google.control.edit
    add("add-group", email="odd@example.com")
    add("add-member", group="odd@example.com", member="CUSTOMER")
    outsider = add("add-member", group="odd@example.com", member="eve@outside.example")["id"]
    add("set-user", user="ada@example.com", aliases=["a@example.com"])
    add("add-member", group="odd@example.com", member="ada@example.com", email="a@example.com")
    add("set-user", user="ben@example.com", suspended=True)
    add("add-member", group="odd@example.com", member="ben@example.com")
    members = {one["id"]: one for one in api.members("odd@example.com").content["members"]}
    customer = members[google.control.settings()["customerId"]]
    assert (customer["type"], "email" in customer) == ("CUSTOMER", False)
    assert (members[outsider]["email"], "status" in members[outsider]) == (
        "eve@outside.example", False)
    assert members[nested["ada"]]["email"] == "a@example.com"
    assert members[nested["ben"]]["status"] == "SUSPENDED"
    for member in ("CUSTOMER", outsider, "ada@example.com", nested["ben"]):
        add("remove-member", group="odd@example.com", member=member)
    assert "members" not in api.members("odd@example.com").content


def test_who_is_deleted_is_no_member(google, api, nested):
    google.control.edit("remove-user", user=nested["cleo"])
    assert "members" not in api.members(nested["squad"]).content
    google.control.edit("remove-group", group=nested["squad"])
    assert emails(api.members(nested["team"]), "members", "email") == ["ben"]
    gone = api.members(nested["squad"])
    assert (gone.status, gone.reason) == (404, "notFound")


def test_a_group_needs_an_administrator(google, api, nested):
    google.control.configure(caller="unprivileged")
    for reply in (api.groups(), api.members(nested["all"])):
        assert (reply.status, reply.message) == (403, "Not Authorized to access this resource/api")


def test_group_edits(google, api, nested):
    google.control.edit("set-group", group=nested["team"], email="crew@example.com", name="Crew",
                        description="d", aliases=["team@example.com"])
    group = api.groups(query="name=Crew").content["groups"][0]
    assert (group["id"], group["aliases"]) == (nested["team"], ["team@example.com"])
    assert api.members("team@example.com").status == 200


def test_org_units(google, api):
    api.token = google.control.issue_token("admin.directory.orgunit.readonly")

    def paths(**query):
        reply = api.get("customer/my_customer/orgunits", **query)
        return [one["orgUnitPath"] for one in reply.content.get("organizationUnits", [])]

    assert "organizationUnits" not in api.get("customer/my_customer/orgunits").content
    for path in ("/a", "/a/b", "/a/b/c", "/d"):
        google.control.edit("add-org-unit", path=path)
    assert paths() == ["/a", "/d"]
    assert paths(type="all") == ["/a", "/a/b", "/a/b/c", "/d"]
    assert paths(type="children", orgUnitPath="/a") == ["/a/b"]
    assert paths(type="allIncludingParent", orgUnitPath="a/b") == ["/a/b", "/a/b/c"]
    assert api.get("customer/my_customer/orgunits", orgUnitPath="/x").status == 404
    assert api.get("customer/C0other/orgunits").status == 403
    with pytest.raises(ValueError, match="not empty"):
        google.control.edit("remove-org-unit", path="/a")
    google.control.edit("remove-org-unit", path="/d")
    assert paths() == ["/a"]

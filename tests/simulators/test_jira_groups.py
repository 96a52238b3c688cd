"""The simulated Jira's operations on groups and memberships."""

from __future__ import annotations

import pytest

from tests.simulators.jira.fixtures import api, careless_jira, jira, one_jira  # noqa: F401


def group(jira, name):
    return next(one for one in jira.control.state()["groups"] if one["name"] == name)


def test_the_seeded_groups(jira, api):
    def names(**query):
        return [one["name"] for one in api.get("group/bulk", **query).content["values"]]

    assert names(accessType="site-admin") == ["site-admins"]
    assert names(accessType="admin") == ["administrators", "jira-administrators"]
    assert names(accessType="user", applicationKey="jira-software") == ["jira-software-users-demo"]
    assert len(names(accessType="user")) == 4


def test_a_group_becomes_the_administrators_and_is_no_longer(jira, api):
    def names(access):
        return [one["name"] for one in api.get("group/bulk", accessType=access).content["values"]]

    jira.control.edit("add-group", name="devs")
    jira.control.edit("set-group", group="devs", access_type="admin")
    assert names("admin") == ["administrators", "devs", "jira-administrators"]
    jira.control.edit("set-group", group="devs", product="jira-core")
    assert "devs" in names("admin")
    jira.control.edit("set-group", group="devs", access_type=None)
    assert names("admin") == ["administrators", "jira-administrators"]


def test_create_answers_201_with_the_group(jira, api):
    reply = api.call("POST", "group", body={"name": "demo team"})
    assert reply.status == 201
    assert reply.content["name"] == "demo team"
    assert reply.content["users"]["size"] == 0
    assert reply.content["self"].endswith(f"?groupId={reply.content['groupId']}")
    assert jira.control.counts()["createdGroups"] == {"demo team": 1}


@pytest.mark.parametrize("name", ["demo team", "Demo TEAM"])
def test_a_name_in_use_is_refused_whatever_its_case(jira, api, name):
    api.group_id("demo team")
    reply = api.call("POST", "group", body={"name": name})
    assert reply.status == 400
    assert "in use" in reply.message
    assert jira.control.counts()["createdGroups"] == {"demo team": 1}


def test_an_empty_name_is_refused(jira, api):
    assert api.call("POST", "group", body={"name": " "}).status == 400


def test_bulk_finds_exact_names_and_ids(jira, api):
    one, two = api.group_id("one"), api.group_id("two")

    def ids(**query):
        return {found["groupId"] for found in api.get("group/bulk", **query).content["values"]}

    assert ids(groupName="one") == {one}
    assert ids(groupName="ONE") == set()
    assert ids(groupName="on") == set()
    assert ids(groupName=["one", "two", "three"]) == {one, two}
    assert ids(groupId=[one], groupName=["two"]) == {one, two}


def test_bulk_pages(jira, api):
    for number in range(7):
        api.group_id(f"demo-{number}")
    names = [f"demo-{number}" for number in range(7)]
    first = api.get("group/bulk", groupName=names, maxResults=5).content
    assert (first["total"], first["isLast"], len(first["values"])) == (7, False, 5)
    assert first["nextPage"].startswith(f"{jira.base_url}/rest/api/3/group/bulk?groupName=demo-0")
    rest = api.get("group/bulk", groupName=names, maxResults=5, startAt=5).content
    assert [one["name"] for one in rest["values"]] == names[5:]
    assert rest["isLast"] is True


def test_the_picker_matches_what_a_name_contains_and_is_capped(jira, api):
    for number in range(25):
        api.group_id(f"team {number:02} demo")
    reply = api.get("groups/picker", query="demo", maxResults=100).content
    assert reply["header"].startswith("Showing 20 of ")
    assert (len(reply["groups"]), reply["total"]) == (20, 29)
    assert api.get("groups/picker", query="TEAM").content["total"] == 0
    found = api.get("groups/picker", query="M 07", caseInsensitive="true").content["groups"]
    assert [one["html"] for one in found] == ["tea<b>m 07</b> demo"]
    assert api.get("groups/picker", query="team 07", exclude="team 07 demo").content["total"] == 0


def test_without_the_permission_the_picker_knows_whole_names_only(jira, api):
    api.group_id("demo team")
    jira.control.configure(caller="unprivileged")
    assert api.get("groups/picker", query="demo").content["groups"] == []
    assert api.get("groups/picker", query="demo team").content["total"] == 1


def test_add_member_answers_201_with_the_group(jira, api):
    mia, team = api.account_id("mia@example.com"), api.group_id("team")
    reply = api.add(team, mia)
    assert (reply.status, reply.content["users"]["size"]) == (201, 1)
    assert group(jira, "team")["members"] == ["mia@example.com"]
    assert jira.control.counts()["addedMembers"] == {"team": {"mia@example.com": 1}}


def test_a_member_already_is_400_with_the_known_text(jira, api):
    mia, team = api.account_id("mia@example.com"), api.group_id("team")
    api.add(team, mia)
    reply = api.add(team, mia)
    assert reply.status == 400
    assert reply.message == "Cannot add user. User is already a member of 'team'"


def test_an_unknown_user_or_group_is_404(jira, api):
    mia, team = api.account_id("mia@example.com"), api.group_id("team")
    reply = api.add(team, "712020:nobody")
    assert reply.status == 404
    assert reply.message == (
        "Specified user does not exist or you do not have required permissions")
    assert api.take_out(team, "712020:nobody").status == 404
    assert api.add("no-group", mia).status == 404
    assert api.take_out("no-group", mia).status == 404
    assert api.get("group/member", groupId="no-group").status == 404
    assert api.call("DELETE", "group", {"groupId": "no-group"}).status == 404


def test_take_out_answers_200_and_the_second_time_404(jira, api):
    mia, team = api.account_id("mia@example.com"), api.group_id("team")
    api.add(team, mia)
    reply = api.take_out(team, mia)
    assert (reply.status, reply.content) == (200, "")
    assert group(jira, "team")["members"] == []
    reply = api.take_out(team, mia)
    assert reply.status == 404
    assert "not a member of" in reply.message


def test_members_are_shown_50_a_page_and_the_inactive_ones_only_when_asked_for(jira, api):
    team = api.group_id("team")
    emails = [f"demo{number:02}@example.com" for number in range(60)]
    jira.control.edits([{"action": "add-account", "email": email} for email in emails])
    jira.control.edits([{"action": "add-member", "group": "team", "account": email}
                        for email in emails])

    def members(**query):
        found, start, last = [], 0, False
        while not last:
            page = api.get("group/member", groupId=team, startAt=start, **query).content
            found += [one["emailAddress"] for one in page["values"]]
            start, last = start + len(page["values"]), page["isLast"]
            assert len(page["values"]) <= page["maxResults"] <= 50
        return sorted(found)

    assert members() == emails
    jira.control.edit("set-active", account=emails[0], active=False)
    assert members() == emails[1:]
    assert members(includeInactiveUsers="true", maxResults=7) == emails
    jira.control.edit("set-active", account=emails[0], active=True)
    assert members(maxResults=50) == emails


def test_members_change_between_two_looks(jira, api):
    mia, team = api.account_id("mia@example.com"), api.group_id("team")

    def shown():
        return [one["accountId"]
                for one in api.get("group/member", groupId=team).content["values"]]

    assert shown() == []
    api.add(team, mia)
    assert shown() == [mia]
    api.take_out(team, mia)
    assert shown() == []


def test_a_page_of_more_than_50_members_is_cut_and_noted(careless_jira, api):
    team = api.group_id("team")
    assert api.get("group/member", groupId=team, maxResults=100).content["maxResults"] == 50
    assert len(careless_jira.control.violations()) == 1
    assert api.get("group/member", groupId=team, maxResults=0).status == 400


def test_a_deleted_group_is_gone_with_its_memberships(jira, api):
    mia, team, other = api.account_id("mia@example.com"), api.group_id("team"), api.group_id("b")
    api.add(team, mia)
    assert api.call("DELETE", "group", {"groupId": team, "swapGroupId": "none"}).status == 404
    reply = api.call("DELETE", "group", {"groupId": team, "swapGroupId": other})
    assert (reply.status, reply.content) == (200, "")
    assert "team" not in [one["name"] for one in api.get("user/groups", accountId=mia).content]
    assert jira.control.counts()["removedGroups"] == {"team": 1}
    api.group_id("team")


def test_a_product_group_costs_seats(jira, api):
    jira.control.configure(seats={"jira-software": 1})
    jira.control.edit("add-account", email="mia@example.com")
    mia = api.get("user/search", query="mia@example.com").content[0]["accountId"]
    product = group(jira, "jira-software-users-demo")["groupId"]
    reply = api.add(product, mia)
    assert reply.status == 400
    assert "number of licensed users is exceeded" in reply.message
    jira.control.configure(seats={"jira-software": 2})
    assert api.add(product, mia).status == 201


def test_an_externally_managed_groups_members_cant_be_edited(jira, api):
    mia = api.account_id("mia@example.com")
    team = jira.control.edit("add-group", name="team", external=True)["groupId"]
    for reply in (api.add(team, mia), api.take_out(team, mia)):
        assert reply.status == 403
        assert "external user management is enabled" in reply.message


def test_the_site_admins_are_protected(jira, api):
    admins = group(jira, "site-admins")["groupId"]
    owner = api.get("myself").content["accountId"]
    assert api.take_out(admins, owner).status == 400
    assert api.call("DELETE", "group", {"groupId": admins}).status == 400


def test_a_jira_admin_who_is_no_site_admin_may_touch_no_group(jira, api):
    mia, team = api.account_id("mia@example.com"), api.group_id("team")
    jira.control.configure(caller="jira-admin")
    assert api.call("POST", "group", body={"name": "demo"}).status == 403
    assert api.call("DELETE", "group", {"groupId": team}).status == 403
    assert api.add(team, mia).status == 403
    assert api.take_out(team, mia).status == 403
    assert api.get("group/member", groupId=team).status == 200

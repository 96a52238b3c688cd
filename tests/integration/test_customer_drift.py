"""What was changed by hand among the customers of Jira Service Management: found, told, mended."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    Scene, add_members, deactivate, own_scene, remove_member, scene)

pytestmark = pytest.mark.any_mpm

Report = dict[str, Any]
ENDED = ("done", "doubtful", "failed")
NOTHING = {"group.missing": 0, "group.renamed": 0, "group.managed": 0, "group.released": 0,
           "group.parted": 0, "group.ambiguous": 0,
           "account.missing": 0, "account.inactive": 0, "account.active": 0, "account.restored": 0,
           "account.appeared": 0, "member.missing": 0, "member.extra": 0, "member.restored": 0}
READS = {"getServiceDesks", "getServiceDeskById", "getOrganizations", "getOrganization",
         "bulkGetUsers", "getCustomers", "getUsersInOrganization", "getAllUsers",
         "getDeskOrganizations", "getUserGroups"}


class Side:
    """The customers' side of a site: an IdP whose group stands for a desk and an organization."""

    def __init__(self, scene: Scene, size: int = 3, projects: tuple[str, ...] = ("DEMO",),
                 organizations: tuple[str, ...] = ("Example Ltd",), **rules: Any):
        self.scene, self.control, self.admin = scene, scene.control, scene.admin
        self.name = f"{scene.site}:customers"
        for key in projects:
            self.control.edit("add-desk", project_key=key)
        self.idp: ScimClient = scene.idp(mode="customers")
        self.mappings = [{"group": "Clients", "projects": list(projects),
                          "organizations": list(organizations)}]
        self.put_rules(**rules)
        self.people = [self.idp.create_user(f"c{number}@example.com") for number in range(size)]
        self.group = self.idp.create_group("Clients", [one["id"] for one in self.people])
        self.settle()

    def put_rules(self, users: dict[str, Any] | None = None, **groups: Any) -> None:
        self.admin.put_rules(self.scene.name_of(self.idp), {
            "groups": {"mappings": self.mappings, **groups}, "users": users or {}})

    def settle(self) -> None:
        self.scene.settle()

    def idp_of(self, *mappings: dict[str, Any]) -> ScimClient:
        """One more IdP of customers."""
        idp = self.scene.idp(mode="customers")
        self.admin.put_rules(self.scene.name_of(idp), {"groups": {"mappings": list(mappings)}})
        return idp

    def desk(self, key: str = "DEMO") -> set[str]:
        return set(next(one for one in self.control.state()["desks"]
                        if one["projectKey"] == key)["customers"])

    def organization(self, name: str = "Example Ltd") -> set[str]:
        return set(next(one for one in self.control.state()["organizations"]
                        if one["name"] == name)["members"])

    def take_out(self, *addresses: str, desk: str = "DEMO") -> None:
        self.control.edits([{"action": "remove-desk-customer", "desk": desk, "account": one}
                            for one in addresses])

    def put_in(self, *addresses: str, desk: str = "DEMO") -> None:
        self.control.edits([{"action": "add-desk-customer", "desk": desk, "account": one}
                            for one in addresses])

    # The comparison

    def report(self) -> Report:
        return self.admin.get(f"/api/sites/{self.name}/reconcile").expect(200).json()

    def ask(self, **options: Any) -> None:
        self.admin.post(f"/api/sites/{self.name}/reconcile", options).expect(202)

    def wait_for_end(self) -> Report:
        return until(lambda: (found := self.report())["state"] in ENDED and found,
                     "the comparison to end", 30)

    def compare(self, **options: Any) -> Report:
        """Compare now, and do what follows; the report."""
        self.ask(**options)
        found = self.wait_for_end()
        self.settle()
        return found

    def differences(self, **options: Any) -> dict[str, int]:
        found = self.compare(**options)
        assert found["state"] == "done", found
        return {kind: count for kind, count in found["found"]["differences"].items() if count}

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.admin.events(f"kind={kind}&limit=1000")
                if one["site"] == self.name]

    def event(self, kind: str) -> dict[str, Any]:
        [event] = self.events(kind)
        return event

    def parked(self) -> dict[str, dict[str, Any]]:
        return {task["name"]: task for task in self.admin.tasks("state=failed")
                if task["site"] == self.name}

    def reads(self, since: int) -> list[str]:
        return [one["operation"] for one in self.scene.calls()[since:]
                if one["operation"] in READS]

    def account(self, address: str) -> dict[str, Any]:
        [found] = [one for one in self.control.state()["accounts"] if one["email"] == address]
        return found


ALL = {"c0@example.com", "c1@example.com", "c2@example.com"}


class TestNothing:
    def test_what_is_as_it_was_costs_a_page_each(self, scene: Scene) -> None:
        side = Side(scene)
        assert side.report()["state"] == "never" and side.report()["nextAt"]
        calls = len(scene.calls())
        found = side.compare()
        assert (found["state"], found["site"]) == ("done", side.name)
        assert found["found"]["differences"] == NOTHING
        assert found["found"]["compared"] == {"groups": 2, "accounts": 3, "members": 6}
        assert sorted(side.reads(calls)) == sorted(
            ["getServiceDesks", "getOrganizations", "bulkGetUsers", "getCustomers",
             "getUsersInOrganization", "getDeskOrganizations"])
        assert "6 memberships compared" in side.event("reconcile.done")["detail"]
        assert side.events("drift.") == []

    def test_the_sides_of_a_site_are_compared_each_for_itself(self, scene: Scene) -> None:
        side = Side(scene)
        calls = len(scene.calls())
        scene.admin.post(f"/api/sites/{scene.site}/reconcile", {}).expect(202)
        until(lambda: scene.admin.get(f"/api/sites/{scene.site}/reconcile").json()["state"]
              == "done", "the users' side to be compared")
        assert side.report()["state"] == "never"
        assert not {"getServiceDesks", "getCustomers"} & set(side.reads(calls))
        calls = len(scene.calls())
        side.compare()
        assert not {"bulkGetGroups", "getUsersFromGroup"} & {
            one["operation"] for one in scene.calls()[calls:] if "accessType" not in one["query"]}

    def test_twenty_desks_in_pages(self, scene: Scene) -> None:
        keys = tuple(f"P{number}" for number in range(20))
        scene.control.configure(servicePage=10)
        side = Side(scene, 20, keys, ())
        calls = len(scene.calls())
        side.take_out("c3@example.com", desk="P11")
        found = side.compare()
        assert found["found"]["compared"] == {"groups": 20, "accounts": 20, "members": 400}
        assert side.desk("P11") == side.desk("P0") == {one["userName"] for one in side.people}
        asked = side.reads(calls)
        # Whom a page does not show any more is looked for a second time, in that desk alone.
        assert (asked.count("getServiceDesks"), asked.count("getCustomers")) == (2, 21 * 2)


class TestMembers:
    def test_who_was_taken_out_is_put_back(self, scene: Scene) -> None:
        side = Side(scene)
        side.take_out("c1@example.com")
        side.control.edit("remove-organization-member", organization="Example Ltd",
                          account="c2@example.com")
        assert side.differences() == {"member.missing": 2}
        assert side.desk() == side.organization() == ALL
        told = {(one["name"], one["detail"].split(" any more")[0])
                for one in side.events("drift.member.missing")}
        assert told == {("c1@example.com", "not in project/DEMO"),
                        ("c2@example.com", "not in organization/Example Ltd")}
        deactivate(side.idp, side.people[1])
        side.settle()
        assert side.desk() == side.organization() == ALL - {"c1@example.com"}

    def test_who_was_put_in_stays_and_is_theirs(self, scene: Scene) -> None:
        side = Side(scene)
        side.idp.create_user("ada@example.com")
        side.settle()
        side.put_in("ada@example.com")
        assert side.differences() == {"member.extra": 1}
        assert "it stays" in side.event("drift.member.extra")["detail"]
        assert side.differences() == {}
        assert side.desk() == ALL | {"ada@example.com"}

    def test_others_are_counted(self, scene: Scene) -> None:
        side = Side(scene)
        side.control.edit("add-account", email="eve@example.com", account_type="customer")
        side.put_in("eve@example.com")
        found = side.compare()
        assert found["found"]["othersMembers"] == 1
        assert side.desk() == ALL | {"eve@example.com"}

    def test_where_identity_providers_alone_decide(self, scene: Scene) -> None:
        side = Side(scene, authoritative=True)
        side.idp.create_user("ada@example.com")
        side.settle()
        side.control.edit("add-account", email="eve@example.com", account_type="customer")
        side.put_in("ada@example.com", "eve@example.com")
        assert side.differences() == {"member.extra": 2}
        assert side.desk() == ALL
        assert side.differences() == {}

    def test_the_owner_of_the_token_is_never_taken_out(self, scene: Scene) -> None:
        side = Side(scene, authoritative=True)
        side.put_in(scene.jira.email)
        assert side.differences() == {}
        assert scene.jira.email in side.desk()

    def test_who_is_inactive_need_not_be_shown(self, scene: Scene) -> None:
        side = Side(scene)
        side.control.edit("set-active", account="c1@example.com", active=False)
        side.take_out("c1@example.com")
        assert side.differences() == {"account.inactive": 1}
        assert "portal-only customers" in side.event("drift.account.inactive")["detail"]
        assert "c1@example.com" in side.parked()

    def test_who_is_in_a_desk_by_an_organization_alone(self, scene: Scene) -> None:
        """Jira may list the members of its organizations among a desk's customers."""
        side = Side(scene, authoritative=True)
        idp = side.idp_of({"group": "Members", "organizations": ["Example Ltd"]})
        idp.create_group("Members", [idp.create_user("eve@example.com")["id"]])
        side.settle()
        assert side.organization() == ALL | {"eve@example.com"}
        scene.control.configure(customerList="all")
        assert side.differences() == {}
        assert side.organization() == ALL | {"eve@example.com"}

    def test_a_page_that_somebody_slipped_over(self, scene: Scene) -> None:
        """Without a total nothing shows that one went and another stepped onto the page before."""
        side = Side(scene)
        one = side.account("c0@example.com")
        side.control.add_fault("status", match={"operation": "getCustomers"}, times=1, status=200,
                               body={"size": 1, "start": 0, "limit": 50, "isLastPage": True,
                                     "values": [{"accountId": one["accountId"]}]})
        assert side.differences() == {}

    def test_the_guard_sees_all_of_them_at_once(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160", count=1)
        side = Side(scene, authoritative=True)
        for number in range(12):
            side.control.edit("add-account", email=f"q{number}@example.com",
                              account_type="customer")
            side.put_in(f"q{number}@example.com")
        name = scene.name_of(side.idp)
        side.admin.put_rules(name, {
            "groups": {"mappings": side.mappings, "authoritative": True},
            "guard": {"memberships": {"number": 10, "percent": 100}}})
        assert side.differences() == {"member.extra": 12}
        [task] = until(lambda: side.admin.tasks("state=held"), "the guard to hold it")
        assert (task["name"], len(side.desk())) == ("Clients", 15)
        side.admin.post(f"/api/idps/{name}/guard/release", {}).expect(200)
        side.settle()
        assert side.desk() == ALL


class TestPortals:
    def test_a_renamed_project_and_organization_are_what_they_were(self, scene: Scene) -> None:
        side = Side(scene)
        side.control.edit("set-desk", desk="DEMO", project_key="NEW")
        side.control.edit("set-organization", organization="Example Ltd", name="Example plc")
        assert side.differences() == {"group.renamed": 2}
        assert {one["name"] for one in side.events("drift.group.renamed")} == \
            {"project/NEW", "organization/Example plc"}
        assert side.parked() == {}
        ada = side.idp.create_user("ada@example.com")
        add_members(side.idp, side.group, ada)
        side.settle()
        assert side.desk("NEW") == side.organization("Example plc") == ALL | {"ada@example.com"}
        assert {one["detail"] for one in side.events("jira.member.added")
                if one["name"] == "ada@example.com"} == \
            {"project/NEW", "organization/Example plc"}
        assert side.differences() == {}

    def test_a_deleted_organization_is_made_anew(self, scene: Scene) -> None:
        side = Side(scene)
        side.control.edit("add-organization", name="Others")
        side.control.edit("remove-organization", organization="Example Ltd")
        assert side.differences() == {"group.missing": 1}
        assert side.organization() == side.desk() == ALL
        assert "made anew" in side.event("drift.group.missing")["detail"]
        assert side.differences() == {}

    def test_an_organization_that_was_taken_off_a_desk(self, scene: Scene) -> None:
        side = Side(scene)
        side.control.edit("remove-desk-organization", desk="DEMO", organization="Example Ltd")
        assert side.differences() == {"group.parted": 1}
        assert "organization/Example Ltd is not on it" in \
            side.event("drift.group.parted")["detail"]
        [desk] = side.control.state()["desks"]
        assert desk["organizations"] == ["Example Ltd"]
        assert side.differences() == {}

    def test_a_deleted_desk_is_a_persons_matter(self, scene: Scene) -> None:
        side = Side(scene)
        side.control.edit("add-desk", project_key="OTHER")
        side.control.edit("remove-desk", desk="DEMO")
        assert side.differences() == {"group.missing": 1}
        assert "DEMO" in side.parked()["Clients"]["detail"]
        assert side.organization() == ALL
        deactivate(side.idp, side.people[0])
        side.settle()
        assert side.organization() == ALL - {"c0@example.com"}

    def test_an_organization_that_another_directory_takes_over(self, scene: Scene) -> None:
        side = Side(scene)
        side.control.edit("set-organization", organization="Example Ltd", scimManaged=True)
        assert side.differences() == {"group.managed": 1}
        assert "another directory" in side.parked()["Clients"]["detail"]
        calls = len(scene.calls())
        deactivate(side.idp, side.people[0])
        side.settle()
        assert (side.desk(), side.organization()) == (ALL - {"c0@example.com"}, ALL)
        assert "removeUsersFromOrganization" not in {
            one["operation"] for one in scene.calls()[calls:]}
        assert side.differences() == {}
        side.control.edit("set-organization", organization="Example Ltd", scimManaged=False)
        assert side.differences() == {"group.released": 1}
        assert side.parked() == {}
        assert side.organization() == ALL - {"c0@example.com"}

    def test_one_that_the_tokens_owner_may_not_see_hinders_no_other(self, scene: Scene) -> None:
        side = Side(scene, 3, ("DEMO", "HELP"), ())
        side.control.edit("set-desk", desk="HELP", ownerRole="none")
        side.take_out("c1@example.com")
        found = side.compare()
        assert found["found"]["unreadGroups"] == 1
        assert "project/HELP" in side.event("reconcile.done")["detail"]
        assert side.desk() == ALL
        side.control.edit("set-desk", desk="HELP", ownerRole="administrator")
        side.take_out("c2@example.com", desk="HELP")
        assert side.differences() == {"member.missing": 1}
        assert side.desk("HELP") == ALL

    def test_an_open_desk_that_was_closed_lets_people_go(self, scene: Scene) -> None:
        side = Side(scene, 3, ("DEMO",), ())
        side.control.edit("set-desk", desk="DEMO", access="open")
        deactivate(side.idp, side.people[0])
        until(lambda: side.parked().get("project/DEMO"), "the portal's task to fail")
        assert "c0@example.com" in side.desk()
        side.control.edit("set-desk", desk="DEMO", access="closed")
        side.ask()
        side.wait_for_end()
        until(lambda: side.desk() == ALL - {"c0@example.com"}, "the leaver to go")
        side.settle()
        assert side.parked() == {}


class TestAccounts:
    @pytest.fixture(autouse=True)
    def made_twice(self, scene: Scene) -> Iterator[None]:
        yield
        scene.expect_single_creations = lambda: None  # type: ignore[method-assign]

    def test_one_that_was_deleted_is_made_anew(self, scene: Scene) -> None:
        side = Side(scene)
        old = side.account("c1@example.com")["accountId"]
        side.control.edit("delete-account", account="c1@example.com")
        assert side.differences() == {"account.missing": 1}
        assert side.account("c1@example.com")["accountId"] != old
        assert side.desk() == side.organization() == ALL
        assert side.differences() == {}

    def test_one_that_was_revoked_by_hand(self, scene: Scene) -> None:
        side = Side(scene)
        side.control.edit("set-active", account="c1@example.com", active=False)
        assert side.differences() == {"account.inactive": 1}
        assert "c1@example.com" in side.parked()
        assert side.differences() == {}
        side.control.edit("set-active", account="c1@example.com", active=True)
        assert side.differences() == {"account.active": 1}
        assert side.parked() == {}

    def test_a_revoked_one_that_was_given_back_by_hand(self, scene: Scene) -> None:
        side = Side(scene, users={"onDeactivate": "revoke"})
        deactivate(side.idp, side.people[0])
        side.settle()
        assert not side.account("c0@example.com")["active"]
        assert side.differences() == {}
        side.control.edit("set-active", account="c0@example.com", active=True)
        assert side.differences() == {"account.restored": 1}
        assert "is done anew" in side.event("drift.account.restored")["detail"]
        assert not side.account("c0@example.com")["active"]
        assert side.differences() == {}

    def test_who_came_back_and_was_given_back_by_hand(self, scene: Scene) -> None:
        side = Side(scene, users={"onDeactivate": "revoke"})
        deactivate(side.idp, side.people[0])
        side.settle()
        deactivate(side.idp, side.people[0], True)
        until(lambda: "c0@example.com" in side.parked(), "her task to fail")
        side.control.edit("set-active", account="c0@example.com", active=True)
        assert side.differences() == {"account.restored": 1}
        assert side.desk() == side.organization() == ALL
        assert side.parked() == {}

    @pytest.mark.parametrize("kind", ["customer", "atlassian"])
    def test_one_that_was_made_by_hand(self, kind: str, scene: Scene) -> None:
        side = Side(scene, users={"import": False})
        assert side.desk() == set()
        assert side.differences() == {}
        side.control.edit("add-account", email="c1@example.com", account_type=kind)
        assert side.differences() == {"account.appeared": 1}
        assert side.desk() == side.organization() == {"c1@example.com"}
        assert side.differences() == {}


class TestDoubt:
    def test_no_desk_at_all(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0171", count=1)
        side = Side(scene)
        side.control.edit("remove-desk", desk="DEMO")
        found = side.compare()
        assert found["state"] == "doubtful" and "no service desk at all" in found["detail"]
        assert side.parked() == {} and side.events("drift.") == []
        assert side.differences(trust=True) == {"group.missing": 1}
        assert "Clients" in side.parked()

    def test_more_than_half_of_the_memberships(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0171", count=1)
        side = Side(scene, 12, ("DEMO",), ())
        side.take_out(*(f"c{number}@example.com" for number in range(7)))
        found = side.compare()
        assert found["state"] == "doubtful" and "7 of 12 memberships" in found["detail"]
        assert len(side.desk()) == 5
        assert side.differences(trust=True) == {"member.missing": 7}
        assert len(side.desk()) == 12

    def test_nobody_is_shown_anywhere(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0172", count=1)
        side = Side(scene)
        for operation in ("getCustomers", "getUsersInOrganization"):
            side.control.add_fault("status", match={"operation": operation}, times=1, status=403,
                                   body={"errorMessage": "not allowed"})
        found = side.compare()
        assert found["state"] == "failed" and "not allowed" in found["detail"]
        assert side.events("drift.") == []
        assert side.differences() == {}

    def test_a_page_that_is_empty_and_not_the_last(self, scene: Scene) -> None:
        side = Side(scene)
        for operation in ("getServiceDesks", "getCustomers"):
            side.control.add_fault("status", match={"operation": operation}, times=1, status=200,
                                   body={"size": 0, "start": 0, "limit": 50, "isLastPage": False,
                                         "values": []})
        assert side.differences() == {}


class TestBeside:
    def test_people_who_change_meanwhile(self, scene: Scene) -> None:
        """What the IdP says while Jira is read is not taken for somebody's work in Jira."""
        side = Side(scene, 60)
        side.control.configure(latency_ms=100)
        side.ask()
        until(lambda: side.report()["state"] == "running", "the comparison to begin")
        ada = side.idp.create_user("ada@example.com")
        add_members(side.idp, side.group, ada)
        remove_member(side.idp, side.group, side.people[0])
        deactivate(side.idp, side.people[1])
        found = side.wait_for_end()
        side.control.configure(latency_ms=0)
        side.settle()
        assert found["state"] == "done"
        assert side.events("drift.") == []
        expected = {one["userName"] for one in side.people[2:]} | {"ada@example.com"}
        assert side.desk() == side.organization() == expected
        assert side.differences() == {}

    def test_a_limit_of_the_desks_list_is_kept_to(self, scene: Scene) -> None:
        side = Side(scene)
        side.take_out("c1@example.com")
        side.control.add_fault(
            "status", match={"operation": "getCustomers"}, times=2, status=429,
            headers={"Retry-After": "1", "RateLimit-Reason": "jira-burst-based"},
            body={"errorMessages": ["slow down"], "errors": {}})
        assert side.differences() == {"member.missing": 1}
        assert side.desk() == ALL


def test_by_the_clock(make_httpd: Callable[..., Httpd], jira: JiraProcess) -> None:
    server = make_httpd()
    server.settings.extra = "ScimSyncReconcileHours 0"
    server.start()
    with own_scene(server, jira) as scene:
        side = Side(scene)
        assert side.report()["nextAt"] is None
        assert side.compare()["nextAt"] is None
        server.settings.extra = "ScimSyncReconcileHours 1"
        server.restart()
        found = side.report()
        assert found["state"] == "done" and found["nextAt"] > found["startedAt"]

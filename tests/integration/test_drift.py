"""What was changed in Jira by hand: it is found, told, and made as identity providers want it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Iterator

import pytest

from tests.harness.httpd import Database, Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, deactivate, own_scene, remove_member, scene)

pytestmark = pytest.mark.any_mpm

Report = dict[str, Any]
ENDED = ("done", "doubtful", "failed")
NOTHING = {"group.missing": 0, "group.renamed": 0, "account.missing": 0, "account.inactive": 0,
           "account.active": 0, "account.restored": 0, "account.appeared": 0,
           "member.missing": 0, "member.extra": 0, "member.restored": 0}


def report(scene: Scene) -> Report:
    return scene.admin.get(f"/api/sites/{scene.site}/reconcile").expect(200).json()


def ask(scene: Scene, **options: Any) -> None:
    scene.admin.post(f"/api/sites/{scene.site}/reconcile", options).expect(202)


def wait_for_end(scene: Scene) -> Report:
    return until(lambda: (found := report(scene))["state"] in ENDED and found,
                 "the comparison to end", 30)


def reconcile(scene: Scene, **options: Any) -> Report:
    """Compare now, and do what follows; the report."""
    ask(scene, **options)
    found = wait_for_end(scene)
    scene.settle()
    return found


def differences(found: Report) -> dict[str, int]:
    return {kind: count for kind, count in found["found"]["differences"].items() if count}


def events(scene: Scene, kind: str) -> list[dict[str, Any]]:
    return scene.admin.events(f"site={scene.site}&kind={kind}")


def reads(scene: Scene, since: int) -> list[str]:
    """What was asked of Jira since, but for what a site says of itself from time to time."""
    return [one["operation"] for one in scene.calls()[since:]
            if "accessType" not in one["query"] and one["operation"] != "getAllApplicationRoles"]


def team(scene: Scene, size: int = 3, name: str = "devs") -> tuple[Any, list[dict], dict]:
    """An IdP with a group and its members, made so in Jira."""
    idp = scene.idp()
    users = [idp.create_user(f"p{number}@example.com") for number in range(size)]
    group = idp.create_group(name, [user["id"] for user in users])
    assert len(scene.settle().groups[name]) == size
    return idp, users, group


def put_rules(scene: Scene, idp: Any, **groups: Any) -> None:
    scene.admin.put(f"/api/idps/{scene.name_of(idp)}/rules", {"groups": groups}).expect(200)
    scene.settle()


class TestNothing:
    def test_never(self, scene: Scene) -> None:
        found = report(scene)
        assert found["state"] == "never"
        assert found["startedAt"] is found["endedAt"] is found["found"] is None
        assert found["nextAt"]

    def test_what_is_as_it_was_costs_a_page_each(self, scene: Scene) -> None:
        team(scene)
        calls = len(scene.calls())
        found = reconcile(scene)
        assert found["state"] == "done" and found["detail"] is None
        assert found["found"]["differences"] == NOTHING
        assert found["found"]["compared"] == {"groups": 1, "accounts": 3, "members": 3}
        assert found["found"]["findings"] == []
        assert reads(scene, calls) == ["bulkGetGroups", "bulkGetUsers", "getUsersFromGroup"]
        [done] = events(scene, "reconcile.done")
        assert "3 memberships compared" in done["detail"] and done["actor"] == "reconciler"
        assert scene.admin.tasks(f"site={scene.site}") == []
        assert events(scene, "drift.") == []

    def test_an_empty_site(self, scene: Scene) -> None:
        assert reconcile(scene)["found"]["compared"] == {"groups": 0, "accounts": 0, "members": 0}

    def test_ten_pages(self, scene: Scene) -> None:
        team(scene, 480)
        calls = len(scene.calls())
        assert reconcile(scene)["found"]["compared"]["members"] == 480
        asked = reads(scene, calls)
        assert asked.count("getUsersFromGroup") == 10
        assert asked.count("bulkGetUsers") == 5
        assert len(asked) == 16

    def test_who_may_ask(self, scene: Scene) -> None:
        scene.admin.post("/api/sites/nowhere/reconcile", {}).expect(404)
        scene.admin.get("/api/sites/nowhere/reconcile").expect(404)
        scene.admin.get(f"/api/sites/{scene.site}/reconcile?trust=1").expect(400)
        scene.admin.put(f"/api/sites/{scene.site}/reconcile", {}).expect(405)
        for body in ({"trust": 1}, {"trsut": True}):
            scene.admin.post(f"/api/sites/{scene.site}/reconcile", body).expect(400)
        assert report(scene)["state"] == "never"


class TestMembers:
    def test_one_who_was_taken_out_is_put_back(self, scene: Scene) -> None:
        idp, users, group = team(scene)
        scene.control.edit("remove-member", group="devs", account="p1@example.com")
        found = reconcile(scene)
        assert differences(found) == {"member.missing": 1}
        [finding] = found["found"]["findings"]
        assert (finding["kind"], finding["name"], finding["group"]) == \
            ("member.missing", "p1@example.com", "devs")
        assert "p1@example.com" in scene.held().groups["devs"]
        [event] = events(scene, "drift.member.missing")
        assert (event["subject"], event["name"]) == (users[1]["id"], "p1@example.com")
        assert "not in devs any more" in event["detail"]
        assert event in scene.admin.events("person=p1@example.com&group=devs")
        deactivate(idp, users[1])
        assert scene.settle().groups_of("p1@example.com") == set()

    def test_one_who_was_there_before_us_and_is_gone(self, scene: Scene) -> None:
        scene.control.edit("add-group", name="devs")
        scene.control.edit("add-account", email="p0@example.com", products=["jira-software"])
        scene.control.edit("add-member", group="devs", account="p0@example.com")
        idp, users, group = team(scene)
        scene.control.edit("remove-member", group="devs", account="p0@example.com")
        assert differences(reconcile(scene)) == {"member.missing": 1}
        assert "p0@example.com" in scene.held().groups["devs"]
        deactivate(idp, users[0])  # the new membership is ours
        assert scene.settle().groups_of("p0@example.com") == {SOFTWARE}

    def test_a_known_person_who_was_put_in_stays(self, scene: Scene) -> None:
        idp, users, group = team(scene)
        ada = idp.create_user("ada@example.com")
        scene.settle()
        scene.control.edit("add-member", group="devs", account="ada@example.com")
        found = reconcile(scene)
        assert differences(found) == {"member.extra": 1}
        assert "ada@example.com" in scene.held().groups["devs"]
        assert "it stays" in events(scene, "drift.member.extra")[0]["detail"]
        assert differences(reconcile(scene)) == {}
        add_members(idp, group, ada)
        remove_member(idp, group, ada)
        assert "ada@example.com" in scene.settle().groups["devs"]

    def test_others_are_counted(self, scene: Scene) -> None:
        team(scene)
        scene.control.edit("add-account", email="eve@example.com")
        scene.control.edit("add-member", group="devs", account="eve@example.com")
        found = reconcile(scene)
        assert differences(found) == {} and found["found"]["othersMembers"] == 1

    def test_inactive_members_are_members(self, scene: Scene) -> None:
        idp, users, group = team(scene)
        scene.control.edit("set-active", account="p1@example.com", active=False)
        assert differences(reconcile(scene)) == {"account.inactive": 1}

    def test_a_group_of_a_product_that_came_with_accounts(self, scene: Scene) -> None:
        """Their members are as they should be, whoever asks; and are taken from leavers."""
        idp, users, group = team(scene)
        idp.create_group(SOFTWARE, [users[0]["id"]])
        scene.settle()
        assert differences(reconcile(scene)) == {}
        deactivate(idp, users[1])
        assert scene.settle().groups_of("p1@example.com") == set()
        assert differences(reconcile(scene)) == {}

    def test_many_differences_are_bounded_in_the_report(self, scene: Scene) -> None:
        team(scene, 300)
        addresses = sorted(scene.held().groups["devs"])[:140]
        scene.control.edits([{"action": "remove-member", "group": "devs", "account": one}
                             for one in addresses])
        found = reconcile(scene)
        assert differences(found) == {"member.missing": 140}
        assert len(found["found"]["findings"]) == 100 and found["found"]["more"] == 40
        assert len(scene.held().groups["devs"]) == 300


class TestAuthority:
    @pytest.fixture
    def strict(self, scene: Scene) -> tuple[Any, list[dict], dict]:
        idp, users, group = team(scene)
        put_rules(scene, idp, authoritative=True)
        return idp, users, group

    def test_who_was_put_in_by_others_is_taken_out(self, scene: Scene, strict: Any) -> None:
        idp, users, group = strict
        idp.create_user("ada@example.com")
        scene.settle()
        scene.control.edit("add-account", email="eve@example.com")
        for address in ("ada@example.com", "eve@example.com"):
            scene.control.edit("add-member", group="devs", account=address)
        found = reconcile(scene)
        assert differences(found) == {"member.extra": 2}
        assert scene.held().groups["devs"] == {f"p{number}@example.com" for number in range(3)}
        assert "taken out" in events(scene, "drift.member.extra")[0]["detail"]
        removed = events(scene, "jira.member.removed")
        assert len(removed) == 2 and "ada@example.com" in {one["name"] for one in removed}
        assert differences(reconcile(scene)) == {}

    def test_who_is_never_taken_out(self, scene: Scene, strict: Any) -> None:
        bot = scene.control.edit("add-account", email="bot@example.com", account_type="app")
        scene.control.edit("add-member", group="devs", account=bot["accountId"])
        scene.control.edit("add-member", group="devs", account=scene.jira.email)
        found = reconcile(scene)
        assert differences(found) == {} and found["found"]["othersMembers"] == 2
        assert len(scene.held().groups["devs"]) == 5

    def test_a_protected_group_keeps_everybody(self, scene: Scene, strict: Any) -> None:
        idp, users, group = strict
        idp.create_user("ada@example.com")
        scene.settle()
        scene.put_site(protectedGroups=["devs"])
        until(lambda: "devs" in scene.parked(), "the group to be protected")
        scene.control.edit("add-member", group="devs", account="ada@example.com")
        reconcile(scene)
        assert "ada@example.com" in scene.held().groups["devs"]

    def test_nobody_leaves_before_all_are_known(self, scene: Scene, strict: Any) -> None:
        """Who hides the address may be the one whom the IdP wants."""
        idp, users, group = strict
        for name in ("x", "y"):
            scene.control.edit("add-account", email=f"zoe@example.com.{name}",
                               display_name="Zoe", hidden_email=True)
        scene.control.edit("add-account", email="eve@example.com")
        scene.control.edit("add-member", group="devs", account="eve@example.com")
        zoe = idp.create_user("zoe", emails=[])
        add_members(idp, group, zoe)
        until(lambda: "zoe" in scene.parked(), "her task to fail")
        ask(scene)
        wait_for_end(scene)
        task = until(lambda: scene.parked().get("devs"), "the group's task to fail")
        assert "the Jira account of zoe is not known" in task["detail"]
        assert "eve@example.com" in scene.held().groups["devs"]
        remove_member(idp, group, zoe)
        assert "eve@example.com" not in scene.settle().groups["devs"]

    def test_the_guard_sees_all_of_them_at_once(self, scene: Scene, strict: Any,
                                                httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160", count=1)
        idp = strict[0]
        name = scene.name_of(idp)
        for number in range(12):
            scene.control.edit("add-account", email=f"q{number}@example.com")
            scene.control.edit("add-member", group="devs", account=f"q{number}@example.com")
        scene.admin.put(f"/api/idps/{name}/rules", {
            "groups": {"authoritative": True},
            "guard": {"memberships": {"number": 10, "percent": 100}}}).expect(200)
        assert differences(reconcile(scene)) == {"member.extra": 12}
        [task] = until(lambda: scene.admin.tasks("state=held"), "the guard to hold it")
        assert task["name"] == "devs" and len(scene.held().groups["devs"]) == 15
        scene.admin.post(f"/api/idps/{name}/guard/release", {}).expect(200)
        assert len(scene.settle().groups["devs"]) == 3

    def test_the_idp_that_comes_first_decides(self, scene: Scene, strict: Any) -> None:
        other = scene.idp()
        bob = other.create_user("bob@example.com")
        other.create_group("devs", [bob["id"]])
        scene.settle()
        name = scene.name_of(other)
        scene.admin.put(f"/api/idps/{name}/rules", {"precedence": 1}).expect(200)
        scene.control.edit("add-account", email="eve@example.com")
        scene.control.edit("add-member", group="devs", account="eve@example.com")
        assert differences(reconcile(scene)) == {}
        scene.admin.put(f"/api/idps/{name}/rules", {"precedence": 1000}).expect(200)
        scene.settle()
        assert differences(reconcile(scene)) == {"member.extra": 1}
        assert scene.held().groups["devs"] == {
            "bob@example.com", *(f"p{number}@example.com" for number in range(3))}


class TestGroups:
    def test_one_that_was_deleted_is_made_anew(self, scene: Scene) -> None:
        idp, users, group = team(scene)
        idp.create_group("ops", [users[0]["id"]])
        scene.settle()
        scene.control.edit("remove-group", group="devs")
        found = reconcile(scene)
        assert differences(found) == {"group.missing": 1}
        held = scene.held()
        assert len(held.groups["devs"]) == 3 and held.groups["ops"] == {"p0@example.com"}
        [event] = events(scene, "drift.group.missing")
        assert event["subject"] == group["id"] and "grant that to it again" in event["detail"]
        deactivate(idp, users[0])
        assert scene.settle().groups_of("p0@example.com") == set()
        assert scene.control.counts()["createdGroups"]["devs"] == 2

    @pytest.fixture(autouse=True)
    def made_twice(self, scene: Scene) -> Iterator[None]:
        yield
        # A group that was deleted by hand is made a second time.
        scene.expect_single_creations = lambda: None  # type: ignore[method-assign]

    def test_one_that_was_renamed(self, scene: Scene) -> None:
        idp, users, group = team(scene)
        scene.control.edit("rename-group", group="devs", name="developers")
        found = reconcile(scene)
        assert differences(found) == {"group.renamed": 1}
        assert "rename developers to devs" in scene.parked()["devs"]["detail"]
        ada = idp.create_user("ada@example.com")
        add_members(idp, group, ada)
        assert "ada@example.com" in scene.settle().groups["developers"]
        scene.control.edit("rename-group", group="developers", name="devs")
        assert differences(reconcile(scene)) == {"group.renamed": 1}
        assert scene.parked() == {}

    def test_one_that_got_the_name_of_a_protected_one(self, scene: Scene) -> None:
        scene.put_site(protectedGroups=["vip-*"])
        idp, users, group = team(scene)
        scene.control.edit("rename-group", group="devs", name="vip-devs")
        reconcile(scene)
        until(lambda: "vip-devs" in scene.parked().get("devs", {}).get("detail", ""),
              "the task to say so")
        deactivate(idp, users[0])
        assert "p0@example.com" in scene.settle().groups["vip-devs"]


class TestAccounts:
    @pytest.fixture(autouse=True)
    def made_twice(self, scene: Scene) -> Iterator[None]:
        yield
        scene.expect_single_creations = lambda: None  # type: ignore[method-assign]

    def test_one_that_was_deleted_is_made_anew(self, scene: Scene) -> None:
        idp, users, group = team(scene)
        old = scene.held().accounts["p1@example.com"]["accountId"]
        scene.control.edit("delete-account", account="p1@example.com")
        found = reconcile(scene)
        assert differences(found) == {"account.missing": 1}
        held = scene.held()
        assert held.accounts["p1@example.com"]["accountId"] != old
        assert held.groups_of("p1@example.com") == {"devs", SOFTWARE}
        [event] = events(scene, "drift.account.missing")
        assert event["subject"] == users[1]["id"]
        deactivate(idp, users[1])
        assert scene.settle().groups_of("p1@example.com") == set()

    def test_one_that_was_deactivated_is_a_persons_matter(self, scene: Scene) -> None:
        idp, users, group = team(scene)
        scene.control.edit("set-active", account="p1@example.com", active=False)
        assert differences(reconcile(scene)) == {"account.inactive": 1}
        assert "was deactivated in Jira" in scene.parked()["p1@example.com"]["detail"]
        assert events(scene, "drift.account.inactive")[0]["subject"] == users[1]["id"]
        assert differences(reconcile(scene)) == {}
        scene.control.edit("set-active", account="p1@example.com", active=True)
        assert differences(reconcile(scene)) == {"account.active": 1}
        assert scene.parked() == {}

    def test_a_leavers_account_may_be_inactive(self, scene: Scene) -> None:
        idp, users, group = team(scene)
        deactivate(idp, users[1])
        scene.settle()
        scene.control.edit("set-active", account="p1@example.com", active=False)
        assert differences(reconcile(scene)) == {}


class TestDoubt:
    def test_more_than_half_of_the_memberships(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0171", count=1)
        team(scene, 12)
        scene.control.edits([{"action": "remove-member", "group": "devs",
                              "account": f"p{number}@example.com"} for number in range(7)])
        found = reconcile(scene)
        assert found["state"] == "doubtful" and "7 of 12 memberships" in found["detail"]
        assert len(found["found"]["findings"]) == 7
        assert len(scene.held().groups["devs"]) == 5
        assert events(scene, "reconcile.doubtful")[0]["detail"] == found["detail"]
        assert events(scene, "drift.") == []
        assert reconcile(scene, trust=True)["state"] == "done"
        assert len(scene.held().groups["devs"]) == 12

    @pytest.mark.parametrize("operation, body", [
        ("bulkGetGroups", {"maxResults": 50, "startAt": 0, "total": 0, "isLast": True,
                           "values": []}),
        ("bulkGetUsers", {"maxResults": 50, "startAt": 0, "total": 0, "isLast": True,
                          "values": []})])
    def test_an_empty_answer_where_something_must_be(self, operation: str, body: Any, scene: Scene,
                                                     httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0171", count=1)
        team(scene)
        scene.control.add_fault("status", match={"operation": operation}, times=1, status=200,
                                body=body)
        found = reconcile(scene)
        assert found["state"] == "doubtful" and "does not show" in found["detail"]
        assert len(scene.held().groups["devs"]) == 3
        assert reconcile(scene)["state"] == "done"

    def test_an_empty_group_while_nothing_is_shown_any_more(self, scene: Scene,
                                                            httpd: Httpd) -> None:
        """Few enough to be believed, but then the group that is there for sure is gone, too."""
        httpd.error_log.expect("SCIM0171", count=1)
        team(scene)
        nobody = {"maxResults": 50, "startAt": 0, "total": 0, "isLast": True, "values": []}
        scene.control.add_fault("status", match={"operation": "getUsersFromGroup"}, times=1,
                                status=200, body=nobody)
        scene.control.add_fault("status", match={"operation": "bulkGetGroups"}, skip=1, times=1,
                                status=200, body=nobody)
        assert reconcile(scene)["state"] == "doubtful"
        assert scene.admin.tasks(f"site={scene.site}") == [] and events(scene, "drift.") == []

    def test_the_permission_is_lost_in_between(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0172", count=1)
        team(scene, 60)
        scene.control.edit("remove-member", group="devs", account="p1@example.com")
        scene.control.add_fault(
            "status", match={"operation": "getUsersFromGroup"}, skip=1, times=1, status=403,
            body={"errorMessages": ["Browse users and groups permission is required."],
                  "errors": {}})
        found = reconcile(scene)
        assert found["state"] == "failed" and "Browse users" in found["detail"]
        assert len(scene.held().groups["devs"]) == 59
        assert events(scene, "reconcile.failed")[0]["detail"] == found["detail"]
        assert differences(reconcile(scene)) == {"member.missing": 1}

    def test_a_refused_token_is_waited_for(self, scene: Scene, httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0122", count=1)
        team(scene)
        scene.control.edit("remove-member", group="devs", account="p1@example.com")
        scene.control.add_fault("status", match={"operation": "getUsersFromGroup"}, times=1,
                                status=401, body={"errorMessages": ["no"], "errors": {}})
        ask(scene)
        httpd.error_log.wait_for("SCIM0122")
        assert report(scene)["state"] == "running"
        scene.put_site()
        assert differences(wait_for_end(scene)) == {"member.missing": 1}

    def test_pages_that_do_not_fit_together_are_read_again(self, scene: Scene) -> None:
        team(scene, 60)
        accounts = scene.held().accounts
        scene.control.add_fault("status", match={"operation": "getUsersFromGroup"}, times=1,
                                status=200, body={
            "maxResults": 50, "startAt": 0, "total": 61, "isLast": False,
            "values": [{"accountId": accounts["p0@example.com"]["accountId"]}] * 50})
        assert differences(reconcile(scene)) == {}


class TestBeside:
    def test_a_job_in_between(self, scene: Scene) -> None:
        """What the IdP says while Jira is read is not taken for somebody's work in Jira."""
        idp, users, group = team(scene, 60)
        scene.control.configure(latency_ms=150)
        ask(scene)
        until(lambda: "getUsersFromGroup" in {one["operation"] for one in scene.calls()},
              "the members to be read")
        ada = idp.create_user("ada@example.com")
        add_members(idp, group, ada)
        remove_member(idp, group, users[0])
        deactivate(idp, users[1])
        found = wait_for_end(scene)
        scene.control.configure(latency_ms=0)
        held = scene.settle()
        assert differences(found) == {}
        assert "ada@example.com" in held.groups["devs"]
        assert not {"p0@example.com", "p1@example.com"} & held.groups["devs"]
        assert differences(reconcile(scene)) == {}

    def test_tasks_come_first(self, scene: Scene) -> None:
        idp, users, group = team(scene)
        scene.control.configure(rate_limit={"overall": 10}, latency_ms=20)
        for number in range(30):
            idp.create_user(f"q{number}@example.com")
        until(lambda: len(scene.calls("createUser")) > 8, "the work to begin")
        ask(scene)
        found = wait_for_end(scene)
        operations = [one["operation"] for one in scene.calls()]
        assert operations.index("getUsersFromGroup") > len(operations) - 12
        assert found["state"] == "done"

    def test_a_limit_is_kept_to(self, scene: Scene) -> None:
        team(scene, 30)
        scene.control.edit("remove-member", group="devs", account="p1@example.com")
        scene.control.add_fault(
            "status", match={"operation": "getUsersFromGroup"}, times=2, status=429,
            headers={"Retry-After": "1", "RateLimit-Reason": "jira-burst-based"},
            body={"errorMessages": ["slow down"], "errors": {}})
        assert differences(reconcile(scene)) == {"member.missing": 1}
        assert len(scene.held().groups["devs"]) == 30

    def test_jira_fails_now_and_then(self, scene: Scene) -> None:
        team(scene, 30)
        scene.control.edit("remove-member", group="devs", account="p1@example.com")
        scene.control.add_fault("status", match={"operation": "bulkGetUsers"}, times=1, status=503)
        scene.control.add_fault("garbage", match={"operation": "getUsersFromGroup"}, times=1)
        assert differences(reconcile(scene)) == {"member.missing": 1}

    def test_a_graceful_restart_in_between(self, scene: Scene, httpd: Httpd) -> None:
        team(scene, 120)
        scene.control.edit("remove-member", group="devs", account="p1@example.com")
        scene.control.configure(latency_ms=300)
        ask(scene)
        until(lambda: scene.calls("getUsersFromGroup"), "the members to be read")
        httpd.graceful()
        found = wait_for_end(scene)
        assert differences(found) == {"member.missing": 1}
        assert len(scene.settle().groups["devs"]) == 120


class TestTwoNodes:
    @pytest.fixture
    def nodes(self, request: pytest.FixtureRequest,
              make_httpd: Callable[..., Httpd]) -> Iterator[list[Httpd]]:
        if request.config.getoption("--db") != "pgsql":
            pytest.skip("of PostgreSQL alone: --db=pgsql")
        database = Database("pgsql", request.getfixturevalue("postgres").create_database())
        nodes = [make_httpd(database=database) for _ in range(2)]
        nodes[1].key_file.write_bytes(nodes[0].key_file.read_bytes())
        # A server ends with the thread that started it.
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Httpd.start, nodes))
            yield nodes

    def test_whichever_is_asked_one_of_them_compares(self, nodes: list[Httpd],
                                                     jira: JiraProcess) -> None:
        with own_scene(nodes[0], jira) as scene:
            team(scene)
            admins = [node.admin() for node in nodes]
            for admin in admins:
                scene.control.edit("remove-member", group="devs", account="p1@example.com")
                scene.admin.close()
                scene.admin = admin
                assert differences(reconcile(scene)) == {"member.missing": 1}
                assert len(scene.held().groups["devs"]) == 3
            assert len(events(scene, "reconcile.done")) == 2
            admins[0].close()


def test_by_the_clock(make_httpd: Callable[..., Httpd], jira: JiraProcess) -> None:
    server = make_httpd()
    server.settings.extra = "ScimSyncReconcileHours 0"
    server.start()
    with own_scene(server, jira) as scene:
        team(scene)
        assert report(scene)["nextAt"] is None
        assert reconcile(scene)["nextAt"] is None
        server.settings.extra = "ScimSyncReconcileHours 1"
        server.restart()
        found = report(scene)
        assert found["state"] == "done" and found["nextAt"] > found["startedAt"]

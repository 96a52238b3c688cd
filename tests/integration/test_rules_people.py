"""The rules of an IdP about people, as they are noticed in Jira: who comes in, under which address,
with which products, and what becomes of those who leave."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Held, Scene, add_members, deactivate, numbers, remove_member, scene)

pytestmark = pytest.mark.any_mpm

ANN = "ann@example.com"
DESK = "jira-servicemanagement-users-demo"
ORGANIZATION = {"id": "demo-org", "apiKey": "demo-organization-key"}
# A day, which no test waits for.
GRACE = 86400


@pytest.fixture
def leaving(admin: AdminClient, jira: JiraProcess) -> Iterator[Scene]:
    """A scene in which accounts may be deleted, and therefore made again."""
    scene = Scene(admin, jira, f"site-{next(numbers)}")
    scene.put_site()
    yield scene
    scene.remove()


class Ruled:
    """An IdP with rules for people, and what it is asked for here."""

    def __init__(self, scene: Scene, precedence: int = 100, **users: Any):
        self.scene = scene
        self.name = f"ruled-{next(numbers)}"
        self.scim: ScimClient = scene.idp(name=self.name)
        self.precedence = precedence
        self.put(**users)

    def put(self, **users: Any) -> None:
        self.scene.admin.put(f"/api/idps/{self.name}/rules",
                             {"precedence": self.precedence, "users": users}).expect(200)

    def pause(self, paused: bool = True) -> None:
        """What it says meanwhile takes effect at once, later."""
        self.scene.admin.patch(f"/api/idps/{self.name}",
                               {"state": "paused" if paused else "live"}).expect(200)

    def join(self, name: str = ANN, **attributes: Any) -> dict[str, Any]:
        return self.scim.create_user(name, **attributes)

    def leave(self, user: dict[str, Any]) -> None:
        deactivate(self.scim, user)

    def come_back(self, user: dict[str, Any]) -> None:
        deactivate(self.scim, user, active=True)

    def delete(self, user: dict[str, Any]) -> None:
        self.scim.delete(f"/Users/{user['id']}").expect(204)

    def team(self, *users: dict[str, Any], name: str = "Team") -> dict[str, Any]:
        return self.scim.create_group(name, [user["id"] for user in users])


def events(scene: Scene, kind: str) -> list[dict[str, Any]]:
    found = scene.admin.get(f"/api/events?kind={kind}&site={scene.site}").expect(200)
    return found.json()["events"]


def waits(scene: Scene, name: str | None = None) -> dict[str, Any]:
    """The task of the scene that waits for something, once it says for what."""

    def waiting() -> dict[str, Any] | None:
        tasks = [task for task in scene.admin.tasks("state=waiting")
                 if task["site"] == scene.site and task["detail"]]
        return tasks[0] if len(tasks) == 1 and scene.waiting() == 1 else None

    task = until(waiting, "a task that waits and says for what", 30)
    assert name is None or task["name"] == name
    return task


def changes(scene: Scene) -> int:
    """How many calls have changed something in Jira."""
    return len([call for call in scene.calls() if call["method"] != "GET"])


class TestComingIn:
    def test_without_import_no_account_is_made_and_one_that_is_there_is_used(
            self, scene: Scene) -> None:
        scene.control.edit("add-account", email="old@example.com")
        idp = Ruled(scene, **{"import": False})
        idp.team(idp.join(), idp.join("old@example.com"))
        held = scene.settle()
        assert ANN not in held.accounts and scene.parked() == {}
        assert held.groups["Team"] == {"old@example.com"}
        said = events(scene, "jira.account.skipped")
        assert {event["name"] for event in said} == {ANN} and "users.import" in said[0]["detail"]
        idp.put()
        assert scene.settle().groups["Team"] == {"old@example.com", ANN}

    def test_another_idp_that_imports_makes_the_account(self, scene: Scene) -> None:
        first, second = Ruled(scene, **{"import": False}), Ruled(scene)
        first.team(first.join())
        assert ANN not in scene.settle().accounts
        second.join()
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE}

    def test_a_filter_keeps_people_out(self, scene: Scene) -> None:
        idp = Ruled(scene, filter={
            "include": [{"attribute": "email", "pattern": "@example\\.com$"}],
            "exclude": [{"attribute": "userName", "pattern": "^svc-"}]})
        idp.team(idp.join(), idp.join("svc-x@example.com"), idp.join("eve@example.org"))
        held = scene.settle()
        assert held.groups["Team"] == {ANN}
        assert held.accounts.keys().isdisjoint({"svc-x@example.com", "eve@example.org"})

    def test_who_is_kept_out_by_later_rules_leaves_and_comes_back(self, scene: Scene) -> None:
        idp = Ruled(scene)
        idp.team(idp.join())
        account = scene.settle().accounts[ANN]["accountId"]
        idp.put(filter={"exclude": [{"attribute": "email", "pattern": "^ann@"}]})
        assert scene.settle().groups_of(ANN) == set()
        idp.put()
        held = scene.settle()
        assert held.groups_of(ANN) == {"Team", SOFTWARE}
        assert held.accounts[ANN]["accountId"] == account

    def test_a_rewritten_address_is_the_one_in_jira(self, scene: Scene) -> None:
        scene.control.edit("add-account", email=ANN, products=["jira-software"])
        idp = Ruled(scene, patterns=[
            {"pattern": "^(.*)@corp\\.example$", "replacement": "$1@example.com"}])
        idp.team(idp.join("ann@corp.example"), idp.join("bob@corp.example"))
        held = scene.settle()
        assert held.groups["Team"] == {ANN, "bob@example.com"}
        assert "bob@corp.example" not in held.accounts

    def test_two_idps_know_one_person_by_different_names(self, scene: Scene) -> None:
        rewriting = Ruled(scene, patterns=[
            {"pattern": "^(.*)@corp\\.example$", "replacement": "$1@example.com"}])
        plain = Ruled(scene)
        first, second = rewriting.join("ann@corp.example"), plain.join()
        rewriting.team(first)
        plain.team(second, name="Other")
        assert scene.settle().groups_of(ANN) == {"Team", "Other", SOFTWARE}
        plain.leave(second)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE}
        rewriting.leave(first)
        assert scene.settle().groups_of(ANN) == set()

    def test_whom_no_pattern_fits_may_be_skipped(self, scene: Scene) -> None:
        idp = Ruled(scene, patterns=[{"pattern": "^a.*", "replacement": "$0"}], otherwise="skip")
        idp.join()
        idp.join("bob@example.com")
        accounts = scene.settle().accounts
        assert ANN in accounts and "bob@example.com" not in accounts

    def test_products_are_the_union_of_those_of_the_idps(self, scene: Scene) -> None:
        first = Ruled(scene, products=["jira-servicedesk"])
        second = Ruled(scene)
        # Nobody is looked for, and so no account made, before both have told.
        scene.control.add_fault("status", match={"operation": "findUsers"}, times=None, status=503)
        first.join()
        second.join()
        first.join("bob@example.com")
        scene.control.remove_faults()
        scene.admin.post("/api/tasks/retry?state=waiting", {}).expect(200)
        held = scene.settle()
        assert held.accounts[ANN]["products"] == ["jira-servicedesk", "jira-software"]
        assert held.accounts["bob@example.com"]["products"] == ["jira-servicedesk"]

    def test_no_seat_is_needed_of_a_product_that_is_not_given(self, scene: Scene) -> None:
        scene.control.configure(seats={"jira-software": 1})
        idp = Ruled(scene, products=["jira-core"])
        idp.join()
        assert scene.settle().accounts[ANN]["products"] == ["jira-core"]


class TestProfiles:
    def test_what_the_idp_changes_is_written_and_the_same_is_not_written_again(
            self, scene: Scene) -> None:
        scene.put_site(organization=ORGANIZATION)
        idp = Ruled(scene, update=True)
        user = idp.join(displayName="Ann A", title="Cook")
        account = scene.settle().accounts[ANN]
        assert account["displayName"] == "Ann A"
        assert account["profile"]["extended_profile"] == {"job_title": "Cook"}
        idp.scim.put(f"/Users/{user['id']}", {**user, "displayName": "Ann B"}).expect(200)
        assert scene.settle().accounts[ANN]["displayName"] == "Ann B"
        idp.team(user)
        scene.settle()
        assert len(scene.calls("updateProfile")) == 2

    @pytest.mark.parametrize("key", [True, False])
    def test_what_can_not_be_written_is_said_once(self, key: bool, scene: Scene) -> None:
        if key:
            scene.put_site(organization=ORGANIZATION)
        scene.control.edit("add-account", email=ANN)
        scene.control.edit("set-account", account=ANN, managed=False)
        idp = Ruled(scene, update=True)
        user = idp.join(displayName="Ann A")
        scene.settle()
        idp.team(user)
        scene.settle()
        assert scene.parked() == {}
        assert len(events(scene, "jira.profile.kept")) == 1
        assert len(scene.calls("updateProfile")) == int(key)

    def test_without_the_rule_nothing_is_written(self, scene: Scene) -> None:
        scene.put_site(organization=ORGANIZATION)
        Ruled(scene).join(displayName="Ann A")
        assert scene.settle().accounts[ANN]["displayName"] == "ann"


class TestLeaving:
    def test_nothing_is_nothing_until_the_rules_say_something_else(self, scene: Scene) -> None:
        idp = Ruled(scene, onDeactivate="nothing")
        user = idp.join()
        idp.team(user)
        scene.settle()
        idp.leave(user)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE}
        idp.put()
        assert scene.settle().groups_of(ANN) == set()

    def test_access_is_taken_whoever_gave_it_and_comes_back(self, scene: Scene) -> None:
        scene.control.edit("add-account", email=ANN,
                           products=["jira-software", "jira-servicedesk"])
        scene.control.edit("add-group", name="Club")
        scene.control.edit("add-member", group="Club", account=ANN)
        idp = Ruled(scene, onDeactivate="removeAccess")
        user = idp.join()
        idp.team(user)
        scene.settle()
        idp.leave(user)
        held = scene.settle()
        assert held.groups_of(ANN) == {"Club"} and held.accounts[ANN]["products"] == []
        idp.come_back(user)
        assert scene.settle().groups_of(ANN) == {"Club", "Team", SOFTWARE, DESK}

    def test_somebody_suspended_keeps_the_account_and_its_groups(self, scene: Scene) -> None:
        scene.put_site(organization=ORGANIZATION)
        idp = Ruled(scene, onDeactivate="suspend")
        user = idp.join()
        idp.team(user)
        before = scene.settle().accounts[ANN]
        idp.leave(user)
        held = scene.settle()
        assert held.accounts[ANN]["suspended"] and not held.accounts[ANN]["active"]
        assert held.groups_of(ANN) == {"Team", SOFTWARE}
        idp.come_back(user)
        assert scene.settle().accounts[ANN] == before
        assert [event["name"] for event in events(scene, "jira.account.suspended")] == [ANN]
        assert [event["name"] for event in events(scene, "jira.account.restored")] == [ANN]

    def test_somebody_told_anew_is_restored_as_well(self, scene: Scene) -> None:
        scene.put_site(organization=ORGANIZATION)
        idp = Ruled(scene, onDelete="suspend")
        user = idp.join()
        group = idp.team(user)
        account = scene.settle().accounts[ANN]["accountId"]
        idp.delete(user)
        assert scene.settle().accounts[ANN]["suspended"]
        add_members(idp.scim, group, idp.join())
        held = scene.settle()
        assert held.accounts[ANN]["accountId"] == account and held.accounts[ANN]["active"]
        assert held.groups_of(ANN) == {"Team", SOFTWARE}

    def test_without_a_key_access_is_taken_and_the_task_says_what_to_do(self, scene: Scene) -> None:
        scene.control.edit("add-account", email=ANN, products=["jira-software"])
        idp = Ruled(scene, onDeactivate="suspend")
        user = idp.join()
        idp.team(user)
        scene.settle()
        idp.leave(user)
        assert scene.settle().groups_of(ANN) == set()
        assert "key of the organization" in scene.parked()[ANN]["detail"]
        scene.put_site(organization=ORGANIZATION)
        held = scene.settle()
        assert held.accounts[ANN]["suspended"] and scene.parked() == {}
        idp.come_back(user)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE}

    def test_a_key_that_is_refused_stops_nobody_else(self, scene: Scene) -> None:
        scene.put_site(organization={**ORGANIZATION, "apiKey": "demo-expired"})
        idp = Ruled(scene, onDeactivate="suspend")
        user = idp.join()
        scene.settle()
        idp.leave(user)
        idp.join("bob@example.com")
        held = scene.settle()
        assert held.groups_of(ANN) == set() and "bob@example.com" in held.accounts
        assert "not accepted" in scene.parked()[ANN]["detail"]
        assert events(scene, "site.denied") == []

    @pytest.mark.parametrize("deed", ["suspend", "delete"])
    def test_unmanaged_accounts_are_left_and_that_is_explained(self, deed: str,
                                                               scene: Scene) -> None:
        scene.put_site(organization=ORGANIZATION)
        idp = Ruled(scene, onDeactivate=deed)
        user = idp.join()
        idp.team(user)
        scene.settle()
        scene.control.edit("set-account", account=ANN, managed=False)
        idp.leave(user)
        held = scene.settle()
        assert held.accounts[ANN]["active"] and held.groups_of(ANN) == set()
        assert "not managed" in scene.parked()[ANN]["detail"]

    @pytest.mark.parametrize("deed", ["suspend", "delete"])
    def test_members_of_protected_groups_are_left_and_that_is_explained(self, deed: str,
                                                                        scene: Scene) -> None:
        scene.put_site(organization=ORGANIZATION)
        idp = Ruled(scene, onDeactivate=deed)
        user = idp.join()
        scene.settle()
        scene.control.edit("add-member", group="jira-administrators", account=ANN)
        idp.leave(user)
        held = scene.settle()
        assert held.accounts[ANN]["active"] and held.groups_of(ANN) == {"jira-administrators"}
        assert "jira-administrators" in scene.parked()[ANN]["detail"]

    @pytest.mark.parametrize("deed", ["suspend", "delete", "removeAccess"])
    def test_the_tokens_owner_is_left(self, deed: str, scene: Scene) -> None:
        scene.put_site(organization=ORGANIZATION)
        idp = Ruled(scene, onDeactivate=deed)
        user = idp.join(scene.jira.email)
        scene.settle()
        idp.leave(user)
        held = scene.settle()
        assert held.accounts[scene.jira.email]["active"]
        assert SOFTWARE in held.groups_of(scene.jira.email)
        assert "owns the API token" in scene.parked()[scene.jira.email]["detail"]

    def test_who_is_deleted_from_the_site_comes_back_as_the_same(self, leaving: Scene) -> None:
        idp = Ruled(leaving, onDeactivate="delete")
        user = idp.join()
        idp.team(user)
        account = leaving.settle().accounts[ANN]["accountId"]
        idp.leave(user)
        held = leaving.settle()
        assert held.accounts[ANN]["removed"] and held.groups_of(ANN) == set()
        idp.come_back(user)
        held = leaving.settle()
        assert held.accounts[ANN]["accountId"] == account and not held.accounts[ANN]["removed"]
        assert held.groups_of(ANN) == {"Team", SOFTWARE}
        assert leaving.control.counts()["removedAccounts"] == {ANN: 1}

    def test_a_deletion_that_jira_answers_500_for_is_found_done(self, leaving: Scene) -> None:
        leaving.control.configure(create_removed="500")
        idp = Ruled(leaving, onDelete="delete")
        user = idp.join()
        leaving.settle()
        leaving.control.add_fault("status", match={"operation": "removeUser"}, after=True,
                                  status=500)
        idp.delete(user)
        assert leaving.settle().accounts[ANN]["removed"]
        idp.join()
        assert leaving.settle().groups_of(ANN) == {SOFTWARE}

    def test_what_deletion_does_is_told_apart_from_deactivation(self, leaving: Scene) -> None:
        idp = Ruled(leaving, onDeactivate="nothing", onDelete="delete")
        user = idp.join()
        leaving.settle()
        idp.leave(user)
        assert leaving.settle().groups_of(ANN) == {SOFTWARE}
        idp.delete(user)
        assert leaving.settle().accounts[ANN]["removed"]

    def test_of_two_idps_the_one_with_precedence_decides(self, scene: Scene) -> None:
        scene.put_site(organization=ORGANIZATION)
        first = Ruled(scene, 1, onDeactivate="suspend")
        second = Ruled(scene, 2, onDeactivate="nothing")
        one, other = first.join(), second.join()
        scene.settle()
        first.leave(one)
        assert not scene.settle().accounts[ANN]["suspended"]
        second.leave(other)
        assert scene.settle().accounts[ANN]["suspended"]

    def test_an_idp_that_is_taken_away_has_the_defaults(self, leaving: Scene) -> None:
        idp = Ruled(leaving, onDelete="delete", gracePeriod=GRACE)
        idp.team(idp.join())
        leaving.settle()
        leaving.admin.delete(f"/api/idps/{idp.name}?access=remove").expect(204)
        leaving._idps.clear()
        held = leaving.settle()
        assert not held.accounts[ANN]["removed"] and held.groups_of(ANN) == set()


    @pytest.mark.parametrize("deed, limit", [("suspend", "deactivations"), ("delete", "deletions")])
    def test_the_guard_stands_before_it(self, deed: str, limit: str, scene: Scene,
                                        httpd: Httpd) -> None:
        httpd.error_log.expect("SCIM0160")
        scene.put_site(organization=ORGANIZATION)
        idp = Ruled(scene)
        users = [idp.join(f"u{number}@example.com") for number in range(3)]
        scene.settle()
        scene.admin.put(f"/api/idps/{idp.name}/rules", {
            "users": {"onDeactivate": deed}, "guard": {limit: {"number": 2, "percent": 100}},
        }).expect(200)
        scene.settle()
        idp.pause()
        for user in users:
            idp.leave(user)
        idp.pause(False)
        held = scene.settle()
        assert all(held.accounts[user["userName"]]["active"] for user in users)
        tasks = [task for task in scene.admin.tasks("state=held") if task["site"] == scene.site]
        assert {task["name"] for task in tasks} == {user["userName"] for user in users}


class TestGrace:
    @pytest.mark.parametrize("how", ["deactivate", "delete", "filter"])
    def test_undo_within_it_leaves_no_trace(self, how: str, scene: Scene) -> None:
        idp = Ruled(scene, gracePeriod=GRACE)
        user = idp.join()
        group = idp.team(user)
        scene.settle()
        before = changes(scene)
        if how == "deactivate":
            idp.leave(user)
        elif how == "delete":
            idp.delete(user)
        else:
            idp.put(gracePeriod=GRACE,
                    filter={"exclude": [{"attribute": "email", "pattern": "^ann@"}]})
        task = waits(scene)
        assert "grace period" in task["detail"] and task["nextAt"][:16] in task["detail"]
        assert scene.held().groups_of(ANN) == {"Team", SOFTWARE}
        if how == "deactivate":
            idp.come_back(user)
        elif how == "delete":
            idp.pause()
            add_members(idp.scim, group, idp.join())
            idp.pause(False)
        else:
            idp.put(gracePeriod=GRACE)
        assert scene.settle().groups_of(ANN) == {"Team", SOFTWARE}
        assert changes(scene) == before

    @pytest.mark.parametrize("how", ["deactivate", "delete"])
    def test_after_it_access_is_taken_also_after_a_restart(self, how: str, make_httpd: Any,
                                                          jira: JiraProcess) -> None:
        server = make_httpd()
        server.start()
        scene = Scene(server.admin(), jira, "main")
        scene.put_site()
        idp = Ruled(scene, gracePeriod=GRACE)
        user = idp.join()
        idp.team(user)
        scene.settle()
        idp.leave(user) if how == "deactivate" else idp.delete(user)
        until_ = waits(scene)["nextAt"]
        server.restart()
        scene.admin.post("/api/tasks/retry?state=waiting", {}).expect(200)
        until(lambda: waits(scene)["nextAt"][:16] == until_[:16], "the same end as before", 30)
        idp.put(gracePeriod=0)
        scene.admin.post("/api/tasks/retry?state=waiting", {}).expect(200)
        assert scene.settle().groups_of(ANN) == set()
        scene.close()

    def test_it_ends_by_itself(self, scene: Scene) -> None:
        idp = Ruled(scene, gracePeriod=2)
        user = idp.join()
        idp.team(user)
        scene.settle()
        idp.leave(user)
        assert waits(scene, ANN)["class"] == "wait"
        assert scene.settle().groups_of(ANN) == set()

    def test_it_counts_from_when_the_last_idp_let_go(self, scene: Scene) -> None:
        first, second = Ruled(scene, 1), Ruled(scene, 2, gracePeriod=GRACE)
        one, other = first.join(), second.join()
        second.team(other)
        scene.settle()
        second.leave(other)
        assert scene.settle().groups_of(ANN) == {SOFTWARE}
        first.leave(one)
        assert scene.settle().groups_of(ANN) == set()


class TestWarnings:
    def test_a_pattern_that_gives_up_takes_nothing_away(self, scene: Scene) -> None:
        slow = "a" * 60 + "@example.com"
        idp = Ruled(scene)
        idp.team(idp.join(slow))
        scene.settle()
        before = changes(scene)
        idp.put(filter={"include": [{"attribute": "userName", "pattern": "^(a+)+$"}]})
        assert "users.filter.include[0]" in waits(scene, slow)["detail"]
        assert changes(scene) == before
        idp.put()
        assert scene.settle().groups_of(slow) == {"Team", SOFTWARE}

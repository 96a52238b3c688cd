"""What Jira holds after an identity provider has told of people and groups."""

from __future__ import annotations

import pytest

from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, add_members, deactivate, remove_member, rename, scene)


class TestAccounts:
    def test_an_account_is_made_with_the_sites_products(self, scene: Scene) -> None:
        scene.put_site(products=["jira-software", "jira-servicedesk"])
        scene.idp().create_user("ada@example.com")
        account = scene.settle().accounts["ada@example.com"]
        assert account["products"] == ["jira-servicedesk", "jira-software"]
        assert account["createdBy"] == "api"

    @pytest.mark.parametrize("told", ["ada@example.com", "Ada@Example.COM"])
    def test_an_account_is_found_by_its_address_in_any_case(self, told: str, scene: Scene) -> None:
        scene.control.edit("add-account", email="aDa@example.com", products=["jira-software"])
        idp = scene.idp()
        idp.create_group("Team", [idp.create_user("ada", emails=[{"value": told}])["id"]])
        held = scene.settle()
        assert held.groups["Team"] == {"aDa@example.com"}
        assert scene.calls("createUser") == []

    def test_an_account_that_hides_its_address_is_found(self, scene: Scene) -> None:
        scene.control.edit("add-account", email="shy@example.com", hidden_email=True,
                           display_name="S. Hy", products=["jira-software"])
        idp = scene.idp()
        idp.create_group("Team", [idp.create_user("shy@example.com")["id"]])
        assert scene.settle().groups["Team"] == {"shy@example.com"}
        assert scene.calls("createUser") == []

    def test_an_address_that_only_begins_alike_is_somebody_else(self, scene: Scene) -> None:
        scene.control.edit("add-account", email="ann@example.com.au")
        idp = scene.idp()
        idp.create_group("Team", [idp.create_user("ann@example.com")["id"]])
        assert scene.settle().groups["Team"] == {"ann@example.com"}

    def test_somebody_told_as_inactive_gets_no_account(self, scene: Scene) -> None:
        idp = scene.idp()
        idp.create_user("gone@example.com", active=False)
        user = idp.create_user("later@example.com", active=False)
        assert scene.settle().accounts.keys().isdisjoint({"gone@example.com", "later@example.com"})
        deactivate(idp, user, active=True)
        accounts = scene.settle().accounts
        assert "later@example.com" in accounts and "gone@example.com" not in accounts

    def test_who_has_no_address_waits_for_a_person_with_a_reason(self, scene: Scene) -> None:
        idp = scene.idp()
        user = idp.create_user("no-address")
        scene.settle()
        parked = scene.parked()["no-address"]
        assert "no-address has no e-mail address" in parked["detail"]
        assert "identity provider" in parked["detail"]
        assert scene.calls("createUser") == []
        idp.patch_operations(f"/Users/{user['id']}", {
            "op": "add", "path": "emails", "value": [{"value": "now@example.com"}]}).expect(200)
        assert "now@example.com" in scene.settle().accounts
        assert scene.parked() == {}

    def test_a_new_address_keeps_the_account(self, scene: Scene) -> None:
        idp = scene.idp()
        user = idp.create_user("maiden@example.com")
        group = idp.create_group("Team", [user["id"]])
        scene.settle()
        idp.put(f"/Users/{user['id']}", {**user, "userName": "married@example.com"}).expect(200)
        remove_member(idp, group, user)
        held = scene.settle()
        assert "married@example.com" not in held.accounts
        assert held.groups_of("maiden@example.com") == {SOFTWARE}

    def test_an_address_of_somebody_else_before_does_not_lead_to_their_account(
            self, scene: Scene) -> None:
        """In Jira the account still has the old address, and still is the one who had it."""
        idp = scene.idp()
        user = idp.create_user("desk@example.com")
        scene.settle()
        idp.put(f"/Users/{user['id']}", {**user, "userName": "moved@example.com"}).expect(200)
        scene.settle()
        successor = idp.create_user("desk@example.com")
        idp.create_group("Team", [successor["id"]])
        assert scene.settle().groups["Team"] == set()
        assert "moved@example.com" in scene.parked()["desk@example.com"]["detail"]
        scene.control.edit("set-account", account="desk@example.com", email="moved@example.com")
        scene.control.edit("add-account", email="desk@example.com")
        scene.retry("desk@example.com")
        held = scene.settle()
        assert held.groups["Team"] == {"desk@example.com"}
        assert held.groups_of("moved@example.com") == {SOFTWARE}

    def test_somebody_deleted_and_told_again_has_the_same_account(self, scene: Scene) -> None:
        idp = scene.idp()
        first = idp.create_user("boomerang@example.com")
        group = idp.create_group("Team", [first["id"]])
        account = scene.settle().accounts["boomerang@example.com"]["accountId"]
        idp.delete(f"/Users/{first['id']}").expect(204)
        assert scene.settle().groups_of("boomerang@example.com") == set()
        second = idp.create_user("boomerang@example.com")
        add_members(idp, group, second)
        held = scene.settle()
        assert held.accounts["boomerang@example.com"]["accountId"] == account
        assert held.groups_of("boomerang@example.com") == {"Team", SOFTWARE}

    def test_telling_the_same_again_calls_nobody(self, scene: Scene) -> None:
        idp = scene.idp()
        user = idp.create_user("calm@example.com")
        group = idp.create_group("Team", [user["id"]])
        scene.settle()
        before = len(scene.calls())
        idp.put(f"/Users/{user['id']}", user).expect(200)
        add_members(idp, group, user)
        deactivate(idp, user, active=True)
        scene.settle()
        assert len(scene.calls()) == before


class TestLeavers:
    def test_an_account_of_ours_loses_all_it_had_by_us_and_gets_it_back(self,
                                                                        scene: Scene) -> None:
        idp = scene.idp()
        user = idp.create_user("leaver@example.com")
        idp.create_group("Team", [user["id"]])
        assert scene.settle().groups_of("leaver@example.com") == {"Team", SOFTWARE}
        deactivate(idp, user)
        held = scene.settle()
        assert held.groups_of("leaver@example.com") == set()
        assert held.accounts["leaver@example.com"]["products"] == []
        deactivate(idp, user, active=True)
        held = scene.settle()
        assert held.groups_of("leaver@example.com") == {"Team", SOFTWARE}
        assert held.accounts["leaver@example.com"]["products"] == ["jira-software"]

    def test_what_was_there_before_us_stays(self, scene: Scene) -> None:
        scene.control.edit("add-account", email="veteran@example.com", products=["jira-software"])
        for group in ("Old", "Both"):
            scene.control.edit("add-group", name=group)
            scene.control.edit("add-member", group=group, account="veteran@example.com")
        idp = scene.idp()
        user = idp.create_user("veteran@example.com")
        both = idp.create_group("Both", [user["id"]])
        idp.create_group("New", [user["id"]])
        assert scene.settle().groups_of("veteran@example.com") == {"Old", "Both", "New", SOFTWARE}
        remove_member(idp, both, user)
        deactivate(idp, user)
        assert scene.settle().groups_of("veteran@example.com") == {"Old", "Both", SOFTWARE}

    def test_what_an_administrator_gave_to_an_account_of_ours_stays(self, scene: Scene) -> None:
        idp = scene.idp()
        user = idp.create_user("leaver@example.com")
        scene.settle()
        scene.control.edit("add-group", name="By hand")
        scene.control.edit("add-member", group="By hand", account="leaver@example.com")
        deactivate(idp, user)
        assert scene.settle().groups_of("leaver@example.com") == {"By hand"}

    @pytest.mark.parametrize("status", [400, 403])
    def test_an_account_made_by_hand_after_a_refusal_is_not_ours(self, status: int,
                                                                 scene: Scene) -> None:
        scene.control.add_fault("status", match={"operation": "createUser"}, status=status,
                                body={"errorMessages": ["Not by you."], "errors": {}})
        idp = scene.idp()
        user = idp.create_user("byhand@example.com")
        scene.settle()
        assert scene.parked()["byhand@example.com"]["detail"] == "Not by you."
        scene.control.edit("add-account", email="byhand@example.com", products=["jira-software"])
        scene.retry("byhand@example.com")
        scene.settle()
        deactivate(idp, user)
        assert scene.settle().groups_of("byhand@example.com") == {SOFTWARE}

    def test_a_leaver_who_is_put_into_a_group_stays_out(self, scene: Scene) -> None:
        idp = scene.idp()
        user = idp.create_user("leaver@example.com")
        group = idp.create_group("Team")
        scene.settle()
        deactivate(idp, user)
        add_members(idp, group, user)
        assert scene.settle().groups_of("leaver@example.com") == set()

    def test_a_deleted_person_leaves_as_a_deactivated_one(self, scene: Scene) -> None:
        idp = scene.idp()
        user = idp.create_user("leaver@example.com")
        idp.create_group("Team", [user["id"]])
        scene.settle()
        idp.delete(f"/Users/{user['id']}").expect(204)
        held = scene.settle()
        assert held.groups_of("leaver@example.com") == set()
        assert "leaver@example.com" in held.accounts


class TestGroups:
    def test_a_group_is_made_and_filled_and_emptied(self, scene: Scene) -> None:
        idp = scene.idp()
        ada, bob = idp.create_user("ada@example.com"), idp.create_user("bob@example.com")
        group = idp.create_group("Team", [ada["id"]])
        assert scene.settle().groups["Team"] == {"ada@example.com"}
        add_members(idp, group, bob)
        assert scene.settle().groups["Team"] == {"ada@example.com", "bob@example.com"}
        remove_member(idp, group, ada)
        assert scene.settle().groups["Team"] == {"bob@example.com"}
        idp.put(f"/Groups/{group['id']}", {**group, "members": []}).expect(200)
        assert scene.settle().groups["Team"] == set()

    def test_a_group_that_was_there_is_adopted_with_its_members(self, scene: Scene) -> None:
        before = scene.control.edit("add-group", name="Team")
        scene.control.edit("add-account", email="owner@example.com")
        scene.control.edit("add-member", group="Team", account="owner@example.com")
        idp = scene.idp()
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("Team", [ada["id"]])
        assert scene.settle().groups["Team"] == {"owner@example.com", "ada@example.com"}
        assert scene.calls("createGroup") == []
        remove_member(idp, group, ada)
        assert scene.settle().groups["Team"] == {"owner@example.com"}
        assert before["groupId"] in {one["groupId"] for one in scene.control.state()["groups"]}

    def test_a_deleted_group_loses_our_members_and_stays(self, scene: Scene) -> None:
        idp = scene.idp()
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("Team", [ada["id"]])
        scene.settle()
        scene.control.edit("add-account", email="guest@example.com")
        scene.control.edit("add-member", group="Team", account="guest@example.com")
        idp.delete(f"/Groups/{group['id']}").expect(204)
        assert scene.settle().groups["Team"] == {"guest@example.com"}
        idp.create_group("Team", [ada["id"]])
        assert scene.settle().groups["Team"] == {"guest@example.com", "ada@example.com"}

    def test_a_renamed_group_waits_for_a_person_and_its_membership_goes_on(self,
                                                                           scene: Scene) -> None:
        idp = scene.idp()
        ada, bob = idp.create_user("ada@example.com"), idp.create_user("bob@example.com")
        group = idp.create_group("Old name", [ada["id"]])
        scene.settle()
        rename(idp, group, "New name")
        add_members(idp, group, bob)
        held = scene.settle()
        assert held.groups["Old name"] == {"ada@example.com", "bob@example.com"}
        assert "New name" not in held.groups
        assert "rename Old name to New name" in scene.parked()["New name"]["detail"]
        scene.control.edit("rename-group", group="Old name", name="New name")
        scene.retry("New name")
        assert scene.settle().groups["New name"] == {"ada@example.com", "bob@example.com"}
        assert scene.parked() == {}

    def test_a_group_renamed_to_a_name_that_jira_has_is_not_mixed_up(self, scene: Scene) -> None:
        scene.control.edit("add-group", name="Taken")
        idp = scene.idp()
        ada = idp.create_user("ada@example.com")
        group = idp.create_group("Mine", [ada["id"]])
        scene.settle()
        rename(idp, group, "Taken")
        held = scene.settle()
        assert held.groups["Mine"] == {"ada@example.com"} and held.groups["Taken"] == set()
        assert "another group of that name" in scene.parked()["Taken"]["detail"]

    def test_a_group_renamed_there_and_back_needs_nobody(self, scene: Scene) -> None:
        idp = scene.idp()
        group = idp.create_group("Team")
        scene.settle()
        rename(idp, group, "Other")
        scene.settle()
        rename(idp, group, "Team")
        assert "Other" not in scene.settle().groups
        assert scene.parked() == {}

    def test_members_told_before_their_group_is_known_are_there(self, scene: Scene) -> None:
        idp = scene.idp()
        users = [idp.create_user(f"p{number}@example.com") for number in range(30)]
        idp.create_group("Big", [user["id"] for user in users])
        assert len(scene.settle().groups["Big"]) == 30
        assert scene.control.counts()["calls"]["addUserToGroup"] == 30

    def test_names_beyond_ascii_arrive_unharmed(self, scene: Scene) -> None:
        idp = scene.idp()
        name = "Größe & Gewicht / 東京 #1 + \"Q\""
        idp.create_group(name, [idp.create_user("ada+tag@example.com")["id"]])
        assert scene.settle().groups[name] == {"ada+tag@example.com"}


class TestTwoIdps:
    def test_one_person_has_one_account_and_leaves_with_the_last(self, scene: Scene) -> None:
        okta, entra = scene.idp(provider="okta"), scene.idp(provider="entra")
        by_okta = okta.create_user("both@example.com")
        by_entra = entra.create_user("BOTH@example.com")
        okta.create_group("From Okta", [by_okta["id"]])
        entra.create_group("From Entra", [by_entra["id"]])
        everything = {"From Okta", "From Entra", SOFTWARE}
        assert scene.settle().groups_of("both@example.com") == everything
        deactivate(okta, by_okta)
        assert scene.settle().groups_of("both@example.com") == {"From Entra", SOFTWARE}
        entra.delete(f"/Users/{by_entra['id']}").expect(204)
        assert scene.settle().groups_of("both@example.com") == set()
        deactivate(okta, by_okta, active=True)
        assert scene.settle().groups_of("both@example.com") == {"From Okta", SOFTWARE}

    def test_one_group_of_one_name_is_filled_by_both(self, scene: Scene) -> None:
        okta, entra = scene.idp(provider="okta"), scene.idp(provider="entra")
        ada, bob = okta.create_user("ada@example.com"), entra.create_user("bob@example.com")
        both = [idp.create_user("both@example.com") for idp in (okta, entra)]
        by_okta = okta.create_group("Team", [ada["id"], both[0]["id"]])
        by_entra = entra.create_group("Team", [bob["id"], both[1]["id"]])
        everybody = {"ada@example.com", "bob@example.com", "both@example.com"}
        assert scene.settle().groups["Team"] == everybody
        remove_member(okta, by_okta, both[0])
        assert scene.settle().groups["Team"] == everybody
        okta.delete(f"/Groups/{by_okta['id']}").expect(204)
        assert scene.settle().groups["Team"] == {"bob@example.com", "both@example.com"}
        entra.delete(f"/Groups/{by_entra['id']}").expect(204)
        assert scene.settle().groups["Team"] == set()

    def test_members_are_looked_for_within_their_own_idp(self, scene: Scene) -> None:
        okta, entra = scene.idp(provider="okta"), scene.idp(provider="entra")
        stranger = entra.create_user("stranger@example.com")
        okta.create_group("Team", [stranger["id"]])
        assert scene.settle().groups["Team"] == set()

"""Okta's and Entra's clients against the module, from an administrator's click to what Jira holds.

The clients check every answer as strictly as the real ones; what Jira should hold is computed from
their directories, never asked of the module.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable

import pytest

from tests.harness.admin import AdminClient
from tests.harness.wait import until
from tests.simulators.idps import (Directory, EntraApp, Held, IdpError, OktaCustomApp, OktaOinApp,
                                   Row, compare, expected, held, odd_people, renames, story)

CATCH_UP_SECONDS = 120
KINDS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "okta-custom": ("okta", OktaCustomApp, {"nameless_members": True}),
    "okta-oin": ("okta", OktaOinApp, {}),
    "okta-oin-pathless": ("okta", OktaOinApp, {"pathless_members": True}),
    "entra": ("entra", EntraApp, {"members_per_operation": 3}),
    "entra-optscim": ("entra", EntraApp, {"optscim": True}),
    "entra-by-externalId": ("entra", EntraApp, {"matching": "externalId"}),
    "entra-by-email": ("entra", EntraApp, {"matching": 'emails[type eq "work"].value'}),
}


@pytest.fixture
def make_app(make_idp: Callable[..., Any]) -> Callable[[str], Any]:
    """Makes an IdP and the client that plays it: make_app("entra")."""
    def make(kind: str) -> Any:
        provider, client, options = KINDS[kind]
        scim = make_idp(provider=provider).description["scim"]
        return client(scim["baseUrl"], scim["token"], Directory(kind, provider), **options)
    return make


class Company:
    """Jira as it was before, and as it is when all that was told has been done."""

    def __init__(self, admin: AdminClient, control: Any) -> None:
        self.admin = admin
        self.control = control
        self.before = held(control.state())

    def caught_up(self) -> Held:
        until(lambda: self.admin.status()["tasks"]["waiting"] == 0, "Jira to catch up",
              CATCH_UP_SECONDS)
        return held(self.control.state())

    def different(self, *apps: Any) -> list[Row]:
        """Where Jira does not hold what these IdPs said; as it has to be, this is empty."""
        directories = [app.directory for app in apps]
        wanted = renames(self.caught_up(), *directories)
        for old, new in wanted:
            self.control.edit("rename-group", group=old, name=new)
        for task in self.admin.get("/api/tasks").expect(200).json()["tasks"]:
            if wanted and task["state"] == "failed":
                self.admin.retry(task["id"])
        rows = compare(expected(*directories), self.caught_up(), self.before)
        assert rows
        return [row for row in rows if not row.agrees]


@pytest.fixture
def company(admin: AdminClient, jira: Any) -> Company:
    return Company(admin, jira.control)


def tell(app: Any, domain: str) -> None:
    for _ in story(app, domain):
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_jira_holds_what_the_idp_said(kind: str, make_app: Callable[[str], Any],
                                      company: Company) -> None:
    app = make_app(kind)
    tell(app, "demo.example.com")
    assert company.different(app) == []


def test_three_idps_at_once_are_united(make_app: Callable[[str], Any], company: Company) -> None:
    apps = [make_app(kind) for kind in ("okta-custom", "okta-oin", "entra")]
    with ThreadPoolExecutor(len(apps)) as pool:
        for done in [pool.submit(tell, app, f"{number}.example.com")
                     for number, app in enumerate(apps)]:
            done.result()
    assert company.different(*apps) == []


def test_a_person_keeps_access_until_the_last_idp_lets_go(make_app: Callable[[str], Any],
                                                          company: Company) -> None:
    apps = [make_app("okta-oin"), make_app("entra")]
    for app in apps:
        person = app.directory.add_person("both@example.com", "Both", "Sides")
        group = app.directory.add_group("Team", [person])
        app.assign(person)
        app.settle()
        app.push_group(group)
        app.settle()
    assert company.different(*apps) == []
    for app in apps:
        app.deactivate(app.directory.person("both@example.com"))
        app.settle()
        assert company.different(*apps) == []
    assert company.caught_up().groups["Team"] == frozenset()


@pytest.mark.parametrize("kind", ["okta-custom", "okta-oin", "entra", "entra-optscim"])
def test_a_leaver_who_comes_back_has_the_same_account_and_groups(
        kind: str, make_app: Callable[[str], Any], company: Company) -> None:
    app = make_app(kind)
    person = app.directory.add_person("back@example.com", "Come", "Back")
    group = app.directory.add_group("Team", [person])
    app.assign(person)
    app.settle()
    app.push_group(group)
    app.settle()
    assert company.different(app) == []
    app.deactivate(person)
    app.settle()
    assert company.different(app) == []
    assert company.caught_up().accounts["back@example.com"] is False
    app.reactivate(person)
    app.settle()
    assert company.different(app) == []
    assert company.caught_up().groups["Team"] == {"back@example.com"}


def test_a_new_address_keeps_the_account(make_app: Callable[[str], Any], company: Company) -> None:
    app = make_app("entra")
    person = app.directory.add_person("maiden@example.com", "New", "Name")
    app.assign(person)
    app.settle()
    assert company.different(app) == []
    app.update(person, email="married@example.com", user_name="married@example.com")
    app.settle()
    assert company.different(app) == []
    assert "married@example.com" not in company.caught_up().accounts
    app.verify()


def test_people_and_groups_that_jira_had_before_stay_as_they_were(
        make_app: Callable[[str], Any], admin: AdminClient, jira: Any) -> None:
    jira.control.edit("add-account", email="old.hand@example.com", products=["jira-software"])
    jira.control.edit("add-group", name="Team")
    jira.control.edit("add-member", group="Team", account="old.hand@example.com")
    company = Company(admin, jira.control)
    app = make_app("okta-oin")
    old_hand = app.directory.add_person("old.hand@example.com", "Old", "Hand")
    novice = app.directory.add_person("novice@example.com", "Nova", "Ice")
    team = app.directory.add_group("Team", [novice])
    for person in (old_hand, novice):
        app.assign(person)
    app.push_group(team)
    assert company.different(app) == []
    assert company.caught_up().groups["Team"] == {"old.hand@example.com", "novice@example.com"}
    app.push_now(team)
    app.remove_members(team, [novice])
    app.deactivate(old_hand)
    assert company.different(app) == []
    assert company.caught_up().groups["Team"] == {"old.hand@example.com"}


def test_entra_deletes_after_thirty_days(make_app: Callable[[str], Any],
                                         company: Company) -> None:
    app = make_app("entra")
    people = odd_people(app.directory, "demo.example.com")
    group = app.directory.add_group("Team", people)
    for person in people:
        app.assign(person)
    app.push_group(group)
    app.settle()
    app.delete_person(people[0])
    app.settle()
    app.pass_days(30)
    app.settle()
    assert company.different(app) == []
    app.verify()


def test_oktas_published_test_suite_passes(make_app: Callable[[str], Any],
                                           company: Company) -> None:
    app = make_app("okta-custom")
    app.acceptance_test()
    app.acceptance_test()
    assert company.different(app) == []


@pytest.mark.parametrize("page", [1, 7, 100])
def test_okta_imports_everybody_page_by_page(page: int, make_app: Callable[[str], Any],
                                             company: Company) -> None:
    app = make_app("okta-custom")
    people = [app.directory.add_person(f"person{number}@example.com", "P", str(number))
              for number in range(15)]
    groups = [app.directory.add_group(f"Group {number}", people[:number]) for number in range(3)]
    for person in people:
        app.assign(person)
    for group in groups:
        app.push_group(group)
    app.page = page
    assert {user["userName"] for user in app.import_users()} == {
        person.user_name for person in people}
    assert {group["displayName"] for group in app.import_groups()} == {
        group.name for group in groups}
    assert company.different(app) == []


def test_a_second_connection_takes_over_what_is_there(make_app: Callable[[str], Any],
                                                      company: Company) -> None:
    app = make_app("entra")
    tell(app, "demo.example.com")
    again = app.another()
    for group in app.directory.groups:
        if group.pushed:
            again.push_group(group)
    again.settle()
    assert not any(exchange.method == "POST" for exchange in again.exchanges)
    assert company.different(again) == []


def test_a_wrong_token_is_refused_in_scim_and_not_repeated(make_app: Callable[[str], Any]) -> None:
    app = make_app("okta-oin")
    wrong = type(app)(app.transport.base_url, "demo-wrong-token", Directory("wrong"))
    with pytest.raises(IdpError, match="status 401") as caught:
        wrong.test_connection()
    assert "demo-wrong-token" not in str(caught.value)

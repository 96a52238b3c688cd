"""Who of a Google directory comes in: by unit, query, group and domain; and what is asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.harness.admin import AdminClient
from tests.harness.fixtures import Site
from tests.harness.httpd import ADMIN_USER, Httpd
from tests.harness.wait import until
from tests.integration.scene import SOFTWARE, Held
from tests.integration.pulled import Pulled, directory, pulled  # noqa: F401

pytestmark = pytest.mark.any_mpm

EVERYTHING = {"domain": None,
              "users": {"orgUnits": {"include": [], "exclude": []}, "queries": []},
              "groups": {"include": [], "exclude": [], "query": None},
              "onlyMembersOfGroups": False, "everybody": "ignore"}


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


def choose(pulled: Pulled, **choice: Any) -> dict[str, Any]:
    return pulled.admin.put(f"{pulled.path}/google/choice", choice).expect(200).json()


def people(pulled: Pulled, units: dict[str, str]) -> None:
    """Users by name, each with an organizational unit, which is new."""
    paths = {"/".join(unit.split("/")[:depth]) for unit in units.values()
             for depth in range(2, unit.count("/") + 2)} - {"/"}
    for path in sorted(paths):
        pulled.control.edit("add-org-unit", path=path)
    for name, unit in units.items():
        pulled.control.edit("add-user", email=f"{name}@example.com", orgUnitPath=unit)


def group(pulled: Pulled, name: str, *members: str, **options: Any) -> None:
    pulled.control.edit("add-group", email=f"{name}@example.com", name=name, **options)
    for member in members:
        member = member if "@" in member or member == "CUSTOMER" else f"{member}@example.com"
        pulled.control.edit("add-member", group=f"{name}@example.com", member=member)


def names(addresses: set[str]) -> set[str]:
    return {address.removesuffix("@example.com") for address in addresses}


def workers(held: Held) -> set[str]:
    """Who has access because of what was pulled: all but the owner of the API token."""
    return names(held.groups[SOFTWARE]) - {"provisioner"}


def members(held: Held, group_name: str) -> set[str]:
    return names(held.groups[group_name])


def asked(pulled: Pulled, operation: str, name: str) -> set[str | None]:
    """The values of a query parameter in the calls of an operation."""
    return {parse_qs(entry["query"]).get(name, [None])[0]
            for entry in pulled.control.entries(f"directory.{operation}")}


# ---- people ----

def test_whole_components_of_a_unit_and_excluded_ones_within(pulled: Pulled) -> None:
    people(pulled, {"ann": "/Sales", "bob": "/Sales/Europe", "rob": "/Sales/Robots",
                    "sam": "/Salesforce", "joe": "/sales", "top": "/"})
    choose(pulled, users={"orgUnits": {"include": ["/Sales"], "exclude": ["/Sales/Robots"]}})
    assert workers(pulled.pull_all()) == {"ann", "bob"}
    # Google can tell one unit apart by itself: nobody else is sent.
    assert asked(pulled, "users.list", "query") == {"orgUnitPath='/Sales'"}


def test_several_units_are_told_apart_here(pulled: Pulled) -> None:
    people(pulled, {"ann": "/Sales", "sam": "/Salesforce", "dev": "/Dev/Web", "top": "/"})
    choose(pulled, users={"orgUnits": {"include": ["/Sales", "/Dev"]}})
    assert workers(pulled.pull_all()) == {"ann", "dev"}
    assert asked(pulled, "users.list", "query") == {None}
    choose(pulled, users={"orgUnits": {"exclude": ["/Sales"]}})
    assert workers(pulled.pull_all()) == {"dev", "sam", "top"}


def test_many_pages_of_people_who_are_not_chosen_are_no_listing_that_goes_round(pulled: Pulled
                                                                                ) -> None:
    pulled.control.seed(users=2100)
    people(pulled, {"zoe": "/Sales", "zed": "/Dev"})
    choose(pulled, users={"orgUnits": {"include": ["/Sales", "/Dev"]}})
    run = pulled.pull()
    assert (run["state"], run["found"]["users"]["new"]) == ("done", 2)


def test_two_queries_are_two_listings_merged(pulled: Pulled) -> None:
    people(pulled, {"ann": "/Sales", "bob": "/Sales", "dev": "/Dev", "eva": "/Dev"})
    choose(pulled, users={"queries": ["orgUnitPath='/Sales'", "email:e*", "email=ann@example.com"]})
    assert workers(pulled.pull_all()) == {"ann", "bob", "eva"}
    assert asked(pulled, "users.list", "query") == {"orgUnitPath='/Sales'", "email:e*",
                                                    "email=ann@example.com"}
    run = pulled.pull()
    assert run["found"]["users"]["unchanged"] == 3
    assert run["found"]["users"]["new"] + run["found"]["users"]["changed"] == 0


def test_units_and_queries_must_both_be_so(pulled: Pulled) -> None:
    people(pulled, {"ann": "/Sales", "amy": "/Dev", "bob": "/Sales"})
    choose(pulled, users={"orgUnits": {"include": ["/Sales"]}, "queries": ["email:a*"]})
    assert workers(pulled.pull_all()) == {"ann"}


def test_a_query_that_google_does_not_understand_fails_and_is_named(pulled: Pulled, httpd: Httpd
                                                                    ) -> None:
    httpd.error_log.expect("SCIM0190", count=2)
    people(pulled, {"ann": "/"})
    pulled.pull()
    choose(pulled, users={"queries": ["email:a* OR email:b*"]})
    run = pulled.pull()
    assert run["state"] == "failed"
    assert "users of the query email:a* OR email:b* could not be read" in run["detail"]
    # A unit that is renamed does not make its people leavers.
    choose(pulled, users={"orgUnits": {"include": ["/Gone"]}})
    assert pulled.pull()["state"] == "failed"


def test_a_single_domain(pulled: Pulled) -> None:
    pulled.control.configure(domains=["example.com", "two.example.com"])
    people(pulled, {"ann": "/"})
    pulled.control.edit("add-user", email="tom@two.example.com")
    group(pulled, "one", "ann", "tom@two.example.com")
    pulled.control.edit("add-group", email="two@two.example.com", name="two")
    run = pulled.pull()
    assert (run["found"]["users"]["new"], run["found"]["groups"]["new"]) == (2, 2)
    assert asked(pulled, "users.list", "domain") == {None}
    # Nobody but who is of it; members of another one are told apart.
    choose(pulled, domain="Example.com")
    run = pulled.pull(trust=True)
    assert (run["state"], run["found"]["users"]["gone"], run["found"]["groups"]["gone"],
            run["found"]["members"]["outside"]) == ("done", 1, 1, 1)
    assert "example.com" in asked(pulled, "users.list", "domain")
    assert {entry["status"] for entry in pulled.control.entries()} == {200}


# ---- groups ----

def test_only_the_members_of_chosen_groups_are_listed(pulled: Pulled) -> None:
    people(pulled, {"ann": "/", "bob": "/", "eva": "/"})
    group(pulled, "team-a", "ann")
    group(pulled, "team-b", "bob")
    group(pulled, "team-secret", "eva")
    group(pulled, "chess", "ann", "eva")
    group(pulled, "Staff", "bob")
    choose(pulled, groups={"include": [{"pattern": "^team-"}, {"group": "STAFF@example.com"}],
                           "exclude": [{"group": "team-secret@example.com"}]})
    held = pulled.pull_all()
    assert pulled.pull()["found"]["faults"] == []
    assert {"team-a", "team-b", "Staff"} <= set(held.groups)
    assert not {"team-secret", "chess"} & set(held.groups)
    assert pulled.calls("members.list") == 2 * 3
    assert workers(held) == {"ann", "bob", "eva"}


def test_a_group_of_the_choice_that_google_does_not_have_is_named(pulled: Pulled) -> None:
    people(pulled, {"ann": "/"})
    group(pulled, "staff", "ann")
    choose(pulled, groups={"include": [{"group": "Staff@example.com"},
                                       {"group": "stuff@example.com"}]})
    run = pulled.pull()
    fault, = run["found"]["faults"]
    assert (fault["type"], fault["email"]) == ("Group", "stuff@example.com")
    assert "the choice names this group" in fault["fault"]


def test_a_query_of_groups(pulled: Pulled) -> None:
    people(pulled, {"ann": "/"})
    for name in ("team-a", "team-b", "chess"):
        group(pulled, name, "ann")
    choose(pulled, groups={"query": "email:team-*", "exclude": [{"pattern": "-b@"}]})
    held = pulled.pull_all()
    assert "team-a" in held.groups and not {"team-b", "chess"} & set(held.groups)
    assert asked(pulled, "groups.list", "query") == {None, "email:team-*"}
    assert pulled.calls("members.list") == 1


def nested(pulled: Pulled) -> None:
    """top > middle > bottom > middle, a circle; of these only top is chosen, and deep as well."""
    people(pulled, {"ann": "/", "bob": "/", "eva": "/", "dan": "/", "out": "/"})
    group(pulled, "top", "ann")
    group(pulled, "middle", "bob")
    group(pulled, "bottom", "eva")
    group(pulled, "deep", "dan")
    group(pulled, "apart", "out")
    for above, below in (("top", "middle"), ("middle", "bottom"), ("bottom", "deep")):
        pulled.control.edit("add-member", group=f"{above}@example.com",
                            member=f"{below}@example.com")
    pulled.control.edit("add-member", group="bottom@example.com", member="middle@example.com",
                        cycle=True)


def test_people_of_a_group_within_that_is_not_chosen_count_as_members(pulled: Pulled) -> None:
    nested(pulled)
    choose(pulled, groups={"include": [{"group": "top@example.com"},
                                       {"group": "deep@example.com"}]})
    held = pulled.pull_all()
    assert members(held, "top") == {"ann", "bob", "eva", "dan"}
    assert members(held, "deep") == {"dan"}
    assert not {"middle", "bottom", "apart"} & set(held.groups)
    # Those between are looked into, and nothing that no chosen group holds.
    assert pulled.calls("members.list") == 4
    pulled.control.edit("remove-member", group="bottom@example.com", member="eva@example.com")
    held = pulled.pull_all()
    assert members(held, "top") == {"ann", "bob", "dan"}
    run = pulled.pull()
    assert run["found"]["members"] == {"new": 0, "changed": 0, "gone": 0, "unchanged": 4,
                                       "outside": 0}


def test_a_group_of_another_customer_within_is_not_asked_for(pulled: Pulled) -> None:
    people(pulled, {"ann": "/"})
    group(pulled, "top", "ann")
    pulled.control.edit("add-group", email="x@elsewhere.example.org", external=True)
    pulled.control.edit("add-member", group="top@example.com", member="x@elsewhere.example.org")
    choose(pulled, groups={"include": [{"group": "top@example.com"}]})
    run = pulled.pull()
    assert (run["state"], run["found"]["members"]["outside"]) == ("done", 1)
    assert pulled.calls("members.list") == 1


def test_only_who_is_in_a_chosen_group_comes(pulled: Pulled) -> None:
    nested(pulled)
    choose(pulled, groups={"include": [{"group": "top@example.com"}]}, onlyMembersOfGroups=True)
    held = pulled.pull_all()
    assert workers(held) == {"ann", "bob", "eva", "dan"} == members(held, "top")


def test_everybody_as_a_member(pulled: Pulled, httpd: Httpd) -> None:
    people(pulled, {"ann": "/Sales", "bob": "/Dev"})
    group(pulled, "all", "CUSTOMER")
    group(pulled, "above", "all@example.com")
    held = pulled.pull_all()
    assert members(held, "all") == set()
    choose(pulled, everybody="expand", onlyMembersOfGroups=True,
           users={"orgUnits": {"include": ["/Sales"]}},
           groups={"include": [{"group": "above@example.com"}]})
    run = pulled.pull(trust=True)
    assert run["state"] == "done"
    held = pulled.scene.settle()
    assert members(held, "above") == {"ann"} == workers(held)
    choose(pulled, onlyMembersOfGroups=True, groups={"include": [{"group": "above@example.com"}]})
    httpd.error_log.expect("SCIM0191", count=1)
    run = pulled.pull()
    assert run["state"] == "refused" and "nobody left" in run["detail"]


def test_everybody_who_drops_out_by_the_choice_is_judged(pulled: Pulled, httpd: Httpd) -> None:
    pulled.control.seed(users=30)
    people(pulled, {"zoe": "/Sales"})
    pulled.pull_all()
    choose(pulled, users={"orgUnits": {"include": ["/Sales"]}})
    httpd.error_log.expect("SCIM0191", count=1)
    run = pulled.pull()
    assert run["state"] == "refused"
    assert "30 of 31 users would be gone" in run["detail"]
    assert "the choice was changed since the last pull" in run["detail"]
    httpd.error_log.expect("SCIM0160", count=1)
    run = pulled.pull(trust=True)
    assert (run["state"], run["found"]["users"]["gone"]) == ("done", 30)
    # What Jira loses by it is the guard's matter.
    until(lambda: len(pulled.admin.tasks(f"idp={pulled.workspace.name}&state=held")) == 30,
          "what is taken to be held")


def test_the_event_says_who_is_not_chosen_any_more(pulled: Pulled) -> None:
    people(pulled, {"ann": "/Sales", "bob": "/Dev", "eve": "/Sales"})
    group(pulled, "staff", "bob@example.com")
    pulled.pull_all()
    choose(pulled, users={"orgUnits": {"exclude": ["/Dev"]}},
           groups={"exclude": [{"group": "staff@example.com"}]})
    pulled.control.edit("remove-user", user="eve@example.com")
    assert pulled.pull(trust=True)["state"] == "done"
    told = {event["name"]: event["detail"] for kind in ("user.deleted", "group.deleted")
            for event in pulled.admin.events(f"kind={kind}&idp={pulled.workspace.name}")}
    left_out = "is in Google, and not chosen"
    assert told == {"bob@example.com": left_out, "eve@example.com": None, "staff": left_out}


def test_whom_google_was_not_asked_for_may_have_left_or_not(pulled: Pulled) -> None:
    people(pulled, {"ann": "/Sales", "bob": "/Dev"})
    pulled.pull_all()
    choose(pulled, users={"orgUnits": {"include": ["/Sales"]}})
    words = "is not among those whom Google was asked for: has left, or is not chosen any more"
    run = pulled.pull(preview=True)
    change, = pulled.admin.get(f"{pulled.path}/pulls/{run['id']}/changes").json()["changes"]
    assert (change["what"], change["name"], change["detail"]) == ("gone", "bob@example.com", words)
    assert pulled.pull(trust=True)["state"] == "done"
    event, = pulled.admin.events(f"kind=user.deleted&idp={pulled.workspace.name}")
    assert event["detail"] == words


def test_a_choice_that_is_changed_meanwhile(pulled: Pulled, httpd: Httpd) -> None:
    pulled.control.seed(users=5)
    pulled.control.configure(latency_ms=1000)
    number = pulled.ask()["id"]
    until(lambda: pulled.calls("users.list") > 0, "the directory to be read")
    choose(pulled, users={"orgUnits": {"include": ["/"]}})
    httpd.error_log.expect("SCIM0190", count=1)
    run = pulled.wait(number)
    assert run["state"] == "failed" and "the choice was changed" in run["detail"]
    pulled.control.configure(latency_ms=None)
    assert pulled.pull()["state"] == "done"


# ---- the setting ----

def test_what_is_put_is_shown_and_told(pulled: Pulled) -> None:
    path = f"{pulled.path}/google/choice"
    first = pulled.admin.get(path).expect(200)
    assert first.json() == EVERYTHING
    whole = {"domain": "one.example.com",
             "users": {"orgUnits": {"include": ["/Sales"], "exclude": ["/Sales/Robots"]},
                       "queries": ["isAdmin=false"]},
             "groups": {"include": [{"group": "Devs@example.com"}, {"pattern": "^team-\\d+@"}],
                        "exclude": [{"pattern": "(?i)secret"}], "query": "email:team*"},
             "onlyMembersOfGroups": True, "everybody": "expand"}
    assert choose(pulled, **whole) == whole
    second = pulled.admin.get(path).expect(200)
    assert second.json() == whole and second.headers["ETag"] != first.headers["ETag"]
    event, = pulled.events("google.choice")
    assert event["actor"] == f"admin:{ADMIN_USER}"
    assert event["change"]["everybody"] == {"before": "ignore", "after": "expand"}
    assert event["change"]["users.orgUnits.include"] == {"after": '["/Sales"]'}
    # The same again is nothing new; an old version is not put over a newer one.
    assert choose(pulled, **whole) == whole
    assert len(pulled.events("google.choice")) == 1
    pulled.admin.put(path, {}, headers={"If-Match": first.headers["ETag"]}).expect(412)
    pulled.admin.put(path, {}, headers={"If-Match": second.headers["ETag"]}).expect(200)
    assert pulled.admin.get(path).json() == EVERYTHING


@pytest.mark.parametrize("choice, words", [
    ({"user": {}}, "user: there is no such setting of the choice"),
    ({"users": {"units": []}}, "users.units: there is no such setting"),
    ({"users": []}, "users: must be an object"),
    ({"domain": "example"}, "domain: must be a domain"),
    ({"domain": 3}, "domain: must be a text"),
    ({"users": {"orgUnits": {"include": ["Sales"]}}}, "users.orgUnits.include[0]: must be the"),
    ({"users": {"orgUnits": {"exclude": ["/Sales/"]}}}, "users.orgUnits.exclude[0]: must be the"),
    ({"users": {"orgUnits": {"include": ["/a"] * 2}}}, "include[1]: is in the list already"),
    ({"users": {"orgUnits": {"include": [f"/{n}" for n in range(101)]}}}, "more than 100 elements"),
    ({"users": {"queries": [f"name={n}" for n in range(11)]}}, "more than 10 elements"),
    ({"users": {"queries": [""]}}, "users.queries[0]: must not be empty"),
    ({"users": {"queries": ["a" * 1001]}}, "users.queries[0]: must not be longer than 1000"),
    ({"users": {"queries": ["name=a\nb"]}}, "must not hold control characters"),
    ({"groups": {"include": ["devs@example.com"]}}, "groups.include[0]: must be an object"),
    ({"groups": {"include": [{}]}}, "groups.include[0]: must have either group or pattern"),
    ({"groups": {"include": [{"group": "devs"}]}}, "groups.include[0].group: must be the address"),
    ({"groups": {"exclude": [{"pattern": "(a"}]}}, "groups.exclude[0].pattern: missing closing"),
    ({"groups": {"query": ""}}, "groups.query: must not be empty"),
    ({"onlyMembersOfGroups": "yes"}, "onlyMembersOfGroups: must be true or false"),
    ({"everybody": "all"}, "everybody: must be ignore or expand")])
def test_what_is_no_choice(choice: dict[str, Any], words: str, workspace: Any) -> None:
    answer = workspace.admin.put(f"{workspace.path}/choice", choice).expect(400)
    assert words in answer.json()["detail"]
    assert workspace.admin.get(f"{workspace.path}/choice").json() == EVERYTHING


def test_where_there_is_no_choice(workspace: Any, admin: AdminClient, site: Site) -> None:
    admin.put(f"{workspace.path}/choice", body="").expect(400)
    admin.post(f"{workspace.path}/choice", {}).expect(405)
    admin.get(f"{workspace.path}/choice/more").expect(404)
    admin.get(f"{workspace.path}/choice?users=1").expect(400)
    admin.get("/api/idps/nobody/google/choice").expect(404)
    admin.create_idp("plain", site=site.name)
    try:
        admin.get("/api/idps/plain/google/choice").expect(409)
        admin.put("/api/idps/plain/google/choice", {}).expect(409)
    finally:
        admin.delete_idp("plain")

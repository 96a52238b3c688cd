"""What stands in a directory that nobody would write into one: each oddity is somebody's alone, is
named, and hinders nobody else.

What names are made of is in tests/unit/test_google_directory.c.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.harness.httpd import Httpd
from tests.integration.pulled import (  # noqa: F401
    NOTHING, Pulled, Run, directory, pulled)

pytestmark = pytest.mark.any_mpm

ADA, BEN, EVA = (f"{name}@example.com" for name in ("ada", "ben", "eva"))


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


@pytest.fixture
def people(pulled: Pulled) -> dict[str, str]:  # noqa: F811
    """Ids of three people, by address; the first two are in a group."""
    people = {address: pulled.control.edit("add-user", email=address)["id"]
              for address in (ADA, BEN, EVA)}
    pulled.control.edit("add-group", email="devs@example.com", name="Developers")
    for address in (ADA, BEN):
        pulled.control.edit("add-member", group="devs@example.com", member=address)
    return people


def fault(pulled: Pulled, listing: str, **rule: Any) -> None:  # noqa: F811
    pulled.control.add_fault(match={"operation": f"directory.{listing}.list"}, **rule)


def faults(run: Run) -> dict[str, str]:
    """By address."""
    return {one["email"]: one["fault"] for one in run["found"]["faults"]}


def done(pulled: Pulled) -> Run:  # noqa: F811
    """Whoever was overlooked is told of."""
    run = pulled.pull()
    overlooked = sum(run["found"][type_]["faulty"] for type_ in ("users", "groups"))
    assert run["state"] == "done"
    assert bool(overlooked) == ("stay as they were told" in (run["detail"] or ""))
    return run


# Names


@pytest.mark.parametrize("name, shown", [
    ("De\u200bvs\ufeff", "Devs"), ("De\u0007v\u0000s", "Devs"), ("\u202eDevs\u2069", "Devs"),
    ("  Devs\n", "Devs"), ("D\u00ebvs \U0001f600", "D\u00ebvs \U0001f600"),
    ("\u200b", "devs@example.com"), ("", "devs@example.com"),
], ids=ascii)
def test_what_is_not_seen_is_not_in_a_name(name: str, shown: str, pulled: Pulled,  # noqa: F811
                                           people: dict[str, str]) -> None:
    pulled.control.edit("set-group", group="devs@example.com", name=name)
    pulled.control.edit("set-user", user=ADA, givenName=name, familyName=name)
    held = pulled.pull_all()
    assert held.groups[shown] == {ADA, BEN}


def test_groups_of_one_name(pulled: Pulled, people: dict[str, str]) -> None:  # noqa: F811
    """Also when they differ in what is not seen, or in case."""
    for number, name in enumerate(("Developers", "Developers\u200b", "DEVELOPERS")):
        pulled.control.edit("add-group", email=f"devs{number}@example.com", name=name)
        pulled.control.edit("add-member", group=f"devs{number}@example.com", member=EVA)
    held = pulled.pull_all()
    found = {name: members for name, members in held.groups.items() if "developers" in
             name.casefold()}
    assert sorted(found.values(), key=len) == [{EVA}, {EVA}, {EVA}, {ADA, BEN}]
    # It does not matter afterwards who comes first.
    before = done(pulled)["found"]
    assert before["groups"] == NOTHING | {"unchanged": 4}
    pulled.control.edit("remove-group", group="devs@example.com")
    run = pulled.pull(trust=True)
    assert run["found"]["groups"] == NOTHING | {"unchanged": 3, "gone": 1}
    now = pulled.scene.settle().groups
    assert [now[name] for name in found if found[name] == {EVA}] == [{EVA}] * 3


def test_two_users_with_one_address(pulled: Pulled, people: dict[str, str]) -> None:  # noqa: F811
    pulled.pull_all()
    pulled.control.edit("add-user", email=ADA, sameAddress=True, givenName="Another")
    run = done(pulled)
    assert faults(run) == {ADA: "another user has this address"}
    assert run["found"]["users"] == NOTHING | {"unchanged": 3, "faulty": 1}
    assert pulled.scene.settle().groups["Developers"] == {ADA, BEN}


def test_two_users_change_their_addresses(pulled: Pulled,  # noqa: F811
                                          people: dict[str, str]) -> None:
    """They are the same people, by their ids."""
    pulled.pull_all()
    pulled.control.edit("set-user", user=people[BEN], email="away@example.com", aliases=[])
    pulled.control.edit("set-user", user=people[EVA], email=BEN, aliases=[])
    pulled.control.edit("set-user", user=people[BEN], email=EVA, aliases=[])
    run = done(pulled)
    assert run["found"]["users"] == NOTHING | {"unchanged": 1, "changed": 2}
    assert run["found"]["members"]["unchanged"] == 2
    assert done(pulled)["found"]["users"] == NOTHING | {"unchanged": 3}


def test_an_alias_in_a_group_is_whom_it_means(pulled: Pulled,  # noqa: F811
                                              people: dict[str, str]) -> None:
    pulled.control.edit("add-member", group="devs@example.com", member=EVA,
                        email="eva.m@example.com")
    assert pulled.pull_all().groups["Developers"] == {ADA, BEN, EVA}


def test_members_who_are_nobody_here(pulled: Pulled, people: dict[str, str]) -> None:  # noqa: F811
    for member in ("jo@example.net", "CUSTOMER"):
        pulled.control.edit("add-member", group="devs@example.com", member=member)
    fault(pulled, "members", what="item", index=0, set={"type": "ODD"})
    held = pulled.pull_all()
    assert held.groups["Developers"] == {BEN}
    pulled.control.remove_faults()
    run = done(pulled)
    assert (run["found"]["members"]["new"], run["found"]["members"]["outside"]) == (1, 2)


# Entries that say too little


@pytest.mark.parametrize("change, why", [
    ({"unset": ["suspended"]}, "does not say whether this user is suspended"),
    ({"set": {"archived": "no"}}, "does not say whether this user is archived"),
    ({"set": {"primaryEmail": "a da"}}, "no primary e-mail address"),
    ({"unset": ["primaryEmail"]}, "no primary e-mail address"),
], ids=["suspended", "archived", "address", "no-address"])
def test_one_of_whom_too_little_is_said_stays_as_told(change: dict[str, Any], why: str,
                                                      pulled: Pulled,  # noqa: F811
                                                      people: dict[str, str]) -> None:
    held = pulled.pull_all()
    fault(pulled, "users", what="item", index=0, **change)
    run = done(pulled)
    assert run["found"]["users"] == NOTHING | {"unchanged": 2, "faulty": 1}
    one, = run["found"]["faults"]
    assert (one["type"], one["id"]) == ("User", people[ADA]) and why in one["fault"]
    now = pulled.scene.settle()
    assert now.groups == held.groups and now.accounts[ADA]["active"]


def test_who_is_suspended_is_out_though_archived_is_not_said(
        pulled: Pulled, people: dict[str, str]) -> None:  # noqa: F811
    pulled.pull_all()
    fault(pulled, "users", what="item", index=0, set={"suspended": True}, unset=["archived"])
    assert pulled.pull_all().groups["Developers"] == {BEN}


def test_what_is_of_a_wrong_kind_in_an_entry(pulled: Pulled,  # noqa: F811
                                             people: dict[str, str]) -> None:
    fault(pulled, "users", what="item", index=0,
          set={"name": ["Ada"], "orgUnitPath": 7, "suspensionReason": {}, "emails": "none"})
    fault(pulled, "groups", what="item", index=0, set={"directMembersCount": -3, "name": None})
    fault(pulled, "members", what="item", index=0, set={"email": 1, "role": [], "status": {}})
    held = pulled.pull_all()
    assert held.groups["devs@example.com"] == {ADA, BEN}


@pytest.mark.parametrize("id", ["100%25?x=1&y#z", "\u00fc '\"\\;--", "a b+c", "%2e%2e"],
                         ids=ascii)
def test_ids_are_taken_as_they_are(id: str, pulled: Pulled) -> None:  # noqa: F811
    pulled.control.edit("add-user", email=ADA, id=f"u{id}")
    pulled.control.edit("add-group", email="devs@example.com", name="Developers", id=id)
    pulled.control.edit("add-member", group="devs@example.com", member=ADA)
    assert pulled.pull_all().groups["Developers"] == {ADA}
    assert done(pulled)["found"]["users"] == NOTHING | {"unchanged": 1}


# Pages


def test_pages_may_repeat_somebody(pulled: Pulled, people: dict[str, str]) -> None:  # noqa: F811
    for listing in ("users", "groups", "members"):
        fault(pulled, listing, what="repeat", times=None)
    run = done(pulled)
    assert (run["found"]["users"]["new"], run["found"]["groups"]["new"],
            run["found"]["members"]["new"]) == (3, 1, 2)


@pytest.mark.parametrize("what", ["loop", "restart", "same-token"])
def test_a_listing_that_goes_round_once_is_read_all_the_same(what: str,
                                                             pulled: Pulled) -> None:  # noqa: F811
    pulled.control.seed(users=600)
    fault(pulled, "users", what=what, times=1, skip=1)
    assert done(pulled)["found"]["users"]["new"] == 600


def test_a_page_token_that_died_begins_anew(pulled: Pulled) -> None:  # noqa: F811
    pulled.control.seed(users=1100)
    fault(pulled, "users", what="error", error="invalid", skip=1, times=1)
    run = done(pulled)
    assert (run["found"]["users"]["new"], pulled.calls("users.list")) == (1100, 2 + 3)


# Bodies


def most_memory(server: Httpd) -> int:
    """The most that a child ever held, in kB."""
    texts = [Path(f"/proc/{pid}/status").read_text() for pid in server.children()]
    return max(int(re.search(r"^VmHWM:\s+(\d+) kB", text, re.MULTILINE)[1]) for text in texts)


def test_pages_come_compressed(pulled: Pulled, people: dict[str, str]) -> None:  # noqa: F811
    """Which Google does for those alone who say twice that they take it."""
    done(pulled)
    assert all(entry["takesGzip"] for entry in pulled.control.entries())


def test_what_grows_when_it_is_unpacked_is_cut_off(pulled: Pulled, httpd: Httpd,  # noqa: F811
                                                   people: dict[str, str]) -> None:
    before = most_memory(httpd)
    fault(pulled, "users", what="bomb", megabytes=200, times=1)
    assert done(pulled)["found"]["users"]["new"] == 3
    if httpd.sanitizer.kind is None:
        assert most_memory(httpd) - before < 64 << 10


# What is believed of nobody


def test_everybody_says_too_little(pulled: Pulled, httpd: Httpd,  # noqa: F811
                                   people: dict[str, str]) -> None:
    before = pulled.pull_all()
    for address in people:
        pulled.control.edit("set-user", user=address, extra={"suspended": None})
    httpd.error_log.expect("SCIM0191: .*of most users, 3")
    run = pulled.pull()
    assert run["state"] == "refused"
    assert "of most users, 3, Google does not say" in run["detail"]
    assert pulled.scene.settle() == before


@pytest.mark.parametrize("what", ["missing", "empty-list"])
def test_a_group_that_has_members_and_lists_none(what: str, pulled: Pulled,  # noqa: F811
                                                 people: dict[str, str]) -> None:
    before = pulled.pull_all()
    fault(pulled, "members", what=what, times=None)
    run = done(pulled)
    assert faults(run) == {"devs@example.com": "Google says that it has members, and lists none: "
                                               "they stay as they were"}
    assert run["found"]["members"]["gone"] == 0
    assert pulled.scene.settle() == before
    pulled.control.remove_faults()
    for address in (ADA, BEN):
        pulled.control.edit("remove-member", group="devs@example.com", member=address)
    assert done(pulled)["found"]["members"]["gone"] == 2
    assert pulled.scene.settle().groups["Developers"] == set()

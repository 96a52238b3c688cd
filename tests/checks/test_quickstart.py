"""./quickstart: what it takes, and that its comparison with Google would show a difference."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.quickstart.arguments import parse
from tests.quickstart.google import counted, expected, summary
from tests.simulators.idps import Held, Row, compare


def member(whom: str, kind: str = "USER") -> dict[str, str]:
    return {"id": whom, "kind": kind}


def user(number: str, suspended: bool = False, archived: bool = False) -> dict[str, Any]:
    return {"id": number, "email": f"User-{number}@example.com", "suspended": suspended,
            "archived": archived}


# Two groups that hold each other, somebody who has left in one, and somebody from outside.
STATE = {
    "users": [user("1"), user("2"), user("3", suspended=True), user("4", archived=True)],
    "groups": [
        {"id": "g1", "name": "One", "members": [member("1"), member("g2", "GROUP"), member("3")]},
        {"id": "g2", "name": "Two", "members": [member("2"), member("g1", "GROUP"), member("x")]},
        {"id": "g3", "name": "None", "members": [member("4")]}]}
BOTH = frozenset({"user-1@example.com", "user-2@example.com"})
GROUPS = {"One": BOTH, "Two": BOTH, "None": frozenset()}
ACCOUNTS = dict.fromkeys(BOTH, True)


def test_who_is_active_counts_and_groups_in_groups_are_their_people() -> None:
    wanted = expected(STATE)
    assert wanted.accounts == BOTH
    assert wanted.without_access == {"user-3@example.com", "user-4@example.com"}
    assert wanted.groups == GROUPS


@pytest.mark.parametrize("accounts, groups, different", [
    (ACCOUNTS, GROUPS, set()),
    (ACCOUNTS | {"user-3@example.com": True}, GROUPS, {"user-3@example.com"}),
    (ACCOUNTS | {"user-1@example.com": False}, GROUPS, {"user-1@example.com"}),
    (ACCOUNTS | {"nobody@example.com": True}, GROUPS, {"nobody@example.com"}),
    (ACCOUNTS, GROUPS | {"Two": frozenset({"user-2@example.com"})},
     {"Two", "Two: user-1@example.com"}),
    (ACCOUNTS, GROUPS | {"Three": frozenset()}, {"Three"})])
def test_what_differs_is_shown_one_by_one(accounts: dict[str, bool], groups: dict[str, Any],
                                          different: set[str]) -> None:
    rows = compare(expected(STATE), Held(accounts, groups))
    assert {row.subject for row in rows if not row.agrees} == different
    assert {row.subject for row in summary(rows) if not row.agrees} == different


def test_what_agrees_is_counted() -> None:
    rows = compare(expected(STATE), Held(ACCOUNTS, GROUPS))
    assert summary(rows) == [Row("account", "2 people", "access", "the same", True),
                             Row("account", "2 people", "no access", "the same", True),
                             Row("group", "3 groups", "", "the same", True),
                             Row("member", "4 memberships", "member", "the same", True)]


def test_a_run_says_what_is_not_nothing() -> None:
    assert counted({"new": 1, "gone": 0, "unchanged": 7}) == "1 new, 7 unchanged"
    assert counted({"new": 0}) == "none"


@pytest.mark.parametrize("arguments, chosen", [
    ([], "demo"), (["--google"], "google"), (["--customers", "--once"], "customers")])
def test_one_demonstration_is_chosen(arguments: list[str], chosen: str) -> None:
    options = parse(arguments)
    assert options.demo
    assert [options.customers, options.google] == [chosen == "customers", chosen == "google"]


@pytest.mark.parametrize("arguments", [
    ["--google", "--customers"], ["--google", "--no-demo"], ["--once", "--detach"], ["--goog"],
    ["--port", "0"], ["--port", "http"], ["--database", "pgsql"], ["--jira-token-file", "nowhere"],
    ["--jira-url", "https://example.atlassian.net"]])
def test_what_makes_no_sense_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(arguments)
    assert end.value.code == 2


@pytest.mark.parametrize("option", ["--google", "--customers"])
def test_made_up_people_go_into_no_real_site(option: str, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.touch()
    site = ["--jira-url", "https://example.atlassian.net", "--jira-email", "a@example.com",
            "--jira-token-file", str(token)]
    assert parse(site).jira is not None
    with pytest.raises(SystemExit):
        parse([*site, option])

"""What Jira should hold, computed from the IdPs' directories alone.

The rule, in one sentence: a person has access, and is in a group, while at least one IdP says so.
The module is never asked; that is what makes a comparison with Jira a proof.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Iterable, Mapping

from .directory import Directory


@dataclass(frozen=True)
class Expected:
    """E-mail addresses are in lower case; Jira compares them so.

    accounts        people who must have an account with access, by the address at their first
                    assignment
    without_access  people whom some IdP once provisioned and none wants now
    groups          group name -> e-mail addresses of its members
    emptied         names under which no IdP pushes a group any more: absent, or empty of ours
    """

    accounts: frozenset[str]
    without_access: frozenset[str]
    groups: Mapping[str, frozenset[str]]
    emptied: frozenset[str]


@dataclass(frozen=True)
class Held:
    """What a Jira site holds. `accounts` maps an e-mail address to whether it has access."""

    accounts: Mapping[str, bool]
    groups: Mapping[str, frozenset[str]]


def held(state: Mapping[str, Any]) -> Held:
    """What the simulated Jira says it holds, from its control interface's state.

    A group that grants a product is no group here: it is what having access means.
    """
    accounts = {account["email"].lower(): bool(account["active"] and account["products"])
                for account in state["accounts"] if account["accountType"] == "atlassian"}
    groups = {group["name"]: frozenset(email.lower() for email in group["members"])
              for group in state["groups"] if not group["product"]}
    return Held(accounts, groups)


@dataclass(frozen=True)
class Row:
    """One compared item."""

    kind: str
    subject: str
    said: str
    held: str
    agrees: bool


def expected(*directories: Directory) -> Expected:
    """The union of what these IdPs want."""
    wanted: set[str] = set()
    known: set[str] = set()
    groups: dict[str, set[str]] = defaultdict(set)
    former: set[str] = set()
    for directory in directories:
        known |= {person.known_as for person in directory.people if person.known_as}
        wanted |= {person.known_as for person in directory.people if person.wanted}
        for group in directory.groups:
            former |= set(group.former_names)
            if group.pushed:
                groups[group.name] |= {person.known_as for person in group.members
                                       if person.wanted}
    return Expected(accounts=frozenset(wanted), without_access=frozenset(known - wanted),
                    groups={name: frozenset(members) for name, members in groups.items()},
                    emptied=frozenset(former - set(groups)))


def renames(now: Held, *directories: Directory) -> list[tuple[str, str]]:
    """Groups that a Jira administrator has to rename, from and to: Jira's platform API can't."""
    return [(former, group.name) for directory in directories for group in directory.groups
            if group.pushed and group.name not in now.groups
            for former in group.former_names[-1:] if former in now.groups]


def compare(want: Expected, now: Held, before: Held | None = None) -> list[Row]:
    """Item by item: what the IdPs said next to what Jira holds.

    `before` is what Jira held before any of it: accounts, groups and members of then may stay.
    """
    before = before or Held({}, {})
    return list(_accounts(want, now, before)) + list(_groups(want, now, before))


def _accounts(want: Expected, now: Held, before: Held) -> Iterable[Row]:
    for email in sorted(want.accounts):
        held = _access(now.accounts.get(email))
        yield Row("account", email, "access", held, held == "access")
    for email in sorted(want.without_access):
        held = _access(now.accounts.get(email))
        ours = sorted(name for name, members in now.groups.items()
                      if email in members and email not in before.groups.get(name, ()))
        if ours:
            held += ", in " + ", ".join(ours)
        as_before = before.accounts.get(email) is True
        yield Row("account", email, "access as before" if as_before else "no access", held,
                  held == "access" if as_before else held in ("no access", "no account"))
    for email in sorted(set(now.accounts) - want.accounts - want.without_access
                        - set(before.accounts)):
        yield Row("account", email, "nothing", _access(now.accounts[email]), False)


def _groups(want: Expected, now: Held, before: Held) -> Iterable[Row]:
    for name, members in sorted(want.groups.items()):
        if name not in now.groups:
            yield Row("group", name, _count(members), "no group", False)
            continue
        held, kept = now.groups[name], before.groups.get(name, frozenset())
        yield Row("group", name, _count(members | kept), _count(held),
                  held == members | kept)
        for email in sorted(members | held | kept):
            said = "member" if email in members else "was there" if email in kept else "no member"
            is_held = "member" if email in held else "no member"
            yield Row("member", f"{name}: {email}", said, is_held,
                      (said != "no member") == (is_held == "member"))
    for name in sorted(want.emptied):
        held = now.groups.get(name)
        kept = before.groups.get(name, frozenset())
        yield Row("group", name, "gone or empty", "gone" if held is None else _count(held),
                  held is None or held <= kept)
    untouched = set(now.groups) | set(before.groups)
    for name in sorted(untouched - set(want.groups) - want.emptied):
        said, held = before.groups.get(name), now.groups.get(name)
        if said != held:
            yield Row("group", name, "nothing" if said is None else _count(said),
                      "gone" if held is None else _count(held), False)


def _access(access: bool | None) -> str:
    return {None: "no account", False: "no access", True: "access"}[access]


def _count(members: Iterable[str]) -> str:
    number = len(list(members))
    return "1 member" if number == 1 else f"{number} members"

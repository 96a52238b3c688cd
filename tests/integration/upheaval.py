"""Everything at once, by chance: what identity providers tell, what people do in Jira, what goes
wrong between us and Jira, and servers that end. The same for the same seed; no tests of its own.

A small world is told anew and anew; beside it goes a plain model of what must be so in the end.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Callable

from tests.harness.client import ScimClient
from tests.integration.scene import (SOFTWARE, Held, Scene, add_members, deactivate,
                                     remove_member)

PEOPLE = [f"p{number:02}@example.com" for number in range(30)]
# Who had an account, with a product, before anybody was told of.
RESIDENTS = PEOPLE[::4]
TEAMS = [f"Team {number}" for number in range(8)]
# Groups in Jira that no identity provider knows of.
BY_HAND = [f"By hand {number}" for number in range(3)]
ADMINISTRATORS = "site-admins"

# What goes wrong, each with its chance at a call while it lasts. Nothing is carried out so late
# that it undoes what a later call has done: that can't be told from what people do by hand.
FAULTS: list[dict[str, Any]] = [
    {"what": "status", "status": 429, "headers": {"Retry-After": "1"}, "probability": 0.2},
    {"what": "status", "status": 429, "body": "<h1>Too many requests</h1>", "probability": 0.1},
    {"what": "status", "status": 500, "probability": 0.3},
    {"what": "status", "status": 503, "after": True, "probability": 0.3},
    {"what": "close-before", "probability": 0.3},
    {"what": "close-after", "probability": 0.3},
    {"what": "close-after", "reset": True, "probability": 0.3},
    {"what": "hang", "seconds": 3, "after": True, "probability": 0.1},
    {"what": "garbage", "after": True, "probability": 0.3},
    {"what": "truncate", "probability": 0.3},
]


@dataclass
class Team:
    """A group that one identity provider tells of."""

    resource: dict[str, Any]
    members: set[str] = field(default_factory=set)  # addresses
    teams: set[str] = field(default_factory=set)  # names of groups in it


@dataclass
class Teller:
    """An identity provider, and what it has told."""

    client: ScimClient
    users: dict[str, dict[str, Any]] = field(default_factory=dict)  # by address
    active: set[str] = field(default_factory=set)
    teams: dict[str, Team] = field(default_factory=dict)

    def groups_of(self, address: str) -> set[str]:
        """Those that it has told the person to be in, by way of other groups, too."""
        reached: set[str] = set()
        if address in self.active:
            found = {name for name, team in self.teams.items() if address in team.members}
            while found - reached:
                reached |= found
                found = {name for name, team in self.teams.items() if team.teams & reached}
        return reached

    def people(self, addresses: set[str] | list[str]) -> list[dict[str, Any]]:
        return [self.users[address] for address in sorted(addresses)]


class Upheaval:
    """The world of one seed. `step` changes something; `judge` says what is not as it must be."""

    def __init__(self, scene: Scene, seed: int):
        self.chance = random.Random(f"upheaval {seed}")
        self.scene = scene
        self.owner = scene.jira.email
        self.by_hand: set[tuple[str, str]] = set()
        for address in RESIDENTS:
            scene.control.edit("add-account", email=address, products=["jira-software"])
        for group in BY_HAND:
            scene.control.edit("add-group", name=group)
        self.before = scene.held()
        self.tellers = [Teller(self._idp()) for _ in range(2)]
        self.acts: list[tuple[int, Callable[[Teller], None]]] = [
            (12, self._create), (6, self._leave), (8, self._return), (3, self._delete),
            (4, self._found), (1, self._dissolve), (10, self._join), (8, self._part),
            (3, self._replace), (2, self._rename_user), (2, self._nest), (2, self._unnest),
            (3, self._by_hand), (2, self._sabotage), (3, self._spoil),
            (2, self._mend)]

    def _idp(self) -> ScimClient:
        """All of this is more than the guard lets pass."""
        idp = self.scene.idp()
        self.scene.admin.put_rules(self.scene.name_of(idp), {"guard": {"enabled": False}})
        return idp

    def step(self) -> None:
        weights = [weight for weight, _ in self.acts]
        act = self.chance.choices([act for _, act in self.acts], weights)[0]
        teller = self.chance.choice(self.tellers)
        act(teller)
        # A server that ends a child may close an idle connection just when something is sent on it.
        teller.client.close()

    # What an identity provider tells

    def _one(self, addresses: Any) -> str | None:
        known = sorted(addresses)
        return self.chance.choice(known) if known else None

    def _some(self, addresses: Any, most: int = 6) -> list[str]:
        known = sorted(addresses)
        return self.chance.sample(known, min(len(known), self.chance.randint(0, most)))

    def _create(self, teller: Teller) -> None:
        address = self._one(set([*PEOPLE, self.owner]) - set(teller.users))
        if address is not None:
            teller.users[address] = teller.client.create_user(
                f"{address.partition('@')[0]}-{self.chance.randrange(10**6)}",
                emails=[{"value": address, "primary": True}])
            teller.active.add(address)

    def _leave(self, teller: Teller) -> None:
        address = self._one(teller.active)
        if address is not None:
            deactivate(teller.client, teller.users[address])
            teller.active.discard(address)

    def _return(self, teller: Teller) -> None:
        address = self._one(set(teller.users) - teller.active)
        if address is not None:
            deactivate(teller.client, teller.users[address], active=True)
            teller.active.add(address)

    def _delete(self, teller: Teller) -> None:
        address = self._one(teller.users)
        if address is not None:
            teller.client.delete(f"/Users/{teller.users.pop(address)['id']}").expect(204)
            teller.active.discard(address)
            for team in teller.teams.values():
                team.members.discard(address)

    def _rename_user(self, teller: Teller) -> None:
        address = self._one(teller.users)
        if address is not None:
            teller.client.patch_operations(
                f"/Users/{teller.users[address]['id']}",
                {"op": "replace", "path": "userName",
                 "value": f"{address.partition('@')[0]}-{self.chance.randrange(10**6)}"},
            ).expect(200)

    def _found(self, teller: Teller) -> None:
        name = self._one(set([*TEAMS, ADMINISTRATORS]) - set(teller.teams))
        if name is not None:
            members = self._some(teller.users)
            resource = teller.client.create_group(
                name, [user["id"] for user in teller.people(members)])
            teller.teams[name] = Team(resource, set(members))

    def _dissolve(self, teller: Teller) -> None:
        name = self._one(teller.teams)
        if name is not None:
            teller.client.delete(f"/Groups/{teller.teams.pop(name).resource['id']}").expect(204)
            for team in teller.teams.values():
                team.teams.discard(name)

    def _join(self, teller: Teller) -> None:
        name = self._one(teller.teams)
        if name is not None and (members := self._some(teller.users)):
            team = teller.teams[name]
            add_members(teller.client, team.resource, *teller.people(members))
            team.members.update(members)

    def _part(self, teller: Teller) -> None:
        name = self._one(teller.teams)
        if name is not None and (member := self._one(teller.teams[name].members)):
            remove_member(teller.client, teller.teams[name].resource, teller.users[member])
            teller.teams[name].members.discard(member)

    def _replace(self, teller: Teller) -> None:
        name = self._one(teller.teams)
        if name is not None:
            team = teller.teams[name]
            members = self._some(teller.users, 12)
            teller.client.put(f"/Groups/{team.resource['id']}", {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
                "members": [{"value": user["id"]} for user in teller.people(members)],
            }).expect(200)
            team.members, team.teams = set(members), set()

    def _nest(self, teller: Teller) -> None:
        """A group in a group; in itself by way of others, too."""
        inner, outer = self._one(teller.teams), self._one(teller.teams)
        if inner is not None and inner != outer:
            add_members(teller.client, teller.teams[outer].resource, teller.teams[inner].resource)
            teller.teams[outer].teams.add(inner)

    def _unnest(self, teller: Teller) -> None:
        outer = self._one(name for name, team in teller.teams.items() if team.teams)
        if outer is not None:
            inner = self._one(teller.teams[outer].teams)
            remove_member(teller.client, teller.teams[outer].resource,
                          teller.teams[inner].resource)
            teller.teams[outer].teams.discard(inner)

    # What people do in Jira

    def _by_hand(self, _: Teller) -> None:
        group, address = self.chance.choice(BY_HAND), self.chance.choice(PEOPLE)
        account = self.account_of(address)
        if account is None:
            return
        if (group, address) in self.by_hand:
            self.scene.control.edit("remove-member", group=group, account=account)
            self.by_hand.discard((group, address))
        else:
            self.scene.control.edit("add-member", group=group, account=account)
            self.by_hand.add((group, address))

    def account_of(self, address: str) -> str | None:
        """The account that a user of Jira has; a portal customer's may have the address, too."""
        return next((one["accountId"] for one in self.scene.control.state()["accounts"]
                     if (one["email"], one["accountType"]) == (address, "atlassian")), None)

    def _sabotage(self, _: Teller) -> None:
        """Somebody is taken out of a group of ours."""
        groups = self.scene.held().groups
        name = self._one(name for name in TEAMS if groups.get(name))
        if name is not None:
            self.scene.control.edit("remove-member", group=name,
                                    account=self.account_of(self._one(groups[name])))

    # What goes wrong

    def _spoil(self, _: Teller) -> None:
        fault = dict(self.chance.choice(FAULTS))
        self.scene.control.add_fault(fault.pop("what"), seed=self.chance.randrange(10**6),
                                     times=self.chance.randint(1, 12), **fault)

    def _mend(self, _: Teller) -> None:
        self.scene.control.remove_faults()

    # What must be so in the end

    def groups_wanted(self, address: str) -> set[str]:
        wanted = [teller.groups_of(address) for teller in self.tellers]
        return set().union(*wanted) - {ADMINISTRATORS}

    def is_wanted(self, address: str) -> bool:
        return any(address in teller.active for teller in self.tellers)

    def groups_due(self, address: str) -> set[str]:
        due = {group for group, member in self.by_hand if member == address}
        if self.is_wanted(address):
            due |= self.groups_wanted(address) | {SOFTWARE}
        return due | ({SOFTWARE} if address in RESIDENTS else set())

    def sides(self) -> list[str]:
        """What is compared, each by itself."""
        return [self.scene.site]

    def judge(self, held: Held) -> list[str]:
        wrong = [f"{address} is wanted and has no account" for address in PEOPLE
                 if self.is_wanted(address) and address not in held.accounts]
        for address in PEOPLE:
            if address in held.accounts and held.groups_of(address) != self.groups_due(address):
                wrong.append(f"{address} is in {sorted(held.groups_of(address))}, "
                             f"not in {sorted(self.groups_due(address))}")
        wrong += [f"{name} is missing" for teller in self.tellers for name in teller.teams
                  if name not in held.groups]
        if held.groups[ADMINISTRATORS] != self.before.groups[ADMINISTRATORS]:
            wrong.append(f"{ADMINISTRATORS} is {sorted(held.groups[ADMINISTRATORS])} now")
        if held.groups_of(self.owner) != self.before.groups_of(self.owner):
            wrong.append(f"the token's owner is in {sorted(held.groups_of(self.owner))} now")
        return wrong

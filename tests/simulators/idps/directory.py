"""What one identity provider holds: people, groups, memberships. Its own truth.

The simulated SCIM clients read this and nothing else, and `expected` computes from it what Jira
should hold. Nothing in here knows the module or Jira.
"""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass, field
from typing import Iterable, Iterator

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(eq=False)
class Person:
    """Somebody in the IdP. `key` is the IdP's own id, which never changes."""

    key: str
    user_name: str
    given_name: str
    family_name: str
    email: str
    display_name: str
    locale: str = "en-US"
    title: str | None = None
    department: str | None = None
    employee_number: str | None = None
    mobile: str | None = None
    manager: Person | None = None
    active: bool = True
    assigned: bool = False
    # The address at the first assignment. Jira goes on calling the account so: an address of an
    # Atlassian account can't be changed from outside, and the account stays the person's.
    known_as: str | None = None
    deleted: bool = False

    @property
    def wanted(self) -> bool:
        """Should this person have access, as far as this IdP is concerned?"""
        return self.assigned and self.active and not self.deleted

    def __repr__(self) -> str:
        return f"<Person {self.user_name}>"


@dataclass(eq=False)
class Group:
    """A group of the IdP. `members` are people of the same directory, in the order they came."""

    key: str
    name: str
    members: list[Person] = field(default_factory=list)
    pushed: bool = False
    former_names: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<Group {self.name}>"


class Directory:
    """The people and groups of one IdP. `style` chooses how its keys look: okta or entra."""

    def __init__(self, name: str, style: str = "okta") -> None:
        self.name = name
        self.style = style
        self.people: list[Person] = []
        self.groups: list[Group] = []
        self._serial = itertools.count(1)

    def add_person(self, user_name: str, given_name: str, family_name: str, *,
                   email: str | None = None, display_name: str | None = None,
                   **more: object) -> Person:
        """A new person, not assigned to the application yet."""
        person = Person(key=self._key("00u"), user_name=user_name, given_name=given_name,
                        family_name=family_name, email=email or user_name.lower(),
                        display_name=display_name or f"{given_name} {family_name}", **more)
        self.people.append(person)
        return person

    def add_group(self, name: str, members: Iterable[Person] = ()) -> Group:
        """A new group, not pushed yet."""
        group = Group(key=self._key("00g"), name=name, members=list(members))
        self.groups.append(group)
        return group

    def person(self, user_name: str) -> Person:
        """The person of that userName (compared without case); KeyError when there is none."""
        for person in self.people:
            if person.user_name.lower() == user_name.lower():
                return person
        raise KeyError(user_name)

    def group(self, name: str) -> Group:
        """The group of that name; KeyError when there is none."""
        for group in self.groups:
            if group.name == name:
                return group
        raise KeyError(name)

    def assigned(self) -> Iterator[Person]:
        """Everybody who is assigned to the application now, active or not."""
        return (person for person in self.people if person.assigned)

    def change(self, thing: Person | Group, **changes: object) -> None:
        """Change attributes of a person or group, which must exist."""
        for name, value in changes.items():
            if not hasattr(thing, name):
                raise AttributeError(f"{thing!r} has no {name}")
            setattr(thing, name, value)

    def assign(self, person: Person) -> None:
        person.assigned = True
        person.known_as = person.known_as or person.email.lower()

    def rename(self, group: Group, name: str) -> None:
        if group.pushed and group.name not in group.former_names:
            group.former_names.append(group.name)
        group.name = name

    def join(self, group: Group, people: Iterable[Person]) -> None:
        group.members.extend(person for person in people if person not in group.members)

    def leave(self, group: Group, people: Iterable[Person]) -> None:
        leavers = list(people)
        group.members[:] = [person for person in group.members if person not in leavers]

    def unpush(self, group: Group) -> None:
        """The group is to be gone at the other side; it stays in this directory."""
        if group.name not in group.former_names:
            group.former_names.append(group.name)
        group.pushed = False

    def _key(self, prefix: str) -> str:
        number = next(self._serial)
        if self.style == "entra":
            return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{prefix}.{number}.{self.name}.example.com"))
        seed = uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.name}.{number}.example.com").int
        return prefix + "".join(BASE62[seed // 62**place % 62] for place in range(17))


ODD_PEOPLE = (
    # userName, given name, family name, e-mail; each is here for the odd thing about it
    ("ada.lovelace@{d}", "Ada", "Lovelace", None),
    ("OWEN.BRAND@{D}", "Owen", "Brand", None),
    ("zoe.oconnor@{d}", "Zoë", "O’Connor", None),
    ("liam.o'neill@{d}", "Liam", "O'Neill", None),
    ("mia+jira@{d}", "Mia", "Plus & Minus", None),
    ("soeren.aengstroem@{d}", "Sören", "Ångström-Łukasiewicz", None),
    ("xiaoming@{d}", "小明", "王", None),
    ("jdoe", "Jane", "Doe", "jane.doe@{d}"),
    ("wolfe" + "schlegelsteinhausenbergerdorff" + "@{d}", "Hubert Blaine Gerard Maximilian",
     "Wolfeschlegelsteinhausenbergerdorff-von-und-zu-Hohenlohe", None),
    ('quinn.quote@{d}', 'Quinn "Q"', "Back\\slash 100%", None),
)


def odd_people(directory: Directory, domain: str) -> list[Person]:
    """Add people of all the kinds that break naive servers; returned in the order of ODD_PEOPLE."""
    def fill(text: str | None) -> str | None:
        return text and text.replace("{d}", domain).replace("{D}", domain.upper())

    return [directory.add_person(fill(user_name), given, family, email=fill(email))
            for user_name, given, family, email in ODD_PEOPLE]

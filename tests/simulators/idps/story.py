"""A company's first weeks with an IdP: everything an administrator does, in an order that bites.

`story` drives one application through all of it. It is what the demonstration shows and what the
tests run against the module; what Jira should hold after it is `expected(app.directory)`.
"""

from __future__ import annotations

from typing import Iterator

from .directory import Person, odd_people
from .entra import EntraApp
from .okta import OktaApp

EVERYBODY = "everybody"     # a group that every IdP pushes
SHARED_PERSON = "shared.person@example.com"


def story(app: OktaApp | EntraApp, domain: str, *, keep_shared: bool = False) -> Iterator[str]:
    """Do one act after the other; each yielded line says what was done just before.

    `domain` keeps people of several stories apart, except for one person and one group that all
    of them share. That person loses this application in the end, unless `keep_shared`.
    """
    app.test_connection()
    yield "tested the connection"
    people = odd_people(app.directory, domain)
    shared = app.directory.add_person(SHARED_PERSON, "Shared", "Person")
    app.update(people[1], manager=people[0])
    for person in [*people, shared]:
        app.assign(person)
    app.settle()
    yield f"assigned {len(people) + 1} people"
    yield from _groups(app, domain, people, shared)
    yield from _changes(app, people)
    if not keep_shared:
        app.unassign(shared)
        app.settle()
        yield f"took the application from {shared.display_name}"
    app.verify()
    yield "read everything back"


def _groups(app: OktaApp | EntraApp, domain: str, people: list[Person],
            shared: Person) -> Iterator[str]:
    label = domain.partition(".")[0]
    everybody = app.directory.add_group(EVERYBODY, [*people, shared])
    team = app.directory.add_group(f"{label}: Équipe Zürich & Sons", people[:4])
    hollow = app.directory.add_group(f"{label}: nobody yet")
    for group in (everybody, team, hollow):
        app.push_group(group)
    app.settle()
    yield f"pushed 3 groups with {len(everybody.members)}, {len(team.members)} and 0 members"

    app.add_members(team, people[4:7])
    app.settle()
    app.remove_members(team, people[:2])
    app.settle()
    yield f"moved people: 3 joined, 2 left {team.name!r}"

    app.rename_group(team, f"{label}: Team Zürich")
    app.settle()
    yield f"renamed it to {team.name!r}"

    app.push_now(team)
    app.settle()
    yield "pushed its whole membership again"

    brief = app.directory.add_group(f"{label}: closing down", people[:3])
    app.push_group(brief)
    app.settle()
    app.remove_members(brief, people[:3])
    app.push_now(brief)
    app.settle()
    yield f"emptied {brief.name!r}"
    app.delete_group(brief)
    app.settle()
    yield "and deleted it"


def _changes(app: OktaApp | EntraApp, people: list[Person]) -> Iterator[str]:
    app.update(people[2], family_name="Ó Conchúir", display_name="Zoë Ó Conchúir",
               title="Head of Research", department="R&D")
    app.settle()
    yield f"{people[2].given_name} has another name, title and department"

    app.deactivate(people[3])
    app.settle()
    yield f"deactivated {people[3].display_name}, who was in two groups"

    app.deactivate(people[4])
    app.settle()
    app.reactivate(people[4])
    app.settle()
    yield f"deactivated {people[4].display_name} and took the decision back"

"""The demonstration of --customers: the groups of an IdP fill portals of Jira Service Management.

The example of docs/customers.md: a private service project, whose customers come from a group.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

from tests.harness.admin import AdminClient
from tests.quickstart import demo
from tests.simulators.idps import Directory, Group, OktaOinApp, Person, Row
from tests.simulators.jira import JiraControl

IDP = "okta-customers"
DOMAIN = "partner.example.com"
GROUP, PARTNERS = "Jira-Service-group", "Partners"
DEMO, HELP = "DEMO", "HELP"
ORGANIZATION = "Example Partners"
STAFF = "sam.staff@example.com"         # an Atlassian account, of somebody who works here
WALK_IN = "walk.in@elsewhere.example.com"   # was in the portal before the module

RULES = {"groups": {"mappings": [
    {"group": GROUP, "projects": [DEMO]},
    {"group": PARTNERS, "projects": [HELP], "organizations": [ORGANIZATION]},
]}}


@dataclass
class Portal:
    """What the demonstration expects of one portal."""

    kind: str
    name: str
    before: set[str] = field(default_factory=set)   # people whom the IdP has nothing to do with
    groups: tuple[str, ...] = ()


PORTALS = (Portal("desk", DEMO, {WALK_IN}, (GROUP,)), Portal("desk", HELP, set(), (PARTNERS,)),
           Portal("organization", ORGANIZATION, set(), (PARTNERS,)))


def prepare(control: JiraControl, say: Callable[[str], None]) -> None:
    """What an administrator of Jira has made: two private service projects, and who is there."""
    control.edit("add-desk", project_key=DEMO, project_name="Demo service project")
    control.edit("add-desk", project_key=HELP, project_name="Partner help")
    control.edit("add-account", email=STAFF, display_name="Sam Staff")
    control.edit("add-account", email=WALK_IN, display_name="Walk In", account_type="customer")
    control.edit("add-desk-customer", desk=DEMO, account=WALK_IN)
    say(f"  Jira has two private service projects, {DEMO} and {HELP}; a customer is in {DEMO}, "
        "and a member of the staff has an account")


def run(admin: AdminClient, control: JiraControl, site: str,
        say: Callable[[str], None]) -> Directory:
    """Groups in, portals filled, one person moved, access gone; the directory it was told from."""
    scim = admin.create_idp(IDP, "okta", mode="customers", site=site)["scim"]
    admin.put_rules(IDP, RULES)
    say(f"  {IDP}: {GROUP} gets into the portal of {DEMO}; {PARTNERS} into that of {HELP}, as the "
        f"organization {ORGANIZATION!r}")
    directory = Directory(IDP)
    app = OktaOinApp(scim["baseUrl"], scim["token"], directory)
    people = [directory.add_person(f"{name}@{DOMAIN}", name.capitalize(), "Partner")
              for name in ("ada", "ben", "cara", "dan")]
    people.append(directory.add_person(STAFF, "Sam", "Staff"))
    for person in people:
        app.assign(person)
    group = directory.add_group(GROUP, [people[0], people[1], people[4]])
    partners = directory.add_group(PARTNERS, [people[2]])
    for one in (group, partners):
        app.push_group(one)
    demo.catch_up(admin, say)
    tell(control, say, f"{len(people)} people and 2 groups came, {people[3].display_name} in none")
    move(app, people[0], group, partners)
    demo.catch_up(admin, say)
    tell(control, say, f"{people[0].display_name} moved from {GROUP} to {PARTNERS}")
    app.deactivate(people[1])
    demo.catch_up(admin, say)
    tell(control, say, f"{people[1].display_name} left the company")
    app.transport.close()
    return directory


def move(app: OktaOinApp, person: Person, source: Group, target: Group) -> None:
    app.remove_members(source, [person])
    app.add_members(target, [person])


def tell(control: JiraControl, say: Callable[[str], None], what: str) -> None:
    say(f"  {what}:")
    state = control.state()
    for portal in PORTALS:
        say(f"    {portal.kind} {portal.name}: {listed(inside(state, portal))}")


def listed(people: set[str]) -> str:
    return ", ".join(sorted(people)) or "nobody"


def inside(state: dict[str, Any], portal: Portal) -> set[str]:
    """Who was added to it."""
    if portal.kind == "desk":
        return next(set(one["customers"]) for one in state["desks"]
                    if one["projectKey"] == portal.name)
    return next((set(one["members"]) for one in state["organizations"]
                 if one["name"] == portal.name), set())


def result(directory: Directory, state: dict[str, Any]) -> list[Row]:
    """What the IdP said next to what the simulated Jira holds; and that it took no licence."""
    rows = []
    for portal in PORTALS:
        said = {person.email for name in portal.groups for person in directory.group(name).members
                if person.wanted} | portal.before
        held = inside(state, portal)
        rows.append(Row(portal.kind, portal.name, listed(said), listed(held), said == held))
    made = {one["email"] for one in state["accounts"]
            if one["accountType"] == "atlassian" and one["email"].endswith(DOMAIN)}
    rows.append(Row("licences", "taken by customers", "nobody", listed(made), not made))
    return rows

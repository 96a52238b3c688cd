"""Microsoft Entra ID's provisioning client (the application "customappsso").

Administrators change the directory; nothing is sent until the next provisioning cycle, which looks
at what is different and sends it. Request shapes are those of Microsoft's "use SCIM to provision
users and groups" and of recorded traffic, in the default form and in that of the tenant URL flag
`aadOptscim062020`.
"""

from __future__ import annotations

import urllib.parse
import uuid
from dataclasses import dataclass, field
from typing import Any, Iterable

from . import checks
from .client import Exchange, IdpError, Throttled, Transport
from .directory import Directory, Group, Person

WORK_EMAIL = 'emails[type eq "work"].value'
MOBILE = 'phoneNumbers[type eq "mobile"].value'
MANAGER = checks.ENTERPRISE + ":manager"
AD_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
MEMBERS_PER_OPERATION = 20
DAYS_UNTIL_DELETED = 30


@dataclass
class CycleReport:
    """What one provisioning cycle did, by userName or group name."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    throttled: list[str] = field(default_factory=list)


class EntraApp:
    """One enterprise application with automatic provisioning.

    `optscim` is the tenant URL's flag aadOptscim062020. `matching` is the attribute by which a
    person is looked up: userName, externalId or emails[type eq "work"].value.
    """

    provider = "entra"

    def __init__(self, base_url: str, token: str, directory: Directory, *, optscim: bool = False,
                 matching: str = "userName",
                 members_per_operation: int = MEMBERS_PER_OPERATION) -> None:
        self.directory = directory
        self.transport = Transport(base_url, token)
        self.optscim = optscim
        self.matching = matching
        self.members_per_operation = members_per_operation
        self.today = 0
        self.user_ids: dict[str, str] = {}          # Entra's object id -> SCIM id
        self.group_ids: dict[str, str] = {}
        self.told: dict[str, set[str]] = {}         # Entra's id of a group -> SCIM ids of members
        self._sent: dict[str, dict[str, Any]] = {}  # what each person's last PATCH or POST said
        self._deleted_on: dict[str, int] = {}
        self._unlinked: list[Group] = []
        self._again: set[str] = set()               # groups whose members are all sent once more

    def another(self) -> EntraApp:
        """The same IdP connected anew: it knows its people, and nothing of what it sent."""
        return EntraApp(self.transport.base_url, self.transport.token, self.directory,
                        optscim=self.optscim, matching=self.matching,
                        members_per_operation=self.members_per_operation)

    @property
    def exchanges(self) -> list[Exchange]:
        """Every request that was sent, with its answer."""
        return self.transport.exchanges

    # What an administrator does: changes the directory, sends nothing yet

    def test_connection(self) -> None:
        """"Test Connection": a look-up of a random value, which must answer 200 and nothing."""
        query = f'/Users?filter=userName+eq+"{uuid.uuid4()}"'
        checks.nobody(self._get(query))

    def assign(self, person: Person) -> None:
        """Put the person into the application's scope."""
        self.directory.assign(person)

    def unassign(self, person: Person) -> None:
        """Take the person out of scope."""
        person.assigned = False

    def update(self, person: Person, **changes: object) -> None:
        """Change the person's attributes."""
        self.directory.change(person, **changes)

    def deactivate(self, person: Person) -> None:
        """Block the person's sign-in."""
        person.active = False

    def reactivate(self, person: Person) -> None:
        """Allow sign-in again, or restore from the deleted users. Memberships aren't sent again."""
        person.active, person.deleted = True, False
        self._deleted_on.pop(person.key, None)
        self.directory.assign(person)

    def delete_person(self, person: Person) -> None:
        """Delete the person: recoverable for 30 days, then gone for good."""
        person.deleted = True
        self._deleted_on[person.key] = self.today

    def push_group(self, group: Group) -> None:
        """Assign the group to the application."""
        group.pushed = True

    def rename_group(self, group: Group, name: str) -> None:
        """Give the group another name."""
        self.directory.rename(group, name)

    def add_members(self, group: Group, people: Iterable[Person]) -> None:
        """People join the group."""
        self.directory.join(group, people)

    def remove_members(self, group: Group, people: Iterable[Person]) -> None:
        """People leave the group."""
        self.directory.leave(group, people)

    def push_now(self, group: Group) -> None:
        """"Restart provisioning" for this group: every member is sent again, known or not."""
        self._again.add(group.key)

    def delete_group(self, group: Group) -> None:
        """Delete the group."""
        self.directory.unpush(group)
        if group.key in self.group_ids:
            self._unlinked.append(group)

    def pass_days(self, days: int) -> None:
        """Let days go by; DELETE follows 30 days after a person was deleted."""
        self.today += days

    def settle(self) -> None:
        """Run cycles until one has nothing left to send."""
        for _ in range(5):
            report = self.cycle()
            if not (report.created or report.updated or report.disabled or report.deleted
                    or report.throttled):
                return
        raise IdpError("a fifth provisioning cycle still had something to send",
                       self.exchanges[-1])

    # The provisioning cycle

    def cycle(self) -> CycleReport:
        """One provisioning cycle: keep-alive, users, managers, groups."""
        report = CycleReport()
        self._keep_alive()
        for person in self.directory.people:
            self._guarded(report, person.user_name, self._cycle_person, person, report)
        for group in self._unlinked[:]:
            self._guarded(report, group.name, self._delete_group, group, report)
        for group in self.directory.groups:
            if group.pushed:
                self._guarded(report, group.name, self._cycle_group, group, report)
        return report

    def verify(self) -> None:
        """Read back everybody who was sent: the server must hold what the directory says."""
        for person in self.directory.people:
            if person.key in self.user_ids:
                answer = self._get(self._path("Users", self.user_ids[person.key]))
                current = self._user(answer, person, {"active": person.wanted})
                if person.wanted:
                    self._agree(answer, person, self._differences(person, current))
        for group in self.directory.groups:
            if group.pushed:
                answer = self._get(self._path("Groups", self.group_ids[group.key]))
                checks.group(answer, self._body(answer), group.name, self.told[group.key],
                             self.group_ids[group.key])

    def _guarded(self, report: CycleReport, name: str, work: Any, *arguments: Any) -> None:
        """A throttled object is left for the next cycle: sources differ on Retry-After here."""
        try:
            work(*arguments)
        except Throttled:
            report.throttled.append(name)

    def _keep_alive(self) -> None:
        self.test_connection()
        checks.nobody(self._get("/Groups?excludedAttributes=members&filter=displayName+eq+"
                                f'"{uuid.uuid4()}"'))

    def _cycle_person(self, person: Person, report: CycleReport) -> None:
        if person.key not in self.user_ids:
            if not person.wanted:
                return
            if not self._link(person):
                self._create(person)
                report.created.append(person.user_name)
                return
        if self._overdue(person):
            self._delete(person)
            report.deleted.append(person.user_name)
            return
        if self._update(person):
            (report.updated if person.wanted else report.disabled).append(person.user_name)

    def _link(self, person: Person) -> bool:
        """Look the person up by the matching attribute; remember the id of the one found."""
        value = self._attributes(person)[self.matching]
        answer = self._get("/Users?filter=" + filter_query(self.matching, value))
        if self.matching.startswith("emails"):
            found = checks.listing(answer)
            checks.need(len(found) <= 1, "more than one match", answer)
            match = found[0] if found else None
        else:
            match = checks.single(answer, self.matching, value)
        if match is None:
            return False
        self.user_ids[person.key] = checks.resource(answer, match, checks.USER, None)
        return True

    def _create(self, person: Person) -> None:
        resource: dict[str, Any] = {
            "schemas": [checks.USER, checks.ENTERPRISE],
            "externalId": external_id(person), "userName": person.user_name, "active": True,
            "displayName": person.display_name,
            "emails": [{"primary": True, "type": "work", "value": person.email}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": formatted(person), "familyName": person.family_name,
                     "givenName": person.given_name},
            "roles": [],
        }
        if person.title:
            resource["title"] = person.title
        if person.mobile:
            resource["phoneNumbers"] = [{"type": "mobile", "value": person.mobile}]
        extension = {"employeeNumber": person.employee_number, "department": person.department}
        extension = {name: value for name, value in extension.items() if value}
        if extension:
            resource[checks.ENTERPRISE] = extension
        answer = self._send("POST", "/Users", resource)
        checks.status(answer, 201)
        self.user_ids[person.key] = checks.user(answer, self._body(answer), resource)
        # The manager is sent by a later cycle, once the manager exists at the other side.
        self._sent[person.key] = self._attributes(person) | {MANAGER: None}

    def _update(self, person: Person) -> bool:
        """GET the user, PATCH what differs; True when something was sent."""
        path = self._path("Users", self.user_ids[person.key])
        answer = self._get(path)
        current = self._user(answer, person, {})
        differences = self._differences(person, current)
        if not differences:
            return False
        if self._sent.get(person.key) == self._attributes(person):
            self._agree(answer, person, differences)
        answer = self._patch(path, self._operations(differences))
        if answer.status == 200:
            self._agree(answer, person,
                        self._differences(person, self._user(answer, person, {})))
        self._sent[person.key] = self._attributes(person)
        return True

    def _agree(self, answer: Exchange, person: Person, differences: dict) -> None:
        if differences:
            (name, (found, wanted)), *_ = differences.items()
            raise IdpError(f"{name} of {person.user_name} is {found!r}, sent {wanted!r}: "
                           "Entra sends it again in each cycle", answer)

    def _overdue(self, person: Person) -> bool:
        since = self._deleted_on.get(person.key)
        return since is not None and self.today - since >= DAYS_UNTIL_DELETED

    def _delete(self, person: Person) -> None:
        ident = self.user_ids[person.key]
        answer = self._send("DELETE", self._path("Users", ident))
        checks.status(answer, 204)
        checks.empty(answer)
        del self.user_ids[person.key]
        self._deleted_on.pop(person.key)
        for group in self.directory.groups:
            self.directory.leave(group, [person])
            self.told.get(group.key, set()).discard(ident)

    def _cycle_group(self, group: Group, report: CycleReport) -> None:
        created = False
        if group.key not in self.group_ids:
            created = self._link_or_create_group(group)
            if created:
                report.created.append(group.name)
        path = self._path("Groups", self.group_ids[group.key])
        answer = self._get(path + "?excludedAttributes=members")
        current = self._body(answer)
        checks.resource(answer, current, checks.GROUP, self.group_ids[group.key])
        checks.need("members" not in current, "excludedAttributes=members was not honoured",
                    answer)
        operations = []
        if current.get("displayName") != group.name:
            operations.append(self._operation("Replace", "displayName", group.name))
        operations += self._member_operations(group)
        if operations:
            self._patch(path, operations)
            self.told[group.key] = self._wanted_members(group)
            self._again.discard(group.key)
            if not created:
                report.updated.append(group.name)

    def _link_or_create_group(self, group: Group) -> bool:
        answer = self._get("/Groups?excludedAttributes=members&filter="
                           + filter_query("displayName", group.name))
        match = checks.single(answer, "displayName", group.name)
        self.told[group.key] = set()
        if match is not None:
            checks.need("members" not in match, "excludedAttributes=members was not honoured",
                        answer)
            self.group_ids[group.key] = checks.resource(answer, match, checks.GROUP, None)
            return False
        answer = self._send("POST", "/Groups", {
            "schemas": [checks.GROUP, AD_GROUP], "externalId": group.key,
            "displayName": group.name, "meta": {"resourceType": "Group"}})
        checks.status(answer, 201)
        created = self._body(answer)
        self.group_ids[group.key] = checks.group(answer, created, group.name, set())
        checks.same(answer, "externalId", created.get("externalId"), group.key)
        return True

    def _delete_group(self, group: Group, report: CycleReport) -> None:
        answer = self._send("DELETE", self._path("Groups", self.group_ids[group.key]))
        checks.status(answer, 204)
        checks.empty(answer)
        del self.group_ids[group.key], self.told[group.key]
        self._unlinked.remove(group)
        report.deleted.append(group.name)

    # Attributes and operations

    def _attributes(self, person: Person) -> dict[str, Any]:
        """The attribute mapping. Empty source values are never sent, the manager apart."""
        manager = person.manager and self.user_ids.get(person.manager.key)
        values = {
            "userName": person.user_name, "active": person.wanted,
            "displayName": person.display_name, "title": person.title,
            WORK_EMAIL: person.email, "name.givenName": person.given_name,
            "name.familyName": person.family_name, "name.formatted": formatted(person),
            MOBILE: person.mobile, "externalId": external_id(person),
            checks.ENTERPRISE + ":employeeNumber": person.employee_number,
            checks.ENTERPRISE + ":department": person.department,
        }
        return {name: value for name, value in values.items() if value is not None} | {
            MANAGER: manager}

    def _differences(self, person: Person, current: dict) -> dict[str, tuple[Any, Any]]:
        """Attribute -> (what the server holds, what the directory says), where they differ."""
        attributes = self._attributes(person)
        if not person.wanted:
            attributes = {"active": False}
        pairs = {name: (read(current, name), value) for name, value in attributes.items()}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    def _operations(self, differences: dict[str, tuple[Any, Any]]) -> list[dict]:
        operations = []
        pathless: dict[str, Any] = {}
        for name, (found, wanted) in differences.items():
            if wanted is None:
                operations.append(self._operation("Remove", name))
            elif self.optscim and name != "active" and name != MANAGER and "[" not in name:
                pathless[name] = wanted
            elif name == "active" and not self.optscim:
                # Reactivation arrives as an Add although the attribute has a value.
                operations.append(self._operation("Add" if wanted else "Replace", name,
                                                  str(wanted)))
            else:
                operations.append(self._operation("Add" if found is None else "Replace", name,
                                                  wanted))
        if pathless:
            operations.insert(0, {"op": "replace", "value": pathless})
        return operations

    def _operation(self, op: str, path: str, *value: Any) -> dict:
        operation = {"op": op.lower() if self.optscim else op, "path": path}
        if value:
            operation["value"] = value[0]
        return operation

    def _wanted_members(self, group: Group) -> set[str]:
        """Ids of members at the other side; people out of scope stay in if they were there."""
        told = self.told[group.key]
        ids = {self.user_ids[person.key]: person.wanted for person in group.members
               if person.key in self.user_ids}
        return {ident for ident, wanted in ids.items() if wanted or ident in told}

    def _member_operations(self, group: Group) -> list[dict]:
        told, wanted = self.told[group.key], self._wanted_members(group)
        new = wanted if group.key in self._again else wanted - told
        operations = []
        for chunk in chunks(sorted(new), self.members_per_operation):
            operations.append(self._operation("Add", "members", self._members(chunk)))
        for chunk in chunks(sorted(told - wanted), self.members_per_operation):
            if self.optscim:
                operations += [self._operation("Remove", f'members[value eq "{ident}"]')
                               for ident in chunk]
            else:
                operations.append(self._operation("Remove", "members", self._members(chunk)))
        return operations

    def _members(self, ids: list[str]) -> list[dict]:
        if self.optscim:
            return [{"value": ident} for ident in ids]
        return [{"$ref": None, "value": ident} for ident in ids]

    # Requests

    def _user(self, answer: Exchange, person: Person, wanted: dict) -> dict:
        current = self._body(answer)
        checks.user(answer, current, wanted, self.user_ids[person.key])
        return current

    def _patch(self, path: str, operations: list[dict]) -> Exchange:
        answer = self._send("PATCH", path, {"schemas": [checks.PATCH], "Operations": operations})
        checks.status(answer, 200, 204)
        if answer.status == 204:
            checks.empty(answer)
        else:
            self._body(answer)
        return answer

    def _get(self, path: str) -> Exchange:
        answer = self._send("GET", path)
        checks.status(answer, 200)
        return answer

    def _body(self, answer: Exchange) -> dict:
        found = checks.body(answer)
        checks.no_nulls(answer, found)
        return found

    def _send(self, method: str, path: str, body: Any = None) -> Exchange:
        headers = [("Accept", "application/scim+json"),
                   ("ADSCIMVersion", f"ActivityId:{uuid.uuid4()}"),
                   ("Connection", "Keep-Alive")]
        if body is not None:
            headers.append(("Content-Type", "application/scim+json; charset=utf-8"))
        answer = self.transport.send(method, path, headers, body)
        if answer.status == 429:
            checks.error(answer)
            raise Throttled("throttled", answer)
        return answer

    def _path(self, kind: str, ident: str) -> str:
        return f"/{kind}/{urllib.parse.quote(ident, safe='')}"


def external_id(person: Person) -> str:
    """mailNickname, which Entra maps to externalId by default."""
    return person.user_name.split("@")[0]


def formatted(person: Person) -> str:
    return f"{person.given_name} {person.family_name}"


def filter_query(attribute: str, value: str) -> str:
    """A filter as Entra encodes it: + for a blank, %22 for a quote, %40 for @."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return urllib.parse.quote_plus(f'{attribute} eq "{escaped}"')


def read(user: dict, path: str) -> Any:
    """The value at an attribute path of the mapping; None when there is none."""
    if path.startswith(checks.ENTERPRISE + ":"):
        value = (user.get(checks.ENTERPRISE) or {}).get(path.rsplit(":", 1)[1])
        return value.get("value") if isinstance(value, dict) else value
    if "[" in path:
        name, rest = path.split("[", 1)
        kind = rest.split('"')[1]
        values = [item.get("value") for item in user.get(name) or [] if item.get("type") == kind]
        return values[0] if values else None
    value: Any = user
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def chunks(items: list[str], size: int) -> list[list[str]]:
    return [items[start:start + size] for start in range(0, len(items), size)]

"""Okta's SCIM client: the App Integration Wizard application and the one from the catalogue (OIN).

Every method is what an administrator does in Okta; it changes the directory and sends what Okta
sends then, before it returns. The request shapes are those of Okta's reference (developer.okta.com,
"SCIM 2.0 protocol reference") and of captured traffic.
"""

from __future__ import annotations

import copy
import time
import urllib.parse
from typing import Any, Callable, Iterable

from . import checks
from .client import Exchange, IdpError, Transport
from .directory import Directory, Group, Person

PAGE = 100
ATTEMPTS = 10
DEFAULT_PAUSE_SECONDS = 300
GROUPS_SECONDS = 0.6            # Okta's acceptance test allows GET /Groups no more

GET_HEADERS = [("Connection", "keep-alive"), ("User-Agent", "Okta SCIM Client 1.0.0"),
               ("Accept", "application/scim+json"), ("Accept-Charset", "utf-8"),
               ("Accept-Encoding", "gzip,deflate")]
BODY_HEADERS = GET_HEADERS + [("Content-Type", "application/scim+json; charset=utf-8")]
ACCEPTANCE_HEADERS = [("Accept", "application/scim+json; charset=utf-8"),
                      ("Content-Type", "application/json")]


class OktaApp:
    """What both kinds of application share. Use OktaCustomApp or OktaOinApp.

    `sleep` is called with the seconds of each pause that a 429 asks for. `nameless_members` sends
    members with "display": null, as Okta does for people whose name it doesn't know.
    """

    provider = "okta"

    def __init__(self, base_url: str, token: str, directory: Directory, *,
                 sleep: Callable[[float], Any] = time.sleep, nameless_members: bool = False,
                 page: int = PAGE) -> None:
        self.directory = directory
        self.transport = Transport(base_url, token)
        self.sleep = sleep
        self.page = page
        self.nameless_members = nameless_members
        self.user_ids: dict[str, str] = {}          # Okta's key of a person -> SCIM id
        self.group_ids: dict[str, str] = {}
        self.told: dict[str, set[str]] = {}         # Okta's key of a group -> SCIM ids of members

    def another(self) -> OktaApp:
        """The same IdP connected anew: it knows its people, and nothing of what it sent."""
        return type(self)(self.transport.base_url, self.transport.token, self.directory)

    @property
    def exchanges(self) -> list[Exchange]:
        """Every request that was sent, with its answer."""
        return self.transport.exchanges

    def settle(self) -> None:
        """Okta sends at once: nothing is left to be sent."""

    # What an administrator does with the connection

    def test_connection(self) -> None:
        """"Test API Credentials": one page of users, nothing else."""
        self._list("/Users?startIndex=1&count=2")

    def import_users(self) -> list[dict]:
        """"Import Now": every user, page by page; each id exactly once."""
        return self._import("/Users")

    def import_groups(self) -> list[dict]:
        """The groups of an import."""
        return self._import("/Groups")

    # What an administrator does with people

    def assign(self, person: Person) -> None:
        """Assign the application: look up, then create or take over what was found."""
        self.directory.assign(person)
        self._provision(person)
        self._push_memberships(person)

    def update(self, person: Person, **changes: object) -> None:
        """The profile changed. Nothing is sent for people without the application."""
        self.directory.change(person, **changes)
        if person.wanted:
            self._put_user(person)

    def deactivate(self, person: Person) -> None:
        """Deactivate the person in Okta. Users are never deleted over SCIM."""
        person.active = False
        self._switch_off(person)

    def unassign(self, person: Person) -> None:
        """Take the application from the person; over SCIM the same as deactivating."""
        person.assigned = False
        self._switch_off(person)

    def reactivate(self, person: Person) -> None:
        """Activate and assign again."""
        person.active = True
        self.assign(person)

    # What an administrator does with groups

    def push_group(self, group: Group) -> None:
        """Push a group by name: look up, create it or link what was found, then its members."""
        group.pushed = True
        query = {"filter": f'displayName eq "{quoted(group.name)}"', "startIndex": 1,
                 "count": self.page}
        found = self._get("/Groups?" + encode(query))
        match = checks.single(found, "displayName", group.name)
        self.told[group.key] = set()
        if match is None:
            answer = self._send("POST", "/Groups", {
                "schemas": [checks.GROUP], "displayName": group.name, "members": []})
            checks.status(answer, 201)
            self.group_ids[group.key] = checks.group(answer, self._body(answer), group.name, set())
        else:
            self.group_ids[group.key] = checks.resource(found, match, checks.GROUP, None)
            self.told[group.key] = checks.member_ids(found, match)
        self.push_now(group)

    def push_now(self, group: Group) -> None:
        """"Push now": the whole membership, even when it is empty."""
        self._replace_members(group, self._provisioned(group.members))

    def rename_group(self, group: Group, name: str) -> None:
        """The group has a new name in Okta."""
        self.directory.rename(group, name)
        if group.pushed:
            self._rename(group)

    def add_members(self, group: Group, people: Iterable[Person]) -> None:
        """People joined the group; those without the application are left out, as Okta does."""
        people = list(people)
        self.directory.join(group, people)
        told = self.told.get(group.key, set())
        new = [person for person in self._provisioned(people)
               if self.user_ids[person.key] not in told]
        if group.pushed and new:
            self._change_members(group, new, [])

    def remove_members(self, group: Group, people: Iterable[Person]) -> None:
        """People left the group."""
        people = list(people)
        self.directory.leave(group, people)
        told = self.told.get(group.key, set())
        gone = [person for person in people if self.user_ids.get(person.key) in told]
        if group.pushed and gone:
            self._change_members(group, [], gone)

    def delete_group(self, group: Group) -> None:
        """Unlink the pushed group and "delete the group in the target app"."""
        self.directory.unpush(group)
        answer = self._send("DELETE", self._group_path(group))
        checks.status(answer, 204)
        checks.empty(answer)
        del self.group_ids[group.key], self.told[group.key]

    # Reading back

    def verify(self) -> None:
        """Read back everything that was pushed: the server must hold what the directory says."""
        for person in self.directory.people:
            if person.key in self.user_ids:
                answer = self._get(self._user_path(person))
                profile = self._profile(person) if person.wanted else {}
                checks.user(answer, self._body(answer), profile | {"active": person.wanted},
                            self.user_ids[person.key])
        for group in self.directory.groups:
            if group.pushed:
                self._read_group(group)

    def acceptance_test(self) -> Person:
        """The calls of Okta's published SCIM 2.0 test suite; the person it creates, deactivated."""
        first = self._list("/Users?count=1&startIndex=1")
        for user in first:
            checks.need(isinstance(user.get("name"), dict) and user.get("emails"),
                        "the first user has no name or e-mail", self.exchanges[-1])
        checks.status(self._send("GET", "/Users/00u-nobody-has-this-id"), 404)
        number = len(self.directory.people)
        person = self.directory.add_person(f"runscope{number}.Case@example.com", "Runscope", "Test")
        self.directory.assign(person)
        sent = self._profile(person) | {"active": True}
        answer = self._send("POST", "/Users", sent, headers=ACCEPTANCE_HEADERS)
        checks.status(answer, 201)
        self.user_ids[person.key] = checks.user(answer, self._body(answer), sent)
        checks.status(self._send("POST", "/Users", sent, headers=ACCEPTANCE_HEADERS), 409)
        if self._look_up(person.user_name.upper()) is None:
            raise IdpError("userName wasn't found in upper case", self.exchanges[-1])
        checks.status(self.transport.send("GET", "/Users", GET_HEADERS, authorized=False), 401)
        self._list(f"/Groups?startIndex=1&count={self.page}")
        seconds = self.exchanges[-1].seconds
        checks.need(seconds < GROUPS_SECONDS, f"GET /Groups took {seconds:.1f} s",
                    self.exchanges[-1])
        self.unassign(person)
        return person

    # How both kinds do what the methods above say

    def _provision(self, person: Person) -> None:
        match = self._look_up(person.user_name)
        if match is None:
            sent = self._profile(person) | {"groups": [], "password": "Tr4nsient-" + person.key,
                                            "active": True}
            answer = self._send("POST", "/Users", sent)
            checks.status(answer, 201)
            self.user_ids[person.key] = checks.user(answer, self._body(answer), sent,
                                                    self.user_ids.get(person.key))
            return
        self.user_ids[person.key] = checks.resource(self.exchanges[-1], match, checks.USER,
                                                    self.user_ids.get(person.key))
        self._take_over(person)

    def _switch_off(self, person: Person) -> None:
        if person.key in self.user_ids:
            self._set_active(person, False)

    def _push_memberships(self, person: Person) -> None:
        """Memberships in pushed groups that were left out while the person had no access."""
        for group in self.directory.groups:
            if group.key in self.group_ids and person in group.members:
                self.add_members(group, [person])

    def _look_up(self, user_name: str) -> dict | None:
        query = {"filter": f'userName eq "{quoted(user_name)}"', "startIndex": 1, "count": PAGE}
        return checks.single(self._get("/Users?" + encode(query)), "userName", user_name)

    def _put_user(self, person: Person, **more: object) -> None:
        """GET, lay the profile over what came, PUT it back with everything the server added."""
        answer = self._get(self._user_path(person))
        current = self._body(answer)
        checks.resource(answer, current, checks.USER, self.user_ids[person.key])
        wanted = self._profile(person) | more
        merged = copy.deepcopy(current)
        merged["schemas"] = current["schemas"] + [schema for schema in wanted["schemas"]
                                                  if schema not in current["schemas"]]
        for name, value in wanted.items():
            if name == "schemas":
                continue
            if isinstance(value, dict):
                merged[name] = (merged.get(name) or {}) | value
            else:
                merged[name] = value
        answer = self._send("PUT", self._user_path(person), merged)
        checks.status(answer, 200)
        checks.user(answer, self._body(answer), wanted, self.user_ids[person.key])

    def _profile(self, person: Person) -> dict:
        profile = {
            "schemas": [checks.USER], "userName": person.user_name,
            "name": {"givenName": person.given_name, "familyName": person.family_name},
            "emails": [{"primary": True, "value": person.email, "type": "work"}],
            "displayName": person.display_name, "locale": person.locale,
            "externalId": person.key,
        }
        if person.title:
            profile["title"] = person.title
        extension = {"department": person.department, "employeeNumber": person.employee_number}
        extension = {name: value for name, value in extension.items() if value}
        if extension:
            profile["schemas"].append(checks.ENTERPRISE)
            profile[checks.ENTERPRISE] = extension
        return profile

    def _provisioned(self, people: Iterable[Person]) -> list[Person]:
        return [person for person in people if person.wanted and person.key in self.user_ids]

    def _members(self, people: Iterable[Person]) -> list[dict]:
        return [{"value": self.user_ids[person.key],
                 "display": None if self.nameless_members else person.user_name}
                for person in people]

    def _read_group(self, group: Group) -> dict:
        answer = self._get(self._group_path(group))
        current = self._body(answer)
        checks.group(answer, current, group.name, self.told[group.key], self.group_ids[group.key])
        return current

    def _import(self, path: str) -> list[dict]:
        found: list[dict] = []
        while True:
            page = self._list(f"{path}?startIndex={len(found) + 1}&count={self.page}",
                              len(found) + 1)
            total = self._body(self.exchanges[-1])["totalResults"]
            checks.need(page or len(found) == total, f"the list ends at {len(found)} of {total}",
                        self.exchanges[-1])
            found += page
            if len(found) >= total:
                break
        checks.need(len({item["id"] for item in found}) == len(found),
                    "a page repeated what another one held", self.exchanges[-1])
        return found

    def _list(self, path: str, start_index: int = 1) -> list[dict]:
        return checks.listing(self._get(path), start_index)

    def _get(self, path: str) -> Exchange:
        answer = self._send("GET", path)
        checks.status(answer, 200)
        return answer

    def _body(self, exchange: Exchange) -> dict:
        answer = checks.body(exchange)
        checks.no_nulls(exchange, answer, tolerated=("members",))
        return answer

    def _send(self, method: str, path: str, body: Any = None,
              headers: list[tuple[str, str]] | None = None) -> Exchange:
        """One request; 429 is waited out as Okta does: ten attempts, the pause doubles."""
        headers = headers or (GET_HEADERS if body is None else BODY_HEADERS)
        for attempt in range(ATTEMPTS):
            answer = self.transport.send(method, path, headers, body)
            if answer.status != 429:
                return answer
            checks.error(answer)
            if attempt < ATTEMPTS - 1:
                self.sleep(pause(answer) * 2 ** attempt)
        raise IdpError(f"still throttled after {ATTEMPTS} attempts: the task failed for good",
                       answer)

    def _user_path(self, person: Person) -> str:
        return "/Users/" + urllib.parse.quote(self.user_ids[person.key], safe="")

    def _group_path(self, group: Group) -> str:
        return "/Groups/" + urllib.parse.quote(self.group_ids[group.key], safe="")


class OktaCustomApp(OktaApp):
    """An application of the App Integration Wizard: every change is a GET and a PUT."""

    def _take_over(self, person: Person) -> None:
        self._put_user(person, active=True)

    def _set_active(self, person: Person, active: bool) -> None:
        self._put_user(person, active=active)

    def _rename(self, group: Group) -> None:
        answer = self._get(self._group_path(group))
        found = self._body(answer)
        checks.resource(answer, found, checks.GROUP, self.group_ids[group.key])
        self._put_group(group, found.get("members") or [])

    def _replace_members(self, group: Group, people: list[Person]) -> None:
        self._read_group(group)
        self._put_group(group, self._members(people))

    def _change_members(self, group: Group, new: list[Person], gone: list[Person]) -> None:
        leavers = {self.user_ids[person.key] for person in gone}
        current = self._read_group(group).get("members") or []
        kept = [member for member in current if member["value"] not in leavers]
        self._put_group(group, kept + self._members(new))

    def _put_group(self, group: Group, members: list[dict]) -> None:
        members = [{"value": member["value"], "display": member.get("display")}
                   for member in members]
        answer = self._send("PUT", self._group_path(group), {
            "schemas": [checks.GROUP], "id": self.group_ids[group.key],
            "displayName": group.name, "members": members})
        checks.status(answer, 200)
        self.told[group.key] = {member["value"] for member in members}
        checks.group(answer, self._body(answer), group.name, self.told[group.key],
                     self.group_ids[group.key])


class OktaOinApp(OktaApp):
    """An application of Okta's catalogue: PATCH for `active` and for groups, PUT for profiles.

    `pathless_members` is the variant of "Push now" that puts the members into a replace without a
    path, together with id and displayName.
    """

    def __init__(self, *arguments: Any, pathless_members: bool = False, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.pathless_members = pathless_members

    def _take_over(self, person: Person) -> None:
        self._put_user(person)
        if checks.body(self.exchanges[-1])["active"] is False:
            self._set_active(person, True)

    def _set_active(self, person: Person, active: bool) -> None:
        answer = self._patch(self._user_path(person),
                             {"op": "replace", "value": {"active": active}})
        if answer.status == 200:
            checks.user(answer, self._body(answer), {"active": active},
                        self.user_ids[person.key])

    def _rename(self, group: Group) -> None:
        answer = self._patch(self._group_path(group), self._name_operation(group))
        self._check_group(answer, group)

    def _replace_members(self, group: Group, people: list[Person]) -> None:
        members = self._members(people)
        if self.pathless_members:
            operation = self._name_operation(group)
            operation["value"]["members"] = members
        else:
            operation = {"op": "replace", "path": "members", "value": members}
        self.told[group.key] = {member["value"] for member in members}
        self._check_group(self._patch(self._group_path(group), operation), group)

    def _change_members(self, group: Group, new: list[Person], gone: list[Person]) -> None:
        self._rename(group)     # Okta repeats the name with every change of members
        leavers = {self.user_ids[person.key] for person in gone}
        operations = [{"op": "remove", "path": f'members[value eq "{ident}"]'}
                      for ident in sorted(leavers)]
        if new:
            operations.append({"op": "add", "path": "members", "value": self._members(new)})
        self.told[group.key] -= leavers
        self.told[group.key] |= {self.user_ids[person.key] for person in new}
        self._check_group(self._patch(self._group_path(group), *operations), group)

    def _name_operation(self, group: Group) -> dict:
        return {"op": "replace",
                "value": {"id": self.group_ids[group.key], "displayName": group.name}}

    def _check_group(self, answer: Exchange, group: Group) -> None:
        if answer.status == 200:
            checks.group(answer, self._body(answer), group.name, self.told[group.key],
                         self.group_ids[group.key])

    def _patch(self, path: str, *operations: dict) -> Exchange:
        answer = self._send("PATCH", path, {"schemas": [checks.PATCH],
                                            "Operations": list(operations)})
        checks.status(answer, 200, 204)
        if answer.status == 204:
            checks.empty(answer)
        return answer


def pause(answer: Exchange) -> int:
    """The pause a 429 asks for: only whole seconds are understood, else five minutes."""
    value = (answer.header("Retry-After") or "").strip()
    return int(value) if value.isascii() and value.isdigit() else DEFAULT_PAUSE_SECONDS


def quoted(text: str) -> str:
    """A value as it stands between the quotes of a filter."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def encode(query: dict[str, object]) -> str:
    """A query string as Java's encoder under Okta writes it: %20 for a blank, %40 for @."""
    return "&".join(f"{name}={urllib.parse.quote(str(value), safe='')}"
                    for name, value in query.items())

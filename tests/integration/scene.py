"""What the tests of provisioning, failures and restarts share: no tests of its own.

A scene is one Jira site as the module fills it: identity providers that tell, tasks that wait, and
what Jira holds in the end.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from typing import Any, Iterator

import pytest

from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

SETTLE_SECONDS = 60
# What grants jira-software, the product that a site gives unless it is told otherwise.
SOFTWARE = "jira-software-users-demo"

numbers = itertools.count(1)


@dataclass(frozen=True)
class Held:
    """What Jira holds: accounts by address, and the addresses of each group's members."""

    accounts: dict[str, dict[str, Any]]
    groups: dict[str, set[str]]

    def groups_of(self, address: str) -> set[str]:
        return {name for name, members in self.groups.items() if address in members}


class Scene:
    """One site, seen from its administrator and from behind Jira."""

    def __init__(self, admin: AdminClient, jira: JiraProcess, site: str):
        self.admin = admin
        self.jira = jira
        self.control = jira.control
        self.site = site
        self._idps: list[tuple[str, ScimClient]] = []

    def put_site(self, **changes: Any) -> None:
        site = {"baseUrl": self.jira.url, "email": self.jira.email,
                "apiToken": self.jira.api_token, **changes}
        self.admin.put(f"/api/sites/{self.site}", site).expect(200, 201)

    def idp(self, **options: Any) -> ScimClient:
        """An IdP that feeds the site, and the client that plays it."""
        name = options.pop("name", f"idp-{self.site}-{next(numbers)}")
        client = scim_client(self.admin.create_idp(name, site=self.site, **options))
        self._idps.append((name, client))
        return client

    def name_of(self, idp: ScimClient) -> str:
        return next(name for name, client in self._idps if client is idp)

    def forget(self, name: str) -> None:
        """An IdP of this scene was deleted by its test."""
        for one in [one for one in self._idps if one[0] == name]:
            one[1].close()
            self._idps.remove(one)

    def remove(self) -> None:
        for name, client in self._idps:
            client.close()
            self.admin.delete_idp(name)
        self.admin.delete_site(self.site)

    def close(self) -> None:
        """For a scene whose server goes with it."""
        for _, client in self._idps:
            client.close()
        self.admin.close()

    def waiting(self) -> int:
        return self.admin.status()["tasks"]["waiting"]

    def parked(self) -> dict[str, dict[str, Any]]:
        """Tasks that wait for a person, by their subject's name."""
        return {task["name"]: task for task in self.admin.tasks("state=failed")
                if task["site"] == self.site}

    def retry(self, name: str) -> None:
        self.admin.retry(self.parked()[name]["id"])

    def settle(self, seconds: float = SETTLE_SECONDS) -> Held:
        """All that was told is done, or parked; returns what Jira holds then."""
        until(lambda: self.waiting() == 0, "no task to wait", seconds)
        return self.held()

    def held(self) -> Held:
        state = self.control.state()
        return Held({account["email"]: account for account in state["accounts"]},
                    {group["name"]: set(group["members"]) for group in state["groups"]})

    def calls(self, operation: str | None = None) -> list[dict[str, Any]]:
        return self.control.entries(operation)

    def expect_single_creations(self) -> None:
        """Nothing was made twice, nor made anew after it had been removed."""
        counts = self.control.counts()
        made = [*counts["createdAccounts"].items(), *counts["createdGroups"].items()]
        assert [(name, times) for name, times in made if times != 1] == []
        assert counts["restoredAccounts"] == {}


@pytest.fixture
def scene(admin: AdminClient, jira: JiraProcess) -> Iterator[Scene]:
    """A scene on the file's server."""
    scene = Scene(admin, jira, f"site-{next(numbers)}")
    scene.put_site()
    yield scene
    scene.expect_single_creations()
    scene.remove()


@contextlib.contextmanager
def own_scene(server: Httpd, jira: JiraProcess) -> Iterator[Scene]:
    """A scene on a server of the test's own, already started."""
    scene = Scene(server.admin(), jira, "main")
    scene.put_site()
    yield scene
    scene.expect_single_creations()
    scene.close()


def deactivate(idp: ScimClient, user: dict[str, Any], active: bool = False) -> None:
    idp.patch_operations(f"/Users/{user['id']}", {"op": "replace", "path": "active",
                                                  "value": active}).expect(200)


def add_members(idp: ScimClient, group: dict[str, Any], *users: dict[str, Any]) -> None:
    idp.patch_operations(f"/Groups/{group['id']}", {
        "op": "add", "path": "members", "value": [{"value": user["id"]} for user in users],
    }).expect(200, 204)


def remove_member(idp: ScimClient, group: dict[str, Any], user: dict[str, Any]) -> None:
    idp.patch_operations(f"/Groups/{group['id']}", {
        "op": "remove", "path": f'members[value eq "{user["id"]}"]'}).expect(200, 204)


def rename(idp: ScimClient, group: dict[str, Any], name: str) -> None:
    idp.patch_operations(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName",
                                                    "value": name}).expect(200, 204)

"""Every change that an administrator makes is an event with the name of who made it: of each call
of the API's document that is an administrator's, and none is forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

import pytest

from tests.harness import openapi
from tests.harness.admin import AdminClient
from tests.harness.client import ScimClient
from tests.harness.fixtures import Idp, Site
from tests.harness.google import Workspace
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.pulled import Pulled, directory, pulled  # noqa: F401

pytestmark = pytest.mark.any_mpm

CALLS = [call for call in openapi.calls() if call.operation["x-role"] == "administrator"]
# Why a call of an administrator's has no event, or one that comes by another way.
WITHOUT = {
    "beginConnecting": "Google is asked to ask: google.connected comes when the browser is back",
    "testGoogle": "Google is asked, and nothing is stored"}


class Given:
    """What there is before a call: a site and, once somebody asks for it, an identity provider, a
    Workspace, and one that has a directory."""

    def __init__(self, admin: AdminClient, site: Site, get: Callable[[str], Any]):
        self.admin = admin
        self.site = site
        self.get = get

    @property
    def idp(self) -> Idp:
        return self.get("idp")

    @property
    def scim(self) -> ScimClient:
        return self.idp.scim

    @property
    def workspace(self) -> Workspace:
        return self.get("workspace")

    def task(self, state: str) -> int:
        """Of somebody without an address; or of a leaver, whom the guard holds."""
        if state == "failed":
            self.scim.create_user("nobody")
        else:
            ann = self.scim.create_user("ann@example.com", emails=[{"value": "ann@example.com"}])
            until(lambda: not self.tasks(), "the account", 60)
            self.admin.put_rules(self.idp.name, {"guard": {"deactivations": {"number": 0}}})
            self.scim.delete(f"/Users/{ann['id']}").expect(204)
        return until(lambda: self.tasks(f"&state={state}"), f"a task to be {state}", 60)[0]["id"]

    def tasks(self, also: str = "") -> list[dict[str, Any]]:
        return self.admin.tasks(f"idp={self.idp.name}{also}")


@dataclass(frozen=True)
class Change:
    """Which event a call is, and what is sent; `prepare` says what its address is about."""

    event: str
    prepare: Callable[[Given], dict[str, Any]]
    body: Any = None
    query: str = ""


def a_site(given: Given) -> dict[str, Any]:
    return {"site": given.site.name}


def a_site_to_be_asked_otherwise(given: Given) -> dict[str, Any]:
    given.site.jira.control.configure(token_kind="scoped")
    return a_site(given)


def a_site_without_idps(given: Given) -> dict[str, Any]:
    jira = given.site.jira
    given.admin.put_site("spare", jira.url.replace("127.0.0.1", "localhost"), jira.email,
                         jira.api_token)
    return {"site": "spare"}


def an_idp(given: Given) -> dict[str, Any]:
    return {"idp": given.idp.name}


def an_idp_to_be_deleted(given: Given) -> dict[str, Any]:
    return {"idp": given.admin.create_idp("spare", site=given.site.name)["name"]}


def a_token(given: Given) -> dict[str, Any]:
    return {"idp": given.idp.name, "id": given.admin.create_token(given.idp.name)["id"]}


def a_failed_task(given: Given) -> dict[str, Any]:
    return {"id": given.task("failed"), "idp": given.idp.name}


def a_held_task(given: Given) -> dict[str, Any]:
    return {"id": given.task("held"), "idp": given.idp.name}


def a_workspace(given: Given) -> dict[str, Any]:
    return {"idp": given.workspace.name}


def a_workspace_with_a_key(given: Given) -> dict[str, Any]:
    key, public = given.get("service_key")
    given.workspace.google.service_keys = {key["client_email"]: public}
    given.workspace.put(clientId=..., clientSecret=..., administrator="admin@example.com",
                        serviceAccountKey=key)
    return a_workspace(given)


def a_connected_workspace(given: Given) -> dict[str, Any]:
    connected: Pulled = given.get("pulled")
    return {"idp": connected.workspace.name}


CHANGES = {
    "putSite": Change("site.changed", a_site, {"products": ["jira-core"]}),
    "deleteSite": Change("site.deleted", a_site_without_idps),
    "testSite": Change("site.changed", a_site_to_be_asked_otherwise, {}),
    "compare": Change("reconcile.asked", a_site, {}),
    "makeIdp": Change("idp.created", a_site, {"name": "made", "site": "{site}"}),
    "changeIdp": Change("idp.changed", an_idp, {"state": "dryRun"}),
    "deleteIdp": Change("idp.deleted", an_idp_to_be_deleted, query="?access=keep&leavers=keep"),
    "putRules": Change("idp.rules", an_idp, {"precedence": 9}),
    "makeToken": Change("token.created", an_idp, {}),
    "deleteToken": Change("token.deleted", a_token),
    "rotateTokens": Change("token.rotated", an_idp, {}),
    "releaseAll": Change("guard.released", a_held_task, {}),
    "discardAll": Change("guard.discarded", a_held_task, {}),
    "releaseTask": Change("task.released", a_held_task, {}),
    "discardTask": Change("task.discarded", a_failed_task),
    "retryTask": Change("task.retried", a_failed_task, {}),
    "retryTasks": Change("task.retried", a_failed_task, {}, "?idp={idp}"),
    "putGoogle": Change("google.changed", a_workspace, {"domain": "example.com"}),
    "connectGoogle": Change("google.connected", a_workspace_with_a_key, {"by": "serviceAccount"}),
    "disconnectGoogle": Change("google.disconnected", a_connected_workspace, {"confirm": True}),
    "putChoice": Change("google.choice", a_workspace, {"onlyMembersOfGroups": True}),
    "putSchedule": Change("google.scheduled", a_workspace, {"dailyAt": "03:30"}),
    "pull": Change("google.asked", a_connected_workspace, {"preview": True}),
}


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    """With a callback for Google."""
    return google_httpd


@pytest.fixture
def given(admin: AdminClient, site: Site, request: pytest.FixtureRequest) -> Given:
    return Given(admin, site, request.getfixturevalue)


def name_of(call: openapi.Call) -> str:
    return call.operation["operationId"]


@pytest.mark.parametrize("call", [pytest.param(call, id=name_of(call)) for call in CALLS
                                  if name_of(call) not in WITHOUT])
def test_who_made_a_change_is_told_by_its_event(call: openapi.Call, given: Given,
                                                admin: AdminClient, httpd: Httpd) -> None:
    # What the guard holds, a token that has scopes now, and a comparison in between.
    for message in ("SCIM0160", "SCIM0122"):
        httpd.error_log.expect(message, optional=True)
    assert name_of(call) in CHANGES, f"which event is {call}, or why is it none? Say it here."
    change = CHANGES[name_of(call)]
    place = change.prepare(given)
    body = {key: value.format_map(place) if isinstance(value, str) else value
            for key, value in change.body.items()} if change.body is not None else None
    before = admin.events("limit=1")[0]["id"]
    answer = admin.request(call.method, "/api" + (call.path + change.query).format_map(place), body)
    assert answer.status < 300, answer.text()
    made = [(event["kind"], event["actor"]) for event in admin.events("limit=50")
            if event["id"] > before]
    if name_of(call) == "makeIdp":
        admin.delete_idp("made")
    assert (change.event, "admin:admin") in made, f"{call}: {made}"


def test_nothing_is_said_of_calls_that_there_are_not() -> None:
    assert CHANGES.keys() | WITHOUT.keys() == {name_of(call) for call in CALLS}
    assert not CHANGES.keys() & WITHOUT.keys()

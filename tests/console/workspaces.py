"""A Google Workspace that is connected already, and whose directory is simulated: what the tests of
its pages begin with. No tests of its own."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness import conf
from tests.harness.admin import AdminClient
from tests.harness.google import Workspace
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.simulators.google import SimulatedGoogle
from tests.simulators.google.oauth import GoogleOAuth

Run = dict[str, Any]


class Connected:
    """An IdP of the kind google, in dry run; `control` is Google's side."""

    def __init__(self, workspace: Workspace, directory: SimulatedGoogle):
        self.name = workspace.name
        self.admin = workspace.admin
        self.control = directory.control
        self.path = f"/api/idps/{workspace.name}"

    def runs(self) -> list[Run]:
        return self.admin.get(f"{self.path}/pulls").expect(200).json()["pulls"]

    def pull(self, **order: Any) -> Run:
        """One that has ended."""
        asked = self.admin.post(f"{self.path}/pull", order).expect(202).json()
        path = f"{self.path}/pulls/{asked['id']}"
        return until(lambda: (run := self.admin.get(path).json())["endedAt"] and run,
                     "the pull to end", 60)

    def show(self, what: str) -> dict[str, Any]:
        """Its "choice" or "schedule"."""
        return self.admin.get(f"{self.path}/google/{what}").expect(200).json()

    def add(self, *names: str, **settings: Any) -> None:
        for name in names:
            self.control.edit("add-user", email=f"{name}@example.com", **settings)


@pytest.fixture
def directory() -> Iterator[SimulatedGoogle]:
    with SimulatedGoogle() as directory:
        yield directory
        assert directory.control.violations() == []


@pytest.fixture
def connected(window: Any, google: GoogleOAuth, directory: SimulatedGoogle, admin: AdminClient,
              jira: JiraProcess, httpd: Httpd) -> Iterator[Connected]:
    """At its end the IdP goes before Google does."""
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.create_idp("workspace", provider="google", kind="google", site="main", state="dryRun")
    google.open(directory)
    google.redirect_uris = {httpd.url + conf.CALLBACK_LOCATION}
    workspace = Workspace("workspace", admin, google, httpd)
    workspace.put()
    workspace.connect()
    yield Connected(workspace, directory)
    window.open("sites")
    admin.delete_idp("workspace")

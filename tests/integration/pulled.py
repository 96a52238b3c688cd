"""What the tests of pulls share: no tests of its own. A connected Workspace whose directory is
simulated."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.admin import AdminClient
from tests.harness.fixtures import Site
from tests.harness.google import Workspace
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import Held, Scene
from tests.simulators.google import SimulatedGoogle
from tests.simulators.google.oauth import GoogleOAuth

Run = dict[str, Any]
ENDED = ("done", "failed", "refused")
NOTHING = {"new": 0, "changed": 0, "gone": 0, "unchanged": 0, "faulty": 0}


class Pulled:
    """A connected Workspace whose directory is simulated."""

    def __init__(self, workspace: Workspace, directory: SimulatedGoogle, site: Site):
        self.workspace = workspace
        self.admin: AdminClient = workspace.admin
        self.scene = Scene(workspace.admin, site.jira, site.name)
        self.control = directory.control
        self.path = f"/api/idps/{workspace.name}"
        self._directory = directory
        self._site = site

    def at(self, server: Httpd) -> Pulled:
        """The same, asked for and looked at on another host."""
        workspace = Workspace(self.workspace.name, server.admin(), self.workspace.google, server)
        until(lambda: workspace.admin.get(workspace.path).status == 200, "the IdP to be known")
        return Pulled(workspace, self._directory, self._site)

    def ask(self, **body: Any) -> Run:
        return self.admin.post(f"{self.path}/pull", body).expect(202).json()

    def run(self, number: int) -> Run:
        return self.admin.get(f"{self.path}/pulls/{number}").expect(200).json()

    def wait(self, number: int, *states: str) -> Run:
        return until(lambda: (run := self.run(number))["state"] in (states or ENDED) and run,
                     "the pull to end", 60)

    def pull(self, **body: Any) -> Run:
        return self.wait(self.ask(**body)["id"])

    def pull_all(self, **body: Any) -> Held:
        """Pull, and let all that follows be done."""
        run = self.pull(**body)
        assert (run["state"], run["detail"]) == ("done", None)
        return self.scene.settle()

    def calls(self, operation: str) -> int:
        return len(self.control.entries(f"directory.{operation}"))

    def events(self, kind: str) -> list[dict[str, Any]]:
        return self.admin.events(f"idp={self.workspace.name}&kind={kind}")


@pytest.fixture
def directory() -> Iterator[SimulatedGoogle]:
    """The simulated Directory, as new; a call that Google's document does not allow fails."""
    with SimulatedGoogle() as directory:
        yield directory
        assert directory.control.violations() == []


def connected(workspace: Workspace, google: GoogleOAuth, directory: SimulatedGoogle, site: Site
              ) -> Pulled:
    """To that directory."""
    google.open(directory)
    workspace.put()
    workspace.connect()
    assert workspace.connection["state"] == "connected"
    return Pulled(workspace, directory, site)


@pytest.fixture
def pulled(workspace: Workspace, google: GoogleOAuth, directory: SimulatedGoogle, site: Site
           ) -> Pulled:
    return connected(workspace, google, directory, site)


def small(pulled: Pulled) -> None:
    """Three people, a team, and all teams in one group."""
    for name in ("ada", "ben", "eva"):
        pulled.control.edit("add-user", email=f"{name}@example.com", suspended=name == "eva")
    pulled.control.edit("add-group", email="devs@example.com", name="Developers")
    pulled.control.edit("add-group", email="all@example.com", name="Everybody")
    for name in ("ada", "ben"):
        pulled.control.edit("add-member", group="devs@example.com", member=f"{name}@example.com")
    pulled.control.edit("add-member", group="all@example.com", member="devs@example.com")

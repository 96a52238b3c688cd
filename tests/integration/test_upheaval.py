"""Whatever happened, and in whatever order: in the end Jira holds what is wanted."""

from __future__ import annotations

import os
import signal

import pytest

from tests.harness.conf import Settings
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import Scene, scene  # noqa: F401
from tests.integration.test_drift import ENDED
from tests.integration.upheaval import ADMINISTRATORS, Upheaval
from tests.integration.upheaval_customers import CustomersUpheaval

STEPS = int(os.environ.get("UPHEAVAL_STEPS", 2000))
SEEDS = [int(seed) for seed in os.environ.get("UPHEAVAL_SEEDS", "1").split(",")]
SETTLE_SECONDS = 120
# So often the server is restarted, or the process that talks to Jira is killed.
DISASTERS = 12
pytestmark = pytest.mark.parametrize(
    "httpd", [Settings(extra="ScimSyncJiraTimeout 1")], indirect=True, ids=[""])


def strike(httpd: Httpd, scene: Scene, world: Upheaval) -> None:
    """The server is restarted, or the child that works on the tasks ends without a word."""
    worker = scene.admin.status()["provisioner"]["pid"]
    scene.admin.close()
    if world.chance.random() < 0.5:
        httpd.graceful()
        return
    if worker is not None and worker in httpd.children():
        os.kill(worker, signal.SIGKILL)
        until(lambda: worker not in httpd.children(), "the child to be gone")


def compare(scene: Scene, side: str) -> str:
    """Compare one side of the site with Jira, and do what follows; how it ended."""
    scene.admin.post(f"/api/sites/{side}/reconcile", {}).expect(202)
    state = until(lambda: (found := scene.admin.get(f"/api/sites/{side}/reconcile").expect(200)
                           .json()["state"]) in ENDED and found, "the comparison to end", 60)
    scene.settle()
    return state


def world_names(world: Upheaval) -> set[str]:
    """People who are told to be administrators: their tasks say that they are not made so."""
    return {user["userName"] for teller in world.tellers for user in teller.users.values()}


@pytest.mark.parametrize("kind", [Upheaval, CustomersUpheaval], ids=["users", "customers"])
@pytest.mark.parametrize("seed", SEEDS)
def test_all_settles_as_it_is_wanted(seed: int, kind: type[Upheaval], scene: Scene,
                                     httpd: Httpd) -> None:
    for message in ("SCIM0121", "SCIM0122", "SCIM0124", "AH00052"):
        httpd.error_log.expect(message, optional=True)
    world = kind(scene, seed)
    # The worker MPM resets connections that a child has taken when it ends one: no matter of ours.
    disasters = set(world.chance.sample(range(STEPS), DISASTERS if httpd.mpm != "worker" else 0))
    for number in range(STEPS):
        world.step()
        if number in disasters:
            strike(httpd, scene, world)
    scene.control.remove_faults()
    scene.put_site()  # all that waits or is parked is due
    scene.settle(SETTLE_SECONDS)
    for side in world.sides():
        assert compare(scene, side) == "done"
    until(lambda: set(scene.parked()) <= {ADMINISTRATORS, world.owner, *world_names(world)},
          "nothing else to be parked")
    held = scene.held()
    assert world.judge(held) == []
    assert {name: task["detail"] for name, task in scene.parked().items()
            if "protected" not in task["detail"] and "administrators" not in task["detail"]} == {}

"""The sums of a plan: of few those of now, whatever comes and goes; of many those of one moment,
which is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import sql
from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.scene import Scene, add_members, deactivate, scene  # noqa: F401

pytestmark = pytest.mark.any_mpm

DRY = "dry"
MANY = 1200
STATES = ("waiting", "planned", "failed", "held", "discarded")


def sums(scene: Scene) -> dict[str, Any]:
    plan = scene.admin.plan(DRY, limit=1)
    return {name: plan[name] for name in ("tasks", "planned", "countedAt")}


def tasks(**states: int) -> dict[str, int]:
    return dict.fromkeys(STATES, 0) | states


def test_few_are_counted_at_once(scene: Scene) -> None:
    """Nobody waits for a minute: what is told is in the next answer."""
    idp = scene.idp(name=DRY)
    ada = idp.create_user("ada@example.com")
    team = idp.create_group("team", [ada["id"]])
    scene.settle()
    scene.admin.set_state(DRY, "dryRun")
    assert sums(scene) == {"tasks": tasks(), "countedAt": None,
                           "planned": {"calls": {}, "withheld": {}}}
    calls = {"createAccount": 0, "addMember": 0}
    for number in range(1, 6):
        eva = idp.create_user(f"eva-{number}@example.com")
        add_members(idp, team, eva)
        calls = {name: count + 1 for name, count in calls.items()}
        scene.settle()
        assert sums(scene) == {"tasks": tasks(planned=number), "countedAt": None,
                               "planned": {"calls": calls, "withheld": {}}}
    deactivate(idp, ada)
    scene.settle()
    assert sums(scene)["planned"]["calls"]["removeMember"] == 2
    idp.delete(f"/Users/{eva['id']}").expect(204)
    scene.settle()
    assert sums(scene)["planned"]["calls"] == {
        "createAccount": 4, "addMember": 4, "removeMember": 2}
    scene.admin.set_state(DRY, "paused")
    scene.admin.post(f"/api/tasks/retry?idp={DRY}", {}).expect(200)
    after = sums(scene)
    assert after["planned"] == {"calls": {}, "withheld": {}} and after["countedAt"] is None
    assert after["tasks"]["planned"] == 0 and after["tasks"]["waiting"] >= 5


# As if so many more had been told of, and planned.
CROWD = f"""
INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created, changed,
                  name)
 WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {MANY})
 SELECT t.site, t.idp, t.kind, 'crowd-' || n, 'planned', 1, 0, t.next_at, 0, t.created, t.changed,
        'crowd-' || n FROM task t, n WHERE t.name = 'ada@example.com' AND t.idp = '{DRY}'"""
COUNTS = """
INSERT INTO plan_count (task, what, count, idp, kind, subject)
 SELECT id, 'call:removeMember', 2, idp, kind, subject FROM task WHERE subject LIKE 'crowd-%'"""


def test_of_many_it_is_said_when_they_were_counted(scene: Scene, httpd: Httpd) -> None:
    idp = scene.idp(name=DRY, state="dryRun")
    idp.create_user("ada@example.com")
    scene.settle()
    for statement in (CROWD, COUNTS):
        sql.execute(httpd.database, statement)
    many = {"tasks": tasks(planned=MANY + 1),
            "planned": {"calls": {"createAccount": 1, "removeMember": 2 * MANY}, "withheld": {}}}
    found = sums(scene)
    assert many.items() <= found.items(), "all are there, counted a minute ago or not"
    httpd.graceful()  # who begins to provision counts at once, and then each minute
    counted = until(lambda: sums(scene)["countedAt"], "the provisioner to count them", 90)
    assert many.items() <= sums(scene).items()
    page = scene.admin.plan(DRY, limit=10, call="removeMember", sums=False)
    assert len(page["subjects"]) == 10 and page["next"] and page["countedAt"] is None

    idp.create_user("eva@example.com")
    scene.settle()
    later = sums(scene)
    assert later["countedAt"] > counted or many.items() <= later.items()
    sql.execute(httpd.database, "DELETE FROM task WHERE subject LIKE 'crowd-%'")
    assert sums(scene) == {"tasks": tasks(planned=2), "countedAt": None,
                           "planned": {"calls": {"createAccount": 2}, "withheld": {}}}

"""Decisions about what the guard holds are about what somebody has seen: If-Match."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.integration.scene import Scene, deactivate, scene  # noqa: F401
from tests.integration.test_admin import assert_problem
from tests.integration.test_guard import held, told_at_once, trips, with_access
from tests.integration.test_guard_discard import discarded, gone, guarded_idp, people

pytestmark = pytest.mark.any_mpm


@pytest.fixture(autouse=True)
def guarded(httpd: Httpd) -> Iterator[None]:
    """Each time that it trips, it says so in the log."""
    httpd.error_log.expect("SCIM0160", optional=True)
    yield


def decide(scene: Scene, idp: ScimClient, what: str, etag: str, query: str | None = None) -> Any:
    query = query or f"site={scene.site}&kind=deactivations"
    return scene.admin.request("POST", f"/api/idps/{scene.name_of(idp)}/guard/{what}?{query}", {},
                               headers={"If-Match": etag})


@pytest.mark.parametrize("what", ["release", "discard"])
def test_a_count_that_holds_others_by_now_is_not_decided_about(scene: Scene, what: str) -> None:
    idp = guarded_idp(scene)
    users = people(idp, 3)
    scene.settle()
    told_at_once(scene, idp, lambda: [deactivate(idp, user) for user in users[:2]])
    scene.settle()
    seen = trips(scene)[0]["etag"]
    assert trips(scene)[0]["etag"] == seen
    deactivate(idp, users[2])
    scene.settle()
    assert_problem(decide(scene, idp, what, seen), 412, "another version")
    assert len(held(scene)) == 3 and discarded(scene) == {} and with_access(scene) == 3
    now = trips(scene)[0]["etag"]
    # Who is told active again is let go: as many are held by then as had been seen.
    deactivate(idp, users[0], True)
    scene.settle()
    assert len(held(scene)) == 2
    for old in (seen, now):
        assert_problem(decide(scene, idp, what, old), 412, "another version")
    decide(scene, idp, what, trips(scene)[0]["etag"]).expect(200)
    scene.settle()
    assert held(scene) == {} and with_access(scene) == (1 if what == "release" else 3)
    assert_problem(decide(scene, idp, what, now), 412, "holds nothing")


def test_a_version_is_of_one_count(scene: Scene) -> None:
    idp, _ = gone(scene)
    etag = trips(scene)[0]["etag"]
    for query in ("site=" + scene.site, "kind=deactivations"):
        assert_problem(decide(scene, idp, "release", etag, query), 400, "site and kind")
    assert len(held(scene)) == 3


def test_a_task_is_decided_about_as_it_was_seen(scene: Scene) -> None:
    gone(scene)
    path = f"/api/tasks/{held(scene)['u0@example.com']['id']}"
    seen = scene.admin.get(path).expect(200).headers["ETag"]
    # A look at it that finds the same is no other version of it.
    scene.admin.post(f"{path}/retry", {}).expect(204)
    scene.settle()
    assert scene.admin.get(path).headers["ETag"] == seen
    scene.admin.request("DELETE", path, headers={"If-Match": seen}).expect(204)
    now = scene.admin.get(path).headers["ETag"]
    assert now != seen
    for call in ("release", "retry"):
        answer = scene.admin.request("POST", f"{path}/{call}", {}, headers={"If-Match": seen})
        assert_problem(answer, 412, "another version")
    assert set(discarded(scene)) == {"u0@example.com"}
    scene.admin.request("POST", f"{path}/release", {}, headers={"If-Match": now}).expect(204)
    assert scene.settle().groups_of("u0@example.com") == set()

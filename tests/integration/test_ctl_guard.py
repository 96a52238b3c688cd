"""scim-syncctl: what the guard holds, released and discarded from the command line."""

from __future__ import annotations

import re
from typing import Iterator

import pytest

from tests.harness.conf import Settings
from tests.harness.ctl import DIFFERENT, FAILED, REFUSED, STALE, USAGE, Ctl
from tests.harness.httpd import Httpd
from tests.integration.scene import (  # noqa: F401
    SOFTWARE, Scene, deactivate, remove_member, scene)
from tests.integration.test_guard import held, told_at_once, trips, with_access
from tests.integration.test_guard_discard import discarded, gone, guarded_idp, people

SETTINGS = Settings(locations={"/look": """
    SetHandler scim-sync-admin
    AuthType Basic
    AuthName "scim-sync"
    AuthUserFile conf/htpasswd
    Require valid-user
    ScimSyncReader valid-user"""})

pytestmark = [pytest.mark.any_mpm,
              pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=["reader"])]


@pytest.fixture(autouse=True)
def guarded(httpd: Httpd) -> Iterator[None]:
    """Each time that it trips, it says so in the log."""
    httpd.error_log.expect("SCIM0160", optional=True)
    yield


def tripped(scene: Scene, count: int = 3) -> str:
    """People who have left, and are held; returns the IdP's name."""
    return scene.name_of(gone(scene, count)[0])


# What it holds


def test_show_says_who_would_lose_what(ctl: Ctl, scene: Scene) -> None:
    assert ctl.run("guard", "show").expect().out == "The guard holds nothing.\n"
    name = tripped(scene)
    assert ctl.run("guard", "show", name).expect().out == ctl.run("guard", "show").expect().out
    out = ctl.run("guard", "show", name).expect().out
    assert out.startswith(f"{name} at {scene.site}: 3 people lose all access if it is released\n")
    assert "3 people would lose their access within 60 minutes" in out
    for number in range(3):
        task = held(scene)[f"u{number}@example.com"]
        assert re.search(rf"^ *{task['id']}  u{number}@example.com +user +{SOFTWARE}$", out,
                         re.MULTILINE), out
    short = ctl.run("guard", "show", name, "--limit", 1).expect().out
    assert "u1@example.com" not in short and "and 2 more" in short
    shown, = ctl.json("guard", "show", name)["guard"]
    assert len(shown.pop("tasks")) == 3 and shown == trips(scene)[0]


def test_one_is_said_as_one(ctl: Ctl, scene: Scene) -> None:
    name = tripped(scene, 1)
    out = ctl.run("guard", "show", name).expect().out
    assert "1 person loses all access if" in out and "1 person would lose their access" in out


def test_what_is_not_there_is_said(ctl: Ctl, scene: Scene) -> None:
    tripped(scene)
    idle = scene.name_of(scene.idp())
    for command in ("show", "release", "discard"):
        assert "404" in ctl.run("guard", command, "nobody").expect(FAILED).err
        assert "--kind must be" in ctl.run("guard", command, idle, "--kind", "x").expect(USAGE).err
        done = ctl.run("guard", command, idle).expect()
        assert done.out == f"The guard holds nothing of {idle}.\n"
    assert ctl.json("guard", "release", idle) == {"released": 0}
    for command in ("release", "discard"):
        ctl.run("guard", command).expect(USAGE)
    assert len(held(scene)) == 3


# What becomes of it


def test_released_leavers_lose_their_access(ctl: Ctl, scene: Scene) -> None:
    name = tripped(scene)
    done = ctl.run("guard", "release", name, "--yes").expect()
    assert done.out == "3 released\n" and "u2@example.com" in done.err
    assert "3 people lose all access" in done.err
    scene.settle()
    assert with_access(scene) == 0 and held(scene) == {} and trips(scene) == []


def test_discarded_leavers_keep_their_access(ctl: Ctl, scene: Scene) -> None:
    name = tripped(scene)
    assert ctl.json("guard", "discard", name, "--yes") == {"discarded": 3}
    scene.settle()
    assert with_access(scene) == 3 and len(discarded(scene)) == 3 and trips(scene) == []


def test_a_part_of_it_by_site_and_kind(ctl: Ctl, scene: Scene) -> None:
    name = tripped(scene)
    for part in (("--kind", "deletions"), ("--site", "else")):
        assert "holds nothing" in ctl.run("guard", "release", name, *part, "--yes").expect().out
    assert len(held(scene)) == 3
    ctl.run("guard", "release", name, "--site", scene.site, "--kind", "deactivations",
            "--yes").expect()
    scene.settle()
    assert with_access(scene) == 0


def test_without_somebody_to_ask_nothing_is_decided(ctl: Ctl, scene: Scene) -> None:
    name = tripped(scene)
    task = held(scene)["u0@example.com"]["id"]
    for noun, which in (("guard", name), ("task", task)):
        for verb in ("release", "discard"):
            done = ctl.run(noun, verb, which).expect(USAGE)
            assert "say --yes" in done.err and "Nothing was changed" in done.err
            assert "u0@example.com" in done.err and done.out == ""
    scene.settle()
    assert len(held(scene)) == 3 and with_access(scene) == 3


def test_at_a_terminal_it_asks(ctl: Ctl, scene: Scene) -> None:
    name = tripped(scene)
    no = ctl.at_terminal("guard", "release", name, after="[y/N]", typed=lambda: "\n")
    assert "Nothing was changed" in no.expect(DIFFERENT).out
    assert no.out.index("u0@example.com") < no.out.index("Release all of this?")
    assert len(held(scene)) == 3 and with_access(scene) == 3
    yes = ctl.at_terminal("guard", "release", name, after="[y/N]", typed=lambda: "y\n").expect()
    assert "3 released" in yes.out
    scene.settle()
    assert with_access(scene) == 0


@pytest.mark.parametrize("verb", ["release", "discard"])
def test_who_was_not_shown_is_not_decided_about(ctl: Ctl, scene: Scene, verb: str) -> None:
    """Between the look and the answer the guard holds one more."""
    idp = guarded_idp(scene)
    users = people(idp, 3)
    scene.settle()
    told_at_once(scene, idp, lambda: [deactivate(idp, user) for user in users[:2]])
    scene.settle()

    def one_more_and_agree() -> str:
        deactivate(idp, users[2])
        scene.settle()
        assert len(held(scene)) == 3
        return "y\n"

    done = ctl.at_terminal("guard", verb, scene.name_of(idp), after="[y/N]",
                           typed=one_more_and_agree).expect(STALE)
    assert "2 people lose all access" in done.out and f"nothing is {verb}" in done.out
    scene.settle()
    assert len(held(scene)) == 3 and with_access(scene) == 3 and discarded(scene) == {}


def test_a_reader_decides_nothing(ctl: Ctl, scene: Scene, httpd: Httpd) -> None:
    name = tripped(scene)
    task = held(scene)["u0@example.com"]["id"]
    look = {"SCIM_SYNC_URL": f"{httpd.url}/look"}
    httpd.error_log.expect("SCIM0202", count=4)
    assert "u0@example.com" in ctl.run("guard", "show", name, **look).expect().out
    for noun, which in (("guard", name), ("task", task)):
        for verb in ("release", "discard"):
            done = ctl.run(noun, verb, which, "--yes", **look).expect(REFUSED)
            assert "ScimSyncAdministrator" in done.err
    assert len(held(scene)) == 3 and with_access(scene) == 3


# Single tasks


def test_single_tasks_are_released_and_discarded(ctl: Ctl, scene: Scene) -> None:
    tripped(scene)
    tasks = {person: task["id"] for person, task in held(scene).items()}
    done = ctl.run("task", "release", tasks["u0@example.com"], "--yes").expect()
    assert done.out == "1 released\n" and f"loses {SOFTWARE}" in done.err
    assert scene.settle().groups_of("u0@example.com") == set()
    assert ctl.json("task", "discard", tasks["u1@example.com"], "--yes") == {"discarded": 1}
    assert set(discarded(scene)) == {"u1@example.com"} and len(held(scene)) == 1
    # What is done, or decided already, is said, and stops none of the others.
    done = ctl.run("task", "discard", *tasks.values(), "--yes").expect(FAILED)
    assert done.out == "1 discarded\n" and "There is no task" in done.err
    assert "is discarded: there is nothing to discard" in done.err
    scene.settle()
    assert len(discarded(scene)) == 2 and with_access(scene) == 2
    ctl.run("task", "release", "--state", "discarded", "--site", scene.site, "--yes").expect()
    scene.settle()
    assert with_access(scene) == 0


def test_tasks_are_discarded_by_what_they_have_in_common(ctl: Ctl, scene: Scene) -> None:
    idp = scene.idp()
    for name in ("no-address", "none-either"):
        idp.create_user(name)
    scene.settle()
    which = ("--state", "failed", "--idp", scene.name_of(idp))
    done = ctl.at_terminal("task", "discard", *which, after="[y/N]", typed=lambda: "y\n").expect()
    assert "Discard 2 tasks?" in done.out and "is dropped; its last words: " in done.out
    assert "2 discarded" in done.out and scene.parked() == {}
    assert ctl.json("task", "discard", *which) == {"discarded": 0}
    for wrong in ((), ("--idp", scene.name_of(idp)), ("7", "--state", "failed")):
        assert "Which tasks?" in ctl.run("task", "discard", *wrong, "--yes").expect(USAGE).err


def test_a_task_that_holds_more_by_now_is_not_released(ctl: Ctl, scene: Scene) -> None:
    idp = guarded_idp(scene)
    user, = people(idp, 1)
    first, second = (idp.create_group(name, [user["id"]]) for name in ("devs", "ops"))
    scene.settle()
    remove_member(idp, first, user)
    scene.settle()
    task = held(scene)["u0@example.com"]
    assert task["takes"] == "devs"

    def more_and_agree() -> str:
        remove_member(idp, second, user)
        scene.settle()
        assert "ops" in held(scene)["u0@example.com"]["takes"]
        return "y\n"

    done = ctl.at_terminal("task", "release", task["id"], after="[y/N]",
                           typed=more_and_agree).expect(STALE)
    assert f"Task {task['id']} is not released" in done.out and "0 released" in done.out
    assert scene.settle().groups_of("u0@example.com") == {SOFTWARE, "devs", "ops"}

"""What comes from npm is tried where npm is there, and its want is said and no failure; a full run
brings npm, so that nothing is left out of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from tests.harness import npm
from tests.harness.counts import Counts
from tests.harness.execution import Execution, Terminal
from tests.harness.npm import AXE_CORE, OIDC_PROVIDER, Packages
from tests.harness.scratch import ROOT
from tests.harness.stages import Choice, chosen

Install = Callable[[str | None], Counts]


@pytest.fixture(params=[AXE_CORE, OIDC_PROVIDER], ids=lambda packages: packages.source.name)
def packages(request: pytest.FixtureRequest, tmp_path: Path) -> Packages:
    """To be installed into an empty place."""
    pinned: Packages = request.param
    return Packages(pinned.source, tmp_path / "place", pinned.tests)


@pytest.fixture
def set_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """npm is this script; None: there is none."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/bin")
    monkeypatch.setattr(npm.shutil, "which",
                        lambda name: (programs / name) if (programs / name).exists() else None)

    def write(script: str | None) -> None:
        if script is not None:
            (programs / "npm").write_text(f"#!/bin/sh\n{script}\n")
            (programs / "npm").chmod(0o755)

    return write


@pytest.fixture
def install(packages: Packages, set_npm: Callable[[str | None], None], tmp_path: Path) -> Install:
    """By the stage, with such an npm."""
    def run(script: str | None) -> Counts:
        set_npm(script)
        x = Execution("npm", Terminal(), tmp_path, None)
        try:
            return packages.stage(x)
        finally:
            x.close()

    return run


def test_without_npm_it_is_left_out_and_said(install: Install, packages: Packages) -> None:
    counts = install(None)
    assert (counts.failed, counts.skipped) == (0, 1)
    assert counts.notes == [f"{packages.tests}, since npm is not there"]
    assert packages.lacking() == "npm is not there"


@pytest.mark.parametrize("word", ["npm error code ENOTFOUND", "npm ERR! code ECONNREFUSED",
                                  "npm error code EAI_AGAIN"])
def test_without_a_network_too(word: str, install: Install, packages: Packages) -> None:
    counts = install(f"echo '{word}' >&2; exit 1")
    assert (counts.failed, counts.skipped) == (0, 1)
    assert "does not reach its registry" in counts.notes[0]
    assert word in (packages.lacking() or "")


def test_a_package_that_is_not_the_one_that_was_pinned_fails(install: Install) -> None:
    counts = install("echo 'npm error code EINTEGRITY'; exit 1")
    assert (counts.failed, counts.skipped, counts.notes) == (1, 0, [])


DONE = "test ! -e node_modules && mkdir node_modules && touch node_modules/.package-lock.json"


def test_it_is_installed_once(install: Install, packages: Packages) -> None:
    assert not packages.are_installed
    assert install(DONE).passed == 1
    assert packages.are_installed
    assert install(DONE).passed == 1


def test_it_is_installed_for_pytest_alone_too(set_npm: Callable[[str | None], None],
                                              packages: Packages) -> None:
    set_npm(DONE)
    assert packages.lacking() is None and packages.are_installed


def test_a_run_of_the_console_installs_npm_and_then_axe_core() -> None:
    listed = (ROOT / "tests" / "packages").read_text()
    assert "\nnpm " in listed.split("\n[console]\n")[1].split("\n[")[0]
    names = [stage.name for stage in chosen(Choice(parts=["console"]))]
    assert names.index("axe-core") < names.index("console")


@pytest.mark.parametrize("provides, status", [("npm, nodejs-doc (= 20)", 0),
                                              ("nodejs-doc, npm (= 9.2.0)", 0),
                                              ("nodejs-npm, npm-doc", 9)])
def test_what_another_package_brings_is_not_installed_once_more(provides: str, status: int,
                                                                tmp_path: Path) -> None:
    """Node.js of others than Debian brings npm, and can't stand beside Debian's."""
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "packages").write_text("[console]\nnpm    # its registry\n")
    (tests / "install-packages").write_text((ROOT / "tests" / "install-packages").read_text())
    for name, script in {"dpkg-query": f"echo 'ii , nodejs, {provides},'; echo 'rc , npm, ,'",
                         "apt-get": "exit 9", "id": "echo 0"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(["sh", tests / "install-packages", "console"], capture_output=True,
                          env={"PATH": f"{tmp_path}:{os.defpath}"}, text=True)
    assert (done.returncode != 0) == (status != 0), done.stderr
    assert ("npm" in done.stdout) == (status != 0)

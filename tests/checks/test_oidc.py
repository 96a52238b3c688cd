"""Installing oidc-provider is tried where npm is there, and its want is said and no failure."""

from pathlib import Path
from typing import Callable

import pytest

from tests.harness import oidc
from tests.harness.counts import Counts
from tests.harness.execution import Execution, Terminal


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], Counts]:
    """Installs into an empty place with an npm that is this script; None: there is none."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/bin")
    monkeypatch.setattr(oidc, "PLACE", tmp_path / "place")
    monkeypatch.setattr(oidc.shutil, "which",
                        lambda name: (programs / name) if (programs / name).exists() else None)

    def run(npm: str | None) -> Counts:
        if npm is not None:
            for name in ("node", "npm"):
                (programs / name).write_text(f"#!/bin/sh\n{npm}\n")
                (programs / name).chmod(0o755)
        x = Execution("oidc-provider", Terminal(), tmp_path, None)
        try:
            return oidc.install(x)
        finally:
            x.close()

    return run


def test_without_npm_it_is_left_out_and_said(install: Callable[[str | None], Counts]) -> None:
    counts = install(None)
    assert (counts.failed, counts.skipped) == (0, 1)
    assert "npm is not there" in counts.notes[0]


@pytest.mark.parametrize("word", ["npm error code ENOTFOUND", "npm ERR! code ECONNREFUSED",
                                  "npm error code EAI_AGAIN"])
def test_without_a_network_too(word: str, install: Callable[[str | None], Counts]) -> None:
    counts = install(f"echo '{word}'; exit 1")
    assert (counts.failed, counts.skipped) == (0, 1)
    assert "does not reach its registry" in counts.notes[0]


def test_a_package_that_is_not_the_one_that_was_pinned_fails(
        install: Callable[[str | None], Counts]) -> None:
    counts = install("echo 'npm error code EINTEGRITY'; exit 1")
    assert (counts.failed, counts.skipped, counts.notes) == (1, 0, [])


def test_it_is_installed_once(install: Callable[[str | None], Counts]) -> None:
    done = "test ! -e node_modules && mkdir node_modules && touch node_modules/.package-lock.json"
    assert oidc.lacking() is not None
    assert install(done).passed == 1
    assert oidc.lacking() is None
    assert install(done).passed == 1

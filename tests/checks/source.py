"""The project's own files, as the checks read them. A check that finds nothing to look at fails."""

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Iterable

import pytest

from tests.harness.scratch import ROOT

MODULE = ROOT / "mod_scim_sync"
CTL = ROOT / "scim-syncctl"

C_TOKEN = re.compile(r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(/\*.*?\*/|//[^\n]*)""",
                     re.DOTALL)


@cache
def ours() -> tuple[Path, ...]:
    """Every file that is committed or would be."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = tuple(sorted(path for name in set(listed.split("\0")) if name
                         if (path := ROOT / name).is_file()))
    assert found, "git lists no files"
    return found


def files(*suffixes: str, under: Path = ROOT) -> list[Path]:
    """Our files with one of these suffixes in a directory; there must be some."""
    found = [path for path in ours() if path.suffix in suffixes and path.is_relative_to(under)]
    assert found, f"no {' or '.join(suffixes)} files under {under}"
    return found


def scripts() -> list[Path]:
    """Our shell scripts, by their first line, or what they say to shellcheck."""
    found = [path for path in ours() if not path.suffix or path.suffix == ".sh"
             if re.match(rb"#!.*\b(ba)?sh\b", path.read_bytes()[:64])
             or b"\n# shellcheck shell=" in path.read_bytes()[:512]]
    assert found, "no shell scripts"
    return found


def none(wrong: Iterable[str]) -> None:
    """Fails with a line for each thing that is wrong."""
    found = list(wrong)
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text(path: Path) -> str:
    assert path.exists(), f"{name(path)} is missing"
    return path.read_text()


def without_comments(path: Path) -> str:
    """C source with its comments blanked; lines stay where they are."""
    return C_TOKEN.sub(lambda m: m[0] if m[1] else re.sub(r"[^\n]", " ", m[0]), text(path))


def code(path: Path) -> str:
    """C source with comments blanked and strings emptied."""
    return C_TOKEN.sub(lambda m: '""' if m[1] else re.sub(r"[^\n]", " ", m[0]), text(path))


def strings(path: Path) -> list[str]:
    """The string literals of a C file; neighbours count as one, as the compiler takes them."""
    joined = re.sub(r'"\s*"', "", without_comments(path))
    return [m[1][1:-1] for m in C_TOKEN.finditer(joined) if m[1] and m[1].startswith('"')]

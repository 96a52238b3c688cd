"""axe-core, which looks at a page for what keeps people out. It comes from npm, for tests alone."""

import json
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.console.window import Window
from tests.harness.scratch import ROOT

HERE = Path(__file__).parent
INSTALLED = ROOT / "build" / "npm"
SERIOUS = ("serious", "critical")


@cache
def source() -> str:
    """Its text; where npm, or its registry, is not to be had the test is skipped."""
    script = INSTALLED / "node_modules" / "axe-core" / "axe.min.js"
    wanted = json.loads((HERE / "package.json").read_text())["devDependencies"]["axe-core"]
    package = script.with_name("package.json")
    if not package.exists() or json.loads(package.read_text())["version"] != wanted:
        install()
    return script.read_text()


def install() -> None:
    if shutil.which("npm") is None:
        pytest.skip("no npm, which axe-core comes by")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, INSTALLED)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                          cwd=INSTALLED, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        pytest.skip(f"npm can't get axe-core: {done.stderr.strip()[-200:]}")


def faults(window: Window) -> list[str]:
    """The serious ones of the page as it is shown now, each with where it is."""
    if not window.script("return Boolean(window.axe)"):
        window.script(source())
    found: dict[str, Any] = window.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document, { resultTypes: ['violations'] }).then(done);")
    return [f"{each['id']}: {each['help']}: {node['html'][:120]}"
            for each in found["violations"] if each["impact"] in SERIOUS
            for node in each["nodes"]]

"""axe-core, which looks at a page for what keeps people out. It comes from npm, for tests alone."""

from functools import cache
from typing import Any

import pytest

from tests.console.window import Window
from tests.harness.npm import AXE_CORE

SERIOUS = ("serious", "critical")


@cache
def lacking() -> str | None:
    """Why it can't be had; None: it is there."""
    return AXE_CORE.lacking()


@cache
def source() -> str:
    """Its text; where npm, or its registry, is not to be had the test is skipped. tests/run says so
    at its end."""
    if why := lacking():
        pytest.skip(f"no axe-core: {why}")
    return (AXE_CORE.place / "node_modules" / "axe-core" / "axe.min.js").read_text()


def faults(window: Window, *rules: str) -> list[str]:
    """The serious ones of the page as it is shown now, each with where it is; of these rules of
    axe's alone, if any are given."""
    if not window.script("return Boolean(window.axe)"):
        window.script(source())
    found: dict[str, Any] = window.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document, { resultTypes: ['violations'], ...arguments[0] }).then(done);",
        {"runOnly": rules} if rules else {})
    return [f"{each['id']}: {each['help']}: {node['html'][:120]}"
            for each in found["violations"] if each["impact"] in SERIOUS
            for node in each["nodes"]]

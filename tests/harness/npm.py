"""Packages of npm that tests need, as a package-lock.json pins them: a stage of tests/run installs
each into build/, when npm reaches its registry. Without them the tests that need them are skipped,
and the end of the run says so."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.harness.counts import Counts
from tests.harness.execution import Execution
from tests.harness.scratch import ROOT

FILES = ("package.json", "package-lock.json")
SECONDS = 300

# What npm says when it does not reach its registry.
OFFLINE = re.compile(r"npm (?:error|ERR!) code E(NOTFOUND|AI_AGAIN|CONN\w+|TIMEDOUT|NETUNREACH|"
                     r"HOSTUNREACH|40[37]|5\d\d)|ERR_SOCKET_TIMEOUT")


@dataclass(frozen=True)
class Packages:
    """Those that the files in `source` pin, installed at `place`; `tests` need them."""

    source: Path
    place: Path
    tests: str

    @property
    def are_installed(self) -> bool:
        installed = self.place / "node_modules" / ".package-lock.json"
        return installed.exists() and all(
            (self.place / name).exists()
            and (self.place / name).read_bytes() == (self.source / name).read_bytes()
            for name in FILES)

    def stage(self, x: Execution) -> Counts:
        """Of tests/run: never a failure for want of npm or of a network."""
        if self.are_installed:
            return Counts(passed=1)
        if shutil.which("npm") is None:
            return self._left_out("npm is not there")
        status = x.run(self._begin(), directory=self.place)
        if status == 0:
            return Counts(passed=1)
        if OFFLINE.search(x.log_file.read_text()):
            return self._left_out("npm does not reach its registry")
        return Counts(failures=[f"{x.stage}: npm ci ended with status {status}"])

    def lacking(self) -> str | None:
        """For who runs pytest without tests/run: installs them if they are not there. Why that is
        not possible; None: they are there."""
        if self.are_installed:
            return None
        if shutil.which("npm") is None:
            return "npm is not there"
        try:
            done = subprocess.run(self._begin(), cwd=self.place, capture_output=True, text=True,
                                  timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return f"npm had no answer of its registry within {SECONDS} s"
        return None if done.returncode == 0 else f"npm: {done.stderr.strip()[-200:]}"

    def _begin(self) -> list[str]:
        """What npm is told, at `place`."""
        self.place.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(self.source / name, self.place / name)
        return ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]

    def _left_out(self, why: str) -> Counts:
        return Counts(skipped=1, notes=[f"{self.tests}, since {why}"])


AXE_CORE = Packages(ROOT / "tests" / "console", ROOT / "build" / "npm",
                    "tests of accessibility with axe-core")
OIDC_PROVIDER = Packages(ROOT / "tests" / "simulators" / "google" / "oidc",
                         ROOT / "build" / "oidc-provider",
                         "tests of Google's OAuth against oidc-provider")

"""node-oidc-provider in the place of Google's OAuth: a certified server that is not ours.

tests/run installs it into build/, as tests/simulators/google/oidc/package-lock.json says, when npm
is there and reaches its registry. Without it the tests that need it are skipped, and say so.
"""

import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from tests.harness import scratch
from tests.harness.counts import Counts
from tests.harness.errorlog import tail
from tests.harness.execution import Execution
from tests.harness.wait import until

SOURCE = scratch.ROOT / "tests" / "simulators" / "google" / "oidc"
PLACE = scratch.ROOT / "build" / "oidc-provider"
PACKAGE = ("package.json", "package-lock.json")
START_SECONDS = 30

# What npm says when it does not reach its registry.
OFFLINE = re.compile(r"npm (?:error|ERR!) code E(NOTFOUND|AI_AGAIN|CONN\w+|TIMEDOUT|NETUNREACH|"
                     r"HOSTUNREACH)|ERR_SOCKET_TIMEOUT")


def lacking() -> str | None:
    """Why it can't be started; None: it can."""
    if shutil.which("node") is None:
        return "node is not there"
    installed = PLACE / "node_modules" / ".package-lock.json"
    if not installed.exists() or any((PLACE / name).read_bytes() != (SOURCE / name).read_bytes()
                                     for name in PACKAGE):
        return "oidc-provider is not installed: tests/run does it, where npm is there"
    return None


def install(x: Execution) -> Counts:
    """A stage of tests/run: never a failure for want of npm or of a network."""
    if lacking() is None:
        return Counts(passed=1)
    if shutil.which("npm") is None:
        return Counts(skipped=1, notes=[_left_out("npm is not there")])
    PLACE.mkdir(parents=True, exist_ok=True)
    for name in PACKAGE:
        shutil.copyfile(SOURCE / name, PLACE / name)
    status = x.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                    "--fetch-retries=1"], directory=PLACE)
    if status == 0:
        return Counts(passed=1)
    if OFFLINE.search(x.log_file.read_text()):
        return Counts(skipped=1, notes=[_left_out("npm does not reach its registry")])
    return Counts(failures=[f"{x.stage}: npm ci ended with status {status}"])


def _left_out(why: str) -> str:
    return f"tests of Google's OAuth against oidc-provider, since {why}"


class OidcServer:
    """One Cloud project with one client, as GoogleOAuth, played by node-oidc-provider."""

    def __init__(self, directory: Path, redirect_uri: str):
        self.log = directory / "oidc.log"
        # Packages are looked for where the program stands; one from stdin stands where it runs.
        with self.log.open("ab") as log, (SOURCE / "server.mjs").open("rb") as program:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", "node", "--input-type=module", "-",
                 redirect_uri], cwd=PLACE, stdin=program, stdout=log, stderr=log)
        try:
            said = until(self._said, "oidc-provider to start", START_SECONDS)
        except AssertionError:
            self.stop()
            raise
        self.url: str = said["url"]
        self.client_id: str = said["clientId"]
        self.client_secret: str = said["clientSecret"]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(START_SECONDS)

    def endpoints(self) -> dict[str, str]:
        return {"authorize": f"{self.url}/o/oauth2/v2/auth", "token": f"{self.url}/token",
                "revoke": f"{self.url}/revoke", "issuer": self.url, "directory": self.url}

    def set(self, **changes: Any) -> dict[str, Any]:
        """What server.mjs keeps in `world`, by its own names there."""
        request = urllib.request.Request(f"{self.url}/_control", json.dumps(changes).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def asked(self, grant: str) -> int:
        """Calls of the token endpoint for that grant."""
        return self.set()["asked"].count(grant)

    def refresh_tokens(self) -> int:
        """Those that are good."""
        return self.set()["refreshTokens"]

    def _said(self) -> dict[str, Any] | None:
        if self._process.poll() is not None:
            raise AssertionError(f"oidc-provider ended:\n{tail(self.log)}")
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return json.loads(lines[0]) if lines else None

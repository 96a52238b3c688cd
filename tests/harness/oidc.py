"""node-oidc-provider in the place of Google's OAuth: a certified server that is not ours.

tests/run installs it (tests/harness/npm.py). Without it the tests that need it are skipped, and say
so.
"""

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

from tests.harness.errorlog import tail
from tests.harness.npm import OIDC_PROVIDER
from tests.harness.wait import until

START_SECONDS = 30


def lacking() -> str | None:
    """Why it can't be started; None: it can."""
    if shutil.which("node") is None:
        return "node is not there"
    if not OIDC_PROVIDER.are_installed:
        return "oidc-provider is not installed: tests/run does it, where npm is there"
    return None


class OidcServer:
    """One Cloud project with one client, as GoogleOAuth, played by node-oidc-provider."""

    def __init__(self, directory: Path, redirect_uri: str):
        self.log = directory / "oidc.log"
        # Packages are looked for where the program stands; one from stdin stands where it runs.
        source = OIDC_PROVIDER.source / "server.mjs"
        with self.log.open("ab") as log, source.open("rb") as program:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", "node", "--input-type=module", "-",
                 redirect_uri], cwd=OIDC_PROVIDER.place, stdin=program, stdout=log, stderr=log)
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

"""The simulated Jira Cloud site as a process of its own, with an API token made for it."""

import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.harness.errorlog import tail
from tests.harness.scratch import ROOT
from tests.harness.wait import until

EMAIL = "provisioner@example.com"
START_SECONDS = 60


class JiraProcess:
    """What a Jira site is to the module: a base URL, an account's address and its API token.

    `control` is the simulator's own JiraControl: what the site holds, what was called, faults to
    inject.
    """

    def __init__(self, directory: Path, email: str = EMAIL):
        self.directory = directory
        self.email = email
        self.api_token = f"demo-{secrets.token_urlsafe(24)}"
        self.log = directory / "jira.log"
        self.url = ""
        self.control: Any = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        from tests.simulators.jira import JiraControl

        token_file = self.directory / "jira-token"
        token_file.touch(0o600)
        token_file.write_text(self.api_token + "\n")
        port_file = self.directory / "jira-port"
        port_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", sys.executable,
                 "-m", "tests.simulators.jira", "--port", "0", "--port-file", port_file,
                 "--email", self.email, "--token-file", token_file],
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        port = until(lambda: self._port(port_file), "the simulated Jira to start", START_SECONDS)
        self.url = f"http://127.0.0.1:{port}"
        self.control = JiraControl(self.url)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_SECONDS)
            self._process = None

    def tail(self, lines: int = 60) -> str:
        return tail(self.log, lines)

    def _port(self, port_file: Path) -> int:
        if self._process.poll() is not None:
            raise AssertionError(f"the simulated Jira ended with status {self._process.returncode}:"
                                 f"\n{self.tail()}")
        return int(port_file.read_text() or 0) if port_file.exists() else 0

"""scim-syncctl as an administrator runs it: a home of its own, and the password in a file."""

import json
import os
import pty
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from tests.harness import conf
from tests.harness.httpd import ADMIN_USER, Httpd
from tests.harness.wait import until

SECONDS = 120
TERMINAL_SECONDS = 30

# The program's exit status.
FINE, FAILED, USAGE, DIFFERENT, REFUSED, UNREACHABLE, STALE = range(7)


@dataclass(frozen=True)
class Done:
    """What a run came to."""

    status: int
    out: str
    err: str

    def expect(self, status: int = FINE) -> "Done":
        if self.status != status:
            raise AssertionError(f"status {self.status} in the place of {status}\n"
                                 f"--- stdout\n{self.out}\n--- stderr\n{self.err}")
        return self

    def json(self) -> Any:
        return json.loads(self.out)


class Ctl:
    """The program of the same build as the server's module, and the server that it talks to."""

    def __init__(self, server: Httpd, home: Path):
        self.program = server.module.parents[1] / "scim-syncctl" / "scim-syncctl"
        self.home = home
        self.url = server.url + conf.ADMIN_LOCATION
        self.password_file = home / "password"
        self.password_file.touch(0o600)
        self.password_file.write_text(server.admin_password + "\n")
        self.environment = {
            "HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
            "SCIM_SYNC_URL": self.url, "SCIM_SYNC_USER": ADMIN_USER,
            "SCIM_SYNC_PASSWORD_FILE": str(self.password_file),
        }

    def run(self, *arguments: object, stdin: str | None = None, **environment: str | None) -> Done:
        """Runs it without a terminal; a variable that is None is not set."""
        done = subprocess.run([self.program, *map(str, arguments)], input=stdin or "", text=True,
                              env=self.with_variables(environment), capture_output=True,
                              timeout=SECONDS)
        return Done(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: object) -> Any:
        return self.run(*arguments, "--json").expect().json()

    def with_variables(self, changes: dict[str, str | None]) -> dict[str, str]:
        both = {**self.environment, **changes}
        return {name: value for name, value in both.items() if value is not None}

    def at_terminal(self, *arguments: object, after: str, typed: Callable[[], str],
                    **environment: str | None) -> Done:
        """Runs it at a terminal, on which something is typed as soon as it shows `after`."""
        master, slave = pty.openpty()
        process = subprocess.Popen([self.program, *map(str, arguments)], stdin=slave, stdout=slave,
                                   stderr=slave, env=self.with_variables(environment),
                                   start_new_session=True)
        os.close(slave)
        shown, answered = b"", False
        deadline = time.monotonic() + TERMINAL_SECONDS
        while select.select([master], [], [], max(0, deadline - time.monotonic()))[0]:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the terminal's other end is closed
                break
            if not piece:
                break
            shown += piece
            if not answered and after.encode() in shown:
                os.write(master, typed().encode())
                answered = True
        else:
            process.kill()
        os.close(master)
        text = shown.decode().replace("\r\n", "\n")
        return Done(process.wait(SECONDS), text, text)


class Follower:
    """`event tail`, as it runs: its lines go into a file."""

    def __init__(self, ctl: Ctl, path: Path, *arguments: object):
        self.path = path
        self._errors = path.with_suffix(".err")
        with path.open("wb") as out, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [ctl.program, "event", "tail", "--json", "--interval", "1",
                 *map(str, arguments)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=ctl.environment)

    def events(self) -> list[dict[str, Any]]:
        text = self.path.read_text()
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def errors(self) -> str:
        return self._errors.read_text()

    def ids(self) -> list[int]:
        return [event["id"] for event in self.events()]

    def started(self) -> None:
        """It has shown something, so that what happens from now on is new to it."""
        until(lambda: self.events() or self.process.poll() is not None, "the first event")
        assert self.process.poll() is None, self.errors()

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def ctl(httpd: Httpd, tmp_path: Path) -> Ctl:
    """For the file's server."""
    return Ctl(httpd, tmp_path)


@pytest.fixture
def follow(ctl: Ctl, tmp_path: Path) -> Iterator[Any]:
    """Starts `event tail`: follow("--idp", name)."""
    started: list[Follower] = []

    def start(*arguments: object) -> Follower:
        path = tmp_path / f"tail-{len(started)}"
        started.append(Follower(ctl, path, *arguments))
        return started[-1]

    yield start
    for one in started:
        one.close()

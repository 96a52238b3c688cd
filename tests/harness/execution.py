"""Runs the commands of a stage: logs them, shows what matters, ends what hangs."""

import os
import re
import subprocess
import threading
import time
from collections import deque
from pathlib import Path
from typing import Sequence

from tests.harness import processes
from tests.harness.postgres import ENVIRONMENT, Postgres
from tests.harness.scratch import ROOT

STAGE_SECONDS = 45 * 60
SHOWN_ON_FAILURE = 80


class NotDone(Exception):
    """A stage could not be carried out; the message says why."""


class Terminal:
    """Whole lines from several stages at once, each with the time since the start."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        with self._lock:
            print(line, flush=True)

    def progress(self, line: str) -> None:
        self.say(f"[{time.monotonic() - self._start:5.0f} s] {line}")


class Execution:
    """What a stage's action gets: a way to run commands, and a log of what they print."""

    def __init__(self, stage: str, terminal: Terminal, logs: Path, cluster: Postgres | None):
        self.stage = stage
        self.logs = logs
        self.log_file = logs / (re.sub(r"\W+", "-", stage) + ".log")
        self._terminal = terminal
        self._cluster = cluster
        self._log = self.log_file.open("w")
        self._deadline = time.monotonic() + STAGE_SECONDS
        self._process: subprocess.Popen[str] | None = None
        self._ended = False

    def run(self, command: Sequence[object], *, directory: Path = ROOT, database: bool = False,
            environment: dict[str, str] | None = None, show: str | None = None) -> int:
        """Runs a command and returns its exit status.

        database  gives it a PostgreSQL database of its own, by $SCIM_SYNC_TEST_PGSQL
        show      an expression: lines that begin so are printed as they come; without it, the last
                  lines of a command that fails are printed
        """
        if self._ended:
            raise NotDone("the run was ended")
        words = [str(word) for word in command]
        self._log.write(f"+ cd {directory} && {' '.join(words)}\n")
        started = {**os.environ, **(environment or {}), **self._database(database)}
        self._process = subprocess.Popen(
            words, cwd=directory, env=started, text=True, errors="replace", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        timer = threading.Timer(max(self._deadline - time.monotonic(), 0), self._overdue)
        timer.start()
        try:
            last = self._read_output(show)
            status = self._process.wait()
        finally:
            timer.cancel()
        if status != 0 and show is None:
            for line in last:
                self._show(line)
        return status

    def end(self) -> None:
        """Ends what runs; no more commands are started."""
        self._ended = True
        if self._process is not None and self._process.poll() is None:
            processes.kill_session(self._process.pid)

    def close(self) -> None:
        self._log.close()

    def _overdue(self) -> None:
        self._terminal.progress(f"{self.stage}: ended after {STAGE_SECONDS // 60} minutes")
        self.end()

    def _database(self, wanted: bool) -> dict[str, str]:
        if not wanted or self._cluster is None:
            return {}
        return {ENVIRONMENT: self._cluster.create_database()}

    def _read_output(self, show: str | None) -> deque[str]:
        """To the end of the output; returns the last lines."""
        last: deque[str] = deque(maxlen=SHOWN_ON_FAILURE)
        for line in self._process.stdout:
            self._log.write(line)
            self._log.flush()
            last.append(line)
            if show is not None and re.match(show, line):
                self._show(line)
        return last

    def _show(self, line: str) -> None:
        self._terminal.say(f"  {self.stage} | {line.rstrip()}")

"""Going into the background: the caller's process waits until the other one says how it went."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Callable

FAILED = 1


def detach(log: Path) -> Callable[[int], None]:
    """Return in a new session of its own; the process that called never returns from here.

    It ends with the status that the returned function is called with, which also lets go of the
    terminal: from then on everything is written to `log`.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        _await(child, reading)
    os.close(reading)
    os.setsid()

    def released(status: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for standard in (1, 2):
            os.dup2(descriptor, standard)
        os.close(descriptor)
        os.write(writing, bytes([status]))
        os.close(writing)

    return released


def _await(child: int, reading: int) -> None:
    def pass_on(number: int, frame: object) -> None:
        os.kill(child, signal.SIGTERM)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    said = os.read(reading, 1)
    if said:
        os._exit(said[0])
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) or FAILED if os.WIFEXITED(status) else FAILED)

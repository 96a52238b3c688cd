"""Processes by session and by parent, as /proc shows them."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.harness.wait import until


@dataclass(frozen=True)
class Process:
    pid: int
    name: str
    parent: int
    session: int
    state: str
    threads: int

    @property
    def ended(self) -> bool:
        """A zombie holds nothing any more, but for one whose other threads are yet to end: it
        has its files until then, and the ports that it listens on."""
        return self.state == "Z" and self.threads <= 1


def every_process() -> list[Process]:
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            process = _read(int(entry))
            if process is not None:
                found.append(process)
    return found


def _read(pid: int) -> Process | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name stands in parentheses and may hold anything, blanks and parentheses too.
    start, _, rest = stat.rpartition(")")
    fields = rest.split()
    state, parent, _group, session = fields[:4]
    name = start.partition("(")[2]
    return Process(pid, name, int(parent), int(session), state, int(fields[17]))


def children_of(pid: int) -> list[int]:
    return [p.pid for p in _living_children(pid)]


def threads_of_copies(pid: int) -> set[int]:
    """How many threads the children of this process have that run the same program."""
    own = _read(pid)
    return {p.threads for p in _living_children(pid) if own is not None and p.name == own.name}


def _living_children(pid: int) -> list[Process]:
    return [p for p in every_process() if p.parent == pid and p.state != "Z"]


def session_members(session: int) -> list[int]:
    return [p.pid for p in every_process() if p.session == session and not p.ended]


def kill_session(session: int) -> list[int]:
    """SIGKILL for a session, orphans too; returns what there was once it is gone."""
    killed: set[int] = set()

    def emptied() -> bool:
        members = session_members(session)
        for pid in members:
            killed.add(pid)
            send(pid, signal.SIGKILL)
        return not members

    until(emptied, f"session {session} to be empty")
    return sorted(killed)


def send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def listens(pid: int, port: int) -> bool:
    """Whether the process holds a socket that listens on this IPv4 port."""
    inodes = _listening_inodes(port)
    try:
        for descriptor in os.scandir(f"/proc/{pid}/fd"):
            target = os.readlink(descriptor.path)
            if target.startswith("socket:[") and target[len("socket:["):-1] in inodes:
                return True
    except (FileNotFoundError, ProcessLookupError):
        return False
    except PermissionError:
        # What a process that is exiting shows to its own user.
        return False
    return False


def _listening_inodes(port: int) -> set[str]:
    listening = "0A"
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows
            if row[3] == listening and int(row[1].partition(":")[2], 16) == port}

"""run/: everything a run makes, who holds it, and how an older run is ended."""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import signal
from pathlib import Path

from tests.harness import scratch
from tests.harness.wait import TimedOut, until

RUN = scratch.ROOT / "run"
LOCK = RUN / "lock"
LOG = RUN / "quickstart.log"
ENV = RUN / "env"
STOP_SECONDS = 60


class RunError(Exception):
    """Something about run/ that a person has to see to; the text is a sentence."""


def holder() -> int | None:
    """Process id of the quickstart that runs now, None when none does."""
    try:
        with LOCK.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0)
    except FileNotFoundError:
        pass
    return None


def stop_holder(pid: int) -> None:
    """End that quickstart and wait until it has let go of run/."""
    try:
        os.kill(pid, signal.SIGTERM)
        until(lambda: holder() is None, f"process {pid} to end", STOP_SECONDS)
    except PermissionError:
        raise RunError(f"process {pid} belongs to another user; stop it as that user") from None
    except ProcessLookupError:
        until(lambda: holder() is None, "run/ to be free", STOP_SECONDS)
    except TimedOut:
        raise RunError(f"process {pid} did not end within {STOP_SECONDS} s") from None


def make_new() -> None:
    """An empty run/, whatever an earlier run left there."""
    try:
        RUN.mkdir(exist_ok=True)
        for entry in RUN.iterdir():
            if entry.is_symlink():
                _remove_scratch(entry)
            elif entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        RUN.chmod(0o755)
        (RUN / ".gitignore").write_text("*\n")
    except PermissionError as error:
        raise RunError(f"can't remove {error.filename}: it is of a run of another user; "
                       "remove the folder run/ as that user") from None


def hold() -> object:
    """Say that this process has run/ now; it does as long as the returned object lives."""
    lock = LOCK.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RunError("another quickstart is starting in this folder") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def server_directory() -> Path:
    """Where the server's files go: run/server, or what that points to.

    httpd's children drop root's rights. Where the way to run/ is closed to them (a checkout in
    root's home, say), the files are kept in the system's folder for temporary files.
    """
    directory = RUN / "server"
    if os.geteuid() == 0 and scratch.closed_parents(RUN):
        directory.symlink_to(scratch.make("quickstart"))
        return directory.resolve()
    directory.mkdir()
    directory.chmod(0o755)
    return directory


def write_env(values: dict[str, str]) -> None:
    """run/env: shell assignments, for this user's eyes only."""
    _write_for_us(ENV, "".join(f"{name}={shlex.quote(value)}\n"
                               for name, value in values.items()))


def write_ctl_config(path: str, values: dict[str, str]) -> None:
    """For scim-syncctl, of what run/env holds: `path` begins with run/."""
    password = RUN / "admin-password"
    _write_for_us(password, values["ADMIN_PASSWORD"] + "\n")
    _write_for_us(RUN.parent / path, f"url = {values['ADMIN_URL']}\nuser = {values['ADMIN_USER']}\n"
                  f"password-file = {password}\n")


def _write_for_us(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _remove_scratch(link: Path) -> None:
    target = link.resolve()
    if target.name.startswith("scim-sync-quickstart-") and target.parent == scratch.BASE.resolve():
        scratch.remove(target)
    link.unlink()

"""Directories for servers that drop their privileges: reachable by everybody."""

import os
import re
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

ENVIRONMENT = "SCIM_SYNC_TEST_SCRATCH"
BASE = Path(os.environ.get(ENVIRONMENT, tempfile.gettempdir()))

# A folder in memory, and the room that databases of a whole run need there, with much to spare.
MEMORY = Path("/dev/shm")
ROOM = 6 << 30


def fastest_base() -> Path:
    """Where nothing waits for a disk, unless the environment names another or there is no room.

    Databases flush each transaction. That they do is nothing that tests see, who kill servers and
    not the machine.
    """
    fits = os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if fits and ENVIRONMENT not in os.environ else BASE


def make(name: str, base: Path = BASE) -> Path:
    """A new directory, open to other users as pytest's own tmp_path is not."""
    prefix = "scim-sync-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[-40:] + "-"
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=base))
    path.chmod(0o755)
    return path


def remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def closed_parents(path: Path) -> list[Path]:
    """The directories on the way to `path` that other users may not enter."""
    return [step for step in (path, *path.parents) if not step.stat().st_mode & 0o001]

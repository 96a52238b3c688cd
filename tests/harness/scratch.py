"""Directories for servers that drop their privileges: reachable by everybody."""

import os
import re
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

BASE = Path(os.environ.get("SCIM_SYNC_TEST_SCRATCH", tempfile.gettempdir()))


def make(name: str) -> Path:
    """A new directory, open to other users as pytest's own tmp_path is not."""
    prefix = "scim-sync-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[-40:] + "-"
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=BASE))
    path.chmod(0o755)
    return path


def remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


def closed_parents(path: Path) -> list[Path]:
    """The directories on the way to `path` that other users may not enter."""
    return [step for step in (path, *path.parents) if not step.stat().st_mode & 0o001]

"""Libraries of our own that an httpd under test is started with (LD_PRELOAD)."""

import atexit
import subprocess
from functools import cache
from pathlib import Path

from tests.harness import scratch


@cache
def library(source: Path, *libraries: str) -> Path:
    """A C file, built for this run of tests; with libraries such as "-lsqlite3"."""
    directory = scratch.make(source.stem.replace("_", "-"))
    atexit.register(scratch.remove, directory)
    built = directory / source.with_suffix(".so").name
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1",
                    "-g", "-shared", "-fPIC", "-o", built, source, *libraries], check=True)
    return built

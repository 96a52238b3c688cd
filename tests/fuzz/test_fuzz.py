"""Builds the fuzz targets, gives each all inputs that are known, and looks for new ones a while.

The same runs each time: a fixed seed and a number of runs. $SCIM_SYNC_FUZZ_SECONDS looks for that
long instead, with a seed of its own, and goes on where the last such run ended.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.fuzz import seeds
from tests.harness.scratch import ROOT

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "fuzz"
# Kept between the longer runs.
LEARNT = BUILD / "learnt"
CORPUS = HERE / "corpus"
SECONDS = int(os.environ.get("SCIM_SYNC_FUZZ_SECONDS", "0"))

# Target -> runs: a few seconds each.
RUNS = {"bulk": 20000, "filter": 40000, "listing": 40000, "patch": 40000, "projection": 80000,
        "resource": 40000, "rules": 40000, "v1": 20000}

# A leak, a run of more than 10 s and one that needs more than 1 GiB are findings too.
OPTIONS = ["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1",
           f"-dict={HERE / 'scim.dict'}"]
LONGEST = 8192
SHOWN = 6000


@pytest.fixture(scope="session")
def build() -> Path:
    BUILD.mkdir(parents=True, exist_ok=True)
    if not (BUILD / "config.status").exists():
        make(["../../configure", "--enable-werror", "--enable-sanitizers", "CC=clang"])
    make(["make", f"-j{os.cpu_count() or 1}", "fuzz-targets"])
    return BUILD / "tests" / "fuzz"


def make(command: list[str]) -> None:
    done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-SHOWN:]


def run(program: Path, *arguments: object) -> str:
    """Its output; an input that it stumbles over is kept in the corpus, and fails the test."""
    corpus = CORPUS / program.name.removeprefix("fuzz_")
    corpus.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([program, f"-artifact_prefix={corpus}/", *OPTIONS, *map(str, arguments)],
                          capture_output=True, text=True, errors="replace",
                          env={**os.environ, "UBSAN_OPTIONS": "print_stacktrace=1"})
    if done.returncode != 0:
        pytest.fail(f"{finding(done.stderr)}\n{kept(done.stderr)}", pytrace=False)
    return done.stderr


def finding(output: str) -> str:
    """What a program says of it, without its progress."""
    return re.sub(r"^(Running|Executed|INFO|#\d+\t|Dictionary|stat::).*\n", "", output,
                  flags=re.MULTILINE)[:SHOWN]


def kept(output: str) -> str:
    """The input and where it is now."""
    written = re.search(r"Test unit written to (\S+)", output)
    if written is None:
        tried = re.findall(r"^Running: (\S+)", output, re.MULTILINE)
        return f"input: {tried[-1]}" if tried else "no input was kept"
    path = Path(written[1])
    return f"input: {path.read_bytes()!r}\nkept: {path.relative_to(ROOT)}; commit it with its cure"


def known(target: str, directory: Path) -> list[Path]:
    """Every input that is known: the golden cases, and what was once found or written by hand."""
    seeds.write(target, directory)
    return [*sorted(directory.iterdir()), *sorted((CORPUS / target).glob("*"))]


@pytest.mark.parametrize("target", RUNS)
def test_known_inputs_are_taken(target: str, build: Path, tmp_path: Path) -> None:
    output = run(build / f"fuzz_{target}", *known(target, tmp_path))
    assert output.count("Running: ") == len(known(target, tmp_path))


@pytest.mark.parametrize("target", RUNS)
def test_nothing_new_is_found(target: str, build: Path, tmp_path: Path,
                              capsys: pytest.CaptureFixture[str]) -> None:
    golden, learnt = tmp_path / "golden", tmp_path / "learnt"
    bound = [f"-runs={RUNS[target]}", "-seed=1"]
    if SECONDS:
        learnt = LEARNT / target
        bound = [f"-max_total_time={SECONDS}"]
    golden.mkdir()
    learnt.mkdir(parents=True, exist_ok=True)
    (CORPUS / target).mkdir(parents=True, exist_ok=True)
    seeds.write(target, golden)
    output = run(build / f"fuzz_{target}", *bound, f"-max_len={LONGEST}", learnt, golden,
                 CORPUS / target)
    done = re.search(r"stat::number_of_executed_units: +(\d+)", output)
    assert done is not None and int(done[1]) >= (1 if SECONDS else RUNS[target])
    with capsys.disabled():
        print(f"\nfuzz {target}: {done[1]} runs, {len(list(learnt.iterdir()))} inputs learnt",
              flush=True)

"""The stages of a test run: what each does and what it needs."""

import argparse
import os
import re
import sys
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Callable, Sequence

from tests.harness import counts, scratch
from tests.harness.counts import Counts
from tests.harness.execution import Execution, NotDone
from tests.harness.npm import AXE_CORE, OIDC_PROVIDER
from tests.harness.scratch import ROOT

BUILD = ROOT / "build"
TESTS = ROOT / "tests"
# Servers and databases of tests; those of unit tests, too.
SCRATCH = scratch.fastest_base()

# As many at a time as there are processors. Unit tests, too: each has a database of its own, and
# waits for it, or for a thread, more than it calculates.
MAKE = ["make", f"-j{os.cpu_count() or 1}"]

# Build directory -> what configure is told.
CONFIGURATIONS = {
    "gcc": ["--enable-werror", "CC=gcc"],
    "asan": ["--enable-werror", "--enable-sanitizers", "CC=gcc"],
    "clang": ["--enable-werror", "CC=clang"],
}
# The tests that one MPM does for (tests/pytest.ini): two thirds of the time of all.
ANY_MPM = "any-mpm"
# Some of these are stages of their own, by their names.
GOOGLE = "google"
PORTALS = "portals"
OF_ONE_MPM = {ANY_MPM: "not google and not customer and not portal", GOOGLE: "google",
              PORTALS: "not google and (customer or portal)"}


class Load(Enum):
    """How a stage uses a processor: all the time, half of it, or now and then."""

    BUSY = auto()
    MIXED = auto()
    WAITING = auto()


@dataclass(frozen=True)
class Stage:
    """One step of a run.

    part       the word by which the command line chooses it
    action     does it; raises NotDone if it cannot even be tried to the end
    needs      names of stages without whose success it is pointless
    alone      whether it uses both processors by itself
    load       how it uses one of them otherwise
    by_default whether a run without arguments has it
    """

    name: str
    part: str
    action: Callable[[Execution], Counts]
    needs: tuple[str, ...] = ()
    alone: bool = False
    load: Load = Load.MIXED
    by_default: bool = True


@dataclass
class Choice:
    """What the command line asks for."""

    parts: list[str] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    pytest_arguments: list[str] = field(default_factory=list)

    def has(self, stage: Stage) -> bool:
        return stage.part in self.parts if self.parts else stage.by_default


def every_stage(choice: Choice) -> list[Stage]:
    """All stages in their order; those of optional parts only if the part's files are there."""
    def pytest(name: str, directory: str, *options: str) -> Callable[[Execution], Counts]:
        return lambda x: run_pytest(x, name, TESTS / directory,
                                    joined(options, choice.pytest_arguments),
                                    may_be_none=bool(choice.pytest_arguments))

    def with_oidc(mpm: str) -> tuple[str, ...]:
        return ("oidc-provider",) if mpm == GOOGLE else ()

    def integration(part: str, mpm: str, db: str, by_default: bool = True) -> Stage:
        name = f"integration {mpm} x {db}"
        return Stage(name, part, pytest(name, "integration", f"--module={built_module('gcc')}",
                                        f"--mpm={'event' if mpm in OF_ONE_MPM else mpm}",
                                        f"--db={db}", *marked(mpm)),
                     needs=("build gcc", *with_oidc(mpm)), load=load_of(mpm),
                     by_default=by_default)

    def sanitized(mpm: str) -> Stage:
        name = f"integration {mpm} x sqlite3 under ASan and UBSan"
        return Stage(name, "sanitize", pytest(name, "integration", "--sanitizer=asan",
                                              f"--module={built_module('asan')}", *marked(mpm)),
                     needs=("build asan", *with_oidc(mpm)), load=load_of(mpm))

    def load_of(mpm: str) -> Load:
        return Load.WAITING if mpm in OF_ONE_MPM else Load.MIXED

    def marked(mpm: str) -> tuple[str, ...]:
        if mpm in OF_ONE_MPM:
            return ("-m", "any_mpm", "-k", OF_ONE_MPM[mpm])
        return ("-m", "not any_mpm")

    stages = [
        Stage("checks", "checks", pytest("checks", "checks"), alone=True),
        # Where these can't be had, the tests that need them are skipped.
        Stage("oidc-provider", "integration", OIDC_PROVIDER.stage),
        Stage("axe-core", "console", AXE_CORE.stage),
        Stage("autoreconf", "build", autoreconf, alone=True),
        *[Stage(f"build {name}", "build", lambda x, name=name: build(x, name),
                needs=("autoreconf",), alone=True) for name in CONFIGURATIONS],
        # The longest come first: what begins last ends the run. A full run has what is tested on
        # SQLite under sanitizers, and not once more without them.
        integration("integration", ANY_MPM, "pgsql"),
        sanitized(ANY_MPM),
        integration("integration", PORTALS, "pgsql"),
        sanitized(PORTALS),
        integration("integration", GOOGLE, "pgsql"),
        sanitized(GOOGLE),
        Stage("console", "console", pytest("console", "console",
                                           f"--module={built_module('gcc')}"),
              needs=("build gcc", "axe-core")),
        Stage("distcheck", "distcheck", distcheck, needs=("build gcc",), load=Load.BUSY),
        # What gcc makes is tested by distcheck.
        *[Stage(f"unit {name}", "unit", lambda x, name=name: unit(x, name),
                needs=(f"build {name}",), load=Load.BUSY, by_default=name != "gcc")
          for name in CONFIGURATIONS],
        integration("integration", "event", "pgsql"),
        integration("mpms", "worker", "pgsql"),
        sanitized("event"),
        integration("mpms", "prefork", "sqlite3"),
        *[integration("integration", mpm, "sqlite3", by_default=False)
          for mpm in (*OF_ONE_MPM, "event")],
        *[Stage(part, part, optional(part, choice), needs=("build gcc",), by_default=default,
                alone=part == "bench", load=Load.BUSY if part == "fuzz" else Load.MIXED)
          for part, default in OPTIONAL_PARTS.items() if exists(part)],
        Stage("simulators", "simulators", pytest("simulators", "simulators")),
        *[Stage(name, "quickstart", lambda x, name=name: quickstart(x, name), alone=True)
          for name in ("quickstart --once", "quickstart --once --customers",
                       "quickstart --once --google")],
    ]
    return stages


def chosen(choice: Choice) -> list[Stage]:
    """The stages to run: those asked for and, before them, those they need."""
    stages = every_stage(choice)
    wanted = {stage.name for stage in stages if choice.has(stage)}
    for stage in reversed(stages):
        if stage.name in wanted:
            wanted.update(stage.needs)
    return [stage for stage in stages if stage.name in wanted]


# Options of pytest that take an expression for the tests to run.
CHOOSING = "-k", "-m"

# The exit status of pytest when no test was chosen.
NO_TESTS = 5

# The part behind whose name those of recorded clients may stand.
REPLAY = "replay"

# What a run shows of quickstart's: its steps, what went wrong, what differs, and how many do. The
# stories of its IdPs and the whole table stand in the log.
QUICKSTART_SAYS = (r"\S.* \.\.\.$|quickstart: |NO  |against \S+ documents: "
                   r"|\d+ items compared")

# Parts that have a runner of their own (tests/PART/run) or pytest files: whether a full run has
# them.
OPTIONAL_PARTS = {REPLAY: True, "fuzz": True, "bench": False}


def exists(part: str) -> bool:
    directory = TESTS / part
    return (directory / "run").exists() or any(directory.glob("test_*.py"))


def optional(part: str, choice: Choice) -> Callable[[Execution], Counts]:
    runner = TESTS / part / "run"
    if runner.exists():
        return lambda x: one(part, x.run([runner], environment=module_environment(), show="."))
    clients = [f"--client={name}" for name in choice.clients] if part == REPLAY else []
    return lambda x: run_pytest(x, part, TESTS / part, [*clients, *choice.pytest_arguments],
                                module_environment())


def joined(ours: Sequence[str], told: Sequence[str]) -> list[str]:
    """What a stage chooses and what is asked for: of two -k or -m pytest takes the last alone."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    for option in CHOOSING:
        parser.add_argument(option)
    chosen_by_us, rest = parser.parse_known_args(list(ours))
    asked_for, more = parser.parse_known_args(list(told))
    both = []
    for option in CHOOSING:
        words = [each for each in (getattr(chosen_by_us, option[1:]),
                                   getattr(asked_for, option[1:])) if each]
        if words:
            both += [option, words[0] if len(words) == 1 else " and ".join(
                f"({each})" for each in words)]
    return [*rest, *more, *both]


def one(name: str, status: int) -> Counts:
    """A stage that counts as one test."""
    return Counts(passed=1) if status == 0 else Counts(failures=[f"{name}: exit status {status}"])


def built_module(configuration: str) -> Path:
    return BUILD / configuration / ".libs" / "mod_scim_sync.so"


def module_environment() -> dict[str, str]:
    return {"SCIM_SYNC_MODULE": str(built_module("gcc"))}


def run_pytest(x: Execution, name: str, directory: Path, options: list[str],
               environment: dict[str, str] | None = None, may_be_none: bool = False) -> Counts:
    """`may_be_none`: that the options leave no test is no failure."""
    if not any(directory.rglob("test_*.py")):
        raise NotDone(f"no tests in {directory.relative_to(ROOT)}")
    junit = x.logs / (re.sub(r"\W+", "-", name) + ".xml")
    junit.unlink(missing_ok=True)
    status = x.run([sys.executable, "-m", "pytest", directory, f"--junit-xml={junit}", *options],
                   environment={scratch.ENVIRONMENT: str(SCRATCH), **(environment or {})},
                   database=True, show=".")
    result = counts.of_pytest(junit)
    if status == NO_TESTS and may_be_none:
        return result
    if status != 0 and not result.failed:
        result.failures.append(f"{name}: pytest ended with status {status}")
    return result


# Builds


def autoreconf(x: Execution) -> Counts:
    if (ROOT / "config.status").exists():
        raise NotDone("the source tree itself is configured; run make distclean in it")
    inputs = [ROOT / "configure.ac", *ROOT.glob("Makefile.am"),
              *(path for name in ("m4", "mod_scim_sync", "tests", "include")
                for path in (ROOT / name).rglob("*.am"))]
    outputs = [ROOT / "configure", ROOT / "Makefile.in"]
    if all(map(Path.exists, outputs)) and not any(newer(i, o) for i in inputs for o in outputs):
        return Counts(passed=1)
    return one("autoreconf", x.run(["autoreconf", "-fi"]))


def newer(one_file: Path, other: Path) -> bool:
    return one_file.stat().st_mtime > other.stat().st_mtime


def build(x: Execution, name: str) -> Counts:
    """Builds the module and the unit tests, without running them."""
    directory = BUILD / name
    directory.mkdir(parents=True, exist_ok=True)
    arguments = directory / "configure-arguments"
    told = "\n".join(CONFIGURATIONS[name])
    configured = (directory / "config.status").exists() and arguments.exists() \
        and arguments.read_text() == told
    if not configured:
        if x.run(["../../configure", *CONFIGURATIONS[name]], directory=directory) != 0:
            raise NotDone("configure failed")
        arguments.write_text(told)
    status = x.run([*MAKE, "all"], directory=directory)
    if status == 0:
        status = x.run([*MAKE, "check", "TESTS="], directory=directory)
    if status == 0 and not built_module(name).exists():
        raise NotDone(f"{built_module(name).relative_to(ROOT)} was not built")
    return one(f"build {name}", status)


def unit(x: Execution, name: str) -> Counts:
    directory = BUILD / name
    for kind in "*.trs", "*.log":
        for old in (directory / "tests").rglob(kind):
            old.unlink()
    status = x.run([*MAKE, "check", "VERBOSE=1"], directory=directory, database=True,
                   environment={"CMOCKA_MESSAGE_OUTPUT": "TAP", "TMPDIR": str(SCRATCH)},
                   show=r"(PASS|FAIL|SKIP|ERROR|XPASS|XFAIL): ")
    result = counts.of_cmocka(directory)
    if result.passed == 0 or (status != 0 and not result.failed):
        result.failures.append(f"unit {name}: make check ended with status {status}")
    return result


def distcheck(x: Execution) -> Counts:
    return one("distcheck", x.run([*MAKE, "distcheck"], directory=BUILD / "gcc",
                                  environment={"TMPDIR": str(SCRATCH)}))


def quickstart(x: Execution, name: str) -> Counts:
    """Its name is how it is called."""
    command, *options = name.split()
    return one(name, x.run([ROOT / command, *options], show=QUICKSTART_SAYS))

"""How many tests passed, failed and were skipped, read from what the test programs leave."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Counts:
    """A sum of results; `failures` names what failed, `notes` what was left out, and why."""

    passed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return len(self.failures)

    def add(self, other: "Counts") -> None:
        self.passed += other.passed
        self.skipped += other.skipped
        self.failures += other.failures
        self.notes += other.notes

    def __str__(self) -> str:
        """The form that closes a run."""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def of_pytest(junit_file: Path) -> Counts:
    """Counts tests, not entries: one that fails and whose fixtures then fail too has two."""
    outcomes: dict[str, str] = {}
    if not junit_file.exists():
        return Counts()
    for case in ElementTree.parse(junit_file).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        outcome = "passed"
        if case.find("failure") is not None or case.find("error") is not None:
            outcome = "failed"
        elif case.find("skipped") is not None:
            outcome = "skipped"
        if outcomes.get(name) != "failed":
            outcomes[name] = outcome
    results = list(outcomes.values())
    return Counts(results.count("passed"), results.count("skipped"),
                  [name for name, outcome in outcomes.items() if outcome == "failed"])


TAP_PLAN = re.compile(r"1\.\.(\d+)")
TAP_RESULT = re.compile(r"(not )?ok \d+(?: -)? ?(# SKIP)? ?(.*)")
AUTOMAKE_RESULT = re.compile(r":test-result: (\w+)", re.MULTILINE)


def of_cmocka(directory: Path) -> Counts:
    """Counts over automake's logs of programs that ran with CMOCKA_MESSAGE_OUTPUT=TAP. Beside
    tests/ may stand the tree of a distcheck, which has its own."""
    total = Counts()
    for result in sorted((directory / "tests").rglob("*.trs")):
        outcome = AUTOMAKE_RESULT.search(result.read_text())
        total.add(_of_program(result.with_suffix(".log"), outcome[1] if outcome else "ERROR"))
    return total


def _of_program(log: Path, outcome: str) -> Counts:
    counts = Counts()
    planned = 0
    for line in log.read_text(errors="replace").splitlines() if log.exists() else []:
        if plan := TAP_PLAN.fullmatch(line):
            planned += int(plan[1])
        elif result := TAP_RESULT.fullmatch(line):
            # cmocka 1.1.5 writes "not ok 3 # SKIP name".
            if result[2]:
                counts.skipped += 1
            elif result[1]:
                counts.failures.append(f"{log.stem}: {result[3]}")
            else:
                counts.passed += 1
    reported = counts.passed + counts.skipped + counts.failed
    if outcome == "SKIP" and not reported:
        counts.skipped += 1
    elif reported < max(planned, 1) or (outcome != "PASS" and not counts.failed):
        counts.failures.append(f"{log.stem}: {outcome}, {reported} of {planned} tests reported")
    return counts

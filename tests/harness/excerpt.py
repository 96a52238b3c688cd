"""Why a stage failed, in few lines of its log: for who sees only the end of a run."""

import re
from pathlib import Path
from typing import Sequence

from tests.harness.errorlog import LogLine

# Lines of all excerpts together, at most of one, and at least, however many stages failed.
IN_ALL = 120
A_STAGE = 60
LEAST = 10
# Of one failure, when there are others.
A_FAILURE = 6
# Of one server's error log: what a test fails for is said elsewhere.
A_LOG = 6
COLUMNS = 300

Block = list[str]


def of_logs(logs: Sequence[Path]) -> list[str]:
    """Of the logs of failed stages: each under its own name, IN_ALL lines of all."""
    share = max(LEAST, min(A_STAGE, IN_ALL // max(len(logs), 1)))
    lines = []
    for log in logs:
        content = log.read_text(errors="replace") if log.exists() else ""
        lines += [f"--- {log.name}", *of_log(content, share - 1)]
    return lines


def of_log(content: str, most: int) -> list[str]:
    """Of one log, at most so many lines: its failures, else its errors, else its end."""
    lines = content.splitlines()
    blocks = [*pytest_failures(lines), *unit_failures(lines)] or errors(lines)
    return _fit(blocks, most) if blocks else [_short(line) for line in lines][-most:]


# pytest

SECTION = re.compile(r"=+ (.+?) =+")
FAILURE = re.compile(r"_+ (.*[^_ ].*) _+")
CAPTURED = re.compile(r"-{3,} (.+) -{3,}")
HAS_FAILURES = {"FAILURES", "ERRORS"}
# Code is indented, and stands at the place that the line before names. But the frames of a
# sanitizer's report are, too.
CODE = re.compile(r"\s(?!\s*#\d+ )")
FOREIGN = re.compile(r"/usr/lib/\S+:\d+: in ")


def pytest_failures(lines: Sequence[str]) -> list[Block]:
    """Of each test that failed: where, what it asserted, and what the server's log complains of."""
    blocks: list[Block] = []
    section = ""
    keep = _says_why
    complaints = 0
    for line in lines:
        if match := SECTION.fullmatch(line):
            section = match[1]
        elif section not in HAS_FAILURES:
            continue
        elif match := FAILURE.fullmatch(line):
            blocks.append([match[1]])
            keep = _says_why
        elif match := CAPTURED.fullmatch(line):
            keep = _complains if match[1].startswith("error log") else _never
            complaints = 0
        elif blocks and keep(line):
            if keep is _complains and (complaints := complaints + 1) > A_LOG:
                del blocks[-1][-A_LOG]
            blocks[-1].append(f"  {line}")
    return blocks


def _says_why(line: str) -> bool:
    return line.strip() != "" and not CODE.match(line) and not FOREIGN.match(line)


def _complains(line: str) -> bool:
    parsed = LogLine.parse(line)
    return parsed.level != "" and not parsed.harmless


def _never(line: str) -> bool:
    return False


# make check

PROGRAM = re.compile(r"(?:FAIL|ERROR): (\S+)")
END = re.compile(r"(?:FAIL|ERROR) \S+ \(exit status: \d+\)")
WENT_WELL = re.compile(r"ok \d+|1\.\.\d+$|\s*$")


def unit_failures(lines: Sequence[str]) -> list[Block]:
    """Of each program that failed: what it and the sanitizers printed, but no test that passed."""
    blocks: list[Block] = []
    within = False
    for line, underline in zip(lines, [*lines[1:], ""]):
        if (match := PROGRAM.fullmatch(line)) and re.fullmatch("=+", underline):
            blocks.append([match[1]])
            within = True
        elif within and not WENT_WELL.match(line) and not re.fullmatch("=+", line):
            blocks[-1].append(f"  {line}")
        within = within and not END.fullmatch(line)
    return blocks


# Compilers, make, scripts

WRONG = re.compile(r"(?i)\berror\b|\bfatal\b|\bfail(ed|ure)?\b|\*\*\*|undefined reference"
                   r"|^(traceback|timeout) \(|^no  ")
CONTEXT = 5


def errors(lines: Sequence[str]) -> list[Block]:
    """Lines that speak of an error, each with a few behind it."""
    wrong = [at for at, line in enumerate(lines)
             if WRONG.search(line) and not line.startswith("+ ")]
    blocks: list[Block] = []
    shown = 0
    for at in wrong:
        if at >= shown:
            blocks.append([])
        blocks[-1] += lines[max(at, shown):at + 1 + CONTEXT]
        shown = max(shown, at + 1 + CONTEXT)
    return blocks


# Fitting


def _fit(blocks: Sequence[Block], most: int) -> list[str]:
    """Each gets its share; what it does not need goes to the others."""
    share = max(A_FAILURE, most // len(blocks))
    while share < most and sum(min(len(block), share + 1) for block in blocks) <= most:
        share += 1
    lines = [line for block in blocks for line in _cut(block, share)]
    return [_short(line) for line in _cut(lines, most)]


def _cut(lines: Sequence[str], most: int) -> list[str]:
    if len(lines) <= most:
        return list(lines)
    return [*lines[:most - 1], f"  ... {len(lines) - most + 1} more lines"]


def _short(line: str) -> str:
    return line if len(line) <= COLUMNS else line[:COLUMNS - 3] + "..."

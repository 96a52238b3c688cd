"""The error-log audit: the server may complain of nothing but what the test declared.

Lines at warn or worse that nobody declared, declared lines that never came, and children that
crashed are all findings. The idea is pyhttpd's, of the Apache httpd project.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from tests.harness.wait import PATIENCE, TimedOut, until

LINE = re.compile(r"\[(?P<time>[^\]]+)\] \[(?P<module>[^:\]]*):(?P<level>[a-z0-9]+)\] "
                  r"\[pid (?P<pid>\d+)(?::tid \d+)?\] (?P<message>.*)")
MESSAGE_ID = re.compile(r"(SCIM\d{4}|AH\d{5})")
CRASH = re.compile(r"exit signal|core dump")
QUIET_LEVELS = {"notice", "info", "debug"} | {f"trace{n}" for n in range(1, 9)}

# How long the audit waits for a declared line: the module works on after it has answered.
LATE_LINE_SECONDS = 5

# The event MPM closes its workers' sockets when it is stopped; one that has just been answered on
# then can't be kept alive. httpd says so as an error, of whatever module the answer was.
STOPPED = re.compile(r"AH03093: process_socket: apr_pollset_add failure for keep alive")

# Of a machine whose OpenSSL is older than the one that its httpd was built with.
OLDER_OPENSSL = re.compile(r"AH01882: Init: this version of mod_ssl was compiled against a newer")

# A child that looks for leaks before it ends is late on a busy machine.
LATE_CHILD = re.compile(r"AH00045: child process \d+ still did not exit, sending a SIGTERM")

# What httpd says as more than a notice, and is not about us.
OF_HTTPD = (STOPPED, OLDER_OPENSSL)

# What AddressSanitizer writes before its report, whose code it was: the report says, and is judged
# by tests/harness/sanitizer.py. One of httpd's own is in tests/harness/crashes.py.
ANNOUNCED = re.compile(r"^AddressSanitizer:DEADLYSIGNAL$")


@dataclass(frozen=True)
class LogLine:
    """One line; level is empty for what is not httpd's (a C library's abort message, say)."""

    text: str
    level: str = ""
    message: str = ""

    @classmethod
    def parse(cls, text: str) -> "LogLine":
        match = LINE.match(text)
        return cls(text, match["level"], match["message"]) if match else cls(text, "", text)

    @property
    def crashed(self) -> bool:
        return bool(CRASH.search(self.message)) and not ANNOUNCED.match(self.text)

    @property
    def harmless(self) -> bool:
        if ANNOUNCED.match(self.text):
            return True
        return not self.crashed and (self.level in QUIET_LEVELS or
                                     any(one.search(self.message) for one in OF_HTTPD))


@dataclass
class Expectation:
    """Lines that a test declared."""

    pattern: re.Pattern[str]
    count: int | None
    optional: bool
    seen: int = 0

    def unmet(self) -> str | None:
        if self.count is not None and self.seen != self.count:
            return f"/{self.pattern.pattern}/ came {self.seen} times, not {self.count}"
        if self.seen == 0 and not self.optional and self.count is None:
            return f"/{self.pattern.pattern}/ was declared and never came"
        return None


class ErrorLog:
    """An httpd's error log, read from where the last audit ended.

    `permit` says of a message about a crash whether it is none of ours; `sanitized`: of a server
    under a sanitizer.
    """

    def __init__(self, path: Path, permit: Callable[[str], bool] = lambda message: False,
                 sanitized: bool = False):
        self.path = path
        self._permit = permit
        self._sanitized = sanitized
        self._audited = 0
        self._expectations: list[Expectation] = []

    def expect(self, what: str | re.Pattern[str], count: int | None = None,
               optional: bool = False) -> None:
        """Declares lines of this test, of any level.

        `what` is a message id ("SCIM0042", "AH00052") or a regular expression searched in the
        message. Without a count there must be at least one such line, with `optional` there may be
        none.
        """
        if isinstance(what, str):
            what = re.compile(rf"\b{what}\b" if MESSAGE_ID.fullmatch(what) else what)
        self._expectations.append(Expectation(what, count, optional))

    def lines(self) -> list[LogLine]:
        """What was logged since the last audit, whole lines only."""
        return [LogLine.parse(line) for line in self._unread().splitlines() if line.strip()]

    def wait_for(self, what: str, count: int = 1, seconds: float = PATIENCE) -> list[LogLine]:
        """Waits until lines since the last audit match the expression, and returns them."""
        pattern = re.compile(what)

        def enough() -> list[LogLine]:
            found = [line for line in self.lines() if pattern.search(line.message)]
            return found if len(found) >= count else []

        return until(enough, f"{count} x /{what}/ in the error log", seconds)

    def audit(self) -> list[str]:
        """Findings since the last audit, empty if all is well. Forgets the declarations."""
        self._await_late_lines()
        unread = self._unread()
        findings = [finding for line in unread.splitlines() if line.strip()
                    if (finding := self._judge(LogLine.parse(line)))]
        findings += [unmet for expectation in self._expectations if (unmet := expectation.unmet())]
        self._audited += len(unread.encode("utf-8", "surrogateescape"))
        self._expectations = []
        return findings

    def tail(self, lines: int = 60) -> str:
        return tail(self.path, lines)

    def _judge(self, line: LogLine) -> str | None:
        declared = False
        for expectation in self._expectations:
            if expectation.pattern.search(line.message):
                expectation.seen += 1
                declared = True
        if line.crashed:
            return None if self._permit(line.message) else line.text
        late = self._sanitized and bool(LATE_CHILD.search(line.message))
        return None if line.harmless or declared or late else line.text

    def _await_late_lines(self) -> None:
        def all_there() -> bool:
            messages = [line.message for line in self.lines()]
            return all(sum(bool(e.pattern.search(m)) for m in messages) >= (e.count or 1)
                       for e in self._expectations if not e.optional and e.count != 0)

        try:
            until(all_there, "declared lines", LATE_LINE_SECONDS)
        except TimedOut:
            pass  # the expectation says so itself

    def _unread(self) -> str:
        if not self.path.exists():
            return ""
        with self.path.open("rb") as log:
            log.seek(self._audited)
            content = log.read()
        whole = content[:content.rfind(b"\n") + 1]
        return whole.decode("utf-8", "surrogateescape")


def tail(path: Path, lines: int = 60) -> str:
    """The last lines of a file that may not be there."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])

"""Reports of processes that crashed, written by crash_report.c from within httpd.

One crash is httpd's own and no finding. An event child that is told to stop at once closes the
sockets of its busy workers (close_worker_sockets() in server/mpm/event/event.c) and waits for
nobody: a worker whose connection has just ended frees the memory of that socket at the same time,
and apr_os_sock_get() reads what is gone. An httpd with no module but its MPM and an authorization
provider does the same, in up to one of ten stops in which connections end. No memory of ours is
involved, no answer is lost, and the child was to end anyway.

What is told apart by the report: the main thread, called from event alone, in apr_os_sock_get().
Any other crash, or one without a report, is a finding.
"""

import re
from pathlib import Path

from tests.harness.preload import library

SOURCE = Path(__file__).with_name("crash_report.c")

# The first two frames are the handler's and what the kernel returns to.
HTTPDS_OWN = re.compile(r"""signal\ 11\ in\ thread\ (\d+)\ of\ process\ \1\n
                            (?:.*\n){2}
                            .*/libapr-1\.so\S*\(apr_os_sock_get\+.*\n
                            (?:.*/mod_mpm_event\.so\(.*\n)+
                            .*\(ap_run_mpm\+.*\n
                            (?:(?!signal\ ).*\n)*""", re.VERBOSE)
LOGGED = re.compile(r"AH00052: child pid (\d+) exit signal Segmentation fault \(11\)")


class Crashes:
    """The reports of one server, in a directory that its children can write to."""

    def __init__(self, directory: Path):
        self.directory = directory
        self._audited: set[Path] = set()

    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(library(SOURCE)), "CRASH_REPORTS": str(self.directory)}

    def permit(self, message: str) -> bool:
        """Whether httpd complains of a crash of its own."""
        logged = LOGGED.search(message)
        report = self.directory / f"crash.{logged[1]}" if logged else None
        return bool(report and report.exists() and is_httpds_own(report.read_text()))

    def audit(self) -> list[str]:
        """Crashes that are not httpd's own and that no earlier audit has returned."""
        fresh = set(self.directory.glob("crash.*")) - self._audited
        self._audited |= fresh
        return [f"{path}:\n{report}" for path in sorted(fresh)
                if not is_httpds_own(report := path.read_text())]


def is_httpds_own(report: str) -> bool:
    return HTTPDS_OWN.fullmatch(report) is not None

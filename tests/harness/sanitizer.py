"""AddressSanitizer, UndefinedBehaviorSanitizer and valgrind under httpd."""

import re
import subprocess
from pathlib import Path

KINDS = ("asan", "valgrind")

# A report counts if it names our source, or a module that was unloaded before the report was
# written: the server's parent unloads ours on its way out, before leaks are looked for.
OURS = re.compile(r"mod_scim_sync|<unknown module>")

# httpd's own allocators are never freed by a child that exits.
LEAK_SUPPRESSIONS = "leak:apr_allocator_create\nleak:apr_pool_create\n"


REPORT_LINES = 40


class Sanitizer:
    """One kind of checking, with its reports in a directory that the children can write to."""

    def __init__(self, kind: str | None, directory: Path):
        if kind not in (None, *KINDS):
            raise ValueError(f"sanitizer {kind!r}: one of {KINDS} or None")
        self.kind = kind
        self.directory = directory
        self._shown: set[Path] = set()

    @property
    def patience(self) -> float:
        """By how much everything takes longer."""
        return {None: 1, "asan": 4, "valgrind": 15}[self.kind]

    def command(self) -> list[str]:
        if self.kind != "valgrind":
            return []
        return ["valgrind", "--trace-children=yes", "--vgdb=no", "--quiet", "--leak-check=full",
                "--show-leak-kinds=definite", f"--log-file={self.directory}/valgrind.%p"]

    def environment(self) -> dict[str, str]:
        if self.kind != "asan":
            return {}
        suppressions = self.directory / "suppressions"
        suppressions.write_text(LEAK_SUPPRESSIONS)
        return {
            "LD_PRELOAD": ":".join(_runtime(name) for name in ("libasan.so", "libubsan.so")),
            "ASAN_OPTIONS": "detect_leaks=1:handle_segv=2:exitcode=0:"
                            f"log_path={self.directory}/asan",
            "LSAN_OPTIONS": f"suppressions={suppressions}:print_suppressions=0:exitcode=0",
            "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=0:log_path={self.directory}/ubsan",
        }

    def audit(self) -> list[str]:
        """The reports about our code that no earlier audit has returned."""
        findings = []
        for report in sorted(self.directory.glob("*.*")):
            content = report.read_text(errors="replace")
            if report not in self._shown and OURS.search(content):
                self._shown.add(report)
                findings.append("\n".join([f"{report}:", *content.splitlines()[:REPORT_LINES]]))
        return findings


def _runtime(name: str) -> str:
    found = subprocess.run(["gcc", f"-print-file-name={name}"],
                           check=True, capture_output=True, text=True).stdout.strip()
    if not Path(found).is_absolute():
        raise FileNotFoundError(f"gcc has no {name}")
    return str(Path(found).resolve())

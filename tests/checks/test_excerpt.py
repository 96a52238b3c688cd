"""The end of a run says why stages failed: made of what pytest, make check and make print."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import excerpt, stages
from tests.harness.counts import Counts
from tests.harness.execution import Execution, Terminal
from tests.harness.run import Run

# Run by a pytest of its own, so that what is read here is what that prints.
CONFTEST = '''
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.failed:
        report.sections.append(("error log, port 7",
            "[t] [core:notice] [pid 7:tid 7] AH00094: Command line\\n"
            + "[t] [dbd:error] [pid 7:tid 8] AH02655: again and again\\n" * 20 +
            "[t] [scim_sync:warn] [pid 7:tid 8] SCIM0042: a warning"))
        report.sections.append(("simulated Jira", "GET /myself 200"))

@pytest.fixture
def audited():
    yield
    pytest.fail("undeclared, or declared and missing:\\nport 7: SCIM0043: nobody expected this\\n"
                "==9==ERROR: AddressSanitizer: heap-use-after-free\\n"
                "    #0 0x7f in bucket_fill mod_scim_sync/jira/bucket.c:34", pytrace=False)
'''
TESTS = '''
import pytest

def test_fine():
    pass

def test_wrong():
    print("what the test printed")
    held = {"ada"}
    assert held == {"bob"}

def test_complained_of(audited):
    pass

@pytest.mark.parametrize("number", range(40))
def test_many(number):
    assert number < 0, "no " * 200
'''
# As automake and cmocka print them.
MAKE_CHECK = '''\
FAIL: tests/unit/test_backoff
PASS: tests/unit/test_pattern
# FAIL:  1

FAIL: tests/unit/test_backoff
=============================

1..2
not ok 1 - test_it_doubles
# 0x1 != 0x2
# ../../tests/unit/test_backoff.c:15: error: Failure!
ok 2 - test_jitter
=================================================================
==9==ERROR: LeakSanitizer: detected memory leaks
    #0 0x7f in malloc
SUMMARY: AddressSanitizer: 8 byte(s) leaked in 1 allocation(s).
# not ok - tests
FAIL tests/unit/test_backoff (exit status: 1)

============================================================================
Testsuite summary for mod_scim_sync 0.1.0
'''
MAKE = '''\
+ cd /build && make -j2 all
  CC       mod_scim_sync/jira/bucket.lo
../../mod_scim_sync/jira/bucket.c:34:5: error: 'fill' undeclared (first use in this function)
   34 |     fill(bucket);
      |     ^~~~
make: *** [Makefile:1: all] Error 2
'''


@pytest.fixture(scope="module")
def pytest_output(tmp_path_factory: pytest.TempPathFactory) -> str:
    directory = tmp_path_factory.mktemp("failing")
    (directory / "conftest.py").write_text(CONFTEST)
    (directory / "test_failing.py").write_text(TESTS)
    (directory / "pytest.ini").write_text("[pytest]\naddopts = --tb=short -ra -p no:cacheprovider")
    return subprocess.run([sys.executable, "-m", "pytest", directory], cwd=directory,
                          capture_output=True, text=True).stdout


def run_of(tmp_path: Path, logs: dict[str, str]) -> Run:
    """A run whose stages of these names failed, and one that did not."""
    run = Run(Terminal())
    for name, content in {"fine": "error: none of these is shown", **logs}.items():
        execution = Execution(name, run.terminal, tmp_path, None)
        execution.close()
        execution.log_file.write_text(content)
        run.executions.append(execution)
        run.results[name] = Counts(1, 0, [f"{name}: failed"] if name in logs else [])
        run.seconds[name] = 1
    return run


def test_of_pytest_it_says_where_and_what_was_asserted(pytest_output: str) -> None:
    blocks = excerpt.pytest_failures(pytest_output.splitlines())
    wrong, = [block for block in blocks if block[0] == "test_wrong"]
    assert re.fullmatch(r"  \S*test_failing.py:10: in test_wrong", wrong[1])
    assert wrong[2].startswith("  E   AssertionError: assert {'ada'} == {'bob'}")
    assert wrong[-1].endswith("SCIM0042: a warning")
    assert sum("AH02655" in line for line in wrong) == excerpt.A_LOG - 1
    assert not re.search(r"held ==|what the test printed|AH00094|myself", "\n".join(wrong))


def test_of_pytest_it_has_what_the_audit_found(pytest_output: str) -> None:
    blocks = excerpt.pytest_failures(pytest_output.splitlines())
    found, = [block for block in blocks if "test_complained_of" in block[0]]
    assert "  port 7: SCIM0043: nobody expected this" in found
    assert "  ==9==ERROR: AddressSanitizer: heap-use-after-free" in found
    assert "      #0 0x7f in bucket_fill mod_scim_sync/jira/bucket.c:34" in found


def test_of_many_failures_it_has_some_of_each_and_is_bounded(pytest_output: str) -> None:
    lines = excerpt.of_log(pytest_output, 60)
    assert len(lines) == 60 and "more lines" in lines[-1]
    assert {"test_wrong", "test_many[0]", "test_many[7]"} <= set(lines)
    assert max(map(len, lines)) <= excerpt.COLUMNS


def test_of_make_check_it_has_what_the_failed_program_printed() -> None:
    lines = excerpt.of_log(MAKE_CHECK, 60)
    assert lines[:4] == ["tests/unit/test_backoff", "  not ok 1 - test_it_doubles",
                         "  # 0x1 != 0x2",
                         "  # ../../tests/unit/test_backoff.c:15: error: Failure!"]
    assert "  ==9==ERROR: LeakSanitizer: detected memory leaks" in lines
    assert lines[-1] == "  FAIL tests/unit/test_backoff (exit status: 1)"
    assert not any("ok 2" in line for line in lines)


def test_of_a_build_it_has_the_errors() -> None:
    assert excerpt.of_log(MAKE, 60) == MAKE.splitlines()[2:]


def test_of_a_log_without_an_error_it_has_the_end() -> None:
    assert excerpt.of_log("\n".join(map(str, range(100))), 10) == [str(n) for n in range(90, 100)]
    assert excerpt.of_log("", 10) == []


def test_the_end_of_a_run_has_the_excerpts_the_stages_and_the_counts(tmp_path: Path) -> None:
    run = run_of(tmp_path, {"build gcc": MAKE, "unit gcc": MAKE_CHECK})
    lines = run.summary().splitlines()
    places = [lines.index(line) for line in (
        "--- build-gcc.log", MAKE.splitlines()[2], "--- unit-gcc.log",
        "  not ok 1 - test_it_doubles", "stages:", "  fine: 1 passed, 0 failed (1 s)",
        "failed: build gcc: failed")]
    assert places == sorted(places)
    assert "--- fine.log" not in lines
    assert str(run.total()) == "3 passed, 2 failed"


@pytest.mark.parametrize("stages_failed", [1, 2, 3, 12])
def test_the_end_of_a_run_is_short(tmp_path: Path, stages_failed: int) -> None:
    long = "".join(f"x.c:{number}: error: wrong\n" for number in range(1000))
    run = run_of(tmp_path, {f"stage {number}": long for number in range(stages_failed)})
    lines = run.summary().splitlines()
    end = lines[lines.index("--- stage-0.log"):lines.index("stages:") - 1]
    assert len(end) <= excerpt.IN_ALL
    assert len(end) >= min(excerpt.A_STAGE * stages_failed, excerpt.IN_ALL)


@pytest.mark.parametrize("line, shown", [
    ("starting httpd on port 8080 ...", True),
    ("  okta-oin     read everything back", False),
    ("ok  account  ada.lovelace@example.com   access   access", False),
    ("NO  account  ada.lovelace@example.com   access   no access", True),
    ("84 items compared, 1 different; of all calls to Jira, 0 broke what its documents say", True),
    ("against Google's documents: authorize: state can be guessed", True),
    ("quickstart: failed at: waiting for Jira", True)])
def test_of_quickstart_a_run_shows_what_differs(line: str, shown: bool) -> None:
    assert bool(re.match(stages.QUICKSTART_SAYS, line + "\n")) == shown

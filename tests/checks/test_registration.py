"""What has to be registered by hand is registered: tests, log messages, the version."""

import json
import re
from collections import Counter
from pathlib import Path

from tests.checks import source

UNIT = source.ROOT / "tests" / "unit"
TEST_FUNCTION = re.compile(r"^(?:static )?void (\w+)\(void \*\*\w+\)\n\{", re.MULTILINE)
REGISTERED = re.compile(r"\b(?:UNIT_TEST\w*|DATABASE_TESTS?|cmocka_unit_test\w*)\(\s*(\w+)")

MESSAGES = source.ROOT / "docs" / "messages.md"
LOGNO = re.compile(r"\bSCIM_LOGNO\((\d+)\)")
MESSAGE_ID = re.compile(r"\bSCIM(\d{4})\b")

OWN_DOCUMENT = source.ROOT / "docs" / "openapi.json"

# Each release's changes name it.
HISTORY = re.compile(r"(CHANGES|CHANGELOG|NEWS)\b")


def unit_tests() -> list[Path]:
    found = sorted(UNIT.glob("test_*.c"))
    assert found, "no unit tests"
    return found


def test_every_unit_test_is_built() -> None:
    makefiles = "\n".join(path.read_text() for path in source.files(".am"))
    source.none([source.name(path) for path in unit_tests()
                if not re.search(rf"\b{path.stem}\b", makefiles)])


def test_every_source_is_in_the_distribution() -> None:
    """A build beside the sources finds a header that no list has; one from the tarball does not."""
    makefiles = "\n".join(path.read_text() for path in source.files(".am"))
    sources = [*source.files(".c", ".h", under=source.MODULE), *UNIT.glob("*.[ch]"),
               *source.files(".c", ".h", under=source.CTL)]
    source.none([source.name(path) for path in sources
                 if path not in unit_tests() and source.name(path) not in makefiles.split()])


def test_every_file_of_the_console_is_in_the_module() -> None:
    """A list ends at the first line without a backslash: what stands behind that is in no list."""
    makefile = (source.ROOT / "Makefile.am").read_text()
    listed, = re.findall(r"^CONSOLE_FILES = ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    files = [path for path in (source.MODULE / "console").rglob("*")
             if path.is_file() and path.name != "embed.awk"]
    assert sorted(listed.replace("\\\n", " ").split()) == sorted(map(source.name, files))


def test_every_test_function_is_run() -> None:
    forgotten = []
    for path in unit_tests():
        code = source.code(path)
        written = TEST_FUNCTION.findall(code)
        assert written, f"no test functions in {source.name(path)}"
        run = set(REGISTERED.findall(code))
        forgotten += [f"{source.name(path)}: {name}" for name in written if name not in run]
    source.none(forgotten)


def message_ids() -> list[str]:
    """Ids of messages, as often as they are written."""
    found = []
    for path in source.files(".c", ".h", under=source.MODULE):
        found += LOGNO.findall(source.code(path))
        found += [number for text in source.strings(path) for number in MESSAGE_ID.findall(text)]
    assert found, "no message ids in the source"
    return found


def test_message_ids_are_unique() -> None:
    source.none([number for number, times in Counter(message_ids()).items() if times > 1])


def test_message_ids_have_four_digits() -> None:
    source.none([number for number in message_ids() if len(number) != 4])


def test_every_message_is_explained_and_no_other() -> None:
    explained = set(MESSAGE_ID.findall(source.text(MESSAGES)))
    written = set(message_ids())
    source.none([*(f"SCIM{number}: not in docs/messages.md" for number in written - explained),
                 *(f"SCIM{number}: only in docs/messages.md" for number in explained - written)])


def version() -> str:
    found = re.search(r"AC_INIT\(\s*\[[^\]]+\],\s*\[([^\]]+)\]",
                      source.text(source.ROOT / "configure.ac"))
    assert found, "no version in configure.ac"
    return found[1]


def test_the_version_stands_in_one_place() -> None:
    elsewhere = re.compile(rf"(?<![\d.]){re.escape(version())}(?![\d.]*\d)")
    texts = [path for path in source.files(".c", ".h", ".am", ".md", ".js", ".html", ".conf")
             if not path.is_relative_to(source.ROOT / "tests") and not HISTORY.match(path.name)]
    source.none([source.name(path) for path in texts if elsewhere.search(path.read_text())])


def test_no_vendors_api_document_is_ours() -> None:
    """They are their vendors' texts; the tests that use them read them from outside of the tree."""
    source.none([source.name(path) for path in source.ours() if path.suffix == ".json"
                if path != OWN_DOCUMENT and is_api_document(path)])


def is_api_document(path: Path) -> bool:
    try:
        document = json.loads(path.read_text())
    except ValueError:
        return False  # bad inputs of tests
    marks = {"openapi", "swagger", "discoveryVersion"}
    return isinstance(document, dict) and not marks.isdisjoint(document)

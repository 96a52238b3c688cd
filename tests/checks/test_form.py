"""The form of the files: layout, lengths, blanks, shell."""

import re
import subprocess
from pathlib import Path

from tests.checks import source

TEXT = (".c", ".h", ".py", ".js", ".css", ".html", ".md", ".sh", ".conf", ".ac", ".am", ".sql",
        ".8", "")
CODE = (".c", ".h", ".py", ".js", ".css", ".html", ".sh")
FILE_LINES = 600
FUNCTION_LINES = 70
COLUMNS = 100
# What no program formats.
SET_BY_HAND = (".py", ".js", ".css", ".html")
# Spelt so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")


def test_clang_format_has_nothing_to_change() -> None:
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *source.files(".c", ".h")],
                          cwd=source.ROOT, capture_output=True, text=True)
    source.none(sorted(set(re.findall(r"^(\S+?):\d+:\d+: error:", done.stderr, re.MULTILINE))))
    assert done.returncode == 0, done.stderr


def test_scripts_pass_shellcheck() -> None:
    done = subprocess.run(["shellcheck", *source.scripts()], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_no_tabs_and_no_trailing_blanks() -> None:
    source.none([f"{source.name(path)}:{number}"
                for path in source.files(*TEXT) if is_text(path)
                for number, line in enumerate(path.read_text().split("\n"), 1)
                if line != line.rstrip() or ("\t" in line and not may_hold_tabs(path))])


def test_files_end_with_one_newline() -> None:
    source.none([source.name(path) for path in source.files(*TEXT) if is_text(path)
                if (content := path.read_text()) and not re.search(r"[^\n]\n\Z", content)])


def is_text(path: Path) -> bool:
    return bool(path.suffix) or path in source.scripts()


def may_hold_tabs(path: Path) -> bool:
    return path.suffix == ".am"


def test_no_file_is_too_long() -> None:
    lengths = {source.name(path): path.read_text().count("\n")
               for path in [*source.files(*CODE), *source.scripts()]}
    source.none(f"{file}: {lines} lines" for file, lines in lengths.items() if lines > FILE_LINES)


def test_no_c_function_is_too_long() -> None:
    """The opening brace of a function, and of nothing else, stands alone at the start of a line."""
    source.none([f"{source.name(path)}:{function[0]}: {function[1]} lines"
                for path in source.files(".c")
                for function in functions(path) if function[1] > FUNCTION_LINES])


def functions(path: Path) -> list[tuple[int, int]]:
    """First line and length of each function."""
    found, opened = [], 0
    for number, line in enumerate(path.read_text().split("\n"), 1):
        if line == "{":
            opened = number
        elif line == "}" and opened:
            found.append((opened, number - opened + 1))
            opened = 0
    return found


def test_no_line_is_too_long() -> None:
    source.none([f"{source.name(path)}:{number}" for path in source.files(*SET_BY_HAND)
                for number, line in enumerate(path.read_text().split("\n"), 1)
                if len(line) > COLUMNS])


def test_nothing_is_marked_as_unfinished() -> None:
    source.none([f"{source.name(path)}: {mark[0]}"
                for path in [*source.files(*CODE, ".md", ".conf"), *source.scripts()]
                for mark in UNFINISHED.finditer(path.read_text())])


def test_every_c_file_names_its_licence() -> None:
    line = "/* SPDX-License-Identifier: Apache-2.0 */\n"
    source.none([source.name(path) for path in source.files(".c", ".h")
                if not path.read_text().startswith(line)])


def test_include_guards_are_named_after_the_path() -> None:
    wrong = []
    for prefix, top in (("SCIM_SYNC_", source.MODULE), ("SCIM_SYNCCTL_", source.CTL)):
        for path in source.files(".h", under=top):
            guard = prefix + re.sub(r"\W", "_", str(path.relative_to(top))).upper()
            if not re.search(rf"^#ifndef {guard}\n#define {guard}$", path.read_text(),
                             re.MULTILINE):
                wrong.append(f"{source.name(path)}: {guard}")
    source.none(wrong)


def test_the_manual_has_no_fault() -> None:
    """What mandoc says of other manuals, such as those not found, is about the machine."""
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", *source.files(".8")],
                          cwd=source.ROOT, capture_output=True, text=True)
    source.none(line for line in done.stdout.splitlines() if "referenced manual" not in line)


def test_a_class_is_styled_in_one_file_of_the_console() -> None:
    """All of them hold on every page: of two files one would undo the other."""
    styled: dict[str, set[str]] = {}
    for path in source.files(".css"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for selectors in re.findall(r"([^{}]+)\{", text):
            for selector in selectors.split(","):
                styled.setdefault(selector.strip(), set()).add(source.name(path))
    source.none([f"{selector}: {', '.join(sorted(files))}" for selector, files in styled.items()
                 if re.fullmatch(r"\.[\w-]+", selector) and len(files) > 1])

"""The console has words for each kind of event, and for each reason why a request is refused."""

import re

from tests.harness.scratch import ROOT

CONSOLE = ROOT / "mod_scim_sync" / "console"
SOURCES = [file for file in (ROOT / "mod_scim_sync").rglob("*.c")]


def worded() -> list[str]:
    return re.findall(r'\["([a-z.]+)", "[^"]+"\]', (CONSOLE / "kinds.js").read_text())


def documented() -> set[str]:
    text = (ROOT / "docs" / "api.md").read_text()
    table = text[text.index("| kind | actor | subject | detail |"):text.index("\n## Status")]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return {kind for row in rows for kind in re.findall(r"`([a-z.]+)`", row)}


def said() -> set[str]:
    """What looks like a kind in the module; of "drift.", and of what an IdP tells of ("user.",
    "group."), the second half stands there alone."""
    begun = {kind.split(".")[0] for kind in documented()}
    texts = {text for file in SOURCES for text in re.findall(r'"([a-z]+(?:\.[a-z]+)+)"',
                                                             file.read_text())}
    return {text for text in texts if text.split(".")[0] in begun | {"account", "member"}}


def test_each_kind_is_there_once() -> None:
    assert len(worded()) == len(set(worded())) > 60


def test_those_that_are_documented_have_words_and_no_others() -> None:
    assert set(worded()) == documented()


def test_those_that_the_module_writes_have_words() -> None:
    words = set(worded())
    kinds = said()
    assert len(kinds) > 60
    assert {kind for kind in kinds if kind not in words and f"drift.{kind}" not in words} == set()


def test_reasons_of_401_are_those_of_the_module() -> None:
    """The console tells them apart by the module's words."""
    gate = (ROOT / "mod_scim_sync" / "http" / "gate.c").read_text()
    words = re.findall(r"\[/\^?([^/]+)/, \{", (CONSOLE / "refusals.js").read_text())
    assert len(words) == 6
    for reason in words:
        told = reason.strip().replace("was revoked by", "was %s by").replace("was replaced by",
                                                                            "was %s by")
        assert told in gate, reason


def test_a_body_that_was_left_out_is_known_by_what_stands_there() -> None:
    blackout = (ROOT / "mod_scim_sync" / "base" / "blackout.c").read_text()
    words, = re.findall(r"LEFT_OUT = /\^\\\((.+)/;", (CONSOLE / "pages" / "request.js").read_text())
    assert blackout.count(f'"({words}') == 2


def test_words_of_other_products_stand_out_by_two_asterisks() -> None:
    """One alone, as in Markdown, is shown as it is (dom.js)."""
    for file in (CONSOLE / "idps").glob("*.js"):
        code = re.sub(r"^\s*//.*$", "", file.read_text(), flags=re.MULTILINE)
        assert not re.findall(r"(?<!\*)\*(?!\*)", code), file.name
        assert code.count("**") % 2 == 0, file.name

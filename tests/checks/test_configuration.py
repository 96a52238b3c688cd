"""The directives: each is documented and no other is; each member of a configuration is merged."""

import re
from pathlib import Path

import pytest

from tests.checks import source

TABLE = source.MODULE / "module" / "directives.c"
EXAMPLE = source.ROOT / "conf.d" / "scim_sync.conf"
ENTRY = re.compile(r'\bAP_INIT_\w+\(\s*"(\w+)"')
DIRECTIVE = re.compile(r"\bScimSync(?:[A-Z]\w*)?\b")

STRUCT = re.compile(r"\bstruct\s*(\w*)\s*\{(.*?)\n\}\s*(\w*)\s*;", re.DOTALL)
FUNCTION = re.compile(r"^\w[^;{}()]*?\b(\w+)\([^;{}]*\)\n\{\n(.*?)\n\}", re.DOTALL | re.MULTILINE)
MEMBER = re.compile(r"\b(\w+)\s*(?:\[[^\]]*\])?\s*(?::\s*\d+)?\s*(?=[;,])")


def directives() -> set[str]:
    found = set(ENTRY.findall(source.without_comments(TABLE)))
    assert found, f"no directives in {source.name(TABLE)}"
    return found


def words(paths: list[Path]) -> set[str]:
    return {word for path in paths for word in DIRECTIVE.findall(source.text(path))}


def manuals() -> list[Path]:
    return [source.ROOT / "README.md", source.ROOT / "docs" / "configuration.md"]


def test_every_directive_is_documented() -> None:
    source.none(f"{source.name(manual)}: {directive}" for manual in manuals()
                for directive in sorted(directives() - words([manual])))


def test_every_directive_is_in_the_example() -> None:
    source.none(sorted(directives() - words([EXAMPLE])))


def test_no_other_directive_is_mentioned() -> None:
    texts = [*source.files(".md"), *source.files(".conf", under=source.ROOT / "conf.d")]
    source.none(sorted(words(texts) - directives()))


def structs(kind: str) -> list[tuple[str, str]]:
    """Names and bodies of the module's structs that are a configuration of this kind."""
    return [(match[1] or match[3], match[2])
            for path in source.files(".c", ".h", under=source.MODULE)
            for match in STRUCT.finditer(source.code(path))
            if re.search(rf"{kind}\w*_conf(ig)?(_t)?$", match[1] or match[3])]


def members(body: str) -> list[str]:
    """
    The names a struct's body declares; a function pointer's is in its first parentheses. Of a list
    of members that is a macro (X-macro), the list's own name: who merges by it forgets none.
    """
    lists = re.findall(r"^\s*([A-Z_]+)\([A-Z]+\)$", body, re.MULTILINE)
    if lists:
        return lists
    plain = re.sub(r"\(\s*\*\s*(\w+)\s*\)\s*\([^)]*\)", r" \1", body)
    return MEMBER.findall(plain)


def merges() -> str:
    """The bodies of all functions that merge."""
    return "\n".join(match[2]
                     for path in source.files(".c", under=source.MODULE)
                     for match in FUNCTION.finditer(source.code(path)) if "merge" in match[1])


@pytest.mark.parametrize("kind", ["server", "dir"])
def test_every_member_is_merged(kind: str) -> None:
    found = structs(kind)
    assert found, f"no struct of a {kind} configuration in the module"
    body = merges()
    assert body, "no merge function in the module"
    for name, declared in found:
        assert members(declared), f"no members in {name}"
        source.none([f"{name}.{member}" for member in members(declared)
                    if not re.search(rf"\b{member}\b", body)])

"""The layers: each uses only those under it, and what belongs to one stands in no other."""

import re
from pathlib import Path

from tests.checks import source

# From the top down.
LAYERS = ("module", "http", "sync", "jira", "google", "net", "store", "scim", "base")

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
SQL = re.compile(r"\b(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|"
                 r"ON\s+CONFLICT\s|(CREATE|DROP|ALTER)\s+(UNIQUE\s+)?(TABLE|INDEX)\s|PRAGMA\s)")
PURE_HEADER = re.compile(r"apr(_\w+)?\.h|jansson\.h|uni\w+\.h|"
                         r"(assert|ctype|errno|float|inttypes|limits|math|stdarg|stdbool|stddef|"
                         r"stdint|stdio|stdlib|string|strings|time)\.h")


def layer(path: Path) -> str:
    return path.relative_to(source.MODULE).parts[0]


def includes(path: Path) -> list[tuple[str, bool]]:
    """What a file includes, and whether in quotes."""
    return [(m[1] or m[2], bool(m[1])) for m in INCLUDE.finditer(source.without_comments(path))]


def c_files() -> list[Path]:
    return source.files(".c", ".h", under=source.MODULE)


def outside(*layers: str) -> list[Path]:
    return [path for path in c_files() if layer(path) not in layers]


def test_every_file_is_in_a_layer() -> None:
    source.none([source.name(path) for path in c_files() if layer(path) not in LAYERS])


def test_includes_lead_downwards() -> None:
    wrong = []
    for path in c_files():
        for included, in_quotes in includes(path):
            target = included.split("/")[0]
            if in_quotes and "/" in included and target in LAYERS \
                    and LAYERS.index(target) < LAYERS.index(layer(path)):
                wrong.append(f"{source.name(path)} includes {included}")
    source.none(wrong)


def test_includes_in_quotes_are_ours() -> None:
    """Relative to mod_scim_sync/ or to include/, so that a path says the layer."""
    made = source.text(source.ROOT / "Makefile.am")
    source.none([f"{source.name(path)}: {included}" for path in c_files()
                for included, in_quotes in includes(path)
                if in_quotes and not (source.MODULE / included).exists()
                and not (source.ROOT / "include" / included).exists()
                and not (source.ROOT / "include" / f"{included}.in").exists()
                and f"include/{included}\n" not in made])


def test_sql_stands_in_store() -> None:
    assert any(SQL.search(s) for path in source.files(".c", under=source.MODULE / "store")
               for s in source.strings(path)), "no SQL in store/: is the expression still right?"
    source.none([f"{source.name(path)}: {s[:60]}" for path in outside("store")
                for s in source.strings(path) if SQL.search(s)])


def test_curl_stands_in_its_clients() -> None:
    source.none([source.name(path) for path in outside("jira", "net")
                if "curl/curl.h" in dict(includes(path))])


def test_regular_expressions_stand_in_one_file() -> None:
    source.none([source.name(path) for path in c_files()
                if "pcre2.h" in dict(includes(path)) and path.name != "pattern.c"])


def test_requests_stand_in_http_and_module() -> None:
    source.none([source.name(path) for path in outside("http", "module")
                if re.search(r"\brequest_rec\b", source.code(path))])


def test_protocol_planner_and_rules_are_pure() -> None:
    planner = [path for path in c_files() if layer(path) == "sync"
               and re.match(r"(plan|planner|rules)(_|$)", path.stem)]
    assert {"planner", "rules"} <= {path.stem for path in planner}, "no planner or rules in sync/"
    protocol = source.files(".c", ".h", under=source.MODULE / "scim")
    source.none([f"{source.name(path)} includes {included}" for path in [*protocol, *planner]
                for included, in_quotes in includes(path)
                if not in_quotes and not PURE_HEADER.fullmatch(included)])


# The program beside the module: of that it has what needs no server, and nothing more.

def ctl_files() -> list[Path]:
    return source.files(".c", ".h", under=source.CTL)


def test_the_program_includes_base_and_its_own_alone() -> None:
    own = {source.name(path) for path in ctl_files()} | {"mod_scim_sync_version.h"}
    source.none([f"{source.name(path)} includes {included}" for path in ctl_files()
                 for included, in_quotes in includes(path)
                 if in_quotes and included not in own and not (
                     included.startswith("base/") and (source.MODULE / included).exists())])


def test_the_program_calls_by_one_file() -> None:
    source.none([source.name(path) for path in ctl_files()
                 if "curl/curl.h" in dict(includes(path)) and path.name != "http.c"])


def test_the_programs_names_begin_alike() -> None:
    declared = re.compile(r"^(?!static\b|typedef\b|#)\w[\w ]*?[ *](\w+)\(", re.MULTILINE)
    source.none([f"{source.name(path)}: {name}" for path in source.files(".h", under=source.CTL)
                 for name in declared.findall(source.code(path)) if not name.startswith("ctl_")])

"""httpd's configuration file, built from values instead of pasted text."""

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Iterator

PLAIN_WORD = re.compile(r"[^\s\"'\\<>#]+")


def quoted(argument: object) -> str:
    """An argument as httpd reads it back: in double quotes where it needs them."""
    word = str(argument)
    if PLAIN_WORD.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Conf:
    """Lines of a configuration. Sections nest with `with`."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0

    def directive(self, name: str, *arguments: object) -> None:
        self._line(" ".join([name, *map(quoted, arguments)]))

    def text(self, lines: str) -> None:
        """Configuration text as it is, indented to where it stands."""
        for line in lines.strip().splitlines():
            self._line(line.strip())

    @contextmanager
    def section(self, name: str, argument: object) -> Iterator[None]:
        self._line(f"<{name} {quoted(argument)}>")
        self._depth += 1
        yield
        self._depth -= 1
        self._line(f"</{name}>")

    def _line(self, line: str) -> None:
        self._lines.append("    " * self._depth + line)

    def __str__(self) -> str:
        return "\n".join(self._lines) + "\n"


SCIM_LOCATION = "/scim/v2"
SCIM_V1_LOCATION = "/scim/v1"
ADMIN_LOCATION = "/scim-sync"
HEALTH_LOCATION = "/scim-sync/health"
CALLBACK_LOCATION = "/plugins/servlet/usersync/callback"
PUSH_LOCATION = "/scim-sync/google-push"


@dataclass
class Settings:
    """What a test wants otherwise than the harness's own configuration has it.

    extra      server-level text after everything else, so that it wins over what stands before
    locations  path -> text inside its <Location>; replaces the harness's text for a path it has,
               None drops that path
    vhosts     host name -> text inside a name-based virtual host
    modules    more of Debian's modules to load, by their names there: "status", "ssl"
    log_level  as LogLevel takes it
    processes  httpd's children at start; None: 4 with prefork, 2 with the others
    """

    extra: str = ""
    locations: dict[str, str | None] = field(default_factory=dict)
    vhosts: dict[str, str] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    log_level: str = "info scim_sync:debug"
    processes: int | None = None


def default_locations(password_file: object) -> dict[str, str | None]:
    """The places where the module serves, in the order in which httpd has to merge them."""
    return {
        SCIM_LOCATION: "SetHandler scim-sync\nRequire all granted",
        SCIM_V1_LOCATION: "SetHandler scim-sync\nScimSyncVersion 1.1\nRequire all granted",
        ADMIN_LOCATION: f"""
            SetHandler scim-sync-admin
            AuthType Basic
            AuthName "scim-sync"
            AuthUserFile {quoted(password_file)}
            Require valid-user""",
        HEALTH_LOCATION: "SetHandler scim-sync-health\nRequire all granted",
        CALLBACK_LOCATION: "SetHandler scim-sync-oauth-callback\nRequire all granted",
        PUSH_LOCATION: "SetHandler scim-sync-google-push\nRequire all granted",
    }


THREADS = 16
CHILDREN = 8  # at most, of so many threads
PREFORK_CHILDREN = 64


def write_mpm(conf: Conf, mpm: str, processes: int) -> None:
    """Modest sizes: enough for a test's parallel clients, few enough that a start takes no time.

    The spare minimum makes httpd replace a child that was killed while the server was idle. None is
    too many: else httpd ends children that are idle, and with them connections that are kept alive.
    """
    conf.directive("StartServers", processes)
    if mpm == "prefork":
        conf.directive("MinSpareServers", processes)
        conf.directive("MaxSpareServers", PREFORK_CHILDREN)
        conf.directive("ServerLimit", PREFORK_CHILDREN)
        conf.directive("MaxRequestWorkers", PREFORK_CHILDREN)
    else:
        conf.directive("ServerLimit", CHILDREN)
        conf.directive("MaxRequestWorkers", THREADS * CHILDREN)
        conf.directive("ThreadsPerChild", THREADS)
        conf.directive("MinSpareThreads", THREADS * processes - THREADS // 2)
        conf.directive("MaxSpareThreads", THREADS * CHILDREN)

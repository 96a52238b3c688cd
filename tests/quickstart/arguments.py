"""What ./quickstart takes on its command line. Run as a program it only checks it."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.harness.httpd import Database

DEFAULT_PORT = 8080
# The script goes into the project's folder; file names are meant from where it was called.
CALLED_FROM = "SCIM_SYNC_QUICKSTART_FROM"

DESCRIPTION = """\
Builds mod_scim_sync, starts a private httpd with it on 127.0.0.1 and a simulated Jira, lets
simulated Okta and Microsoft Entra ID clients provision people and groups, and shows what Jira
holds next to what they said. Stays up until Ctrl-C. No system file is touched."""

EPILOG = """\
run/env then holds the addresses and secrets as shell assignments:  . run/env
"./quickstart stop" ends what --detach left running; so does another start, which begins with an
empty database."""


@dataclass(frozen=True)
class JiraSite:
    """A Jira site that is not simulated."""

    url: str
    email: str
    token_file: Path


@dataclass(frozen=True)
class Options:
    """What was asked for. `jira` is None for the simulated one."""

    command: str
    once: bool
    detach: bool
    demo: bool
    customers: bool
    google: bool
    port: int
    database: Database
    jira: JiraSite | None


def parse(arguments: list[str]) -> Options:
    """Ends the program with status 2 and the usage on stderr when the arguments make no sense."""
    parser = _parser()
    given = parser.parse_args(arguments)
    jira = _jira(parser, given)
    for option in ("customers", "google"):
        if getattr(given, option) and jira is not None:
            parser.error(f"--{option} shows itself on the simulated Jira only")
    return Options(command=given.command, once=given.once, detach=given.detach,
                   demo=given.demo if given.demo is not None else jira is None,
                   customers=given.customers, google=given.google,
                   port=given.port, database=given.database, jira=jira)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./quickstart", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", nargs="?", choices=("start", "stop"), default="start",
                        help="start (the default) or stop")
    life = parser.add_mutually_exclusive_group()
    life.add_argument("--once", action="store_true",
                      help="stop at the end; the exit status says whether all agreed")
    life.add_argument("--detach", action="store_true",
                      help="return at the end and leave it running")
    demo = parser.add_mutually_exclusive_group()
    demo.add_argument("--demo", action="store_true", default=None,
                      help="run the demonstration (the default with the simulated Jira)")
    demo.add_argument("--no-demo", dest="demo", action="store_false",
                      help="start without demonstration")
    demo.add_argument("--customers", action="store_true",
                      help="another demonstration: an IdP's groups fill the portals of service "
                           "projects (needs the simulated Jira)")
    demo.add_argument("--google", action="store_true",
                      help="another demonstration: a simulated Google Workspace is connected and "
                           "pulled (needs the simulated Jira)")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, metavar="N",
                        help=f"httpd's port on 127.0.0.1 (default {DEFAULT_PORT})")
    parser.add_argument("--database", type=_database, default=Database(),
                        metavar="'DRIVER PARAMS'",
                        help="as DBDriver and DBDParams take them; the default is sqlite3 with a "
                             "file under run/. The database has to be empty")
    jira = parser.add_argument_group("a real Jira site instead of the simulated one")
    jira.add_argument("--jira-url", type=_url, metavar="URL",
                      help="such as https://your-site.atlassian.net")
    jira.add_argument("--jira-email", metavar="ADDRESS", help="the API token's owner")
    jira.add_argument("--jira-token-file", type=_file, metavar="FILE",
                      help="a file that holds the API token")
    return parser


def _jira(parser: argparse.ArgumentParser, given: argparse.Namespace) -> JiraSite | None:
    values = (given.jira_url, given.jira_email, given.jira_token_file)
    if not any(values):
        return None
    if not all(values):
        parser.error("--jira-url, --jira-email and --jira-token-file go together")
    return JiraSite(*values)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 1 to 65535")
    return int(text)


def _database(text: str) -> Database:
    driver, _, params = text.strip().partition(" ")
    if not driver or not params.strip() and driver != "sqlite3":
        raise argparse.ArgumentTypeError(
            f"{text!r} is no driver with its parameters, such as 'pgsql host=127.0.0.1 dbname=x'")
    return Database(driver, params.strip() or None)


def _url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.query or url.username:
        raise argparse.ArgumentTypeError(f"{text!r} is no address of a site")
    return text.rstrip("/")


def _file(text: str) -> Path:
    path = Path(os.environ.get(CALLED_FROM, "."), text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path


if __name__ == "__main__":
    parse(sys.argv[1:])

"""Runs the simulated Jira as a program: python3 -m tests.simulators.jira --help."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from .embedded import DEFAULT_EMAIL, SimulatedJira
from .hosting import run
from .openapi import DOCUMENT


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.simulators.jira",
        description="A simulated Jira Cloud site on 127.0.0.1, until SIGTERM or SIGINT.")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--port-file", type=Path,
                        help="gets the port's number once connections are accepted")
    parser.add_argument("--email", default=DEFAULT_EMAIL,
                        help="address of the API token's owner, an organization admin")
    token = parser.add_mutually_exclusive_group(required=True)
    token.add_argument("--token-file", type=Path, help="file that holds the API token")
    token.add_argument("--token-env", metavar="NAME",
                       help="environment variable that holds the API token")
    parser.add_argument("--specs", metavar="DIR",
                        help=f"folder with {DOCUMENT}; by default ../shared/specs beside the "
                             "project, if it is there; \"none\" for no such check")
    parser.add_argument("--log-file", type=Path, help="gets one JSON line per request")
    arguments = parser.parse_args()
    arguments.token = _token(parser, arguments)
    arguments.specs = _specs(parser, arguments.specs)
    return arguments


def _token(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> str:
    if arguments.token_file is not None:
        token = arguments.token_file.read_text(encoding="utf-8").strip()
    else:
        token = os.environ.get(arguments.token_env, "").strip()
    if not token:
        parser.error("the API token is empty")
    return token


def _specs(parser: argparse.ArgumentParser, given: str | None) -> Path | None | bool:
    if given is None:
        return None
    if given == "none":
        return False
    folder = Path(given)
    if not (folder / DOCUMENT).is_file():
        parser.error(f"there is no {DOCUMENT} in {folder}")
    return folder


def main() -> None:
    arguments = _arguments()
    run(lambda log: SimulatedJira(port=arguments.port, email=arguments.email,
                                  token=arguments.token, specs=arguments.specs, log_file=log),
        arguments.port_file, arguments.log_file)


main()

"""Runs the simulated Google as a program: python3 -m tests.simulators.google --help."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.simulators.jira.hosting import run

from .discovery import DOCUMENT
from .embedded import SimulatedGoogle


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m tests.simulators.google",
        description="A simulated Google Directory API on 127.0.0.1, until SIGTERM or SIGINT. "
                    "Bearer tokens are issued by POST /_control/tokens.")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--port-file", type=Path,
                        help="gets the port's number once connections are accepted")
    parser.add_argument("--specs", metavar="DIR",
                        help=f"folder with {DOCUMENT}; by default ../shared/specs beside the "
                             "project, if it is there; \"none\" for no such check")
    parser.add_argument("--log-file", type=Path, help="gets one JSON line per request")
    arguments = parser.parse_args()
    if arguments.specs == "none":
        arguments.specs = False
    elif arguments.specs is not None:
        arguments.specs = Path(arguments.specs)
        if not (arguments.specs / DOCUMENT).is_file():
            parser.error(f"there is no {DOCUMENT} in {arguments.specs}")
    return arguments


def main() -> None:
    arguments = _arguments()
    run(lambda log: SimulatedGoogle(port=arguments.port, specs=arguments.specs, log_file=log),
        arguments.port_file, arguments.log_file)


main()

"""The simulated Google Workspace as a Python object."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from tests.simulators.jira.client import camel_keys
from tests.simulators.jira.hosting import Hosted
from tests.simulators.jira.server import Server

from .app import App
from .client import GoogleControl
from .control import Control
from .discovery import beside_the_project, load
from .edits import apply


class SimulatedGoogle(Hosted):
    """A simulated Directory API on 127.0.0.1, in threads of this process.

    `specs` is the folder with the discovery document: a path, None for the one beside the project
    where there is one, False for no such check. `settings` are those of settings.py in Python's
    spelling, `edits` and `faults` hold until the first reset. With `check_answers` the simulator's
    own answers are checked against the document too.
    """

    def __init__(self, *, port: int = 0, specs: Path | None | bool = None,
                 check_answers: bool = False, log_file: TextIO | None = None,
                 edits: list[dict[str, Any]] | None = None,
                 faults: list[dict[str, Any]] | None = None, **settings: Any) -> None:
        folder = beside_the_project() if specs is None else specs
        specification = load(folder) if isinstance(folder, Path) else None
        self.checks_discovery = specification is not None
        app = App(settings=camel_keys(settings), specification=specification,
                  check_answers=check_answers, log_file=log_file)
        super().__init__(app, Server(port, app, Control(app), "ESF"), "simulated-google")
        app.reset({})
        for edit in edits or []:
            apply(app.world, edit)
        app.world.faults.add(faults or [])
        self.control = GoogleControl(self.base_url)

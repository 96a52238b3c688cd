"""The simulated Jira as a Python object."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TextIO

from .app import App
from .client import JiraControl, camel_keys
from .control import Control
from .edits import apply
from .hosting import Hosted
from .openapi import Specifications, beside_the_project
from .server import Server

DEFAULT_EMAIL = "owner@example.com"
DEFAULT_TOKEN = "demo-jira-api-token"


class SimulatedJira(Hosted):
    """A simulated Jira Cloud site on 127.0.0.1, in threads of this process.

    `specs` is the folder with the published API document: a path, None for the one beside the
    project where there is one, False for no such check. `settings` are those of settings.py in
    Python's spelling, `edits` and `faults` hold until the first reset. With
    `check_answers` the simulator's own answers are checked against the document too.
    """

    def __init__(self, *, port: int = 0, email: str = DEFAULT_EMAIL, token: str = DEFAULT_TOKEN,
                 specs: Path | None | bool = None, check_answers: bool = False,
                 log_file: TextIO | None = None, edits: list[dict[str, Any]] | None = None,
                 faults: list[dict[str, Any]] | None = None, **settings: Any) -> None:
        self.email = email
        self.token = token
        folder = beside_the_project() if specs is None else specs
        specification = Specifications(folder) if isinstance(folder, Path) else None
        self.checks_openapi = specification is not None
        app = App(email=email, token=token, settings=camel_keys(settings),
                  specification=specification, check_answers=check_answers,
                  log_file=log_file)
        super().__init__(app, Server(port, app, Control(app), "AtlassianEdge"), "simulated-jira")
        app.reset({})
        for edit in edits or []:
            apply(app.world.site, edit)
        app.world.faults.add(faults or [])
        self.control = JiraControl(self.base_url)

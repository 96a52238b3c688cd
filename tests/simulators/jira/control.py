"""The control API under /_control/: how a test sets the simulated site up and looks behind it.

No authentication: it is for tests and the quickstart, on 127.0.0.1. JSON in, JSON out; a request
that it does not understand is answered 400 with {"error": sentence}. client.JiraControl calls it.

    GET    ready
    POST   reset       settings: a fresh site and record, with the settings of the start and these
    GET    settings
    POST   settings    changes: see settings.py; null takes a setting back to its default
    GET    faults      rules with "id", "hits" and "seen"
    POST   faults      {"rules": [...]}: see faults.py; answers {"ids": [...]}
    DELETE faults      ?id= for one rule, else all
    GET    log         ?since=&operation=&waitMs=&answered=1: see Log.read
    GET    violations  what clients did wrong
    GET    counts      calls, answers and effects: see log.Counts
    GET    state       all accounts, groups, desks, organizations: see Site.as_json
    POST   edit        {"edits": [...]}: see edits.py; answers {"results": [...]}. Edits before one
                       that can't be carried out stay.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import parse_qs

from .edits import apply
from .routing import Answer, Request

if TYPE_CHECKING:
    from .app import App

PREFIX = "/_control/"

# Longest wait of one call for news in the log; the caller asks again.
_LONGEST_WAIT = 60.0


class ControlError(ValueError):
    """A call of the control API that makes no sense."""


class Control:
    """The control API's operations by method and name."""

    def __init__(self, app: "App") -> None:
        self._app = app
        self._operations: dict[tuple[str, str], Callable[[Any, dict[str, str]], Any]] = {
            ("GET", "ready"): lambda body, query: {"ready": True},
            ("POST", "reset"): self._reset,
            ("GET", "settings"): lambda body, query: app.world.settings.as_json(),
            ("POST", "settings"): self._configure,
            ("GET", "faults"): lambda body, query: {"rules": app.world.faults.as_json()},
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._remove_faults,
            ("GET", "log"): self._read_log,
            ("GET", "violations"): lambda body, query: {
                "violations": app.world.log.violations()},
            ("GET", "counts"): lambda body, query: app.world.counts.as_json(),
            ("GET", "state"): self._state,
            ("POST", "edit"): self._edit,
        }

    def handle(self, request: Request) -> Answer:
        operation = self._operations.get((request.method, request.path.removeprefix(PREFIX)))
        if operation is None:
            return Answer(404, {"error": f"there is no {request.method} {request.path}"})
        query = {name: values[-1] for name, values in parse_qs(request.raw_query).items()}
        try:
            body = json.loads(request.body) if request.body else {}
            return Answer(200, operation(body, query))
        except (ValueError, KeyError, TypeError) as error:
            return Answer(400, {"error": f"{type(error).__name__}: {error}"})

    def _reset(self, body: Any, query: dict[str, str]) -> Any:
        self._app.reset(_object(body))
        return {}

    def _configure(self, body: Any, query: dict[str, str]) -> Any:
        world = self._app.world
        world.configure(_object(body))
        return world.settings.as_json()

    def _add_faults(self, body: Any, query: dict[str, str]) -> Any:
        return {"ids": self._app.world.faults.add(_object(body)["rules"])}

    def _remove_faults(self, body: Any, query: dict[str, str]) -> Any:
        self._app.world.faults.remove(int(query["id"]) if "id" in query else None)
        return {}

    def _read_log(self, body: Any, query: dict[str, str]) -> Any:
        wait = min(float(query.get("waitMs", 0)) / 1000, _LONGEST_WAIT)
        return self._app.world.log.read(
            int(query.get("since", 0)), operation=query.get("operation"),
            answered=query.get("answered") == "1", wait=wait)

    def _state(self, body: Any, query: dict[str, str]) -> Any:
        site = self._app.world.site
        with site.lock:
            return site.as_json()

    def _edit(self, body: Any, query: dict[str, str]) -> Any:
        site = self._app.world.site
        with site.lock:
            return {"results": [apply(site, edit) for edit in _object(body)["edits"]]}


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ControlError("the body is a JSON object")
    return body

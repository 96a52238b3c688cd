"""The control API under /_control/: that of the simulated Jira, with other edits, and this:

    POST   tokens      {"scopes", "seconds", "token", "user"}, all optional: see tokens.py; answers
                       {"token", "expiresIn", "scope"}
    DELETE tokens      ?token= ends that one, else all
    GET    channels    {"channels": [...]} with the messages that went out
    GET    quota       {"refused", "mostInWork"}
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulators.jira import control as general

from .edits import apply

if TYPE_CHECKING:
    from .app import App


class Control(general.Control):
    """The control API's operations by method and name."""

    def __init__(self, app: "App") -> None:
        super().__init__(app)
        self._operations |= {
            ("POST", "tokens"): lambda body, query: app.world.tokens.issue(**body),
            ("DELETE", "tokens"): self._revoke,
            ("GET", "channels"): lambda body, query: {"channels": app.world.channels.as_json()},
            ("GET", "quota"): lambda body, query: {
                "refused": app.world.quotas.refused,
                "mostInWork": app.world.quotas.most_in_work},
        }

    def _revoke(self, body: Any, query: dict[str, str]) -> Any:
        self._app.world.tokens.revoke(query.get("token"))
        return {}

    def _edit(self, body: Any, query: dict[str, str]) -> Any:
        world = self._app.world
        with world.site.lock:
            return {"results": [apply(world, edit) for edit in body["edits"]]}

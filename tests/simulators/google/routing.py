"""The words in which operations are written: those of the simulated Jira, and a little more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.simulators.jira.routing import Answer, Operation, Parameter, Property, Request, Router

from .errors import JSON

if TYPE_CHECKING:
    from .state import Directory
    from .tokens import Token
    from .world import World

__all__ = ["Answer", "Call", "Method", "Parameter", "Property", "Request", "Router", "STANDARD",
           "listed", "ok"]

BASE = "/admin/directory/v1"

# Parameters that every operation takes. A token in the URL (access_token, oauth_token) is none.
STANDARD = (
    Parameter("fields"),
    Parameter("prettyPrint", kind="boolean", default=True),
    Parameter("quotaUser"),
    Parameter("alt", choices=("json",)),
)


@dataclass(frozen=True)
class Method(Operation):
    """An operation; `scopes` are those of which the token needs one, `shape` that of its answer
    for `fields`, `items` the name of the list in it."""

    scopes: tuple[str, ...] = ()
    shape: Any = None
    items: str | None = None


@dataclass
class Call:
    """What an operation's handler gets: arguments already checked, and whose token it is."""

    world: "World"
    token: "Token"
    request: Request
    path_values: dict[str, str]
    parameters: dict[str, Any]
    body: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    @property
    def site(self) -> "Directory":
        return self.world.site

    @property
    def unprivileged(self) -> bool:
        return self.world.settings["caller"] == "unprivileged"

    def note(self, violation: str) -> None:
        """Record a mistake of the client's that only the operation can see."""
        self.notes.append(violation)


def ok(content: Any) -> Answer:
    return Answer(200, content, {}, JSON)


def listed(kind: str, name: str, items: list[dict[str, Any]], token: str | None, etag: str,
           keep_empty: bool = False) -> Answer:
    """A page: an empty list is left out (facts 2.5), unless it is to be kept."""
    content: dict[str, Any] = {"kind": f"admin#directory#{kind}", "etag": etag}
    if items or keep_empty:
        content[name] = items
    if token is not None:
        content["nextPageToken"] = token
    return ok(content)

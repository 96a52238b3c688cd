"""A small client of the control API, for a simulator in this process or in another."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlencode


class SimulatorControl:
    """Calls /_control/ of the simulator at base_url.

    Keyword arguments are written as Python writes names; latency_ms becomes the key latencyMs.
    """

    def __init__(self, base_url: str, timeout: float = 90.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout

    def reset(self, **settings: Any) -> None:
        """Begin again with an empty log, the seeded state, and the settings of the start plus
        these. What hangs is released."""
        self._call("POST", "reset", camel_keys(settings))

    def configure(self, **settings: Any) -> dict[str, Any]:
        """Change settings (settings.py); None takes one back to its default. Returns all."""
        return self._call("POST", "settings", camel_keys(settings))

    def settings(self) -> dict[str, Any]:
        return self._call("GET", "settings")

    def add_fault(self, what: str, *, match: dict[str, Any] | None = None,
                  times: int | None = 1, **details: Any) -> int:
        """Add a rule (faults.py), by default for one request; times=None never ends. Returns
        its number."""
        rule = {"what": what, "match": match or {}, "times": times} | details
        return self._call("POST", "faults", {"rules": [rule]})["ids"][0]

    def faults(self) -> list[dict[str, Any]]:
        """The rules with their hits."""
        return self._call("GET", "faults")["rules"]

    def remove_faults(self, number: int | None = None) -> None:
        """Take back one rule, or all."""
        self._call("DELETE", "faults", query={} if number is None else {"id": number})

    def log(self, since: int = 0, *, operation: str | None = None, answered: bool = False,
            wait_ms: int = 0) -> dict[str, Any]:
        """{"entries", "next"}: what came after `since`, waiting for it up to wait_ms. With
        `answered` the list ends before the first request still in work."""
        query: dict[str, Any] = {"since": since, "waitMs": wait_ms}
        if operation is not None:
            query["operation"] = operation
        if answered:
            query["answered"] = 1
        return self._call("GET", "log", query=query)

    def entries(self, operation: str | None = None) -> list[dict[str, Any]]:
        """The log's entries so far."""
        return self.log(operation=operation)["entries"]

    def violations(self) -> list[dict[str, Any]]:
        return self._call("GET", "violations")["violations"]

    def counts(self) -> dict[str, Any]:
        return self._call("GET", "counts")

    def state(self) -> dict[str, Any]:
        return self._call("GET", "state")

    def edit(self, action: str, **arguments: Any) -> dict[str, Any]:
        """One hand edit (edits.py), e.g. edit("set-active", account="a@example.com",
        active=False). Returns the id of what it is about, such as {"accountId"}."""
        return self.edits([{"action": action} | camel_keys(arguments)])[0]

    def edits(self, edits: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Many edits in one step, as the control API takes them."""
        return self._call("POST", "edit", {"edits": edits})["results"]

    def _call(self, method: str, name: str, body: Any = None,
              query: dict[str, Any] | None = None) -> Any:
        url = f"{self._base_url}/_control/{name}"
        if query:
            url += f"?{urlencode(query)}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"},
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ValueError(json.load(error)["error"]) from None


class JiraControl(SimulatorControl):
    """Calls /_control/ of the simulated Jira."""


def camel_keys(arguments: dict[str, Any]) -> dict[str, Any]:
    """{"latency_ms": 5} -> {"latencyMs": 5}."""
    return {_camel(name): value for name, value in arguments.items()}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)

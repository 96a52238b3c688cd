"""A small client of the control API, for a simulator in this process or in another."""

from __future__ import annotations

from typing import Any

from tests.simulators.jira.client import SimulatorControl, camel_keys


class GoogleControl(SimulatorControl):
    """Calls /_control/ of the simulated Google Workspace.

    edit("add-user", email=...) and its like are in edits.py; their result is {"id"}.
    """

    def issue_token(self, *scopes: str, seconds: float = 3599, token: str | None = None,
                    user: str | None = None) -> str:
        """Make a bearer token, or make one known that an OAuth server has issued. Without scopes
        it has the two that suffice for users, groups and members."""
        body: dict[str, Any] = {"scopes": list(scopes) or None, "seconds": seconds,
                                "token": token}
        if user is not None:
            body["user"] = user
        return self._call("POST", "tokens", body)["token"]

    def revoke_token(self, token: str | None = None) -> None:
        """End one token, or all."""
        self._call("DELETE", "tokens", query={} if token is None else {"token": token})

    def seed(self, **arguments: Any) -> dict[str, Any]:
        """Many users and groups at once: seed.py."""
        return self.edits([{"action": "seed"} | camel_keys(arguments)])[0]

    def kill_page_tokens(self) -> None:
        """End every page token that is out, as three days would."""
        self.edit("kill-page-tokens")

    def channels(self) -> list[dict[str, Any]]:
        """The open channels, with the messages that they sent."""
        return self._call("GET", "channels")["channels"]

    def quota(self) -> dict[str, int]:
        """{"refused", "mostInWork"}: calls that a quota refused, and the most at one time."""
        return self._call("GET", "quota")

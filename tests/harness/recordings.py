"""The recorded clients of tests/replay, one folder each: its README.md says how they are written.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Iterable

from tests.harness import messages
from tests.harness.scratch import ROOT

REPLAY = ROOT / "tests" / "replay"
JIRA = ".jira.json"


def names() -> list[str]:
    return sorted(path.parent.name for path in REPLAY.glob("*/client.json"))


def chosen(prefixes: Iterable[str]) -> list[str]:
    """The clients whose names begin with one of these; all without any."""
    prefixes = tuple(prefixes)
    return [name for name in names() if not prefixes or name.startswith(prefixes)]


@dataclass(frozen=True)
class Recording:
    """One client's folder."""

    name: str

    @property
    def folder(self) -> Path:
        return REPLAY / self.name

    @cached_property
    def steps(self) -> list[Path]:
        return messages.steps(self.folder)

    @cached_property
    def _client(self) -> dict[str, Any]:
        """Without a default: a misspelt key must not turn a header into nothing."""
        client = json.loads((self.folder / "client.json").read_text())
        assert set(client) == {"provider", "endpoint", "headers", "headersWithBody"}, self.name
        return client

    @property
    def provider(self) -> str:
        return self._client["provider"]

    @property
    def headers(self) -> dict[str, str]:
        return self._client["headers"]

    @property
    def body_headers(self) -> dict[str, str]:
        return self._client["headersWithBody"]

    def base_url(self, base_url: str) -> str:
        """The address of the endpoint of which the client speaks the version, from that of 2.0."""
        return messages.base_urls(base_url)[self._client["endpoint"]]

    def jira_after(self, step: Path) -> Any:
        """What Jira must hold after this step, if the folder says so there."""
        said = step.with_suffix(JIRA)
        return json.loads(said.read_text()) if said.exists() else None

    def jira_at_the_end(self) -> Any:
        return json.loads((self.folder / "jira.json").read_text())

"""Everything that a reset throws away at once."""

from __future__ import annotations

from typing import Any, TextIO

from tests.simulators.jira import log
from tests.simulators.jira.passing import Passing

from .faults import Faults
from .paging import PageTokens
from .push import Channels
from .quota import Quotas
from .settings import Settings
from .state import Directory
from .tokens import Tokens


class Counts(log.Counts):
    """Calls and answers by operation; nothing is changed through this API."""

    EFFECTS = ()


class World(Passing):
    """The directory, the settings, tokens, faults, and the record of what happened.

    A request keeps to the world in which it arrived, as at the simulated Jira.
    """

    def __init__(self, base_url: str, settings: dict[str, Any], log_file: TextIO | None) -> None:
        super().__init__()
        self.base_url = base_url
        self.settings = Settings(settings)
        self.site = Directory(self.settings)
        self.tokens = Tokens()
        self.page_tokens = PageTokens()
        self.channels = Channels(self.settings)
        self.faults = Faults()
        self.quotas = Quotas()
        self.quotas.configure(self.settings["quota"])
        self.log = log.Log(log_file)
        self.counts = Counts()

    def configure(self, changes: dict[str, Any]) -> None:
        self.settings.update(changes)
        if "quota" in changes:
            self.quotas.configure(self.settings["quota"])

    def end(self) -> None:
        """Its channels, too."""
        self.channels.end()
        super().end()

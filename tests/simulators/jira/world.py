"""Everything that a reset throws away at once."""

from __future__ import annotations

import random
import threading
from typing import Any, TextIO

from .faults import Faults
from .log import Counts, Log
from .ratelimit import RateLimiter
from .settings import Settings
from .state import Site


class World:
    """The site's state, the settings, the faults, and the record of what happened.

    A request keeps to the world in which it arrived. A reset makes a new world and ends the old
    one, so that no straggler from an earlier test changes the state of the next.
    """

    def __init__(self, owner_email: str, base_url: str, settings: dict[str, Any],
                 log_file: TextIO | None, cloud_id: str) -> None:
        self.base_url = base_url
        self.cloud_id = cloud_id
        self.settings = Settings(settings)
        self.site = Site(owner_email, self.settings)
        self.faults = Faults()
        self.limiter = RateLimiter()
        self.limiter.configure(self.settings["rateLimit"])
        self.log = Log(log_file)
        self.counts = Counts()
        self._chance = random.Random(0)
        self._ended = threading.Event()

    def configure(self, changes: dict[str, Any]) -> None:
        self.settings.update(changes)
        if "rateLimit" in changes:
            self.limiter.configure(self.settings["rateLimit"])

    def latency(self) -> float:
        """Seconds that the next call is to take."""
        latency = self.settings["latencyMs"]
        if isinstance(latency, dict):
            return self._chance.uniform(latency["min"], latency["max"]) / 1000
        return latency / 1000

    def pause(self, seconds: float) -> bool:
        """Let time pass; False when the world ended meanwhile."""
        return seconds <= 0 or not self._ended.wait(seconds)

    def end(self) -> None:
        """Let go whatever hangs in this world."""
        self._ended.set()
        self.log.end()

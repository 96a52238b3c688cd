"""The time that passes in a simulated world."""

from __future__ import annotations

import random
import threading
from typing import Any


class Passing:
    """Time in a world, until it ends. Whoever inherits it has `settings` and `log`."""

    settings: Any
    log: Any

    def __init__(self) -> None:
        self._chance = random.Random(0)
        self._ended = threading.Event()

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

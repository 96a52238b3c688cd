"""Everything that a reset throws away at once."""

from __future__ import annotations

from typing import Any, TextIO

from .faults import Faults
from .log import Counts, Log
from .passing import Passing
from .ratelimit import RateLimiter
from .settings import Settings
from .state import Site


class World(Passing):
    """The site's state, the settings, the faults, and the record of what happened.

    A request keeps to the world in which it arrived. A reset makes a new world and ends the old
    one, so that no straggler from an earlier test changes the state of the next.
    """

    def __init__(self, owner_email: str, base_url: str, settings: dict[str, Any],
                 log_file: TextIO | None, cloud_id: str) -> None:
        super().__init__()
        self.base_url = base_url
        self.cloud_id = cloud_id
        self.settings = Settings(settings)
        self.site = Site(owner_email, self.settings)
        self.faults = Faults()
        self.limiter = RateLimiter()
        self.limiter.configure(self.settings["rateLimit"])
        self.log = Log(log_file)
        self.counts = Counts()

    def configure(self, changes: dict[str, Any]) -> None:
        self.settings.update(changes)
        if "rateLimit" in changes:
            self.limiter.configure(self.settings["rateLimit"])

"""Waiting for a condition instead of sleeping."""

import time
from typing import Callable, TypeVar

T = TypeVar("T")

SHORTEST_PAUSE = 0.005
LONGEST_PAUSE = 0.1
# Nobody waits for so long unless something is wrong, or the machine very busy.
PATIENCE = 60


class TimedOut(AssertionError):
    """A condition did not come true in time; the message says which, and what was seen last."""


def until(condition: Callable[[], T], what: str, seconds: float = PATIENCE) -> T:
    """Calls `condition` until its result is true and returns that result.

    `what` completes the sentence "waited for ...". An exception of `condition` is not caught: where
    a failure to connect is part of the waiting, the condition has to say so itself.
    """
    deadline = time.monotonic() + seconds
    pause = SHORTEST_PAUSE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimedOut(f"waited {seconds:g} s for {what}; last value: {value!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)

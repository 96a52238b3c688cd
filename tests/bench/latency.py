"""How soon the first call leaves for Jira after an IdP has had its answer."""

from __future__ import annotations

import statistics
import time

from tests.bench.stand import Stand, table

TIMES = 50


def measure(stand: Stand) -> str:
    """Each time on a server with nothing else to do, by the clock of this machine: the simulated
    Jira notes when a request arrives. Less than nothing: it left before the answer was read."""
    idp = stand.idp("latency")
    control = stand.jira.control
    waits = []
    for number in range(-3, TIMES):
        stand.settle()
        seen = control.log()["next"]
        idp.create_user(f"p{number}@example.com")
        answered = time.time()
        entry = control.log(seen, wait_ms=10_000)["entries"][0]
        if number >= 0:
            waits.append(1000 * (entry["time"] - answered))
    idp.close()
    return table(f"From a SCIM answer to the first call at Jira, ms ({stand.mpm}, N={TIMES})",
                 ["", "mean", "median", "max"],
                 [["idle server", *(f"{value:.2f}" for value in (
                     statistics.mean(waits), statistics.median(waits), max(waits)))]])

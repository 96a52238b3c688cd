"""What the record of requests (ScimSyncRecord) costs a request: the same one at two locations of
one server, of which one keeps none."""

from __future__ import annotations

import json
import statistics
import time
from contextlib import closing
from pathlib import Path
from typing import Callable

from tests.bench.stand import Stand, table
from tests.harness.client import PATCH_SCHEMA, USER_SCHEMA, Client
from tests.harness.conf import SCIM_LOCATION

TIMES = 1500
WARM_UP = 100
PEOPLE = 200
UNRECORDED = "/unrecorded/v2"
EXTRA = f"""
<Location {UNRECORDED}>
    SetHandler scim-sync
    Require all granted
    ScimSyncRecord Off
</Location>"""
# Each time all of them are sent, one after the other, and who begins takes turns. The third one is
# the first one once more: what differs between these two is noise.
PLACES = {"without": UNRECORDED, "with": SCIM_LOCATION, "without again": UNRECORDED}

# Method, path and body of a request, the n-th of its kind.
Ask = Callable[[int], tuple[str, str, dict[str, object] | None]]


def measure(module: Path, mpm: str) -> str:
    with Stand(module, mpm, extra=EXTRA) as stand, closing(stand.idp("record", live=False)) as idp:
        users = [idp.create_user(f"p{number}@example.com")["id"] for number in range(PEOPLE)]
        root = f"{stand.server.url}{{}}/record"
        rows = []
        with closing(Client(stand.server.url, token=idp.token)) as client:
            for name, ask in asks(users).items():
                took = compare(client, root, ask)
                rows.append([name, *row(took)])
    return table(f"The record of requests, one connection, medians of {TIMES} ({mpm}, SQLite)",
                 ["", "us without", "us with", "it costs", "noise"], rows)


def asks(users: list[str]) -> dict[str, Ask]:
    look_up = "/Users?filter=userName%20eq%20%22p7%40example.com%22"
    return {
        "GET of a user": lambda n: ("GET", f"/Users/{users[n % PEOPLE]}", None),
        "look-up by userName": lambda n: ("GET", look_up, None),
        "list of 20 users": lambda n: ("GET", "/Users?count=20", None),
        "POST of a user": lambda n: ("POST", "/Users", {
            "schemas": [USER_SCHEMA], "userName": f"posted{n}@example.com", "active": True}),
        "PATCH of a user": lambda n: ("PATCH", f"/Users/{users[n % PEOPLE]}", {
            "schemas": [PATCH_SCHEMA],
            "Operations": [{"op": "replace", "path": "title", "value": f"t{n}"}]}),
        "GET that is refused (404)": lambda n: ("GET", f"/Users/none{n}", None),
    }


def compare(client: Client, root: str, ask: Ask) -> dict[str, list[float]]:
    """Microseconds of each request, by place."""
    took: dict[str, list[float]] = {place: [] for place in PLACES}
    number = 0
    for turn in range(-WARM_UP, TIMES):
        places = list(PLACES)
        first = turn % len(places)
        for place in places[first:] + places[:first]:
            method, path, body = ask(number)
            sent = json.dumps(body) if body else None
            begun = time.perf_counter()
            client.request(method, root.format(PLACES[place]) + path, body=sent)
            if turn >= 0:
                took[place].append(1e6 * (time.perf_counter() - begun))
            number += 1
    return took


def row(took: dict[str, list[float]]) -> list[str]:
    median = {place: statistics.median(values) for place, values in took.items()}

    def more(place: str) -> str:
        """The median of the differences within a turn: other work of this machine is in both."""
        differences = [one - other for one, other in zip(took[place], took["without"])]
        return f"{100 * statistics.median(differences) / median['without']:+.1f} %"
    return [f"{median['without']:.0f}", f"{median['with']:.0f}", more("with"),
            more("without again")]

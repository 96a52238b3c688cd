"""What a request costs, beside a static file of the same httpd in the same run."""

from __future__ import annotations

import json
import statistics

from tests.bench import load
from tests.bench.stand import STATIC_LOCATION, Stand, table
from tests.harness.client import PATCH_SCHEMA, USER_SCHEMA, ScimClient

ROUNDS = 3
SECONDS = 2
CONNECTIONS = 16
PEOPLE = 200
STATIC = "static file"


def measure(stand: Stand) -> str:
    """The median of some rounds, each of which takes all requests in turn."""
    idp = stand.idp("requests", live=False)
    asked = requests(stand, idp)
    rates: dict[str, list[float]] = {name: [] for name in asked}
    costs: dict[str, list[float]] = {name: [] for name in asked}
    refused = dict.fromkeys(asked, 0)
    for turn in range(ROUNDS):
        for name, request in asked.items():
            before = stand.processor_seconds()
            result = load.run(request, CONNECTIONS, SECONDS, 1_000_000 * turn)
            costs[name].append(1e6 * (stand.processor_seconds() - before) / result.requests)
            rates[name].append(result.rate)
            refused[name] += result.refused
    idp.close()
    rate = {name: statistics.median(seen) for name, seen in rates.items()}
    cost = {name: statistics.median(seen) for name, seen in costs.items()}
    rows = [[name, f"{rate[name]:.0f}", f"{rate[name] / rate[STATIC]:.2f}", f"{cost[name]:.0f}",
             f"{cost[name] / cost[STATIC]:.1f}", refused[name]] for name in asked]
    return table(f"Requests, {CONNECTIONS} connections ({stand.mpm}, SQLite, {PEOPLE} people)",
                 ["", "per second", "of static", "CPU us each", "x static", "not 2xx"], rows)


def requests(stand: Stand, idp: ScimClient) -> dict[str, load.Request]:
    users = people(idp)
    group = idp.create_group("Bench")
    token = idp.token or ""
    user = {"schemas": [USER_SCHEMA], "userName": "posted{n}@example.com", "active": True}
    return {
        STATIC: load.Request("GET", stand.server.url + STATIC_LOCATION),
        "GET of a user": load.Request("GET", f"{idp.base_url}/Users/{users[0]['id']}", token),
        "look-up by userName": load.Request(
            "GET", f"{idp.base_url}/Users?filter=userName%20eq%20%22p7%40example.com%22", token),
        "list of 20 users": load.Request("GET", f"{idp.base_url}/Users?count=20", token),
        "POST of a user": load.Request("POST", f"{idp.base_url}/Users", token,
                                       (json.dumps(user),)),
        "PATCH, a member in and out": load.Request(
            "PATCH", f"{idp.base_url}/Groups/{group['id']}", token,
            (patch("add", users[0]["id"]), patch("remove", users[0]["id"]))),
    }


def people(idp: ScimClient) -> list[dict[str, object]]:
    return [idp.create_user(f"p{number}@example.com", name={"givenName": "P", "familyName": "Q"})
            for number in range(PEOPLE)]


def patch(operation: str, member: str) -> str:
    if operation == "add":
        change = {"op": "add", "path": "members", "value": [{"value": member}]}
    else:
        change = {"op": "remove", "path": f'members[value eq "{member}"]'}
    return json.dumps({"schemas": [PATCH_SCHEMA], "Operations": [change]})

"""The demonstration: three IdPs provision, then Jira is compared with what they said."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Callable

from tests.harness.admin import AdminClient
from tests.harness.wait import TimedOut, until
from tests.simulators.idps import (Directory, EntraApp, Held, OktaCustomApp, OktaOinApp, Row,
                                   compare, expected, held, renames, story)
from tests.simulators.jira import JiraControl

CATCH_UP_SECONDS = 300
SAY_EVERY_SECONDS = 1
SHOWN_TASKS = 20


@dataclass(frozen=True)
class Client:
    """One simulated IdP of the demonstration."""

    name: str
    provider: str
    style: str
    kind: Callable[..., Any]


CLIENTS = (
    Client("okta-custom", "okta", "okta", OktaCustomApp),
    Client("okta-oin", "okta", "okta", OktaOinApp),
    Client("entra", "entra", "entra", EntraApp),
)


class DemoFailed(Exception):
    """The demonstration could not be brought to its end."""


def run(admin: AdminClient, site: str, say: Callable[[str], None]) -> list[Directory]:
    """Let every client tell its story; the directories they told it from."""
    directories = []
    for client in CLIENTS:
        scim = admin.create_idp(client.name, client.provider, site=site)["scim"]
        directory = Directory(client.name, client.style)
        app = client.kind(scim["baseUrl"], scim["token"], directory)
        last = client is CLIENTS[-1]
        for line in story(app, f"{client.name}.example.com", keep_shared=last):
            say(f"  {client.name:<12} {line}")
        say(f"  {client.name:<12} {len(app.exchanges)} requests, every answer as it has to be")
        app.transport.close()
        directories.append(directory)
    return directories


def catch_up(admin: AdminClient, say: Callable[[str], None]) -> None:
    """Wait until nothing is left to be done in Jira."""
    said_at = 0.0

    def done() -> bool:
        nonlocal said_at
        waiting = admin.status()["tasks"]["waiting"]
        if waiting and time.monotonic() - said_at >= SAY_EVERY_SECONDS:
            say(f"  tasks waiting: {waiting}")
            said_at = time.monotonic()
        return waiting == 0

    try:
        until(done, "Jira to catch up", CATCH_UP_SECONDS)
    except TimedOut:
        raise DemoFailed(f"Jira has not caught up within {CATCH_UP_SECONDS} s:\n"
                         + unfinished(admin)) from None


def rename(admin: AdminClient, control: JiraControl, directories: list[Directory],
           say: Callable[[str], None]) -> None:
    """Do what parked tasks ask a Jira administrator for: Jira's API can't rename a group."""
    wanted = renames(held(control.state()), *directories)
    for old, new in wanted:
        say(f"  a Jira administrator renames {old!r} to {new!r}, which Jira's API can't do")
        control.edit("rename-group", group=old, name=new)
    if wanted:
        for task in tasks(admin):
            if task["state"] == "failed":
                admin.retry(task["id"])
        catch_up(admin, say)


def tasks(admin: AdminClient) -> list[dict[str, Any]]:
    """Everything that is still to be done, or waits for a person."""
    return admin.get(f"{AdminClient.API}/tasks").expect(200).json()["tasks"]


def unfinished(admin: AdminClient) -> str:
    """Tasks that are not done, with what stands in their way; one a line."""
    found = tasks(admin)
    lines = [f"  {task['kind']} {task['subject']}: {task['state']} after {task['attempts']} "
             f"attempts: {task.get('detail') or task.get('status') or 'no answer yet'}"
             for task in found[:SHOWN_TASKS]]
    if len(found) > SHOWN_TASKS:
        lines.append(f"  and {len(found) - SHOWN_TASKS} more")
    return "\n".join(lines)


def result(directories: list[Directory], state: dict[str, Any], before: Held) -> list[Row]:
    """What the IdPs said next to what the simulated Jira holds."""
    return compare(expected(*directories), held(state), before)


def table(rows: list[Row], said_by: str = "IdPs said") -> str:
    """The rows for a person to read, with a mark on each."""
    cells = [("", "", "", said_by, "Jira holds")]
    cells += [("ok" if row.agrees else "NO", row.kind, row.subject, row.said, row.held)
              for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
                     for line in cells)

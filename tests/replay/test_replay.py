"""Clients as they were recorded, against a real httpd and the simulated Jira.

README.md says how a folder is written. A new folder is a new test; no code is needed.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.harness.client import Response
from tests.harness.messages import Mismatch, exchange
from tests.harness.recordings import JIRA, Recording, names
from tests.integration.scene import Scene, scene  # noqa: F401

# Who is known to connect: a client that is missing here was never heard of, one that is missing
# under tests/replay was forgotten.
CLIENTS = {
    "authentik", "cyberark", "entra", "entra-optscim", "google", "ibm-verify", "jumpcloud",
    "keycloak-mitodl", "keycloak-scim-for-keycloak", "miniorange", "okta-1.1", "okta-aiw",
    "okta-oin", "onelogin", "onelogin-1.1", "pingfederate", "pingfederate-1.1",
    "pingfederate-github", "pingone", "rippling", "sailpoint",
}

KEY = re.compile(r"\[([A-Z0-9][A-Z0-9-]+)\]")


def nulls(value: Any, where: str = "body") -> list[str]:
    """Where an answer holds null: Entra's reader takes that for a broken answer."""
    if isinstance(value, dict):
        return [found for name, one in value.items() for found in nulls(one, f"{where}.{name}")]
    if isinstance(value, list):
        return [found for n, one in enumerate(value) for found in nulls(one, f"{where}[{n}]")]
    return [where] if value is None else []


def jira_holds(scene: Scene) -> dict[str, Any]:
    """Accounts and groups that came by us, and what waits for a person."""
    state = scene.control.state()
    return {
        "accounts": {account["email"]: account["products"] if account["active"] else "inactive"
                     for account in state["accounts"] if account["createdBy"] != "seed"},
        "groups": {group["name"]: group["members"]
                   for group in state["groups"] if group["createdBy"] != "seed"},
        "waitsForAPerson": sorted(scene.parked()),
    }


def differences(expected: dict[str, Any], held: dict[str, Any]) -> list[str]:
    """One line for each account or group that is not as it should be."""
    found = []
    for part in sorted({*expected, *held}):
        wanted, there = expected.get(part, {}), held.get(part, {})
        if not isinstance(wanted, dict):
            wanted, there = {"": wanted}, {"": there}
        found += [f"{part}: {name}: {there.get(name, 'nothing')}, not {wanted.get(name, 'nothing')}"
                  for name in sorted({*wanted, *there}) if wanted.get(name) != there.get(name)]
    return found


def expect_jira(scene: Scene, expected: Any, where: str) -> None:
    scene.settle()
    wrong = differences(expected, jira_holds(scene))
    if wrong:
        pytest.fail("\n".join([f"{where} Jira holds", *wrong]), pytrace=False)


def test_the_client_gets_what_it_needs_and_jira_what_it_said(recording: Recording,
                                                             scene: Scene) -> None:
    client = scene.idp(provider=recording.provider)
    values = {"base": recording.base_url(client.base_url)}
    for step in recording.steps:
        try:
            answer = exchange(client, step, values, recording.headers, recording.body_headers)
            expect_no_nulls(answer, step.name)
        except Mismatch as wrong:
            raise pytest.fail.Exception(f"{recording.name}: {wrong}", pytrace=False) from None
        at_once = recording.jira_after(step)
        if at_once is not None:
            expect_jira(scene, at_once, f"{recording.name}: after {step.name}")
    expect_jira(scene, recording.jira_at_the_end(), f"{recording.name}: at the end")


def expect_no_nulls(answer: Response, step: str) -> None:
    found = nulls(answer.json()) if answer.body else []
    if found:
        raise Mismatch(f"{step}: null at {', '.join(found)}")


def test_every_client_that_is_known_has_its_folder() -> None:
    assert set(names()) == CLIENTS


def test_a_folder_is_whole(recording: Recording) -> None:
    files = {path.name for path in recording.folder.iterdir()}
    stems = [step.stem for step in recording.steps]
    assert [int(stem.partition("-")[0]) for stem in stems] == list(range(1, len(stems) + 1))
    messages = {f"{stem}.{kind}" for stem in stems for kind in ("request", "answer")}
    checkpoints = {name for name in files if name.endswith(JIRA)}
    assert {name.removesuffix(JIRA) for name in checkpoints} <= set(stems)
    assert files - checkpoints == {"README.md", "client.json", "jira.json"} | messages


def test_a_folder_names_its_sources(recording: Recording) -> None:
    """As "Sources: [KEY] what it is; ..." at the end of its README."""
    _, _, sources = (recording.folder / "README.md").read_text().rpartition("\nSources: ")
    comments = [line for step in recording.steps for line in step.read_text().splitlines()
                if line.startswith("#")]
    assert KEY.search(sources)
    assert set(KEY.findall("\n".join(comments))) <= set(KEY.findall(sources))

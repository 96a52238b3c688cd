"""What runs the recordings: which ones are chosen, and what it must notice."""

from pathlib import Path
from typing import Any

import pytest

from tests.harness import recordings
from tests.harness.recordings import Recording
from tests.harness.run import parse
from tests.harness.stages import chosen
from tests.replay.test_replay import differences, nulls


def test_clients_stand_behind_their_part() -> None:
    choice = parse(["replay", "okta", "entra", "--", "-x"])
    assert (choice.parts, choice.clients, choice.pytest_arguments) == (
        ["replay"], ["okta", "entra"], ["-x"])
    assert "replay" in [stage.part for stage in chosen(choice)]


@pytest.mark.parametrize("arguments", [
    ["okta"], ["okta", "replay"], ["checks", "okta"], ["replay", "okta", "checks", "entra"],
    ["replay", "nobody"],
])
def test_a_client_that_stands_elsewhere_or_is_unknown_is_refused(
        arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)
    assert "there are: " in capsys.readouterr().err


def test_all_clients_are_meant_without_a_name() -> None:
    assert parse(["replay"]).clients == []
    assert recordings.chosen([]) == recordings.names()
    assert recordings.chosen(["okta", "go"]) == ["google", "okta-1.1", "okta-aiw", "okta-oin"]


@pytest.mark.parametrize("value, found", [
    ({"a": 1, "b": [{}]}, []), (None, ["body"]), ({"a": {"b": None}}, ["body.a.b"]),
    ({"a": [1, None]}, ["body.a[1]"]),
])
def test_a_null_is_found_wherever_it_is(value: Any, found: list[str]) -> None:
    assert nulls(value) == found


@pytest.mark.parametrize("held", [
    {"accounts": {}}, {"accounts": {"a": []}}, {"accounts": {"a": ["x"], "b": []}},
    {"accounts": {"a": ["x"]}, "groups": {"T": []}},
    {"accounts": {"a": ["x"]}, "waitsForAPerson": ["T"]},
])
def test_what_jira_holds_otherwise_is_found(held: Any) -> None:
    expected = {"accounts": {"a": ["x"]}, "groups": {}, "waitsForAPerson": []}
    assert differences(expected, {"groups": {}, "waitsForAPerson": [], **expected}) == []
    assert len(differences(expected, {"groups": {}, "waitsForAPerson": [], **held})) == 1


def test_a_misspelt_key_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "REPLAY", tmp_path)
    (tmp_path / "someone").mkdir()
    (tmp_path / "someone" / "client.json").write_text('{"provider": "x", "header": {}}')
    with pytest.raises(AssertionError, match="someone"):
        Recording("someone").provider

"""tests/run: what runs side by side, what waits for what, and that nothing is left out."""

from __future__ import annotations

import threading
from typing import Callable

import pytest

from tests.harness import scratch, stages
from tests.harness.counts import Counts
from tests.harness.execution import Terminal
from tests.harness.run import AT_A_TIME, Run
from tests.harness.stages import Choice, Load, Stage


class Stages:
    """Stages that do nothing but see which others run meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.run = Run(Terminal())
        self.live: set[str] = set()
        self.met: dict[str, set[str]] = {}
        self.ended: list[str] = []
        self._lock = threading.Lock()
        monkeypatch.setattr(Run, "_act", lambda _, stage: stage.action(None))

    def make(self, name: str, *needs: str, alone: bool = False, load: Load = Load.MIXED,
             action: Callable[[], None] = lambda: None, failures: tuple[str, ...] = ()) -> Stage:
        def act(_: object) -> Counts:
            with self._lock:
                self.live.add(name)
                self.met[name] = set()
                for one in self.live:
                    self.met[one] |= self.live - {one}
            action()
            with self._lock:
                self.live.remove(name)
                self.ended.append(name)
            return Counts(passed=1, failures=list(failures))

        return Stage(name, "part", act, needs, alone, load)


@pytest.fixture
def these(monkeypatch: pytest.MonkeyPatch) -> Stages:
    return Stages(monkeypatch)


def test_so_many_run_side_by_side(these: Stages) -> None:
    all_there = threading.Barrier(sum(AT_A_TIME.values()), timeout=20)
    these.run.carry_out_all([these.make(f"{load} {number}", load=load, action=all_there.wait)
                             for load, most in AT_A_TIME.items() for number in range(2 * most)])
    assert len(these.ended) == 2 * sum(AT_A_TIME.values())


def test_no_more_of_one_load_than_there_is_room_for(these: Stages) -> None:
    each = {load: [these.make(f"{load} {number}", load=load) for number in range(9)]
            for load in AT_A_TIME}
    first = [stage for load, most in AT_A_TIME.items() for stage in each[load][:most]]
    assert these.run._startable(sum(each.values(), []), []) == first
    assert these.run._startable(sum(each.values(), []), first) == []
    assert these.run._startable(each[Load.MIXED] + each[Load.WAITING], first[:1]) == first[1:]


def test_room_that_nobody_wants_is_used(these: Stages) -> None:
    for load in Load.BUSY, Load.MIXED:
        same = [these.make(f"{number}", load=load) for number in range(9)]
        last = these.make("last", alone=True)
        most = AT_A_TIME[Load.BUSY] + AT_A_TIME[Load.MIXED]
        assert these.run._startable([*same, last], []) == same[:most]
        assert these.run._startable([*same[most:], last], same[:most]) == []
        assert these.run._startable([*same[most:], last], same[1:most]) == [same[most]]


def test_each_test_is_in_one_of_the_stages() -> None:
    names = ["test_google_pull", "test_portals", "test_customer_sift", "test_google_of_customers",
             "test_limits"]
    for name in names:
        assert sum(bool(eval(words, {}, {word: word in name for word in
                                         ("google", "customer", "portal")}))
                   for words in stages.OF_ONE_MPM.values()) == 1


@pytest.mark.parametrize("ours, told, wanted", [
    (["-m", "any_mpm", "-k", "google"], [], ["-k", "google", "-m", "any_mpm"]),
    (["-m", "any_mpm", "-k", "google or x"], ["-x", "-k", "a or b", "--maxfail=2"],
     ["-x", "--maxfail=2", "-k", "(google or x) and (a or b)", "-m", "any_mpm"]),
    (["-m", "not any_mpm"], ["-ka", "-k", "b"], ["-k", "b", "-m", "not any_mpm"]),
    (["--db=pgsql", "-m", "any_mpm"], ["-m=slow", "tests/x.py::a[b]"],
     ["--db=pgsql", "tests/x.py::a[b]", "-m", "(any_mpm) and (slow)"]),
    ([], ["-p", "no:cacheprovider", "-k", ""], ["-p", "no:cacheprovider"])], ids=str)
def test_what_is_asked_for_is_chosen_among_what_the_stage_has(
        ours: list[str], told: list[str], wanted: list[str]) -> None:
    assert stages.joined(ours, told) == wanted


def test_a_stage_adds_its_own_choice_to_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[str]] = {}
    monkeypatch.setattr(stages, "run_pytest", lambda x, name, directory, options, **_:
                        seen.update({name: options}))
    for stage in stages.every_stage(Choice(pytest_arguments=["-k", "token"])):
        if stage.part == "integration" and stage.name.startswith("integration"):
            stage.action(None)
    assert seen["integration google x pgsql"][-4:] == ["-k", "(google) and (token)",
                                                       "-m", "any_mpm"]
    assert seen["integration event x sqlite3"][-4:] == ["-k", "token", "-m", "not any_mpm"]


def test_one_that_wants_to_be_alone_is(these: Stages) -> None:
    these.run.carry_out_all([these.make("before"), these.make("alone", alone=True),
                             these.make("behind"), these.make("last", alone=True)])
    assert these.ended == ["before", "alone", "behind", "last"]
    assert not any(these.met.values())


def test_what_is_needed_comes_first_and_what_needs_nothing_does_not_wait(these: Stages) -> None:
    begun = threading.Event()
    these.run.carry_out_all([these.make("build", action=lambda: begun.wait(20)),
                             these.make("unit", "build"), these.make("other", action=begun.set)])
    assert these.ended.index("build") < these.ended.index("unit")
    assert "other" in these.met["build"]


def test_what_needs_a_failure_is_not_run_and_counts(these: Stages) -> None:
    these.run.carry_out_all([these.make("build", failures=("no compiler",)),
                             these.make("unit", "build"), these.make("other")])
    assert sorted(these.ended) == ["build", "other"]
    assert these.run.results["unit"].failures == ["unit: not run, since build failed"]


@pytest.mark.parametrize("parts", [[], ["unit"], ["fuzz", "quickstart"], ["integration"]], ids=str)
def test_every_stage_that_is_chosen_comes_behind_what_it_needs(parts: list[str]) -> None:
    names = [stage.name for stage in stages.chosen(Choice(parts=parts))]
    for stage in stages.chosen(Choice(parts=parts)):
        assert all(names.index(need) < names.index(stage.name) for need in stage.needs)


@pytest.mark.parametrize("free,environment,memory", [
    (scratch.ROOM, None, True), (scratch.ROOM - 1, None, False), (scratch.ROOM, "/tmp", False)])
def test_databases_lie_in_memory_if_there_is_room(free: int, environment: str | None, memory: bool,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda _: usage)
    monkeypatch.setattr(scratch.os, "access", lambda *_: True)
    monkeypatch.setattr(scratch, "BASE", scratch.ROOT)
    monkeypatch.delenv(scratch.ENVIRONMENT, raising=False)
    if environment is not None:
        monkeypatch.setenv(scratch.ENVIRONMENT, environment)
    assert (scratch.fastest_base() == scratch.MEMORY) == memory

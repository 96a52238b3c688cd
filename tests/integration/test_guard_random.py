"""Three identity providers of the same people, at random: they take people out, put them back, and
tell other news, with guards of one or none. When all of them are mended nothing is held, and the
counts have ended, whatever has happened before."""

from __future__ import annotations

import random
from typing import Iterator

import pytest

from tests.harness.httpd import Httpd
from tests.integration.scene import Scene, deactivate, scene  # noqa: F401
from tests.integration.test_drift import reconcile
from tests.integration.test_guard import decide, held, trips
from tests.integration.test_guard_between import FREE, NONE, ONE, Side, addresses

pytestmark = pytest.mark.any_mpm

PEOPLE = 3
STEPS = 14


@pytest.fixture(autouse=True)
def guarded(httpd: Httpd) -> Iterator[None]:
    """Each time that it trips, it says so in the log."""
    httpd.error_log.expect("SCIM0160", optional=True)
    yield


class Play:
    """What each side has told, and the next move."""

    def __init__(self, scene: Scene, seed: int):
        self.scene = scene
        self.random = random.Random(seed)
        rules = [FREE, ONE, NONE]
        self.random.shuffle(rules)
        # Two groups of their own, and one that two share.
        self.sides = [Side(scene, name, rule, PEOPLE)
                      for name, rule in zip(("own", "shared", "shared"), rules)]
        self.out: set[tuple[int, int]] = set()
        self.inactive: set[tuple[int, int]] = set()
        self.moves = 0

    def move(self) -> None:
        place, number = self.random.randrange(3), self.random.randrange(PEOPLE)
        self.moves += 1
        kind = self.random.choice(("out", "out", "inactive", "inactive", "back", "title",
                                   "compare"))
        if kind == "out" and (place, number) not in self.out:
            self.sides[place].take_out(number)
            self.out.add((place, number))
        elif kind == "inactive" and (place, number) not in self.inactive:
            deactivate(self.sides[place].idp, self.sides[place].users[number])
            self.inactive.add((place, number))
        elif kind == "title":
            self.sides[place].tell(number, f"Director {self.moves}")
        elif kind == "compare":
            reconcile(self.scene)
        else:
            self.back(place, number)
        if self.random.random() < 0.5:
            self.scene.settle()

    def back(self, place: int, number: int) -> None:
        if (place, number) in self.out:
            self.sides[place].put_back(number)
            self.out.discard((place, number))
        if (place, number) in self.inactive:
            deactivate(self.sides[place].idp, self.sides[place].users[number], active=True)
            self.inactive.discard((place, number))

    def mend(self, places: list[int]) -> None:
        told = sorted(self.out | self.inactive)
        self.random.shuffle(told)
        for place, number in told:
            if place in places:
                self.back(place, number)
                if self.random.random() < 0.5:
                    self.scene.settle()
        self.scene.settle()


@pytest.mark.parametrize("seed", range(6))
def test_when_all_are_mended_nothing_is_held(seed: int, scene: Scene) -> None:
    play = Play(scene, seed)
    for _ in range(STEPS):
        play.move()
    play.mend([0, 1, 2])
    everybody = addresses(play.sides[0], *range(PEOPLE))
    then = scene.settle()
    assert then.groups["own"] == everybody == then.groups["shared"]
    assert held(scene) == {} and trips(scene) == []


@pytest.mark.parametrize("seed", range(106, 112))
def test_what_is_mended_is_held_no_more_and_the_rest_is_released(seed: int, scene: Scene) -> None:
    play = Play(scene, seed)
    for _ in range(STEPS):
        play.move()
    mended = play.random.randrange(3)
    play.mend([mended])
    assert play.sides[mended].name not in {trip["idp"] for trip in trips(scene)}
    for _ in range(4):
        for side in play.sides:
            decide(scene, side.idp, "release")
        scene.settle()
    assert held(scene) == {} and trips(scene) == []
    then = scene.settle()
    for name, places in (("own", (0,)), ("shared", (1, 2))):
        assert then.groups[name] == {
            play.sides[0].users[number]["userName"] for number in range(PEOPLE)
            if any((place, number) not in play.out | play.inactive for place in places)}

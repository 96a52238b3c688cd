"""Faults on demand: rules that say which requests go wrong, how, and how often.

A rule is a JSON object. "what" is one of KINDS. "match" names the requests, by all of its parts
that are given: "method", "operation" (its name), "path" and "body" (regular expressions, searched
in the path with its query, and in the body). "skip" lets that many matching requests pass first,
"times" ends the rule after that many hits, "probability" with "seed" hits some of them. "status"
takes "status", "headers" and "body" (an object, or text that is sent as HTML); "hang" takes
"seconds"; the cuts take "reset" for a TCP reset.

libcurl sends a request again by itself when a connection that it used before ends without an
answer. A single cut is then never seen by its user; times 2 is.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass
from typing import Any

from .routing import Answer, Request

# What can go wrong. "close-before" and "close-after" cut the connection before and after the work;
# the others do the work first when the rule says after=true ("truncate" always does, since it is
# the true answer that is cut short).
KINDS = ("status", "close-before", "close-after", "hang", "garbage", "truncate")

_MATCH_KEYS = {"method", "path", "operation", "body"}
RULE_KEYS = {"match", "times", "skip", "probability", "seed", "what", "after", "status",
             "headers", "body", "seconds", "reset"}

_LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Log in</title></head><body>Log in</body></html>"


class FaultError(ValueError):
    """A rule that can't be understood."""


@dataclass
class Rule:
    """One rule. `hits` counts the requests it was applied to, `seen` those it matched."""

    number: int
    document: dict[str, Any]
    what: str
    after: bool
    method: str | None
    operation: str | None
    path: re.Pattern[str] | None
    body: re.Pattern[str] | None
    times: int | None
    skip: int
    probability: float
    chance: random.Random
    hits: int = 0
    seen: int = 0

    def matches(self, request: Request, operation: str | None) -> bool:
        return (
            self.method in (None, request.method)
            and self.operation in (None, operation)
            and (self.path is None or self.path.search(request.target) is not None)
            and (self.body is None
                 or self.body.search(request.body.decode("utf-8", "replace")) is not None)
        )

    def applies(self) -> bool:
        """Count a matching request, and say whether it is one that goes wrong."""
        if self.times is not None and self.hits >= self.times:
            return False
        self.seen += 1
        if self.seen <= self.skip:
            return False
        if self.probability < 1 and self.chance.random() >= self.probability:
            return False
        self.hits += 1
        return True

    @property
    def seconds(self) -> float:
        """How long a "hang" lasts."""
        return float(self.document.get("seconds", 60))

    @property
    def reset(self) -> bool:
        """Whether a cut connection ends with a TCP reset instead of an orderly end."""
        return bool(self.document.get("reset", False))

    def answer(self) -> Answer:
        """The false answer of "status" and "garbage"."""
        if self.what == "garbage":
            return Answer(200, _LOGIN_PAGE, {}, "text/html;charset=UTF-8")
        status = self.document["status"]
        content = self.document.get("body", {"errorMessages": [f"HTTP {status}"], "errors": {}})
        form = "text/html;charset=UTF-8" if isinstance(content, str) \
            else "application/json;charset=UTF-8"
        return Answer(status, content, dict(self.document.get("headers", {})), form)

    def as_json(self) -> dict[str, Any]:
        return self.document | {"id": self.number, "hits": self.hits, "seen": self.seen}


def _rule(number: int, document: Any, kinds: tuple[str, ...], keys: set[str]) -> Rule:
    """Read a rule; a part that is not known is refused rather than ignored."""
    if not isinstance(document, dict) or not set(document) <= keys:
        raise FaultError(f"a rule is an object with some of {sorted(keys)}")
    match = document.get("match", {})
    if not isinstance(match, dict) or not set(match) <= _MATCH_KEYS:
        raise FaultError(f"match is an object with some of {sorted(_MATCH_KEYS)}")
    what = document.get("what")
    if what not in kinds:
        raise FaultError(f"what is one of {', '.join(kinds)}")
    if what == "status" and not isinstance(document.get("status"), int):
        raise FaultError("a rule of kind status needs a status")
    try:
        return Rule(
            number=number, document=document, what=what,
            after=what in ("truncate", "close-after") or bool(document.get("after", False)),
            method=match.get("method"), operation=match.get("operation"),
            path=re.compile(match["path"]) if "path" in match else None,
            body=re.compile(match["body"]) if "body" in match else None,
            times=None if document.get("times") is None else int(document["times"]),
            skip=int(document.get("skip", 0)),
            probability=float(document.get("probability", 1)),
            chance=random.Random(document.get("seed", 0)),
        )
    except (re.error, TypeError, ValueError) as error:
        raise FaultError(str(error)) from error


class Faults:
    """The rules in force; the first that applies to a request is the one used."""

    kinds: tuple[str, ...] = KINDS
    keys: set[str] = RULE_KEYS

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._last = 0

    def add(self, documents: list[Any]) -> list[int]:
        """Take rules over, all or none; returns their numbers."""
        with self._lock:
            rules = [_rule(self._last + at, document, self.kinds, self.keys)
                     for at, document in enumerate(documents, start=1)]
            self._last += len(rules)
            self._rules += rules
            return [rule.number for rule in rules]

    def remove(self, number: int | None) -> None:
        """Take back one rule, or all."""
        with self._lock:
            self._rules = [rule for rule in self._rules
                           if number is not None and rule.number != number]

    def choose(self, request: Request, operation: str | None) -> Rule | None:
        if not self._rules:
            return None
        with self._lock:
            for rule in self._rules:
                if rule.matches(request, operation) and rule.applies():
                    return rule
        return None

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [rule.as_json() for rule in self._rules]

"""What happened: the log of requests, the violations, and how often things were really done."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, deque
from itertools import islice
from typing import Any, TextIO

# Older entries are dropped, so that a long-running quickstart does not grow for ever.
KEPT = 200_000

_BODY_LIMIT = 4096


class Log:
    """Requests in order of arrival. An entry is there from arrival on, with status null until it
    is answered (and "cut" when the connection was cut instead)."""

    def __init__(self, file: TextIO | None) -> None:
        self._changed = threading.Condition()
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._last = 0
        self._closed = False
        self._file = file
        self._violations: list[dict[str, Any]] = []

    def open(self, method: str, path: str, query: str, body: bytes) -> dict[str, Any]:
        """Enter a request. Headers are not kept, above all not Authorization."""
        entry = {
            "seq": 0,
            "time": time.time(),
            "method": method,
            "path": path,
            "query": query,
            "operation": None,
            "caller": None,
            "body": _readable(body),
            "status": None,
            "answer": None,
            "durationMs": None,
            "fault": None,
        }
        with self._changed:
            self._last += 1
            entry["seq"] = self._last
            self._entries.append(entry)
            self._changed.notify_all()
        return entry

    def close(self, entry: dict[str, Any], status: int | str, answer: Any,
              seconds: float) -> None:
        """Complete the entry: the status or "cut", and the body of an answer that is an error."""
        with self._changed:
            entry["status"] = status
            entry["answer"] = answer
            entry["durationMs"] = round(seconds * 1000, 3)
            if self._file is not None:
                self._file.write(json.dumps(entry) + "\n")
                self._file.flush()
            self._changed.notify_all()

    def violation(self, entry: dict[str, Any], problem: str) -> None:
        with self._changed:
            self._violations.append({
                "seq": entry["seq"],
                "method": entry["method"],
                "path": entry["path"],
                "operation": entry["operation"],
                "problem": problem,
            })

    def violations(self) -> list[dict[str, Any]]:
        with self._changed:
            return list(self._violations)

    def read(self, since: int = 0, *, operation: str | None = None, answered: bool = False,
             wait: float = 0.0) -> dict[str, Any]:
        """Entries after `since`, waiting up to `wait` seconds for the first of them.

        With `answered`, the list ends before the first request still in work. `next` is the value
        of `since` for the next call.
        """
        deadline = time.monotonic() + wait
        with self._changed:
            while True:
                found, last = self._after(since, operation, answered)
                left = deadline - time.monotonic()
                if found or left <= 0 or self._closed:
                    return {"entries": [dict(entry) for entry in found], "next": last}
                self._changed.wait(left)

    def _after(self, since: int, operation: str | None,
               answered: bool) -> tuple[list[dict[str, Any]], int]:
        first = self._entries[0]["seq"] if self._entries else 1
        found, last = [], since
        for entry in islice(self._entries, max(0, since + 1 - first), None):
            if answered and entry["status"] is None:
                break
            last = entry["seq"]
            if operation in (None, entry["operation"]):
                found.append(entry)
        return found, last

    def end(self) -> None:
        """Let everybody go who waits for news."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _readable(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body[:_BODY_LIMIT].decode("utf-8", "replace")


class Counts:
    """Calls and answers by operation, and effects: what the REST API really changed.

    Effects tell a repeated call from a repeated creation: a test asserts that every value of
    createdAccounts and createdGroups is 1, and those of createdCustomers.
    """

    EFFECTS = ("createdAccounts", "restoredAccounts", "removedAccounts", "createdGroups",
               "removedGroups", "addedMembers", "removedMembers", "suspendedAccounts",
               "resumedAccounts", "updatedProfiles", "createdCustomers", "invitedCustomers",
               "revokedCustomers", "addedCustomers", "removedCustomers", "createdOrganizations",
               "addedOrganizations", "removedOrganizations", "addedOrganizationMembers",
               "removedOrganizationMembers")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._statuses: Counter[tuple[str, str]] = Counter()
        self._effects: Counter[tuple[str, ...]] = Counter()

    def call(self, operation: str) -> None:
        with self._lock:
            self._calls[operation] += 1

    def answer(self, operation: str, status: int | str) -> None:
        with self._lock:
            self._statuses[operation, str(status)] += 1

    def effect(self, kind: str, *what: str) -> None:
        """Count an effect; `what` is an address, a group's name, or a group's name and an address;
        for desks the project's key, and an address or an organization's name."""
        with self._lock:
            self._effects[kind, *what] += 1

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            result: dict[str, Any] = {"calls": dict(self._calls), "statuses": {}}
            result |= {kind: {} for kind in self.EFFECTS}
            for (operation, status), number in self._statuses.items():
                result["statuses"].setdefault(operation, {})[status] = number
            for (kind, *what), number in self._effects.items():
                place = result[kind]
                for part in what[:-1]:
                    place = place.setdefault(part, {})
                place[what[-1]] = number
            return result

"""Finds values by prefix fast enough for a site of many thousand accounts."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Iterator


class PrefixIndex:
    """Sorted (attribute, value, id) triples."""

    def __init__(self) -> None:
        self._entries: list[tuple[str, str, str]] = []

    def add(self, attribute: str, value: str, identifier: str) -> None:
        insort(self._entries, (attribute, value, identifier))

    def remove(self, attribute: str, value: str, identifier: str) -> None:
        entry = (attribute, value, identifier)
        at = bisect_left(self._entries, entry)
        if at < len(self._entries) and self._entries[at] == entry:
            del self._entries[at]

    def find(self, attribute: str, prefix: str) -> Iterator[str]:
        """Ids of the entries of that attribute whose value starts with the prefix."""
        for at in range(bisect_left(self._entries, (attribute, prefix, "")), len(self._entries)):
            name, value, identifier = self._entries[at]
            if name != attribute or not value.startswith(prefix):
                return
            yield identifier

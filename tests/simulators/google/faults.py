"""Faults on demand: the rules of the simulated Jira, and what only Google's lists can get wrong.

"error" answers one of errors.ERRORS: {"what": "error", "error": "quotaExceeded"}. The others change
the true answer, which stays 200 and well-formed:

    empty       {}
    missing     the list is not there ("users", ...), the rest is
    empty-list  the list is there, and []
    short       the second half of the items is gone
    no-next     nextPageToken is gone, so that the listing seems to end
    loop        nextPageToken is a fresh one, and leads to this very page
    same-token  nextPageToken is the token that was sent
    restart     nextPageToken leads to the first page
    repeat      the first item stands there once more, at the end
    wrong-kind  kind says something else, and the list is an object
    item        the item at "index" (0) gets what is in "set" and loses the names in "unset"

"bomb" answers with so many "megabytes" (100) of blanks before {}, which compressed are few.
"""

from __future__ import annotations

import zlib
from typing import Any

from tests.simulators.jira import faults as general
from tests.simulators.jira.faults import FaultError, Rule

from .errors import ERRORS, JSON, error
from .routing import Answer

CHANGES = ("empty", "missing", "empty-list", "short", "no-next", "loop", "same-token",
           "restart", "repeat", "wrong-kind", "item")


class Faults(general.Faults):
    """The rules in force."""

    kinds = (*general.KINDS, "error", "bomb", *CHANGES)
    keys = general.RULE_KEYS | {"error", "index", "set", "unset", "megabytes"}

    def add(self, documents: list[Any]) -> list[int]:
        return super().add([_translated(one) for one in documents])


def _translated(document: Any) -> Any:
    """A named error, or a status without a body, in Google's form."""
    if not isinstance(document, dict):
        return document
    if document.get("what") == "error":
        name = document.get("error")
        if name not in ERRORS:
            raise FaultError(f"error is one of {', '.join(ERRORS)}")
        answer = error(name)
        return document | {"what": "status", "status": answer.status, "body": answer.content,
                           "headers": answer.headers | document.get("headers", {})}
    if document.get("what") == "status" and "body" not in document:
        status = document.get("status")
        return document | {"body": {"error": {"code": status, "message": f"HTTP {status}",
                                              "errors": []}}}
    return document


def bomb(rule: Rule) -> Answer:
    """It is compressed for everybody, whether asked for or not."""
    packer = zlib.compressobj(9, wbits=31)  # gzip's form
    parts = [packer.compress(b" " * (1 << 20)) for _ in range(rule.document.get("megabytes", 100))]
    parts.append(packer.compress(b"{}") + packer.flush())
    return Answer(200, b"".join(parts), {"Content-Encoding": "gzip"}, JSON)


def changed(rule: Rule, content: Any, items: str | None, tokens: dict[str, str]) -> Any:
    """The answer as the rule spoils it; `tokens` are those for the rules about them."""
    if rule.what == "empty":
        return {}
    if not isinstance(content, dict) or items is None:
        return content
    content = dict(content)
    found = list(content.get(items, []))
    if rule.what == "missing":
        content.pop(items, None)
    elif rule.what == "empty-list":
        content[items] = []
    elif rule.what == "short":
        content[items] = found[:len(found) // 2]
    elif rule.what == "no-next":
        content.pop("nextPageToken", None)
    elif rule.what in tokens:
        content["nextPageToken"] = tokens[rule.what]
    elif rule.what == "repeat":
        content[items] = found + found[:1]
    elif rule.what == "wrong-kind":
        content |= {"kind": "admin#directory#nonsense", items: {"items": found}}
    elif rule.what == "item":
        _change_item(rule.document, found)
        content[items] = found
    return content


def _change_item(document: dict[str, Any], items: list[Any]) -> None:
    index = int(document.get("index", 0))
    if index < len(items):
        unset = document.get("unset", ())
        items[index] = {name: value
                        for name, value in (items[index] | document.get("set", {})).items()
                        if name not in unset}

"""PATCH (RFC 7644 section 3.5.2) in plain Python, as the module means it: no tests of its own.

It is written from the RFC and from what the module documents, so that a difference shows a mistake
in one of the two. Where the RFC leaves a choice, or clients do otherwise, this is the choice:

- Names, operations and text flags ("True") are taken in any case.
- A list holds no pair of type and value twice: what is told of one that is there is merged into it.
- A value filter that finds nothing makes what it describes, if it describes anything, and if that
  would be found by it; else noTarget, as for a replace of whole elements. A remove that finds
  nothing does nothing.
- A null unassigns. So does an empty list, in a replace.
- A remove that names a value takes that value away, and no other.
- A complex attribute is merged, but for one that refers to something: that is replaced.
- Without a path, what is readOnly or not known is passed over; with one it is an error. A URN that
  nobody knows is that of an extension if an object stands behind it.
- An element of which nothing is left but what it is for (type, primary, display) goes.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import Any, Callable, Iterator

from tests.integration.reference_path import Filter, Path, Refused, read_path
from tests.integration.reference_schema import ENTERPRISE_SCHEMA, Attribute, attributes_of

Doc = dict[str, Any]
NOTHING_LEFT = {"type", "primary", "display"}
OTHER_NAMES = {"displayname": "display", "managerid": "value"}


@dataclass
class Group:
    """Members by value; what was told of one first stays."""

    members: dict[str, Doc]

    def add(self, told: list[Doc]) -> None:
        for member in told:
            self.members.setdefault(member["value"], member)

    def matching(self, filter_: Filter) -> list[Doc]:
        return [member for member in self.members.values() if filter_.matches(member)]

    def remove(self, told: list[Doc]) -> None:
        for member in told:
            self.members.pop(member["value"], None)

    def set(self, told: list[Doc]) -> None:
        wanted = {member["value"]: member for member in reversed(told)}
        self.members = {value: self.members.get(value, member) for value, member in wanted.items()}


@dataclass
class Edit:
    verb: str
    path: Path
    value: Any  # None takes away


# Values


def flag(value: Any) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False}
    text = str(value).lower()
    if isinstance(value, float) or text not in known:
        raise Refused("invalidValue")
    return known[text]


def simple(attribute: Attribute, value: Any) -> Any:
    if attribute.kind == "flag":
        return flag(value)
    if not isinstance(value, str):
        raise Refused("invalidValue")
    return value


def element(attribute: Attribute, value: Any) -> Doc | None:
    """One complex value; None if nothing is said in it."""
    if isinstance(value, str) and attribute.sub("value"):
        return {"value": value} if value else None
    if not isinstance(value, dict):
        raise Refused("invalidValue")
    told = {}
    names = {name.lower() for name in value}
    for name, part in value.items():
        meant = OTHER_NAMES.get(name.lower(), "")
        sub = attribute.sub(name) or (attribute.sub(meant) if meant not in names else None)
        if sub and not sub.read_only and part is not None:
            told[sub.name] = simple(sub, part)
    return told or None


def canonical(path: Path, value: Any) -> Any:
    """A value as it is stored; None if it takes away."""
    attribute = path.sub_attribute if path.sub else path.attribute
    if value is None:
        return None
    if attribute.kind != "complex":
        return simple(attribute, value)
    if attribute.many and not path.filter:
        told = value if isinstance(value, list) else [value]
        read = [element(attribute, one) for one in told if one is not None]
        return [one for one in read if one]
    if isinstance(value, list) and len(value) < 2:
        value = value[0] if value else {}
    return element(attribute, value)


def merged(stored: Any, told: Any) -> Any:
    """RFC 7396; a list is told as a whole, so that a null in it says nothing."""
    if isinstance(told, list):
        return [merged(None, one) for one in told if one is not None]
    if not isinstance(told, dict):
        return copy.deepcopy(told)
    result = dict(stored) if isinstance(stored, dict) else {}
    for name, part in told.items():
        if part is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), part)
    return result


def folded(attribute: Attribute | None, value: Any) -> Any:
    is_exact = attribute is None or attribute.exact
    return value.casefold() if isinstance(value, str) and not is_exact else value


def is_same(attribute: Attribute | None, told: Any, stored: Any) -> bool:
    if isinstance(told, dict) and isinstance(stored, dict):
        names = set(told) & {"value", "type"} if "value" in told else set(told)
        return all(name in stored and is_same(attribute and attribute.sub(name), told[name],
                                              stored[name]) for name in names)
    return folded(attribute, told) == folded(attribute, stored)


def identity(attribute: Attribute | None, value: Any) -> Any:
    """Equal for two elements of a list that are the same value."""
    if attribute and isinstance(value, dict):
        value = {name: part for name, part in value.items() if name != "primary"}
    if attribute and isinstance(value, dict) and isinstance(value.get("value"), str):
        return (value.get("type", "").casefold(),
                folded(attribute.sub("value"), value["value"]))
    return json.dumps(value, sort_keys=True)


# Reading


def read_members(value: Any) -> list[Doc]:
    told = []
    for one in value if isinstance(value, list) else [value]:
        if one is None:
            continue
        member = one if isinstance(one, dict) else {"value": one}
        if not isinstance(member.get("value"), str) or not member["value"]:
            raise Refused("invalidValue")
        told.append({name: member[name] for name in ("value", "display", "type")
                     if isinstance(member.get(name), str)})
    return told


def member_change(verb: str, path: Path | None, value: Any) -> Callable[[Group], None]:
    if path and path.sub:
        raise Refused("mutability")
    if verb == "remove":
        if path and path.filter:
            return lambda group: group.remove(group.matching(path.filter))
        if value is None:
            return lambda group: group.set([])
        leaving = read_members(value)
        return lambda group: group.remove(leaving)
    told = read_members(value)
    return (lambda group: group.add(told)) if verb == "add" else (lambda group: group.set(told))


def edits_of(verb: str, path: Path, value: Any, kind: str) -> Iterator[Edit]:
    """What one operation says of single attributes."""
    if not path.attr:
        yield from edits_of_extension(verb, path, value, kind)
        return
    attribute = path.attribute
    if attribute is None:
        yield Edit(verb, path, value)
        return
    if attribute.name == "password":
        return
    if attribute.required and (value is None or verb == "remove"):
        raise Refused("mutability")
    if verb == "add" and value is None and attribute.many and not path.sub:
        return
    read = canonical(path, value)
    is_one = attribute.kind == "complex" and not attribute.many and not path.sub
    if is_one and isinstance(read, dict) and read.get("value") == "":
        read = None
    refers = isinstance(value, dict) and (
        "value" in (read or {}) or "value" in {name.lower() for name in value})
    if is_one and isinstance(value, dict) and not refers and not path.filter \
            and verb != "remove":
        for name, part in value.items():
            sub = attribute.sub(name)
            if sub and not sub.read_only:
                inner = path.of(sub)
                yield Edit(verb, inner, canonical(inner, part))
        return
    yield Edit(verb, path, read)


def edits_of_extension(verb: str, path: Path, value: Any, kind: str) -> Iterator[Edit]:
    if not path.urn:
        raise Refused("invalidPath")
    if value is None:
        yield Edit("remove", path, None)
        return
    if not isinstance(value, dict):
        raise Refused("invalidValue")
    for name, part in value.items():
        if path.urn == ENTERPRISE_SCHEMA:
            try:
                inner = read_path(f"{path.urn}:{name}", kind)
            except Refused:
                continue
            if inner.read_only:
                continue
        else:
            inner = Path(path.urn, name)
        yield from edits_of(verb, inner, part, kind)


def read_object(verb: str, value: Doc, kind: str) -> Iterator[Edit | Callable[[Group], None]]:
    """An operation without a path: only the last thing that is said of members counts."""
    change = None
    for name, part in value.items():
        try:
            path = read_path(name, kind)
        except Refused:
            if "[" in name:
                raise
            continue
        is_unknown = path.urn not in ("", ENTERPRISE_SCHEMA)
        if is_unknown and isinstance(part, dict) and not path.filter:
            path = Path(name)
        if kind == "Group" and path.attr == "members":
            if path.filter or path.sub:
                raise Refused("invalidPath")
            change = None if part is None else member_change(verb, None, part)
        elif not path.attr and not path.urn:
            yield from read_object(verb, part if isinstance(part, dict) else {}, kind)
        elif not path.read_only:
            yield from edits_of(verb, path, part, kind)
    if change:
        yield change


def read_operation(operation: Any, kind: str) -> Iterator[Edit | Callable[[Group], None]]:
    told = {name.lower(): part for name, part in operation.items()} \
        if isinstance(operation, dict) else {}
    verb = str(told.get("op")).lower()
    if verb not in ("add", "replace", "remove"):
        raise Refused("invalidSyntax")
    text, value = told.get("path"), told.get("value")
    if text is None or text == "":
        if verb == "remove":
            raise Refused("noTarget")
        if not isinstance(value, dict):
            raise Refused("invalidSyntax")
        yield from read_object(verb, value, kind)
        return
    if not isinstance(text, str):
        raise Refused("invalidPath")
    if kind == "User" and text.lower() == "manager":
        text = f"{ENTERPRISE_SCHEMA}:manager"
    path = read_path(text, kind)
    if path.read_only:
        raise Refused("mutability")
    is_members = kind == "Group" and path.attr == "members"
    if is_members and path.filter and not path.sub and verb != "remove":
        raise Refused("invalidPath")
    if verb != "remove" and "value" not in told:
        raise Refused("invalidValue")
    if is_members:
        yield member_change(verb, path, value)
    else:
        yield from edits_of(verb, path, value, kind)


# Applying


def key_in(holder: Doc, name: str) -> str:
    return next((key for key in holder if key.lower() == name.lower()), name)


def is_gone(edit: Edit) -> bool:
    return edit.verb == "remove" or edit.value is None


def settle_primary(values: list[Any], winner: Any) -> None:
    for one in values:
        if one is not winner and isinstance(one, dict) and one.get("primary") is True:
            one["primary"] = False


def is_primary(value: Any) -> bool:
    return isinstance(value, dict) and value.get("primary") is True


def apply_to_list(values: list[Any], edit: Edit) -> list[Any]:
    """The whole list."""
    attribute = edit.path.attribute
    told = edit.value if isinstance(edit.value, list) else [edit.value]
    if edit.verb == "remove" and edit.value is not None:
        return [one for one in values if not any(is_same(attribute, what, one) for what in told)]
    if edit.verb != "add":
        values = []
    if edit.value is None:
        return values
    if attribute is None and edit.verb != "add":
        return [merged(None, what) for what in told]
    winner = None
    for what in told:
        found = [one for one in values if identity(attribute, one) == identity(attribute, what)]
        if found:
            target = found[0]
            if isinstance(target, dict):
                target.update(merged(None, what))
        else:
            target = merged(None, what)
            values.append(target)
        if winner is None and is_primary(what):
            winner = target
    if attribute and winner is not None:
        settle_primary(values, winner)
    return values


def take_from(value: Any, edit: Edit) -> bool:
    """Takes away of one chosen element; whether it stays."""
    path = edit.path
    if not path.sub:
        return edit.value is not None and not is_same(path.attribute, edit.value, value)
    key = key_in(value, path.sub)
    if key not in value or (edit.value is not None
                            and not is_same(path.sub_attribute, edit.value, value[key])):
        return True
    del value[key]
    return bool(set(value) - NOTHING_LEFT)


def filled(value: Any, filter_: Filter | None) -> Any:
    if filter_ and isinstance(value, dict):
        for name, asked in filter_.equalities():
            value.setdefault(key_in(value, name), asked)
    return value


def set_in(value: Any, edit: Edit) -> Any:
    path = edit.path
    if path.sub:
        key = key_in(value, path.sub)
        value[key] = merged(value.get(key), edit.value)
        return value
    if edit.verb == "add" and isinstance(value, dict) and isinstance(edit.value, dict):
        return merged(value, edit.value)
    return filled(merged(None, edit.value), path.filter)


def create(edit: Edit) -> Any:
    path = edit.path
    made = filled({} if path.sub else merged(None, edit.value), path.filter)
    if path.sub:
        made[key_in(made, path.sub)] = merged(None, edit.value)
    if path.filter and not (path.filter.describes_one() and path.filter.matches(made)):
        raise Refused("noTarget")
    return made


def united(values: list[Any], edited: list[Any], attribute: Attribute | None) -> list[Any]:
    """Where we know what a value is, none twice: the edited ones stay where they are, and take what
    only the others say."""
    if attribute is None:
        return values
    first: dict[Any, Any] = {}
    for one in edited:
        first.setdefault(identity(attribute, one), one)
    result = []
    for one in values:
        same = first.get(identity(attribute, one), one)
        if same is one:
            result.append(one)
        elif isinstance(same, dict):
            for name, part in one.items():
                same.setdefault(name, part)
    return result


def without_chosen(values: list[Any], edit: Edit) -> list[Any]:
    """What stays, and those of it that have lost something."""
    stays, edited = [], []
    for one in values:
        before = json.dumps(one)
        if edit.path.filter and not edit.path.filter.matches(one) or take_from(one, edit):
            stays.append(one)
            if json.dumps(one) != before:
                edited.append(one)
    return united(stays, edited, edit.path.attribute)


def apply_to_chosen(values: list[Any], edit: Edit, may_create: bool) -> list[Any]:
    path = edit.path
    if is_gone(edit):
        return without_chosen(values, edit)
    chosen = [not path.filter or path.filter.matches(one) for one in values]
    result = [set_in(one, edit) if is_chosen else one for one, is_chosen in zip(values, chosen)]
    edited = [one for one, is_chosen in zip(result, chosen) if is_chosen]
    if not edited:
        if not may_create or (edit.verb == "replace" and not path.sub):
            raise Refused("noTarget")
        edited = [create(edit)]
        result += edited
    result = united(result, edited, path.attribute)
    winner = next((one for one in edited if is_primary(one)), None)
    if path.attribute and winner is not None:
        settle_primary(result, winner)
    return result


def is_list(edit: Edit, stored: Any) -> bool:
    path = edit.path
    if path.filter:
        return True
    if path.attribute:
        return path.attribute.many
    if path.sub:
        return isinstance(stored, list)
    return isinstance(edit.value, list) or (isinstance(stored, list) and edit.verb != "replace")


def apply_edit(holder: Doc, edit: Edit) -> None:
    path = edit.path
    key = key_in(holder, path.attr)
    stored = holder.get(key)
    if is_list(edit, stored):
        is_single = not path.attribute.many if path.attribute else (
            bool(path.filter) and stored is not None and not isinstance(stored, list))
        values = stored if isinstance(stored, list) else [] if stored is None else [stored]
        if path.filter or path.sub:
            values = apply_to_chosen(values, edit, not is_single or stored is None)
        else:
            values = apply_to_list(values, edit)
        result = (values[0] if is_single else values) if values else None
    elif path.sub:
        if is_gone(edit) and not isinstance(stored, dict):
            return
        result = stored if isinstance(stored, dict) else {}
        is_reference = path.attribute is not None and path.sub == "value"
        if is_reference and not is_gone(edit) and "value" in result \
                and not is_same(path.sub_attribute, edit.value, result["value"]):
            result = {}
        apply_edit(result, Edit(edit.verb, path.inner(), edit.value))
        result = result or None
    elif is_gone(edit):
        is_meant = edit.value is None or is_same(path.attribute, edit.value, stored)
        result = None if is_meant else stored
    else:
        result = copy.deepcopy(edit.value) if path.attribute else merged(stored, edit.value)
        if result == {} and edit.value:
            result = None
    if result is None:
        holder.pop(key, None)
    else:
        holder[key] = result


def apply_to_doc(doc: Doc, edit: Edit) -> None:
    urn = edit.path.urn
    if not urn:
        apply_edit(doc, edit)
        return
    key = key_in(doc, urn)
    if not edit.path.attr:
        doc.pop(key, None)
        return
    extension = doc.setdefault(key, {})
    apply_edit(extension, edit)
    if not extension:
        del doc[key]


def check(doc: Doc, kind: str) -> None:
    name = doc.get(next(one.name for one in attributes_of(kind) if one.required), "")
    if not name.strip() or re.search(r"[\x00-\x1f\x7f]", name):
        raise Refused("invalidValue")


def patched(doc: Doc, members: dict[str, Doc], operations: list[Any], kind: str
            ) -> tuple[Doc, dict[str, Doc]]:
    """The document and the members after a PATCH; raises Refused, and nothing has happened."""
    steps = [step for operation in operations for step in read_operation(operation, kind)]
    was_inactive = doc.get("active") is False
    doc, group = copy.deepcopy(doc), Group(dict(members))
    for step in steps:
        if isinstance(step, Edit):
            apply_to_doc(doc, step)
        else:
            step(group)
    if was_inactive:
        doc.setdefault("active", False)  # to say nothing brings no leaver back
    check(doc, kind)
    return doc, group.members

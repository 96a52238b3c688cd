"""Hand edits: what happens in the directory while nobody pulls."""

from __future__ import annotations

from typing import Any, Callable

from .seed import seed
from .state import Group, Member, User, now
from .world import World

CUSTOMER = "CUSTOMER"


class EditError(ValueError):
    """An edit that can't be carried out."""


def apply(world: World, edit: dict[str, Any]) -> dict[str, Any]:
    """Carry out one edit under the directory's lock: {"action": name, ...}, see EDITS.

    Users and groups are named by id or address. The result is {"id"} of what was made or changed.
    """
    arguments = dict(edit)
    action = arguments.pop("action", None)
    if action not in EDITS:
        raise EditError(f"action is one of {', '.join(EDITS)}")
    try:
        return EDITS[action](world, **arguments)
    finally:
        world.site.changed()


def _user(world: World, key: str) -> User:
    found = world.site.find(key)
    if not isinstance(found, User):
        raise EditError(f"there is no user {key!r}")
    return found


def _group(world: World, key: str) -> Group:
    found = world.site.find(key)
    if not isinstance(found, Group):
        raise EditError(f"there is no group {key!r}")
    return found


def _free(world: World, *addresses: str) -> None:
    for address in addresses:
        if world.site.taken(address):
            raise EditError(f"the address {address!r} is taken")


def _unit(world: World, path: str) -> str:
    if path not in world.site.org_units:
        raise EditError(f"there is no organizational unit {path!r}")
    return path


def _add_user(world: World, email: str, *, givenName: str = "Demo", familyName: str = "Person",
              suspended: bool = False, archived: bool = False, isAdmin: bool = False,
              orgUnitPath: str = "/", aliases: tuple[str, ...] = (), id: str | None = None,
              extra: dict[str, Any] | None = None, sameAddress: bool = False) -> dict[str, Any]:
    """`extra` is laid over the user's document; `sameAddress` allows one that is taken, which
    Google never would, but a client has to survive."""
    if not sameAddress:
        _free(world, email, *aliases)
    if id is not None and (id in world.site.users or id in world.site.deleted):
        raise EditError(f"there is a user {id!r}")
    user = User(id or world.site.next_user_id(), email, givenName, familyName,
                suspended=suspended, archived=archived, admin=isAdmin,
                org_unit=_unit(world, orgUnitPath), aliases=tuple(aliases), created=now(),
                extra=extra)
    world.site.add_user(user)
    world.channels.notify("add", user)
    return {"id": user.id}


def _set_user(world: World, user: str, *, email: str | None = None, givenName: str | None = None,
              familyName: str | None = None, suspended: bool | None = None,
              archived: bool | None = None, isAdmin: bool | None = None,
              orgUnitPath: str | None = None, aliases: tuple[str, ...] | None = None,
              extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """`extra` is added to what was laid over the user's document before."""
    one = _user(world, user)
    if orgUnitPath is not None:
        one.org_unit = _unit(world, orgUnitPath)
    if email is not None and world.site.find(email) is not one:
        _free(world, email)
    if email is not None or aliases is not None:
        world.site.rename(one, email, aliases)
    promoted = bool(isAdmin) and not one.admin
    for name, value in (("given", givenName), ("family", familyName), ("suspended", suspended),
                        ("archived", archived), ("admin", isAdmin)):
        if value is not None:
            setattr(one, name, value)
    if extra is not None:
        one.extra = (one.extra or {}) | extra
    one.version += 1
    world.channels.notify("makeAdmin" if promoted else "update", one)
    return {"id": one.id}


def _remove_user(world: World, user: str) -> dict[str, Any]:
    one = _user(world, user)
    world.site.delete_user(one)
    world.channels.notify("delete", one)
    return {"id": one.id}


def _undelete_user(world: World, user: str) -> dict[str, Any]:
    one = world.site.deleted.get(user)
    if one is None:
        raise EditError(f"there is no deleted user {user!r}")
    _free(world, one.email, *one.aliases)
    world.site.undelete_user(one)
    world.channels.notify("undelete", one)
    return {"id": one.id}


def _age_deleted(world: World, user: str, deletionTime: str) -> dict[str, Any]:
    """Say when a deleted user was deleted, to see the 20 days pass."""
    world.site.deleted[user].deleted = deletionTime
    return {"id": user}


def _login(world: World, user: str) -> dict[str, Any]:
    """A user logs in: lastLoginTime and the etag change, and nothing else."""
    one = _user(world, user)
    one.login = now()
    return {"id": one.id}


def _add_group(world: World, email: str, *, name: str | None = None, description: str = "",
               aliases: tuple[str, ...] = (), external: bool = False, id: str | None = None,
               extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """An `external` group is of another customer: it is never listed, and refuses to be read."""
    _free(world, email, *aliases)
    group = Group(id or world.site.next_group_id(), email, email.partition("@")[0]
                  if name is None else name, description=description, aliases=tuple(aliases),
                  external=external, extra=extra)
    if group.id in world.site.groups:
        raise EditError(f"there is a group {id!r}")
    world.site.add_group(group)
    return {"id": group.id}


def _set_group(world: World, group: str, *, email: str | None = None, name: str | None = None,
               description: str | None = None, aliases: tuple[str, ...] | None = None,
               extra: dict[str, Any] | None = None) -> dict[str, Any]:
    one = _group(world, group)
    if email is not None and world.site.find(email) is not one:
        _free(world, email)
    world.site.rename(one, email, aliases)
    one.name = one.name if name is None else name
    one.description = one.description if description is None else description
    if extra is not None:
        one.extra = (one.extra or {}) | extra
    one.version += 1
    return {"id": one.id}


def _remove_group(world: World, group: str) -> dict[str, Any]:
    one = _group(world, group)
    world.site.delete_group(one)
    return {"id": one.id}


def _add_member(world: World, group: str, member: str, *, role: str = "MEMBER",
                email: str | None = None, id: str | None = None,
                cycle: bool = False) -> dict[str, Any]:
    """`member` is a user, a group, CUSTOMER, or an address outside, which gets an id. `email` is
    the address the membership shows, such as an alias. Cycles are refused, as Google does, unless
    asked for."""
    one = _group(world, group)
    known = world.site.find(member)
    if member == CUSTOMER:
        made = Member(world.settings["customerId"], CUSTOMER, role)
    elif isinstance(known, Group):
        if not cycle and (known is one or one.id in world.site.derived(known, None)):
            raise EditError("GROUP_CANNOT_CONTAIN_CYCLE")
        made = Member(known.id, "GROUP", role, email)
    elif known is not None:
        made = Member(known.id, "USER", role, email)
    else:
        made = Member(id or world.site.next_user_id(), "USER", role, email or member)
    one.members[made.id] = made
    one.version += 1
    return {"id": made.id}


def _remove_member(world: World, group: str, member: str) -> dict[str, Any]:
    one = _group(world, group)
    known = world.site.find(member)
    wanted = world.settings["customerId"] if member == CUSTOMER else known.id if known else member
    for found in list(one.members.values()):
        if wanted in (found.id, found.email):
            del one.members[found.id]
            one.version += 1
            return {"id": found.id}
    raise EditError(f"{member!r} is no member of {group!r}")


def _add_org_unit(world: World, path: str, *, description: str = "") -> dict[str, Any]:
    parent, _, name = path.rpartition("/")
    _unit(world, parent or "/")
    if not name or path in world.site.org_units:
        raise EditError(f"there is an organizational unit {path!r}, or can't be")
    world.site.org_units[path] = description
    return {"id": path}


def _remove_org_unit(world: World, path: str) -> dict[str, Any]:
    """Only an empty one, as at Google."""
    _unit(world, path)
    if any(user.org_unit == path for user in world.site.users.values()) \
            or any(other.startswith(path.rstrip("/") + "/") for other in world.site.org_units):
        raise EditError(f"the organizational unit {path!r} is not empty")
    del world.site.org_units[path]
    return {"id": path}


def _kill_page_tokens(world: World) -> dict[str, Any]:
    world.page_tokens.kill()
    return {"id": None}


def _seed(world: World, **arguments: Any) -> dict[str, Any]:
    return seed(world.site, **arguments)


EDITS: dict[str, Callable[..., dict[str, Any]]] = {
    "add-user": _add_user,
    "set-user": _set_user,
    "remove-user": _remove_user,
    "undelete-user": _undelete_user,
    "age-deleted-user": _age_deleted,
    "login": _login,
    "add-group": _add_group,
    "set-group": _set_group,
    "remove-group": _remove_group,
    "add-member": _add_member,
    "remove-member": _remove_member,
    "add-org-unit": _add_org_unit,
    "remove-org-unit": _remove_org_unit,
    "kill-page-tokens": _kill_page_tokens,
    "seed": _seed,
}

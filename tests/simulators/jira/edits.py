"""Hand edits: what a Jira administrator, or a person, may do behind the provisioner's back."""

from __future__ import annotations

from typing import Any, Callable

from . import edits_desks
from .naming import EditError, named_account, named_group
from .state import PRODUCTS, Site


def apply(site: Site, edit: dict[str, Any]) -> dict[str, Any]:
    """Carry out one edit under Site.lock: {"action": name, ...}, see EDITS.

    An account is named by its address or its id, a group by its name or its id, a desk by its id
    or its project's key, an organization by its id or its name. The result names what was made or
    changed: {"accountId"}, {"groupId"}, {"deskId"} or {"organizationId"}.
    """
    arguments = dict(edit)
    action = arguments.pop("action", None)
    if action not in EDITS:
        raise EditError(f"action is one of {', '.join(EDITS)}")
    return EDITS[action](site, **arguments)


def _free_name(site: Site, name: str) -> None:
    if site.group_by_name(name) is not None:
        raise EditError(f"there is a group {name!r}")


def _known_product(product: str | None) -> None:
    if product is not None and product not in PRODUCTS:
        raise EditError(f"there is no product {product!r}")


def _add_account(site: Site, email: str, *, displayName: str | None = None, active: bool = True,
                 accountType: str = "atlassian", hiddenEmail: bool = False,
                 products: tuple[str, ...] = (), accountId: str | None = None) -> dict[str, Any]:
    if accountType == "atlassian" and site.account_by_email(email) is not None:
        raise EditError(f"there is an account {email!r}")
    groups = []
    for product in products:
        _known_product(product)
        groups.append(site.default_group(product))
    account = site.add_account(email, created_by="control", display_name=displayName,
                               account_id=accountId, active=active, account_type=accountType,
                               hidden_email=hiddenEmail)
    for group in groups:
        if group is not None:
            site.add_member(group, account)
    return {"accountId": account.account_id}


def _set_account(site: Site, account: str, *, email: str | None = None,
                 displayName: str | None = None,
                 hiddenEmail: bool | None = None,
                 managed: bool | None = None) -> dict[str, Any]:
    one = named_account(site, account)
    if email is not None and site.account_by_email(email, one.account_type) not in (None, one):
        raise EditError(f"there is an account {email!r}")
    site.change_account(one, email=email, display_name=displayName)
    if hiddenEmail is not None:
        one.hidden_email = hiddenEmail
    if managed is not None:
        one.managed = managed
    return {"accountId": one.account_id}


def _set_active(site: Site, account: str, active: bool) -> dict[str, Any]:
    one = named_account(site, account)
    one.suspended = one.suspended and not active
    one.removed = one.removed and not active
    site.set_active(one, active)
    return {"accountId": one.account_id}


def _remove_account(site: Site, account: str) -> dict[str, Any]:
    one = named_account(site, account)
    site.remove_account(one)
    return {"accountId": one.account_id}


def _delete_account(site: Site, account: str) -> dict[str, Any]:
    """The account was closed at Atlassian: no call finds it any more."""
    one = named_account(site, account)
    site.delete_account(one)
    return {"accountId": one.account_id}


def _add_group(site: Site, name: str, *, groupId: str | None = None,
               accessType: str | None = None, product: str | None = None,
               external: bool = False) -> dict[str, Any]:
    _free_name(site, name)
    _known_product(product)
    group = site.add_group(name, created_by="control", group_id=groupId, access_type=accessType,
                           product=product, external=external)
    return {"groupId": group.group_id}


def _set_group(site: Site, group: str, **changes: Any) -> dict[str, Any]:
    one = named_group(site, group)
    unknown = set(changes) - {"accessType", "external", "product"}
    if unknown:
        raise EditError(f"set-group can't change {sorted(unknown)}")
    _known_product(changes.get("product"))
    one.access_type = changes.get("accessType", one.access_type)
    one.external = changes.get("external", one.external)
    one.product = changes.get("product", one.product)
    return {"groupId": one.group_id}


def _rename_group(site: Site, group: str, name: str) -> dict[str, Any]:
    one = named_group(site, group)
    if site.group_by_name(name) not in (None, one):
        _free_name(site, name)
    site.rename_group(one, name)
    return {"groupId": one.group_id}


def _remove_group(site: Site, group: str) -> dict[str, Any]:
    one = named_group(site, group)
    site.remove_group(one)
    return {"groupId": one.group_id}


def _add_member(site: Site, group: str, account: str) -> dict[str, Any]:
    one = named_group(site, group)
    site.add_member(one, named_account(site, account))
    return {"groupId": one.group_id}


def _remove_member(site: Site, group: str, account: str) -> dict[str, Any]:
    one = named_group(site, group)
    site.remove_member(one, named_account(site, account))
    return {"groupId": one.group_id}


EDITS: dict[str, Callable[..., dict[str, Any]]] = {
    "add-account": _add_account,
    "set-account": _set_account,
    "set-active": _set_active,
    "remove-account": _remove_account,
    "delete-account": _delete_account,
    "add-group": _add_group,
    "set-group": _set_group,
    "rename-group": _rename_group,
    "remove-group": _remove_group,
    "add-member": _add_member,
    "remove-member": _remove_member,
} | edits_desks.EDITS

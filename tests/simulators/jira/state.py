"""What the simulated site holds: accounts, groups, memberships, products; desks.py has the rest.

No HTTP here, and no opinion about status codes: the operations decide those. Everything is changed
under Site.lock, which the caller holds.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Iterator

from .desks import ServiceManagement, new_customer_id
from .prefix_index import PrefixIndex
from .settings import Settings

SITE_NAME = "demo"

# Product key, its name, and the stem of its default group's name. The default group is named after
# the site ("jira-users-<site>"), but only by default: it may be renamed or deleted (facts 3.2).
PRODUCTS = {
    "jira-software": ("Jira Software", "jira-software-users"),
    "jira-servicedesk": ("Jira Service Management", "jira-servicemanagement-users"),
    "jira-product-discovery": ("Jira Product Discovery", "jira-product-discovery-users"),
    "jira-core": ("Jira", "jira-core-users"),
}


@dataclass(eq=False)
class Account:
    """An Atlassian account as this site sees it."""

    account_id: str
    email: str
    display_name: str
    created_by: str
    number: int
    active: bool = True
    account_type: str = "atlassian"
    hidden_email: bool = False
    # Removed from the site; it still comes back, as inactive (facts 3.1, DELETE user).
    removed: bool = False
    # By the organization, which manages it unless its domain is somebody else's (facts 3.5).
    suspended: bool = False
    managed: bool = True
    profile: dict[str, Any] = field(default_factory=dict)
    group_ids: set[str] = field(default_factory=set)
    # Search lag: unknown to user/search before this monotonic time, or for that many searches.
    visible_at: float = 0.0
    unseen_searches: int = 0


@dataclass(eq=False)
class Group:
    """A group; access_type is "site-admin", "admin", "user" or None for an ordinary one."""

    group_id: str
    name: str
    created_by: str
    access_type: str | None = None
    product: str | None = None
    default_for_product: bool = False
    # Kept by another identity provider: members can't be edited here (facts 3.2).
    external: bool = False
    member_ids: set[str] = field(default_factory=set)
    # Sorted member accounts by "including inactive ones", until something changes.
    ordered: dict[bool, list[Account]] = field(default_factory=dict)


class Site:
    """Accounts and groups with their indexes."""

    def __init__(self, owner_email: str, settings: Settings) -> None:
        self.lock = threading.RLock()
        self.settings = settings
        self.accounts: dict[str, Account] = {}
        self.groups: dict[str, Group] = {}
        # By account type and address: one of each kind may have the same (facts 3.4).
        self._by_email: dict[tuple[str, str], Account] = {}
        self._by_group_name: dict[str, Group] = {}
        self._searchable = PrefixIndex()
        self.service = ServiceManagement(self)
        self._seed(owner_email)

    def _seed(self, owner_email: str) -> None:
        self.owner = self.add_account(owner_email, created_by="seed")
        admins = [
            self.add_group("site-admins", created_by="seed", access_type="site-admin"),
            self.add_group("administrators", created_by="seed", access_type="admin"),
            self.add_group("jira-administrators", created_by="seed", access_type="admin"),
        ]
        for product, (_, stem) in PRODUCTS.items():
            self.add_group(f"{stem}-{SITE_NAME}", created_by="seed", access_type="user",
                           product=product, default_for_product=True)
        for group in admins:
            self.add_member(group, self.owner)
        self.add_member(self.default_group("jira-software"), self.owner)

    # Accounts

    def add_account(self, email: str, *, created_by: str, display_name: str | None = None,
                    account_id: str | None = None, account_type: str = "atlassian",
                    **attributes: Any) -> Account:
        """Make an account; until somebody sets it up it is called like its address."""
        fresh_id = new_customer_id() if account_type == "customer" else f"712020:{uuid.uuid4()}"
        account = Account(
            account_id=account_id or fresh_id,
            email=email,
            display_name=display_name or email.partition("@")[0],
            created_by=created_by,
            number=len(self.accounts),
            account_type=account_type,
            **attributes,
        )
        if email.lower() in map(str.lower, self.settings["hiddenEmails"]):
            account.hidden_email = True
        self.accounts[account.account_id] = account
        self._by_email[account_type, email.lower()] = account
        self._index(account)
        return account

    def delay_visibility(self, account: Account) -> None:
        """Apply the search lag to an account just made."""
        lag = self.settings["searchLag"] or {}
        account.visible_at = time.monotonic() + lag.get("ms", 0) / 1000
        account.unseen_searches = int(lag.get("searches", 0))

    def account_by_email(self, email: str, account_type: str = "atlassian") -> Account | None:
        return self._by_email.get((account_type, email.lower()))

    def change_account(self, account: Account, *, email: str | None = None,
                       display_name: str | None = None) -> None:
        self._unindex(account)
        if email is not None:
            key = (account.account_type, account.email.lower())
            if self._by_email.get(key) is account:
                del self._by_email[key]
                self._by_email[account.account_type, email.lower()] = account
            account.email = email
        if display_name is not None:
            account.display_name = display_name
        self._index(account)

    def set_active(self, account: Account, active: bool) -> None:
        account.active = active
        for group_id in account.group_ids:
            self.groups[group_id].ordered.clear()

    def remove_account(self, account: Account) -> None:
        """Take the account out of the site: no groups, inactive, yet still known."""
        for group_id in list(account.group_ids):
            self.remove_member(self.groups[group_id], account)
        self.service.forget(account)
        account.active = False
        account.removed = True

    def delete_account(self, account: Account) -> None:
        """The account is closed at Atlassian: nothing knows it any more."""
        self.remove_account(account)
        self._unindex(account)
        key = (account.account_type, account.email.lower())
        if self._by_email.get(key) is account:
            del self._by_email[key]
        del self.accounts[account.account_id]

    def restore_account(self, account: Account) -> None:
        account.active = True
        account.removed = False
        account.suspended = False

    def _index(self, account: Account) -> None:
        self._searchable.add("name", account.display_name.lower(), account.account_id)
        self._searchable.add("email", account.email.lower(), account.account_id)

    def _unindex(self, account: Account) -> None:
        self._searchable.remove("name", account.display_name.lower(), account.account_id)
        self._searchable.remove("email", account.email.lower(), account.account_id)

    def search(self, query: str) -> list[Account]:
        """Active accounts whose display name or address starts with the query (facts 3.1).

        A query shaped like an address is compared with addresses only. An address that its owner
        hides is found only when given in full.
        """
        query = query.lower()
        found = set(self._searchable.find("email", query))
        found = {account_id for account_id in found
                 if not self.accounts[account_id].hidden_email
                 or self.accounts[account_id].email.lower() == query}
        if not looks_like_address(query):
            found |= set(self._searchable.find("name", query))
        accounts = sorted((self.accounts[account_id] for account_id in found),
                          key=lambda account: account.number)
        return [account for account in accounts if account.active and self._seen(account)]

    def _seen(self, account: Account) -> bool:
        if account.unseen_searches > 0:
            account.unseen_searches -= 1
            return False
        return account.visible_at == 0.0 or account.visible_at <= time.monotonic()

    # Groups

    def add_group(self, name: str, *, created_by: str, group_id: str | None = None,
                  **attributes: Any) -> Group:
        group = Group(group_id=group_id or str(uuid.uuid4()), name=name, created_by=created_by,
                      **attributes)
        self.groups[group.group_id] = group
        self._by_group_name[name.casefold()] = group
        return group

    def group_by_name(self, name: str) -> Group | None:
        """The group that holds this name as far as uniqueness goes: upper and lower case alike."""
        return self._by_group_name.get(name.casefold())

    def rename_group(self, group: Group, name: str) -> None:
        del self._by_group_name[group.name.casefold()]
        group.name = name
        self._by_group_name[name.casefold()] = group

    def remove_group(self, group: Group) -> None:
        for account_id in list(group.member_ids):
            self.remove_member(group, self.accounts[account_id])
        del self._by_group_name[group.name.casefold()]
        del self.groups[group.group_id]

    def add_member(self, group: Group, account: Account) -> None:
        group.member_ids.add(account.account_id)
        group.ordered.clear()
        account.group_ids.add(group.group_id)

    def remove_member(self, group: Group, account: Account) -> None:
        group.member_ids.discard(account.account_id)
        group.ordered.clear()
        account.group_ids.discard(group.group_id)

    def members(self, group: Group, *, inactive: bool) -> list[Account]:
        """Members in Jira's order, which says nothing about names: by account id here."""
        if inactive not in group.ordered:
            accounts = (self.accounts[account_id] for account_id in sorted(group.member_ids))
            group.ordered[inactive] = [one for one in accounts if inactive or one.active]
        return group.ordered[inactive]

    def groups_of(self, account: Account) -> list[Group]:
        return sorted((self.groups[group_id] for group_id in account.group_ids),
                      key=lambda group: group.name)

    # Products and seats

    def default_group(self, product: str) -> Group | None:
        for group in self.product_groups(product):
            if group.default_for_product:
                return group
        return None

    def product_groups(self, product: str) -> Iterator[Group]:
        return (group for group in self.groups.values() if group.product == product)

    def products_of(self, account: Account) -> list[str]:
        """Products the account may use: those its groups grant."""
        granted = {self.groups[group_id].product for group_id in account.group_ids}
        return sorted(product for product in granted if product)

    def seat_holders(self, product: str) -> set[str]:
        """Ids of the active accounts that a licence of the product is paid for."""
        return {account_id for group in self.product_groups(product)
                for account_id in group.member_ids if self.accounts[account_id].active}

    def has_seat_for(self, product: str, account: Account | None) -> bool:
        limit = self.settings["seats"].get(product)
        if limit is None:
            return True
        holders = self.seat_holders(product)
        if account is not None and account.account_id in holders:
            return True
        return len(holders) < limit

    # The whole, for the control API

    def as_json(self) -> dict[str, Any]:
        """Everything held, sorted by address and by name, so that two states compare with ==."""
        accounts = sorted(self.accounts.values(), key=lambda account: account.email)
        groups = sorted(self.groups.values(), key=lambda group: group.name)
        return {
            "accounts": [self._account_json(account) for account in accounts],
            "groups": [self._group_json(group) for group in groups],
        } | self.service.as_json()

    def _account_json(self, account: Account) -> dict[str, Any]:
        return {
            "accountId": account.account_id,
            "email": account.email,
            "displayName": account.display_name,
            "active": account.active,
            "accountType": account.account_type,
            "hiddenEmail": account.hidden_email,
            "removed": account.removed,
            "suspended": account.suspended,
            "profile": account.profile,
            "products": self.products_of(account),
            "groups": [group.name for group in self.groups_of(account)],
            "createdBy": account.created_by,
        }

    def _group_json(self, group: Group) -> dict[str, Any]:
        return {
            "groupId": group.group_id,
            "name": group.name,
            "accessType": group.access_type,
            "product": group.product,
            "external": group.external,
            "members": sorted(self.accounts[one].email for one in group.member_ids),
            "createdBy": group.created_by,
        }


def looks_like_address(text: str) -> bool:
    """Whether user/search takes the text for an e-mail address."""
    local, at, domain = text.partition("@")
    return bool(local and at and domain)

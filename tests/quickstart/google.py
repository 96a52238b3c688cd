"""The demonstration of --google: a Google Workspace is connected, and its directory pulled twice.

Google's side is simulated: its sign-in, which asks on a page, and its directory.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Callable

from tests.harness.admin import AdminClient
from tests.harness.browser import Browser
from tests.harness.conf import CALLBACK_LOCATION
from tests.harness.httpd import ADMIN_USER, Httpd
from tests.harness.wait import until
from tests.quickstart import demo
from tests.simulators.google import SimulatedGoogle
from tests.simulators.google.consent import AGREE, ANSWER
from tests.simulators.google.oauth import GoogleOAuth
from tests.simulators.idps import Expected, Held, Row, compare, held

IDP = "workspace"
PATH = f"{AdminClient.API}/idps/{IDP}"
ADMINISTRATOR = "admin@example.com"     # who connects; one of the directory's users too
USERS, GROUPS = 1000, 40
LEAVER, NEWCOMER = "user-00001@example.com", "nina.new@example.com"
RETURNER = "user-00010@example.com"     # suspended at first
SOMEBODY = "user-00002@example.com"     # to be tried out on
GROUP = "group-0001@example.com"
PULL_SECONDS = 120
SHOWN = 20      # differences
MANY = {"account": "people", "group": "groups", "member": "memberships"}


class Workspace:
    """The simulated Google: sign-in and directory, in threads of this process.

    In `folder` what the directory is asked is written down, and what an IdP's settings have to be.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._settings_file = folder / "settings.json"
        self._running = ExitStack()
        log = self._running.enter_context((folder / "requests.jsonl").open("w", encoding="utf-8"))
        self.directory = SimulatedGoogle(log_file=log)
        self.oauth = GoogleOAuth(self.directory)
        self.oauth.asks = True
        self.control = self.directory.control

    def start(self) -> None:
        """With 1,000 people in it."""
        self._running.enter_context(self.directory)
        self.oauth.start()
        self._running.callback(self.oauth.stop)
        self.control.seed(users=USERS - 1, groups=GROUPS, members_per_group=25,
                          suspended_every=10, nested_every=4)
        self.control.edit("add-user", email=ADMINISTRATOR, givenName="Demo",
                          familyName="Administrator", isAdmin=True)

    def stop(self) -> None:
        self._running.close()

    def settings(self, callback: str) -> dict[str, Any]:
        """Of the IdP of a server whose callback that is."""
        self.oauth.redirect_uris = {callback}
        settings = {"clientId": self.oauth.client_id, "clientSecret": self.oauth.client_secret,
                    "domain": "example.com", "endpoints": self.oauth.endpoints()}
        self._settings_file.touch(0o600)
        self._settings_file.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
        return settings

    def violations(self) -> list[Any]:
        """What its documents don't allow."""
        return [*self.oauth.violations, *self.control.violations()]


def connect(httpd: Httpd, google: Workspace, site: str, say: Callable[[str], None]) -> None:
    """What an administrator does once: the OAuth client's id and secret here, then the browser."""
    admin = httpd.admin()
    say(f"  {described(google.control.state())}")
    admin.post(f"{AdminClient.API}/idps", {"name": IDP, "kind": "google", "site": site}).expect(201)
    admin.put(f"{PATH}/google", google.settings(httpd.url + CALLBACK_LOCATION)).expect(200)
    browser = Browser((httpd.url, ADMIN_USER, httpd.admin_password))
    page = browser.visit(f"{admin.base_url}{PATH}/google/connect")
    say("  an administrator opens .../google/connect, logs in, and is sent to Google, which asks")
    page = browser.follow(browser.post(page.url, **{ANSWER: AGREE}))
    connection = admin.get(f"{PATH}/google").expect(200).json()["connection"]
    if connection["state"] != "connected":
        raise demo.DemoFailed(f"the browser ended at {page.url}, which says:\n{page.text}")
    say(f"  agreed: connected as {connection['administrator']} of {connection['domain']}")
    tested = admin.post(f"{PATH}/google/test", {}).expect(200).json()
    if not tested["ok"]:
        raise demo.DemoFailed(f"the connection test says: {tested}")


def pull(admin: AdminClient, say: Callable[[str], None]) -> None:
    """One pull, and all that follows from it in Jira."""
    number = admin.post(f"{PATH}/pull", {}).expect(202).json()["id"]

    def ended() -> dict[str, Any] | None:
        run = admin.get(f"{PATH}/pulls/{number}").expect(200).json()
        return run if run["endedAt"] else None

    run = until(ended, "the pull to end", PULL_SECONDS)
    if run["state"] != "done":
        raise demo.DemoFailed(f"the pull is {run['state']}: {run['detail']}")
    say(f"  {run['calls']} calls, {run['seconds']:.1f} s: "
        + "; ".join(f"{what} {counted(found)}" for what, found in run["found"].items()
                    if isinstance(found, dict)))
    demo.catch_up(admin, say)


def change(google: Workspace, say: Callable[[str], None]) -> None:
    """What a day brings."""
    for action, arguments, what in (
            ("set-user", {"user": LEAVER, "suspended": True}, f"{LEAVER} is suspended"),
            ("set-user", {"user": RETURNER, "suspended": False}, f"{RETURNER} no longer is"),
            ("add-user", {"email": NEWCOMER, "givenName": "Nina", "familyName": "New"},
             f"{NEWCOMER} is new"),
            ("add-member", {"group": GROUP, "member": NEWCOMER}, f"and joins {GROUP}")):
        google.control.edit(action, **arguments)
        say(f"  Google: {what}")


def described(state: dict[str, Any]) -> str:
    suspended = sum(one["suspended"] for one in state["users"])
    nesting = sum(any(one["kind"] == "GROUP" for one in group["members"])
                  for group in state["groups"])
    return (f"Google has {len(state['users'])} users, {suspended} of them suspended, and "
            f"{len(state['groups'])} groups, {nesting} of them with another group in it")


def counted(found: dict[str, int]) -> str:
    """{"new": 1, "gone": 0, "unchanged": 7} as "1 new, 7 unchanged"."""
    return ", ".join(f"{number} {what}" for what, number in found.items() if number) or "none"


def expected(state: dict[str, Any]) -> Expected:
    """What Jira should hold, from Google's side alone: nobody who is suspended; groups in groups
    as the people in them."""
    wanted = {one["id"]: one["email"].lower() for one in state["users"]
              if not one["suspended"] and not one["archived"]}
    groups = {group["id"]: group for group in state["groups"]}

    def people(group_id: str, above: frozenset[str] = frozenset()) -> set[str]:
        found = set()
        for member in groups[group_id]["members"]:
            if member["id"] in wanted:
                found.add(wanted[member["id"]])
            elif member["id"] in groups and member["id"] not in above:
                found |= people(member["id"], above | {group_id})
        return found

    return Expected(
        accounts=frozenset(wanted.values()),
        without_access=frozenset(one["email"].lower() for one in state["users"]
                                 if one["id"] not in wanted),
        groups={group["name"]: frozenset(people(group["id"])) for group in groups.values()},
        emptied=frozenset())


def result(google: Workspace, state: dict[str, Any], before: Held) -> list[Row]:
    """What Google has next to what the simulated Jira holds."""
    return compare(expected(google.control.state()), held(state), before)


def summary(rows: list[Row]) -> list[Row]:
    """The rows that differ, the first of them; of those that agree how many of a kind there are."""
    alike = Counter((row.kind, "" if row.kind == "group" else row.said)
                    for row in rows if row.agrees)
    return [*(Row(kind, f"{number} {MANY[kind]}", said, "the same", True)
              for (kind, said), number in alike.items()),
            *[row for row in rows if not row.agrees][:SHOWN]]


def advice(connect_url: str) -> str:
    """What else to try, in the same shell and in a browser."""
    return f"""\
Of Google, in that shell:
  admin() {{ curl -sS -u "$ADMIN_USER:$ADMIN_PASSWORD" -H 'Content-Type: application/json' \\
             -H 'SCIM-Sync-Client: curl' "${{ADMIN_URL}}api/$@"; echo; }}
  google() {{ curl -sS "$GOOGLE_URL/_control/edit" -d "{{\\"edits\\": [$1]}}"; echo; }}

  google '{{"action": "set-user", "user": "{SOMEBODY}", "suspended": true}}'
  admin idps/{IDP}/pull -X POST            # reads Google anew
  admin 'idps/{IDP}/pulls?limit=1'         # what it found, as soon as its state is "done"
  admin 'events?idp={IDP}&limit=5'         # what was done
  admin idps/{IDP}/google/disconnect -d '{{"confirm": true}}'

Or connect it yourself, in a browser, as admin and with the password above:
  {connect_url}"""

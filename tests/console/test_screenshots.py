"""The main pages as they look, for the documents: SCIM_SYNC_SCREENSHOTS=docs/images has them made
anew. Without it they are made all the same, and looked at; then nothing is kept."""

from __future__ import annotations

import base64
import math
import os
import struct
import time
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any, Iterator

import pytest

from tests.console.test_pages import settled
from tests.console.window import Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.scratch import ROOT
from tests.harness.sql import execute
from tests.harness.wait import until

FOLDER = os.environ.get("SCIM_SYNC_SCREENSHOTS")
WIDE, NARROW = 1200, 380
LARGEST = 200_000  # bytes of a picture

PEOPLE = ("Ada Byron", "Alan Mathison", "Barbara Liskov", "Edsger Dijkstra", "Grace Hopper",
          "Hedy Lamarr", "Joan Clarke", "Katherine Johnson", "Ken Thompson", "Margaret Hamilton",
          "Radia Perlman", "Tony Hoare")
MUNICH = ("Konrad Zuse", "Emmy Noether", "Carl Gauss", "Lise Meitner", "Max Planck")
PARTNERS = ("Mary Shelley", "Jules Verne", "Jane Austen")
LEAVERS = 3

# The page is told what a public server's would be: whatever is drawn, or drawn again, has that.
PUBLIC = """
const names = %s;
const real = window.fetch;
window.fetch = async (where, request) => {
    const answer = await real(where, request);
    let text = await answer.text();
    names.forEach(([ours, theirs]) => { text = text.replaceAll(ours, theirs); });
    text = text.replaceAll(/"host": *"[^"]*"/g, '"host": "sync1.example.com"');
    if (request.method === "POST" && /\\/tokens(\\/rotate)?$/.test(where)) {
        text = text.replace(/"token": *"[^"]*"/, '"token": "demo-shown-this-once-only"');
    }
    const { status, statusText, headers } = answer;
    return new Response(status === 204 ? null : text, { status, statusText, headers });
};
"""


@pytest.fixture
def public(window: Window, httpd: Httpd, jira: JiraProcess) -> Iterator[Window]:
    """The window, in which nothing of this machine is seen."""
    names = [[httpd.url, "https://sync.example.com"], [jira.url, "https://example.atlassian.net"],
             ["127.0.0.1", "203.0.113.20"]]
    made = window.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {
        "source": PUBLIC % names})
    window.leave()  # the document that is open does not have it
    yield window
    window.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", made)
    window.leave()


def take(window: Window, name: str, width: int = WIDE, most: int = 1200) -> None:
    """What is seen in a window of this width: all of the page, or its upper part."""
    settled(window)
    window.resize(width, 400)
    window.script("scrollTo(0, 0); document.activeElement.blur()")
    height = min(most, window.script("return document.documentElement.scrollHeight"))
    window.resize(width, height)
    shot = window.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    picture = base64.b64decode(shot["data"])
    assert struct.unpack(">II", picture[16:24]) == (width, height)
    assert 10_000 < len(picture) <= LARGEST, f"{name}: {len(picture)} bytes"
    seen = window.text + " ".join(window.script(
        "return [...document.querySelectorAll('input')].map((input) => input.value)"))
    assert "127.0.0.1" not in seen and "localhost" not in seen
    assert window.script("return document.documentElement.scrollWidth") <= width
    if FOLDER:
        (ROOT / FOLDER / f"{name}.png").write_bytes(picture)


def in_one_line(window: Window, selector: str) -> bool:
    """Whether none of these is broken within."""
    return window.script("""return [...document.querySelectorAll(arguments[0])].every((each) =>
        each.offsetHeight < 2 * parseFloat(getComputedStyle(each).lineHeight))""", selector)


def address(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.com"


def told(scim: ScimClient, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [scim.create_user(address(name), displayName=name, emails=[{"value": address(name)}])
            for name in names]


def caught_up(admin: AdminClient) -> None:
    until(lambda: not admin.tasks("state=waiting&idp=okta"), "all to be done")


def at_work(admin: AdminClient, jira: JiraProcess) -> None:
    """Okta is live: some leave at once, and the guard holds that; Jira refuses a group."""
    idp = admin.create_idp("okta", displayName="Headquarters")
    admin.put_rules("okta", {"guard": {"deactivations": {"number": LEAVERS - 1}}})
    jira.control.add_fault("status", status=403, times=None,
                           match={"method": "POST", "path": "/group$", "body": "Works council"},
                           body={"errorMessages": ["You are not permitted to create this group."],
                                 "errors": {}})
    with closing(scim_client(idp)) as scim:
        scim.get("/ServiceProviderConfig").expect(200)
        users = told(scim, PEOPLE)
        scim.create_group("Developers", [user["id"] for user in users[:8]])
        scim.create_group("Designers", [user["id"] for user in users[8:]])
        caught_up(admin)
        scim.create_group("Works council", [users[5]["id"]])
        scim.post("/Users", {"userName": address("Ada Byron"), "active": True}).expect(409)
        until(lambda: admin.tasks("state=failed"), "the group to fail")
        admin.set_state("okta", "paused")
        for user in users[:LEAVERS]:
            scim.patch_operations(f"/Users/{user['id']}", {
                "op": "replace", "path": "active", "value": False}).expect(200)
        scim.get('/Users?filter=userName eq "barbara.liskov@example.com"'.replace(" ", "%20")
                 ).expect(200)
        admin.set_state("okta", "live")
    ended = admin.create_token("okta")
    with closing(ScimClient(idp["scim"]["baseUrl"], token=ended["token"])) as scim:
        scim.get("/Users?count=1").expect(200)
        admin.revoke_token("okta", ended["id"])
        scim.get("/Users?count=1").expect(401)
    until(lambda: len(admin.tasks("state=held")) == LEAVERS, "the guard to hold them")


def in_dry_run(admin: AdminClient, jira: JiraProcess) -> None:
    """Some of its people have accounts already, and a group stands for one that is there."""
    for name in MUNICH[:3]:
        jira.control.edit("add-account", email=address(name))
    jira.control.edit("add-group", name="Research")
    jira.control.edit("add-member", group="Research", account=address(MUNICH[0]))
    idp = admin.create_idp("entra", provider="entra", state="dryRun", displayName="Munich")
    with closing(scim_client(idp)) as scim:
        users = told(scim, MUNICH)
        scim.create_user("intern")
        scim.create_group("Research", [user["id"] for user in users[1:]])
    until(lambda: admin.plan("entra")["tasks"]["waiting"] == 0, "the plan")


def hours_of_work(httpd: Httpd) -> None:
    """A working day of another host, which is busiest before and after noon."""
    now = int(time.time()) // 300 * 300
    steps = []
    for at in range(now - 24 * 3600, now, 300):
        hour = at % 86400 / 3600
        busy = math.exp(-((hour - 10) / 2) ** 2) + 0.8 * math.exp(-((hour - 15) / 2) ** 2)
        requests = int(6 + 60 * busy + at // 300 % 7)
        longest = 9000 + at // 300 * 7919 % 30000 + int(40000 * busy)
        steps.append((at * 1000, "'demo'", requests, requests // 40, 0,
                      requests * (1500 + int(900 * busy)), longest, requests // 3, requests // 2,
                      int(busy > 1.2)))
    values = ", ".join(f"({', '.join(map(str, step))})" for step in steps)
    execute(httpd.database, "INSERT INTO health (at, host, requests, refused, failed, busy,"
                            f" longest, tasks, calls, limited) VALUES {values}")


@pytest.fixture
def company(public: Window, admin: AdminClient, jira: JiraProcess, httpd: Httpd
            ) -> Iterator[Window]:
    """Identity providers in several states, with what becomes of them."""
    httpd.error_log.expect("SCIM0160", optional=True)
    ends = datetime.now(timezone.utc) + timedelta(days=200)
    admin.put_site("main", jira.url, jira.email, jira.api_token,
                   apiTokenExpires=ends.strftime("%Y-%m-%dT00:00:00Z"))
    at_work(admin, jira)
    in_dry_run(admin, jira)
    idp = admin.create_idp("partners", provider="pingone", mode="customers", state="paused",
                           displayName="Partners")
    with closing(scim_client(idp)) as scim:
        told(scim, PARTNERS)
    hours_of_work(httpd)
    yield public
    execute(httpd.database, "DELETE FROM health WHERE host = 'demo'")
    jira.control.remove_faults()


def test_set_up(public: Window) -> None:
    public.open("set-up")
    take(public, "console-set-up")


def test_connect(public: Window, admin: AdminClient, jira: JiraProcess) -> None:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    with closing(scim_client(admin.create_idp("okta", state="dryRun"))) as scim:
        user, = told(scim, PEOPLE[:1])
        scim.create_group("Developers", [user["id"]])
        scim.get("/Users").expect(200)
    public.open("idps/okta/connect")
    public.click("button", "Make another token")
    public.sees("First call came", "First user ada.byron@example.com", "First group Developers",
                "First plan for Jira")
    take(public, "console-connect")


def test_the_main_pages(company: Window, admin: AdminClient) -> None:
    company.open()
    company.sees("dry run", "paused", "live")
    take(company, "console-idps")
    assert in_one_line(company, "tbody th a")

    leaver = admin.tasks("state=held")[0]
    company.open(f"people/okta/{leaver['subject']}")
    company.sees("has left, and still has access", "Told", "Wanted", "Held", "guard")
    take(company, "console-person", most=1155)

    company.open("idps/entra/plan")
    company.sees("In sum", "People and groups")
    take(company, "console-plan", most=1230)

    company.open("tasks")
    company.sees("3 people lose all access if it is released", "Jira answered 403")
    take(company, "console-tasks", most=1290)

    company.open("health")
    company.sees("What needs you", "Calls to Jira", "in the mean", "sync1.example.com")
    take(company, "console-health", most=1075)

    company.open("idps/okta/requests")
    company.sees("401", "409", "was revoked by")
    take(company, "console-requests", most=890)
    assert in_one_line(company, "td .address")


def test_narrow_and_dark(company: Window) -> None:
    company.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    try:
        company.open()
        company.sees("dry run")
        take(company, "console-narrow-dark", NARROW, 760)
    finally:
        company.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})

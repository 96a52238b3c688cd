"""The main pages as they look, for the documents: SCIM_SYNC_SCREENSHOTS=docs/images has them made
anew. Without it the pages are gone through all the same."""

import base64
import os
from contextlib import closing

import pytest

from tests.console.window import Window
from tests.harness.admin import AdminClient, scim_client
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.scratch import ROOT

FOLDER = os.environ.get("SCIM_SYNC_SCREENSHOTS")
WIDE, NARROW = (1200, 900), (380, 760)


def take(window: Window, name: str, width: int, height: int) -> None:
    """What is seen in a window of this size."""
    window.resize(width, height)
    if FOLDER:
        shot = window.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        (ROOT / FOLDER / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


@pytest.fixture
def public(window: Window, admin: AdminClient, jira: JiraProcess, httpd: Httpd) -> Window:
    """Identity providers in several states. Addresses are as a public server's would be."""
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    for name, provider, mode, state in (("okta", "okta", "users", "dryRun"),
                                        ("entra", "entra", "users", "live"),
                                        ("partners", "pingone", "customers", "paused")):
        idp = admin.create_idp(name, provider=provider, mode=mode, state=state, site="main")
        with closing(scim_client(idp)) as scim:
            if name == "okta":
                user = scim.create_user("ada@example.com", emails=[{"value": "ada@example.com"}])
                scim.create_group("Developers", [user["id"]])
            scim.get("/Users").expect(200)
    return window


def look_public(window: Window, httpd: Httpd) -> None:
    """The test's own address, the notice about it, and its token are nobody's to read."""
    window.script("""
        for (const input of document.querySelectorAll(".copied")) {
            input.value = input.value.startsWith("http")
                ? input.value.replace(arguments[0], "https://sync.example.com")
                : "demo-shown-this-once-only";
        }
        document.querySelectorAll(".mind").forEach((each) =>
            each.textContent.includes("this host's own") && each.remove());""", httpd.url)


def test_set_up(window: Window) -> None:
    window.open("set-up")
    take(window, "console-set-up", *WIDE)


def test_connect(public: Window, httpd: Httpd) -> None:
    public.open("idps/okta/connect")
    public.click("button", "Make another token")
    public.sees("First call came", "First user ada@example.com", "First group Developers",
                "First plan for Jira")
    look_public(public, httpd)
    public.script("scrollTo(0, 0); document.activeElement.blur()")
    take(public, "console-connect", 1200, 1150)


def test_identity_providers(public: Window) -> None:
    public.open()
    public.sees("dry run", "paused", "live")
    take(public, "console-idps", 1200, 420)


def test_narrow_and_dark(public: Window) -> None:
    public.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
    try:
        public.open()
        public.sees("dry run")
        take(public, "console-narrow-dark", *NARROW)
    finally:
        public.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})

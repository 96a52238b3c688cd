"""Tokens of an identity provider: which one it uses, replaced without a gap, ended knowingly."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.console.window import Window
from tests.harness.admin import AdminClient
from tests.harness.client import ScimClient
from tests.harness.httpd import Httpd
from tests.harness.wait import until


def ids(admin: AdminClient) -> list[str]:
    """Of its tokens that are there, the oldest first, as the page calls them."""
    return [token["id"][:8] for token in admin.tokens("okta")]


def shown_token(window: Window) -> str:
    value: str = window.find("textbox", "Token").get_attribute("value")
    return value


def test_which_one_it_uses_and_when_the_others_end(window: Window, okta: dict[str, Any],
                                                   scim: ScimClient, admin: AdminClient) -> None:
    scim.get("/Users").expect(200)
    later = admin.create_token("okta", expiresAt="2099-05-01T12:00:00Z")
    gone = admin.create_token("okta")
    admin.revoke_token("okta", gone["id"])
    window.open("idps/okta/tokens")
    window.sees("used now")
    there = window.rows("Tokens")
    first, second = ids(admin)
    assert there[f"{first} used now"][0].endswith("with okta")
    assert there[f"{first} used now"][1] in ("just now", "2 seconds ago", "3 seconds ago")
    assert there[f"{first} used now"][2] == "never"
    assert second == later["id"][:8]
    assert there[second][0].endswith("by admin") and there[second][1] == "never"
    assert there[second][2].startswith("on May 1, 2099, in ")
    ended = window.rows("Ended tokens")
    assert ended[gone["id"][:8]][-1] == "revoked by admin"


def test_one_is_replaced_without_a_gap(window: Window, okta: dict[str, Any], scim: ScimClient,
                                       admin: AdminClient) -> None:
    scim.get("/Users").expect(200)
    old, = ids(admin)
    window.open("idps/okta/tokens")
    window.click("button", "Make a token")
    window.sees("shown this once", "The others end", "First call with it")
    _, new = ids(admin)
    window.sees(f"okta still comes with {old}, which ends in 23 hours", f"the new one, {new}")
    window.click("button", "Copy Token")
    token = shown_token(window)
    assert window.driver.execute_async_script(
        "navigator.clipboard.readText().then(arguments[arguments.length - 1])") == token
    scim.get("/Users").expect(200)  # the old one is good meanwhile
    with closing(ScimClient(scim.base_url, token=token)) as client:
        client.get("/Users").expect(200)
        window.sees("First call with it came", "The others are needed no more")
    until(lambda: f"{new} used now" in window.rows("Tokens"), "the new one to be the one in use")
    assert "still comes with" not in window.text
    window.open("idps/okta/tokens")
    assert token not in window.script("return document.documentElement.outerHTML")


def test_the_others_end_at_once_if_that_is_chosen(window: Window, okta: dict[str, Any],
                                                  scim: ScimClient, admin: AdminClient) -> None:
    scim.get("/Users").expect(200)
    old, = ids(admin)
    window.open("idps/okta/tokens")
    window.script("""const pick = document.querySelector("select[name=overlap]");
                     pick.value = "0"; pick.dispatchEvent(new Event("change"));""")
    window.click("button", "Make a token")
    window.sees("The others have ended.")
    scim.get("/Users").expect(401)
    window.open("idps/okta/tokens")
    window.sees("okta was refused", f"token {okta_id(admin, old)} was replaced by admin:admin")


def okta_id(admin: AdminClient, short: str) -> str:
    """In full, also of one that has ended."""
    listed = admin.get("/api/idps/okta/tokens").expect(200).json()
    return next(token["id"] for token in [*listed["tokens"], *listed["ended"]]
                if token["id"].startswith(short))


def test_another_one_beside_ends_when_it_is_told(window: Window, okta: dict[str, Any],
                                                 admin: AdminClient) -> None:
    window.open("idps/okta/tokens")
    window.click("radio", "Beside the others")
    assert window.script("return document.querySelector('select[name=overlap]')") is None
    window.find("textbox", "The new one ends on (optional)").send_keys("01012020")
    window.click("button", "Make a token")
    window.sees("A day to come.")
    assert len(ids(admin)) == 1
    window.find("textbox", "The new one ends on (optional)").send_keys("05012099")
    window.click("button", "Make a token")
    window.sees("shown this once")
    first, second = admin.tokens("okta")
    assert first["replacedBy"] is None and first["expiresAt"] is None
    assert second["expiresAt"].startswith("2099-05-01") or second["expiresAt"].startswith(
        "2099-04-30")


def test_what_ends_soon_is_said_in_time(window: Window, okta: dict[str, Any], admin: AdminClient,
                                        httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM015[12]", optional=True)
    for days in (5, 20, 40):
        ends = datetime.now(timezone.utc) + timedelta(days=days, hours=1)
        admin.create_token("okta", expiresAt=ends.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _, soon, month, late = ids(admin)
    window.open("idps/okta/tokens")
    window.sees(f"{soon} ends on", f"{month} ends on", "in 20 days")
    assert f"{late} ends on" not in window.text
    window.open()
    window.sees("A token of okta ends on", "in 5 days", "Make another one")


def revoke(window: Window, short: str) -> None:
    window.click("button", f"Revoke {short} …")
    window.wait_for("dialog", f"Revoke {short}?")


def test_what_revoking_means_is_said_before(window: Window, okta: dict[str, Any], scim: ScimClient,
                                            admin: AdminClient) -> None:
    scim.get("/Users").expect(200)
    spare = admin.create_token("okta")["id"][:8]
    first = ids(admin)[0]
    window.open("idps/okta/tokens")
    revoke(window, first)
    window.sees("okta uses it now", "until another token is pasted there")
    window.click("button", "Cancel")
    assert len(ids(admin)) == 2
    revoke(window, spare)
    window.sees("Nobody has used it yet.")
    window.click("button", f"Revoke {spare}")
    until(lambda: ids(admin) == [first], "the end of it")
    until(lambda: spare in window.rows("Ended tokens"), "it among those that ended")
    revoke(window, first)
    window.sees("the last one that is good: okta can't call any more",
                "who leaves keeps the access")
    window.click("button", f"Revoke {first}")
    window.sees("okta has no token that is good, and can't call: nobody who leaves is noticed")
    scim.get("/Users").expect(401)


def test_a_refusal_that_was_mended_is_not_held_up(window: Window, okta: dict[str, Any],
                                                  scim: ScimClient, admin: AdminClient) -> None:
    spare = admin.create_token("okta")
    with closing(ScimClient(scim.base_url, token=spare["token"])) as client:
        client.get("/Users").expect(200)
        admin.revoke_token("okta", spare["id"])
        client.get("/Users").expect(401)
    window.open("idps/okta/tokens")
    window.sees("okta was refused", f"token {spare['id']} was revoked by admin:admin")
    scim.get("/Users").expect(200)
    window.open("idps/okta/tokens")
    window.sees("used now")
    assert "was refused" not in window.text


def test_google_has_none(window: Window, okta: dict[str, Any], admin: AdminClient) -> None:
    admin.create_idp("workspace", provider="google", site="main", kind="google")
    window.open("idps/workspace/tokens")
    window.sees("has no tokens")
    assert window.all("link", "Tokens") == []

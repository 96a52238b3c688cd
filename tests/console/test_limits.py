"""How fast an identity provider may come, and from where."""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any, Callable, Iterator

import pytest

from tests.console.window import Window
from tests.harness.admin import AdminClient
from tests.harness.client import ScimClient
from tests.harness.fixtures import Servers
from tests.harness.httpd import Database, Httpd
from tests.harness.wait import until

LIST = "Addresses that it may come from"


@pytest.fixture(scope="module")
def httpd(request: pytest.FixtureRequest, make_database: Callable[[], Database],
          database: Database) -> Iterator[Httpd]:
    """A server to which a test comes from any address."""
    servers = Servers(request.config, make_database, request.module.__name__)
    server = servers.make(database=database)
    server.settings.modules.append("remoteip")
    server.settings.extra = "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1"
    server.start()
    yield server
    servers.close()


def came(scim: ScimClient, address: str, status: int = 200) -> None:
    scim.get("/Users", headers={"X-Forwarded-For": address}).expect(status)


def write_list(window: Window, *entries: str) -> None:
    area = area_of(window)
    area.clear()
    area.send_keys("\n".join(entries))


def area_of(window: Window) -> Any:
    window.wait_for("heading")
    return until(lambda: window.script("return document.querySelector('[name=allowFrom]')"),
                 "the list")


def limits(admin: AdminClient) -> tuple[Any, Any]:
    idp = admin.get("/api/idps/okta").expect(200).json()
    return idp["requestsPerMinute"], idp["allowFrom"]


def test_a_rate_is_set_and_taken_away(window: Window, okta: dict[str, Any], scim: ScimClient,
                                      admin: AdminClient) -> None:
    window.open("idps/okta/limits")
    window.write("Requests per minute (optional)", "2")
    window.click("button", "Set")
    window.sees("okta may send 2 requests a minute, from anywhere.")
    assert limits(admin) == (2, [])
    assert [scim.get("/Users").status for _ in range(4)].count(429) >= 1
    window.open("idps/okta/limits")
    window.sees("okta was told to wait (429)", "most lately")
    assert re.search(r"in its last 4 calls, most lately (just now|\d+ seconds ago)\.", window.text)
    window.write("Requests per minute (optional)", "0")
    window.click("button", "Set")
    window.sees("A whole number from 1 to 1,000,000.")
    window.find("textbox", "Requests per minute (optional)").clear()
    window.click("button", "Set")
    window.sees("any number of requests a minute")
    assert limits(admin) == (None, [])


def test_the_address_of_its_last_call_is_one_click_away(window: Window, okta: dict[str, Any],
                                                        scim: ScimClient, admin: AdminClient,
                                                        httpd: Httpd) -> None:
    came(scim, "2001:db8::9")
    came(scim, "192.0.2.7")
    with closing(ScimClient(scim.base_url, token="demo-wrong")) as stranger:
        came(stranger, "203.0.113.66", 401)
    window.open("idps/okta/limits")
    window.sees("Where it came from", "192.0.2.7", "2001:db8::9")
    assert "203.0.113.66" not in window.text
    window.click("button", "Add 192.0.2.7")
    window.sees("added", "no, not in the list")
    assert window.rows("Where it came from")["192.0.2.7"][1:] == ["yes", "added"]
    assert window.rows("Where it came from")["2001:db8::9"][1] == "no, not in the list"
    window.click("button", "Add 2001:db8::9")
    window.click("button", "Set")
    window.sees("from 2 addresses and networks.")
    assert limits(admin) == (None, ["192.0.2.7", "2001:db8::9"])
    came(scim, "192.0.2.7")
    httpd.error_log.expect("SCIM0204", optional=True)
    came(scim, "192.0.2.8", 403)
    window.open("idps/okta/limits")
    window.sees("okta was refused", "it came from 192.0.2.8, which is not in the list",
                ", refused")


def test_what_would_shut_it_out_is_asked_first(window: Window, okta: dict[str, Any],
                                               scim: ScimClient, admin: AdminClient) -> None:
    came(scim, "192.0.2.7")
    window.open("idps/okta/limits")
    write_list(window, "192.0.3.0/24", "2001:db8::/32")
    window.click("button", "Set")
    window.sees("okta came from 192.0.2.7", "which is not in the list", "nobody who leaves")
    assert limits(admin) == (None, [])
    window.click("button", "Set it all the same")
    window.sees("from 2 addresses and networks.")
    assert limits(admin) == (None, ["192.0.3.0/24", "2001:db8::/32"])
    write_list(window, "192.0.2.0/24")
    window.click("button", "Set")
    window.sees("from 1 address or network.")


@pytest.mark.parametrize("entries, wrong", [
    (["192.0.2.0/24", "", "10.1"], '"10.1"'), (["example.com"], '"example.com"'),
    (["0.0.0.0/0"], '"0.0.0.0/0"'), (["2001:db8::/129"], '"2001:db8::/129"'),
])
def test_what_is_no_network_is_said_at_the_field(entries: list[str], wrong: str, window: Window,
                                                 okta: dict[str, Any], admin: AdminClient) -> None:
    window.open("idps/okta/limits")
    write_list(window, *entries)
    window.click("button", "Set")
    window.sees(f"{wrong} must be an address or a network, such as")
    area = area_of(window)
    assert area.get_attribute("aria-invalid") is not None
    assert window.driver.switch_to.active_element == area
    area.send_keys(" ")
    assert "must be an address" not in window.text
    assert limits(admin) == (None, [])


@pytest.mark.parametrize("address, entries, inside", [
    ("192.0.2.7", ["192.0.2.0/24"], True), ("192.0.3.7", ["192.0.2.0/24"], False),
    ("192.0.2.7", ["192.0.2.7"], True), ("192.0.2.7", ["192.0.2.0/29", "x"], True),
    ("192.0.2.8", ["192.0.2.0/29"], False), ("255.255.255.255", ["128.0.0.0/1"], True),
    ("2001:db8::9", ["2001:db8::/32"], True), ("2001:db9::9", ["2001:db8::/32"], False),
    ("2001:db8::9", ["2001:0DB8:0:0::0:9"], True), ("::1", ["192.0.2.0/24", "::/8"], True),
    ("ffff::1", ["8000::/1"], True), ("192.0.2.7", ["::/1"], False), ("nobody", ["::/1"], False),
    ("192.0.2.7", ["192.0.2.0/33", "300.0.0.0/8", "192.0.2/24", "::g", "1/2/3"], False),
])
def test_what_is_in_a_network(address: str, entries: list[str], inside: bool,
                              window: Window) -> None:
    assert window.driver.execute_async_script("""
        const [address, list, done] = arguments;
        import("./network.js").then(({ isWithin }) => done(isWithin(address, list)));""",
        address, entries) is inside


def test_two_administrators(window: Window, okta: dict[str, Any], admin: AdminClient) -> None:
    window.open("idps/okta/limits")
    admin.patch("/api/idps/okta", {"requestsPerMinute": 600}).expect(200)
    write_list(window, "192.0.2.0/24")
    window.click("button", "Set")
    window.sees("Changed meanwhile (412)", "Load this page anew")
    assert limits(admin) == (600, [])


def test_google_has_none(window: Window, okta: dict[str, Any], admin: AdminClient) -> None:
    admin.create_idp("workspace", provider="google", site="main", kind="google")
    window.open("idps/workspace/limits")
    window.sees("has no limits")
    assert window.all("link", "Limits") == []

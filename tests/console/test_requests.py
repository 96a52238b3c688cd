"""What an identity provider has sent: seen as it came, without its secrets, and explained."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from contextlib import closing
from typing import Any, Iterator
from urllib.parse import urlsplit

import pytest

from tests.console import accessibility
from tests.console.window import Window
from tests.harness import sql
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import USER_SCHEMA, ScimClient
from tests.harness.conf import SCIM_LOCATION
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

SECRET = "demo-Hunter2-hunter2"
SCRIPT = "<img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>"
LIST = "idps/okta/requests"


@pytest.fixture
def okta(window: Window, admin: AdminClient, jira: JiraProcess) -> Iterator[ScimClient]:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    with closing(scim_client(admin.create_idp("okta", site="main", state="paused"))) as scim:
        yield scim


def rows(window: Window) -> list[list[str]]:
    return window.script("""return [...document.querySelectorAll("tbody tr")].map((row) =>
        [...row.children].map((cell) => cell.textContent.trim()))""")


def whole_page(window: Window) -> str:
    return window.script("return document.documentElement.outerHTML")


def shown_as(window: Window, label: str) -> str:
    """A long text by its heading."""
    return window.script("""
        return [...document.querySelectorAll("pre")].find((each) => document.getElementById(
            each.getAttribute("aria-labelledby")).textContent === arguments[0]).textContent""",
                         label)


def open_last(window: Window) -> None:
    window.open(LIST)
    window.driver.find_element("css selector", "tbody a").click()
    window.sees("The request", "Our answer")


def test_all_of_them_newest_first(okta: ScimClient, window: Window) -> None:
    okta.create_user("jo@example.com")
    okta.get('/Users?filter=userName%20eq%20%22jo%40example.com%22&count=1').expect(200)
    okta.get("/Users/none").expect(404)
    window.open(LIST)
    assert [row[:2] for row in rows(window)] == [
        ["GET /Users/none", "404 Not FoundThere is no User of this id."],
        ['GET /Users?filter=userName eq "jo@example.com"&count=1', "200 OK"],
        ["POST /Users", "201 Created"]]
    assert rows(window)[0][3] == "127.0.0.1"


def test_where_there_is_none_it_says_what_to_do(okta: ScimClient, window: Window) -> None:
    window.open(LIST)
    window.sees("No request of okta is on record")
    window.click("link", "Connect it")
    window.sees("Connect okta")


def revoked(admin: AdminClient, httpd: Httpd, token: str) -> None:
    admin.revoke_token("okta", token)


def expired(admin: AdminClient, httpd: Httpd, token: str) -> None:
    """A minute ago, which is read when tokens have changed."""
    httpd.error_log.expect("SCIM0152", optional=True)
    sql.execute(httpd.database, "UPDATE token SET expires ="
                f" {(int(time.time()) - 60) * 1000} WHERE id = '{token}'")
    admin.create_token("okta")


ENDS = {
    "revoked": (revoked, "was revoked by admin:admin", "Its token was revoked", "make a new one"),
    "expired": (expired, "expired at 2", "Its token has expired", "rotate the token"),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_token_that_has_ended_is_named(how: str, okta: ScimClient, window: Window,
                                         admin: AdminClient, httpd: Httpd) -> None:
    end, why, title, mend = ENDS[how]
    made = admin.create_token("okta", expiresAt="2099-01-01T00:00:00Z")
    end(admin, httpd, made["id"])
    with closing(ScimClient(okta.base_url, token=made["token"])) as late:
        late.post("/Users", {"userName": "jo"}).expect(401)
    window.open(LIST)
    window.sees("401 Unauthorized", f"token {made['id']} {why}")
    open_last(window)
    window.sees("Refused", title, mend, f"token {made['id']}", "Its body of 18 bytes was not read")
    assert window.find("link", "Its tokens").get_attribute("href").endswith("#/idps/okta/tokens")
    assert made["token"] not in whole_page(window)


def unauthorized(okta: ScimClient, admin: AdminClient, header: str | None) -> None:
    okta.get("/Users", headers={"Authorization": header}).expect(401)


def too_often(okta: ScimClient, admin: AdminClient) -> None:
    admin.patch("/api/idps/okta", {"requestsPerMinute": 1}).expect(200)
    until(lambda: okta.get("/Users").status == 429, "the limit")


def from_elsewhere(okta: ScimClient, admin: AdminClient) -> None:
    admin.patch("/api/idps/okta", {"allowFrom": ["192.0.2.0/24"]}).expect(200)
    okta.get("/Users").expect(403)


def twice(okta: ScimClient, admin: AdminClient) -> None:
    okta.create_user("jo@example.com")
    okta.post("/Users", {"schemas": [USER_SCHEMA], "userName": "jo@example.com"}).expect(409)


def of_another(okta: ScimClient, admin: AdminClient) -> None:
    other = admin.create_idp("entra", site="main")
    with closing(ScimClient(okta.base_url, token=other["scim"]["token"])) as mixed_up:
        mixed_up.get("/Users").expect(401)


REFUSALS = {
    "none": (lambda o, a: unauthorized(o, a, None), "It came without a bearer token", "Its tokens"),
    "unknown": (lambda o, a: unauthorized(o, a, "Bearer demo-x"), "none of this server's",
                "Its tokens"),
    "another": (of_another, "the token of another identity provider", "Its address and token"),
    "elsewhere": (from_elsewhere, "It may not come from this address", "Its limits"),
    "twice": (twice, "Another one has this name", None),
    "too often": (too_often, "too many requests within a minute", "Its limits"),
    "schema": (lambda o, a: o.post("/Users", {"userName": 7}).expect(400),
               "A value is missing, or of the wrong type", "Its address and token"),
    "too large": (lambda o, a: o.request("POST", "/Users", body=b" " * 17_000_000,
                                         headers={"Content-Type": "application/json"}).expect(413),
                  "ScimSyncMaxBody", None),
    "no such": (lambda o, a: o.get("/Users/none").expect(404), "There is no such thing here",
                "Its address and token"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refusal_says_what_to_do(what: str, okta: ScimClient, window: Window,
                                   admin: AdminClient) -> None:
    refuse, words, link = REFUSALS[what]
    refuse(okta, admin)
    open_last(window)
    window.sees("Refused", words)
    if link:
        window.find("link", link)
    assert accessibility.faults(window) == []


def test_what_was_done_is_shown_whole(okta: ScimClient, window: Window, admin: AdminClient) -> None:
    body = '{"schemas":["%s"],"userName":"jo","x":[],"costCenter":9007199254740993}' \
        % USER_SCHEMA
    okta.request("POST", "/Users?a=b", body=body, headers={
        "Content-Type": "application/json", "User-Agent": "Okta SCIM Client 1.0"}).expect(201)
    open_last(window)
    window.sees("201 Created", "Okta SCIM Client 1.0", "POST /scim/v2/okta/Users?a=b",
                "Answered by", " ms")
    assert shown_as(window, "Body") == (
        '{\n  "schemas": [\n    "%s"\n  ],\n  "userName": "jo",\n  "x": [],\n'
        '  "costCenter": 9007199254740993\n}' % USER_SCHEMA)
    assert json.loads(shown_as(window, "Answer"))["userName"] == "jo"
    assert "Refused" not in window.text
    window.click("link", "events about then")
    window.sees("A new person", "jo")


def test_no_secret_is_on_the_page(okta: ScimClient, window: Window) -> None:
    okta.post("/Users?access_token=" + SECRET, {
        "schemas": [USER_SCHEMA], "userName": "jo@example.com", "password": SECRET,
        "nickName": okta.token}, headers={"X-Api-Key": SECRET, "Cookie": "a=" + SECRET}).expect(201)
    window.open(LIST)
    assert SECRET not in whole_page(window) and okta.token not in whole_page(window)
    open_last(window)
    assert SECRET not in whole_page(window) and okta.token not in whole_page(window)
    black = window.script("""return [...document.querySelectorAll("mark")].map((each) =>
        each.parentElement.textContent.slice(0, 12))""")
    assert len(black) >= 6 and "Bearer ***" in black
    window.sees("stands for what was blacked out", "Replace *** by what it stands for")


def test_what_was_cut_or_is_no_json_is_said(okta: ScimClient, window: Window) -> None:
    okta.create_user("jo@example.com", title="x" * 20_000)
    open_last(window)
    window.sees("Cut: the first 16 KiB of 20 KiB.", "The body is not in it")
    okta.request("POST", "/Users", body='{"userName": ', headers={
        "Content-Type": "application/json"}).expect(400)
    open_last(window)
    window.sees("It is no JSON.")
    assert shown_as(window, "Body") == '{"userName": '
    okta.request("POST", "/Users", body='{"password": "%s", ' % SECRET, headers={
        "Content-Type": "application/json"}).expect(400)
    open_last(window)
    window.sees("is left out: it may hold a secret")


@pytest.mark.parametrize("name", [
    "jo@example.com", "it's $(touch made) `touch made` \"$HOME\" \\ {a,b}[1-9]", "--next @x",
])
def test_it_is_sent_again_by_a_shell(name: str, okta: ScimClient, window: Window, tmp_path: Any
                                     ) -> None:
    user = okta.create_user(name)
    open_last(window)
    command = shown_as(window, "As curl")
    assert okta.token not in command
    okta.delete(f"/Users/{user['id']}").expect(204)
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True,
                          env={"TOKEN": okta.token, "PATH": "/usr/bin:/bin"}, timeout=30)
    assert json.loads(done.stdout)["userName"] == name.strip(), done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_goes_to_this_server_alone(okta: ScimClient, window: Window, httpd: Httpd
                                               ) -> None:
    """An address can't name another host, whom the token would be sent to; nor reach the
    terminal."""
    host = urlsplit(httpd.url)
    with socket.create_connection((host.hostname, host.port)) as link:
        link.sendall(b"GET //scim/v2/okta/Users?x=';id HTTP/1.1\r\nHost: evil.example.com\r\n"
                     b"If-Match: \"\xc2\x9b31m\"\r\nConnection: close\r\n\r\n")
        while link.recv(65536):
            pass
    open_last(window)
    command = shown_as(window, "As curl")
    assert command.startswith(f"curl -g '{httpd.url}//scim/v2/okta/Users?x='\\'';id' ")
    assert "evil" not in command and "\x9b" not in command


def test_a_script_in_a_request_is_a_text(okta: ScimClient, window: Window) -> None:
    okta.post("/Users?filter=" + SCRIPT.replace(" ", "%20").replace('"', "%22"), {
        "userName": SCRIPT, "displayName": SCRIPT, SCRIPT: SCRIPT},
        headers={"User-Agent": SCRIPT, "Accept": SCRIPT})
    window.open(LIST)
    window.sees("onerror=")
    open_last(window)
    assert window.text.count("onerror=") >= 3
    assert window.script("return document.querySelectorAll('main img, main script').length") == 0
    assert "stolen" not in window.driver.title


def test_the_filter_stands_in_the_address(okta: ScimClient, window: Window) -> None:
    okta.create_user("jo@example.com")
    okta.get("/Users/none").expect(404)
    okta.get("/Groups").expect(200)
    window.open(LIST)
    window.click("checkbox", "only refused")
    window.click("button", "Show")
    until(lambda: len(rows(window)) == 1, "those alone")
    assert window.driver.current_url.endswith("requests?refused=true")
    window.click("link", "Show all")
    until(lambda: len(rows(window)) == 3, "all again")
    window.write("Path has", "/users")
    window.write("From address", "127.")
    window.press("\n")
    until(lambda: len(rows(window)) == 2, "users")
    window.driver.refresh()
    window.wait_for("heading")
    assert len(rows(window)) == 2
    assert window.find("textbox", "Path has").get_attribute("value") == "/users"
    window.open(LIST + "?method=GET&path=%2Fusers")
    assert [row[0] for row in rows(window)] == ["GET /Users/none"]
    window.open(LIST + "?address=10.")
    window.sees("No request on record is like this.")


def test_more_than_a_page(okta: ScimClient, window: Window) -> None:
    for number in range(60):
        okta.get(f"/Users?count={number}").expect(200)
    window.open(LIST)
    assert len(rows(window)) == 50
    window.click("button", "Show more")
    until(lambda: len(rows(window)) == 60, "all of them")
    assert [row[0].split("=")[1] for row in rows(window)] == [str(n) for n in range(59, -1, -1)]
    assert window.all("button", "Show more") == []


def test_new_ones_move_nothing_until_they_are_asked_for(okta: ScimClient, window: Window) -> None:
    for number in range(30):
        okta.get(f"/Users?count={number}").expect(200)
    window.open(LIST)
    place = """return document.querySelectorAll("tbody a")[20].getBoundingClientRect().top"""
    window.script("document.querySelectorAll('tbody a')[20].focus()")
    before = window.script(place)
    okta.get("/Groups").expect(200)
    okta.get("/Users/none").expect(404)
    window.wait_for("button", "2 new requests: show")
    assert window.script(place) == before
    assert rows(window)[0][0] == "GET /Users?count=29"
    assert window.script("return document.activeElement.textContent") == "GET /Users?count=9"
    window.click("button", "2 new requests: show")
    until(lambda: rows(window)[0][0] == "GET /Users/none", "the new ones")
    assert len(rows(window)) == 32
    assert window.all("button", "2 new requests: show") == []
    assert window.script("return document.activeElement.textContent") == "GET /Users/none"
    okta.get("/Groups").expect(200)
    window.wait_for("button", "1 new request: show")


def test_where_nothing_is_recorded_it_says_which_directive(okta: ScimClient, window: Window,
                                                           httpd: Httpd) -> None:
    httpd.settings.locations[SCIM_LOCATION] = \
        "SetHandler scim-sync\nRequire all granted\nScimSyncRecord Off"
    httpd.graceful()
    try:
        window.open(LIST)
        window.sees("Requests at /scim/v2 are not recorded", "ScimSyncRecord is Off")
    finally:
        del httpd.settings.locations[SCIM_LOCATION]
        httpd.graceful()
        okta.close()
    window.open(LIST)
    window.sees("No request of okta is on record")
    assert "ScimSyncRecord" not in window.text


def test_google_sends_none(okta: ScimClient, window: Window, admin: AdminClient) -> None:
    admin.create_idp("workspace", provider="google", site="main", kind="google")
    window.open("idps/workspace/requests")
    window.sees("Google does not come to us")
    assert window.find("link", "Its pulls").get_attribute("href").endswith("idps/workspace/pulls")


def test_one_that_is_gone_is_said(okta: ScimClient, window: Window) -> None:
    window.open("idps/okta/requests/999999")
    window.sees("No request 999999 of okta is on record")

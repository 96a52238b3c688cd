"""The console's files: what a browser is given, to whom, and with which rules for the page."""

import re
from pathlib import Path
from typing import Callable

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import Client, Response
from tests.harness.conf import ADMIN_LOCATION, Settings
from tests.harness.httpd import ADMIN_USER, Httpd
from tests.harness.scratch import ROOT

pytestmark = pytest.mark.any_mpm

SOURCE = ROOT / "mod_scim_sync" / "console"
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FILES = sorted(path for path in SOURCE.rglob("*") if path.suffix in TYPES)


def rules(answer: Response) -> dict[str, str]:
    """The Content-Security-Policy: directive to value."""
    parts = answer.headers["Content-Security-Policy"].split(";")
    return {name: value for name, _, value in (part.strip().partition(" ") for part in parts)}


def test_the_page_is_at_the_root(admin: AdminClient) -> None:
    answer = admin.get("/").expect(200)
    assert answer.headers["Content-Type"] == TYPES[".html"]
    assert answer.body == (SOURCE / "index.html").read_bytes()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_file_is_in_the_module_as_it_is(admin: AdminClient, path: Path) -> None:
    answer = admin.get(f"/{path.relative_to(SOURCE)}").expect(200)
    assert answer.body == path.read_bytes()
    assert answer.headers["Content-Type"] == TYPES[path.suffix]


def test_without_a_slash_it_leads_there(admin: AdminClient) -> None:
    answer = admin.get("").expect(302)
    assert answer.headers["Location"] == "scim-sync/"


@pytest.mark.parametrize("path", ["/", "/main.js", "/nothing-here"])
def test_the_page_may_load_from_here_alone_and_is_framed_by_nobody(admin: AdminClient, path: str
                                                                   ) -> None:
    answer = admin.get(path)
    assert rules(answer) == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'",
        "connect-src": "'self'", "img-src": "'self'", "base-uri": "'none'",
        "form-action": "'none'", "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'", "trusted-types": "'none'"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_what_is_known_already_is_not_sent_again(admin: AdminClient) -> None:
    first = admin.get("/console.css").expect(200)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = admin.get("/console.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "Content-Security-Policy" in again.headers
    admin.get("/console.css", headers={"If-None-Match": '"another"'}).expect(200)
    assert admin.get("/main.js").headers["ETag"] != first.headers["ETag"]


def test_head_is_get_without_the_body(admin: AdminClient) -> None:
    got, head = admin.get("/router.js"), admin.request("HEAD", "/router.js")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Content-Security-Policy"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", ["/nothing", "/pages", "/pages/", "/files.c", "/embed.awk",
                                  "/pages/../nothing", "/Api/sites", "/apis", "/a/b/c/d/e/f/g"])
def test_what_is_not_there_is_said_to_a_person(admin: AdminClient, path: str) -> None:
    answer = admin.get(path).expect(404)
    assert answer.headers["Content-Type"] == TYPES[".html"]
    assert b"<h1>Not Found</h1>" in answer.body and b'href="/scim-sync/"' in answer.body
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_can_only_be_read(admin: AdminClient) -> None:
    answer = admin.post("/", {}).expect(405)
    assert answer.headers["Allow"] == "GET, HEAD"
    assert b"<h1>Method Not Allowed</h1>" in answer.body


def test_the_api_is_what_it_was(admin: AdminClient) -> None:
    assert admin.get("/api/nothing").expect(404).headers["Content-Type"] == \
        "application/problem+json"
    assert admin.get("/api").expect(404).headers["Content-Type"] == "application/problem+json"


# Who may


@pytest.mark.parametrize("path", ["", "/", "/main.js", "/nothing"])
def test_a_stranger_sees_nothing(httpd: Httpd, path: str) -> None:
    answer = httpd.client().get(ADMIN_LOCATION + path).expect(401)
    assert b"script" not in answer.body and b"There is no page" not in answer.body
    assert answer.headers["Content-Type"].startswith("text/html")
    assert httpd.client().get(f"{ADMIN_LOCATION}/api/sites").expect(401).headers[
        "Content-Type"] == "application/problem+json"


def test_without_authentication_it_says_what_to_configure(make_httpd: Callable[..., Httpd]) -> None:
    server = make_httpd(settings=Settings(locations={
        ADMIN_LOCATION: "SetHandler scim-sync-admin\nRequire all granted"}))
    server.start()
    server.error_log.expect("SCIM0202", count=2)
    for path in ("/", "/main.js"):
        answer = server.client().get(ADMIN_LOCATION + path).expect(403)
        assert b"<h1>Forbidden</h1>" in answer.body and b"AuthType" in answer.body


def test_the_sites_own_error_pages_are_for_people(make_httpd: Callable[..., Httpd]) -> None:
    """Such as its form for signing in; programs get JSON all the same."""
    server = make_httpd(settings=Settings(extra='ErrorDocument 401 "Sign in at the gate."'))
    server.start()
    client = server.client()
    assert b"Sign in at the gate." in client.get(ADMIN_LOCATION + "/").expect(401).body
    assert b"Sign in" not in client.get(ADMIN_LOCATION + "/api/sites").expect(401).body


def test_it_works_at_another_path_and_says_so(make_httpd: Callable[..., Httpd]) -> None:
    server = make_httpd()
    server.settings.locations = {ADMIN_LOCATION: None, "/ops/j&j": f"""
        SetHandler scim-sync-admin
        AuthType Basic
        AuthName "scim-sync"
        AuthUserFile {server.password_file}
        Require valid-user"""}
    server.start()
    client = Client(server.url, basic=(ADMIN_USER, server.admin_password))
    assert client.get("/ops/j&j").expect(302).headers["Location"] == "j&j/"
    assert b"main.js" in client.get("/ops/j&j/").expect(200).body
    assert b'href="/ops/j&amp;j/"' in client.get("/ops/j&j/nothing").expect(404).body


# The files themselves


def test_nothing_makes_markup_of_texts() -> None:
    forbidden = re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|"
                           r"Function\(|DOMParser|srcdoc|setAttribute\(\"style)")
    assert [path.name for path in FILES
            if path.suffix == ".js" and path.name != "dom.js" and forbidden.search(path.read_text())
            ] == []


def test_the_api_is_talked_to_in_one_place() -> None:
    assert [path.name for path in FILES if re.search(r"\bfetch\(|XMLHttpRequest|WebSocket|"
                                                     r"EventSource|sendBeacon", path.read_text())
            ] == ["api.js"]


def test_every_file_says_its_licence() -> None:
    assert [path.name for path in FILES if path.suffix != ".svg"
            and "SPDX-License-Identifier: Apache-2.0" not in path.read_text()[:200]] == []

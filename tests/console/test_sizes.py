"""Every page with nothing set up, with nobody told of, with ten people and with 100,000: it is
shown, it asks the API few things, it draws few rows, and what it looks for it finds."""

from __future__ import annotations

from contextlib import closing
from typing import Any, Iterator

import pytest

from tests.console.test_pages import PAGES, open_page, settled
from tests.console.window import Window
from tests.harness import sql
from tests.harness.admin import AdminClient, scim_client
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

NOTHING, NOBODY, FEW, MANY = None, 0, 10, 100_000
# What a page may cost, however many there are: calls of the API but the one that the console makes
# before its first page, rows, and elements in all.
CALLS, ROWS, ELEMENTS = 19, 200, 2_500
# Pages that look for something: the label of the field; what is written, and what is found then,
# among few and among many.
SEARCHES = {
    "people": ("Name or e-mail address", {FEW: ("person 7", ["p7@example.com"]),
                                          MANY: ("P77777@", ["p77777@example.com"])}),
    "groups": ("Name", {FEW: ("te", ["Team"]), MANY: ("team 777", ["Team 777"])}),
}

# Each statement makes many of what is there once, and runs on either database.
UP_TO = "WITH RECURSIVE n (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM n WHERE n < {last}) "
PEOPLE = UP_TO.format(first=FEW, last=MANY - 1)
TEAMS = UP_TO.format(first=1, last=MANY // 100)
RESOURCE = ("INSERT INTO resource (id, idp, type, name, name_key, display_key, email, active, doc,"
            " version, created, modified)")
COPIES = (
    f"{PEOPLE}{RESOURCE} SELECT 'copy-' || n, r.idp, r.type, 'p' || n || '@example.com',"
    " 'p' || n || '@example.com', 'person ' || n, 'p' || n || '@example.com', 1, r.doc, 1,"
    " r.created + n, r.modified + n FROM resource r, n WHERE r.name = 'p1@example.com'",
    f"{TEAMS}{RESOURCE} SELECT 'team-' || n, r.idp, r.type, 'Team ' || n, 'team ' || n,"
    " 'team ' || n, NULL, 1, r.doc, 1, r.created + n, r.modified + n FROM resource r, n"
    " WHERE r.name = 'Team'",
    # All are in one group.
    "INSERT INTO member (resource, value, real_type) SELECT g.id, r.id, 'User' FROM resource g,"
    " resource r WHERE g.name = 'Team' AND r.id LIKE 'copy-%'",
    "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created,"
    " changed, name) SELECT t.site, t.idp, t.kind, r.id,"
    " CASE WHEN r.created % 100 = 0 THEN 'failed' ELSE 'waiting' END, 1, 0, t.next_at, 0,"
    " t.created, t.changed, r.name FROM task t, resource r"
    " WHERE t.name = 'p1@example.com' AND r.id LIKE 'copy-%'",
    "INSERT INTO event (at, kind, actor, idp, subject, name) SELECT e.at, e.kind, e.actor, e.idp,"
    " r.id, r.name FROM event e, resource r WHERE e.kind = 'user.created'"
    " AND e.name = 'p1@example.com' AND r.id LIKE 'copy-%'",
)


@pytest.fixture(scope="module", params=[NOTHING, NOBODY, FEW, MANY],
                ids=["nothing", "nobody", "ten", "many"])
def size(request: pytest.FixtureRequest, httpd: Httpd, jira_process: JiraProcess) -> int | None:
    """How many people there are; each size goes on from the one before. The IdP is paused, so that
    nothing is done meanwhile."""
    many: int | None = request.param
    with closing(httpd.admin()) as admin:
        if many is not NOTHING and not admin.idps():
            set_up(admin, jira_process)
        if many and not admin.get("/api/people").expect(200).json()["people"]:
            tell(admin)
    if many == MANY:
        httpd.stop()
        for statement in COPIES:
            sql.execute(httpd.database, statement)
        httpd.start()
    return many


def set_up(admin: AdminClient, jira: JiraProcess) -> None:
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.create_idp("workspace", provider="google", kind="google", site="main", state="paused")
    admin.create_idp("partners", provider="pingone", site="main", mode="customers", state="paused")
    admin.create_idp("okta", site="main", state="paused")


def tell(admin: AdminClient) -> None:
    """Ten people, in one group."""
    okta = admin.get("/api/idps/okta").expect(200).json()
    token = admin.create_token("okta")["token"]
    with closing(scim_client({"scim": okta["scim"] | {"token": token}})) as scim:
        ids = [scim.create_user(f"p{n}@example.com", displayName=f"Person {n}", emails=[
            {"value": f"p{n}@example.com"}])["id"] for n in range(FEW)]
        scim.create_group("Team", ids)


@pytest.fixture
def window(browser: Any, size: int | None) -> Iterator[Window]:
    """The console, which breaks none of its own rules whatever the size."""
    browser.resize(1200, 1000)
    browser.requests()
    browser.complaints()
    yield browser
    assert browser.complaints() == []


def is_there(page: str, size: int | None) -> bool:
    """Whether there is somebody whose page it is."""
    return bool(size) or not page.endswith("/first")


def drawn(window: Window, what: str) -> int:
    return window.script("return document.querySelectorAll(arguments[0]).length", what)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_costs_the_same_however_many_there_are(page: str, window: Window, size: int | None
                                                      ) -> None:
    if not is_there(page, size):
        return
    open_page(window, page)
    settled(window)
    assert window.heading
    assert "The page made a mistake" not in window.text
    assert ("Not done" in window.text) <= (size is NOTHING)
    calls = [url for url in window.requests() if "/api/" in url]
    assert len(calls) <= CALLS, calls
    assert drawn(window, "main tr, main li") <= ROWS
    assert drawn(window, "*") <= ELEMENTS


@pytest.mark.parametrize("page", SEARCHES)
def test_what_is_looked_for_is_found(page: str, window: Window, size: int | None) -> None:
    label, wanted = SEARCHES[page]
    typed, names = wanted.get(size, ("x", []))
    window.open(page)
    settled(window)
    assert (drawn(window, "main tbody tr") > 0) == bool(size)
    window.write(label, typed)
    until(lambda: found(window) == names, f"{names}, and not {found(window)}")
    if not names:
        window.sees(f"No {page} like this.")
    calls = [url for url in window.requests() if f"/api/{page}?" in url]
    assert len(calls) <= 2 + len(typed)


def found(window: Window) -> list[str] | None:
    """The names that are listed, None as long as they are looked for."""
    return window.script("""return document.querySelector("main [aria-busy]") ? null
        : [...document.querySelectorAll("main tbody th a")].map((link) => link.textContent)""")


def test_a_large_group_shows_a_page_of_its_members(window: Window, size: int | None) -> None:
    if size != MANY:
        return
    open_page(window, "groups/first")
    settled(window)
    assert window.heading == "Team"
    for shown in 50, 100:
        until(lambda: drawn(window, "main .found tbody tr") == shown, f"{shown} members")
        window.click("button", "Show more", inside=window.script(
            "return document.querySelector('main .found')"))


def test_failed_ones_are_found_among_many(window: Window, size: int | None) -> None:
    if size != MANY:
        return
    window.open("people?state=failed")
    settled(window)
    assert drawn(window, "main tbody tr") == 50
    assert "failed" in window.text

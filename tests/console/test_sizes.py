"""Every page with nothing set up, with nobody told of, with ten people and with 100,000: it is
shown, it asks the API few things, it draws few rows, and what it looks for it finds."""

from __future__ import annotations

import json
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
CUSTOMERS = 20_000  # among many people there are as many of these
# Of whom Google's directory is asked: as many units and groups as a choice has room for, at most.
UNITS, GROUPS = 100, 200
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
# Of the one with the number 1; what is called after somebody has that number in its name.
FIRST = "name IN ('p1@example.com', 'c1@example.com')"
NUMBERED = "REPLACE(r.{}, '1', CAST(n AS VARCHAR(9)))".format
# Who is told, and not planned, waits until tomorrow, or is held by the guard, or has failed.
HELD, FAILED = "r.created % 10 = 1", "r.created % 10 = 2"
COPIES = (
    f"{PEOPLE}{RESOURCE} SELECT 'copy-' || {NUMBERED('name')}, r.idp, r.type, {NUMBERED('name')},"
    f" {NUMBERED('name')}, {NUMBERED('display_key')}, {NUMBERED('email')}, 1, r.doc, 1,"
    f" r.created + n, r.modified + n FROM resource r, n WHERE r.{FIRST}"
    f" AND (r.name LIKE 'p%' OR n < {CUSTOMERS})",
    f"{TEAMS}{RESOURCE} SELECT 'team-' || n, r.idp, r.type, 'Team ' || n, 'team ' || n,"
    " 'team ' || n, NULL, 1, r.doc, 1, r.created + n, r.modified + n FROM resource r, n"
    " WHERE r.name = 'Team'",
    # All are in one group.
    "INSERT INTO member (resource, value, real_type) SELECT g.id, r.id, 'User' FROM resource g,"
    " resource r WHERE g.name = 'Team' AND r.idp = g.idp AND r.id LIKE 'copy-%'",
    "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, class,"
    " detail, guard, guard_idp, takes, plan, created, changed, name) SELECT t.site, t.idp, t.kind,"
    f" r.id, CASE WHEN t.state = 'planned' THEN t.state WHEN {HELD} THEN 'held'"
    f" WHEN {FAILED} THEN 'failed' ELSE t.state END, 1, 0, t.next_at + 86400000,"
    f" CASE WHEN t.state <> 'planned' AND {FAILED} THEN 403 ELSE 0 END,"
    f" CASE WHEN t.state = 'planned' THEN NULL WHEN {HELD} THEN 'guard' WHEN {FAILED} THEN 'person'"
    f" END, CASE WHEN t.state = 'planned' THEN NULL WHEN {HELD} THEN 'the guard holds it'"
    f" WHEN {FAILED} THEN 'demo: not permitted' END,"
    f" CASE WHEN t.state <> 'planned' AND {HELD} THEN 'deactivations' END,"
    f" CASE WHEN t.state <> 'planned' AND {HELD} THEN t.idp END,"
    f" CASE WHEN t.state <> 'planned' AND {HELD} THEN 'access to jira-software' END,"
    " t.plan, t.created, t.changed, r.name FROM task t, resource r"
    f" WHERE t.{FIRST} AND r.idp = t.idp AND r.id LIKE 'copy-%'",
    "INSERT INTO guard_trip (idp, site, kind, counted, most, span, detail, at) SELECT idp, site,"
    f" 'deactivations', {MANY // 10}, 10, 3600000, 'too many would lose their access', changed"
    " FROM task WHERE name = 'p1@example.com'",
    "INSERT INTO plan_count (task, what, count, idp, kind, subject) SELECT t.id, c.what, c.count,"
    " t.idp, t.kind, t.subject FROM task t, task first, plan_count c WHERE first.name ="
    " 'c1@example.com' AND c.task = first.id AND t.idp = first.idp AND t.subject LIKE 'copy-%'",
    "INSERT INTO event (at, kind, actor, idp, subject, name) SELECT e.at, e.kind, e.actor, e.idp,"
    " r.id, r.name FROM event e, resource r WHERE e.kind = 'user.created'"
    " AND e.name = 'p1@example.com' AND r.idp = e.idp AND r.id LIKE 'copy-%'",
)
# Pulls of Google's directory, as nobody is connected to one; the last one was a preview.
FOUND = json.dumps({"users": dict(new=MANY, changed=0, gone=0, unchanged=0, faulty=0),
                    "groups": dict(new=0, changed=0, gone=0, unchanged=0, faulty=0),
                    "members": dict(new=0, changed=0, gone=0, unchanged=0, outside=0),
                    "faults": []})
PULLS = (
    UP_TO + "INSERT INTO google_run (idp, cause, trust, state, asked, started, ended, calls, tries,"
    " counts, changes) SELECT name, 'preview', 0, 'done', created, created, created, 1, 1,"
    " '{found}', 1 FROM n, idp WHERE name = 'workspace' AND n <= 400",
    UP_TO + "INSERT INTO google_change (run, id, type, what, subject, name) SELECT r.id, n, 'User',"
    " 'new', 'g-' || n, 'g' || n || '@example.com' FROM n,"
    " (SELECT MAX(id) AS id FROM google_run) r",
)


@pytest.fixture(scope="module", params=[NOTHING, NOBODY, FEW, MANY],
                ids=["nothing", "nobody", "ten", "many"])
def size(request: pytest.FixtureRequest, httpd: Httpd, jira_process: JiraProcess) -> int | None:
    """How many people there are; each size goes on from the one before. Okta is paused, and what
    else there is to do has been planned, so that nothing is done meanwhile."""
    many: int | None = request.param
    with closing(httpd.admin()) as admin:
        if many is not NOTHING and not admin.idps():
            set_up(admin, jira_process)
        if many and not admin.get("/api/people").expect(200).json()["people"]:
            tell(admin)
            pulls(httpd, 1, FEW)
        if many:
            admin.put("/api/idps/workspace/google/choice", choice(many)).expect(200)
    if many == MANY:
        httpd.stop()
        for statement in COPIES:
            sql.execute(httpd.database, statement)
        pulls(httpd, FEW + 1, MANY)
        httpd.start()
    return many


def set_up(admin: AdminClient, jira: JiraProcess) -> None:
    jira.control.edit("add-desk", project_key="DEMO")
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.create_idp("workspace", provider="google", kind="google", site="main", state="paused")
    admin.create_idp("partners", provider="pingone", site="main", mode="customers", state="dryRun")
    admin.put_rules("partners", {"groups": {"mappings": [
        {"group": "Clients", "projects": ["DEMO"]}]}})
    admin.create_idp("okta", site="main", state="paused")


def tell(admin: AdminClient) -> None:
    """Ten people, in one group; and ten customers, who are planned."""
    for idp, word, group in ("partners", "Customer", "Clients"), ("okta", "Person", "Team"):
        told = admin.get(f"/api/idps/{idp}").expect(200).json()
        token = admin.create_token(idp)["token"]
        with closing(scim_client({"scim": told["scim"] | {"token": token}})) as scim:
            names = {f"{word[0].lower()}{n}@example.com": f"{word} {n}" for n in range(FEW)}
            scim.create_group(group, [scim.create_user(name, displayName=each, emails=[
                {"value": name}])["id"] for name, each in names.items()])
    until(lambda: not admin.tasks("idp=partners&state=waiting"), "the customers to be planned", 60)


def choice(many: int) -> dict[str, Any]:
    units = [f"/unit-{number}" for number in range(min(many, UNITS))]
    groups = [{"group": f"group-{number}@example.com"} for number in range(min(many, GROUPS))]
    return {"users": {"orgUnits": {"include": units, "exclude": [f"{each}/x" for each in units]}},
            "groups": {"include": groups, "exclude": [
                {"pattern": f"^team-{number}@"} for number in range(len(groups))]}}


def pulls(httpd: Httpd, first: int, last: int) -> None:
    for statement in PULLS:
        sql.execute(httpd.database, statement.format(first=first, last=last, found=FOUND))


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
    assert window.text.count("Not done\n") <= (size is NOTHING)
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
    open_page(window, "groups?idp=okta/first")
    settled(window)
    assert window.heading == "Team"
    for shown in 50, 100:
        until(lambda: drawn(window, "main .found tbody tr") == shown, f"{shown} members")
        window.click("button", "Show more", inside=window.script(
            "return document.querySelector('main .found')"))


@pytest.mark.parametrize("page, words", [
    ("people?state=failed&idp=okta", ["failed", "demo: not permitted"]),
    ("people?state=held&idp=okta", ["held", "the guard holds it"]),
    ("people?state=planned&idp=partners", ["c10000@example.com"])])
def test_those_of_whom_something_is_the_matter_are_found_among_many(
        page: str, words: list[str], window: Window, size: int | None) -> None:
    if size != MANY:
        return
    window.open(page)
    settled(window)
    assert drawn(window, "main tbody tr") == 50
    window.sees(*words)


def test_who_comes_is_shown_whole(window: Window, size: int | None) -> None:
    """And in sight, as far as a few fit on a page."""
    if size is NOTHING:
        return
    window.open("idps/workspace/choice")
    settled(window)
    shown = window.script("""return Object.fromEntries([...document.querySelectorAll("textarea")]
        .map(({ name, value, rows }) => [name, [value.split("\\n").filter(Boolean).length,
                                                rows]]))""")
    rows = 4 if not size else 10 if size == FEW else 14
    units, groups = [min(size, UNITS), rows], [min(size, GROUPS), rows]
    assert shown == {"include": units, "exclude": units, "queries": [0, 2], "named": groups,
                     "like": [0, 4], "notNamed": [0, 4], "notLike": groups}


def test_many_are_said_in_numbers(window: Window, size: int | None) -> None:
    """Of what is planned, is held and has failed; and of a pull."""
    if size != MANY:
        return
    tenth = f"{MANY // 10 - 1:,} tasks"
    for page, words in {
            "idps/okta/plan": [f"{tenth} failed", f"{tenth} held",
                               "too many would lose their access"],
            "idps/partners/plan": [f"customers made\n{CUSTOMERS:,}",
                                   f"customers made: {CUSTOMERS:,}"],
            "idps/workspace/pulls/first": [f"users come\n{MANY:,}"],
            "tasks": [f"{1000:,} users or more of okta at main", "demo: not permitted"]}.items():
        open_page(window, page)
        window.sees(*words)

"""What there is while the calls of the console's pages are measured. Of each page there is as much
in both sizes, and of people, tasks, events and changes of a pull a hundred times as much in the
larger one. Of an IdP's requests, pulls and tokens there is as much in both: 500, 500 and 20 are
kept at most. Of what is counted or looked into up to a bound, there is more than that in both."""

from __future__ import annotations

from tests.bench.stand import Stand
from tests.harness import sql
from tests.harness.client import ScimClient
from tests.harness.wait import until

SIZES = (1_000, 100_000)
PEOPLE_PER_GROUP = 100
TALLY_SECONDS = 90
# More than are kept.
REFUSED = 600
PULLS = 30
# Older than anybody: for the words of one page so many are looked into (docs/api.md).
EVENTS = 5_000
# More than are counted when it is asked how many are held, or have failed alike.
COUNTED = 1_001

# Of one who was told, the others: statement, table, and which row that is.
NAME = "'p' || n || '@example.com'"
COPIES = (
    ("INSERT INTO resource (id, idp, type, name, name_key, display_key, email, active, doc,"
     f" version, created, modified, search) SELECT 'copy-' || n, r.idp, r.type, {NAME}, {NAME},"
     f" 'person ' || n, {NAME}, 1, replace(replace(r.doc, 'p7@', 'p' || n || '@'), 'Person 7',"
     " 'Person ' || n), 1, r.created + n, r.modified + n, r.search", "resource r",
     "r.name = 'p7@example.com'"),
    (f"INSERT INTO resource_email (resource, email) SELECT 'copy-' || n, {NAME}", "idp i",
     "i.name = 'directory'"),
    ("INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created,"
     " changed, name) SELECT t.site, t.idp, t.kind, 'copy-' || n, 'waiting', 1, 0, t.next_at, 0,"
     f" t.created + n, t.changed + n, {NAME}", "task t", "t.name = 'p7@example.com'"),
    ("INSERT INTO event (at, kind, actor, idp, subject, name, person_key, email_key)"
     f" SELECT e.at + n, e.kind, e.actor, e.idp, 'copy-' || n, {NAME}, {NAME}, {NAME}", "event e",
     "e.kind = 'user.created' AND e.name = 'p7@example.com'"),
)

UP_TO = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {}) "
EVENT = "INSERT INTO event (at, kind, actor, idp, site, subject, name, person_key, email_key) "
TASK = ("INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, class,"
        " created, changed, name, gone_key, guard, guard_idp, takes, discarded) ")
# Of people who are gone. Their names begin as nobody's.
GONE = (TASK + "SELECT 'main', 'directory', 'user', '{state}-' || n, '{state}', 1, 1, 0, {status},"
        " '{why}', n, n, 'x{state}-' || n, 'x{state}-' || n, {rest} FROM n WHERE NOT EXISTS"
        " (SELECT 1 FROM task t WHERE t.subject = '{state}-' || n)")
HELD = GONE.format(state="held", status=0, why="guard",
                   rest="'deactivations', 'directory', 'its account', NULL")
FAILED = GONE.format(state="failed", status=400, why="person", rest="NULL, NULL, NULL, NULL")
DISCARDED = GONE.format(state="discarded", status=0, why="guard",
                        rest="NULL, NULL, 'its account', 'discarded by jane'")
# Of who is told, a tenth each.
STATES = tuple(f"UPDATE task SET state = '{state}', {rest} WHERE state = 'waiting'"
               f" AND name LIKE '%{digit}@example.com'" for digit, state, rest in (
    (3, "failed", "class = 'person', status = 400"),
    (4, "held", "class = 'guard', guard = 'deactivations', guard_idp = 'directory',"
                " takes = 'its account'"),
    (5, "discarded", "class = 'guard', takes = 'its account', discarded = 'discarded by jane'")))
TRIP = ("INSERT INTO guard_trip (idp, site, kind, counted, most, span, detail, at)"
        " VALUES ('directory', 'main', 'deactivations', 1000, 50, 3600000, 'too many', 1)"
        " ON CONFLICT (idp, site, kind) DO NOTHING")
RUNS = ("INSERT INTO google_run (idp, cause, trust, state, asked, started, ended, calls, tries,"
        " counts, changes) SELECT 'workspace', 'preview', 0, 'done', n, n, n, 10, 1, '{}',"
        f" CASE WHEN n = {PULLS} THEN 1 ELSE 0 END FROM n")
# As store/google_change.c writes them: the ids of each kind come behind those of another.
CHANGES = ("INSERT INTO google_change (run, id, type, what, subject, name) SELECT (SELECT MAX(id)"
           " FROM google_run WHERE idp = 'workspace'), {} * 100000 + n, '{}', '{}', 'google-' || n,"
           " 'c' || n FROM n")
OLD = ("INSERT INTO event (at, kind, actor, site, subject, name) SELECT (SELECT MIN(at) FROM event)"
       " - n, 'site.paused', 'provisioner', 'main', 'main', 'main' FROM n")
# After all that was told, as if that had been done after it.
DONE = (EVENT + "SELECT e.at + 200000, 'jira.account.created', 'provisioner', e.idp, 'main',"
        " e.subject, e.name, e.person_key, e.email_key FROM event e WHERE e.kind = 'user.created'"
        " AND NOT EXISTS (SELECT 1 FROM event o WHERE o.subject = e.subject AND o.site = 'main')")


def set_up(stand: Stand) -> ScimClient:
    """An IdP that is paused, so that nothing else goes on, and one beside it that told nothing."""
    idp = stand.idp("directory")
    stand.admin.set_state("directory", "paused")
    stand.admin.create_idp("workspace", provider="google", kind="google", site="main",
                           state="paused")
    execute(stand, UP_TO.format(EVENTS) + OLD, UP_TO.format(PULLS) + RUNS, TRIP)
    return idp


def tell(stand: Stand, idp: ScimClient, size: int) -> None:
    """So many people, one group for each hundred; and large numbers are counted."""
    told = idp_of(stand)
    for number in range(told["groups"], size // PEOPLE_PER_GROUP):
        idp.create_group(f"team {number}")
    people = [idp.create_user(f"p{number}@example.com", displayName=f"Person {number}",
                              emails=[{"value": f"p{number}@example.com", "primary": True}])["id"]
              for number in range(SIZES[0] - told["users"])]
    if people:
        idp.create_group("makers", people[:PEOPLE_PER_GROUP])
    execute(stand, *(UP_TO.format(size) + copies + f" FROM n, {of} WHERE n > {SIZES[0]} AND {one}"
                     for copies, of, one in COPIES if size > SIZES[0]))
    besides(stand, size)
    for _ in range(REFUSED):
        idp.get("/Users/nobody").expect(404)
    if size > SIZES[0]:
        before = idp_of(stand)["countedAt"]
        until(lambda: idp_of(stand)["countedAt"] not in (None, before), "all to be counted",
              TALLY_SECONDS)


def besides(stand: Stand, size: int) -> None:
    """What has come of some of them."""
    tenth = size // 10
    gone = UP_TO.format(COUNTED)
    execute(stand, *STATES, gone + HELD, gone + FAILED, gone + DISCARDED, DONE,
            "DELETE FROM google_change",
            *(UP_TO.format(number) + CHANGES.format(*kind)
              for kind, number in (((0, "User", "new"), size), ((2, "User", "gone"), tenth),
                                   ((4, "Group", "new"), tenth), ((8, "Member", "new"), size))))


def execute(stand: Stand, *statements: str) -> None:
    for statement in statements:
        sql.execute(stand.server.database, statement)


def idp_of(stand: Stand) -> dict[str, int]:
    return stand.admin.get("/api/idps/directory").expect(200).json()

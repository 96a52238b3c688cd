"""A database with as many rows in each of its tables as a large site has, made beside the server:
people of an IdP that is paused, their tasks in every state, and what was seen, held and pulled.
"""

from __future__ import annotations

import time
from contextlib import closing

from tests.harness import sql
from tests.harness.admin import AdminClient, scim_client
from tests.harness.jira import JiraProcess
from tests.harness.httpd import Database
from tests.harness.wait import until

PEOPLE = 20_000
IDPS = 40   # beside those that are asked for
RUNS = 500  # of each that is pulled

# Everybody again and again, from the first one; so are their tasks, events and memberships.
TOLD = """
INSERT INTO resource (id, idp, type, name, name_key, external_id, display_key, email, active, doc,
                      version, created, modified)
 SELECT 'copy-' || n, r.idp, r.type, 'p' || n || '@example.com', 'p' || n || '@example.com', NULL,
        'person ' || n, 'p' || n || '@example.com', 1, r.doc, 1, r.created + n, r.modified + n
 FROM resource r, numbers WHERE r.name = 'p1@example.com' AND n > 1;
INSERT INTO resource (id, idp, type, name, name_key, external_id, display_key, email, active, doc,
                      version, created, modified)
 SELECT 'team-' || n, r.idp, r.type, 'Team ' || n, 'team ' || n, NULL, 'team ' || n, NULL, 1, r.doc,
        1, r.created + n, r.modified + n
 FROM resource r, numbers WHERE r.type = 'Group' AND r.idp = 'okta' AND n <= {people} / 10;
-- Some whom two IdPs tell.
INSERT INTO resource (id, idp, type, name, name_key, external_id, display_key, email, active, doc,
                      version, created, modified)
 SELECT 'twin-' || n, 'workspace', r.type, 'p' || n || '@example.com', 'p' || n || '@example.com',
        NULL, 'person ' || n, 'p' || n || '@example.com', 1, r.doc, 1, r.created + n, r.modified + n
 FROM resource r, numbers
 WHERE r.name = 'p1@example.com' AND r.idp = 'okta' AND n BETWEEN 100 AND 199;
-- And some whom another one tells than everybody else.
INSERT INTO resource (id, idp, type, name, name_key, external_id, display_key, email, active, doc,
                      version, created, modified)
 SELECT 'solo-' || n, 'workspace', r.type, 'solo' || n || '@example.com',
        'solo' || n || '@example.com', NULL, 'solo ' || n, 'solo' || n || '@example.com', 1, r.doc,
        1, r.created + n, r.modified + n
 FROM resource r, numbers WHERE r.name = 'p1@example.com' AND r.idp = 'okta' AND n <= 20;
INSERT INTO resource_email (resource, email) SELECT id, email FROM resource
 WHERE id LIKE 'copy-%' OR id LIKE 'twin-%' OR id LIKE 'solo-%';
-- A hundred in each group, and everybody in ten.
INSERT INTO member (resource, value)
 SELECT 'team-' || (1 + (n / 100 + g.times * {people} / 100) % ({people} / 10)), 'copy-' || n
 FROM numbers, (SELECT n AS times FROM numbers WHERE n <= 10) g WHERE n > 1;
"""
TO_DO = """
INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created, changed,
                  name)
 SELECT 'main', 'okta', 'user', 'copy-' || n, 'waiting', 1, 0, 1, 0, 1, 1,
        'p' || n || '@example.com'
 FROM numbers WHERE n > 1;
INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created, changed,
                  name)
 SELECT 'main', 'okta', 'group', 'team-' || n, 'waiting', 1, 0, 1, 0, 1, 1, 'Team ' || n
 FROM numbers WHERE n <= {people} / 10;
INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created, changed,
                  name, gone_key)
 SELECT 'main', 'okta', 'user', 'gone-' || n, 'waiting', 1, 0, 1, 0, 1, 1, 'gone' || n, 'gone' || n
 FROM numbers WHERE n <= {people} / 10;
UPDATE task SET state = 'planned', plan = '{{}}' WHERE id % 2 = 0 AND subject LIKE 'copy-%';
UPDATE task SET state = 'failed', class = 'person', status = 400, attempts = 1, failed_since = 1,
                detail = 'Jira says no' WHERE id % 10 = 1 AND subject LIKE 'copy-%';
UPDATE task SET state = 'held', class = 'guard', guard = 'deactivations', guard_idp = 'okta',
                takes = 'the account' WHERE id % 10 = 3 AND subject LIKE 'copy-%';
-- A part of these is held, and of those discarded, while the rest waits.
UPDATE task SET guard = 'memberships', guard_idp = 'okta' WHERE id % 10 = 5
 AND subject LIKE 'copy-%';
UPDATE task SET state = 'discarded', class = 'guard', discarded = 'by admin', discarded_at = 1
 WHERE id % 10 = 7 AND subject LIKE 'copy-%';
UPDATE task SET discarded = 'by admin', discarded_at = 1, class = 'retry', attempts = 1,
                status = 503 WHERE id % 10 = 9 AND subject LIKE 'copy-%';
INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created, changed,
                  name)
 SELECT 'main', 'workspace', 'user', 'few-' || n, 'planned', 1, 0, 1, 0, 1, 1, 'few-' || n
 FROM numbers WHERE n <= 20;
INSERT INTO plan_count (task, what, count, idp, kind, subject)
 SELECT t.id, w.what, 1, t.idp, t.kind, t.subject FROM task t,
        (SELECT 'call:createAccount' AS what UNION ALL SELECT 'call:addMember'
         UNION ALL SELECT 'withheld:seat') w;
INSERT INTO guard_count (idp, site, kind, subject, object, at)
 SELECT 'okta', 'main', 'deactivations', 'copy-' || n, '', {now} - n FROM numbers;
INSERT INTO guard_trip (idp, site, kind, counted, most, span, detail, at)
 VALUES ('okta', 'main', 'deactivations', 2000, 100, 3600000, 'too many', {now});
"""
SEEN = """
INSERT INTO idp (name, provider, mode, state, version, created, changed)
 SELECT 'idp-' || n, 'okta', 'users', 'paused', 1, 1, 1 FROM numbers WHERE n <= {idps};
INSERT INTO idp_site (idp, site) SELECT name, 'main' FROM idp WHERE name LIKE 'idp-%';
INSERT INTO event (at, kind, actor, idp, site, subject, name, person_key, email_key)
 SELECT e.at - CAST(substr(r.id, 6) AS INTEGER), e.kind, e.actor, e.idp, 'main', r.id, r.name,
        r.name, r.email
 FROM event e, resource r WHERE e.kind = 'user.created' AND e.idp = 'okta' AND r.id LIKE 'copy-%';
INSERT INTO event_unlogged (event) SELECT id FROM event;
INSERT INTO request (host, number, at, idp, kind, method, uri, address, status, took, body_length,
                     answer_length)
 SELECT 'elsewhere', i.number * 500 + n, {now} - n, i.name, n % 2, 'GET', '/scim/v2/Users',
        '127.0.0.1', CASE n % 2 WHEN 0 THEN 200 ELSE 401 END, 1, 0, 0
 FROM numbers, (SELECT name, ROW_NUMBER() OVER (ORDER BY name) AS number FROM idp
                WHERE name <> 'workspace') i WHERE n <= 490;
INSERT INTO health (at, host, requests, refused, failed, busy, longest, tasks, calls, limited)
 SELECT ({now} / 300000 - n / 5) * 300000, 'host-' || (n % 5), 1, 0, 0, 1, 1, 1, 1, 0 FROM numbers;
INSERT INTO idp_tally (idp, what, count, at)
 SELECT 'okta', w.what, {people}, {now} + 3600000
 FROM (SELECT 'users' AS what UNION ALL SELECT 'waiting' UNION ALL SELECT 'state:waiting'
       UNION ALL SELECT 'state:planned' UNION ALL SELECT 'state:failed'
       UNION ALL SELECT 'state:held' UNION ALL SELECT 'state:discarded'
       UNION ALL SELECT 'groups' UNION ALL SELECT 'failed' UNION ALL SELECT 'held') w;
"""
HELD = """
INSERT INTO jira_link (site, resource, name, kind, object)
 SELECT 'main', id, '', 'user', 'account-' || substr(id, 6) FROM resource
 WHERE id LIKE 'copy-%' OR id LIKE 'twin-%';
INSERT INTO jira_link (site, resource, name, kind, object)
 SELECT 'main', id, '', 'user', 'account-' || id FROM resource WHERE id LIKE 'solo-%';
INSERT INTO jira_link (site, resource, name, kind, object)
 SELECT 'main', id, name, 'group', 'group-' || substr(id, 6) FROM resource WHERE id LIKE 'team-%';
INSERT INTO jira_account (site, account_id, email, ours, groups_read, seen)
 SELECT 'main', 'account-' || substr(id, 6), email, 1, 1, 0 FROM resource WHERE id LIKE 'copy-%';
INSERT INTO jira_account (site, account_id, email, ours, groups_read, seen)
 SELECT 'main', 'account-' || id, email, 1, 1, 0 FROM resource WHERE id LIKE 'solo-%';
INSERT INTO jira_group (site, group_id, name, ours, seen)
 SELECT 'main', 'group-' || n, 'team ' || n, 1, 0 FROM numbers;
INSERT INTO jira_member (site, group_id, account_id, state, seen)
 SELECT 'main', 'group-' || (n % 50), 'account-' || n,
        CASE n % 3 WHEN 0 THEN 'theirs' ELSE 'ours' END, 0 FROM numbers WHERE n > 1;
INSERT INTO jira_member (site, group_id, account_id, state, seen)
 SELECT 'main', 'group-1', account_id, 'ours', 0 FROM jira_account
 WHERE account_id LIKE 'account-solo-%';
INSERT INTO jira_gave (site, group_id, idp, at)
 SELECT 'main', 'group-' || n, 'workspace', {now} FROM numbers;
INSERT INTO portal_organization (site, desk, organization, state)
 SELECT 'main:customers', 'desk:' || (n % 50), 'organization:' || n, 'ours' FROM numbers;
"""
PULLED = """
INSERT INTO google_run (idp, cause, trust, state, asked, started, ended, calls, tries, counts,
                        changes)
 SELECT i.name, 'schedule', 0, 'done', n, n, n, 1, 1, NULL, CASE n WHEN {runs} THEN 1 ELSE 0 END
 FROM numbers, idp i WHERE i.name IN ('workspace', 'idp-1', 'idp-2') AND n <= {runs};
INSERT INTO google_change (run, id, type, what, subject, name)
 SELECT r.id, n % 4 * 200000 + n, CASE n % 4 / 2 WHEN 0 THEN 'User' ELSE 'Group' END,
        CASE n % 2 WHEN 0 THEN 'new' ELSE 'gone' END, 'g-' || n, 'p' || n || '@example.com'
 FROM numbers, google_run r WHERE r.changes = 1 AND r.idp IN ('workspace', 'idp-1');
INSERT INTO stage (idp, type, id, name, name_key, doc)
 SELECT 'workspace', 'User', 'g-' || n, 'p' || n || '@example.com', 'p' || n || '@example.com',
        '{{}}'
 FROM numbers;
INSERT INTO stage_member (idp, in_group, id, type)
 SELECT 'workspace', 'group-' || (n % 50), 'g-' || n, 'User' FROM numbers;
"""


def begin(admin: AdminClient, jira: JiraProcess) -> dict[str, str]:
    """One person and one group, told as an IdP does; what to ask for."""
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.create_idp("workspace", provider="google", kind="google", state="paused")
    admin.create_idp("desk", mode="customers", state="paused")
    idp = admin.create_idp("okta", state="paused")
    with closing(scim_client(idp)) as scim:
        user = scim.create_user("p1@example.com", displayName="Person 1")
        group = scim.create_group("Team", [user["id"]])
    request = until(lambda: admin.get("/api/idps/okta/requests").expect(200).json()["requests"],
                    "requests on record")[0]
    task, = admin.tasks(f"subject={user['id']}")
    return {"user": user["id"], "group": group["id"], "large": "team-7", "request": request["id"],
            "task": task["id"]}


def fill(database: Database) -> dict[str, str]:
    """All the others, while the server is stopped; and of these what to ask for."""
    text = "".join((TOLD, TO_DO, SEEN, HELD, PULLED)).format(
        people=PEOPLE, idps=IDPS, runs=RUNS, now=int(time.time() * 1000))
    sql.script(database, f"""
CREATE TEMPORARY TABLE numbers (n INTEGER PRIMARY KEY);
INSERT INTO numbers WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i
 WHERE n < {PEOPLE}) SELECT n FROM i;
BEGIN;
{text}
COMMIT;
{"ANALYZE;" if database.driver == "pgsql" else ""}
""")
    run, change = sql.rows(database, "SELECT run, MAX(id) - 5000 FROM google_change WHERE run IN"
                           " (SELECT id FROM google_run WHERE idp = 'workspace') GROUP BY run")[0]
    old, = sql.rows(database, "SELECT id FROM event WHERE kind = 'user.created' AND idp = 'okta'"
                    f" ORDER BY at LIMIT 1 OFFSET 100")[0]
    return {"run": run, "change": change, "old": old}


def sizes(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    names = sql.rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                     if database.driver == "pgsql" else "SELECT name FROM sqlite_schema"
                     " WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    counts = " UNION ALL ".join(f"SELECT '{name}', COUNT(*) FROM {name}" for name, in names)
    return {name: int(count) for name, count in sql.rows(database, counts)}

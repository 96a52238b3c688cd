"""What a page of the console asks for is found along indexes: with 20,000 people in PostgreSQL no
call of the admin API reads a large table through. (On SQLite, and for single statements, the unit
tests of store/ look at the plans.)"""

from __future__ import annotations

import re
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Callable, Iterator

import pytest

from tests.harness import openapi, scratch
from tests.harness.admin import AdminClient, scim_client
from tests.harness.httpd import Database, Httpd
from tests.harness.jira import JiraProcess
from tests.harness.postgres import Cluster
from tests.harness.wait import until

pytestmark = pytest.mark.any_mpm
PEOPLE = 20_000
# Of requests there are 500 of an IdP at most.
LARGE = ("resource", "resource_email", "member", "task", "plan_count", "event", "jira_account",
         "jira_member", "jira_link")
THROUGH = re.compile(rf"Seq Scan on (?:{'|'.join(LARGE)})\b")
# What goes on by itself: numbers of many are counted once in a while.
BY_ITSELF = re.compile(r"idp_tally|guard_count|DELETE FROM|INSERT INTO")

# Everything that can be asked for, with what stands for each name in its path. What has other
# costs by its meaning is named with the reason.
CALLS = [
    "sites", "sites/main", "sites/main/reconcile", "sites/main/groups", "sites/main/groups?q=admin",
    "idps", "idps/okta", "idps/okta/rules", "idps/okta/tokens",
    "idps/okta/users/plan?userName=p77@example.com", "idps/okta/users/{user}/plan",
    "idps/okta/groups/plan?displayName=Team", "idps/okta/groups/{group}/plan",
    "idps/okta/groups/{large}/members", "idps/okta/groups/{large}/members?after=copy-650&limit=10",
    "idps/okta/requests", "idps/okta/requests?refused=true", "idps/okta/requests/{request}",
    "idps/okta/requests?method=GET&path=users&address=127.",
    "idps/workspace/google", "idps/workspace/google/schedule", "idps/workspace/google/choice",
    "idps/workspace/pulls",
    "tasks", "tasks?state=waiting", "tasks?state=failed", "tasks?state=held&idp=okta",
    "tasks?subject={user}", "tasks?site=main&kind=user", "tasks/{task}", "guard",
    "tasks/reasons", "tasks/reasons?state=waiting&idp=okta",
    "tasks?state=planned", "tasks?state=planned&idp=okta", "people?state=planned",
    "tasks?state=held&site=main&guardIdp=okta&guard=deactivations",
    "events", "events?idp=okta", "events?kind=user.created", "events?subject={user}",
    "events?person=p77@example.com", "events?q=p77", "events?actor=idp:okta",
    "status?counts=false",
    "people", "people?q=p77", "people?q=person%205", "people?idp=okta&q=p9", "people?state=failed",
    "people?state=waiting", "people?q=nobody",
    "groups", "groups?q=team%205", "groups?idp=okta", "health", "health/series",
]
# Asked for by a POST, which changes nothing. Of workspace some few are planned, of okta many.
POSTS = [
    ("idps/okta/plan", {}),
    ("idps/workspace/plan", {}),
    ("idps/okta/plan", {"sums": False, "after": "copy-500"}),
    ("idps/okta/plan", {"all": True}),
    ("idps/okta/plan", {"call": "createAccount"}),
    ("idps/okta/plan", {"call": "createAccount", "after": "copy-500"}),
    ("idps/okta/plan", {"call": "removeMember"}),
    ("idps/okta/plan", {"withheld": "seat"}),
]
ELSEWHERE = {
    "/whoami": "it asks no database",
    "/openapi.json": "likewise",
    "/idps/{idp}/google/connect": "it leads to Google",
    "/sites/{site}/conflicts": "what several identity providers claim is looked for among all",
    "/idps/{idp}/pulls/{id}": "there is none, which tests of pulls have",
    "/idps/{idp}/pulls/{id}/changes": "likewise",
}

# Everybody again and again, from the first one; so are their tasks, events and memberships.
COPIES = f"""
INSERT INTO resource (id, idp, type, name, name_key, external_id, display_key, email, active, doc,
                      version, created, modified)
 SELECT 'copy-' || n, r.idp, r.type, 'p' || n || '@example.com', 'p' || n || '@example.com', NULL,
        'person ' || n, 'p' || n || '@example.com', 1, r.doc, 1, r.created + n, r.modified + n
 FROM resource r, generate_series(2, {PEOPLE}) n WHERE r.name = 'p1@example.com';
INSERT INTO resource (id, idp, type, name, name_key, external_id, display_key, email, active, doc,
                      version, created, modified)
 SELECT 'team-' || n, r.idp, r.type, 'Team ' || n, 'team ' || n, NULL, 'team ' || n, NULL, 1, r.doc,
        1, r.created + n, r.modified + n
 FROM resource r, generate_series(1, {PEOPLE // 100}) n WHERE r.type = 'Group';
INSERT INTO resource_email (resource, email) SELECT id, email FROM resource
 WHERE id LIKE 'copy-%';
INSERT INTO member (resource, value) SELECT 'team-' || (1 + n / 100), 'copy-' || n
 FROM generate_series(2, {PEOPLE} - 1) n;
INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created, changed,
                  name)
 SELECT t.site, t.idp, t.kind, r.id, 'waiting', 1, 0, t.next_at, 0, t.created, t.changed, r.name
 FROM task t, resource r WHERE t.name = 'p1@example.com' AND r.id LIKE 'copy-%';
UPDATE task SET state = 'planned', plan = '{{}}' WHERE id % 2 = 0 AND subject LIKE 'copy-%';
INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created, changed,
                  name)
 SELECT 'main', 'workspace', 'user', 'few-' || n, 'planned', 1, 0, 1, 0, 1, 1, 'few-' || n
 FROM generate_series(1, 20) n;
INSERT INTO plan_count (task, what, count, idp, kind, subject)
 SELECT t.id, w.what, 1, t.idp, t.kind, t.subject FROM task t,
        (VALUES ('call:createAccount'), ('call:addMember'), ('withheld:seat')) w (what);
INSERT INTO event (at, kind, actor, idp, subject, name)
 SELECT e.at, e.kind, e.actor, e.idp, r.id, r.name
 FROM event e, resource r WHERE e.kind = 'user.created' AND r.id LIKE 'copy-%';
INSERT INTO jira_link (site, resource, name, kind, object)
 SELECT 'main', id, '', 'user', 'account-' || id FROM resource WHERE id LIKE 'copy-%';
INSERT INTO jira_link (site, resource, name, kind, object)
 VALUES ('main', 'team-7', 'Team 7', 'group', 'group-7');
INSERT INTO jira_account (site, account_id, email, ours, groups_read, seen)
 SELECT 'main', 'account-' || id, email, 1, 1, 0 FROM resource WHERE id LIKE 'copy-%';
INSERT INTO jira_member (site, group_id, account_id, state, seen)
 SELECT 'main', 'group-' || n % 50, 'account-copy-' || n, 'in', 0
 FROM generate_series(2, {PEOPLE}) n;
INSERT INTO idp_tally (idp, what, count, at)
 SELECT 'okta', what, {PEOPLE}, CAST(EXTRACT(EPOCH FROM now()) * 1000 AS BIGINT)
 FROM (VALUES ('users'), ('waiting'), ('state:waiting'), ('state:planned'), ('state:failed'),
              ('state:held'), ('state:discarded')) w (what);
ANALYZE {", ".join(LARGE)};
"""


class Plans:
    """What the database writes down of each statement: how it was carried out."""

    def __init__(self, log: Path):
        self._log = log
        self._seen = 0

    def new(self) -> list[str]:
        """Of the statements since the last time, text and plan of each."""
        with self._log.open("rb") as log:
            log.seek(self._seen)
            text = log.read()
        self._seen += len(text)
        # What follows a line's beginning is indented by a tab.
        return re.findall(r" plan:\n((?:\t.*\n)*)", text.decode(errors="replace"))


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """One that writes down how it carries out each statement."""
    if request.config.getoption("--db") != "pgsql":
        pytest.skip("of PostgreSQL alone: --db=pgsql")
    directory = scratch.make("cluster")
    cluster = Cluster(directory)
    for setting in ("session_preload_libraries = auto_explain",
                    "auto_explain.log_min_duration = 0"):
        cluster.rule(f"ALTER DATABASE scim SET {setting}")
    yield cluster
    cluster.stop()
    scratch.remove(directory)


def fill(admin: AdminClient, cluster: Cluster, jira: JiraProcess) -> dict[str, str]:
    """Many people of an IdP that is paused, so that nothing is done meanwhile; what to ask for."""
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    admin.create_idp("workspace", provider="google", kind="google", site="main", state="paused")
    idp = admin.create_idp("okta", site="main", state="paused")
    with closing(scim_client(idp)) as scim:
        user = scim.create_user("p1@example.com", displayName="Person 1")
        group = scim.create_group("Team", [user["id"]])
    request = until(lambda: admin.get("/api/idps/okta/requests").expect(200).json()["requests"],
                    "requests on record")[0]
    task, = admin.tasks(f"subject={user['id']}")
    subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", cluster.params],
                   check=True, input=COPIES, text=True)
    return {"user": user["id"], "group": group["id"], "large": "team-7", "request": request["id"],
            "task": task["id"]}


def test_no_call_reads_a_large_table_through(cluster: Cluster, make_httpd: Callable[..., Httpd],
                                             jira: JiraProcess) -> None:
    server = make_httpd(database=Database("pgsql", cluster.params))
    server.start()
    faults = []
    with closing(server.admin()) as admin:
        ids = fill(admin, cluster, jira)
        plans = Plans(cluster.directory / "postgres.log")
        asked = [("GET", call.format(**ids), None) for call in CALLS]
        for method, call, body in asked + [("POST", *post) for post in POSTS]:
            plans.new()
            admin.request(method, f"/api/{call}", body).expect(200)
            read = [plan for plan in plans.new() if not BY_ITSELF.search(plan)]
            faults += [f"{call}: {plan}" for plan in read if THROUGH.search(plan)]
            assert read
    assert faults == [], "\n".join(faults)


def test_all_that_can_be_asked_for_is_looked_at() -> None:
    paths = [re.sub(r"\{\w+\}|(?<=idps/)okta|workspace|(?<=sites/)main", "x", call.split("?")[0])
             for call in CALLS]
    documented = {call.path for call in openapi.calls() if call.method == "GET"}
    assert {path for path in documented - ELSEWHERE.keys()
            if re.sub(r"\{\w+\}", "x", path).lstrip("/") not in paths} == set()

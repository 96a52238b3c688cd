"""What a page of the console asks for is found along indexes: with 20,000 people no call of the
admin API that reads goes through a large table, whatever the database is. (Which index single
statements of store/ go along, the unit tests look at.)"""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import Any, Callable, Iterator

import pytest

from tests.bench import page_calls
from tests.harness import openapi, scratch
from tests.harness.httpd import Database, Httpd
from tests.harness.jira import JiraProcess
from tests.harness.plans import OfPostgres, OfSqlite, Statement
from tests.harness.postgres import Cluster
from tests.integration import crowd

pytestmark = pytest.mark.any_mpm

# Tables that hold little, however many people there are. All others are large.
SMALL = {
    "meta": "a row for each setting of the database itself",
    "site": "some few", "limiter": "one of each site", "reconcile": "likewise",
    "lease": "likewise, and some of the server's own",
    "idp": "some few", "idp_site": "likewise", "idp_tally": "some numbers of each IdP",
    "google": "one of each IdP", "google_push": "likewise", "google_channel": "some of each IdP",
    "google_attempt": "of the last minutes",
    "guard_trip": "one of each kind of each IdP and site",
    "token": "20 of each IdP", "token_end": "likewise",
    "node": "one of each host",
}
# So many rows at least does each of the others have.
MANY = 1_000
# What is found along an index must not be nearly all there is, either; and an index along which
# others are passed over, many times a page, is not the right one.
MOST = crowd.PEOPLE * 9 // 10
MOST_WALKED = crowd.PEOPLE // 5

# What goes on besides, by itself: what is written, and what a new site is looked over for.
BY_ITSELF = re.compile(r"INSERT INTO|UPDATE|DELETE FROM|FROM jira_group WHERE site = \S+\s")

# Everything that can be asked for, with what stands for each name in its path. No page asks for the
# counts of the whole in `status`, which are made when they are asked for.
CALLS = [
    "sites", "sites/main", "sites/main/reconcile", "sites/main/groups", "sites/main/groups?q=admin",
    "idps", "idps/okta", "idps/okta/rules", "idps/okta/tokens",
    "idps/okta/users/plan?userName=p77@example.com", "idps/okta/users/{user}/plan",
    "idps/okta/groups/plan?displayName=Team", "idps/okta/groups/{group}/plan",
    "idps/okta/groups/{large}/members", "idps/okta/groups/{large}/members?after=copy-650&limit=10",
    "idps/okta/requests", "idps/okta/requests?refused=true", "idps/okta/requests/{request}",
    "idps/okta/requests?method=GET&path=users&address=127.", "idps/okta/requests?before={request}",
    "idps/workspace/google", "idps/workspace/google/schedule", "idps/workspace/google/choice",
    "idps/workspace/pulls", "idps/workspace/pulls?before={run}", "idps/workspace/pulls/{run}",
    "idps/workspace/pulls/{run}/changes", "idps/workspace/pulls/{run}/changes?what=new&limit=100",
    "idps/workspace/pulls/{run}/changes?type=User",
    "idps/workspace/pulls/{run}/changes?what=gone&type=Group&after={change}",
    "tasks", "tasks?state=waiting", "tasks?state=failed", "tasks?state=held",
    "tasks?state=discarded",
    "tasks?state=held&idp=okta", "tasks?state=discarded&idp=okta", "tasks?state=failed&limit=1000",
    "tasks?state=failed&class=person&status=400", "tasks?after={task}",
    "tasks?subject={user}", "tasks?site=main&kind=user", "tasks/{task}", "guard",
    "tasks/reasons", "tasks/reasons?state=waiting&idp=okta", "tasks/reasons?state=failed",
    "tasks?state=planned", "tasks?state=planned&idp=okta", "people?state=planned",
    "tasks?state=held&site=main&guardIdp=okta&guard=deactivations",
    "events", "events?idp=okta", "events?kind=user.created", "events?subject={user}",
    "events?person=p77@example.com", "events?group=Team", "events?site=main", "events?q=p77",
    "events?actor=idp:okta", "events?kind=user.created&limit=1000", "events?before={old}",
    "events?kind=user.created&before={old}", "events?kind=user.&before={old}",
    "events?idp=okta&before={old}", "events?site=main&before={old}",
    "status?counts=false",
    "people", "people?q=p77", "people?q=person%205", "people?idp=okta&q=p9", "people?q=nobody",
    "people?q=gone1", "people?state=waiting", "people?state=failed", "people?state=held",
    "people?state=discarded",
    "groups", "groups?q=team%205", "groups?idp=okta", "groups?state=waiting", "health",
    "health/series", "health/series?hours=1",
]
# Asked for by a POST, which changes nothing. Of workspace some few are planned, of okta many.
POSTS: list[tuple[str, dict[str, Any]]] = [
    ("idps/okta/plan", {}),
    ("idps/workspace/plan", {}),
    ("idps/okta/plan", {"sums": False, "after": "copy-500"}),
    ("idps/okta/plan", {"all": True}),
    ("idps/okta/plan", {"call": "createAccount"}),
    ("idps/okta/plan", {"call": "createAccount", "after": "copy-500"}),
    ("idps/okta/plan", {"call": "removeMember"}),
    ("idps/okta/plan", {"withheld": "seat"}),
    ("idps/okta/rules/try", {"usernames": ["p77@example.com"], "groups": ["Team 7"]}),
    ("sites/main/groups/preview", {"idp": "okta", "group": "team-7"}),
    ("sites/main/groups/preview", {"idp": "okta", "group": "Team 7"}),
]
# And all that the bench measures, which is what pages really send. A search for a word is bounded
# by itself: it looks at so many events, and says so.
WORDS = ("events with a word", "events with no such word")
NAMES = {"directory": "okta", "{pull}": "{run}", "makers": "Team"}
ELSEWHERE = {
    "/whoami": "it asks no database",
    "/openapi.json": "likewise",
    "/idps/{idp}/google/connect": "it leads to Google",
    "/sites/{site}/conflicts": "no page asks for it: it looks among all that Jira holds",
}


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster | None]:
    """One of the test's own, which writes down how it carries out each statement."""
    if request.config.getoption("--db") != "pgsql":
        yield None
        return
    directory = scratch.make("cluster")
    cluster = Cluster(directory)
    yield cluster
    cluster.stop()
    scratch.remove(directory)


@pytest.fixture
def server(cluster: Cluster | None, make_httpd: Callable[..., Httpd]) -> Httpd:
    return make_httpd(**({"database": Database("pgsql", cluster.params)} if cluster else {}))


def plans_of(server: Httpd, cluster: Cluster | None) -> OfPostgres | OfSqlite:
    if cluster:
        return OfPostgres(cluster)
    plans = OfSqlite(server.database.params, server.directory / "reports" / "statements")
    server.environment = plans.environment
    return plans


def of_the_bench() -> Iterator[tuple[str, str, Any]]:
    asked = {name: call for name, call in (page_calls.CALLS | page_calls.PLANS).items()
             if name not in (page_calls.NOTHING, *WORDS)}
    text = json.dumps([*asked.values()])
    for theirs, ours in NAMES.items():
        text = text.replace(theirs, ours)
    for path, body in json.loads(text):
        yield ("GET" if body is None else "POST"), path, body


def is_fault(statement: Statement) -> bool:
    return not BY_ITSELF.search(statement.text) and (
        bool(statement.through - SMALL.keys()) or statement.read > MOST
        or statement.walked > MOST_WALKED)


def test_no_call_reads_a_large_table_through(server: Httpd, cluster: Cluster | None,
                                             jira: JiraProcess) -> None:
    plans = plans_of(server, cluster)
    server.start()
    with closing(server.admin()) as admin:
        ids = crowd.begin(admin, jira)
    server.stop()
    ids |= crowd.fill(server.database)
    assert {name: size for name, size in crowd.sizes(server.database).items()
            if name not in SMALL and size < MANY} == {}
    server.start()
    faults = faults_of(server, plans, ids) + faults_of_the_guard(server, plans)
    if cluster:
        # A connection that has sent a statement five times goes on with a plan for any values.
        server.stop()
        cluster.rule("ALTER DATABASE scim SET plan_cache_mode = force_generic_plan")
        server.start()
        faults += faults_of(server, plans, ids)
    assert faults == [], "\n\n".join(faults)


def faults_of(server: Httpd, plans: OfPostgres | OfSqlite, ids: dict[str, Any]) -> list[str]:
    faults = []
    with closing(server.admin()) as admin:
        event = admin.get("/api/events?limit=1").expect(200).json()["events"][0]
        ids = ids | {"event": event["id"], "since": event["at"]}
        asked = [*(("GET", call, None) for call in CALLS), *(("POST", *post) for post in POSTS),
                 *of_the_bench()]
        for method, call, body in asked:
            call = call.format(**ids)
            plans.pass_over()
            admin.request(method, f"/api/{call}", body).expect(200)
            carried_out = plans.new()
            assert carried_out
            faults += [f"{call}: {one.text}" for one in carried_out if is_fault(one)]
    return faults


def faults_of_the_guard(server: Httpd, plans: OfPostgres | OfSqlite) -> list[str]:
    """It counts those of an IdP, which are few, before this is deleted: nobody does that often."""
    with closing(server.admin()) as admin:
        plans.pass_over()
        admin.delete("/api/idps/workspace?access=remove").expect(409)
    asked = [one for one in plans.new() if "guard_count" in one.text]
    assert len(asked) == 3
    return [one.text for one in asked if is_fault(one)]


def test_all_that_can_be_asked_for_is_looked_at() -> None:
    """What changes nothing: a POST is of this kind where a reader may send it."""
    named = {(method, re.sub(r"\{\w+\}|(?<=idps/)okta|workspace|(?<=sites/)main\b", "x",
                             call.split("?")[0]))
             for method, call in [*(("GET", call) for call in CALLS),
                                  *(("POST", call) for call, _ in POSTS)]}
    reads = {(call.method, call.path) for call in openapi.calls() if call.method == "GET"
             or call.method == "POST" and call.operation["x-role"] == "reader"}
    assert {(method, path) for method, path in reads if path not in ELSEWHERE
            and (method, re.sub(r"\{\w+\}", "x", path).lstrip("/")) not in named} == set()

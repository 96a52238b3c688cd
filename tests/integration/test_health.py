"""What is seen of the whole: identity providers at a glance, the hosts, and the last hours."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from tests.harness.admin import AdminClient, scim_client
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.test_admin_idps import assert_problem

COUNTS = ("users", "groups", "waiting", "failed", "held")


def glance(admin: AdminClient, name: str) -> dict[str, Any]:
    (idp,) = [idp for idp in admin.idps() if idp["name"] == name]
    return idp


def counts(admin: AdminClient, name: str) -> list[int]:
    idp = glance(admin, name)
    return [idp[count] for count in COUNTS]


def test_an_idp_at_a_glance(admin: AdminClient, make_idp: Any, jira: Any) -> None:
    idp, silent = make_idp(), make_idp()
    assert glance(admin, idp.name)["lastContactAt"] is None
    admin.set_state(idp.name, "paused")
    lost = idp.scim.create_user("lost")
    idp.scim.create_user("ann@example.com")
    idp.scim.create_group("staff", [lost["id"]])
    assert counts(admin, idp.name) == [2, 1, 3, 0, 0]
    seen = glance(admin, idp.name)
    assert admin.get(f"/api/idps/{idp.name}").expect(200).json() == seen
    assert seen["lastContactAt"] >= seen["createdAt"] and seen["countedAt"] is None
    admin.set_state(idp.name, "live")
    until(lambda: counts(admin, idp.name) == [2, 1, 0, 1, 0], "all but one to be done")
    assert counts(admin, silent.name) == [0, 0, 0, 0, 0]
    assert glance(admin, silent.name)["lastContactAt"] is None


def test_what_is_made_or_changed_shows_it_too(admin: AdminClient, idp: Any) -> None:
    assert [idp.description[count] for count in COUNTS] == [0] * 5
    idp.scim.create_user("ann@example.com")
    assert admin.set_state(idp.name, "paused")["users"] == 1


def test_a_status_without_counts(admin: AdminClient) -> None:
    """What does not cost more the more people there are."""
    whole = admin.status()
    quick = admin.get("/api/status?counts=false").expect(200).json()
    assert quick.keys() == whole.keys() and quick["version"] == whole["version"]
    assert {name for name in quick if quick[name] is None} == {"told", "wanted", "held", "tasks"}
    assert admin.get("/api/status?counts=true").expect(200).json()["told"] == whole["told"]
    assert_problem(admin.get("/api/status?counts=no"), 400, "counts must be true or false")


def test_the_database_and_this_host(admin: AdminClient, httpd: Httpd, database: Any) -> None:
    health = until(lambda: (answer := admin.get("/api/health").expect(200).json())["nodes"]
                   and answer, "the host to be known")
    (node,) = health["nodes"]
    assert health["database"]["kind"] == database.driver
    assert 0 < health["database"]["latencyMs"] < 10_000
    assert node["this"] and node["host"] and node["id"]
    assert node["version"] == admin.status()["version"]
    assert node["firstSeenAt"] <= node["lastSeenAt"]


def test_who_works_on_a_site_and_how_fast(admin: AdminClient, httpd: Httpd, idp: Any, jira: Any
                                          ) -> None:
    name = idp.site.name
    jira.control.add_fault("status", match={"operation": "createUser"}, status=429, times=1,
                           headers={"Retry-After": "20", "RateLimit-Reason": "jira-burst-based"})
    idp.scim.create_user("ann@example.com")

    def limits() -> dict[str, Any] | None:
        return next((one for one in admin.get("/api/health").expect(200).json()["limits"]
                     if one["site"] == name and one["slowed"]), None)

    found = until(limits, "the site to be slow")
    assert found["parallel"] >= 1 and found["until"] is None and found["why"] is None
    slow, = found["slowed"]
    assert slow["call"] == "POST user" and 0 < slow["perSecond"] <= slow["documented"]
    assert slow["until"] > found["asOf"]
    (node,) = admin.get("/api/health").expect(200).json()["nodes"]
    assert name in node["sites"]
    jira.control.remove_faults()


def series(admin: AdminClient, hours: int = 24) -> list[dict[str, Any]]:
    answer = admin.get(f"/api/health/series?hours={hours}").expect(200).json()
    assert answer["stepSeconds"] == 300
    return answer["series"]


def total(admin: AdminClient, what: str) -> int:
    return sum(step[what] for step in series(admin))


def test_the_last_hours(make_httpd: Callable[..., Httpd], jira: JiraProcess) -> None:
    """A host that stops, also for a graceful restart, writes down first what it has counted."""
    server = make_httpd()
    server.start()
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    idp = scim_client(admin.create_idp("okta"))
    jira.control.add_fault("status", match={"operation": "createUser"}, status=429)
    for name in "abc":
        idp.create_user(f"{name}@example.com")
    idp.get("/Users/nobody").expect(404)
    until(lambda: admin.status()["tasks"]["waiting"] == 0, "all to be done", 30)
    worked = admin.status()["counters"]["tasksWorked"]
    server.graceful()
    until(lambda: total(admin, "requests") == 4, "it to be written down")
    assert total(admin, "requestsRefused") == 1
    assert total(admin, "requestsFailed") == 0
    assert total(admin, "tasksWorked") == worked >= 3
    assert total(admin, "jiraCalls") >= 6
    assert total(admin, "jiraLimited") == 1
    (step,) = [step for step in series(admin, 1) if step["requests"]]
    assert 0 < step["meanMs"] <= step["longestMs"] < 30_000
    assert len(admin.get("/api/health").expect(200).json()["nodes"]) == 1
    idp.close()
    admin.close()


@pytest.mark.parametrize("query, words", [
    ("series?hours=0", "hours"), ("series?hours=169", "hours"), ("series?days=1", "days"),
    ("series?hours=x", "hours")])
def test_wrong_questions(query: str, words: str, admin: AdminClient) -> None:
    assert_problem(admin.get(f"/api/health/{query}"), 400, words)


def test_other_addresses(admin: AdminClient) -> None:
    for path in "/api/health/x", "/api/health/series/x":
        assert_problem(admin.get(path), 404, "nothing at this address")
    assert_problem(admin.post("/api/health", {}), 405, "")

"""What Google may answer in the place of a page, seen from behind Jira: what passes by is waited
for, what does not is explained, and nobody loses anything.

Each answer in each listing, and how often it is tried, is in tests/unit/test_pull_errors.c, whose
clock need not be waited for.
"""

from typing import Any

import pytest

from tests.harness.httpd import Httpd
from tests.harness.wait import until
from tests.integration.pulled import (  # noqa: F401
    Pulled, directory, pulled, small)
from tests.integration.scene import Held
from tests.simulators.google.oauth import GoogleOAuth

pytestmark = pytest.mark.any_mpm

LISTINGS = ("users", "groups", "members")
TEAM = {"ada@example.com", "ben@example.com"}


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


@pytest.fixture
def held(pulled: Pulled) -> Held:  # noqa: F811
    """A small directory has arrived; since then somebody has left it, and a team has gone."""
    small(pulled)
    held = pulled.pull_all()
    assert held.groups["Developers"] == TEAM
    pulled.control.edit("remove-user", user="ben@example.com")
    pulled.control.edit("remove-group", group="all@example.com")
    return held


def fault(pulled: Pulled, listing: str, **rule: Any) -> None:  # noqa: F811
    pulled.control.add_fault(match={"operation": f"directory.{listing}.list"}, **rule)


def changed_nothing(pulled: Pulled, held: Held) -> None:  # noqa: F811
    now = pulled.scene.settle()
    assert (now.groups, set(now.accounts)) == (held.groups, set(held.accounts))
    assert all(now.accounts[address]["active"] == account["active"]
               for address, account in held.accounts.items())
    assert pulled.events("user.deleted") == pulled.events("group.deleted") == []


def fails(pulled: Pulled, httpd: Httpd, held: Held, **body: Any) -> str:  # noqa: F811
    """A run that ends in failure; why."""
    before = len(pulled.scene.calls())
    run = pulled.pull(**body)
    assert (run["state"], run["found"]) == ("failed", None)
    assert pulled.events("google.failed")[0]["detail"] == run["detail"]
    httpd.error_log.wait_for(f"SCIM0190: .*{pulled.workspace.name}")
    changed_nothing(pulled, held)
    assert len(pulled.scene.calls()) == before
    return run["detail"]


# What passes by


@pytest.mark.parametrize("listings", [("users", "members"), ("groups",)], ids="-and-".join)
def test_what_passes_by_is_waited_for(listings: tuple[str, ...], pulled: Pulled,  # noqa: F811
                                      held: Held) -> None:
    """Ben and a team have left, and only they are gone."""
    faults = {"users": [{"what": "error", "error": "backendError"}],
              "groups": [{"what": "error", "error": "userRateLimitExceeded"},
                         {"what": "close-before", "times": 2}],
              "members": [{"what": "error", "error": "quotaExceeded"}]}
    for listing in listings:
        for one in faults[listing]:
            fault(pulled, listing, **({"times": 1} | one))
    now = pulled.pull_all(trust=True)
    assert now.groups["Developers"] == {"ada@example.com"}
    assert now.groups["Everybody"] == set()
    assert len(pulled.events("user.deleted")) == len(pulled.events("group.deleted")) == 1


def test_every_way_to_have_no_page_of_members(pulled: Pulled) -> None:  # noqa: F811
    """Each group's first answer is another one that says nothing of its members."""
    ways: list[dict[str, Any]] = [
        *({"what": "error", "error": error} for error in (
            "userRateLimitExceeded", "quotaExceeded", "rateLimitExceeded403", "rateLimitExceeded",
            "internalError", "badGateway", "backendError", "gatewayTimeout", "authError")),
        {"what": "status", "status": 503, "body": "<html>Sorry</html>"},
        {"what": "status", "status": 403, "body": "<html>Sorry</html>"},
        {"what": "status", "status": 404, "body": "<html>Sorry</html>"},
        *({"what": what} for what in ("garbage", "truncate", "empty", "missing", "wrong-kind")),
        {"what": "close-after", "times": 2}, {"what": "close-before", "times": 2, "reset": True}]
    pulled.control.seed(users=10, groups=len(ways), members_per_group=3)
    before = pulled.pull()
    assert before["state"] == "done"
    for number, way in enumerate(ways):
        group = pulled.control.entries("directory.members.list")[number]["path"]
        pulled.control.add_fault(match={"path": group}, **({"times": 1} | way))
    run = pulled.pull()
    assert (run["state"], run["detail"]) == ("done", None)
    found = run["found"]["members"]
    assert (found["unchanged"], found["new"], found["gone"]) == (3 * len(ways), 0, 0)


def test_google_is_given_the_time_that_it_asks_for(pulled: Pulled) -> None:  # noqa: F811
    pulled.control.seed(users=3)
    fault(pulled, "users", what="error", error="rateLimitExceeded", times=1,
          headers={"Retry-After": "4"})
    run = pulled.pull()
    assert run["state"] == "done" and run["seconds"] >= 4


def test_under_a_smaller_quota_it_goes_slower(pulled: Pulled) -> None:  # noqa: F811
    pulled.control.seed(users=10, groups=60, members_per_group=2)
    pulled.control.configure(quota={"perSecond": 15})
    run = pulled.pull()
    assert (run["state"], run["found"]["members"]["new"]) == ("done", 120)
    refused = pulled.control.quota()["refused"]
    # Whoever does not slow down is refused for as long as all of it takes.
    assert refused < 40 and run["calls"] == 62 + refused


# What does not


def test_what_is_for_good_explains_itself(pulled: Pulled, held: Held,  # noqa: F811
                                          httpd: Httpd) -> None:
    errors = [("groups", "forbidden", "administrator's role that may read users, groups"),
              ("members", "insufficientPermissions", "leave all boxes ticked"),
              ("users", "accessNotConfigured", "enable the Admin SDK API"),
              ("users", "domainCannotUseApis", "API controls"),
              ("users", "invalidQuery", "Invalid Input: query (this does not pass by itself"),
              ("members", "typeNotSupported", "Type not supported: userKey"),
              ("groups", "limitExceeded", "Domain user limit reached.")]
    httpd.error_log.expect("SCIM0190", count=len(errors))
    for listing, error, words in errors:
        pulled.control.remove_faults()
        fault(pulled, listing, what="error", error=error)
        calls = pulled.calls(f"{listing}.list")
        detail = fails(pulled, httpd, held, trust=True)
        assert listing in detail and words in detail
        # To ask again would not help, and use up the quota.
        assert pulled.calls(f"{listing}.list") - calls == 1
    pulled.control.remove_faults()
    assert pulled.pull_all(trust=True).groups["Developers"] == {"ada@example.com"}


def test_users_and_groups_as_such_can_not_be_gone(pulled: Pulled, held: Held,  # noqa: F811
                                                  httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0190", count=2)
    for listing in ("users", "groups"):
        pulled.control.remove_faults()
        fault(pulled, listing, what="error", error="notFound")
        assert f"{listing} could not be read" in fails(pulled, httpd, held, trust=True)


def test_an_empty_directory_is_not_believed(pulled: Pulled, held: Held,  # noqa: F811
                                            httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0191", count=2)
    for listing, words in (("users", "nobody left of 3 users"), ("groups", "no group left of 2")):
        pulled.control.remove_faults()
        fault(pulled, listing, what="empty-list", times=None)
        run = pulled.pull()
        assert run["state"] == "refused" and words in run["detail"]
        changed_nothing(pulled, held)


# A group that is deleted while it is read


def test_a_group_that_goes_meanwhile_is_gone(pulled: Pulled, held: Held) -> None:  # noqa: F811
    fault(pulled, "members", what="hang", seconds=3, times=1)
    asked = pulled.calls("members.list")
    number = pulled.ask(trust=True)["id"]
    until(lambda: pulled.calls("members.list") > asked, "members to be asked for")
    pulled.control.edit("remove-group", group="devs@example.com")
    run = pulled.wait(number)
    assert (run["state"], run["detail"]) == ("done", None)
    assert pulled.scene.settle().groups["Developers"] == set()


def test_one_that_is_listed_and_not_found_is_not_believed(pulled: Pulled, held: Held,  # noqa: F811
                                                          httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0190", count=1)
    fault(pulled, "members", what="error", error="notFound")
    assert "says that there is none" in fails(pulled, httpd, held, trust=True)


# Access tokens


def test_a_token_that_ends_under_way_is_replaced_once(pulled: Pulled,  # noqa: F811
                                                      google: GoogleOAuth) -> None:
    pulled.control.seed(users=10, groups=120, members_per_group=2)
    pulled.control.configure(latency_ms=100)
    number = pulled.ask()["id"]
    until(lambda: pulled.calls("members.list") > 10, "members to be read")
    google.access_tokens.clear()
    run = pulled.wait(number)
    assert (run["state"], run["found"]["members"]["new"]) == ("done", 240)
    assert google.refreshes() == 1


def test_tokens_that_google_does_not_take_are_said(pulled: Pulled, held: Held,  # noqa: F811
                                                   httpd: Httpd, google: GoogleOAuth) -> None:
    httpd.error_log.expect("SCIM0190", count=3)
    for listing in LISTINGS:
        refreshed = google.refreshes()
        pulled.control.remove_faults()
        fault(pulled, listing, what="error", error="authError", times=None)
        detail = fails(pulled, httpd, held, trust=True)
        assert listing in detail and "Invalid Credentials" in detail and "connect again" in detail
        assert google.refreshes() - refreshed == 1
    assert pulled.workspace.connection["state"] == "connected"


def test_a_connection_that_ends_under_way_must_be_made_anew(
        pulled: Pulled, held: Held, httpd: Httpd, google: GoogleOAuth) -> None:  # noqa: F811
    httpd.error_log.expect("SCIM0180", count=1)
    httpd.error_log.expect("SCIM0190", count=1)
    pulled.control.configure(latency_ms=1000)
    asked = pulled.calls("users.list")
    number = pulled.ask(trust=True)["id"]
    until(lambda: pulled.calls("users.list") > asked, "users to be asked for")
    google.end_tokens()
    run = pulled.wait(number)
    assert run["state"] == "failed"
    assert "Token has been expired or revoked." in run["detail"] and "7 days" in run["detail"]
    assert pulled.workspace.connection["state"] == "reconnect"
    changed_nothing(pulled, held)
    answer = pulled.admin.post(f"{pulled.path}/pull", {}).expect(409)
    assert "connect" in answer.text()
    pulled.control.configure(latency_ms=0)
    pulled.workspace.connect()
    assert pulled.pull_all(trust=True).groups["Developers"] == {"ada@example.com"}


def test_google_s_oauth_is_away_for_a_while(pulled: Pulled, google: GoogleOAuth  # noqa: F811
                                            ) -> None:
    pulled.control.seed(users=3)
    google.access_tokens.clear()
    google.answers = [(503, "<html>busy</html>")]
    run = pulled.pull()
    assert (run["state"], run["found"]["users"]["new"]) == ("done", 3)
    assert google.refreshes() == 2 and pulled.workspace.connection["state"] == "connected"


def test_the_administrator_is_not_one_any_more(pulled: Pulled, held: Held,  # noqa: F811
                                               httpd: Httpd) -> None:
    """Google shows groups to administrators alone."""
    httpd.error_log.expect("SCIM0190", count=1)
    pulled.control.configure(caller="unprivileged")
    assert "needs an administrator's role" in fails(pulled, httpd, held, trust=True)

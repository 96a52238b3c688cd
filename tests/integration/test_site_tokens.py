"""API tokens of Jira sites: those with scopes, and when tokens end."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Iterator

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import Response
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import Scene, numbers, scene  # noqa: F401

pytestmark = pytest.mark.any_mpm

READ, MANAGE = "read:jira-user", "manage:jira-configuration"
DAY = 86400


def refused(answer: Response, status: int, words: str) -> None:
    assert words in answer.expect(status).json()["detail"]


def site_of(scene: Scene) -> dict[str, Any]:
    return scene.admin.get(f"/api/sites/{scene.site}").expect(200).json()


# Tokens with scopes


@pytest.fixture(autouse=True)
def last_words(httpd: Httpd) -> None:
    """A site of the test before may have asked its Jira once more when that was of another kind."""
    httpd.error_log.expect(r"SCIM0122: site \S+: Jira does not accept us", optional=True)


@pytest.fixture
def scoped(admin: AdminClient, jira: JiraProcess) -> Iterator[Scene]:
    """A site whose token has scopes, which the module was told."""
    jira.control.configure(token_kind="scoped")
    scene = Scene(admin, jira, f"scoped-{next(numbers)}")
    scene.put_site(tokenKind="scoped")
    yield scene
    scene.expect_single_creations()
    scene.remove()


def cloud_of(scene: Scene) -> str:
    return site_of(scene)["cloudId"]


def test_all_calls_go_through_the_gateway(scoped: Scene) -> None:
    made = site_of(scoped)
    assert made["tokenKind"] == "scoped" and made["gatewayUrl"] is None
    before = len(scoped.calls())
    idp = scoped.idp()
    user = idp.create_user("ann@example.com")
    idp.create_group("Team", [user["id"]])
    assert scoped.settle().groups["Team"] == {"ann@example.com"}
    calls = scoped.calls()[before:]
    prefix = f"/ex/jira/{made['cloudId']}/rest/api/3/"
    assert calls and all(call["path"].startswith(prefix) for call in calls)


def test_the_cloud_id_is_asked_for_without_the_token(scoped: Scene) -> None:
    assert {call["caller"] for call in scoped.calls("getTenantInfo")} == {"nobody"}


def test_a_cloud_id_that_is_known_is_not_asked_for_again(scoped: Scene) -> None:
    cloud = cloud_of(scoped)
    asked = len(scoped.calls("getTenantInfo"))
    for change in ({}, {"products": ["jira-core"]}, {"tokenKind": "scoped"},
                   {"apiToken": scoped.jira.api_token}):
        changed = scoped.admin.put(f"/api/sites/{scoped.site}", change).expect(200).json()
        assert (changed["tokenKind"], changed["cloudId"]) == ("scoped", cloud)
    assert len(scoped.calls("getTenantInfo")) == asked


def test_the_test_finds_out_that_a_token_has_scopes(scene: Scene, httpd: Httpd) -> None:
    """The site says what it says of a wrong token; one test later all is well."""
    scene.control.configure(token_kind="scoped")
    scene.put_site()
    scene.idp().create_user("ann@example.com")
    httpd.error_log.wait_for("SCIM0122.*authenticated")
    told = scene.admin.test_site(scene.site)
    assert (told["ok"], told["tokenKind"], told["missing"], told["detail"]) == (
        True, "scoped", [], None)
    assert told["account"]["email"] == scene.jira.email
    assert (site_of(scene)["tokenKind"], cloud_of(scene)) == ("scoped", told["cloudId"])
    assert "ann@example.com" in scene.settle(10).accounts
    changed = scene.admin.events("limit=50")
    assert "the API token has scopes" in [event["detail"] for event in changed
                                          if event["kind"] == "site.changed"]


def test_the_test_finds_out_that_a_token_is_a_classic_one(scoped: Scene) -> None:
    scoped.control.configure(token_kind="classic")
    told = scoped.admin.test_site(scoped.site)
    assert (told["ok"], told["tokenKind"], told["cloudId"]) == (True, "classic", None)
    assert site_of(scoped)["tokenKind"] == "classic"


def test_a_test_that_learns_nothing_new_changes_nothing(scoped: Scene) -> None:
    before = site_of(scoped)
    assert scoped.admin.test_site(scoped.site)["tokenKind"] == "scoped"
    assert site_of(scoped) == before


@pytest.mark.parametrize("scopes, missing, account", [
    ([READ], [MANAGE], True), ([MANAGE], [READ], False), ([], [READ, MANAGE], False)])
def test_scopes_that_are_missing(scopes: list[str], missing: list[str], account: bool,
                                 scoped: Scene, httpd: Httpd) -> None:
    scoped.control.configure(scopes=scopes)
    scoped.put_site()
    httpd.error_log.wait_for("SCIM0122.*scope does not match")
    told = scoped.admin.test_site(scoped.site)
    assert (told["ok"], told["tokenKind"], told["missing"]) == (False, "scoped", missing)
    assert (told["account"] is not None) == account
    assert told["status"] == 401 and "scope does not match" in told["detail"]
    denied = until(lambda: [event["detail"] for event in scoped.admin.events()
                            if (event["kind"], event["site"]) == ("site.denied", scoped.site)],
                   "the event")
    assert READ in denied[0] and MANAGE in denied[0]


def test_a_permission_that_is_missing(scene: Scene, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM012[14]", optional=True)
    scene.control.configure(caller="unprivileged")
    told = scene.admin.test_site(scene.site)
    assert (told["ok"], told["tokenKind"], told["missing"]) == (
        False, "classic", ["Browse users and groups", "Administer Jira"])


def test_a_token_that_nobody_accepts(scene: Scene) -> None:
    scene.put_site(apiToken="demo-wrong")
    told = scene.admin.test_site(scene.site)
    assert (told["ok"], told["tokenKind"], told["status"], told["missing"]) == (
        False, None, 401, [])
    assert "the site: Client must be authenticated" in told["detail"]
    assert "the gateway (401): Unauthorized" in told["detail"]
    assert site_of(scene)["tokenKind"] == "classic"


def test_the_gateway_stands_elsewhere(scene: Scene, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0122", optional=True)
    scene.control.configure(token_kind="scoped")
    scene.put_site(tokenKind="scoped", gatewayUrl="http://127.0.0.1:9/")
    assert site_of(scene)["gatewayUrl"] == "http://127.0.0.1:9"
    told = scene.admin.test_site(scene.site)
    assert told["tokenKind"] is None and "the gateway (0)" in told["detail"]
    scene.put_site(gatewayUrl=scene.jira.url.replace("127.0.0.1", "localhost"))
    assert scene.admin.test_site(scene.site)["ok"] is True
    scene.put_site(gatewayUrl=None)
    assert site_of(scene)["gatewayUrl"] is None


def test_a_site_that_does_not_tell_its_cloud_id(scene: Scene, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0122", optional=True)
    body = {"tokenKind": "scoped"}
    scene.admin.test_site(scene.site)
    cloud = "11223344-a1b2-3b33-c444-def123456789"
    for fault in ({"status": 404}, {"status": 200, "body": "<html>"},
                  {"status": 200, "body": {"cloudId": "../x"}}):
        rule = scene.control.add_fault("status", match={"path": "tenant_info"}, times=None, **fault)
        refused(scene.admin.put(f"/api/sites/{scene.site}", body), 409, "cloudId")
        scene.control.remove_faults(rule)
    assert site_of(scene)["tokenKind"] == "classic"
    asked = len(scene.calls("getTenantInfo"))
    changed = scene.admin.put(f"/api/sites/{scene.site}", body | {"cloudId": cloud})
    assert changed.expect(200).json()["cloudId"] == cloud
    assert len(scene.calls("getTenantInfo")) == asked
    changed = scene.admin.put(f"/api/sites/{scene.site}", {"tokenKind": "classic"})
    assert changed.expect(200).json()["cloudId"] is None


def test_two_names_of_one_jira(scoped: Scene) -> None:
    """The cloud id says so where the addresses don't."""
    body = {"baseUrl": scoped.jira.url.replace("127.0.0.1", "localhost"),
            "email": scoped.jira.email, "apiToken": scoped.jira.api_token, "tokenKind": "scoped"}
    refused(scoped.admin.put("/api/sites/alias", body), 409, scoped.site)
    scoped.idp().create_user("ann@example.com")
    scoped.settle()
    path = f"/api/sites/{scoped.site}"
    refused(scoped.admin.put(path, {"baseUrl": body["baseUrl"]}), 409, "sameJira=true")
    scoped.admin.put(f"{path}?sameJira=true", {"baseUrl": body["baseUrl"]}).expect(200)
    refused(scoped.admin.put(f"{path}?sameJira=true", {"tokenKind": "scoped", "cloudId": "x"}),
            409, "another cloudId")


@pytest.mark.parametrize("change, words", [
    ({"tokenKind": "bearer"}, "classic or scoped"), ({"tokenKind": 1}, "tokenKind"),
    ({"cloudId": "abc"}, "tokenKind"), ({"tokenKind": "classic", "cloudId": "abc"}, "tokenKind"),
    ({"tokenKind": "scoped", "cloudId": "a/b"}, "cloudId"),
    ({"tokenKind": "scoped", "cloudId": "x" * 65}, "cloudId"),
    ({"gatewayUrl": "http://api.example.com"}, "gatewayUrl"), ({"gatewayUrl": 1}, "gatewayUrl"),
    ({"apiTokenExpires": "soon"}, "apiTokenExpires"), ({"apiTokenExpires": 1}, "apiTokenExpires"),
    ({"apiTokenExpires": "2001-01-01T00:00:00Z"}, "apiTokenExpires"),
    ({"apiTokenExpires": "2999-01-01T00:00:00Z"}, "within a year")])
def test_a_token_with_a_wrong_field(change: dict[str, Any], words: str, scene: Scene) -> None:
    before = site_of(scene)
    refused(scene.admin.put(f"/api/sites/{scene.site}", change), 400, words)
    assert site_of(scene) == before


# When tokens end


def in_days(days: float) -> str:
    # A minute more, for the time until it is read.
    moment = datetime.now(timezone.utc) + timedelta(days=days, minutes=1)
    return moment.isoformat(timespec="seconds")


def expire(scene: Scene, when: str | None) -> dict[str, Any]:
    body = {"apiTokenExpires": when}
    return scene.admin.put(f"/api/sites/{scene.site}", body).expect(200).json()


def status_of(scene: Scene) -> dict[str, Any]:
    return next(one for one in scene.admin.status()["tokens"] if one["site"] == scene.site)


def warnings(scene: Scene) -> list[str]:
    """What the events say, oldest first."""
    return [event["detail"] for event in reversed(scene.admin.events("limit=1000"))
            if event["kind"] == "site.token.expires" and event["site"] == scene.site]


def test_nobody_told_when_the_token_ends(scene: Scene) -> None:
    site = site_of(scene)
    assert site["apiTokenExpires"] is None and site["expiresIn"] is None
    assert status_of(scene) == {"site": scene.site, "idp": None, "id": None, "state": "not told",
                                "expiresAt": None, "expiresIn": None}


def test_there_is_time(scene: Scene) -> None:
    site = expire(scene, in_days(364))
    assert 363 * DAY < site["expiresIn"] <= 364 * DAY + 60
    status = status_of(scene)
    assert (status["state"], status["expiresAt"]) == ("valid", site["apiTokenExpires"])
    expire(scene, in_days(31))
    assert status_of(scene)["state"] == "valid" and warnings(scene) == []


def test_a_month_is_left_and_then_a_week(scene: Scene, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0151", count=2)
    expire(scene, in_days(29))
    month = httpd.error_log.wait_for("SCIM0151.*ends in 29 days")
    assert month[0].level == "warn" and f"site {scene.site}:" in month[0].message
    assert status_of(scene)["state"] == "expires soon"
    # Neither another change nor the same end told again says it twice.
    scene.put_site(products=["jira-core"], apiTokenExpires=site_of(scene)["apiTokenExpires"])
    expire(scene, in_days(6))
    week = httpd.error_log.wait_for("SCIM0151.*ends in 6 days")
    assert week[0].level == "error"
    said = until(lambda: len(warnings(scene)) == 2 and warnings(scene), "both events")
    assert said[0].startswith("ends in 29 days, on ") and said[1].startswith("ends in 6 days, on ")


def test_the_token_has_ended(scene: Scene, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0151.*ends in less than a minute", optional=True)
    httpd.error_log.expect("SCIM0151.*ended on", count=1)
    expire(scene, (datetime.now(timezone.utc) + timedelta(seconds=1.5)).isoformat())
    httpd.error_log.wait_for("SCIM0151.*ended on")
    assert status_of(scene)["state"] == "expired" and status_of(scene)["expiresIn"] == 0
    assert warnings(scene)[-1].startswith("ended on ")


def test_a_new_token_has_an_end_of_its_own(scene: Scene, httpd: Httpd) -> None:
    expire(scene, in_days(90))
    assert scene.admin.put(f"/api/sites/{scene.site}", {"products": []}).json()["expiresIn"]
    changed = scene.admin.put(f"/api/sites/{scene.site}", {"apiToken": scene.jira.api_token})
    assert changed.expect(200).json()["apiTokenExpires"] is None
    expire(scene, in_days(90))
    assert expire(scene, None)["apiTokenExpires"] is None


def test_tokens_of_idps_are_warned_of_as_well(admin: AdminClient, idp: Any, httpd: Httpd) -> None:
    httpd.error_log.expect(f"SCIM0152.*{idp.name}", count=1)
    far = admin.create_token(idp.name, expiresAt=in_days(31))
    near = admin.create_token(idp.name, expiresAt=in_days(5))
    logged = httpd.error_log.wait_for(f"SCIM0152.*{near['id']} ends in 5 days")
    assert logged[0].level == "error"
    told = until(lambda: [event for event in admin.events() if event["kind"] == "token.expires"],
                 "the event")
    assert [(event["idp"], event["subject"]) for event in told] == [(idp.name, near["id"])]
    states = {one["id"]: one["state"] for one in admin.status()["tokens"] if one["idp"] == idp.name}
    assert states == {far["id"]: "valid", near["id"]: "expires soon"}


def test_of_a_token_that_was_replaced_nobody_is_warned(admin: AdminClient, idp: Any) -> None:
    """Whoever has made another one is not told to: the one that is there now does not end."""
    admin.post(f"/api/idps/{idp.name}/tokens/rotate", {"overlap": 3600}).expect(201)
    assert [one["expiresAt"] is None for one in admin.tokens(idp.name)] == [False, True]
    assert [one for one in admin.status()["tokens"] if one["idp"] == idp.name] == []


def test_the_log_says_it_once_a_day(make_httpd: Callable[..., Httpd], jira: Any) -> None:
    """Not at each graceful restart; a start begins a day. The event stays the only one."""
    server = make_httpd()
    server.error_log.expect("SCIM0151", count=2)
    server.start()
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token, apiTokenExpires=in_days(20))
    server.error_log.wait_for("SCIM0151")
    admin.close()  # a child of the worker MPM that still has a connection does not end at a stop
    server.graceful()
    server.error_log.wait_for("SCIM0132", 2)
    server.stop()
    server.start()
    server.error_log.wait_for("SCIM0151", 2)
    admin = server.admin()
    kinds = [event["kind"] for event in admin.events()]
    assert kinds.count("site.token.expires") == 1
    admin.close()

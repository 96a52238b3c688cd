"""One identity provider and two Jira sites: each has its own pace, and a site may come and go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterator

import pytest

from tests.harness import scratch
from tests.harness.admin import AdminClient, scim_client
from tests.harness.client import Response, ScimClient
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until
from tests.integration.scene import SOFTWARE, Held, Scene, deactivate

pytestmark = pytest.mark.any_mpm

IDP = "acme"


@pytest.fixture(scope="module")
def other_process() -> Iterator[JiraProcess]:
    directory = scratch.make("jira-2")
    process = JiraProcess(directory, "other-provisioner@example.com")
    process.start()
    yield process
    process.stop()
    scratch.remove(directory)


@dataclass
class Pair:
    """Two sites, and what both hold."""

    admin: AdminClient
    first: Scene
    second: Scene
    clients: list[ScimClient] = field(default_factory=list)

    def idp(self, *sites: Scene) -> ScimClient:
        made = self.admin.post("/api/idps", {
            "name": IDP, "sites": [scene.site for scene in sites]}).expect(201).json()
        self.clients.append(scim_client(made))
        return self.clients[-1]

    def feed(self, *sites: Scene, query: str = "") -> Response:
        """From now on the IdP feeds these."""
        return self.admin.patch(f"/api/idps/{IDP}{query}",
                                {"sites": [scene.site for scene in sites]})

    def settle(self) -> tuple[Held, Held]:
        return self.first.settle(), self.second.held()


@pytest.fixture
def pair(admin: AdminClient, jira: JiraProcess, other_process: JiraProcess) -> Iterator[Pair]:
    other_process.control.reset()
    pair = Pair(admin, Scene(admin, jira, "one"), Scene(admin, other_process, "two"))
    pair.first.put_site()
    pair.second.put_site()
    yield pair
    for client in pair.clients:
        client.close()
    if pair.clients:
        admin.delete_idp(IDP)
    for scene in (pair.first, pair.second):
        scene.expect_single_creations()
        assert scene.control.violations() == []
        admin.delete_site(scene.site)


def tell(idp: ScimClient) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ann, and a group that she is in."""
    ann = idp.create_user("ann@example.com")
    return ann, idp.create_group("Team", [ann["id"]])


# A person in two sites


def test_a_person_comes_and_leaves_at_both(pair: Pair) -> None:
    idp = pair.idp(pair.first, pair.second)
    ann, team = tell(idp)
    for held in pair.settle():
        assert held.groups_of("ann@example.com") == {"Team", SOFTWARE}
    links = {event["site"] for event in pair.admin.events(f"subject={ann['id']}")
             if event["kind"] == "jira.account.created"}
    assert links == {"one", "two"}
    deactivate(idp, ann)
    for held in pair.settle():
        assert held.groups_of("ann@example.com") == set()


def test_what_is_there_at_one_is_found_and_made_at_the_other(pair: Pair) -> None:
    pair.second.control.edit("add-account", email="ann@example.com")
    before = pair.second.held().accounts["ann@example.com"]["accountId"]
    tell(pair.idp(pair.first, pair.second))
    one, two = pair.settle()
    assert two.accounts["ann@example.com"]["accountId"] == before
    assert "ann@example.com" in one.groups["Team"] and "ann@example.com" in two.groups["Team"]
    kinds = {(event["site"], event["kind"]) for event in pair.admin.events("limit=1000")}
    assert ("one", "jira.account.created") in kinds and ("two", "jira.account.found") in kinds


def test_what_is_told_is_of_no_site(pair: Pair) -> None:
    ann, _ = tell(pair.idp(pair.first, pair.second))
    told = [event for event in pair.admin.events(f"subject={ann['id']}")
            if event["kind"] == "user.created"]
    assert [(event["idp"], event["site"]) for event in told] == [(IDP, None)]
    pair.settle()


# One fails, the other goes on


def only_of(pair: Pair, site: str) -> bool:
    """Whether all that waits is the matter of one site."""
    waiting = pair.admin.tasks("state=waiting")
    return bool(waiting) and {task["site"] for task in waiting} == {site}


@pytest.mark.parametrize("how", ["503", "close"])
def test_one_is_down(how: str, pair: Pair, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM012[24]: site one:", optional=True)
    pair.first.control.configure(down={"how": how})
    ann, _ = tell(pair.idp(pair.first, pair.second))
    until(lambda: only_of(pair, "one"), "the other site to be done")
    assert pair.second.held().groups_of("ann@example.com") == {"Team", SOFTWARE}
    assert "ann@example.com" not in pair.first.held().accounts
    pair.first.control.configure(down=None)
    assert pair.first.settle().groups_of("ann@example.com") == {"Team", SOFTWARE}


def test_one_hangs(pair: Pair) -> None:
    """Many calls that are not answered, for as long as it takes the other site to be done."""
    idp = pair.idp(pair.first, pair.second)
    idp.create_user("before@example.com")
    pair.settle()
    pair.first.control.add_fault("hang", match={"path": "/user"}, times=None, seconds=20)
    users = [idp.create_user(f"p{number}@example.com") for number in range(60)]
    idp.create_group("Team", [user["id"] for user in users])
    until(lambda: only_of(pair, "one"), "the other site to be done", 15)
    assert len(pair.second.held().groups["Team"]) == 60


def test_a_new_site_knows_nothing_of_an_old_one_of_its_name(pair: Pair) -> None:
    """Answers to the old one's calls come when the new one is there already, with another Jira."""
    idp = pair.idp(pair.first)
    rule = pair.first.control.add_fault("hang", match={"operation": "createUser"}, seconds=2)
    ann, _ = tell(idp)
    until(lambda: any(call["fault"] for call in pair.first.calls("createUser")), "the call to hang")
    pair.admin.delete_idp(IDP)
    pair.admin.delete_site("one")
    pair.first.put_site()
    made = pair.admin.post("/api/idps", {"name": IDP, "sites": ["one"]}).expect(201).json()
    pair.clients.append(scim_client(made))
    until(lambda: "ann@example.com" in pair.first.held().accounts, "the old call to be done")
    pair.first.control.remove_faults(rule)
    again = pair.clients[-1].create_user("ann@example.com")
    assert pair.first.settle().accounts["ann@example.com"]
    kinds = [event["kind"] for event in pair.admin.events(f"subject={again['id']}")]
    assert "jira.account.found" in kinds and "jira.account.created" not in kinds
    assert [event["kind"] for event in pair.admin.events(f"subject={ann['id']}")
            if event["kind"].startswith("jira.account")] == []


def test_one_denies_the_token(pair: Pair, httpd: Httpd) -> None:
    """It is said at once, where people look: log, event, tasks. The other site notices nothing."""
    httpd.error_log.expect("SCIM0122: site two: Jira does not accept us", count=1)
    idp = pair.idp(pair.first, pair.second)
    idp.create_user("before@example.com")
    pair.settle()
    pair.second.control.add_fault("status", match={}, times=None, status=401,
                                  body="Client must be authenticated to access this resource.")
    ann, _ = tell(idp)
    until(lambda: only_of(pair, "two"), "the other site to be done")
    denied = until(lambda: [event for event in pair.admin.events()
                            if event["kind"] == "site.denied"], "the event")
    assert [(event["site"], event["actor"]) for event in denied] == [("two", "provisioner")]
    until(lambda: all(task["site"] == "two" and "authenticated" in (task["detail"] or "")
                      for task in pair.admin.tasks("state=waiting")), "the tasks to say why")
    assert pair.first.held().groups_of("ann@example.com") == {"Team", SOFTWARE}
    pair.second.control.remove_faults()
    pair.second.put_site()
    assert pair.second.settle().groups_of("ann@example.com") == {"Team", SOFTWARE}


# Sites that come and go


def test_a_site_that_is_added_gets_everybody(pair: Pair) -> None:
    idp = pair.idp(pair.first)
    tell(idp)
    one, two = pair.settle()
    assert "ann@example.com" in one.accounts and "ann@example.com" not in two.accounts
    changed = pair.feed(pair.second, pair.first).expect(200).json()
    assert changed["sites"] == ["one", "two"] == pair.admin.idps()[0]["sites"]
    assert pair.second.settle().groups_of("ann@example.com") == {"Team", SOFTWARE}
    added = [event for event in pair.admin.events() if event["kind"] == "idp.site.added"]
    assert [(event["idp"], event["site"], event["actor"]) for event in added] == [
        (IDP, "two", "admin:admin")]
    idp.create_user("bob@example.com")
    for held in pair.settle():
        assert "bob@example.com" in held.accounts


@pytest.mark.parametrize("query, status, words", [
    ("", 409, "?access=keep"), ("?access=", 409, "?access=keep"),
    ("?access=perhaps", 400, "access must be keep or remove")])
def test_what_becomes_of_access_there_must_be_said(query: str, status: int, words: str,
                                                   pair: Pair) -> None:
    tell(pair.idp(pair.first, pair.second))
    pair.settle()
    answer = pair.feed(pair.first, query=query).expect(status)
    assert words in answer.json()["detail"]
    assert pair.admin.idps()[0]["sites"] == ["one", "two"]
    assert pair.admin.tasks() == []


def test_a_site_that_is_left_without_access(pair: Pair) -> None:
    idp = pair.idp(pair.first, pair.second)
    ann, _ = tell(idp)
    pair.settle()
    pair.feed(pair.first, query="?access=remove").expect(200)
    one, two = pair.settle()
    assert one.groups_of("ann@example.com") == {"Team", SOFTWARE}
    assert two.groups_of("ann@example.com") == set()
    removed = [event for event in pair.admin.events() if event["kind"] == "idp.site.removed"]
    assert [(event["site"], event["detail"]) for event in removed] == [("two", "access removed")]
    # It is nobody's there any more, and comes back to what it was when the site does.
    deactivate(idp, ann)
    deactivate(idp, ann, True)
    one, two = pair.settle()
    assert two.groups_of("ann@example.com") == set()
    pair.feed(pair.first, pair.second).expect(200)
    assert pair.second.settle().groups_of("ann@example.com") == {"Team", SOFTWARE}


def test_a_site_that_is_left_with_its_access(pair: Pair) -> None:
    idp = pair.idp(pair.first, pair.second)
    ann, _ = tell(idp)
    pair.settle()
    calls = len(pair.second.calls())
    pair.feed(pair.first, query="?access=keep").expect(200)
    deactivate(idp, ann)
    one, two = pair.settle()
    assert one.groups_of("ann@example.com") == set()
    assert two.groups_of("ann@example.com") == {"Team", SOFTWARE}
    assert len(pair.second.calls()) == calls
    pair.admin.delete_site("two")
    pair.second.put_site()


def test_one_site_for_another(pair: Pair) -> None:
    tell(pair.idp(pair.first))
    pair.settle()
    pair.feed(pair.second, query="?access=remove").expect(200)
    one, two = pair.settle()
    assert one.groups_of("ann@example.com") == set()
    assert two.groups_of("ann@example.com") == {"Team", SOFTWARE}


@pytest.mark.parametrize("query, said", [
    ("access=remove", "access removed"),
    ("access=keep&leavers=remove", "access kept, but not that of those who had left (3)")])
def test_what_is_taken_at_two_sites_is_asked_at_once(query: str, said: str, pair: Pair,
                                                     httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0122", optional=True)  # the third site is not there
    idp = pair.idp(pair.first, pair.second)
    people = [idp.create_user(f"user{number}@example.com") for number in range(3)]
    pair.settle()
    pair.admin.put_rules(IDP, {"guard": {"deactivations": {"number": 2}}})
    pair.settle()
    pair.admin.set_state(IDP, "paused")
    if "leavers" in query:
        for user in people:
            deactivate(idp, user)
    pair.admin.put_site("three", "http://127.0.0.1:1", "demo@example.com", "demo-token")
    path, three = f"/api/idps/{IDP}", {"sites": ["three"]}
    detail = pair.admin.patch(f"{path}?{query}", three).expect(409).json()["detail"]
    for site in ("one", "two"):
        assert f"at {site} 3 people would lose their access" in detail
    assert pair.admin.idps()[0]["sites"] == ["one", "two"]
    before = pair.admin.events("kind=idp.site.removed&limit=1000")
    pair.admin.patch(f"{path}?{query}&guard=release", three).expect(200)
    after = pair.admin.events("kind=idp.site.removed&limit=1000")
    removed = {event["site"]: event["detail"] for event in after[:len(after) - len(before)]}
    assert {site: detail[:len(said)] for site, detail in removed.items()} == {
        "one": said, "two": said}
    for site, other in (("one", "two"), ("two", "one")):
        assert f"; released past the guard: at {site} 3 people" in removed[site]
        assert f"at {other} " not in removed[site]
    pair.admin.set_state(IDP, "live")
    for scene in (pair.first, pair.second):
        until(lambda: not scene.held().groups[SOFTWARE] - {scene.jira.email}, "all to be out")
    pair.feed(pair.first, query="?access=keep").expect(200)
    pair.admin.delete_site("three")


def test_a_single_site_may_be_said_as_one(pair: Pair) -> None:
    pair.idp(pair.first)
    answer = pair.admin.patch(f"/api/idps/{IDP}", {"site": "two"}).expect(200)
    assert answer.json()["sites"] == ["two"]
    events = [event["kind"] for event in pair.admin.events("limit=2")]
    assert events == ["idp.site.added", "idp.site.removed"]


def test_a_paused_idp_keeps_its_sites_waiting(pair: Pair) -> None:
    """Also the site that is taken away: paused is paused."""
    idp = pair.idp(pair.first, pair.second)
    tell(idp)
    pair.settle()
    pair.admin.set_state(IDP, "paused")
    pair.feed(pair.first, query="?access=remove").expect(200)
    assert only_of(pair, "two")
    pair.admin.set_state(IDP, "live")
    assert pair.second.settle().groups_of("ann@example.com") == set()


@pytest.mark.parametrize("body, words", [
    ({"sites": []}, "1 to 50"), ({"sites": "one"}, "1 to 50"), ({"sites": None}, "1 to 50"),
    ({"sites": {}}, "1 to 50"), ({"sites": [1]}, "sites"), ({"sites": ["one", None]}, "sites"),
    ({"sites": ["one", "No Site"]}, "No Site"), ({"sites": ["one", "nowhere"]}, "nowhere"),
    ({"sites": ["one"], "site": "one"}, "1 to 50"), ({"site": ["one"]}, "sites"),
    ({"sites": ["one"] * 51}, "1 to 50"), ({"sites": ["one", "one"]}, "one twice"),
    ({"sites": ["two", "one", "two"]}, "two twice")])
def test_lists_of_sites_that_make_no_sense(body: dict[str, Any], words: str, pair: Pair) -> None:
    pair.idp(pair.first)
    for answer in (pair.admin.patch(f"/api/idps/{IDP}", body),
                   pair.admin.post("/api/idps", {"name": "wrong", **body})):
        assert words in answer.expect(400).json()["detail"]
    assert [idp["sites"] for idp in pair.admin.idps()] == [["one"]]


def test_a_site_in_use_is_not_deleted(pair: Pair) -> None:
    pair.idp(pair.first, pair.second)
    for site in ("one", "two"):
        pair.admin.delete(f"/api/sites/{site}").expect(409)


def test_sites_come_and_go_while_their_tasks_are_worked_on(
        pair: Pair, httpd: Httpd, request: pytest.FixtureRequest) -> None:
    """Neither side waits for the other: PostgreSQL would end such a deadlock after a second."""
    idp = pair.idp(pair.first)
    users = [idp.create_user(f"user{number}@example.com")["id"] for number in range(8)]
    idp.create_group("Team", users)
    turns = [(pair.first, pair.second), (pair.second,), (pair.first,)] * 10
    for number, sites in enumerate(turns):
        pair.feed(*sites, query=f"?access={('keep', 'remove')[number % 2]}").expect(200)
    pair.feed(pair.first, pair.second, query="?access=remove").expect(200)
    for held in pair.settle():
        assert len(held.groups["Team"]) == 8
    if httpd.database.driver == "pgsql":
        assert request.getfixturevalue("postgres").sql(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
            httpd.database.params) == [["0"]]

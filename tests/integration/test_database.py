"""The database under concurrent writers, and when it goes away."""

from __future__ import annotations

import itertools
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Iterator

import pytest

from tests.harness import scratch
from tests.harness.client import USER_SCHEMA, Client, Response, ScimClient
from tests.harness.conf import HEALTH_LOCATION, Settings
from tests.harness.httpd import Database, Httpd
from tests.harness.jira import JiraProcess
from tests.harness.postgres import Cluster, Postgres, Session
from tests.harness.wait import until
from tests.integration.scene import (  # noqa: F401
    Scene, add_members, deactivate, own_scene, remove_member, scene)

THREADS = 8
# What the module, mod_dbd and libpq's caller say of a database that has gone.
GONE = r"SCIM01(02|05|10|12|42)|AH006[23]\d|AH02655"


@pytest.fixture
def pgsql(request: pytest.FixtureRequest) -> Postgres:
    if request.config.getoption("--db") != "pgsql":
        pytest.skip("of PostgreSQL alone: --db=pgsql")
    return request.getfixturevalue("postgres")


def in_threads(client: ScimClient, work: Callable[[ScimClient, int], Any],
               items: int) -> list[Any]:
    """work(client, n) for all n under `items`, by several threads with a connection of their own;
    all begin at once."""
    barrier = threading.Barrier(THREADS)
    following = itertools.count()

    def run() -> list[Any]:
        mine = client.copy()
        barrier.wait()
        results = []
        while (number := next(following)) < items:
            results.append(work(mine, number))
        mine.close()
        return results

    with ThreadPoolExecutor(THREADS) as pool:
        done = [pool.submit(run) for _ in range(THREADS)]
        return [result for one in done for result in one.result()]


def test_concurrent_patches_of_one_group_lose_nobody(scene: Scene) -> None:
    idp = scene.idp()
    users = in_threads(idp, lambda client, n: client.create_user(f"p{n}@example.com"), 80)
    group = idp.create_group("Team")
    in_threads(idp, lambda client, n: add_members(client, group, users[n]), len(users))
    stored = idp.get(f"/Groups/{group['id']}").expect(200).json()["members"]
    assert sorted(member["value"] for member in stored) == sorted(user["id"] for user in users)
    assert scene.settle().groups["Team"] == {user["userName"] for user in users}


def test_one_of_many_with_one_name_is_created(scene: Scene) -> None:
    idp = scene.idp()
    for number in range(3):
        user = {"schemas": [USER_SCHEMA], "userName": f"only-{number}@example.com"}
        answers = in_threads(idp, lambda client, n: client.post("/Users", user), 2 * THREADS)
        assert sorted(answer.status for answer in answers) == [201] + [409] * (2 * THREADS - 1)
        assert {answer.json()["scimType"] for answer in answers if answer.status == 409} \
            == {"uniqueness"}
    assert len(idp.get("/Users").expect(200).json()["Resources"]) == 3


class TestWhileATurnLasts:
    """The test plays the turn of a host that works on the site."""

    @pytest.fixture
    def users(self, scene: Scene, pgsql: Postgres) -> list[dict[str, Any]]:
        self.idp = scene.idp(state="paused")
        return [self.idp.create_user(f"{name}@example.com") for name in ("ada", "bob", "eve")]

    @pytest.fixture
    def turn(self, scene: Scene, httpd: Httpd, users: list[dict[str, Any]]) -> Iterator[Session]:
        with Session(httpd.database.params) as turn:
            assert turn.run(f"BEGIN; SELECT name FROM lease WHERE name = 'site:{scene.site}'"
                            " FOR UPDATE;") == f"site:{scene.site}\n"
            yield turn

    @pytest.mark.parametrize("change", ["several", "a group", "the end of a group"])
    def test_what_concerns_several_people_waits(self, change: str, users: list[dict[str, Any]],
                                                turn: Session, httpd: Httpd, pgsql: Postgres
                                                ) -> None:
        """Rather than for the task of each of them, which a turn may want in another order: else
        both wait for each other, and in the end the identity provider is told 503."""
        ada, bob, _ = users
        inner = self.idp.create_group("Inner", [ada["id"], bob["id"]])
        group = self.idp.create_group("Team")
        changes = {"several": lambda: add_members(self.idp, group, ada, bob),
                   "a group": lambda: add_members(self.idp, group, inner),
                   "the end of a group":
                       lambda: self.idp.delete(f"/Groups/{inner['id']}").expect(204)}
        assert turn.run(touch(bob)) == ""
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(changes[change])
            until(lambda: any("FROM lease" in statement
                              for statement in pgsql.waiting(httpd.database.params)),
                  "the request to wait")
            assert turn.run(touch(ada)) == ""
            assert turn.run("COMMIT;") == ""
            done.result()

    def test_what_concerns_one_does_not(self, users: list[dict[str, Any]], turn: Session) -> None:
        group = self.idp.create_group("Team")
        assert turn.run(touch(users[1])) == ""
        add_members(self.idp, group, users[0])
        remove_member(self.idp, group, users[0])
        deactivate(self.idp, users[2])
        assert turn.run("COMMIT;") == ""


def touch(user: dict[str, Any]) -> str:
    return f"UPDATE task SET changed = changed WHERE subject = '{user['id']}';"


def expect_unavailable(answer: Response) -> None:
    """The SCIM error that tells an IdP to come again."""
    error = answer.expect(503).json()
    assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert error["status"] == "503" and error["detail"]
    assert int(answer.headers["Retry-After"]) > 0


def persistent(client: ScimClient, name: str) -> int:
    """POST of a user as IdPs do it: again after 503. Returns how often that came.

    After a connection to the database broke in COMMIT nobody knows whether it happened: then the
    repetition finds the name in use.
    """
    refused = 0
    user = {"schemas": [USER_SCHEMA], "userName": name, "active": True}
    while (answer := client.post("/Users", user)).status != 201:
        if answer.status == 409 and refused:
            break
        expect_unavailable(answer)
        refused += 1
        assert refused < 50
    return refused


class TestLostConnections:
    def test_between_requests(self, scene: Scene, httpd: Httpd, pgsql: Postgres) -> None:
        httpd.error_log.expect(GONE, optional=True)
        idp = scene.idp()
        children = httpd.children()
        for number in range(10):
            name = f"p{number}@example.com"
            pgsql.disconnect(httpd.database.params)
            assert persistent(idp, name) <= 1
            pgsql.disconnect(httpd.database.params)
            answer = idp.get("/Users")
            if answer.status != 200:
                expect_unavailable(answer)
                answer = idp.get("/Users").expect(200)
            assert answer.json()["totalResults"] == number + 1
        held = scene.settle()
        assert {f"p{number}@example.com" for number in range(10)} <= held.accounts.keys()
        assert set(children) <= set(httpd.children())

    def test_under_load(self, scene: Scene, httpd: Httpd, pgsql: Postgres) -> None:
        httpd.error_log.expect(GONE, optional=True)
        idp = scene.idp()
        children = httpd.children()
        people = 150

        def work(client: ScimClient, number: int) -> None:
            persistent(client, f"p{number}@example.com")
            if number % 25 == 5:
                pgsql.disconnect(httpd.database.params)

        in_threads(idp, work, people)
        names = {f"p{number}@example.com" for number in range(people)}
        listed = idp.get(f"/Users?count={people * 2}").expect(200).json()
        assert listed["totalResults"] == people
        assert {user["userName"] for user in listed["Resources"]} == names
        assert names <= scene.settle().accounts.keys()
        assert set(children) <= set(httpd.children())


@pytest.fixture
def cluster(pgsql: Postgres) -> Iterator[Cluster]:
    directory = scratch.make("cluster")
    cluster = Cluster(directory)
    yield cluster
    cluster.stop()
    scratch.remove(directory)


def test_a_database_that_stops_and_starts(cluster: Cluster, make_httpd: Callable[..., Httpd],
                                          jira: JiraProcess) -> None:
    server = make_httpd(database=Database("pgsql", cluster.params))
    server.start()
    server.error_log.expect(GONE)
    children = server.children()
    with own_scene(server, jira) as scene:
        idp = scene.idp()
        idp.create_user("before@example.com")
        scene.settle()
        health = server.client()
        cluster.stop()
        for _ in range(5):
            expect_unavailable(idp.post("/Users", {"userName": "during@example.com"}))
            expect_unavailable(idp.get("/Users"))
            health.get(HEALTH_LOCATION).expect(503)
        cluster.start()
        until(lambda: health.get(HEALTH_LOCATION).status == 200, "health to recover")
        health.close()
        persistent(idp, "after@example.com")
        held = scene.settle()
        assert "after@example.com" in held.accounts and "during@example.com" not in held.accounts
    assert server.children() == children


PROBE_LOCATION = "/health"


def test_a_database_that_appears_after_the_start(make_httpd: Callable[..., Httpd],
                                                 jira: JiraProcess, pgsql: Postgres) -> None:
    params = pgsql.create_database()
    pgsql.drop_database(params)
    # The harness takes a server for started once this place answers 200, whatever it says.
    locations: dict[str, str | None] = {
        HEALTH_LOCATION: "SetHandler server-status\nRequire all granted",
        PROBE_LOCATION: "SetHandler scim-sync-health\nRequire all granted"}
    server = make_httpd(database=Database("pgsql", params),
                        settings=Settings(modules=["status"], locations=locations))
    server.start()
    server.error_log.expect(GONE)
    health = server.client()
    for _ in range(3):
        health.get(PROBE_LOCATION).expect(503)
    scim = Client(server.url + "/scim/v2/nobody", token="demo-token")
    expect_unavailable(scim.get("/Users"))
    scim.close()
    pgsql.sql("CREATE DATABASE " + re.search(r"\bdbname=(\S+)", params)[1])
    until(lambda: health.get(PROBE_LOCATION).status == 200, "health to recover")
    health.close()
    with own_scene(server, jira) as scene:
        scene.idp().create_user("ada@example.com")
        assert "ada@example.com" in scene.settle().accounts


class TestTwoNodes:
    @pytest.fixture
    def nodes(self, pgsql: Postgres, make_httpd: Callable[..., Httpd]) -> Iterator[list[Httpd]]:
        """Two servers on one database, which they find empty at the same moment."""
        database = Database("pgsql", pgsql.create_database())
        nodes = [make_httpd(database=database) for _ in range(2)]
        nodes[1].key_file.write_bytes(nodes[0].key_file.read_bytes())
        # A server ends with the thread that started it.
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Httpd.start, nodes))
            yield nodes

    def test_one_provisions_and_the_other_takes_over(self, nodes: list[Httpd],
                                                     jira: JiraProcess) -> None:
        admins = [node.admin() for node in nodes]

        def jira_calls() -> list[int]:
            return [admin.status()["counters"]["jiraCalls"] for admin in admins]

        with own_scene(nodes[0], jira) as scene:
            idp = scene.idp()
            for number in range(30):
                idp.create_user(f"p{number}@example.com")
            scene.settle()
            working = jira_calls()
            assert sorted(map(bool, working)) == [False, True]
            first = working.index(max(working))
            other = self.at(nodes[1 - first], idp)
            until(lambda: other.get("/Users").status == 200, "the IdP on the other node")
            other.create_user("told.to.the.other@example.com")
            scene.settle()
            assert jira_calls()[1 - first] == 0
            jira.control.configure(latency_ms=20)
            people = [f"q{number}@example.com" for number in range(60)]
            for address in people:
                other.create_user(address)
            until(lambda: len(scene.held().accounts.keys() & set(people)) > 5, "some accounts")
            nodes[first].kill()
            scene.admin.close()
            scene.admin = admins[1 - first]
            held = scene.settle()
            assert set(people) <= held.accounts.keys()
            assert admins[1 - first].status()["counters"]["jiraCalls"] > 0
            other.close()
        for admin in admins:
            admin.close()

    def test_a_change_on_one_is_seen_on_the_other(self, nodes: list[Httpd],
                                                  jira: JiraProcess) -> None:
        with own_scene(nodes[0], jira) as scene:
            idp = scene.idp(name="acme")
            there = self.at(nodes[1], idp)
            until(lambda: there.get("/Users").status == 200, "the IdP on the other node")
            token = scene.admin.tokens("acme")[0]["id"]
            scene.admin.revoke_token("acme", token)
            idp.get("/Users").expect(401)
            until(lambda: there.get("/Users").status == 401, "the token's end there")
            there.close()

    @staticmethod
    def at(node: Httpd, idp: ScimClient) -> ScimClient:
        """The IdP's client, at another node."""
        path = re.sub(r"^http://[^/]+", "", idp.base_url)
        return ScimClient(node.url + path, token=idp.token)

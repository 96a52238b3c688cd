"""The interoperability bugs of other servers, by number.

What is a matter of requests and answers stands in golden/interop, one folder per bug or several:
their names begin with the number, their first lines name the bug and where it was seen. What takes
threads or thousands of members is here, with the number in the test's name.
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, Callable, Iterator

import pytest

from tests.harness.admin import scim_client
from tests.harness.client import ScimClient
from tests.harness.conf import Settings
from tests.harness.httpd import Database, Httpd
from tests.harness.wait import until

BUGS = 25
FOLDERS = Path(__file__).with_name("golden") / "interop"
CHILDREN = 4
THREADS = 12  # fewer than a child has: else httpd ends connections that are kept alive
LARGE = 20000

several_children = pytest.mark.parametrize("httpd", [Settings(processes=CHILDREN)], indirect=True,
                                           ids=[""])


def test_every_bug_has_its_test() -> None:
    names = [folder.name for folder in FOLDERS.iterdir()] + [
        name.removeprefix("test_") for name in globals()]
    numbers = {int(match[0]) for name in names if (match := re.match(r"\d\d(?=[-_])", name))}
    assert numbers == set(range(1, BUGS + 1))


@pytest.mark.parametrize("folder", sorted(path.name for path in FOLDERS.iterdir()))
def test_a_folder_names_its_bug_and_the_source(folder: str) -> None:
    first = (FOLDERS / folder / "1.request").read_text().splitlines()[0]
    kind, _, number = folder.partition("-")[0].partition("extra")
    wanted = rf"# Bug {int(kind)}: " if kind else r"# Extra [a-m]: "
    assert re.match(wanted + r".+\. \S+", first)


# 18: fleetdm/fleet#50724


def patch_all_at_once(clients: list[ScimClient], group: str, count: int) -> list[str]:
    """Half of those in a group leave while as many come and it gets new names; who is in it then.

    Every request is a client's own, on a connection of its own, and as many as there are clients
    are on their way at any time.
    """
    path = f"/Groups/{group}"
    operations: list[dict[str, Any]] = []
    for number in range(count):
        operations += [
            {"op": "Add", "path": "members", "value": [{"value": f"new-{number:03}"}]},
            {"op": "Remove", "path": "members", "value": [{"value": f"old-{number:03}"}]},
            {"op": "replace", "value": {"displayName": f"Team {number}"}}]
    together = Barrier(len(clients))

    def work(which: int) -> None:
        client = clients[which].copy()
        together.wait()
        for operation in operations[which::len(clients)]:
            client.patch_operations(path, operation).expect(200, 204)
        client.close()

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(work, range(len(clients))))
    members = clients[0].get(path).expect(200).json()["members"]
    return sorted(member["value"] for member in members)


def old_members(count: int) -> list[str]:
    return [f"old-{number:03}" for number in range(count)]


def expected(count: int) -> list[str]:
    return sorted([f"new-{number:03}" for number in range(count)] + old_members(2 * count)[count:])


@several_children
def test_18_patches_of_one_group_in_several_children_lose_nobody(idp: Any, httpd: Httpd) -> None:
    assert len(httpd.children()) >= CHILDREN
    count = 40
    group = idp.scim.create_group("Team", old_members(2 * count))["id"]
    assert patch_all_at_once([idp.scim] * THREADS, group, count) == expected(count)


@pytest.fixture
def nodes(request: pytest.FixtureRequest, make_httpd: Callable[..., Httpd]
          ) -> Iterator[list[Httpd]]:
    """Two servers on one PostgreSQL."""
    if request.config.getoption("--db") != "pgsql":
        pytest.skip("of PostgreSQL alone: --db=pgsql")
    database = Database("pgsql", request.getfixturevalue("postgres").create_database())
    made = [make_httpd(database=database) for _ in range(2)]
    made[1].key_file.write_bytes(made[0].key_file.read_bytes())
    # A server ends with the thread that started it.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Httpd.start, made))
        yield made


def test_18_patches_of_one_group_on_two_nodes_lose_nobody(nodes: list[Httpd], jira: Any) -> None:
    admin = nodes[0].admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    one = scim_client(admin.create_idp("okta"))
    admin.close()
    other = ScimClient(one.base_url.replace(nodes[0].url, nodes[1].url), token=one.token)
    until(lambda: other.get("/Users").status == 200, "the IdP on the other node")
    count = 40
    group = one.create_group("Team", old_members(2 * count))["id"]
    assert patch_all_at_once([one, other] * (THREADS // 2), group, count) == expected(count)
    path = f"/Groups/{group}?excludedAttributes=meta"
    assert other.get(path).json() == one.get(path).json()
    for client in (one, other):
        client.close()


# 19: wso2/product-is#8498, FusionAuth/fusionauth-issues#2784, #3307


def quickest(work: Callable[[], Any], times: int = 15) -> float:
    """Seconds that a request takes when nothing disturbs it."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


@several_children
def test_19_a_large_group_costs_what_a_small_one_does(idp: Any, httpd: Httpd) -> None:
    scim = idp.scim
    groups = {size: scim.create_group(f"Of {size}", [f"m-{n}" for n in range(size)])["id"]
              for size in (10, LARGE)}

    def cost(request: Callable[[str], Any]) -> list[float]:
        return [quickest(lambda: request(f"/Groups/{group}")) for group in groups.values()]

    def add_and_remove(path: str) -> None:
        value = [{"value": "one-more"}]
        for op in ("add", "remove"):
            scim.patch_operations(path, {"op": op, "path": "members", "value": value}
                                  ).expect(200, 204)

    whole = cost(lambda path: scim.get(path).expect(200))
    without = cost(lambda path: scim.get(f"{path}?excludedAttributes=members").expect(200))
    changed = cost(add_and_remove)
    assert len(scim.get(f"/Groups/{groups[LARGE]}").json()["members"]) == LARGE
    assert without[1] < 5 * without[0] and without[1] < whole[1] / 5
    assert changed[1] < 5 * changed[0]


@several_children
def test_19_who_is_in_a_large_group_is_changed_by_row(idp: Any, httpd: Httpd) -> None:
    scim = idp.scim
    path = f"/Groups/{scim.create_group('All', [f'm-{n:05}' for n in range(LARGE)])['id']}"
    scim.patch_operations(
        path, {"op": "remove", "path": 'members[value eq "m-00007"]'},
        {"op": "Remove", "path": "members", "value": [{"value": "m-00008"}]},
        {"op": "add", "path": "members", "value": [{"value": "new"}, {"value": "m-00009"}]},
    ).expect(204)
    now = [member["value"] for member in scim.get(path).json()["members"]]
    assert len(now) == LARGE - 1 and "new" in now and "m-00009" in now
    assert not {"m-00007", "m-00008"} & set(now)

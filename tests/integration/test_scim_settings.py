"""Directives merge per virtual host and location as httpd's own do."""

from dataclasses import replace
from typing import Any, Callable, Iterator

import pytest

from tests.harness.client import ScimClient
from tests.harness.conf import SCIM_LOCATION, SCIM_V1_LOCATION, Settings

OTHER = "/other/scim"
BASE_URL = "https://sync.example.com"
HANDLER = "SetHandler scim-sync\nRequire all granted\n"

SETTINGS = Settings(
    extra="ScimSyncMaxBody 3000\nScimSyncPageSize 2",
    locations={
        SCIM_LOCATION: HANDLER + "ScimSyncMaxBody 2000",
        OTHER: HANDLER,
        OTHER + "/narrow": "ScimSyncMaxBody 1024",
        OTHER + "/old": "ScimSyncVersion 1.1",
        SCIM_V1_LOCATION + "/new": "ScimSyncVersion 2.0",
    },
    vhosts={
        "127.0.0.1": "ScimSyncPageSize 3",
        "sync.example.com": f"ScimSyncBaseURL {BASE_URL}/",
        "under.example.com": f"ScimSyncBaseURL {BASE_URL}/under/",
        "old.example.com": "ScimSyncVersion 1.1",
        "plain.example.com": f"<Location {OTHER}>\nScimSyncMaxBody 4000\n</Location>",
    })

pytestmark = pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=["vhosts"])


@pytest.fixture
def at(idp: Any, httpd: Any) -> Iterator[Callable[..., Any]]:
    """Sends a request of the IdP's client to a location of a virtual host: at(host, location)."""
    client = idp.scim.copy()

    def send(host: str, location: str, method: str, path: str, **options: Any) -> Any:
        options.setdefault("headers", {"Host": host})
        return client.request(method, f"{httpd.url}{location}/{idp.name}{path}", **options)

    yield send
    client.close()


def largest(at: Callable[..., Any], host: str, location: str) -> int:
    """The size of a body that a location says it takes, and does."""
    told = at(host, location, "GET", "/ServiceProviderConfig").expect(200).json()
    most = told["bulk"]["maxPayloadSize"]
    frame = '{"userName": "ann@example.com", "title": ""}'
    for size, status in ((most + 1, 413), (most, 201)):
        body = frame[:-2] + "x" * (size - len(frame)) + frame[-2:]
        answer = at(host, location, "POST", "/Users", body=body).expect(status)
    at(host, location, "DELETE", f"/Users/{answer.json()['id']}").expect(204)
    return most


@pytest.mark.parametrize("host, location, most", [
    ("127.0.0.1", SCIM_LOCATION, 2000), ("127.0.0.1", OTHER, 3000),
    ("sync.example.com", SCIM_LOCATION, 2000), ("sync.example.com", OTHER, 3000),
    ("plain.example.com", SCIM_LOCATION, 2000), ("plain.example.com", OTHER, 4000),
])
def test_a_limit_is_that_of_the_location(host: str, location: str, most: int,
                                         at: Callable[..., Any]) -> None:
    assert largest(at, host, location) == most


def test_a_section_below_the_handlers_own_adds_to_it(make_idp: Callable[..., Any], httpd: Any
                                                     ) -> None:
    narrow = make_idp(name="narrow").scim
    client = ScimClient(f"{httpd.url}{OTHER}/narrow", token=narrow.token)
    told = client.get("/ServiceProviderConfig").expect(200).json()
    assert told["bulk"]["maxPayloadSize"] == 1024
    assert told["meta"]["location"] == f"{httpd.url}{OTHER}/narrow/ServiceProviderConfig"
    client.close()


V1_URN = "urn:scim:schemas:core:1.0"
V2_URN = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@pytest.mark.parametrize("name, host, location, schema", [
    ("idp", "127.0.0.1", OTHER, V2_URN), ("idp", "127.0.0.1", SCIM_V1_LOCATION, V1_URN),
    ("old", "127.0.0.1", OTHER, V1_URN), ("new", "127.0.0.1", SCIM_V1_LOCATION, V2_URN),
    ("idp", "old.example.com", OTHER, V1_URN), ("new", "old.example.com", OTHER, V1_URN),
    ("new", "old.example.com", SCIM_V1_LOCATION, V2_URN),
])
def test_the_version_is_that_of_the_location(name: str, host: str, location: str, schema: str,
                                             make_idp: Callable[..., Any], httpd: Any) -> None:
    scim = make_idp(name=name).scim
    answer = scim.get(f"{httpd.url}{location}/{name}/Users", headers={"Host": host}).expect(200)
    assert answer.json()["schemas"] == [schema]


def test_the_admin_api_tells_the_base_url_for_2_0_wherever_it_stands(
        httpd: Any, make_httpd: Callable[..., Any], jira: Any) -> None:
    """1.1 is for those who ask for it."""
    handler = {"/first": HANDLER + "ScimSyncVersion 1.1", "/second": HANDLER, "/third": HANDLER}
    without = {SCIM_LOCATION: None, SCIM_V1_LOCATION: None}
    for locations, path in ((handler, "/second"), ({"/first": handler["/first"]}, "/first")):
        server = make_httpd(settings=Settings(locations=without | locations))
        server.start()
        admin = server.admin()
        admin.put_site("main", jira.url, jira.email, jira.api_token)
        assert admin.create_idp("okta")["scim"]["baseUrl"] == f"{server.url}{path}/okta"
        admin.close()


@pytest.mark.parametrize("host, size", [("127.0.0.1", 3), ("sync.example.com", 2)])
def test_a_number_of_a_virtual_host_wins(host: str, size: int, at: Callable[..., Any]) -> None:
    told = at(host, SCIM_LOCATION, "GET", "/ServiceProviderConfig").json()
    assert told["filter"]["maxResults"] == size


@pytest.mark.parametrize("host, base", [
    ("sync.example.com", BASE_URL), ("SYNC.example.com:443", BASE_URL),
    ("under.example.com", BASE_URL + "/under")])
def test_the_base_url_is_that_of_the_virtual_host(host: str, base: str, at: Callable[..., Any],
                                                  idp: Any) -> None:
    made = at(host, SCIM_LOCATION, "POST", "/Users", json={"userName": "ann"}).expect(201)
    location = f"{base}{SCIM_LOCATION}/{idp.name}/Users/{made.json()['id']}"
    assert made.headers["Location"] == made.headers["Content-Location"] == location
    assert made.json()["meta"]["location"] == location
    listed = at(host, OTHER, "GET", "/Users").json()["Resources"][0]
    assert listed["meta"]["location"] == location.replace(SCIM_LOCATION, OTHER)


def test_the_admin_api_tells_the_base_url_of_its_host(idp: Any, httpd: Any) -> None:
    admin = httpd.admin()
    told = admin.get(f"/api/idps/{idp.name}", headers={"Host": "sync.example.com"}).json()
    admin.close()
    assert told["scim"]["baseUrl"] == f"{BASE_URL}{SCIM_LOCATION}/{idp.name}"


def test_what_one_host_was_told_is_seen_on_all(at: Callable[..., Any]) -> None:
    at("sync.example.com", OTHER, "POST", "/Users", json={"userName": "ann"}).expect(201)
    at("127.0.0.1", SCIM_LOCATION, "POST", "/Users", json={"userName": "ANN"}).expect(409)


def test_a_graceful_restart_brings_new_limits(httpd: Any, make_httpd: Callable[..., Any], jira: Any
                                              ) -> None:
    server = make_httpd(settings=Settings())
    server.start()
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    made = admin.create_idp("okta")
    admin.close()
    scim = ScimClient(made["scim"]["baseUrl"], token=made["scim"]["token"])
    for size in (200, 7):
        told = scim.get("/ServiceProviderConfig").expect(200).json()
        assert told["filter"]["maxResults"] == size
        # A connection that is kept alive may stay with the generation that has it.
        scim.close()
        server.settings = replace(server.settings, extra="ScimSyncPageSize 7")
        server.graceful()

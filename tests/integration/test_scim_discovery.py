"""What the module says of itself is tried: a client that believes it must not be disappointed."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.harness.client import GROUP_SCHEMA, USER_SCHEMA, ScimClient
from tests.harness.conf import SCIM_LOCATION, Settings

ENTERPRISE_SCHEMA = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SETTINGS = Settings(locations={SCIM_LOCATION: """
    SetHandler scim-sync
    Require all granted
    ScimSyncPageSize 3
    ScimSyncMaxOperations 4
    ScimSyncMaxBody 5000"""})

pytestmark = [pytest.mark.any_mpm,
              pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=["small"])]


@pytest.fixture
def scim(idp: Any) -> ScimClient:
    return idp.scim


@pytest.fixture
def config(scim: ScimClient) -> dict[str, Any]:
    return scim.get("/ServiceProviderConfig").expect(200).json()


def test_every_part_of_the_config_is_there(config: dict[str, Any], scim: ScimClient) -> None:
    """Clients decode it strictly, also what is off."""
    for part in ("patch", "bulk", "filter", "changePassword", "sort", "etag"):
        assert type(config[part]["supported"]) is bool
    assert type(config["bulk"]["maxOperations"]) is int
    assert type(config["bulk"]["maxPayloadSize"]) is int
    assert type(config["filter"]["maxResults"]) is int
    assert config["authenticationSchemes"][0]["type"] == "oauthbearertoken"
    assert config["meta"] == {"resourceType": "ServiceProviderConfig",
                              "location": f"{scim.base_url}/ServiceProviderConfig"}


def test_what_is_on_works(config: dict[str, Any], scim: ScimClient) -> None:
    assert config["patch"]["supported"] and config["filter"]["supported"]
    assert config["bulk"]["supported"]
    ann = scim.create_user("ann@example.com")
    scim.patch_operations(f"/Users/{ann['id']}", {"op": "replace", "path": "active",
                                                  "value": False}).expect(200)
    assert scim.find("/Users", 'userName eq "ann@example.com"')[0]["active"] is False


def test_an_order_is_on(config: dict[str, Any], scim: ScimClient) -> None:
    assert config["sort"]["supported"]
    made = [scim.create_user(name)["id"] for name in ("bob", "ann")]
    listed = scim.get("/Users?sortBy=userName").expect(200).json()["Resources"]
    assert [user["id"] for user in listed] == made[::-1]


def test_versions_are_on(config: dict[str, Any], scim: ScimClient) -> None:
    assert config["etag"]["supported"]
    made = scim.post("/Users", {"userName": "ann@example.com"}).expect(201)
    version = made.headers["ETag"]
    assert made.json()["meta"]["version"] == version
    path = f"/Users/{made.json()['id']}"
    same = scim.get(path, headers={"If-None-Match": version}).expect(304)
    assert same.headers["ETag"] == version and same.body == b""
    scim.get(path, headers={"If-None-Match": 'W/"other"'}).expect(200)


def test_paging_is_as_told(config: dict[str, Any], scim: ScimClient) -> None:
    pagination = config["pagination"]
    assert pagination == {"cursor": True, "index": True, "defaultPaginationMethod": "index",
                          "defaultPageSize": 3, "maxPageSize": 3, "cursorTimeout": 3600}
    for number in range(4):
        scim.create_user(f"user{number}@example.com")
    page = scim.get("/Users").json()
    assert page["startIndex"] == 1 and "nextCursor" not in page
    assert page["itemsPerPage"] == pagination["defaultPageSize"]
    assert "nextCursor" in scim.get("/Users?cursor=").json()


def test_what_is_off_is_off(config: dict[str, Any]) -> None:
    assert config["changePassword"]["supported"] is False


def test_the_limits_that_are_told_hold(config: dict[str, Any], scim: ScimClient) -> None:
    for number in range(config["filter"]["maxResults"] + 1):
        scim.create_user(f"user{number}@example.com")
    page = scim.get("/Users?count=1000").json()
    assert page["itemsPerPage"] == config["filter"]["maxResults"] == 3
    most = config["bulk"]["maxOperations"]
    one = {"op": "replace", "path": "title", "value": "x"}
    path = f"/Users/{page['Resources'][0]['id']}"
    scim.patch_operations(path, *[one] * most).expect(200)
    scim.patch_operations(path, *[one] * (most + 1)).expect(413)
    change = {"method": "PATCH", "path": path, "data": {"Operations": [one]}}
    scim.post("/Bulk", {"Operations": [change] * most}).expect(200)
    scim.post("/Bulk", {"Operations": [change] * (most + 1)}).expect(413)
    scim.post("/Users", {"userName": "a", "title": "x" * config["bulk"]["maxPayloadSize"]}
              ).expect(413)


@pytest.mark.parametrize("endpoint, ids", [
    ("/ResourceTypes", ["User", "Group"]),
    ("/Schemas", [USER_SCHEMA, GROUP_SCHEMA, ENTERPRISE_SCHEMA, *(
        f"urn:ietf:params:scim:schemas:core:2.0:{name}"
        for name in ("Schema", "ResourceType", "ServiceProviderConfig"))]),
])
def test_lists_of_discovery(endpoint: str, ids: list[str], scim: ScimClient) -> None:
    """ListResponses, not bare arrays; each element is found at its own location."""
    answer = scim.get(endpoint).expect(200).json()
    assert answer["totalResults"] == answer["itemsPerPage"] == len(ids)
    assert [resource["id"] for resource in answer["Resources"]] == ids
    for resource in answer["Resources"]:
        assert resource["meta"]["location"] == f"{scim.base_url}{endpoint}/{resource['id']}"
        assert scim.get(resource["meta"]["location"]).expect(200).json() == resource
        assert scim.get(f"{endpoint}/{quote(resource['id'], safe='')}").json() == resource
    scim.get(f"{endpoint}/nothing").expect(404)


def test_resource_types_lead_to_their_endpoints(scim: ScimClient) -> None:
    for resource_type in scim.get("/ResourceTypes").json()["Resources"]:
        assert scim.get(resource_type["endpoint"]).expect(200).json()["totalResults"] == 0
        scim.get(f"/Schemas/{resource_type['schema']}").expect(200)
        for extension in resource_type["schemaExtensions"]:
            scim.get(f"/Schemas/{extension['schema']}").expect(200)


def attributes_of(scim: ScimClient, urn: str) -> dict[str, dict[str, Any]]:
    schema = scim.get(f"/Schemas/{urn}").expect(200).json()
    return {attribute["name"]: attribute for attribute in schema["attributes"]}


def example(attribute: dict[str, Any]) -> Any:
    """A value such as the schema's words promise to be taken."""
    values = {"boolean": True, "complex": None}
    value = values.get(attribute["type"], attribute.get("canonicalValues", ["demo"])[0])
    if attribute["type"] == "complex":
        value = {sub["name"]: example(sub) for sub in attribute["subAttributes"]
                 if sub["mutability"] != "readOnly"}
    return [value] if attribute["multiValued"] else value


@pytest.mark.parametrize("endpoint, urn, extension", [
    ("/Users", USER_SCHEMA, ENTERPRISE_SCHEMA), ("/Groups", GROUP_SCHEMA, None)])
def test_every_attribute_of_the_schemas_is_kept(endpoint: str, urn: str, extension: str | None,
                                                scim: ScimClient) -> None:
    resource: dict[str, Any] = {"schemas": [urn]}
    resource |= {name: example(a) for name, a in attributes_of(scim, urn).items()
                 if a["mutability"] != "readOnly"}
    if extension:
        resource["schemas"].append(extension)
        resource[extension] = {name: example(a)
                               for name, a in attributes_of(scim, extension).items()}
    made = scim.post(endpoint, resource).expect(201).json()
    read = scim.get(f"{endpoint}/{made['id']}").json()
    never = {name for name, a in attributes_of(scim, urn).items() if a["returned"] == "never"}
    assert never == ({"password"} if endpoint == "/Users" else set())
    for name, value in resource.items():
        if name not in never:
            got = read[name]
            if name == "members":
                got = [{key: member[key] for key in value[0] if key != "$ref"} for member in got]
                value = [{key: part for key, part in value[0].items() if key != "$ref"}]
            assert got == value, name
    assert not never & set(read)


@pytest.mark.parametrize("endpoint, urn", [("/Users", USER_SCHEMA), ("/Groups", GROUP_SCHEMA)])
def test_required_and_unique_are_true(endpoint: str, urn: str, scim: ScimClient) -> None:
    attributes = attributes_of(scim, urn)
    required = {name for name, attribute in attributes.items() if attribute["required"]}
    unique = {name for name, attribute in attributes.items() if attribute["uniqueness"] != "none"}
    assert required == unique == {"userName" if endpoint == "/Users" else "displayName"}
    name = required.pop()
    scim.post(endpoint, {"nickName": "x"}).expect(400)
    scim.post(endpoint, {name: "Demo"}).expect(201)
    assert attributes[name]["caseExact"] is False
    scim.post(endpoint, {name: "dEMO"}).expect(409)


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes/User",
                                  "/Users", "/Groups?count=0", "/Users/nobody"])
def test_head_is_get_without_the_body(path: str, scim: ScimClient) -> None:
    got, head = scim.get(path), scim.request("HEAD", path)
    assert head.status == got.status and head.body == b""
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == got.headers[name]


def test_head_of_a_user(scim: ScimClient) -> None:
    ann = scim.create_user("ann@example.com")
    head = scim.request("HEAD", f"/Users/{ann['id']}").expect(200)
    assert head.headers["Content-Location"] == f"{scim.base_url}/Users/{ann['id']}"

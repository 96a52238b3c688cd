"""The admin API's document (docs/openapi.json) against the running server.

That answers are as the document has them is looked at in every test (harness/openapi.py). Here: the
calls that it has are those that there are, with their parameters and roles.
"""

from typing import Any, Iterator

import pytest

from tests.harness import openapi
from tests.harness.admin import AdminClient
from tests.harness.conf import Settings
from tests.integration.test_admin import assert_problem

LOOK = "/look"
SETTINGS = Settings(locations={LOOK: f"""
    SetHandler scim-sync-admin
    AuthType Basic
    AuthName look
    AuthUserFile conf/htpasswd
    Require valid-user
    ScimSyncReader valid-user"""})

CALLS = [pytest.param(call, id=str(call)) for call in openapi.calls()]

pytestmark = [pytest.mark.any_mpm,
              pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=["roles"])]


@pytest.fixture
def reader(httpd: Any) -> Iterator[AdminClient]:
    client = AdminClient(httpd.url + LOOK, "admin", httpd.admin_password)
    yield client
    client.close()


def address(call: openapi.Call) -> str:
    """With names of what is not there: nothing is changed by whatever is sent to it."""
    absent = {one["name"]: "0" if one["schema"]["type"] == "integer" else "nobody"
              for one in call.parameters("path")}
    return "/api" + call.path.format_map(absent)


def send(client: AdminClient, call: openapi.Call, query: str = "") -> Any:
    body = {} if call.method in ("POST", "PUT", "PATCH") else None
    return client.request(call.method, address(call) + query, body)


def test_the_server_gives_it_away(admin: AdminClient) -> None:
    answer = admin.get("/api/openapi.json").expect(200)
    assert answer.headers.get_content_type() == "application/json"
    assert answer.body == openapi.FILE.read_bytes()
    assert admin.request("HEAD", "/api/openapi.json").expect(200).body == b""
    assert_problem(admin.get("/api/openapi.json/x"), 404)


@pytest.mark.parametrize("path", list(openapi.document()["paths"]))
def test_each_address_has_these_methods(path: str, admin: AdminClient) -> None:
    """405 says which there are, and the client compares them with the document's."""
    answer = admin.request("PURGE", address(next(c for c in openapi.calls() if c.path == path)))
    answer.expect(405)


@pytest.mark.parametrize("call", CALLS)
def test_each_parameter_is_known_and_no_other(call: openapi.Call, admin: AdminClient) -> None:
    for name in (one["name"] for one in call.parameters("query")):
        # Empty, it counts as absent, whatever its values are.
        assert "no query parameter" not in send(admin, call, f"?{name}=").text()
    assert_problem(send(admin, call, "?noSuchParameter="), 400, "noSuchParameter")


@pytest.mark.parametrize("call", CALLS)
def test_each_call_is_for_this_role(call: openapi.Call, reader: AdminClient, httpd: Any) -> None:
    if call.operation["x-role"] == "administrator":
        httpd.error_log.expect("SCIM0202")
        assert_problem(send(reader, call), 403, "changes nothing")
    else:
        assert send(reader, call).status != 403


def test_examples_of_what_it_finds(admin: AdminClient, site: Any) -> None:
    """A check that lets everything pass would be none."""
    answer = admin.get(f"/api/sites/{site.name}")
    own = openapi.at(f"/sites/{site.name}")[0]
    body = answer.json()
    assert openapi.faults(own, "GET", "", None, answer) == []
    assert openapi.faults(own, "GET", "x=1", None, answer)
    for wrong in ({**body, "more": 1}, {k: v for k, v in body.items() if k != "email"},
                  {**body, "createdAt": "today"}, {**body, "tokenKind": "other"}):
        assert own.faults("200", own.response(200)["content"]["application/json"]["schema"], wrong)
    answer.status = 418
    assert openapi.faults(own, "GET", "", None, answer)
    assert openapi.misdirected([own], answer)

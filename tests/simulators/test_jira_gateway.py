"""API tokens with scopes: where the simulated Jira takes them, and how it refuses others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.jira import SimulatedJira
from tests.simulators.jira.fixtures import Api, api, careless_jira, jira, one_jira  # noqa: F401

READ, MANAGE = "read:jira-user", "manage:jira-configuration"


def through(api: Api) -> str:
    """The API's address behind the gateway."""
    info = api.call("GET", "/_edge/tenant_info", headers={"Authorization": None})
    assert info.status == 200 and set(info.content) == {"cloudId"}
    return f"/ex/jira/{info.content['cloudId']}/rest/api/3"


def test_a_scoped_token_is_for_the_gateway(jira: SimulatedJira, api: Api) -> None:
    jira.control.configure(token_kind="scoped")
    at_site = api.get("myself")
    assert (at_site.status, at_site.content) == (
        401, "Client must be authenticated to access this resource.")
    assert api.get("user/search", query="a").content == []
    mine = api.get(f"{through(api)}/myself")
    assert mine.status == 200 and mine.content["emailAddress"] == jira.email
    made = api.call("POST", f"{through(api)}/group", body={"name": "devs"})
    assert made.status == 201
    assert "devs" in [group["name"] for group in jira.control.state()["groups"]]


def test_a_classic_token_is_for_the_site(jira: SimulatedJira, api: Api) -> None:
    refused = api.get(f"{through(api)}/myself")
    assert (refused.status, refused.content) == (401, {"code": 401, "message": "Unauthorized"})
    assert api.get("myself").status == 200


@pytest.mark.parametrize("scopes, readable, manageable", [
    ([], 401, 401), ([READ], 200, 401), ([MANAGE], 401, 200), ([READ, MANAGE], 200, 200)])
def test_a_token_without_the_scope(scopes: list[str], readable: int, manageable: int,
                                   jira: SimulatedJira, api: Api) -> None:
    jira.control.configure(token_kind="scoped", scopes=scopes)
    answers: list[Any] = [api.get(f"{through(api)}/{path}") for path in ("myself",
                                                                        "applicationrole")]
    assert [answer.status for answer in answers] == [readable, manageable]
    for answer in answers:
        if answer.status == 401:
            assert answer.content["message"] == "Unauthorized; scope does not match"


def test_another_cloud(jira: SimulatedJira, api: Api) -> None:
    jira.control.configure(token_kind="scoped")
    assert api.get("/ex/jira/another-cloud/rest/api/3/myself").status == 404


def test_what_is_wrong_behind_the_gateway_is_a_violation(careless_jira: SimulatedJira,
                                                         api: Api) -> None:
    careless_jira.control.configure(token_kind="scoped")
    api.get(f"{through(api)}/myself", nonsense=1)
    assert any("unknown query parameter 'nonsense'" in one["problem"]
               for one in careless_jira.control.violations())


@pytest.mark.parametrize("changes", [{"token_kind": "other"}, {"scopes": ["write:all"]},
                                     {"scopes": "read:jira-user"}])
def test_settings_that_make_no_sense(changes: dict[str, Any], jira: SimulatedJira) -> None:
    with pytest.raises(ValueError):
        jira.control.configure(**changes)

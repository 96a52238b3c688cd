"""Who may come in: bearer tokens of identity providers, and what everybody else is told."""

from datetime import datetime, timedelta, timezone
from typing import Any, Callable

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import SCIM_JSON, Response, ScimClient
from tests.harness.conf import SCIM_LOCATION
from tests.harness.wait import until

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def assert_unauthorized(answer: Response) -> None:
    answer.expect(401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert answer.headers.get_content_type() == SCIM_JSON
    body = answer.json()
    assert body["schemas"] == [ERROR] and body["status"] == "401" and "token" in body["detail"]


def soon(seconds: float) -> str:
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def with_token(scim: ScimClient, token: str) -> ScimClient:
    return ScimClient(scim.base_url, token=token)


@pytest.mark.parametrize("header", [
    None, "", "Bearer", "Bearer ", "{token}", "Token {token}", "Basic {token}", "Digest a=b",
    "Bearer{token}", "Bearer {token}x", "Bearer x{token}", "Bearer {token} x", "Bearer {shorter}",
    "Bearer {swapped}", 'Bearer "{token}"', "Bearer demo-wrong", "Bearer %s", "Bearer {long}",
    "Bearer {token},Bearer {token}", "Bearer \xff\xfe",
])
def test_what_is_not_the_token_is_refused(header: str | None, idp: Any) -> None:
    token = idp.scim.token
    given = header and header.format(token=token, shorter=token[:-1], swapped=token.swapcase(),
                                     long="a" * 8000)
    answer = idp.scim.get("/Users", headers={"Authorization": given})
    assert_unauthorized(answer)
    assert token not in answer.text()


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
def test_the_scheme_may_be_written_in_any_case(scheme: str, idp: Any) -> None:
    idp.scim.get("/Users", headers={"Authorization": scheme + idp.scim.token}).expect(200)


@pytest.mark.parametrize("method, path", [
    ("GET", "/Users"), ("POST", "/Users"), ("PUT", "/Users/x"), ("PATCH", "/Groups/x"),
    ("DELETE", "/Users/x"), ("GET", "/ServiceProviderConfig"), ("GET", "/Schemas"), ("GET", "/Me"),
    ("POST", "/Bulk"), ("GET", "/Nothing"), ("GET", ""), ("GET", "/Users/../Groups"),
])
def test_nothing_is_told_without_a_token(method: str, path: str, idp: Any) -> None:
    assert_unauthorized(idp.scim.request(method, path, headers={"Authorization": None}))


def test_a_stranger_can_not_tell_which_idps_exist(idp: Any, httpd: Any) -> None:
    answers = []
    for name in (idp.name, "no-such-idp", ""):
        stranger = ScimClient(f"{httpd.url}{SCIM_LOCATION}/{name}", token="demo-wrong")
        answers.append(stranger.get("/Users"))
        stranger.close()
    for answer in answers:
        assert_unauthorized(answer)
    assert len({answer.body for answer in answers}) == 1


def test_a_wrong_token_is_in_no_log(idp: Any, httpd: Any) -> None:
    wrong = with_token(idp.scim, "demo-wrong-token-7d1f")
    wrong.get("/Users").expect(401)
    wrong.close()
    assert "demo-wrong-token-7d1f" not in httpd.error_log.path.read_text()


def test_what_was_refused_is_not_stored(idp: Any) -> None:
    wrong = with_token(idp.scim, "demo-wrong")
    wrong.post("/Users", {"userName": "mallory@example.com"}).expect(401)
    wrong.close()
    assert idp.scim.get("/Users").json()["totalResults"] == 0


def test_two_tokens_are_good_at_once_and_one_is_revoked(idp: Any, admin: AdminClient) -> None:
    """The old token works until it is revoked, so that an IdP is never locked out."""
    old_id = admin.tokens(idp.name)[0]["id"]
    second = admin.create_token(idp.name)
    new = with_token(idp.scim, second["token"])
    new.get("/Users").expect(200)
    idp.scim.get("/Users").expect(200)
    admin.revoke_token(idp.name, old_id)
    assert_unauthorized(idp.scim.get("/Users"))
    new.get("/Users").expect(200)
    new.close()


def test_a_revoked_token_is_refused_by_every_child_at_once(idp: Any, admin: AdminClient) -> None:
    """Many connections, so that every child has some, and one answer to all of them."""
    clients = [idp.scim.copy() for _ in range(16)]
    assert {client.get("/Users").status for client in clients} == {200}
    admin.revoke_token(idp.name, admin.tokens(idp.name)[0]["id"])
    assert {client.get("/Users").status for client in clients} == {401}
    token = admin.create_token(idp.name)["token"]
    for client in clients:
        client.token = token
    assert {client.get("/Users").status for client in clients} == {200}
    for client in clients:
        client.close()


def test_an_expired_token_is_refused(idp: Any, admin: AdminClient, httpd: Any) -> None:
    httpd.error_log.expect("SCIM0152", optional=True)
    made = admin.create_token(idp.name, expiresAt=soon(2))
    token_id = made["id"]
    short_lived = with_token(idp.scim, made["token"])
    short_lived.get("/Users").expect(200)
    until(lambda: short_lived.get("/Users").status == 401, "the token to expire")
    assert_unauthorized(short_lived.get("/Users"))
    short_lived.close()
    assert httpd.error_log.wait_for(f"token {token_id} expired")


def test_a_token_of_another_idp_is_named_in_the_log(make_idp: Callable[..., Any],
                                                    admin: AdminClient, httpd: Any) -> None:
    ours, others = make_idp(), make_idp()
    mixed = with_token(ours.scim, others.scim.token)
    assert_unauthorized(mixed.get("/Users"))
    mixed.close()
    token_id = admin.tokens(others.name)[0]["id"]
    assert httpd.error_log.wait_for(f"token {token_id} belongs to the IdP {others.name}")


def test_the_token_of_a_deleted_idp_is_refused(admin: AdminClient, site: Any) -> None:
    made = admin.create_idp("leaver", site=site.name)
    scim = ScimClient(made["scim"]["baseUrl"], token=made["scim"]["token"])
    scim.get("/Users").expect(200)
    admin.delete_idp("leaver")
    assert_unauthorized(scim.get("/Users"))
    scim.close()


def test_an_idp_that_comes_back_under_its_name_has_another_token(admin: AdminClient,
                                                                 site: Any) -> None:
    first, second = "", ""
    for _ in range(2):
        first, second = second, admin.create_idp("again", site=site.name)["scim"]["token"]
        admin.delete_idp("again")
    assert first != second and len(second) >= 43


def test_the_time_of_last_use_is_told(idp: Any, admin: AdminClient) -> None:
    assert admin.tokens(idp.name)[0]["lastUsedAt"] is None
    before = soon(-0.001)
    idp.scim.get("/Users").expect(200)
    used = admin.tokens(idp.name)[0]["lastUsedAt"]
    assert before <= used <= soon(0.001)
    wrong = with_token(idp.scim, "demo-wrong")
    wrong.get("/Users").expect(401)
    wrong.close()
    assert admin.tokens(idp.name)[0]["lastUsedAt"] == used

"""What is malformed, too large or ill-meant is refused with a sentence, and nothing is stored."""

import gzip
import json
import socket
from typing import Any, Iterator

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import PATCH_SCHEMA, SCIM_JSON, Response, ScimClient
from tests.harness.conf import SCIM_LOCATION, Settings

MAX_BODY = 4096
MAX_DEPTH = 8
MAX_OPERATIONS = 3
MAX_VALUES = 10
MAX_FILTER = 64
MAX_FILTER_DEPTH = 2
MAX_FILTER_LOOKS = 2

SETTINGS = Settings(locations={SCIM_LOCATION: f"""
    SetHandler scim-sync
    Require all granted
    ScimSyncMaxBody {MAX_BODY}
    ScimSyncMaxDepth {MAX_DEPTH}
    ScimSyncMaxOperations {MAX_OPERATIONS}
    ScimSyncMaxValues {MAX_VALUES}
    ScimSyncMaxFilter {MAX_FILTER}
    ScimSyncMaxFilterDepth {MAX_FILTER_DEPTH}
    ScimSyncMaxFilterLooks {MAX_FILTER_LOOKS}"""})

pytestmark = pytest.mark.parametrize("httpd", [SETTINGS], indirect=True, ids=["small"])


@pytest.fixture
def scim(idp: Any, admin: AdminClient) -> Iterator[ScimClient]:
    """A client whose requests must change nothing: not what was told, nor what is left to do."""
    admin.set_state(idp.name, "paused")
    before = counts(admin)
    yield idp.scim
    assert counts(admin) == before


def counts(admin: AdminClient) -> tuple[Any, ...]:
    status = admin.status()
    return status["told"], status["tasks"]["waiting"], status["tasks"]["failed"]


def assert_refused(answer: Response, status: int, words: str = "", scim_type: str | None = None
                   ) -> None:
    answer.expect(status)
    assert answer.headers.get_content_type() == SCIM_JSON
    body = answer.json()
    assert body["status"] == str(status) and body.get("scimType") == scim_type
    assert words in body["detail"]


@pytest.mark.parametrize("body, words", [
    (b"", "empty"),
    (b" ", "JSON"),
    (b"{", "ends too early"),
    (b"userName=ann", "not JSON"),
    (b"<user/>", "not JSON"),
    (b'{"userName": "a"} {}', "behind the end"),
    (b'{"userName": "a",}', "not JSON"),
    (b"{'userName': 'a'}", "not JSON"),
    (b'{"userName": "\xff"}', "not UTF-8"),
    (b'{"userName": "\xc0\x80"}', "not UTF-8"),
    (b'{"userName": "\xed\xa0\x80"}', "not UTF-8"),
    (b'{"userName": "a\\u0000b"}', "NUL"),
    (b'{"userName": "a\x00b"}', "JSON"),
    (b'{"user\\u0000Name": "a"}', "NUL"),
    (b'{"userName": "\\ud800"}', "JSON"),
    (b'{"userName": "a", "userName": "b"}', "twice"),
    (b'{"userName": "a", "nickName": 1e999}', "out of range"),
    (b'{"userName": "a", "nickName": 99999999999999999999}', "out of range"),
    (b'{"a":' * MAX_DEPTH + b"{}" + b"}" * MAX_DEPTH, f"more than {MAX_DEPTH} deep"),
    (b"[" * 2000, f"more than {MAX_DEPTH} deep"),
])
def test_a_body_that_is_no_json(body: bytes, words: str, scim: ScimClient) -> None:
    for method, path in (("POST", "/Users"), ("POST", "/Groups"), ("PUT", "/Users/x"),
                         ("PATCH", "/Users/x")):
        answer = scim.request(method, path, body=body, headers={"Content-Type": SCIM_JSON})
        assert_refused(answer, 400, words, "invalidSyntax")


@pytest.mark.parametrize("path", ["/Users", "/Groups"])
@pytest.mark.parametrize("body", ["[]", '[{"userName": "a", "displayName": "a"}]', "{}"])
def test_a_body_that_is_no_resource(path: str, body: str, scim: ScimClient) -> None:
    assert scim.post(path, body=body).expect(400).json()["status"] == "400"


@pytest.mark.parametrize("content_type", [
    "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data",
    "application/octet-stream", "nonsense", ";"])
def test_another_content_type(content_type: str, scim: ScimClient) -> None:
    answer = scim.post("/Users", {"userName": "a"}, headers={"Content-Type": content_type})
    assert_refused(answer, 415, "application/scim+json")


@pytest.mark.parametrize("content_type", [
    None, "application/json", "application/scim+json", "application/json; charset=utf-8",
    "Application/SCIM+JSON;charset=UTF-8", "text/json"])
def test_content_types_that_clients_send(content_type: str | None, idp: Any) -> None:
    answer = idp.scim.post("/Users", {"userName": "a"}, headers={"Content-Type": content_type})
    assert answer.expect(201).headers.get_content_type() == SCIM_JSON


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/html", "nonsense"])
def test_answers_are_scim_whatever_is_accepted(accept: str | None, idp: Any) -> None:
    for path, status in (("/Users", 200), ("/Nothing", 404)):
        answer = idp.scim.get(path, headers={"Accept": accept}).expect(status)
        assert answer.headers.get_content_type() == SCIM_JSON


def test_a_compressed_body(scim: ScimClient) -> None:
    body = gzip.compress(b'{"userName": "a"}')
    answer = scim.post("/Users", body=body, headers={"Content-Encoding": "gzip"})
    assert_refused(answer, 415, "compressed")


def user_of(size: int) -> bytes:
    """A user whose JSON has this many bytes."""
    frame = b'{"userName": "a", "title": ""}'
    return frame[:-2] + b"x" * (size - len(frame)) + frame[-2:]


def chunked(body: bytes) -> Iterator[bytes]:
    for at in range(0, len(body), 1000):
        yield body[at:at + 1000]


@pytest.mark.parametrize("size", [MAX_BODY + 1, MAX_BODY * 3])
def test_a_body_that_is_too_large(size: int, scim: ScimClient) -> None:
    answer = scim.post("/Users", body=user_of(size))
    assert_refused(answer, 413, f"{MAX_BODY} bytes")
    assert "ScimSyncMaxBody" in answer.json()["detail"]


@pytest.mark.parametrize("size", [MAX_BODY + 1, MAX_BODY * 3])
def test_a_chunked_body_that_is_too_large(size: int, scim: ScimClient) -> None:
    answer = scim.request("POST", "/Users", body=chunked(user_of(size)),
                          headers={"Content-Type": SCIM_JSON})
    assert_refused(answer, 413, f"{MAX_BODY} bytes")


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_of_just_the_size(is_chunked: bool, idp: Any) -> None:
    body = user_of(MAX_BODY)
    answer = idp.scim.request("POST", "/Users", body=chunked(body) if is_chunked else body,
                              headers={"Content-Type": SCIM_JSON})
    answer.expect(201)


def test_nesting_of_just_the_depth(idp: Any) -> None:
    inner: Any = "x"
    for _ in range(MAX_DEPTH - 2):
        inner = [inner]
    idp.scim.post("/Users", {"userName": "a", "urn:example:params:User": {"a": inner[0]}}
                  ).expect(201)


def patch_of(size: int) -> bytes:
    """A PATCH whose JSON has this many bytes."""
    frame = b'{"Operations": [{"op": "add", "path": "title", "value": ""}]}'
    return frame[:-4] + b"x" * (size - len(frame)) + frame[-4:]


@pytest.fixture
def ann(idp: Any, admin: AdminClient) -> Iterator[str]:
    """The path of a user who must stay as she is."""
    admin.set_state(idp.name, "paused")
    made = idp.scim.create_user("ann@example.com", emails=[
        {"type": "work", "value": f"{number}@example.com"} for number in range(MAX_VALUES)])
    path = f"/Users/{made['id']}"
    before = idp.scim.get(path).json()
    yield path
    assert idp.scim.get(path).json() == before


@pytest.mark.parametrize("method, body", [("PUT", user_of), ("PATCH", patch_of)])
def test_a_change_that_is_too_large(method: str, body: Any, ann: str, scim: ScimClient) -> None:
    headers = {"Content-Type": SCIM_JSON}
    answer = scim.request(method, ann, body=body(MAX_BODY + 1), headers=headers)
    assert_refused(answer, 413, f"{MAX_BODY} bytes")


def test_a_change_that_is_nested_too_deep(ann: str, scim: ScimClient) -> None:
    deep = "{" + '"a": {' * MAX_DEPTH + "}" * MAX_DEPTH + "}"
    urn = '"urn:example:params:User"'
    for method, body in (("PUT", f'{{"userName": "x", {urn}: {deep}}}'),
                         ("PATCH", f'{{"Operations": [{{"op": "add", "path": {urn}, '
                                   f'"value": {deep}}}]}}')):
        answer = scim.request(method, ann, body=body, headers={"Content-Type": SCIM_JSON})
        assert_refused(answer, 400, f"more than {MAX_DEPTH} deep", "invalidSyntax")


def test_a_body_that_ends_too_early(scim: ScimClient, httpd: Any) -> None:
    """A client that promises more than it sends, and closes its side."""
    target = scim.base_url.removeprefix(httpd.url)
    request = (f"POST {target}/Users HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {SCIM_JSON}\r\n"
               f"Authorization: Bearer {scim.token}\r\nContent-Length: 100\r\n\r\n"
               '{"userName": "a"}')
    assert " 400 " in exchange(httpd.port, request).splitlines()[0]


def exchange(port: int, request: str) -> str:
    """All that comes back for a request after which we send nothing more."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return answer.decode()


def operations(number: int) -> dict[str, Any]:
    one = {"op": "replace", "path": "title", "value": "x"}
    return {"schemas": [PATCH_SCHEMA], "Operations": [one] * number}


def test_too_many_operations(scim: ScimClient) -> None:
    answer = scim.patch("/Users/x", operations(MAX_OPERATIONS + 1))
    assert_refused(answer, 413, f"at most {MAX_OPERATIONS}")


def test_just_as_many_operations(idp: Any) -> None:
    ann = idp.scim.create_user("ann@example.com")
    idp.scim.patch(f"/Users/{ann['id']}", operations(MAX_OPERATIONS)).expect(200)


def test_too_many_values(scim: ScimClient) -> None:
    emails = [{"value": f"{number}@example.com"} for number in range(MAX_VALUES + 1)]
    answer = scim.post("/Users", {"userName": "a", "emails": emails})
    assert_refused(answer, 400, f"more than {MAX_VALUES}", "invalidValue")


def test_values_that_become_too_many(idp: Any) -> None:
    ann = idp.scim.create_user("ann@example.com", emails=[
        {"value": f"{number}@example.com"} for number in range(MAX_VALUES)])
    path = f"/Users/{ann['id']}"
    before = idp.scim.get(path).json()
    answer = idp.scim.patch_operations(path, {"op": "add", "path": "emails",
                                              "value": [{"value": "more@example.com"}]})
    assert_refused(answer, 400, f"more than {MAX_VALUES}", "invalidValue")
    assert idp.scim.get(path).json() == before


MORE = [{"value": f"more-{number}"} for number in range(MAX_VALUES + 1)]


@pytest.mark.parametrize("body", [
    {"userName": "x", "emails": MORE},
    {"userName": "x", "roles": [one["value"] for one in MORE]},
    {"userName": "x", "urn:example:params:User": {"tags": [one["value"] for one in MORE]}}])
def test_a_put_of_too_many_values(body: dict[str, Any], ann: str, scim: ScimClient) -> None:
    assert_refused(scim.put(ann, body), 400, f"more than {MAX_VALUES}", "invalidValue")


@pytest.mark.parametrize("operation", [
    {"op": "add", "path": "emails", "value": {"value": "more@example.com"}},
    {"op": "add", "path": 'emails[type eq "home"].value', "value": "more@example.com"},
    {"op": "replace", "path": "emails", "value": MORE},
    {"op": "add", "value": {"emails": [{"value": "more@example.com"}]}},
    {"op": "add", "value": {'emails[type eq "home"].value': "more@example.com"}},
    {"op": "add", "path": "urn:example:params:User:tags", "value": MORE},
    {"op": "add", "path": "urn:example:params:User:desk.tags", "value": MORE},
], ids=str)
def test_a_patch_that_brings_too_many_values(operation: dict[str, Any], ann: str,
                                             scim: ScimClient) -> None:
    change = {"op": "replace", "path": "userName", "value": "other@example.com"}
    answer = scim.patch_operations(ann, change, operation)
    assert_refused(answer, 400, "Operation 2: ", "invalidValue")
    assert f"more than {MAX_VALUES}" in answer.json()["detail"]


def test_members_are_bounded_by_the_body_alone(idp: Any) -> None:
    members = [f"m{number}" for number in range(5 * MAX_VALUES)]
    group = idp.scim.create_group("Team", members)
    assert len(group["members"]) == len(members)


def test_a_filter_that_is_too_long(scim: ScimClient) -> None:
    fits = f'userName eq "{"x" * (MAX_FILTER - 14)}"'
    assert len(fits) == MAX_FILTER
    assert scim.find("/Users", fits) == []
    answer = scim.get("/Users?filter=" + (fits[:-1] + 'x"').replace(" ", "+"))
    assert_refused(answer, 400, str(MAX_FILTER), "invalidFilter")


def test_a_filter_of_a_search_that_is_too_long(scim: ScimClient) -> None:
    text = f'userName eq "{"x" * (MAX_FILTER - 13)}"'
    for path in ("/.search", "/Users/.search"):
        assert_refused(scim.post(path, {"filter": text}), 400, str(MAX_FILTER), "invalidFilter")


@pytest.mark.parametrize("dear", [
    "title pr or title co 1 or title eq 2", "name pr or emails[type eq 1 and value co 2]",
    "groups eq 1 or not (groups.display sw 2 or title pr)"])
def test_a_filter_that_is_too_dear(dear: str, scim: ScimClient) -> None:
    for path in ("/.search", "/Users/.search"):
        assert_refused(scim.post(path, {"filter": dear}), 400, str(MAX_FILTER_LOOKS), "tooMany")
    assert scim.find("/Users", "title pr or title co 1 or id eq 2 or emails eq 3") == []


@pytest.mark.parametrize("begin, end", [("(", ")"), ("not (", ")"), ("(emails[(", ")])")])
def test_a_filter_that_is_too_deep(begin: str, end: str, scim: ScimClient) -> None:
    too_deep = f"{begin * 3}value pr{end * 3}" if "[" not in begin else f"{begin}value pr{end}"
    answer = scim.get("/Users?filter=" + too_deep.replace(" ", "+"))
    assert_refused(answer, 400, "too deep", "invalidFilter")


def test_a_filter_that_is_just_not_too_deep(scim: ScimClient) -> None:
    assert scim.find("/Users", "(not (userName pr))") == []


@pytest.mark.parametrize("character", ["\x01", "\t", "\n", "\r", "\x1b", "\x7f", "\x85"])
def test_control_characters_in_a_name(character: str, scim: ScimClient) -> None:
    """What people and IdPs look something up by must be something that they can type."""
    for path, attribute in (("/Users", "userName"), ("/Users", "externalId"),
                            ("/Groups", "displayName")):
        body = {"userName": "a", "displayName": "a"} | {attribute: f"a{character}b"}
        assert_refused(scim.post(path, body), 400, attribute, "invalidValue")


@pytest.mark.parametrize("path, attribute", [("/Users", "userName"), ("/Groups", "displayName")])
def test_a_name_that_is_too_long(path: str, attribute: str, scim: ScimClient) -> None:
    assert_refused(scim.post(path, {attribute: "x" * 1025}), 400, attribute, "invalidValue")


def test_errors_quote_what_is_cut_inside_a_character(scim: ScimClient) -> None:
    """The answer must stay JSON wherever a long name is cut."""
    for length in range(70, 90):
        answer = scim.patch("/Users/x", {"schemas": [PATCH_SCHEMA], "Operations": [
            {"op": "replace", "path": "a" * length + "é" * 20, "value": "x"}]})
        assert_refused(answer, 400, "aaa", "invalidPath")


def test_errors_quote_no_value(scim: ScimClient) -> None:
    """A value may be a password at the wrong place."""
    secret = "demo-Sesame-open"
    bodies = [f'{{"userName": "a", "password": "{secret}" oops}}',
              f'{{"userName": "a", "active": "{secret}"}}',
              json.dumps({"userName": "a", "emails": secret, "name": secret})]
    for body in bodies:
        assert secret not in scim.post("/Users", body=body).expect(400).text()

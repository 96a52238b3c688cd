"""What httpd itself answers at our locations: SCIM there too, whatever ErrorDocument says.

Identity providers can't parse HTML; they show "unrecognized token '<'" and hide the cause.
"""

import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from typing import Any

import pytest

from tests.harness.admin import scim_client
from tests.harness.client import JSON, SCIM_JSON, Client, Response
from tests.harness.conf import ADMIN_LOCATION, SCIM_LOCATION, SCIM_V1_LOCATION, Settings

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
PROBLEM = "application/problem+json"
STATUSES = (400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415, 417, 422, 429, 500, 501,
            502, 503, 504)
FORBIDDEN = "/forbidden/v2"
FORBIDDEN_V1 = "/forbidden/v1"
GUARDED = "/guarded/v2"
SMALL = "/small/v2"
PLAIN = "/plain"
PAGE = "/demo-page"

DOCUMENTS = {
    "none": "",
    "text": "\n".join(f'ErrorDocument {status} "demo page"' for status in STATUSES),
    "path": "\n".join(f"ErrorDocument {status} {PAGE}" for status in STATUSES),
    # httpd takes no URL for 401.
    "url": "\n".join(f"ErrorDocument {status} https://www.example.com/demo-page"
                     for status in STATUSES if status != 401),
}
SETTINGS = {name: Settings(
    extra=f"{text}\nRequestReadTimeout header=1 body=1", modules=["reqtimeout", "status"],
    locations={
        FORBIDDEN: "SetHandler scim-sync\nRequire all denied",
        FORBIDDEN_V1: "SetHandler scim-sync\nScimSyncVersion 1.1\nRequire all denied",
        GUARDED: """
            SetHandler scim-sync
            AuthType Basic
            AuthName "demo"
            AuthUserFile /dev/null
            Require valid-user""",
        SMALL: "SetHandler scim-sync\nRequire all granted\nLimitRequestBody 100",
        PLAIN: "Require all denied",
        PAGE: "SetHandler server-status\nRequire all granted",
    }) for name, text in DOCUMENTS.items()}

pytestmark = pytest.mark.parametrize("httpd", SETTINGS.values(), indirect=True, ids=SETTINGS)


@pytest.fixture
def client(httpd: Any) -> Any:
    made = httpd.client()
    yield made
    made.close()


def assert_scim(answer: Response, status: int) -> None:
    answer.expect(status)
    assert answer.headers.get_content_type() == SCIM_JSON, answer.text()[:200]
    body = answer.json()
    assert body["schemas"] == [ERROR] and body["status"] == str(status) and body["detail"]
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert "Location" not in answer.headers


def assert_v1(answer: Response, status: int) -> None:
    """The form of SCIM 1.1."""
    answer.expect(status)
    assert answer.headers.get_content_type() == JSON, answer.text()[:200]
    error, = answer.json().pop("Errors")
    assert error["code"] == str(status) and error["description"] and len(error) == 2
    assert int(answer.headers["Content-Length"]) == len(answer.body)


def exchange(httpd: Any, request: bytes) -> Response:
    """What comes back for bytes that no HTTP client would send, to the end of the connection."""
    with socket.create_connection(("127.0.0.1", httpd.port), timeout=20) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        return Response(answer.status, answer.headers, answer.read(), repr(request[:60]))


def request_of(path: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", *headers, "", ""]).encode("latin-1")


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_forbidden_by_require(method: str, client: Client, httpd: Any) -> None:
    httpd.error_log.expect("AH01630")
    assert_scim(client.request(method, FORBIDDEN + "/okta/Users"), 403)


def test_the_form_is_that_of_the_version(client: Client, httpd: Any) -> None:
    httpd.error_log.expect("AH01630|AH10244")
    assert_v1(client.get(FORBIDDEN_V1 + "/okta/Users"), 403)
    assert_v1(client.get(SCIM_V1_LOCATION + "/okta/Users%2Fx"), 404)
    assert_v1(client.get(SCIM_V1_LOCATION + "/okta/Users"), 401)
    for path, headers in (("/okta/Users", []), ("/okta/%zz", ["Host: x"])):
        assert_v1(exchange(httpd, request_of(SCIM_V1_LOCATION + path, *headers)), 400)


def test_unauthorized_by_another_module(client: Client) -> None:
    answer = client.get(GUARDED + "/okta/Users")
    assert_scim(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("path", ["/okta/Users%2Fx", "/okta/%2e%2e%2f"])
def test_encoded_slashes(path: str, client: Client) -> None:
    assert_scim(client.get(SCIM_LOCATION + path), 404)


def test_a_nul_in_the_path(httpd: Any) -> None:
    assert_scim(exchange(httpd, request_of(SCIM_LOCATION + "/okta/%00", "Host: x")), 404)


def test_limit_request_body(admin: Any, site: Any, httpd: Any) -> None:
    httpd.error_log.expect("AH01587|AH00588|exceeds the configured limit", optional=True)
    made = admin.create_idp("limited", site=site.name)
    scim = scim_client(made)
    url = made["scim"]["baseUrl"].replace(SCIM_LOCATION, SMALL)
    try:
        body = {"userName": "x" * 200}
        assert_scim(scim.post(url + "/Users", body), 413)
        headers = {"Content-Type": SCIM_JSON}
        chunks = iter([b'{"userName": "', b"x" * 200, b'"}'])
        assert_scim(scim.request("POST", url + "/Users", body=chunks, headers=headers), 413)
        assert scim.get("/Users").json()["totalResults"] == 0
    finally:
        scim.close()
        admin.delete_idp("limited")


@pytest.mark.parametrize("request_bytes", [
    pytest.param(request_of(SCIM_LOCATION + "/okta/Users"), id="no Host"),
    pytest.param(request_of(SCIM_LOCATION + "/okta/Users", "Host: x", "no colon"), id="no colon"),
    pytest.param(request_of(SCIM_LOCATION + "/okta/Users", "Host: x", "A B: c"), id="bad name"),
    pytest.param(request_of(SCIM_LOCATION + "/okta/Users", "Host: x", "Long: " + "a" * 9000),
                 id="long header"),
    pytest.param(request_of(SCIM_LOCATION + "/okta/Users", "Host: x", "Content-Length: many",
                            method="POST"), id="Content-Length"),
    pytest.param(request_of(SCIM_LOCATION + "/okta/Users", "Host: x", "Transfer-Encoding: demo",
                            method="POST"), id="Transfer-Encoding"),
])
def test_bad_headers(request_bytes: bytes, httpd: Any) -> None:
    assert_scim(exchange(httpd, request_bytes), 400)


def test_a_path_that_can_not_be_decoded(httpd: Any) -> None:
    httpd.error_log.expect("AH10244")
    assert_scim(exchange(httpd, request_of(SCIM_LOCATION + "/okta/%zz", "Host: x")), 400)


def early(status: int, request: pytest.FixtureRequest) -> int:
    """httpd forgets the status when it redirects so early to a URL: a 4xx is all that is left."""
    return 400 if "url" in request.node.callspec.id else status


def test_an_unknown_expectation(httpd: Any, request: pytest.FixtureRequest) -> None:
    sent = request_of(SCIM_LOCATION + "/okta/Users", "Host: x", "Expect: demo",
                      "Connection: close")
    assert_scim(exchange(httpd, sent), early(417, request))


def test_what_does_not_arrive_in_time(admin: Any, site: Any, httpd: Any,
                                      request: pytest.FixtureRequest) -> None:
    """The location is known in both cases: the request line has come."""
    made = admin.create_idp("slow", site=site.name)
    scim = scim_client(made)
    headers = f"GET {SCIM_LOCATION}/slow/Users HTTP/1.1\r\nHost: x\r\n".encode()
    body = request_of(f"{SCIM_LOCATION}/slow/Users", "Host: x", f"Content-Type: {SCIM_JSON}",
                      f"Authorization: Bearer {scim.token}", "Content-Length: 50",
                      method="POST") + b'{"userName": "a"'
    try:
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda sent: exchange(httpd, sent), [headers, body]))
        assert_scim(answers[0], early(408, request))
        assert_scim(answers[1], 408)
        assert scim.get("/Users").json()["totalResults"] == 0
    finally:
        scim.close()
        admin.delete_idp("slow")


def test_our_own_errors_stay_ours(idp: Any) -> None:
    scim = idp.scim
    ann = scim.create_user("ann@example.com")
    for answer, status in (
            (scim.get("/Users", headers={"Authorization": None}), 401),
            (scim.get("/Users/nobody"), 404),
            (scim.get("/Users?filter=nonsense"), 400),
            (scim.post("/Users", {"userName": "ann@example.com"}), 409),
            (scim.post("/Users", body="x", headers={"Content-Type": "text/plain"}), 415),
            (scim.get("/Me"), 501),
            (scim.put("/Users", {}), 405)):
        assert_scim(answer, status)
    assert scim.get(f"/Users/{ann['id']}").status == 200


def test_errors_of_httpd_in_the_admin_api_are_json(client: Client, httpd: Any) -> None:
    for path, status in ((f"{ADMIN_LOCATION}/api/sites", 401),
                         (f"{ADMIN_LOCATION}/api%2Fsites", 404)):
        answer = client.get(path).expect(status)
        assert answer.headers.get_content_type() == PROBLEM, answer.text()
        body = answer.json()
        assert body["status"] == status and body["title"] and body["detail"]
    assert answer.headers.get("Location") is None


def test_other_locations_keep_their_error_documents(client: Client, httpd: Any,
                                                    request: pytest.FixtureRequest) -> None:
    httpd.error_log.expect("AH01630|AH00035|AH00128", optional=True)
    answer = client.get(PLAIN)
    name = request.node.callspec.id
    assert answer.status == (302 if "url" in name else 403)
    assert answer.headers.get_content_type() == "text/html"
    if "text" in name:
        assert answer.text() == "demo page"

"""What the simulated Jira holds against a client: violations."""

from __future__ import annotations

import socket

import pytest

from tests.simulators.jira import SimulatedJira
from tests.simulators.jira.app import TABLES
from tests.simulators.jira.fixtures import Api, api, careless_jira, jira, one_jira  # noqa: F401

USER = {"emailAddress": "mia@example.com", "products": ["jira-software"]}


def problems(jira):
    return [one["problem"] for one in jira.control.violations()]


@pytest.mark.parametrize("method, path, query, body, headers, status, problem", [
    ("GET", "nonsense", {}, None, {}, 404, "unknown path /rest/api/3/nonsense"),
    ("GET", "myself/", {}, None, {}, 404, "unknown path /rest/api/3/myself/"),
    ("PUT", "user", {}, USER, {}, 405, "PUT is not allowed on /rest/api/3/user"),
    ("PATCH", "group", {}, {"name": "x"}, {}, 405, "PATCH is not allowed on /rest/api/3/group"),
    ("GET", "myself", {"nonsense": 1}, None, {}, 200, "unknown query parameter 'nonsense'"),
    ("GET", "group/member", {"groupid": "x"}, None, {}, 400,
     "unknown query parameter 'groupid'"),
    ("GET", "user", {"username": "mia", "accountId": "x"}, None, {}, 404,
     "unknown query parameter 'username'"),
    ("GET", "user", {}, None, {}, 400, "query parameter 'accountId' is missing"),
    ("GET", "user", {"accountId": ""}, None, {}, 400, "query parameter 'accountId' is missing"),
    ("GET", "users/search", {"startAt": "x"}, None, {}, 400,
     "query parameter 'startAt' can't be 'x'"),
    ("GET", "users/search", {"startAt": -1}, None, {}, 400,
     "query parameter 'startAt' can't be '-1'"),
    ("GET", "users/search", {"startAt": [0, 1]}, None, {}, 200,
     "query parameter 'startAt' is given more than once"),
    ("GET", "group/bulk", {"accessType": "users"}, None, {}, 400,
     "query parameter 'accessType' can't be 'users'"),
    ("GET", "groups/picker", {"caseInsensitive": "yes"}, None, {}, 400,
     "query parameter 'caseInsensitive' can't be 'yes'"),
    ("GET", "myself", {}, {}, {}, 200, "getCurrentUser takes no body"),
    ("GET", "myself", {}, None, {"User-Agent": None}, 200, "header User-Agent is missing"),
    ("GET", "myself", {}, None, {"Accept": None}, 200, "header Accept is missing"),
    ("POST", "user", {}, USER, {"Content-Type": None}, 415,
     "the body's Content-Type is not application/json"),
    ("POST", "user", {}, USER, {"Content-Type": "text/plain"}, 415,
     "the body's Content-Type is not application/json"),
    ("POST", "user", {}, b"{", {}, 400, "the body is not a JSON object"),
    ("POST", "user", {}, ["x"], {}, 400, "the body is not a JSON object"),
    ("POST", "user", {}, {"emailAddress": "mia@example.com"}, {}, 400,
     "body property 'products' is missing"),
    ("POST", "user", {}, USER | {"displayName": "Mia"}, {}, 400,
     "unknown body property 'displayName'"),
    ("POST", "user", {}, USER | {"products": ["jira"]}, {}, 400,
     "body property 'products' can't be ['jira']"),
    ("POST", "user", {}, USER | {"products": "jira-software"}, {}, 400,
     "body property 'products' is not of kind strings"),
    ("POST", "user", {}, USER | {"products": ["jira-core", "jira-core"]}, {}, 201,
     "body property 'products' holds a value twice"),
    ("POST", "group", {}, {"name": 7}, {}, 400, "body property 'name' is not of kind string"),
])
def test_a_clients_mistake_is_answered_as_jira_would_and_recorded(
        careless_jira, api, method, path, query, body, headers, status, problem):
    reply = api.call(method, path, query, body, headers)
    assert reply.status == status
    assert problem in problems(careless_jira)


def test_405_says_what_is_allowed(careless_jira, api):
    assert api.call("PUT", "user").headers["Allow"] == "DELETE, GET, POST"


def test_a_refused_request_changes_nothing(careless_jira, api):
    api.call("POST", "user", body=USER | {"displayName": "Mia"})
    assert careless_jira.control.counts()["createdAccounts"] == {}


def test_without_a_token_401_comes_before_what_is_wrong_with_the_request(careless_jira, api):
    api.authorization = None
    assert api.call("POST", "user", body={}).status == 401
    assert problems(careless_jira)


def test_a_request_that_is_no_http_is_recorded(careless_jira):
    with socket.create_connection(("127.0.0.1", careless_jira.port)) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        while connection.recv(4096):
            pass
    assert "malformed request" in problems(careless_jira)[0]


def test_a_chunked_body_is_read(jira, api):
    api.connection.request(
        "POST", "/rest/api/3/group", iter([b'{"name":', b'"team"}']),
        {"Authorization": api.authorization, "User-Agent": "x", "Accept": "*/*",
         "Content-Type": "application/json; charset=utf-8"}, encode_chunked=True)
    answer = api.connection.getresponse()
    answer.read()
    assert answer.status == 201


def test_a_client_that_waits_for_100_continue_gets_it(jira, api):
    head = (f"POST /rest/api/3/group HTTP/1.1\r\nHost: x\r\nUser-Agent: x\r\nAccept: */*\r\n"
            f"Authorization: {api.authorization}\r\nContent-Type: application/json\r\n"
            f"Content-Length: 15\r\nExpect: 100-continue\r\n\r\n")
    with socket.create_connection(("127.0.0.1", jira.port), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b'{"name":"team"}')
        assert connection.recv(4096).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize("query, body, problem", [
    ({"nonsense": 1}, {"name": "x"}, "openapi: unknown query parameter nonsense"),
    ({}, {"name": "x", "users": []}, "openapi: body: users is not allowed"),
    ({}, {"name": None}, "openapi: body.name: None is no string"),
    ({}, {}, "openapi: body: name is missing"),
    ({}, None, "openapi: the body is missing"),
    ({}, b"{", "openapi: the body is no JSON"),
])
def test_the_published_document_is_a_second_judge(careless_jira, api, query, body, problem):
    if not careless_jira.checks_openapi:
        pytest.skip("the published API document is not at hand")
    api.call("POST", "group", query, body)
    assert problem in problems(careless_jira)


def test_every_operation_is_in_the_published_document(careless_jira, api):
    if not careless_jira.checks_openapi:
        pytest.skip("the published API document is not at hand")
    for operation in (one for table in TABLES for one in table):
        api.call(operation.method, operation.path.removeprefix("/rest/api/3/"))
    assert not [one for one in problems(careless_jira) if "openapi: there is no" in one]


def test_without_the_document_everything_else_works():
    with SimulatedJira(specs=False) as simulator:
        client = Api(simulator)
        assert client.create_user("mia@example.com", "jira-software").status == 201
        client.get("user", nonsense=1)
        client.connection.close()
        assert not simulator.checks_openapi
        assert len(problems(simulator)) == 2

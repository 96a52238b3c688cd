"""The simulated Google: users.watch, channels.stop, and the notifications that are sent."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.simulators.google.fixtures import api, careless_google, google, one_google  # noqa: F401

STOP = "/admin/directory_v1/channels/stop"


@pytest.fixture
def receiver():
    """A server that keeps what it is sent: headers and bodies; `statuses` are its answers, 200
    when they are used up."""
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.got.append((self.headers, json.loads(body) if body else None))
            self.send_response(server.statuses.pop(0) if server.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.got, server.statuses = [], []
        server.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def wait_for(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def watch(api, url, event=None, **body):
    query = {"customer": "my_customer"} | ({"event": event} if event else {})
    return api.call("POST", "users/watch", query, {
        "id": "demo-channel", "type": "web_hook", "address": url, "token": "demo-hint"} | body)


def test_a_channel_tells_of_changes_until_it_is_stopped(google, api, receiver):
    google.control.configure(channel_address="any")
    opened = watch(api, receiver.url, params={"ttl": "3600"})
    assert (opened.status, opened.content["kind"]) == (200, "api#channel")
    assert 3500 < int(opened.content["expiration"]) / 1000 - time.time() < 3700
    wait_for(lambda: len(receiver.got) == 1)
    headers, body = receiver.got[0]
    assert (headers["X-Goog-Resource-State"], headers["X-Goog-Message-Number"], body) == (
        "sync", "1", None)
    assert headers["X-Goog-Channel-Token"] == "demo-hint"
    assert headers["X-Goog-Resource-ID"] == opened.content["resourceId"]

    ada = google.control.edit("add-user", email="ada@example.com")["id"]
    google.control.edit("set-user", user=ada, suspended=True)
    google.control.edit("set-user", user=ada, is_admin=True)
    google.control.edit("remove-user", user=ada)
    google.control.edit("undelete-user", user=ada)
    wait_for(lambda: len(receiver.got) == 6)
    assert [headers["X-Goog-Resource-State"] for headers, _ in receiver.got[1:]] == [
        "add", "update", "makeAdmin", "delete", "undelete"]
    numbers = [int(headers["X-Goog-Message-Number"]) for headers, _ in receiver.got]
    assert numbers == sorted(set(numbers))
    assert receiver.got[1][1].keys() == {"kind", "id", "etag", "primaryEmail"}

    stop = {"id": "demo-channel", "resourceId": opened.content["resourceId"]}
    good = api.token
    api.token = google.control.issue_token(user="other@example.com")
    assert api.call("POST", STOP, body=stop).status == 404
    api.token = good
    assert api.call("POST", STOP, body=stop).status == 204
    assert (api.call("POST", STOP, body=stop).status, google.control.channels()) == (404, [])
    google.control.edit("set-user", user=ada, suspended=False)
    assert len(receiver.got) == 6


def test_one_event_alone(google, api, receiver):
    google.control.configure(channel_address="any")
    watch(api, receiver.url, "delete")
    google.control.edit("add-user", email="ada@example.com")
    google.control.edit("remove-user", user="ada@example.com")
    wait_for(lambda: len(receiver.got) == 2)
    assert receiver.got[1][0]["X-Goog-Resource-State"] == "delete"


@pytest.mark.parametrize("statuses, tries", [([503, 500, 200], 3), ([404], 1), ([502] * 9, 5)])
def test_what_is_sent_again(google, api, receiver, statuses, tries):
    google.control.configure(channel_address="any", channel_retry_ms=1)
    receiver.statuses += statuses
    watch(api, receiver.url)
    wait_for(lambda: len(receiver.got) == tries)
    google.control.edit("add-user", email="ada@example.com")
    receiver.statuses.clear()
    wait_for(lambda: len(google.control.channels()[0]["messages"]) == 2)
    first, second = google.control.channels()[0]["messages"]
    assert (first["tries"], first["status"]) == (tries, statuses[tries - 1])
    assert (second["state"], "demo-hint" in json.dumps(google.control.channels())) == ("add", False)


def test_a_channel_lives_six_hours_at_most(google, api, receiver):
    google.control.configure(channel_address="any")
    long = watch(api, receiver.url, params={"ttl": 999_999})
    left = int(long.content["expiration"]) / 1000 - time.time()
    assert 6 * 3600 - 60 < left <= 6 * 3600
    google.control.configure(channel_seconds=0)
    watch(api, receiver.url, id="second")
    google.control.edit("add-user", email="ada@example.com")
    wait_for(lambda: len(receiver.got) == 3)
    assert [len(one["messages"]) for one in google.control.channels()] == [2, 1]


@pytest.mark.parametrize("changes", [
    {"id": ""}, {"id": "x" * 65}, {"token": "x" * 257}, {"type": "email"}, {"nonsense": 1},
    {"address": "http://127.0.0.1:1/"}, {"address": "nonsense"}, {"params": {"ttl": "soon"}},
    {"params": {"ttl": -1}}, {"params": 7}])
def test_a_channel_that_cant_be(careless_google, api, changes):
    assert watch(api, **{"url": "https://127.0.0.1:1/hook"} | changes_for(changes)).status == 400
    assert careless_google.control.channels() == []


def changes_for(changes):
    return {"url" if name == "address" else name: value for name, value in changes.items()}


def test_an_id_is_good_once(google, api, receiver):
    google.control.configure(channel_address="any")
    assert [watch(api, receiver.url).status for _ in range(2)] == [200, 400]


def test_a_watch_needs_a_scope(google, api):
    api.token = google.control.issue_token("admin.directory.group.readonly")
    assert watch(api, "https://127.0.0.1:1/").status == 403

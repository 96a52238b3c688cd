"""Google says that users have changed: channels are made, replaced and stopped, and what they bring
is a hint to pull, from nobody but Google."""

from __future__ import annotations

import uuid
from typing import Any, Callable, Iterator

import pytest

from tests.harness import conf
from tests.harness.client import Client, Response
from tests.harness.httpd import Database, Httpd
from tests.harness.sql import execute
from tests.harness.wait import until
from tests.integration.pulled import (  # noqa: F401
    Pulled, directory, pulled, small)

pytestmark = pytest.mark.any_mpm

EVENTS = ["add", "delete", "undelete", "update"]
MINUTE = 60_000


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    return google_httpd


class Watched:
    """A Workspace that was pulled, whose Google can reach our server."""

    def __init__(self, pulled: Pulled, httpd: Httpd):
        self.pulled = pulled
        self.admin = pulled.admin
        self.control = pulled.control
        self.name = pulled.workspace.name
        self.path = f"{pulled.path}/google/schedule"
        self.address = httpd.url + conf.PUSH_LOCATION
        self._httpd = httpd

    def show(self) -> dict[str, Any]:
        return self.admin.get(self.path).expect(200).json()

    def put(self, **schedule: Any) -> dict[str, Any]:
        return self.admin.put(self.path, schedule).expect(200).json()

    def watch(self, minutes: int = 5) -> None:
        """Google tells us, and may make one pull in so many minutes."""
        self.put(push={"address": self.address, "atMostEvery": {"minutes": minutes}})
        self.until("watching")

    def until(self, state: str) -> dict[str, Any]:
        return until(lambda: (shown := self.show()["watch"])["state"] == state and shown,
                     f"the channels to be {state}")

    def channels(self) -> list[dict[str, Any]]:
        return sorted(self.control.channels(), key=lambda one: one["event"])

    def runs(self) -> list[tuple[str, str]]:
        runs = self.admin.get(f"{self.pulled.path}/pulls").expect(200).json()["pulls"]
        return [(run["cause"], run["state"]) for run in runs]

    def until_run(self, *runs: tuple[str, str]) -> None:
        until(lambda: self.runs() == list(runs), f"{runs} to be all runs")

    def pass_by(self, minutes: int) -> None:
        """So much time goes by: all that was done was done earlier. The runs are the last, since
        they are what a pull is due by."""
        ms = minutes * MINUTE
        for change in (f"google SET since = since - {ms} WHERE idp =",
                       f"google_channel SET made = made - {ms}, expires = expires - {ms}"
                       " WHERE idp =",
                       f"google_push SET hinted = hinted - {ms} WHERE hinted > 0 AND idp =",
                       "google_push SET ask_at = 0 WHERE idp =",
                       f"google_run SET asked = asked - {ms}, started = started - {ms},"
                       f" ended = ended - {ms} WHERE ended > 0 AND idp ="):
            execute(self._httpd.database, f"UPDATE {change} '{self.name}'")

    def send(self, channel: str, token: str | None, number: int = 7, state: str = "update"
             ) -> Response:
        """A message, from whoever it is."""
        headers = {"X-Goog-Channel-ID": channel, "X-Goog-Resource-State": state,
                   "X-Goog-Message-Number": str(number)}
        if token is not None:
            headers["X-Goog-Channel-Token"] = token
        return Client(self._httpd.url).request("POST", conf.PUSH_LOCATION, headers=headers)


@pytest.fixture
def watched(pulled: Pulled, httpd: Httpd) -> Iterator[Watched]:
    pulled.control.configure(channel_address="any")
    small(pulled)
    pulled.pull()
    yield Watched(pulled, httpd)


def tokens(watched: Watched) -> dict[str, str]:
    """The token of each channel, as Google was told it."""
    return {entry["body"]["id"]: entry["body"]["token"]
            for entry in watched.control.entries("directory.users.watch")}


def test_what_changes_at_google_is_pulled(watched: Watched) -> None:
    watched.watch(minutes=1)
    channels = watched.channels()
    assert [channel["event"] for channel in channels] == EVENTS
    # The first message of each says nothing.
    until(lambda: all(channel["messages"] for channel in watched.channels()), "first messages")
    assert [channel["messages"][0]["status"] for channel in watched.channels()] == [204] * 4
    assert watched.show()["watch"]["heardAt"] is None
    watched.pass_by(2)
    watched.control.edit("set-user", user="eva@example.com", suspended=False)
    watched.until_run(("push", "done"), ("demand", "done"))
    assert "eva@example.com" in watched.pulled.scene.settle().accounts
    assert watched.show()["watch"]["heardAt"] is not None


def test_what_is_said_too_soon_is_not_lost(watched: Watched) -> None:
    watched.watch(minutes=5)
    watched.control.edit("set-user", user="eva@example.com", suspended=False)
    shown = until(lambda: (shown := watched.show())["next"] and shown, "a next pull")
    assert shown["cause"] == "push"
    for name in ("jim", "kim", "lou"):
        watched.control.edit("add-user", email=f"{name}@example.com")
    assert watched.runs() == [("demand", "done")]
    watched.pass_by(6)
    watched.until_run(("push", "done"), ("demand", "done"))
    assert "kim@example.com" in watched.pulled.scene.settle().accounts
    assert watched.show()["next"] is None
    assert watched.runs() == [("push", "done"), ("demand", "done")]


def test_nobody_else_is_listened_to(watched: Watched) -> None:
    watched.watch(minutes=1)
    watched.pass_by(2)
    known = tokens(watched)
    channel = watched.channels()[0]["id"]
    other = next(token for one, token in known.items() if one != channel)
    for token in (None, "", "wrong", other, known[channel] + "x", known[channel][:-1], "x" * 43):
        answer = watched.send(channel, token)
        assert (answer.status, answer.body) == (404, b""), token
    for unknown in (str(uuid.uuid4()), "", "x", channel.upper(), channel + "' OR 1", "x" * 5000,
                    "\u00e4" * 18):
        answer = watched.send(unknown, known[channel])
        assert (answer.status, answer.body) == (404, b""), unknown
    assert watched.runs() == [("demand", "done")]
    assert watched.show()["watch"]["heardAt"] is None
    # Whoever knows both is heard.
    assert watched.send(channel, known[channel]).status == 204
    watched.until_run(("push", "done"), ("demand", "done"))


def test_a_message_that_is_sent_again_says_nothing_new(watched: Watched) -> None:
    watched.watch(minutes=1)
    watched.pass_by(2)
    channel = watched.channels()[0]["id"]
    token = tokens(watched)[channel]
    assert watched.send(channel, token, number=9).status == 204
    watched.until_run(("push", "done"), ("demand", "done"))
    watched.pass_by(2)
    for number in (9, 8, 1, 0, -3):
        assert watched.send(channel, token, number=number).status == 204
    assert watched.send(channel, token, number=20, state="sync").status == 204
    assert watched.show()["next"] is None
    assert watched.runs() == [("push", "done"), ("demand", "done")]


def test_other_methods(watched: Watched, httpd: Httpd) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = Client(httpd.url).request(method, conf.PUSH_LOCATION)
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


def test_channels_are_replaced_before_they_end_and_then_stopped(watched: Watched) -> None:
    watched.watch()
    old = {channel["id"] for channel in watched.channels()}
    watched.pass_by(60)
    assert {channel["id"] for channel in watched.channels()} == old
    watched.pass_by(4 * 60)
    until(lambda: len(found := {one["id"] for one in watched.channels()}) == 4
          and not found & old, "others in their place")
    # While one was made the one before was open: nothing was missed in between.
    order = [(entry["operation"], entry["body"]["id"]) for entry in watched.control.entries()
             if entry["operation"] in ("directory.users.watch", "admin.channels.stop")]
    assert [operation for operation, _ in order] == \
        ["directory.users.watch"] * 8 + ["admin.channels.stop"] * 4
    assert {channel for _, channel in order[8:]} == old
    watched.until("watching")


def test_a_channel_of_short_life_is_replaced_by_google_s_word(watched: Watched) -> None:
    watched.control.configure(channel_seconds=600)
    watched.watch()
    shown = watched.show()["watch"]
    assert shown["until"] is not None
    watched.pass_by(8)
    until(lambda: watched.show()["watch"]["until"] not in (None, shown["until"])
          and len(watched.control.entries("directory.users.watch")) == 8, "others")


def test_another_address_has_channels_of_its_own(watched: Watched) -> None:
    watched.watch()
    address = watched.address.replace("127.0.0.1", "localhost")
    watched.put(push={"address": address})
    until(lambda: [one["address"] for one in watched.channels()] == [address] * 4,
          "channels to the other address")


def test_switched_off_they_are_stopped(watched: Watched) -> None:
    watched.watch()
    watched.put(every={"hours": 6})
    until(lambda: watched.channels() == [], "the channels to be stopped")
    assert watched.show()["watch"] is None


def test_they_end_with_the_connection(watched: Watched) -> None:
    watched.watch()
    known = tokens(watched)
    watched.admin.post(f"{watched.pulled.path}/google/disconnect", {"confirm": True}).expect(200)
    assert watched.channels() == []
    assert watched.show()["watch"]["state"] == "off"
    # What Google sends all the same is from nobody who is known.
    assert {watched.send(one, token).status for one, token in known.items()} == {404}
    watched.pulled.workspace.connect()
    watched.until("watching")
    assert len(watched.channels()) == 4


def test_they_end_with_the_idp(watched: Watched) -> None:
    watched.watch()
    known = tokens(watched)
    # It is asked what becomes of their access, and stays as it is.
    watched.admin.delete(f"/api/idps/{watched.name}").expect(409)
    assert len(watched.channels()) == 4
    watched.admin.delete_idp(watched.name)
    assert watched.channels() == []
    assert {watched.send(one, token).status for one, token in known.items()} == {404}
    watched.admin.post("/api/idps", {"name": watched.name, "kind": "google",
                                     "site": watched.pulled.scene.site}).expect(201)


def test_that_google_does_not_is_said_and_tried_again(watched: Watched, httpd: Httpd) -> None:
    watched.control.add_fault("error", match={"operation": "directory.users.watch"},
                              error="forbidden", times=2)
    httpd.error_log.expect("SCIM0183", count=1)
    watched.put(every={"hours": 6}, push={"address": watched.address})
    shown = watched.until("failing")
    assert "Not Authorized" in shown["detail"] and shown["retryAt"] > shown["since"]
    assert [event["detail"] for event in watched.pulled.events("google.push.failed")] == \
        [shown["detail"]]
    # Pulls have nothing to do with it.
    assert watched.pulled.pull()["state"] == "done"
    watched.pass_by(2)
    until(lambda: len(watched.control.entries("directory.users.watch")) == 2, "another try")
    until(lambda: watched.show()["watch"]["retryAt"] not in (None, shown["retryAt"]), "a later one")
    watched.pass_by(3)
    watched.until("watching")
    assert watched.show()["watch"]["detail"] is None


def test_an_access_token_that_ended_is_replaced(watched: Watched) -> None:
    watched.control.add_fault("error", match={"operation": "directory.users.watch"},
                              error="authError", times=1)
    watched.watch()
    assert len(watched.channels()) == 4
    assert len(watched.control.entries("directory.users.watch")) == 5


def test_they_are_there_after_a_restart(watched: Watched, httpd: Httpd) -> None:
    watched.watch(minutes=1)
    old = watched.channels()
    httpd.restart()
    watched.pass_by(2)
    watched.control.edit("set-user", user="eva@example.com", suspended=False)
    watched.until_run(("push", "done"), ("demand", "done"))
    assert [one["id"] for one in watched.channels()] == [one["id"] for one in old]


def test_a_restart_does_not_wait_for_what_it_broke_off(watched: Watched, httpd: Httpd) -> None:
    watched.control.configure(latency_ms=700)
    watched.put(push={"address": watched.address})
    until(lambda: watched.control.entries("directory.users.watch"), "Google to be asked")
    # Else a child that ends has the connection, and closes it.
    watched.admin.close()
    httpd.graceful()
    watched.until("watching")
    # One more, if Google had not answered in time.
    assert len(watched.control.entries("directory.users.watch")) in (4, 5)


def test_two_hosts_make_each_once(watched: Watched, httpd: Httpd, database: Database,
                                  make_httpd: Callable[..., Httpd]) -> None:
    if database.driver == "sqlite3":
        pytest.skip("SQLite serves one host")
    other = make_httpd(database=database, settings=conf.Settings())
    other.key_file.write_bytes(httpd.key_file.read_bytes())
    other.start()
    watched.watch()
    watched.pass_by(5 * 60)
    until(lambda: len(watched.control.entries("admin.channels.stop")) == 4, "the old to be stopped")
    assert len(watched.control.entries("directory.users.watch")) == 8
    assert len(watched.channels()) == 4

"""Notification channels: users.watch makes them, edits of users set them off (facts 2.9)."""

from __future__ import annotations

import http.client
import json
import queue
import ssl
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from . import render
from .settings import Settings
from .state import User

# These are sent again; 102 and the good ones are done, every other status is lost.
_AGAIN = (500, 502, 503, 504)
_TRIES = 5
_TIMEOUT = 10.0


@dataclass
class Channel:
    """A channel; `expires` is in seconds since 1970."""

    id: str
    address: str
    token: str | None
    resource_id: str
    uri: str
    event: str | None
    owner: str
    expires: float
    sent: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Without the token, which only the two ends know."""
        return {"id": self.id, "address": self.address, "resourceId": self.resource_id,
                "event": self.event, "owner": self.owner, "expiration": int(self.expires * 1000),
                "messages": [dict(one) for one in self.messages]}


class Channels:
    """The channels that are open, and a thread that sends, from the first channel on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._channels: dict[str, Channel] = {}
        self._queue: queue.SimpleQueue[tuple[Channel, str, User | None] | None] = \
            queue.SimpleQueue()
        self._sender: threading.Thread | None = None
        self._ended = threading.Event()

    def open(self, channel: Channel) -> bool:
        """Open a channel and send it its first message; False when its id is in use."""
        with self._lock:
            if channel.id in self._channels:
                return False
            self._channels[channel.id] = channel
            if self._sender is None:
                self._sender = threading.Thread(target=self._send_all, name="channels",
                                                daemon=True)
                self._sender.start()
        self._queue.put((channel, "sync", None))
        return True

    def stop(self, channel_id: str, resource_id: str, owner: str) -> bool:
        """Close a channel; only who opened it may."""
        with self._lock:
            channel = self._channels.get(channel_id)
            if channel is None or channel.resource_id != resource_id or channel.owner != owner:
                return False
            del self._channels[channel_id]
            return True

    def notify(self, event: str, user: User) -> None:
        """Tell the channels that asked for this event, or for all."""
        now = time.time()
        with self._lock:
            for channel in self._channels.values():
                if channel.event in (None, event) and now < channel.expires:
                    self._queue.put((channel, event, user))

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [channel.as_json() for channel in self._channels.values()]

    def end(self) -> None:
        self._ended.set()
        self._queue.put(None)

    def _send_all(self) -> None:
        while (item := self._queue.get()) is not None and not self._ended.is_set():
            channel, state, user = item
            # Numbers rise, and leave some out.
            channel.sent += 1 if state == "sync" else 3
            message = {"number": channel.sent, "state": state, "tries": 0, "status": None,
                       "user": user.id if user else None}
            with self._lock:
                channel.messages.append(message)
            self._send(channel, message, user)

    def _send(self, channel: Channel, message: dict[str, Any], user: User | None) -> None:
        wait = self._settings["channelRetryMs"] / 1000
        for _ in range(_TRIES):
            message["tries"] += 1
            try:
                message["status"] = _post(channel, message, user)
            except (OSError, http.client.HTTPException) as error:
                message["status"] = type(error).__name__
                return
            if message["status"] not in _AGAIN or self._ended.wait(wait):
                return
            wait *= 2


def _post(channel: Channel, message: dict[str, Any], user: User | None) -> int:
    parts = urlsplit(channel.address)
    assert parts.hostname is not None
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=_TIMEOUT,
                                                 context=ssl._create_unverified_context())
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT)
    headers = {
        "User-Agent": "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
        "X-Goog-Channel-ID": channel.id,
        "X-Goog-Channel-Expiration": formatdate(channel.expires, usegmt=True),
        "X-Goog-Resource-ID": channel.resource_id,
        "X-Goog-Resource-URI": channel.uri,
        "X-Goog-Resource-State": message["state"],
        "X-Goog-Message-Number": str(message["number"]),
    }
    if channel.token is not None:
        headers["X-Goog-Channel-Token"] = channel.token
    body = b""
    if user is not None:
        headers["Content-Type"] = "application/json; charset=UTF-8"
        body = json.dumps({
            "kind": "admin#directory#user", "id": user.id, "primaryEmail": user.email,
            "etag": render.tag(user.id, user.version, user.login)}).encode()
    try:
        connection.request("POST", parts.path or "/", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()

"""users.watch and channels.stop (facts 2.9)."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from . import render
from .errors import ApiError
from .operations_users import LIST_PARAMETERS, require_customer
from .push import Channel
from .routing import BASE, STANDARD, Answer, Call, Method, Property, ok
from .tokens import USER

_CHANNEL = (
    Property("id"), Property("type", choices=("web_hook",)), Property("address"),
    Property("token", required=False), Property("params", kind="any", required=False),
    Property("payload", kind="any", required=False),
    Property("expiration", kind="any", required=False), Property("kind", required=False),
)
_LONGEST_ID = 64
_LONGEST_TOKEN = 256
_DEFAULT_LIFE = 3600.0


def _watch(call: Call) -> Answer:
    body, settings = call.body, call.world.settings
    require_customer(call)
    if not call.parameters["customer"] and not call.parameters["domain"]:
        raise ApiError("badRequest")
    if not 0 < len(body["id"]) <= _LONGEST_ID:
        raise ApiError("invalid", "id")
    if len(body.get("token", "")) > _LONGEST_TOKEN:
        raise ApiError("invalid", "token")
    parts = urlsplit(body["address"])
    if not parts.hostname or parts.scheme not in ("https", "http") \
            or (parts.scheme == "http" and settings["channelAddress"] == "https"):
        raise ApiError("invalid", "WebHook callback must be HTTPS")
    event = call.parameters["event"]
    uri = f"{call.world.base_url}{BASE}/users?{call.request.raw_query}"
    channel = Channel(
        id=body["id"], address=body["address"], token=body.get("token"),
        resource_id=render.tag(uri)[6:-1], uri=uri, event=event, owner=call.token.user,
        expires=time.time() + min(_life(call), settings["channelSeconds"]))
    if not call.world.channels.open(channel):
        raise ApiError("invalid", "Channel id not unique")
    answer = {"kind": "api#channel", "id": channel.id, "resourceId": channel.resource_id,
              "resourceUri": channel.uri, "expiration": str(int(channel.expires * 1000))}
    if channel.token is not None:
        answer["token"] = channel.token
    return ok(answer)


def _life(call: Call) -> float:
    """Seconds asked for: as a number in Google's example, as text in D."""
    try:
        ttl = float(call.body.get("params", {}).get("ttl", _DEFAULT_LIFE))
    except (AttributeError, TypeError, ValueError):
        raise ApiError("invalid", "params") from None
    if not ttl > 0:
        raise ApiError("invalid", "params")
    return ttl


def _stop(call: Call) -> Answer:
    if not call.world.channels.stop(call.body["id"], call.body["resourceId"], call.token.user):
        raise ApiError("notFound", "channel")
    return Answer(204)


OPERATIONS = (
    Method("directory.users.watch", "POST", f"{BASE}/users/watch", _watch,
           LIST_PARAMETERS + STANDARD, _CHANNEL, scopes=(USER, USER.removesuffix(".readonly"))),
    # The path has an underscore where all others have a slash.
    Method("admin.channels.stop", "POST", "/admin/directory_v1/channels/stop", _stop, STANDARD,
           (Property("id"), Property("resourceId")),
           scopes=(USER, USER.removesuffix(".readonly"))),
)

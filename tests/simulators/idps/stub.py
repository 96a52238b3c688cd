"""A SCIM server in memory, right and small: what the simulated clients are tested against.

It knows the requests that they send and nothing else; the module is tested with the same clients.
"""

from __future__ import annotations

import http.server
import json
import re
import threading
import urllib.parse
from typing import Any, Callable

from .checks import ENTERPRISE, ERROR, LIST

TOKEN = "demo-token-of-the-stub"


class Stub:
    """Listens on a port of its own until close().

    `spoil(method, path, answer)` may change an answer before it goes; that is a dict of status,
    headers and body (JSON, or bytes as they are).
    """

    def __init__(self) -> None:
        self.stores: dict[str, dict[str, dict]] = {"Users": {}, "Groups": {}}
        self.serial = 0
        self.spoil: Callable[[str, str, dict], None] = lambda method, path, answer: None
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1           # an answer is one packet, or Nagle's algorithm delays it

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                content = self.rfile.read(length)
                stub.answer(self, json.loads(content) if content else None)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/scim/v2/demo"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler: http.server.BaseHTTPRequestHandler, body: Any) -> None:
        url = urllib.parse.urlsplit(handler.path)
        path = urllib.parse.unquote(url.path.removeprefix("/scim/v2/demo"))
        query = dict(urllib.parse.parse_qsl(url.query))
        answer: dict = {"status": 200, "headers": {"Content-Type": "application/scim+json"}}
        if handler.headers.get("Authorization") != f"Bearer {TOKEN}":
            answer["headers"]["WWW-Authenticate"] = 'Bearer realm="scim"'
            answer |= {"status": 401, "body": problem(401, "no such token")}
        else:
            kind, _, ident = path.strip("/").partition("/")
            answer["status"], answer["body"] = self.serve(handler.command, kind, ident, query, body)
            if answer["status"] == 201:
                answer["headers"]["Location"] = answer["body"]["meta"]["location"]
        self.spoil(handler.command, path, answer)
        content = answer["body"]
        if not isinstance(content, bytes):
            content = b"" if content is None else json.dumps(content).encode()
        handler.send_response(answer["status"])
        for name, value in answer["headers"].items():
            handler.send_header(name, value)
        if answer["status"] != 204:
            handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def serve(self, method: str, kind: str, ident: str, query: dict, body: Any) -> tuple[int, Any]:
        store = self.stores[kind]
        if not ident:
            if method == "POST":
                return self.create(kind, body)
            return 200, self.list(store, query)
        if ident not in store:
            return 404, problem(404, f"no {ident} here")
        if method == "DELETE":
            del store[ident]
            return 204, None
        if method == "PUT":
            store[ident] = self.clean(kind, ident, body)
        elif method == "PATCH":
            for operation in body["Operations"]:
                patch(store[ident], operation)
            if kind == "Groups" and "members" in store[ident]:
                store[ident]["members"] = unique(store[ident]["members"])
        return 200, project(store[ident], query)

    def create(self, kind: str, body: dict) -> tuple[int, dict]:
        key = "userName" if kind == "Users" else "displayName"
        if any(one[key].lower() == body[key].lower() for one in self.stores[kind].values()):
            return 409, problem(409, f"{key} is taken", scimType="uniqueness")
        self.serial += 1
        ident = f"id-{self.serial}"
        self.stores[kind][ident] = self.clean(kind, ident, body)
        return 201, self.stores[kind][ident]

    def clean(self, kind: str, ident: str, body: dict) -> dict:
        kept = {name: value for name, value in body.items()
                if value not in (None, []) and name not in ("password", "groups", "meta")}
        for member in kept.get("members", []):
            if member.get("display") is None:
                member.pop("display", None)
        return kept | {"id": ident, "meta": {"resourceType": kind[:-1],
                                             "location": f"{self.url}/{kind}/{ident}"}}

    @staticmethod
    def list(store: dict[str, dict], query: dict) -> dict:
        found = list(store.values())
        if "filter" in query:
            name, wanted = re.fullmatch(r'(.+) eq "(.*)"', query["filter"]).groups()
            wanted = re.sub(r"\\(.)", r"\1", wanted).lower()
            found = [one for one in found if str(read(one, name)).lower() == wanted]
        start = int(query.get("startIndex", 1))
        page = found[start - 1:start - 1 + int(query.get("count", 100))]
        return {"schemas": [LIST], "totalResults": len(found), "startIndex": start,
                "itemsPerPage": len(page), "Resources": [project(one, query) for one in page]}


def problem(status: int, detail: str, **more: str) -> dict:
    return {"schemas": [ERROR], "status": str(status), "detail": detail, **more}


def project(resource: dict, query: dict) -> dict:
    excluded = query.get("excludedAttributes")
    return {name: value for name, value in resource.items() if name != excluded}


def unique(members: list[dict]) -> list[dict]:
    return [{name: value for name, value in member.items() if value is not None}
            for member in {member["value"]: member for member in members}.values()]


def read(resource: dict, path: str) -> Any:
    if "[" in path:
        name, kind = re.match(r'(\w+)\[type eq "(\w+)"\]', path).groups()
        return next((item["value"] for item in resource.get(name, [])
                     if item["type"] == kind), None)
    return resource.get(path)


def patch(resource: dict, operation: dict) -> None:
    op, path, value = operation["op"].lower(), operation.get("path"), operation.get("value")
    if path is None:
        for name, one in value.items():
            if name != "id":
                put(resource, name, one)
    elif path == "members" or path.startswith("members["):
        patch_members(resource, op, path, value)
    elif op == "remove":
        put(resource, path, None)
    else:
        put(resource, path, {"True": True, "False": False}.get(value, value)
            if path == "active" else value)


def patch_members(group: dict, op: str, path: str, value: Any) -> None:
    members = group.get("members", [])
    if op == "add":
        members = members + value
    elif op == "replace":
        members = value
    else:
        gone = re.findall(r'"(.*)"', path) or [member["value"] for member in value]
        members = [member for member in members if member["value"] not in gone]
    group["members"] = members


def put(resource: dict, path: str, value: Any) -> None:
    if path.startswith(ENTERPRISE + ":"):
        name = path.rsplit(":", 1)[1]
        extension = resource.setdefault(ENTERPRISE, {})
        extension[name] = {"value": value} if name == "manager" and value else value
        if value is None:
            del extension[name]
    elif "[" in path:
        name, kind = re.match(r'(\w+)\[type eq "(\w+)"\]', path).groups()
        values = resource.setdefault(name, [])
        values[:] = [item for item in values if item["type"] != kind]
        values.append({"type": kind, "value": value})
    elif "." in path:
        name, sub = path.split(".")
        resource.setdefault(name, {})[sub] = value
    else:
        resource[path] = value

"""The wire: a threaded HTTP/1.1 server with connections that stay open."""

from __future__ import annotations

import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from .app import Delivery, encoded
from .control import PREFIX, Control
from .routing import Answer, Request

if TYPE_CHECKING:
    from .app import App

# A body over this size is refused; Jira's own requests are a few hundred bytes.
_BODY_LIMIT = 32 * 1024 * 1024


class BodyError(ValueError):
    """A request body that can't be read to its end, so that the connection has to go."""


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1; knows its connections, so that stopping ends them."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, port: int, app: "App", control: Control, name: str) -> None:
        """`name` is what the header Server says."""
        self.app = app
        self.control = control
        self.name = name
        self._connections: set[socket.socket] = set()
        self._to_reset: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        """Bind without HTTPServer's look-up of the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address[:2]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
            reset = request in self._to_reset
            self._to_reset.discard(request)
        if reset:
            # Lingering for no time at all makes close() send RST instead of FIN.
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def reset_when_done(self, request: socket.socket) -> None:
        with self._connections_lock:
            self._to_reset.add(request)

    def end_connections(self) -> None:
        with self._connections_lock:
            for connection in self._connections:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that went away is a test's business, not an error of ours."""


class Handler(BaseHTTPRequestHandler):
    """Reads requests off one connection and writes the answers."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def serve(self) -> None:
        try:
            body = self._read_body()
        except BodyError as error:
            self.close_connection = True
            self._send(Answer(400, {"errorMessages": [str(error)], "errors": {}}))
            return
        path, _, raw_query = self.path.partition("?")
        query = parse_qsl(raw_query, keep_blank_values=True)
        request = Request(self.command, unquote(path), raw_query, query, self.headers, body)
        if request.path.startswith(PREFIX):
            self._send(self.server.control.handle(request))
        else:
            self._deliver(self.server.app.handle(request))

    # A method that no operation has is for app.py to refuse and record.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = serve

    def version_string(self) -> str:
        return self.server.name

    def handle_expect_100(self) -> bool:
        """The base class leaves its "100 Continue" in our buffer."""
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def send_error(self, code: int, message: str | None = None,
                   explain: str | None = None) -> None:
        """What the base class refuses, such as a request line that makes no sense."""
        self.server.app.record_malformed(f"{code} {message}")
        super().send_error(code, message, explain)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        try:
            length = int(self.headers.get("Content-Length", 0))
        except ValueError as error:
            raise BodyError("Content-Length is no number") from error
        if not 0 <= length <= _BODY_LIMIT:
            raise BodyError("the body is too large")
        body = self.rfile.read(length)
        if len(body) < length:
            raise BodyError("the body ended early")
        return body

    def _read_chunks(self) -> bytes:
        body = b""
        while True:
            try:
                size = int(self.rfile.readline(80).partition(b";")[0], 16)
            except ValueError as error:
                raise BodyError("a chunk has no size") from error
            if size + len(body) > _BODY_LIMIT:
                raise BodyError("the body is too large")
            body += self.rfile.read(size)
            self.rfile.readline(80)
            if size == 0:
                return body

    def _deliver(self, delivery: Delivery) -> None:
        if delivery.answer is None:
            self.close_connection = True
            if delivery.reset:
                self.server.reset_when_done(self.connection)
            return
        self._send(delivery.answer, truncate=delivery.truncate)

    def _send(self, answer: Answer, *, truncate: bool = False) -> None:
        body = encoded(answer)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            if body:
                self.send_header("Content-Type", answer.content_type)
            length = len(body) + 100 if truncate else len(body)
            self.send_header("Content-Length", str(length))
        if truncate or self.close_connection:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:len(body) // 2] if truncate else body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: log.py keeps the record."""

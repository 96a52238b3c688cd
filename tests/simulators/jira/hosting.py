"""How simulated services are run, whatever they simulate: in this process, or as their own."""

from __future__ import annotations

import contextlib
import signal
import threading
from pathlib import Path
from typing import Any, Callable, Self, TextIO

from .server import Server


class Hosted:
    """A simulator in threads of this process; `app` has its world."""

    def __init__(self, app: Any, server: Server, name: str) -> None:
        self._app = app
        self._server = server
        self.port = server.server_port
        self.base_url = f"http://127.0.0.1:{self.port}"
        app.base_url = self.base_url
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), name=name,
                                        daemon=True)

    def start(self) -> Self:
        """Accept connections."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Release what hangs, end the connections, and close the port."""
        self._app.world.end()
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()


def run(make: Callable[[TextIO | None], Hosted], port_file: Path | None,
        log_file: Path | None) -> None:
    """Be a process of its own, until SIGTERM or SIGINT.

    make       the simulator, which writes down its requests there, if it is to
    port_file  gets the port's number once connections are accepted
    log_file   is appended to
    """
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with contextlib.ExitStack() as stack:
        log = None
        if log_file is not None:
            log = stack.enter_context(log_file.open("a", encoding="utf-8"))
        simulator = stack.enter_context(make(log))
        if port_file is not None:
            _announce(port_file, simulator.port)
        stopping.wait()


def _announce(path: Path, port: int) -> None:
    """Write the port in one step, so that nobody reads half a number."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(f"{port}\n", encoding="ascii")
    fresh.replace(path)

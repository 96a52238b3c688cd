"""Load on one address by many connections: by wrk where it is installed, else by threads."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from tests.harness.client import Client

UNITS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}


@dataclass(frozen=True)
class Request:
    """What is sent again and again. "{n}" in the body is another number each time; of two bodies
    the first and the second take turns."""

    method: str
    url: str
    token: str = ""
    bodies: tuple[str, ...] = ()

    def headers(self) -> dict[str, str]:
        content = {"Content-Type": "application/scim+json"} if self.bodies else {}
        return {**content, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}

    def body(self, number: int) -> str | None:
        if not self.bodies:
            return None
        return self.bodies[number % len(self.bodies)].replace("{n}", str(number))


@dataclass(frozen=True)
class Result:
    requests: int
    seconds: float
    longest_ms: float
    refused: int

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def run(request: Request, connections: int, seconds: int, first: int = 0) -> Result:
    """`first` is where {n} begins, so that a later run of the same request is no repetition."""
    if shutil.which("wrk") is not None:
        return _by_wrk(request, connections, seconds, first)
    return _by_threads(request, connections, seconds, first)


SCRIPT = """
local n = {first}
function request()
    local bodies = {{ {bodies} }}
    local body = bodies[n % #bodies + 1]
    n = n + 1
    return wrk.format(nil, nil, nil, body and (body:gsub("{{n}}", tostring(n))))
end
"""


def _by_wrk(request: Request, connections: int, seconds: int, first: int) -> Result:
    words = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    headers = "".join(f"wrk.headers[{_lua(name)}] = {_lua(value)}\n"
                      for name, value in request.headers().items())
    script = f"wrk.method = {_lua(request.method)}\n{headers}"
    if request.bodies:
        script += SCRIPT.format(first=first, bodies=", ".join(map(_lua, request.bodies)))
    # In a file rather than among the arguments: it holds a token.
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        said = subprocess.run([*words, "-s", file.name, request.url], check=True, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL).stdout
    return _read(said)


def _lua(text: str) -> str:
    # The blanks keep a bracket before or behind it from being read as one of these.
    return f" [==[{text}]==] "


def _read(said: str) -> Result:
    latency = re.search(r"Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s|m)\b", said)
    done = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m)\b", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return Result(int(done[1]), float(done[2]) * UNITS[done[3]] / 1000,
                  float(latency[1]) * UNITS[latency[2]], int(refused[1]) if refused else 0)


def _by_threads(request: Request, connections: int, seconds: int, first: int) -> Result:
    """The rate is then this program's own rather than the server's; its processor time is not."""
    end = time.monotonic() + seconds
    results: list[tuple[int, float, int]] = []

    def one(at: int) -> None:
        client = Client(request.url)
        number, done, longest, refused = first + at, 0, 0.0, 0
        while (began := time.monotonic()) < end:
            answer = client.request(request.method, request.url, body=request.body(number),
                                    headers=request.headers())
            longest = max(longest, time.monotonic() - began)
            refused += answer.status >= 400
            done += 1
            number += connections
        client.close()
        results.append((done, longest, refused))

    threads = [threading.Thread(target=one, args=(at,)) for at in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done, longest, refused = zip(*results)
    return Result(sum(done), seconds, 1000 * max(longest), sum(refused))

"""The simulated Jira as a program of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.simulators.jira import JiraControl
from tests.simulators.jira.fixtures import Api

ROOT = Path(__file__).resolve().parents[2]


def start(folder, *arguments, **environment):
    port_file = folder / "port"
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.simulators.jira", "--port-file", str(port_file), *arguments],
        cwd=ROOT, env=os.environ | environment, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 20
    while not port_file.exists() and program.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return program, int(port_file.read_text()) if port_file.exists() else None


def end(program):
    program.send_signal(signal.SIGTERM)
    _, errors = program.communicate(timeout=20)
    return program.returncode, errors.decode()


def test_it_serves_until_sigterm_and_writes_its_log(tmp_path):
    (tmp_path / "token").write_text("demo-token\n")
    program, port = start(tmp_path, "--email", "admin@example.com",
                          "--token-file", str(tmp_path / "token"),
                          "--log-file", str(tmp_path / "log"))
    try:
        api = Api(SimpleNamespace(port=port, email="admin@example.com", token="demo-token"))
        assert api.get("myself").content["emailAddress"] == "admin@example.com"
        control = JiraControl(f"http://127.0.0.1:{port}")
        assert control.entries()[0]["operation"] == "getCurrentUser"
        assert control.violations() == []
    finally:
        status, errors = end(program)
    assert (status, errors) == (0, "")
    assert api.connection.sock.recv(10) == b""
    api.connection.close()
    lines = (tmp_path / "log").read_text().splitlines()
    assert [json.loads(line)["status"] for line in lines] == [200]
    assert "demo-token" not in "".join(lines)


def test_the_token_can_come_from_the_environment(tmp_path):
    program, port = start(tmp_path, "--token-env", "DEMO_TOKEN", "--specs", "none",
                          DEMO_TOKEN="demo-token")
    try:
        api = Api(SimpleNamespace(port=port, email="owner@example.com", token="demo-token"))
        assert api.get("myself").status == 200
        api.connection.close()
    finally:
        assert end(program)[0] == 0


@pytest.mark.parametrize("arguments, problem", [
    ((), "required"),
    (("--token-env", "DEMO_NO_TOKEN"), "token is empty"),
    (("--token-env", "DEMO_TOKEN", "--specs", "/nonsense"), "there is no"),
])
def test_what_it_cant_start_with(tmp_path, arguments, problem):
    program, port = start(tmp_path, *arguments, DEMO_TOKEN="demo-token")
    _, errors = program.communicate(timeout=20)
    assert (program.returncode, port) == (2, None)
    assert problem in errors.decode()

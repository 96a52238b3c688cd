"""The simulated Google's control API, and the program."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.simulators.google import GoogleControl, SimulatedGoogle
from tests.simulators.google.edits import apply
from tests.simulators.google.fixtures import (  # noqa: F401
    Api, api, careless_google, emails, google, one_google)
from tests.simulators.google.world import World

ROOT = Path(__file__).resolve().parents[2]


def test_reset_begins_again(google, api):
    google.control.configure(latency_ms=1)
    google.control.add_fault("status", status=500, times=None)
    google.control.seed(users=3, groups=1, org_units=1)
    api.users()
    google.control.reset(caller="unprivileged")
    assert google.control.log()["entries"] == []
    assert google.control.faults() == []
    assert google.control.counts() == {"calls": {}, "statuses": {}}
    assert google.control.state() == {"users": [], "deleted": [], "groups": [], "orgUnits": ["/"]}
    settings = google.control.settings()
    assert (settings["latencyMs"], settings["caller"]) == (0, "unprivileged")
    assert api.users().status == 401


@pytest.mark.parametrize("changes", [
    {"nonsense": 1}, {"latency_ms": -1}, {"quota": {"perSecond": 0}}, {"quota": {"calls": 1.5}},
    {"quota": {"evrything": 5}}, {"quota": {"error": "nonsense"}}, {"down": {"how": "up"}},
    {"caller": "king"}, {"domains": []}, {"empty_users": "maybe"}])
def test_a_setting_that_makes_no_sense_is_refused(google, changes):
    before = google.control.settings()
    with pytest.raises(ValueError):
        google.control.configure(**{"last_login": "flaps"} | changes)
    assert google.control.settings() == before


@pytest.mark.parametrize("edit", [
    {"action": "nonsense"}, {"action": "add-user"}, {"action": "set-user", "user": "x"},
    {"action": "add-user", "email": "group-0001@example.com"},
    {"action": "add-user", "email": "a@example.com", "orgUnitPath": "/x"},
    {"action": "add-user", "email": "a@example.com", "nonsense": 1},
    {"action": "set-group", "group": "user-00001@example.com"},
    {"action": "set-user", "user": "user-00001@example.com", "email": "group-0001@example.com"},
    {"action": "remove-member", "group": "group-0001@example.com", "member": "x"},
    {"action": "undelete-user", "user": "user-00001@example.com"},
    {"action": "add-org-unit", "path": "/x/y"}, {"action": "add-org-unit", "path": "/"}])
def test_an_edit_that_makes_no_sense_is_refused(google, edit):
    google.control.seed(users=1, groups=1)
    before = google.control.state()
    with pytest.raises(ValueError):
        google.control.edits([edit])
    assert google.control.state() == before


def test_the_log_tells_each_request(google, api):
    api.users(maxResults=5)
    api.get("users/nobody")
    first, second = google.control.log()["entries"]
    assert (first["operation"], first["status"], first["caller"]) == (
        "directory.users.list", 200, "admin@example.com")
    assert (first["query"], first["answer"]) == ("customer=my_customer&maxResults=5", None)
    assert second["answer"]["error"]["code"] == 404
    assert google.control.counts()["calls"] == {"directory.users.list": 1,
                                                "directory.users.get": 1}


def test_seeding_is_the_same_each_time(google, api):
    arguments = {"users": 60, "groups": 6, "members_per_group": 5, "org_units": 3,
                 "suspended_every": 10, "archived_every": 15, "nested_every": 2}
    google.control.seed(**arguments)
    first = google.control.state()
    google.control.reset()
    google.control.seed(**arguments)
    assert google.control.state() == first
    assert sum(one["suspended"] for one in first["users"]) == 6
    assert sum(one["archived"] for one in first["users"]) == 4
    assert first["orgUnits"] == ["/", "/unit-1", "/unit-2", "/unit-3"]
    kinds = [[one["kind"] for one in group["members"]].count("GROUP") for group in first["groups"]]
    assert kinds == [0, 1, 0, 1, 0, 1]
    assert google.control.seed(users=1, start=61) == {"users": 1, "groups": 0}


def test_20_000_users_and_1_000_groups_take_little_memory():
    """Less than 3 kB for each user, with 20 members in each group; it was 1 when measured."""
    world = World("", {}, None)
    tracemalloc.start()
    try:
        apply(world, {"action": "seed", "users": 20_000, "groups": 1000})
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        world.end()
    assert (len(world.site.users), len(world.site.groups)) == (20_000, 1000)
    assert used < 60_000_000


def test_everything_can_be_set_before_the_start():
    with SimulatedGoogle(specs=False, caller="unprivileged", latency_ms=1,
                         edits=[{"action": "add-user", "email": "ada@example.com"}],
                         faults=[{"what": "error", "error": "backendError", "times": 1}]) as one:
        client = Api(one)
        assert not one.checks_discovery
        assert client.users(viewType="domain_public").status == 503
        assert emails(client.users(viewType="domain_public")) == ["ada"]
        client.connection.close()


def test_stop_ends_what_hangs():
    simulator = SimulatedGoogle(specs=False).start()
    client = Api(simulator)
    simulator.control.add_fault("hang", seconds=60)
    client.connection.request("GET", "/admin/directory/v1/groups",
                              headers={"Authorization": f"Bearer {client.token}"})
    simulator.control.log(0, wait_ms=10_000)
    simulator.stop()
    client.connection.sock.settimeout(10)
    try:
        assert client.connection.sock.recv(4096) == b""
    except ConnectionResetError:
        pass
    client.connection.close()


def test_the_program(tmp_path):
    port_file = tmp_path / "port"
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.simulators.google", "--port-file", str(port_file),
         "--log-file", str(tmp_path / "log")], cwd=ROOT, env=os.environ, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 20
        while not port_file.exists() and program.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        port = int(port_file.read_text())
        control = GoogleControl(f"http://127.0.0.1:{port}")
        control.edit("add-user", email="ada@example.com")
        client = Api(SimpleNamespace(port=port, control=control))
        assert emails(client.users()) == ["ada"]
        client.connection.close()
        assert control.violations() == []
    finally:
        program.send_signal(signal.SIGTERM)
        _, errors = program.communicate(timeout=20)
    assert (program.returncode, errors) == (0, b"")
    lines = (tmp_path / "log").read_text().splitlines()
    assert [json.loads(line)["status"] for line in lines] == [200]
    assert client.token not in "".join(lines)


def test_what_it_cant_start_with(tmp_path):
    program = subprocess.run(
        [sys.executable, "-m", "tests.simulators.google", "--specs", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert program.returncode == 2
    assert "there is no" in program.stderr

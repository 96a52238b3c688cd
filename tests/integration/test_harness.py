"""The harness itself: what it must notice, and what it promises of the server's life."""

import json
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Callable, Iterator

import pytest

from tests.harness import conf, processes
from tests.harness.client import Client
from tests.harness.crashes import Crashes
from tests.harness.errorlog import ErrorLog
from tests.harness.httpd import Httpd
from tests.harness.ports import Port
from tests.harness.wait import TimedOut, until

STAMP = "[Sun Nov 22 06:43:53.123456 2026]"
WARNING = f"{STAMP} [scim_sync:warn] [pid 7:tid 8] [client 127.0.0.1:1] SCIM0042: a warning"
NOTICE = f"{STAMP} [mpm_event:notice] [pid 7:tid 7] AH00489: resuming normal operations"
CRASHED = f"{STAMP} [core:notice] [pid 7:tid 7] AH00052: child pid 9 exit signal Abort (6)"
FOREIGN = "malloc(): corrupted top size"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ErrorLog:
    monkeypatch.setattr("tests.harness.errorlog.LATE_LINE_SECONDS", 0.1)
    return ErrorLog(tmp_path / "error.log")


def write(log: ErrorLog, *lines: str) -> None:
    with log.path.open("a") as file:
        file.writelines(line + "\n" for line in lines)


class TestErrorLogAudit:
    def test_notices_are_fine(self, log: ErrorLog) -> None:
        write(log, NOTICE)
        assert log.audit() == []

    @pytest.mark.parametrize("line", [WARNING, CRASHED, FOREIGN])
    def test_a_line_that_was_not_declared_is_a_finding_once(self, log: ErrorLog, line: str) -> None:
        write(log, NOTICE, line)
        assert log.audit() == [line]
        assert log.audit() == []

    @pytest.mark.parametrize("what", ["SCIM0042", "a warn"])
    def test_a_declared_line_is_fine_for_this_test_only(self, log: ErrorLog, what: str) -> None:
        log.expect(what)
        write(log, WARNING)
        assert log.audit() == []
        write(log, WARNING)
        assert log.audit() == [WARNING]

    def test_a_declared_line_must_come(self, log: ErrorLog) -> None:
        log.expect("SCIM0042")
        write(log, NOTICE)
        assert "never came" in log.audit()[0]

    def test_an_optional_line_need_not_come(self, log: ErrorLog) -> None:
        log.expect("SCIM0042", optional=True)
        assert log.audit() == []

    def test_a_declared_count_is_exact(self, log: ErrorLog) -> None:
        log.expect("SCIM0042", count=2)
        write(log, WARNING)
        assert "1 times, not 2" in log.audit()[0]

    def test_a_crash_cannot_be_declared(self, log: ErrorLog) -> None:
        log.expect("AH00052")
        write(log, CRASHED)
        assert log.audit() == [CRASHED]

    def test_a_line_still_being_written_waits_for_its_end(self, log: ErrorLog) -> None:
        log.path.write_text(WARNING[:60])
        assert log.audit() == []
        log.path.write_text(WARNING + "\n")
        assert log.audit() == [WARNING]


CLOSED_UNDER_A_WORKER = """\
signal 11 in thread 9 of process 9
/tmp/crash_report.so(+0x134e)[0x7f4f8b3e034e]
/lib/x86_64-linux-gnu/libc.so.6(+0x3c050)[0x7f4f8b128050]
/lib/x86_64-linux-gnu/libapr-1.so.0(apr_os_sock_get+0x0)[0x7f4f8b2f6180]
/usr/lib/apache2/modules/mod_mpm_event.so(+0x606c)[0x7f4f8b01606c]
/usr/lib/apache2/modules/mod_mpm_event.so(+0x7507)[0x7f4f8b017507]
/usr/sbin/apache2(ap_run_mpm+0x50)[0x55bd6a4ac850]
/usr/sbin/apache2(main+0xab2)[0x55bd6a4a41c2]
"""
OUR_FRAME = "/usr/lib/apache2/modules/mod_scim_sync.so(+0x1234)[0x7f4f8b001234]\n"


class TestCrashes:
    SEGFAULT = CRASHED.replace("Abort (6)", "Segmentation fault (11)")

    @staticmethod
    def findings(directory: Path, line: str, report: str | None) -> list[str]:
        crashes = Crashes(directory)
        log = ErrorLog(directory / "error.log", crashes.permit)
        write(log, line)
        if report:
            (directory / "crash.9").write_text(report)
        return log.audit() + crashes.audit()

    @pytest.mark.parametrize("end", ["", ", possible coredump in /tmp"])
    def test_a_socket_closed_under_a_worker_is_httpds_own(self, tmp_path: Path, end: str) -> None:
        assert self.findings(tmp_path, self.SEGFAULT + end, CLOSED_UNDER_A_WORKER) == []

    @pytest.mark.parametrize("old, new", [
        ("in thread 9", "in thread 10"),
        ("signal 11", "signal 6"),
        ("apr_os_sock_get", "apr_pool_destroy"),
        ("mod_mpm_event.so", "mod_mpm_worker.so"),
        ("/usr/lib/apache2/modules/mod_mpm_event.so", OUR_FRAME + "/usr/lib/mod_mpm_event.so"),
        ("/usr/sbin/apache2(ap_run_mpm", OUR_FRAME + "/usr/sbin/apache2(ap_run_mpm"),
        (CLOSED_UNDER_A_WORKER, CLOSED_UNDER_A_WORKER * 2),
        (CLOSED_UNDER_A_WORKER, CLOSED_UNDER_A_WORKER[:200]),
    ])
    def test_any_other_crash_is_a_finding(self, tmp_path: Path, old: str, new: str) -> None:
        line, report = self.findings(tmp_path, self.SEGFAULT,
                                     CLOSED_UNDER_A_WORKER.replace(old, new))
        assert line == self.SEGFAULT and report.startswith(str(tmp_path / "crash.9"))

    def test_so_is_one_of_which_nothing_is_known(self, tmp_path: Path) -> None:
        assert self.findings(tmp_path, self.SEGFAULT, None) == [self.SEGFAULT]

    def test_a_crash_of_another_process_is_not_permitted_by_it(self, tmp_path: Path) -> None:
        other = self.SEGFAULT.replace("pid 9", "pid 8")
        assert self.findings(tmp_path, other, CLOSED_UNDER_A_WORKER) == [other]

    @pytest.mark.parametrize("number, name", [
        (signal.SIGSEGV, "Segmentation fault"), (signal.SIGABRT, "Abort")])
    def test_a_child_that_crashes_says_where(self, make_httpd: Callable[..., Httpd],
                                             number: signal.Signals, name: str) -> None:
        server = make_httpd()
        if server.sanitizer.kind:
            pytest.skip("a sanitizer reports crashes itself")
        server.start()
        victim = server.children()[0]
        server.kill_child(victim, number)
        server.error_log.wait_for(f"child pid {victim} exit signal {name}")
        line, report = server.audit()
        assert "AH00052" in line
        assert f"signal {number.value} in thread {victim} of process {victim}" in report
        assert "ap_run_mpm" in report
        assert server.audit() == []


def test_until_says_what_it_waited_for() -> None:
    with pytest.raises(TimedOut, match="waited 0.05 s for rain; last value: 0"):
        until(lambda: 0, "rain", 0.05)


def test_a_port_is_handed_out_once() -> None:
    port = Port()
    with pytest.raises(OSError):
        Port(port.number)
    port.release()
    Port(port.number).release()


def test_conf_quotes_what_httpd_would_split() -> None:
    c = conf.Conf()
    with c.section("Location", "/a b"):
        c.directive("AuthName", 'say "yes"')
        c.directive("KeepAlive", "On")
    assert str(c) == ('<Location "/a b">\n    AuthName "say \\"yes\\""\n'
                      "    KeepAlive On\n</Location>\n")


class Echo(BaseHTTPRequestHandler):
    """Answers with what it got; closes its connection, unasked, after /last."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"headers": dict(self.headers), "body": sent.decode(),
                           "path": self.path, "peer": self.client_address[1]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.path.endswith("/last")

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def echo() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/base"
    server.shutdown()
    thread.join()
    server.server_close()


def test_client_keeps_its_connection_and_replaces_a_closed_one(echo: str) -> None:
    client = Client(echo)
    first, second = (client.post("/x", {}).json()["peer"] for _ in range(2))
    assert first == second
    client.post("/last", {})
    until(lambda: client._connection.sock and _at_end(client), "the server to close")
    assert client.post("/x", {}).expect(200).json()["peer"] != first
    client.close()


def _at_end(client: Client) -> bool:
    from tests.harness.client import _readable
    return _readable(client._connection)


def test_client_sends_credentials_and_what_a_test_overrides(echo: str) -> None:
    client = Client(echo, token="demo-token")
    sent = client.post("/x", {"a": 1}, headers={"Accept": None, "X-Test": "1"}).json()
    client.close()
    assert sent["path"] == "/base/x" and sent["body"] == '{"a": 1}'
    assert sent["headers"]["Authorization"] == "Bearer demo-token"
    assert sent["headers"]["X-Test"] == "1" and "Accept" not in sent["headers"]
    with pytest.raises(AssertionError, match="POST /x: 200, not"):
        client.post("/x", {}).expect(404)
    client.close()


class TestHttpd:
    def test_a_wrong_directive_fails_the_configtest(self, make_httpd: Callable[..., Httpd]) -> None:
        server = make_httpd(settings=conf.Settings(extra="NoSuchDirective On"))
        fine, output = server.configtest()
        assert not fine and "NoSuchDirective" in output

    def test_graceful_replaces_the_children(self, make_httpd: Callable[..., Httpd]) -> None:
        server = make_httpd()
        server.start()
        old = set(server.children())
        server.settings.vhosts["other.example.com"] = ""
        server.graceful()
        listening = {pid for pid in server.children() if processes.listens(pid, server.port)}
        assert listening and not listening & old

    def test_a_killed_child_is_replaced(self, make_httpd: Callable[..., Httpd]) -> None:
        server = make_httpd()
        server.start()
        victim = server.children()[0]
        server.kill_child(victim, signal.SIGKILL)
        assert victim not in server.children()

    def test_orphans_go_with_the_server(self, make_httpd: Callable[..., Httpd]) -> None:
        server = make_httpd()
        server.start()
        session = server.pid
        server.kill_parent()
        assert processes.session_members(session)
        server.stop()
        assert not processes.session_members(session)
        server.start()

    def test_the_admin_api_asks_for_the_password(self, httpd: Httpd) -> None:
        stranger = httpd.client()
        stranger.get(conf.ADMIN_LOCATION + "/").expect(401)
        stranger.close()

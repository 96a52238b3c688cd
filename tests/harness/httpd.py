"""A private httpd with the module in it, on a port of 127.0.0.1 of its own.

Everything it writes stands in one directory: conf/, logs/, db/, run/ and reports/. It runs in a
session of its own, which is killed as a whole if need be: httpd's children outlive a parent that is
killed, and keep its port.
"""

import base64
import http.client
import os
import pwd
import secrets
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.harness import conf, processes, scratch
from tests.harness.admin import AdminClient
from tests.harness.client import Client
from tests.harness.crashes import Crashes
from tests.harness.errorlog import ErrorLog, tail
from tests.harness.ports import Port
from tests.harness.sanitizer import Sanitizer
from tests.harness.wait import until

MPMS = ("event", "prefork", "worker")
BASE_MODULES = ("authz_core", "authn_core", "authn_file", "authz_user", "auth_basic", "dbd")
ADMIN_USER = "admin"
UNPRIVILEGED_USER = "www-data"
START_SECONDS = 60
STOP_SECONDS = 15


class HttpdFailed(AssertionError):
    """The server did not do as it was told; the message holds the end of its log."""


class Database(NamedTuple):
    """DBDriver and DBDParams; for sqlite3 these may be None: a file in the server's directory."""

    driver: str = "sqlite3"
    params: str | None = None


class Httpd:
    """One server. Its `settings` may be changed before start, graceful and restart."""

    def __init__(self, directory: Path, module: Path, *, mpm: str = "event", port: int = 0,
                 database: Database = Database(), admin_password: str | None = None,
                 sanitizer: str | None = None, settings: conf.Settings | None = None):
        if mpm not in MPMS:
            raise ValueError(f"MPM {mpm!r}: one of {MPMS}")
        self.directory = directory
        self.module = module.resolve(strict=True)
        self.mpm = mpm
        self.settings = settings or conf.Settings()
        self.admin_password = admin_password or secrets.token_urlsafe(12)
        self._make_directories()
        self.sanitizer = Sanitizer(sanitizer, directory / "reports")
        self.conf_file = directory / "conf" / "httpd.conf"
        self.key_file = directory / "run" / "scim-sync.key"
        self.password_file = directory / "conf" / "htpasswd"
        self.database = database if database.params else Database(
            database.driver, str(directory / "db" / "scim-sync.db"))
        self.environment: dict[str, str] = {}  # more of it; LD_PRELOAD is what else is preloaded
        self.crashes = Crashes(directory / "reports")
        self.error_log = ErrorLog(directory / "logs" / "error.log", self.crashes.permit,
                                  sanitized=self.sanitizer.kind is not None)
        self._console = directory / "logs" / "console"
        self._port = Port(port)
        self._process: subprocess.Popen[bytes] | None = None
        self._session = 0
        self._write_secrets()

    # Addresses

    @property
    def port(self) -> int:
        return self._port.number

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, **options: object) -> Client:
        return Client(self.url, **options)

    def admin(self) -> AdminClient:
        return AdminClient(self.url + conf.ADMIN_LOCATION, ADMIN_USER, self.admin_password)

    # Life

    @property
    def pid(self) -> int:
        """The parent's process id; 0 if it was not started."""
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def configtest(self) -> tuple[bool, str]:
        """httpd's own check of the configuration as it would be written now, and what it prints."""
        self.write_conf()
        done = subprocess.run([*self._command(), "-t"], env=self._environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """Returns once the health endpoint answers 200."""
        if self.running:
            raise HttpdFailed("the server is running")
        self.write_conf()
        # A killed parent leaves this file behind, and the next start would warn about it.
        (self.directory / "run" / "httpd.pid").unlink(missing_ok=True)
        # The server must not outlive the test run, however that ends.
        with self._console.open("ab") as console:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", "--", *self._command(), "-DFOREGROUND"],
                env=self._environment(), cwd=self.directory, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        self._session = self._process.pid
        try:
            until(self._answers, "the server to answer", self._patient(START_SECONDS))
        except AssertionError as failure:
            self.kill()
            raise self._failed(str(failure)) from None

    def graceful(self, wait: bool = True) -> None:
        """A graceful restart with the settings as they are now, after a configtest.

        With `wait`, returns once the new generation serves and no child of the old one takes new
        connections; it may still be busy with those it has.
        """
        fine, output = self.configtest()
        if not fine:
            raise HttpdFailed(f"configtest before graceful:\n{output}")
        old = self.children()
        processes.send(self.pid, signal.SIGUSR1)
        if wait:
            until(lambda: self._taken_over_from(old), "the new generation to serve",
                  self._patient(START_SECONDS))

    def stop(self) -> None:
        """An orderly stop; fails if the server does not end or leaves processes behind.

        A child of prefork that is told to end while it is being made ends within its signal
        handler, whatever that interrupted, and may crash there before it knows of any module. So
        children have their provisioner's thread first.
        """
        if self._process is None:
            return
        ended_before = not self.running
        if self.mpm == "prefork" and not ended_before:
            until(self._has_made_its_children, "every child to be made",
                  self._patient(START_SECONDS))
        processes.send(self.pid, signal.SIGTERM)
        try:
            status = self._process.wait(self._patient(STOP_SECONDS))
        except subprocess.TimeoutExpired:
            self.kill()
            raise self._failed("it did not stop") from None
        left = self.kill()
        if ended_before:
            return
        if left:
            raise self._failed(f"processes {left} outlived the server")
        if status != 0:
            raise self._failed(f"it ended with status {status}")

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> list[int]:
        """SIGKILL for every process of the server; returns the children that were alive."""
        if self._process is None:
            return []
        killed = processes.kill_session(self._session)
        self._process.wait()
        return [pid for pid in killed if pid != self._session]

    def kill_parent(self) -> None:
        """SIGKILL for the parent alone, as the kernel's OOM killer may do; the children live on."""
        processes.send(self.pid, signal.SIGKILL)
        self._process.wait()

    def children(self) -> list[int]:
        return processes.children_of(self.pid)

    def kill_child(self, pid: int, number: signal.Signals = signal.SIGKILL) -> None:
        """A signal that ends one child; returns when the parent has another in its place."""
        before = self.children()
        if pid not in before:
            raise ValueError(f"{pid} is no child of the server")
        processes.send(pid, number)
        until(lambda: pid not in self.children() and set(self.children()) - set(before),
              f"child {pid} to be replaced", self._patient(START_SECONDS))

    def dispose(self) -> None:
        """Ends all that is left and gives the port back."""
        self.kill()
        self._port.release()

    def audit(self) -> list[str]:
        """What its logs and reports hold against the server since the last audit."""
        return self.error_log.audit() + self._watch.audit()

    # Configuration

    def write_conf(self) -> None:
        self.conf_file.write_text(str(self._configuration()))

    def _configuration(self) -> conf.Conf:
        c = conf.Conf()
        c.directive("ServerRoot", self.directory)
        c.directive("DefaultRuntimeDir", self.directory / "run")
        c.directive("PidFile", self.directory / "run" / "httpd.pid")
        c.directive("ServerName", "127.0.0.1")
        c.directive("Listen", f"127.0.0.1:{self.port}")
        for name in (f"mpm_{self.mpm}", *BASE_MODULES, *self.settings.modules):
            c.directive("LoadModule", f"{name}_module", f"{modules_directory()}/mod_{name}.so")
        c.directive("LoadModule", "scim_sync_module", self.module)
        if os.geteuid() == 0:
            c.directive("User", UNPRIVILEGED_USER)
            c.directive("Group", UNPRIVILEGED_USER)
        c.directive("ErrorLog", self.error_log.path)
        c.directive("LogLevel", *self.settings.log_level.split())
        conf.write_mpm(c, self.mpm, self._processes())
        c.directive("KeepAlive", "On")
        c.directive("MaxKeepAliveRequests", 0)
        self._write_module(c)
        self._write_sections(c)
        c.text(self.settings.extra)
        return c

    def _processes(self) -> int:
        if self.settings.processes is not None:
            return self.settings.processes
        if self.sanitizer.kind == "valgrind":
            return 1
        return 4 if self.mpm == "prefork" else 2

    def _write_module(self, c: conf.Conf) -> None:
        c.directive("DBDriver", self.database.driver)
        c.directive("DBDParams", self.database.params)
        c.directive("DBDMin", 1)
        c.directive("DBDKeep", 8)
        c.directive("DBDMax", 32)
        c.directive("ScimSync", "On")
        c.directive("ScimSyncKeyFile", self.key_file)

    def _write_sections(self, c: conf.Conf) -> None:
        locations = {**conf.default_locations(self.password_file), **self.settings.locations}
        for path, text in locations.items():
            if text is not None:
                with c.section("Location", path):
                    c.text(text)
        for name, text in self.settings.vhosts.items():
            with c.section("VirtualHost", f"127.0.0.1:{self.port}"):
                c.directive("ServerName", name)
                c.text(text)

    # How it is done

    def _make_directories(self) -> None:
        for name in ("conf", "logs", "db", "run", "reports"):
            (self.directory / name).mkdir(exist_ok=True)
        if os.geteuid() != 0:
            return
        closed = scratch.closed_parents(self.directory)
        if closed:
            raise HttpdFailed(f"{UNPRIVILEGED_USER} may not enter {closed[-1]}: use scratch.make()")
        user = pwd.getpwnam(UNPRIVILEGED_USER)
        for name in ("db", "reports"):
            os.chown(self.directory / name, user.pw_uid, user.pw_gid)

    def _write_secrets(self) -> None:
        if not self.key_file.exists():
            self.key_file.touch(0o600)
            self.key_file.write_bytes(base64.b64encode(secrets.token_bytes(32)) + b"\n")
        digest = subprocess.run(["openssl", "passwd", "-apr1", "-stdin"], check=True, text=True,
                                input=self.admin_password, capture_output=True).stdout.strip()
        self.password_file.write_text(f"{ADMIN_USER}:{digest}\n")

    def _command(self) -> list[str]:
        return [*self.sanitizer.command(), httpd_program(), "-f", str(self.conf_file)]

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
        own = {**kept, "LANG": "C.UTF-8", **self._watch.environment()}
        preloaded = [each["LD_PRELOAD"] for each in (own, self.environment) if "LD_PRELOAD" in each]
        return {**own, **self.environment, "LD_PRELOAD": ":".join(preloaded)}

    @property
    def _watch(self) -> Sanitizer | Crashes:
        """Who reports crashes: a sanitizer does it itself."""
        return self.sanitizer if self.sanitizer.kind else self.crashes

    def _answers(self) -> bool:
        if not self.running:
            raise HttpdFailed(f"the server ended with status {self._process.returncode}")
        client = Client(self.url, timeout=self._patient(START_SECONDS))
        try:
            return client.get(conf.HEALTH_LOCATION).status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            client.close()

    def _taken_over_from(self, old: list[int]) -> bool:
        return (not any(processes.listens(pid, self.port) for pid in old)
                and bool(set(self.children()) - set(old)) and self._answers())

    def _has_made_its_children(self) -> bool:
        threads = processes.threads_of_copies(self.pid)
        return threads == {1} or min(threads, default=2) > 1

    def _patient(self, seconds: float) -> float:
        return seconds * self.sanitizer.patience

    def _failed(self, what: str) -> HttpdFailed:
        return HttpdFailed(f"{what}\n--- console\n{tail(self._console)}"
                           f"\n--- error log\n{self.error_log.tail()}")


@cache
def _apxs(name: str, fallback: str) -> str:
    if shutil.which("apxs") is None:
        return fallback
    return subprocess.run(["apxs", "-q", name], check=True, capture_output=True,
                          text=True).stdout.strip()


def modules_directory() -> str:
    return _apxs("LIBEXECDIR", "/usr/lib/apache2/modules")


def httpd_program() -> str:
    return f"{_apxs('SBINDIR', '/usr/sbin')}/{_apxs('PROGNAME', 'apache2')}"

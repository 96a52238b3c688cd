"""The parts that run: httpd, the simulated Jira and perhaps Google; and what is set up in them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

from tests.harness.admin import AdminClient
from tests.harness.conf import ADMIN_LOCATION, Settings
from tests.harness.httpd import ADMIN_USER, Httpd
from tests.harness.jira import JiraProcess
from tests.harness.scratch import ROOT
from tests.quickstart import advice, google, rundir
from tests.quickstart.arguments import Options

MODULE = ROOT / "build" / "quickstart" / ".libs" / "mod_scim_sync.so"
SITE = "main"
IDP = "demo"


class Service:
    """Everything that is started, so that everything is stopped."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.jira: JiraProcess | None = None
        self.google: google.Workspace | None = None
        self.httpd: Httpd | None = None
        self.scim: dict[str, str] = {}

    def start_jira(self) -> None:
        """The simulated Jira."""
        directory = rundir.RUN / "jira"
        directory.mkdir()
        self.jira = JiraProcess(directory)
        self.jira.start()

    def start_google(self) -> None:
        """The simulated Google."""
        self.google = google.Workspace(rundir.RUN / "google")
        self.google.start()

    def start_httpd(self) -> None:
        """httpd with the module, under a user without rights if we have root's."""
        self.httpd = Httpd(rundir.server_directory(), MODULE, port=self.options.port,
                           database=self.options.database)
        if self.google is not None:     # it sends browsers back to this address
            self.httpd.settings = Settings(extra=f"ScimSyncBaseURL {self.httpd.url}")
        self.httpd.start()

    def set_up(self) -> None:
        """Make the site and the IdP, as an administrator does in the console."""
        admin = self.admin()
        admin.put_site(SITE, self.jira_url, *self._credentials())
        tested = admin.post(f"{AdminClient.API}/sites/{SITE}/test", {}).expect(200).json()
        if not tested["ok"]:
            raise AssertionError(f"the connection test of the site says: {tested}")
        self.scim = admin.create_idp(IDP, "other", site=SITE)["scim"]
        rundir.write_env(self.env())
        rundir.write_ctl_config(advice.CTL_CONFIG, self.env())

    def admin(self) -> AdminClient:
        return self.httpd.admin()

    @property
    def jira_url(self) -> str:
        return self.options.jira.url if self.options.jira else self.jira.url

    @property
    def admin_url(self) -> str:
        return f"{self.httpd.url}{ADMIN_LOCATION}/"

    def env(self) -> dict[str, str]:
        """What run/env holds."""
        return {
            "SCIM_BASE_URL": self.scim["baseUrl"], "SCIM_TOKEN": self.scim["token"],
            "ADMIN_URL": self.admin_url, "ADMIN_USER": ADMIN_USER,
            "ADMIN_PASSWORD": self.httpd.admin_password, "JIRA_URL": self.jira_url,
            "HTTPD_PIDFILE": str(self.httpd.directory / "run" / "httpd.pid"),
            "DATABASE": " ".join(self.httpd.database),
            **({"GOOGLE_URL": self.google.directory.base_url} if self.google else {}),
        }

    def logs(self) -> str:
        """The ends of the logs, for a person who wants to know why."""
        parts: list[tuple[str, Path | None, Callable[[], str] | Any]] = []
        if self.httpd is not None:
            parts.append(("httpd's error log", self.httpd.error_log.path,
                          self.httpd.error_log.tail))
        if self.jira is not None:
            parts.append(("the simulated Jira", self.jira.log, self.jira.tail))
        return "\n".join(f"--- {what}, {shown(path)}:\n{tail(20)}" for what, path, tail in parts)

    def stop(self) -> list[str]:
        """Stop all; what went wrong in that."""
        problems = []
        try:
            if self.httpd is not None:
                self.httpd.stop()
        except AssertionError as failure:
            problems.append(f"httpd: {failure}")
        finally:
            if self.httpd is not None:
                self.httpd.dispose()
            if self.jira is not None:
                self.jira.stop()
            if self.google is not None:
                self.google.stop()
        return problems

    def _credentials(self) -> tuple[str, str]:
        site = self.options.jira
        if site is None:
            return self.jira.email, self.jira.api_token
        return site.email, site.token_file.read_text(encoding="utf-8").strip()


def shown(path: Path) -> str:
    """A path as one reads it from the project's folder."""
    return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else str(path)

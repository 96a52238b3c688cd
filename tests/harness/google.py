"""A Google Workspace to connect to: Google's side, a server of ours that it may send browsers back
to, and an administrator's browser."""

import subprocess
from typing import Any, Callable, Iterator

import pytest

from tests.harness import conf, oidc, scratch
from tests.harness.admin import AdminClient
from tests.harness.browser import Browser, Page
from tests.harness.fixtures import Servers, Site, numbers
from tests.harness.httpd import ADMIN_USER, Database, Httpd
from tests.harness.oidc import OidcServer
from tests.simulators.google.oauth import GoogleOAuth


class Workspace:
    """An IdP of the kind google, whose OAuth client is set up and which is not connected."""

    def __init__(self, name: str, admin: AdminClient, google: GoogleOAuth | OidcServer,
                 server: Httpd):
        self.name = name
        self.admin = admin
        self.google = google
        self.server = server
        self.path = f"/api/idps/{name}/google"
        self.callback = server.url + conf.CALLBACK_LOCATION

    def settings(self, **changes: Any) -> dict[str, Any]:
        whole = {"clientId": self.google.client_id, "clientSecret": self.google.client_secret,
                 "endpoints": self.google.endpoints()}
        return {name: value for name, value in (whole | changes).items() if value is not ...}

    def put(self, **changes: Any) -> dict[str, Any]:
        return self.admin.put(self.path, self.settings(**changes)).expect(200).json()

    def show(self) -> dict[str, Any]:
        return self.admin.get(self.path).expect(200).json()

    @property
    def connection(self) -> dict[str, Any]:
        return self.show()["connection"]

    def browser(self) -> Browser:
        return Browser((self.server.url, ADMIN_USER, self.server.admin_password))

    @property
    def connect_url(self) -> str:
        return f"{self.admin.base_url}{self.path}/connect"

    def connect(self, browser: Browser | None = None) -> Page:
        return (browser or self.browser()).visit(self.connect_url)

    def events(self) -> list[tuple[str, str, str]]:
        """Kind, actor and detail, newest first."""
        return [(event["kind"], event["actor"], event["detail"])
                for event in self.admin.events(f"idp={self.name}")
                if event["kind"].startswith("google.")]


@pytest.fixture(scope="session")
def service_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str]:
    """The JSON key of a service account, and its public key in PEM."""
    file = tmp_path_factory.mktemp("key") / "key.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048",
                    "-out", file], check=True, capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", file, "-pubout"], check=True,
                            capture_output=True, text=True).stdout
    return {"type": "service_account", "client_email": "demo@project.example.com",
            "client_id": "100200300", "private_key_id": "demo-key", "private_key": file.read_text(),
            "token_uri": "https://example.net/elsewhere"}, public


@pytest.fixture
def google() -> Iterator[GoogleOAuth]:
    """Google's OAuth, as new; what its documents don't allow fails the test."""
    google = GoogleOAuth()
    google.start()
    yield google
    google.stop()
    assert google.violations == []


@pytest.fixture(scope="module")
def google_httpd(request: pytest.FixtureRequest, make_database: Callable[[], Database],
                 database: Database) -> Iterator[Httpd]:
    """A server that knows its own address, and writes an access log."""
    servers = Servers(request.config, make_database, request.module.__name__)
    server = servers.make(database=database, settings=conf.Settings(modules=["status"]))
    server.settings.extra = f"""
        ScimSyncBaseURL {server.url}
        ExtendedStatus On
        CustomLog {server.directory}/logs/access.log "%r %q %>s %{{Referer}}i"
        <Location "/server-status">
            SetHandler server-status
        </Location>"""
    try:
        server.start()
    except AssertionError:
        servers.abandon()
        raise
    yield server
    servers.close()


@pytest.fixture
def workspace(admin: AdminClient, site: Site, google: GoogleOAuth, google_httpd: Httpd
              ) -> Iterator[Workspace]:
    """For files whose `httpd` is google_httpd."""
    name = f"ws-{next(numbers)}"
    admin.post("/api/idps", {"name": name, "kind": "google", "site": site.name}).expect(201)
    workspace = Workspace(name, admin, google, google_httpd)
    google.redirect_uris = {workspace.callback}
    workspace.put()
    yield workspace
    admin.delete_idp(name)


@pytest.fixture(scope="module")
def oidc_process(google_httpd: Httpd) -> Iterator[OidcServer]:
    """Skips what needs it where it is not installed."""
    why = oidc.lacking()
    if why:
        pytest.skip(why)
    directory = scratch.make("oidc")
    server = OidcServer(directory, google_httpd.url + conf.CALLBACK_LOCATION)
    yield server
    server.stop()
    scratch.remove(directory)


@pytest.fixture
def oidc_server(oidc_process: OidcServer) -> OidcServer:
    """As new, but for the tokens that it has given out."""
    oidc_process.set(reset=True)
    return oidc_process


@pytest.fixture
def oidc_workspace(admin: AdminClient, site: Site, oidc_server: OidcServer, google_httpd: Httpd
                   ) -> Iterator[Workspace]:
    """As `workspace`, with a server of OAuth that is not ours."""
    name = f"oidc-{next(numbers)}"
    admin.post("/api/idps", {"name": name, "kind": "google", "site": site.name}).expect(201)
    workspace = Workspace(name, admin, oidc_server, google_httpd)
    workspace.put()
    yield workspace
    admin.delete_idp(name)

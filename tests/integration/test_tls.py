"""Jira over TLS: HTTP/2 where the server has it, on one connection; whom the module trusts."""

from pathlib import Path
from typing import Callable, Iterator

import pytest

from tests.harness import scratch, tls
from tests.harness.conf import Settings
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.ports import Port
from tests.integration.scene import own_scene

pytestmark = pytest.mark.any_mpm

USERS = 40


class Front:
    """httpd's own mod_http2 in front of the simulated Jira, in the server under test itself."""

    def __init__(self, directory: Path, jira: JiraProcess):
        self.certificates = tls.make(directory)
        self.port = Port()
        self.url = f"https://127.0.0.1:{self.port.number}"
        self._directory = directory
        self._jira = jira

    def settings(self, extra: str = "") -> Settings:
        return Settings(modules=["ssl", "socache_shmcb", "http2", "proxy", "proxy_http"], extra=f"""
            {extra}
            SSLSessionCache shmcb:{self._directory}/sessions
            Listen 127.0.0.1:{self.port.number}
            <VirtualHost 127.0.0.1:{self.port.number}>
                ServerName 127.0.0.1
                SSLEngine On
                SSLCertificateFile {self.certificates.certificate}
                SSLCertificateKeyFile {self.certificates.key}
                Protocols h2 http/1.1
                CustomLog {self._directory}/front.log "%H %{{remote}}p %s"
                ProxyPass "/" "{self._jira.url}/"
            </VirtualHost>""")

    def served(self) -> list[tuple[str, str, str]]:
        """Of each call: its protocol, the client's port, the answer's status."""
        return [(*line.split(),)  # type: ignore[misc]
                for line in (self._directory / "front.log").read_text().splitlines()]


@pytest.fixture
def front(jira: JiraProcess, request: pytest.FixtureRequest) -> Iterator[Front]:
    if request.config.getoption("--sanitizer"):
        pytest.skip("mod_ssl frees little of what it has when it is unloaded")
    directory = scratch.make("tls")
    front = Front(directory, jira)
    yield front
    front.port.release()
    scratch.remove(directory)


def test_a_burst_of_calls_shares_one_connection_over_http2(
        front: Front, jira: JiraProcess, make_httpd: Callable[..., Httpd]) -> None:
    server = make_httpd(settings=front.settings(f"ScimSyncCAFile {front.certificates.authority}"))
    server.start()
    with own_scene(server, jira) as scene:
        scene.put_site(baseUrl=front.url)
        idp = scene.idp()
        for number in range(USERS):
            idp.create_user(f"user-{number}@example.com")
        assert len(scene.settle().accounts) >= USERS
    served = front.served()
    assert len(served) >= 2 * USERS
    assert {protocol for protocol, _, _ in served} == {"HTTP/2.0"}
    # One of the provisioner's; one more of whoever tests a site meanwhile.
    assert len({port for _, port, _ in served}) <= 2


def test_whom_nobody_vouches_for_sees_no_token(
        front: Front, jira: JiraProcess, make_httpd: Callable[..., Httpd]) -> None:
    server = make_httpd(settings=front.settings())
    server.start()
    server.error_log.expect("SCIM0122: .*certificate", optional=True)
    with own_scene(server, jira) as scene:
        scene.put_site(baseUrl=front.url)
        test = scene.admin.post(f"/api/sites/{scene.site}/test", {}).expect(200).json()
    assert test["ok"] is False
    assert "certificate" in test["detail"]
    assert front.served() == []

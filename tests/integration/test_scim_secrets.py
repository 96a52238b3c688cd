"""What must not be found again: in the database, in the log, in what the admin API tells."""

import sqlite3
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.harness.admin import scim_client
from tests.harness.conf import Settings
from tests.harness.httpd import Database, Httpd

# Everything is logged: the database's statements too, if the module ever did that.
LOUD = Settings(log_level="info scim_sync:trace8 dbd:trace8")


def stored(server: Httpd) -> bytes:
    """All that the server has written: the database as bytes or as a dump, and its log."""
    found = b""
    for folder in ("logs", "db", "run"):
        for path in sorted((server.directory / folder).rglob("*")):
            if path.is_file() and path != server.key_file:
                found += path.read_bytes()
    return found + dump(server.database)


def dump(database: Database) -> bytes:
    if database.driver != "pgsql":
        return b""
    tool = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))[-1]
    return subprocess.run([tool, "-d", database.params, "--inserts"], check=True,
                          capture_output=True).stdout


def everything_told(server: Httpd) -> str:
    admin = server.admin()
    told = [admin.get(f"/api/{path}").expect(200).text()
            for path in ("sites", "sites/main", "idps", "idps/okta", "idps/okta/tokens", "tasks",
                         "events?limit=1000", "status")]
    admin.close()
    return "\n".join(told)


@pytest.fixture
def server(make_httpd: Callable[..., Httpd]) -> Httpd:
    made = make_httpd(settings=LOUD)
    made.start()
    return made


def test_passwords_leave_no_trace(server: Httpd, jira: Any) -> None:
    secrets = [f"demo-Sesame-{number}" for number in range(6)]
    admin = server.admin()
    admin.put_site("main", jira.url, jira.email, jira.api_token)
    scim = scim_client(admin.create_idp("okta"))
    ann = scim.create_user("ann@example.com", password=secrets[0])
    path = f"/Users/{ann['id']}"
    scim.put(path, {"userName": "ann@example.com", "Password": secrets[1]}).expect(200)
    scim.patch_operations(path, {"op": "replace", "path": "password", "value": secrets[2]}
                          ).expect(200)
    scim.patch_operations(path, {"op": "add", "value": {"password": secrets[3]}}).expect(200)
    scim.post("/Users", {"userName": "ann@example.com", "password": secrets[4]}).expect(409)
    scim.post("/Users", body=f'{{"password": "{secrets[5]}", oops').expect(400)
    everything = stored(server) + scim.get("/Users").body + everything_told(server).encode()
    assert b"ann@example.com" in everything
    assert [secret for secret in secrets if secret.encode() in everything] == []
    admin.close()
    scim.close()


def test_tokens_and_api_tokens_are_nowhere_in_clear(server: Httpd, jira: Any) -> None:
    admin = server.admin()
    old_token = "demo-old-api-token-7d1f"
    server.error_log.expect("SCIM0122", optional=True)
    put = {"baseUrl": jira.url, "email": jira.email, "products": ["jira-software"]}
    answers = [admin.put("/api/sites/main", put | {"apiToken": token}).text()
               for token in (old_token, jira.api_token)]
    made = admin.create_idp("okta")
    second = admin.create_token("okta")
    answers.append(admin.get("/api/sites/main").text())
    answers.append(str(admin.test_site("main")))
    scim = scim_client(made)
    scim.create_user("ann@example.com")
    scim.get("/Users", headers={"Authorization": f"Bearer {second['token']}"}).expect(200)
    secrets = [old_token, jira.api_token, made["scim"]["token"], second["token"],
               server.admin_password, server.key_file.read_text().strip()]
    told = "\n".join(answers) + everything_told(server)
    everything = stored(server) + told.encode()
    assert second["id"].encode() in everything
    assert [secret for secret in secrets if secret.encode() in everything] == []
    admin.close()
    scim.close()


def test_the_same_api_token_is_stored_in_other_bytes_each_time(server: Httpd, jira: Any
                                                               ) -> None:
    """Else one could see which sites share a token."""
    admin = server.admin()
    # One Jira is one site: the second one calls it by another name.
    for name, url in ("one", jira.url), ("two", jira.url.replace("127.0.0.1", "localhost")):
        admin.put_site(name, url, jira.email, jira.api_token)
    sealed = [field for field in sealed_tokens(server) if field]
    admin.close()
    assert len(sealed) == len(set(sealed)) == 2


def sealed_tokens(server: Httpd) -> list[str]:
    query = "SELECT api_token FROM site ORDER BY name"
    if server.database.driver == "pgsql":
        return subprocess.run(["psql", "-X", "-A", "-t", "-d", server.database.params, "-c", query],
                              check=True, capture_output=True, text=True).stdout.splitlines()
    with sqlite3.connect(server.database.params) as connection:
        return [row[0] for row in connection.execute(query)]

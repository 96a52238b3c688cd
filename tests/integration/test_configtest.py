"""apachectl configtest refuses a wrong configuration with a sentence that says what to write."""

import base64
import os
import secrets
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.harness.conf import (
    ADMIN_LOCATION, CALLBACK_LOCATION, HEALTH_LOCATION, PUSH_LOCATION, SCIM_LOCATION,
    SCIM_V1_LOCATION, Settings)
from tests.harness.httpd import Database, Httpd
from tests.harness.scratch import make as make_directory
from tests.harness.scratch import remove

pytestmark = pytest.mark.any_mpm

Make = Callable[..., Httpd]


def refused(server: Httpd, *words: str) -> str:
    fine, output = server.configtest()
    assert not fine, output
    for word in words:
        assert word in output, output
    return output


def with_lines(server: Httpd, changes: dict[str, str]) -> Httpd:
    """The server whose configuration has these lines, found by how they begin, changed."""
    write = server.write_conf

    def write_changed() -> None:
        write()
        lines = server.conf_file.read_text().splitlines()
        for start, line in changes.items():
            assert any(old.strip().startswith(start) for old in lines)
            lines = [line if old.strip().startswith(start) else old for old in lines]
        server.conf_file.write_text("\n".join(lines) + "\n")

    server.write_conf = write_changed
    return server


@pytest.fixture
def make_httpd(make_httpd: Make) -> Make:
    """A configtest opens no database, so that none need be made for each."""
    return lambda **options: make_httpd(**{"database": Database("sqlite3")} | options)


def test_the_configuration_of_the_harness_is_fine(httpd: Httpd) -> None:
    fine, output = httpd.configtest()
    assert fine and "Syntax OK" in output


def test_a_version_that_is_not_spoken(make_httpd: Make) -> None:
    server = make_httpd()
    for value in ("1", "1.0", "2", "2.0.0", "v2", "off"):
        server.settings.extra = f'ScimSyncVersion "{value}"'
        refused(server, f"ScimSyncVersion {value}: write 1.1 or 2.0")
    server.settings.extra = "ScimSyncVersion 1.1\nScimSyncVersion 2.0"
    assert server.configtest()[0]


NUMBERS = {
    "ScimSyncMaxBody": (1024, 1073741824),
    "ScimSyncMaxDepth": (4, 512),
    "ScimSyncMaxOperations": (1, 100000),
    "ScimSyncMaxValues": (10, 100000),
    "ScimSyncMaxFilter": (64, 65536),
    "ScimSyncMaxFilterDepth": (1, 256),
    "ScimSyncMaxFilterLooks": (1, 10000),
    "ScimSyncPageSize": (1, 10000),
    "ScimSyncCursorTimeout": (1, 604800),
    "ScimSyncPatchMembers": (0, 100000),
    "ScimSyncSharedSize": (65536, 1073741824),
    "ScimSyncJiraConnections": (1, 100),
    "ScimSyncJiraTimeout": (1, 600),
    "ScimSyncReconcileHours": (0, 8760),
    "ScimSyncEventDays": (0, 36500),
}
GLOBAL = {"ScimSync": "On", "ScimSyncKeyFile": "/etc/demo.key", "ScimSyncSharedSize": "65536",
          "ScimSyncJiraConnections": "1", "ScimSyncJiraTimeout": "1", "ScimSyncEventDays": "1",
          "ScimSyncReconcileHours": "1", "ScimSyncEventLog": "logs/events.log",
          "ScimSyncCAFile": "/etc/demo-ca.pem"}


@pytest.mark.parametrize("directive", NUMBERS)
def test_a_number_out_of_range(directive: str, make_httpd: Make) -> None:
    least, most = NUMBERS[directive]
    server = make_httpd()
    for value in (least - 1, most + 1, "many", "10x", "1.5", "0x10", "99999999999999999999"):
        server.settings.extra = f'{directive} "{value}"'
        refused(server, f"{directive} {value}: write a whole number from {least} to {most}")
    server.settings.extra = f"{directive} {least}\n{directive} {most}"
    assert server.configtest()[0]


@pytest.mark.parametrize("directive", [*NUMBERS, "ScimSync", "ScimSyncKeyFile", "ScimSyncBaseURL"])
def test_a_directive_without_its_argument(directive: str, make_httpd: Make) -> None:
    refused(make_httpd(settings=Settings(extra=directive)), directive)


@pytest.mark.parametrize("directive", [*NUMBERS, "ScimSync", "ScimSyncKeyFile", "ScimSyncBaseURL"])
def test_a_directive_with_too_many_arguments(directive: str, make_httpd: Make) -> None:
    refused(make_httpd(settings=Settings(extra=f"{directive} 10000 10000")), directive)


def test_scimsync_is_on_or_off(make_httpd: Make) -> None:
    refused(make_httpd(settings=Settings(extra="ScimSync perhaps")), "ScimSync", "On or Off")


@pytest.mark.parametrize("url", [
    "sync.example.com", "/scim", "ftp://sync.example.com", "https://", "https:///scim",
    "https://sync.example.com/?a=b", "https://sync.example.com/#a",
    "https://jane:demo@sync.example.com", "//sync.example.com", "https:sync.example.com"])
def test_a_base_url_that_is_none(url: str, make_httpd: Make) -> None:
    server = make_httpd(settings=Settings(extra=f'ScimSyncBaseURL "{url}"'))
    refused(server, "ScimSyncBaseURL", "such as https://sync.example.com")


@pytest.mark.parametrize("directive", GLOBAL)
def test_what_holds_for_the_whole_server(directive: str, make_httpd: Make) -> None:
    line = f"{directive} {GLOBAL[directive]}"
    server = make_httpd(settings=Settings(vhosts={"sync.example.com": line}))
    refused(server, directive, "cannot occur within <VirtualHost> section")
    server = make_httpd(settings=Settings(locations={"/demo": line}))
    refused(server, directive, "not allowed")


# The key file


def test_no_key_file(make_httpd: Make) -> None:
    server = with_lines(make_httpd(), {"ScimSyncKeyFile": ""})
    refused(server, "ScimSyncKeyFile is missing", "openssl rand -base64 32")


def test_a_key_file_that_is_not_there(make_httpd: Make) -> None:
    server = make_httpd()
    server.key_file.unlink()
    refused(server, str(server.key_file), "can't be read", "openssl rand -base64 32",
            "No such file")


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o666])
def test_a_key_file_for_everybody(mode: int, make_httpd: Make) -> None:
    server = make_httpd()
    server.key_file.chmod(mode)
    refused(server, str(server.key_file), "mode 600")


def key(size: int = 32) -> str:
    return base64.b64encode(secrets.token_bytes(size)).decode()


@pytest.mark.parametrize("text, words", [
    ("", "no key"), ("\n\n# a comment\n", "no key"), ("demo-key", "line 1"),
    (key(16), "line 1"), (key(33), "line 1"), (f"# first\n{key()}\n{key()[:-2]}", "line 3"),
    (f"{key()} {key()}", "line 1"), ("\0" * 44, ""), ("\xff" * 44, "line 1"),
])
def test_a_key_file_without_a_good_key(text: str, words: str, make_httpd: Make) -> None:
    """The sentence names the line, and never shows what stands in it."""
    server = make_httpd()
    server.key_file.write_text(text)
    output = refused(server, str(server.key_file), words)
    for part in text.split():
        assert len(part) < 16 or part not in output


def test_a_key_file_with_several_keys_and_comments(make_httpd: Make) -> None:
    server = make_httpd()
    server.key_file.write_text(f"# new\n{key()}\n\n  {key()}  \n")
    assert server.configtest()[0]


def test_a_key_file_relative_to_the_server_root(make_httpd: Make) -> None:
    server = make_httpd(settings=Settings(extra="ScimSyncKeyFile run/scim-sync.key"))
    assert server.configtest()[0]


def program(server: Httpd, text: str) -> Path:
    path = server.directory / "run" / "print-key"
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_program_that_prints_the_key(make_httpd: Make, jira: Any) -> None:
    """A secret sealed under its key can be opened: by the site's test, also after a restart."""
    server = make_httpd()
    path = program(server, f"#!/bin/sh\ntest \"$1\" = demo && echo '{key()}'\n")
    server.settings.extra = f'ScimSyncKeyFile "exec:{path} demo"'
    server.start()
    for _ in range(2):
        admin = server.admin()
        if not admin.sites():
            admin.put_site("main", jira.url, jira.email, jira.api_token)
        assert admin.test_site("main")["ok"] is True
        admin.close()
        server.restart()


@pytest.mark.parametrize("source", ["exec:", "exec:/nonexistent/demo-program"])
def test_a_program_that_is_not_there(source: str, make_httpd: Make) -> None:
    """It need not be run to see that; it is not run by a configtest."""
    refused(make_httpd(settings=Settings(extra=f"ScimSyncKeyFile {source}")), "ScimSyncKeyFile",
            "program")


def test_a_configtest_runs_no_program(make_httpd: Make) -> None:
    server = make_httpd()
    server.settings.extra = f"ScimSyncKeyFile exec:{program(server, '#!/bin/sh')}"
    program(server, f"#!/bin/sh\ntouch {server.directory}/run/was-run\n")
    server.configtest()
    assert not (server.directory / "run" / "was-run").exists()


@pytest.mark.parametrize("printed", ["", "demo-key"])
def test_a_program_that_prints_no_key(printed: str, make_httpd: Make) -> None:
    server = make_httpd()
    path = program(server, f"#!/bin/sh\necho '{printed}'\n")
    server.settings.extra = f"ScimSyncKeyFile exec:{path}"
    with pytest.raises(AssertionError, match="the server ended"):
        server.start()
    assert "ScimSyncKeyFile" in server.error_log.tail()
    server.error_log.expect("ScimSyncKeyFile|AH00018")


# Who vouches for servers


@pytest.mark.parametrize("text", [None, "", "demo"], ids=["missing", "empty", "none"])
def test_a_file_without_certificates(text: str | None, make_httpd: Make) -> None:
    server = make_httpd(settings=Settings(extra="ScimSyncCAFile conf/ca.pem"))
    if text is not None:
        (server.directory / "conf" / "ca.pem").write_text(text)
    refused(server, f"ScimSyncCAFile: {server.directory}/conf/ca.pem: no certificates",
            "-----BEGIN CERTIFICATE-----")


# The database


def test_no_driver(make_httpd: Make) -> None:
    server = with_lines(make_httpd(), {"DBDriver": ""})
    refused(server, "DBDriver and DBDParams are missing", "DBDriver sqlite3")


def test_no_parameters(make_httpd: Make) -> None:
    server = with_lines(make_httpd(), {"DBDParams": ""})
    refused(server, "DBDriver and DBDParams are missing")


def test_parameters_of_a_virtual_host_only(make_httpd: Make) -> None:
    server = make_httpd(settings=Settings(vhosts={
        "sync.example.com": "DBDriver sqlite3\nDBDParams /tmp/demo.db"}))
    refused(with_lines(server, {"DBDriver": "", "DBDParams": ""}), "outside of virtual hosts")


def test_a_driver_that_we_do_not_speak(make_httpd: Make) -> None:
    server = with_lines(make_httpd(), {"DBDriver": "DBDriver mysql"})
    refused(server, "mysql")


def test_mod_dbd_is_not_loaded(make_httpd: Make) -> None:
    server = with_lines(make_httpd(), {
        "LoadModule dbd_module": "", "DBDriver": "", "DBDParams": "", "DBDMin": "", "DBDKeep": "",
        "DBDMax": ""})
    refused(server, "mod_dbd is not loaded", "LoadModule dbd_module")


def test_a_folder_that_is_not_there(make_httpd: Make) -> None:
    server = make_httpd(database=Database("sqlite3", "/nonexistent/demo/scim-sync.db"))
    refused(server, "/nonexistent/demo", "install -d", "-o www-data")


def test_a_folder_that_is_a_file(make_httpd: Make) -> None:
    server = make_httpd(database=Database("sqlite3", "/etc/passwd/scim-sync.db"))
    refused(server, "/etc/passwd", "install -d")


@pytest.mark.skipif(os.geteuid() != 0, reason="httpd runs as its own user only when root starts it")
def test_a_folder_that_the_server_can_not_write_to(make_httpd: Make) -> None:
    directory = make_directory("closed")
    server = make_httpd(database=Database("sqlite3", str(directory / "scim-sync.db")))
    refused(server, str(directory), "not writable", "install -d")
    remove(directory)


# Where the handlers stand


@pytest.mark.parametrize("handler", ["scim-sync", "scim-sync-admin", "scim-sync-health"])
@pytest.mark.parametrize("section", [
    '<LocationMatch "^/demo">', '<Location "~" "^/demo">', '<Location "/demo/*">',
    '<Directory "/tmp">', '<Files "demo">', ""])
def test_a_handler_outside_of_a_plain_location(handler: str, section: str, make_httpd: Make
                                               ) -> None:
    end = f"</{section[1:].split()[0]}>" if section else ""
    server = make_httpd(settings=Settings(extra=f"{section}\nSetHandler {handler}\n{end}"))
    refused(server, f"SetHandler {handler}", "<Location>", '<Location "/scim/v2">')


def test_a_handler_in_a_virtual_host_is_checked_too(make_httpd: Make) -> None:
    server = make_httpd(settings=Settings(vhosts={
        "sync.example.com": '<Directory "/tmp">\nSetHandler scim-sync\n</Directory>'}))
    refused(server, "SetHandler scim-sync", "<Location>")


def test_handlers_and_nothing_says_on(make_httpd: Make) -> None:
    server = with_lines(make_httpd(), {"ScimSync On": ""})
    refused(server, "nothing says ScimSync On", "ScimSync Off")


def test_handlers_with_scimsync_off(make_httpd: Make) -> None:
    """A mirror that is switched off on purpose: it starts, and answers 503."""
    server = with_lines(make_httpd(), {"ScimSync On": "ScimSync Off", "ScimSyncKeyFile": ""})
    assert server.configtest()[0]


def test_no_handlers_and_nothing_else(make_httpd: Make) -> None:
    """A server that loads the module and does not use it needs nothing of all this."""
    server = make_httpd(settings=Settings(locations={
        SCIM_LOCATION: None, SCIM_V1_LOCATION: None, ADMIN_LOCATION: None,
        HEALTH_LOCATION: None, CALLBACK_LOCATION: None, PUSH_LOCATION: None}))
    fine, output = with_lines(server, {"ScimSync On": "", "ScimSyncKeyFile": "", "DBDriver": "",
                                       "DBDParams": ""}).configtest()
    assert fine, output

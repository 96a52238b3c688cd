"""scim-syncctl export and apply: the configuration as a file, and a server made as it says."""

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import ScimClient
from tests.harness.ctl import DIFFERENT, FAILED, FINE, USAGE, Ctl
from tests.harness.google import Workspace
from tests.harness.httpd import Httpd
from tests.harness.jira import JiraProcess
from tests.harness.wait import until

pytestmark = pytest.mark.any_mpm

SECRET = "demo-secret-of-the-client"
RULES = {"precedence": 5,
         "users": {"filter": {"exclude": [{"attribute": "userName", "pattern": "^svc-"}]},
                   "gracePeriod": 3600},
         "groups": {"mappings": [{"group": "Devs", "jiraGroups": ["jira-dev"]}]},
         "guard": {"deactivations": {"number": 7}}}


class File:
    """A document on disk, and the program that applies it."""

    def __init__(self, ctl: Ctl, path: Path):
        self.ctl = ctl
        self.path = path

    def export(self) -> dict[str, Any]:
        self.ctl.run("export", self.path).expect()
        return json.loads(self.path.read_text())

    def write(self, document: dict[str, Any]) -> None:
        self.path.write_text(json.dumps(document))

    def apply(self, *options: str, status: int = FINE, **environment: str) -> Any:
        return self.ctl.run("apply", self.path, *options, **environment).expect(status)


@pytest.fixture(scope="module")
def httpd(google_httpd: Httpd) -> Httpd:
    """With a callback for Google."""
    return google_httpd


@pytest.fixture
def file(ctl: Ctl, tmp_path: Path) -> File:
    return File(ctl, tmp_path / "scim-sync.json")


@pytest.fixture
def full(admin: AdminClient, make_idp: Callable[..., Any], site: Any, workspace: Workspace
         ) -> Iterator[Any]:
    """A server on which everything is set."""
    soon = datetime.now(timezone.utc) + timedelta(days=90)
    admin.put(f"/api/sites/{site.name}", {
        "protectedGroups": ["vip-*", "board"],
        "products": ["jira-software", "jira-servicedesk"],
        "apiTokenExpires": soon.isoformat(), "gatewayUrl": site.jira.url,
        "organization": {"id": "demo-org", "url": site.jira.url, "apiKey": "demo-key"}}).expect(200)
    idp = make_idp(provider="entra", state="dryRun", requestsPerMinute=600, displayName="Wörks",
                   allowFrom=["192.0.2.0/24", "2001:db8::7"])
    admin.put_rules(idp.name, RULES)
    customers = make_idp(mode="customers")
    admin.put_rules(customers.name, {"groups": {"mappings": [
        {"group": "Partners", "projects": ["DEMO"], "organizations": ["Example Ltd"]}]}})
    workspace.put(domain="example.com", administrator="admin@example.com")
    admin.put(f"{workspace.path}/choice", {
        "domain": "example.com", "onlyMembersOfGroups": True, "everybody": "expand",
        "users": {"queries": ["orgDepartment=Sales"],
                  "orgUnits": {"include": ["/Sales"], "exclude": ["/Sales/Old"]}},
        "groups": {"include": [{"pattern": "^jira-"}], "exclude": [{"group": "x@example.com"}],
                   "query": "email:jira-*"}}).expect(200)
    admin.put(f"{workspace.path}/schedule", {"dailyAt": "03:30", "push": {
        "address": "https://sync.example.com/push", "atMostEvery": {"minutes": 7}}}).expect(200)
    yield idp


@pytest.fixture
def other(make_httpd: Callable[..., Httpd], httpd: Httpd, tmp_path: Path) -> File:
    """An empty server, and its file."""
    server = make_httpd()
    server.settings.extra = f"ScimSyncBaseURL {server.url}"
    server.start()
    home = tmp_path / "other"
    home.mkdir()
    return File(Ctl(server, home), home / "scim-sync.json")


def unset(value: Any, path: str = "") -> Iterator[str]:
    """Where nothing is."""
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from unset(each, f"{path}.{name}".removeprefix("."))
    elif value in (None, [], {}):
        yield path


def settings_of(admin: AdminClient, idp: Any) -> dict[str, Any]:
    return admin.get(f"/api/idps/{idp.name}").expect(200).json()


def test_what_was_exported_makes_no_difference(full: Any, file: File, admin: AdminClient) -> None:
    text = json.dumps(file.export())
    assert not any(word in text for word in ("demo-key", file.ctl.password_file.read_text().strip(),
                                             "createdAt", "lastContactAt"))
    before = admin.events("limit=1")[0]["id"]
    assert file.apply().out == "There is no difference.\n"
    assert file.ctl.run("apply", file.path, "--json").expect().json() == {"changes": [],
                                                                          "applied": False}
    assert admin.events("limit=1")[0]["id"] == before


def test_an_export_is_stable_and_made_for_git(full: Any, file: File) -> None:
    file.export()
    first = file.path.read_text()
    file.export()
    assert file.path.read_text() == first == file.ctl.run("export").expect().out
    assert first == json.dumps(json.loads(first), indent=2, sort_keys=True,
                               ensure_ascii=False) + "\n"


def test_an_export_replaces_files_alone(full: Any, file: File, tmp_path: Path) -> None:
    """Not a link to one, and above all no device."""
    link, pipe = tmp_path / "link.json", tmp_path / "pipe"
    file.export()
    link.symlink_to(file.path.name)
    file.path.write_text("")
    file.ctl.run("export", link).expect()
    assert link.is_symlink() and file.path.read_text() == file.ctl.run("export").expect().out
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    file.ctl.run("export", pipe).expect()
    assert pipe.is_fifo() and os.read(reader, 65536).decode() == file.path.read_text()
    os.close(reader)
    assert not list(tmp_path.glob("*.new"))


def test_applied_to_an_empty_server_it_gives_the_same_export(full: Any, file: File, other: File,
                                                             jira: JiraProcess, site: Any,
                                                             workspace: Workspace) -> None:
    whole = file.export()
    assert whole["idps"][full.name]["displayName"] == "Wörks"
    assert whole["idps"][full.name]["rules"]["guard"]["deactivations"]["number"] == 7
    # Each setting is tried but an API token with scopes, and the other one of two schedules.
    assert list(unset(whole["sites"][site.name])) == ["cloudId"]
    assert list(unset(whole["idps"][workspace.name]["google"])) == ["schedule.every"]
    other.write(whole)
    refused = other.apply("--yes", status=USAGE)
    names = [one["env"] for one in (whole["sites"][site.name]["apiToken"],
                                    whole["sites"][site.name]["organization"]["apiKey"],
                                    whole["idps"][workspace.name]["google"]["clientSecret"])]
    assert names[0] == f"SCIM_SYNC_{site.name.upper().replace('-', '_')}_API_TOKEN"
    assert names[0] in refused.err and "Nothing was changed" in refused.err
    assert other.ctl.json("site", "list")["sites"] == []
    secrets = dict(zip(names, (jira.api_token, "demo-key", SECRET)))
    done = other.apply("--yes", **secrets)
    assert f"+ site {site.name}" in done.out and "token rotate" in done.err
    assert not any(secret in done.out + done.err for secret in secrets.values())
    assert other.export() == whole
    assert other.apply().out == "There is no difference.\n"
    assert other.ctl.json("site", "test", site.name)["ok"] is True


def test_a_change_is_shown_and_made(full: Any, file: File, admin: AdminClient, site: Any) -> None:
    whole = file.export()
    mine = whole["idps"][full.name]
    mine.update(state="live", requestsPerMinute=None, allowFrom=["192.0.2.0/24"])
    mine["rules"]["users"]["filter"]["exclude"].append({"attribute": "email", "pattern": "@x$"})
    whole["sites"][site.name]["protectedGroups"] = ["board", "ceo"]
    file.write(whole)
    wanted = ['+ protectedGroups: "ceo"', '- protectedGroups: "vip-*"',
              '- allowFrom: "2001:db8::7"', '~ state: "dryRun" -> "live"',
              "~ requestsPerMinute: 600 -> null",
              '+ rules.users.filter.exclude: {"attribute":"email","pattern":"@x$"}']
    shown = file.apply("--dry-run", status=DIFFERENT).out
    assert [line for line in wanted if line not in shown] == []
    assert settings_of(admin, full)["state"] == "dryRun"
    assert "--yes" in file.apply(status=USAGE).err
    assert settings_of(admin, full)["state"] == "dryRun"
    file.apply("--yes")
    now = settings_of(admin, full)
    assert (now["state"], now["requestsPerMinute"], now["allowFrom"]) == ("live", None,
                                                                          ["192.0.2.0/24"])
    assert len(admin.rules(full.name)["users"]["filter"]["exclude"]) == 2
    assert file.apply().out == "There is no difference.\n"


def test_what_the_file_does_not_say_stays(full: Any, file: File, admin: AdminClient) -> None:
    file.write({"version": 1, "idps": {full.name: {
        "rules": {"users": {"gracePeriod": 60}}, "provider": "okta"}}})
    changes = file.ctl.run("apply", file.path, "--yes", "--json").expect().json()
    assert changes["applied"] and changes["changes"] == [
        {"kind": "idp", "name": full.name, "do": "change", "secrets": [], "differences": [
            {"path": "provider", "element": False, "before": "entra", "after": "okta"},
            {"path": "rules.users.gracePeriod", "element": False, "before": 3600, "after": 60}]}]
    rules = admin.rules(full.name)
    assert rules["users"]["gracePeriod"] == 60 and rules["users"]["filter"]["exclude"]
    assert settings_of(admin, full)["requestsPerMinute"] == 600


def test_googles_settings_choice_and_schedule(full: Any, file: File, admin: AdminClient,
                                              workspace: Workspace) -> None:
    google = {"schedule": {"every": {"minutes": 30}}, "choice": {"onlyMembersOfGroups": False},
              "administrator": "root@example.com"}
    file.write({"version": 1, "idps": {workspace.name: {"google": google}}})
    out = file.apply("--yes").out
    assert '+ google.schedule.every.minutes: 30' in out
    schedule = admin.get(f"{workspace.path}/schedule").expect(200).json()
    assert (schedule["every"], schedule["dailyAt"]) == ({"minutes": 30}, None)
    choice = admin.get(f"{workspace.path}/choice").expect(200).json()
    assert choice["onlyMembersOfGroups"] is False and choice["groups"]["include"]
    assert workspace.show()["administrator"] == "root@example.com"
    assert file.apply().out == "There is no difference.\n"


def test_secrets_are_sent_again_when_asked(file: File, admin: AdminClient, site: Any,
                                           jira: JiraProcess, tmp_path: Path, httpd: Httpd
                                           ) -> None:
    httpd.error_log.expect("SCIM0122", optional=True)
    token = tmp_path / "token"
    token.touch(0o600)
    token.write_text("demo-wrong\n")
    file.write({"version": 1, "sites": {site.name: {"apiToken": {"file": str(token)}}}})
    assert file.apply().out == "There is no difference.\n"
    done = file.apply("--yes", "--secrets")
    assert f"apiToken: from the file {token}" in done.out and "demo-wrong" not in done.out
    file.ctl.run("site", "test", site.name).expect(FAILED)
    token.write_text(jira.api_token)
    file.apply("--yes", "--secrets")
    file.ctl.run("site", "test", site.name).expect()
    # Where it is, is a matter of the file, and stays in it.
    assert file.export()["sites"][site.name]["apiToken"] == {"file": str(token)}


@pytest.mark.parametrize("document, words", [
    ({"version": 2}, "version"),
    ({"version": 1, "idp": {}}, "no field idp"),
    ({"version": 1, "idps": {"okta": {"sitse": ["main"]}}}, "no field sitse in idps.okta"),
    ({"version": 1, "idps": {"../x": {}}}, "no name"),
    ({"version": 1, "sites": {"main": {"apiToken": "demo-token"}}}, "where the secret is"),
    ({"version": 1, "sites": {"new": {"baseUrl": "https://new.example.com"}}}, "needs email"),
    ({"version": 1, "idps": {"new": {"provider": "okta"}}}, "needs sites")])
def test_a_file_that_is_wrong_changes_nothing(file: File, document: Any, words: str) -> None:
    file.write(document)
    done = file.apply("--yes", status=USAGE)
    assert words in done.err and "demo-token" not in done.err


def test_rules_that_are_wrong_are_known_before_anything_is_changed(full: Any, file: File,
                                                                   admin: AdminClient, site: Any
                                                                   ) -> None:
    file.write({"version": 1, "sites": {site.name: {"protectedGroups": ["ceo"]}}, "idps": {
        full.name: {"rules": {"users": {"patterns": [{"pattern": "(", "replacement": ""}]}}}}})
    done = file.apply("--yes", status=USAGE)
    assert "users.patterns[0].pattern" in done.err and "Nothing was changed" in done.err
    assert admin.sites()[0]["protectedGroups"] != ["ceo"]


def test_a_new_provider_is_never_live_without_its_rules(file: File, admin: AdminClient, site: Any
                                                        ) -> None:
    """Its rules can be tried by nobody before it is there."""
    patterns = [{"pattern": "(", "replacement": "x"}]
    new: dict[str, Any] = {"sites": [site.name], "rules": {"users": {"patterns": patterns}}}
    file.write({"version": 1, "idps": {"by-file": new}})
    done = file.apply("--yes", status=FAILED)
    assert "users.patterns[0].pattern" in done.err and "its state is paused" in done.err
    assert file.ctl.json("idp", "show", "by-file")["state"] == "paused"
    admin.delete_idp("by-file")
    patterns[0]["pattern"] = "(.*)"
    file.write({"version": 1, "idps": {"by-file": new}})
    assert "its state is" not in file.apply("--yes").err
    assert file.ctl.json("idp", "show", "by-file")["state"] == "live"
    assert file.apply().out == "There is no difference.\n"
    new["state"] = "dryRun"
    admin.delete_idp("by-file")
    file.write({"version": 1, "idps": {"by-file": new}})
    file.apply("--yes")
    assert file.ctl.json("idp", "show", "by-file")["state"] == "dryRun"
    admin.delete_idp("by-file")


def test_what_is_no_json_is_said_with_its_line(file: File) -> None:
    file.path.write_text('{"version": 1,\n "sites": {]}')
    assert "line 2" in file.apply("--yes", status=USAGE).err
    file.path.write_text('{"version": 1, "version": 1}')
    file.apply("--yes", status=USAGE)


def test_a_question_is_answered_at_a_terminal(full: Any, file: File, admin: AdminClient) -> None:
    file.write({"version": 1, "idps": {full.name: {"provider": "okta"}}})
    for typed, status, provider in (("n\n", DIFFERENT, "entra"), ("\n", DIFFERENT, "entra"),
                                    ("y\n", FINE, "okta")):
        file.ctl.at_terminal("apply", file.path, after="[y/N]", typed=lambda t=typed: t
                             ).expect(status)
        assert settings_of(admin, full)["provider"] == provider


# What goes


def test_nothing_is_deleted_unless_it_is_said(file: File, admin: AdminClient, idp: Any) -> None:
    whole = file.export()
    del whole["idps"][idp.name]
    file.write(whole)
    assert file.apply().out == "There is no difference.\n"
    assert f"- identity provider {idp.name}" in file.apply("--prune", "--dry-run",
                                                           status=DIFFERENT).out
    assert settings_of(admin, idp)


def test_of_an_idp_that_has_told_of_people_a_decision_is_asked_for(
        other: File, jira: JiraProcess) -> None:
    ctl = other.ctl
    environment = {"TOKEN": jira.api_token}
    other.write({"version": 1, "sites": {
        "main": {"baseUrl": jira.url, "email": jira.email, "apiToken": {"env": "TOKEN"}}},
        "idps": {"okta": {"sites": ["main"]}, "unused": {"sites": ["main"]}}})
    other.apply("--yes", **environment)
    token = ctl.run("token", "rotate", "okta", "--overlap", "0").expect().out.strip()
    scim = ScimClient(ctl.json("idp", "show", "okta")["scim"]["baseUrl"], token=token)
    scim.create_user("jo@example.com")
    scim.close()
    until(lambda: ctl.json("status")["tasks"]["waiting"] == 0, "no task to wait", 60)
    other.write({"version": 1})
    done = other.apply("--prune", "--yes", status=USAGE)
    assert "--access keep" in done.err and "Nothing was changed" in done.err
    assert len(ctl.json("idp", "list")["idps"]) == 2
    other.apply("--prune", "--yes", "--access", "sell", status=USAGE)
    other.apply("--prune", "--yes", "--access", "remove", "--guard", "off", status=USAGE)
    other.apply("--prune", "--yes", "--guard", "release", status=USAGE)
    done = other.apply("--prune", "--yes", "--access", "remove")
    assert "1 users and groups" in done.out
    assert ctl.json("idp", "list") == {"idps": []} and ctl.json("site", "list") == {"sites": []}


def test_a_site_is_taken_from_an_idp_with_a_decision(file: File, admin: AdminClient, idp: Any,
                                                     jira: JiraProcess, site: Any) -> None:
    admin.put_site("second", jira.url.replace("127.0.0.1", "localhost"), jira.email, jira.api_token)
    idp.scim.create_user("jo@example.com")
    admin.set_state(idp.name, "paused")
    file.write({"version": 1, "idps": {idp.name: {"sites": ["second"]}}})
    assert "--access" in file.apply("--yes", status=USAGE).err
    done = file.apply("--yes", "--access", "keep", "--leavers", "keep")
    assert f'- sites: "{site.name}"' in done.out and '+ sites: "second"' in done.out
    assert settings_of(admin, idp)["sites"] == ["second"]
    admin.patch(f"/api/idps/{idp.name}?access=keep&leavers=keep",
                {"sites": [site.name]}).expect(200)
    admin.delete_site("second")

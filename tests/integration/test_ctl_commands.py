"""scim-syncctl: what it shows and does, and how it says what is wrong."""

import json
import os
import re
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any, Callable

import pytest

from tests.harness.admin import AdminClient
from tests.harness.client import ScimClient
from tests.harness.conf import ADMIN_LOCATION, Settings
from tests.harness.ctl import FAILED, REFUSED, STALE, UNREACHABLE, USAGE, Ctl
from tests.harness.fixtures import Site
from tests.harness.httpd import Httpd
from tests.harness.ports import Port
from tests.harness.scratch import ROOT
from tests.harness.wait import until
from tests.quickstart import advice, rundir

pytestmark = pytest.mark.any_mpm

# What would clear the screen, and turn the text around; of both what the server takes in names.
HOSTILE = "jo\u202eevil\u2069 \u200eok\U000e0041"
DRIVING = "\x1b[2J\x9b31m\r\nTASK"
# Of what drives terminals: nothing but the ends of lines may come through.
DRIVES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069"
                    "\U000e0000-\U000e007f]")

LISTS = [("status",), ("whoami",), ("site", "list"), ("idp", "list"), ("task", "list"),
         ("event", "list"), ("export",)]


def settle(admin: AdminClient) -> None:
    until(lambda: admin.status()["tasks"]["waiting"] == 0, "no task to wait", 60)


def test_what_quickstart_says_to_try_works(ctl: Ctl, idp: Any, tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands there, in a shell of a folder as quickstart leaves it."""
    folder = tmp_path / "a folder"
    monkeypatch.setattr(rundir, "RUN", folder / "run")
    monkeypatch.setattr(rundir, "ENV", folder / "run" / "env")
    rundir.RUN.mkdir(parents=True)
    env = {"ADMIN_URL": f"{ctl.url}/", "ADMIN_USER": "admin",
           "ADMIN_PASSWORD": ctl.password_file.read_text().strip(),
           "SCIM_BASE_URL": idp.scim.base_url, "SCIM_TOKEN": idp.scim.token}
    rundir.write_env(env)
    rundir.write_ctl_config(advice.CTL_CONFIG, env)
    program = folder / advice.CTL
    program.parent.mkdir(parents=True)
    program.symlink_to(ctl.program)
    for simulated, shown in ((False, '"totalResults":0'), (True, advice.SOMEBODY)):
        said = advice.text(env["ADMIN_URL"], idp.name, simulated)
        done = subprocess.run(["sh", "-eu"], input=advice.shell_lines(said), text=True, cwd=folder,
                              env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
                              capture_output=True)
        assert (done.returncode, done.stderr) == (0, "") and env["ADMIN_URL"] in said
        assert shown in done.stdout and "people told of" in done.stdout
        assert "user.created" not in done.stdout or simulated, done.stdout


# What it shows


def test_status_shows_each_idp_and_what_needs_somebody(ctl: Ctl, admin: AdminClient, idp: Any
                                                       ) -> None:
    idp.scim.create_user("jo@example.com")
    settle(admin)
    out = ctl.run("status").expect().out
    assert re.search(rf"^{idp.name} +live +\S+Z +1 +0 +0 +0 +0$", out, re.MULTILINE), out
    assert re.search(r"^people told of +\d+$", out, re.MULTILINE)
    assert ctl.json("status")["told"] == admin.status()["told"]


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_json_is_what_the_api_answers(ctl: Ctl, idp: Any, command: tuple[str, ...]) -> None:
    answer = ctl.json(*command)
    assert isinstance(answer, dict) and answer


def test_tables_line_up_whatever_people_are_called(ctl: Ctl, admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "paused")
    for name in ("jo@example.com", "日本太郎@example.com", "zoë@example.com", "x" * 200):
        idp.scim.create_user(name)
    out = ctl.run("task", "list", "--idp", idp.name).expect().out
    lines = out.splitlines()
    assert len(lines) == 5 and lines[0].split()[0] == "TASK"
    wide = {"日": 2, "本": 2, "太": 2, "郎": 2}

    def column(line: str, mark: str) -> int:
        return sum(wide.get(c, 1) for c in line[:line.index(mark)])

    names = [column(line, mark) for line, mark in zip(lines[1:], ("jo@", "日本", "zoë", "xxx"))]
    assert set(names) == {column(lines[0], "NAME")}
    assert "x" * 37 + "..." in out and "x" * 38 not in out


def test_a_name_cannot_drive_the_terminal(ctl: Ctl, admin: AdminClient, idp: Any) -> None:
    user = idp.scim.create_user(HOSTILE, displayName=HOSTILE + DRIVING)
    idp.scim.create_group(HOSTILE, [user["id"]])
    idp.scim.patch_operations(f"/Users/{user['id']}", {
        "op": "replace", "path": "displayName", "value": DRIVING}).expect(200)
    settle(admin)
    commands = [("status",), ("task", "list"), ("event", "list"), ("plan", idp.name, "--all"),
                ("plan", idp.name, user["id"]), ("plan", idp.name, "--group", HOSTILE),
                ("task", "list", "--idp", DRIVING), ("idp", "show", DRIVING), ("idp", DRIVING)]
    for command in commands:
        for done in (ctl.run(*command), ctl.run(*command, "--json")):
            assert DRIVES.search(done.out + done.err) is None, (command, done)
    shown = ctl.run("event", "list", "--idp", idp.name).expect().out
    assert r"jo\u202eevil\u2069 \u200eok\udb40\udc41" in shown
    events = ctl.json("event", "list", "--idp", idp.name)["events"]
    assert HOSTILE in [event["name"] for event in events]
    assert DRIVING in [event["change"]["displayName"].get("after") for event in events
                       if "displayName" in (event["change"] or {})]


# What it does


def test_an_idp_is_made_paused_resumed_and_set(ctl: Ctl, admin: AdminClient, site: Site) -> None:
    shown = ctl.run("idp", "add", "by-hand", "--sites", site.name, "--provider", "okta",
                    "--state", "dryRun", "--display-name", "Works").expect().out
    assert re.search(r"token, this once +\S{20,}", shown)
    assert ctl.json("idp", "show", "by-hand")["provider"] == "okta"
    assert "is not paused" in ctl.run("idp", "resume", "by-hand").expect(FAILED).err
    for command, state in ((("set", "by-hand", "live"), "live"), (("pause", "by-hand"), "paused"),
                           (("pause", "by-hand"), "paused"), (("resume", "by-hand"), "live")):
        ctl.run("idp", *command).expect()
        assert ctl.json("idp", "show", "by-hand")["state"] == state
    assert "state must be" in ctl.run("idp", "set", "by-hand", "asleep").expect(USAGE).err
    assert "by-hand" in ctl.run("idp", "list", "--quiet").expect().out.splitlines()
    admin.delete_idp("by-hand")


def test_what_a_script_does_is_answered_as_the_api_answers(ctl: Ctl, admin: AdminClient,
                                                           site: Site) -> None:
    def shown(path: str = "") -> Any:
        return admin.get(f"/api/idps/by-script{path}").expect(200).json()
    made = ctl.json("idp", "add", "by-script", "--sites", site.name, "--state", "dryRun")
    secret = made["scim"].pop("token")
    assert made == shown() and (made["state"], made["sites"]) == ("dryRun", [site.name])
    for command, state in (("pause", "paused"), ("pause", "paused"), ("resume", "live")):
        answer = ctl.json("idp", command, "by-script")
        assert answer == shown() and answer["state"] == state
    rotated = ctl.json("token", "rotate", "by-script", "--overlap", 3600)
    first, second = shown("/tokens")["tokens"]
    assert (rotated["id"], rotated["expiresAt"]) == (second["id"], second["expiresAt"])
    assert first["replacedBy"] == "admin:admin" and rotated["token"] not in ("", secret)
    for token in (secret, rotated["token"]):
        with closing(ScimClient(made["scim"]["baseUrl"], token=token)) as scim:
            scim.get("/Users").expect(200)
    admin.delete_idp("by-script")


def test_a_token_is_rotated_and_goes_alone_to_stdout(ctl: Ctl, idp: Any) -> None:
    done = ctl.run("token", "rotate", idp.name, "--overlap", 3600).expect()
    token = done.out.strip()
    assert re.fullmatch(r"\S{20,}", token) and token not in done.err and "1 h" in done.err
    both = ctl.json("token", "list", idp.name)["tokens"]
    assert [one["replacedBy"] is None for one in both] == [False, True]
    assert both[1]["id"] in ctl.run("token", "list", idp.name).expect().out
    idp.scim.get("/Users").expect(200)
    ctl.run("token", "rotate", idp.name, "--overlap", "0").expect()
    idp.scim.get("/Users").expect(401)


@pytest.mark.parametrize("command", [("status",), ("token", "rotate"), ("export",)])
def test_an_output_that_is_closed_or_full_is_said(command: tuple[str, ...], ctl: Ctl, idp: Any
                                                  ) -> None:
    """A token that went nowhere is lost; into a closed stream's number it could go anywhere."""
    words = [*command, idp.name] if command[0] == "token" else command
    for stream in ("1>&-", "1>/dev/full", "0<&- 1>&-"):
        done = subprocess.run(["bash", "-c", f'"$@" {stream}', "-", ctl.program, *words],
                              env=ctl.environment, text=True, capture_output=True)
        assert done.returncode == FAILED and "The output can't be written." in done.stderr


def test_a_site_is_tested(ctl: Ctl, admin: AdminClient, site: Site, httpd: Httpd) -> None:
    httpd.error_log.expect("SCIM0122", optional=True)
    out = ctl.run("site", "test", site.name).expect().out
    assert re.search(r"^works +yes$", out, re.MULTILINE)
    admin.put(f"/api/sites/{site.name}", {"apiToken": "demo-wrong"}).expect(200)
    done = ctl.run("site", "test", site.name, "--json").expect(FAILED)
    assert done.json()["ok"] is False
    assert "demo-wrong" not in ctl.run("site", "show", site.name).expect().out


def test_a_plan_says_what_and_why(ctl: Ctl, admin: AdminClient, idp: Any) -> None:
    admin.set_state(idp.name, "dryRun")
    user = idp.scim.create_user("jo@example.com")
    idp.scim.create_group("devs", [user["id"]])
    settle(admin)
    by_name = ctl.run("plan", idp.name, "JO@example.com").expect().out
    assert "put jo@example.com into devs" in by_name
    assert f"because {idp.name} has jo@example.com in its group devs; there are no" in by_name
    assert ctl.run("plan", idp.name, user["id"]).expect().out == by_name
    assert "group" in ctl.run("plan", idp.name, "--group", "devs").expect().out
    every = ctl.run("plan", idp.name, "--all").expect().out
    assert "createAccount; addMember devs" in every
    assert re.search(r"^in all, calls +.*addMember 1", every, re.MULTILINE)
    every = ctl.json("plan", idp.name, "--all", "--limit", 0)
    assert len(every["subjects"]) == 2 and every["next"] is None
    assert len(ctl.json("plan", idp.name, "--all", "--limit", 1)["subjects"]) == 1
    ctl.run("plan", idp.name).expect(USAGE)
    assert "404" in ctl.run("plan", idp.name, "nobody@example.com").expect(FAILED).err


def test_tasks_are_listed_and_retried(ctl: Ctl, admin: AdminClient, idp: Any) -> None:
    idp.scim.create_user("no-address")
    task = until(lambda: admin.tasks(f"state=failed&idp={idp.name}"), "a task to fail")[0]
    assert "no-address" in ctl.run("task", "list", "--state", "failed").expect().out
    listed = ctl.json("task", "list", "--idp", idp.name, "--status", 0)["tasks"]
    assert [one["id"] for one in listed] == [task["id"]]
    assert ctl.json("task", "show", task["id"])["name"] == "no-address"
    assert ctl.run("task", "retry", task["id"]).expect().out == "1 due now\n"
    settle(admin)
    assert ctl.json("task", "retry", "--idp", idp.name)["retried"] == 1
    ctl.run("task", "retry").expect(USAGE)
    ctl.run("task", "retry", "--all", task["id"]).expect(USAGE)
    settle(admin)


def test_more_events_than_a_page_are_read(ctl: Ctl, idp: Any) -> None:
    for number in range(7):
        idp.scim.create_user(f"u{number}")
    listed = ctl.run("event", "list", "--idp", idp.name, "--kind", "user.created", "--limit", 3)
    assert len(listed.expect().out.splitlines()) == 4 and "--limit 0" in listed.err
    every = ctl.json("event", "list", "--idp", idp.name, "--kind", "user.created", "--limit", 0)
    assert [event["name"] for event in every["events"]] == [f"u{n}" for n in reversed(range(7))]
    found = ctl.json("event", "list", "--idp", idp.name, "--words", "u3", "--kind", "user.")
    assert [event["name"] for event in found["events"]] == ["u3"]


# What is wrong


@pytest.mark.parametrize("command", [
    ("task", "list", "--state", "asleep"), ("task", "retry", "--class", "none"),
    ("event", "list", "--from", "yesterday"), ("idp", "add", "A_b", "--sites", "main"),
    ("token", "rotate", "okta", "--expires", "yesterday")], ids=" ".join)
def test_what_the_server_finds_wrong_in_a_command_line_is_wrong(command: tuple[str, ...], ctl: Ctl
                                                                ) -> None:
    assert "400: " in ctl.run(*command).expect(USAGE).err


def test_who_it_is_alone(ctl: Ctl) -> None:
    assert ctl.run("whoami", "--quiet").expect().out == "admin\n"


def test_a_wrong_command_line_asks_nobody(ctl: Ctl) -> None:
    for command in ((), ("idp",), ("idp", "lst"), ("status", "--what"), ("status", "now"),
                    ("idp", "list", "--overlap", "3"), ("event", "list", "--limit", "many"),
                    ("idp", "add", "x"), ("status", "--url")):
        done = ctl.run(*command, SCIM_SYNC_URL="https://127.0.0.1:1/")
        assert done.expect(USAGE).err.startswith("scim-syncctl: ") and not done.out


def test_who_is_not_known_or_may_not_is_told_so(ctl: Ctl, tmp_path: Path, httpd: Httpd) -> None:
    httpd.error_log.expect("AH01617", count=1)
    wrong = tmp_path / "wrong"
    wrong.touch(0o600)
    wrong.write_text("demo-not-it\n")
    done = ctl.run("status", "--password-file", wrong).expect(REFUSED)
    assert "401" in done.err and "demo-not-it" not in done.err
    done = ctl.run("status", SCIM_SYNC_USER=None, SCIM_SYNC_PASSWORD_FILE=None).expect(REFUSED)
    assert "--user" in done.err


def test_a_reader_changes_nothing(make_httpd: Callable[..., Httpd], tmp_path: Path) -> None:
    server = make_httpd(settings=Settings())
    server.settings.extra = f"""
        <Location {ADMIN_LOCATION}>
            ScimSyncReader valid-user
        </Location>"""
    server.start()
    server.error_log.expect("SCIM0202", count=1)
    reader = Ctl(server, tmp_path)
    assert reader.json("whoami")["role"] == "reader"
    reader.run("export").expect()
    done = reader.run("idp", "add", "okta", "--sites", "main").expect(REFUSED)
    assert "reader" in done.err and "ScimSyncAdministrator" in done.err


def test_a_server_that_is_down_is_not_reachable(ctl: Ctl) -> None:
    port = Port(0)
    done = ctl.run("status", "--url", f"http://127.0.0.1:{port.number}/scim-sync")
    port.release()
    assert "does not answer" in done.expect(UNREACHABLE).err


def test_what_is_no_admin_api_is_said(ctl: Ctl, httpd: Httpd) -> None:
    assert "Is that the URL" in ctl.run("status", "--url", f"{httpd.url}/else").expect(FAILED).err
    httpd.error_log.expect("AH00128")


@pytest.mark.parametrize("url, words", [
    ("http://sync.example.com/scim-sync", "https://"),
    ("ftp://127.0.0.1/scim-sync", "https://"),
    ("https://jo:demo@127.0.0.1/scim-sync", "--user"),
    ("https://127.0.0.1/scim-sync?x=1", "no ? and no #"),
    ("nonsense nonsense", "no URL")])
def test_a_url_that_gives_the_password_away_is_refused(ctl: Ctl, url: str, words: str) -> None:
    assert words in ctl.run("status", "--url", url).expect(USAGE).err


def test_somebody_elses_change_is_not_lost(ctl: Ctl, admin: AdminClient, idp: Any, tmp_path: Path
                                           ) -> None:
    """Between the look and the question's answer somebody else changes it."""
    file = tmp_path / "all.json"
    ctl.run("export", file).expect()
    whole = json.loads(file.read_text())
    whole["idps"][idp.name]["requestsPerMinute"] = 600
    file.write_text(json.dumps(whole))

    def change_it_and_agree() -> str:
        admin.patch(f"/api/idps/{idp.name}", {"requestsPerMinute": 7}).expect(200)
        return "y\n"

    done = ctl.at_terminal("apply", file, after="[y/N]", typed=change_it_and_agree).expect(STALE)
    assert "Somebody has changed it meanwhile" in done.out
    assert ctl.json("idp", "show", idp.name)["requestsPerMinute"] == 7


# Who it is


def test_the_password_may_be_in_netrc_or_typed(ctl: Ctl, httpd: Httpd, tmp_path: Path) -> None:
    none = {"SCIM_SYNC_PASSWORD_FILE": None}
    done = ctl.at_terminal("whoami", after="Password of admin",
                           typed=lambda: httpd.admin_password + "\n", **none).expect()
    assert "administrator" in done.out and httpd.admin_password not in done.out
    netrc = tmp_path / ".netrc"
    netrc.touch(0o600)
    netrc.write_text(f"machine 127.0.0.1 login admin password {httpd.admin_password}\n")
    ctl.run("whoami", **none).expect()
    ctl.run("whoami", **{**none, "SCIM_SYNC_USER": None}).expect()
    # One for somebody else is none: then it is asked for.
    httpd.error_log.expect("AH01617", count=1)
    netrc.write_text("machine 127.0.0.1 login jane password demo\n")
    ctl.at_terminal("whoami", after="Password of admin",
                    typed=lambda: httpd.admin_password + "\n", **none).expect()


def test_settings_come_from_files_of_which_the_users_own_counts(ctl: Ctl, tmp_path: Path) -> None:
    none = {"SCIM_SYNC_URL": None, "SCIM_SYNC_USER": None, "SCIM_SYNC_PASSWORD_FILE": None}
    assert "SCIM_SYNC_URL" in ctl.run("status", **none).expect(USAGE).err
    own = tmp_path / ".config" / "scim-syncctl.conf"
    own.parent.mkdir()
    own.write_text(f"# where it is\nurl = {ctl.url}\nuser=admin\n"
                   f"password-file = {ctl.password_file}\n")
    assert ctl.run("whoami", **none).expect().out.split() == ["user", "admin", "role",
                                                              "administrator"]
    own.write_text("url = https://example.com\npassword = demo\n")
    done = ctl.run("whoami", **none).expect(USAGE)
    assert "line 2" in done.err and "password-file" in done.err


def test_a_password_that_everybody_can_read_is_refused(ctl: Ctl) -> None:
    ctl.password_file.chmod(0o644)
    assert "chmod 600" in ctl.run("whoami").expect(USAGE).err


# Beside it


def test_it_is_installed_beside_apachectl(ctl: Ctl) -> None:
    """Unless somebody tells configure a prefix: tests/run does not."""
    makefile = (ctl.program.parents[1] / "Makefile").read_text()
    told = next(line for line in makefile.splitlines() if line.startswith("sbindir = "))
    beside = subprocess.run(["apxs", "-q", "sbindir"], text=True, capture_output=True, check=True)
    assert told.removeprefix("sbindir = ") == beside.stdout.strip()


def test_the_completion_knows_commands_options_and_names(ctl: Ctl, idp: Any) -> None:
    script = ROOT / "scim-syncctl" / "completion" / "scim-syncctl"

    def complete(*words: str) -> list[str]:
        """What bash would offer for the last word."""
        quoted = " ".join(f"'{word}'" for word in words)
        text = f"""
            source /usr/share/bash-completion/bash_completion
            source {script}
            COMP_WORDS=(scim-syncctl {quoted}); COMP_CWORD={len(words)}
            COMP_LINE="${{COMP_WORDS[*]}}"; COMP_POINT=${{#COMP_LINE}}
            _scim_syncctl
            printf '%s\\n' "${{COMPREPLY[@]}}" """
        path = f"{ctl.program.parent}:{ctl.environment['PATH']}"
        done = subprocess.run(["bash", "-u", "-c", text], env=ctl.with_variables({"PATH": path}),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.stderr == ""
        return done.stdout.split()

    assert {"status", "idp", "apply", "event"} <= set(complete(""))
    assert complete("idp", "p") == ["pause"]
    assert complete("idp", "pause", idp.name[:4]).count(idp.name) == 1
    assert complete("idp", "set", idp.name, "d") == ["dryRun"]
    assert "--prune" in complete("apply", "--")
    assert "--url" in complete("--u")
    assert "--prune" not in complete("idp", "list", "--")


def test_the_completion_has_all_commands_and_options(ctl: Ctl) -> None:
    text = (ROOT / "scim-syncctl" / "completion" / "scim-syncctl").read_text()
    manual = (ROOT / "docs" / "scim-syncctl.8").read_text()
    overall = ctl.run("--help").expect().out
    commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?)(?= )", overall, re.MULTILINE)
    assert len(commands) > 15
    for command in commands:
        words = command.split()
        options = re.findall(r"--[a-z-]+", ctl.run(*words, "--help").expect().out)
        missing = [word for word in [*words, *options] if word not in text]
        assert not missing, f"{command}: the completion lacks {missing}"
        lacking = [word for word in [*words, *(o.lstrip("-") for o in options)]
                   if word.replace("-", r"\-") not in manual and word not in manual]
        assert not lacking, f"{command}: the manual lacks {lacking}"

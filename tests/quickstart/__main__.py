"""./quickstart, once everything is installed and built."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import Any, Iterator

from tests.harness.ports import Port
from tests.harness.scratch import ROOT
from tests.quickstart import advice, customers, demo, google, rundir
from tests.quickstart.arguments import Options, parse
from tests.quickstart.detach import detach
from tests.quickstart.service import IDP, SITE, Service
from tests.simulators.idps import Held, IdpError, Row, held

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal asked us to stop."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


class Failed(Exception):
    """A step failed: what, why, and what to do next."""

    def __init__(self, what: str, why: str, advice: str) -> None:
        super().__init__(what)
        self.what, self.why, self.advice = what, why, advice


def say(text: str = "") -> None:
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Nobody reads any more; what follows is the stopping, which needs no reader.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Interrupted(signal.SIGPIPE) from None


def main(arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    options = parse(arguments)
    for number in SIGNALS:
        signal.signal(number, interrupt)
    try:
        return stop() if options.command == "stop" else start(options)
    except Interrupted as interrupted:
        return interrupted.status
    except rundir.RunError as error:
        print(f"quickstart: {error}", file=sys.stderr)
        return 1


def stop() -> int:
    pid = rundir.holder()
    if pid is None:
        say("nothing is running")
        return 0
    rundir.stop_holder(pid)
    say("stopped")
    return 0


def start(options: Options) -> int:
    older = rundir.holder()
    if older is not None:
        say(f"stopping the quickstart that still runs (process {older})")
        rundir.stop_holder(older)
    check_port(options.port)
    os.umask(0o022)
    rundir.make_new()
    released = detach(rundir.LOG) if options.detach else None
    lock = rundir.hold()
    service = Service(options)
    try:
        agreed = bring_up(service, options)
        status = 0 if agreed else 1
        if not options.once:
            tell(service, options)
            if released is not None:
                released(status)
            await_signal()
        return status
    except Failed as failure:
        explain(failure, service)
        return 1
    finally:
        shut_down(service)
        del lock


def bring_up(service: Service, options: Options) -> bool:
    """Start everything and run the demonstration; whether Jira holds what the IdPs said."""
    if options.jira is None:
        with step("starting the simulated Jira", "See run/jira/jira.log."):
            service.start_jira()
    if options.google:
        with step("starting the simulated Google", "See run/google/."):
            service.start_google()
    with step(f"starting httpd on port {options.port}",
              "The error log above says what it did not like; if it was the database, check "
              "--database."):
        service.start_httpd()
    with step("setting up the site and an IdP by the admin API",
              "Check the address, the account and the token of the Jira site, and that the "
              "database is empty."):
        service.set_up()
    if not options.demo:
        return True
    if options.customers:
        return demonstrate_customers(service)
    return demonstrate_google(service) if options.google else demonstrate(service)


def demonstrate_customers(service: Service) -> bool:
    control = service.jira.control
    with step("an IdP provisions customers of Jira Service Management",
              "Requests and answers stand above; GET tasks of the admin API says what is left."):
        customers.prepare(control, say)
        directory = customers.run(service.admin(), control, SITE, say)
    return judge(service, customers.result(directory, control.state()))


def demonstrate_google(service: Service) -> bool:
    before = held(service.jira.control.state())
    admin = service.admin()
    with step("connecting a Google Workspace", "The error log above says what was wrong."):
        google.connect(service.httpd, service.google, SITE, say)
    with step("pulling its directory, and waiting for Jira",
              "The error log above says why; run/google/requests.jsonl what Google was asked."):
        google.pull(admin, say)
        google.change(service.google, say)
        google.pull(admin, say)
    rows = google.result(service.google, service.jira.control.state(), before)
    return judge(service, rows, google.summary(rows), said_by="Google has")


def demonstrate(service: Service) -> bool:
    simulated = service.jira is not None
    before = held(service.jira.control.state()) if simulated else Held({}, {})
    advice = "The request and its answer stand above; the module's side of it in the error log."
    with step("the IdPs provision", advice):
        directories = demo.run(service.admin(), SITE, say)
    with step("waiting for Jira", "GET tasks of the admin API says what is left to be done."):
        demo.catch_up(service.admin(), say)
        if simulated:
            demo.rename(service.admin(), service.jira.control, directories, say)
    if not simulated:
        say(demo.unfinished(service.admin()) or "nothing is left to be done")
        return True
    return judge(service, demo.result(directories, service.jira.control.state(), before))


def judge(service: Service, rows: list[Row], shown: list[Row] | None = None,
          said_by: str = "IdPs said") -> bool:
    """Show the rows, or fewer; whether all agree, and every call was as the documents say."""
    violations = {"Jira": service.jira.control.violations()}
    if service.google is not None:
        violations["Google"] = service.google.violations()
    different = sum(not row.agrees for row in rows)
    say()
    say(demo.table(rows if shown is None else shown, said_by))
    say()
    for whose, found in violations.items():
        for violation in found:
            say(f"against {whose}'s documents: {violation}")
    say(f"{len(rows)} items compared, {different} different; " + "; ".join(
        f"of all calls to {whose}, {len(found)} broke what its documents say"
        for whose, found in violations.items()))
    if different:
        say(demo.unfinished(service.admin()) or "no task is left to be done")
    return not different and not any(violations.values())


def check_port(number: int) -> None:
    try:
        Port(number).release()
    except OSError:
        raise rundir.RunError(f"port {number} of 127.0.0.1 is taken or not allowed; "
                              "choose another one with --port") from None


@contextmanager
def step(what: str, advice: str) -> Iterator[None]:
    """Announce a step; whatever goes wrong in it is told as its failure."""
    say(f"{what} ...")
    try:
        yield
    except IdpError as error:
        raise Failed(what, f"an answer that a real IdP does not accept: {error}", advice) from error
    except (AssertionError, OSError, subprocess.SubprocessError, http.client.HTTPException,
            ValueError, KeyError, demo.DemoFailed) as error:
        raise Failed(what, str(error) or repr(error), advice) from error


def explain(failure: Failed, service: Service) -> None:
    logs = service.logs()
    print(f"\nquickstart: failed at: {failure.what}\n{failure.why}\n", file=sys.stderr)
    if logs and "--- error log" not in failure.why:     # httpd's own failures have it with them
        print(logs, file=sys.stderr)
    print(f"\nNext: {failure.advice}", file=sys.stderr, flush=True)


def tell(service: Service, options: Options) -> None:
    env = service.env()
    say()
    say(f"SCIM base URL  {env['SCIM_BASE_URL']}")
    say(f"SCIM token     {env['SCIM_TOKEN']}")
    say(f"admin          {env['ADMIN_URL']}  ({env['ADMIN_USER']}, {env['ADMIN_PASSWORD']})")
    say(f"Jira           {env['JIRA_URL']}{'' if options.jira else '  (simulated)'}")
    if service.google is not None:
        say(f"Google         {env['GOOGLE_URL']}  (simulated)")
    say("all of it in   run/env")
    say("It stays up until ./quickstart stop." if options.detach
        else "It stays up until Ctrl-C.")
    say()
    say(advice.text(env["ADMIN_URL"], IDP, options.jira is None))
    if service.google is not None:
        say(google.advice(f"{env['ADMIN_URL']}api/idps/{google.IDP}/google/connect"))


def await_signal() -> None:
    """Return when somebody asks us to stop."""
    try:
        while True:
            signal.pause()
    except Interrupted:
        say()


def shut_down(service: Service) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if service.httpd is None and service.jira is None and service.google is None:
        return
    say("stopping")
    for problem in service.stop():
        print(f"quickstart: {problem}", file=sys.stderr)


def interrupt(number: int, frame: Any) -> None:
    raise Interrupted(number)


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main(sys.argv[1:]))

"""tests/run: chooses stages, runs them, some at a time where that is useful, and sums up."""

import argparse
import signal
import subprocess
import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from tests.harness import excerpt, recordings, scratch, stages
from tests.harness.counts import Counts
from tests.harness.execution import Execution, NotDone, Terminal
from tests.harness.postgres import Postgres
from tests.harness.stages import Choice, Load, Stage

SECTIONS = ("build", "run", "test")
# Side by side, of each load. So many need no more than two processors have: with more, a call takes
# so long now and then that it is given up, which a test may not be about.
AT_A_TIME = {Load.BUSY: 1, Load.MIXED: 2, Load.WAITING: 4}


@dataclass
class Run:
    """A run in progress."""

    terminal: Terminal
    cluster: Postgres | None = None
    results: dict[str, Counts] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)

    def carry_out(self, stage: Stage) -> None:
        """Runs a stage; its result, also that of one that was left out, goes into `results`."""
        started = time.monotonic()
        lacking = [name for name in stage.needs if self.results[name].failed]
        if lacking:
            counts = Counts(failures=[f"{stage.name}: not run, since {lacking[0]} failed"])
        else:
            self.terminal.progress(f"{stage.name} ...")
            counts = self._act(stage)
        self.results[stage.name] = counts
        self.seconds[stage.name] = time.monotonic() - started
        self.terminal.progress(f"{stage.name}: {counts} ({self.seconds[stage.name]:.0f} s)")

    def carry_out_all(self, chosen: list[Stage]) -> None:
        """In order; those that do not want to be alone run side by side."""
        waiting = list(chosen)
        running: dict[Future[None], Stage] = {}
        with ThreadPoolExecutor(sum(AT_A_TIME.values())) as pool:
            try:
                while waiting or running:
                    for stage in self._startable(waiting, list(running.values())):
                        waiting.remove(stage)
                        running[pool.submit(self.carry_out, stage)] = stage
                    for done in wait(running, return_when=FIRST_COMPLETED).done:
                        del running[done]
                        done.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.end()
                raise

    def _startable(self, waiting: list[Stage], running: list[Stage]) -> list[Stage]:
        """What may start now: what needs nothing that is yet to end, and nothing that stands
        behind one that wants to be alone."""
        if any(stage.alone for stage in running):
            return []
        free = {load: most - sum(stage.load is load for stage in running)
                for load, most in AT_A_TIME.items()}
        for load, other in (Load.BUSY, Load.MIXED), (Load.MIXED, Load.BUSY):
            if not any(stage.load is other and not stage.alone for stage in waiting):
                free[load] += free[other]  # nobody comes who wants it
        found: list[Stage] = []
        for stage in waiting:
            if stage.alone:
                return found if found or running else [stage]
            if free[stage.load] > 0 and self.results.keys() >= {*stage.needs}:
                free[stage.load] -= 1
                found.append(stage)
        return found

    def end(self) -> None:
        for execution in self.executions:
            execution.end()

    def _act(self, stage: Stage) -> Counts:
        logs = stages.BUILD / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        execution = Execution(stage.name, self.terminal, logs, self.cluster)
        self.executions.append(execution)
        try:
            return stage.action(execution)
        except (NotDone, OSError, subprocess.CalledProcessError) as failure:
            self.terminal.progress(f"{stage.name}: {failure}")
            return Counts(failures=[f"{stage.name}: {failure}"])
        finally:
            execution.close()

    def total(self) -> Counts:
        total = Counts()
        for counts in self.results.values():
            total.add(counts)
        return total

    def summary(self) -> str:
        """Why stages failed, then all stages, then what failed: often only the end is seen."""
        logs = [x.log_file for x in self.executions if self.results[x.stage].failed]
        rows = [f"  {name}: {counts} ({self.seconds[name]:.0f} s)"
                for name, counts in self.results.items()]
        total = self.total()
        why = [*excerpt.of_logs(logs), *(f"left out: {note}" for note in total.notes)]
        return "\n".join(["", *why, *([""] if why else []), "stages:", *rows,
                          *(f"failed: {failure}" for failure in total.failures)])


def packages(choice: Choice) -> Stage:
    """Parts may bring packages of their own, in a section by their name."""
    listed = (stages.TESTS / "packages").read_text()
    wanted = [*SECTIONS, *(stage.part for stage in stages.chosen(choice)
                           if f"\n[{stage.part}]\n" in listed and stage.part not in SECTIONS)]
    return Stage("packages", "packages", alone=True, action=lambda x: stages.one(
        "packages", x.run([stages.TESTS / "install-packages", *dict.fromkeys(wanted)], show=".")))


def parse(arguments: list[str]) -> Choice:
    at = arguments.index("--") if "--" in arguments else len(arguments)
    ours, for_pytest = arguments[:at], arguments[at + 1:]
    parts = list(dict.fromkeys(stage.part for stage in stages.every_stage(Choice())))
    parser = argparse.ArgumentParser(
        prog="tests/run", description="Builds mod_scim_sync and runs its tests.",
        epilog="What stands behind -- goes to pytest. Behind `replay` may stand beginnings of "
               f"recorded clients' names: {', '.join(recordings.names())}.")
    parser.add_argument("parts", nargs="*", metavar="PART",
                        help=f"some of: {', '.join(parts)}; default: everything but what takes "
                             "long and proves nothing new (bench)")
    choice = Choice(pytest_arguments=for_pytest)
    for word in parser.parse_args(ours).parts:
        if word in parts:
            choice.parts.append(word)
        elif choice.parts[-1:] != [stages.REPLAY]:
            parser.error(f"no part {word!r}; there are: {', '.join(parts)}")
        elif not recordings.chosen([word]):
            parser.error(f"no recorded client begins with {word!r}; there are: "
                         f"{', '.join(recordings.names())}")
        else:
            choice.clients.append(word)
    return choice


def main(arguments: list[str]) -> int:
    choice = parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    run = Run(Terminal())
    directory = scratch.make("run", stages.SCRATCH)
    try:
        run.carry_out(packages(choice))
        if not run.results["packages"].failed:
            run.cluster = Postgres(directory)
            run.carry_out_all(stages.chosen(choice))
    finally:
        if run.cluster is not None:
            run.cluster.stop()
        scratch.remove(directory)
    run.terminal.say(run.summary())
    run.terminal.say(str(run.total()))
    return 1 if run.total().failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

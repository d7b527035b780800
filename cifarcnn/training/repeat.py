"""`cifarcnn repeat`: one spec with several seeds, each run in a process of its own."""

import shlex
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cifarcnn.errors import CifarcnnError, UserError
from cifarcnn.files.atomic import remove_leftovers, write_text
from cifarcnn.files.lock import RunLock
from cifarcnn.files.run_files import LOCK
from cifarcnn.language.load import load_resolved
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from cifarcnn.processes.child_process import ChildProcesses
from cifarcnn.processes.environment import child_environment
from cifarcnn.processes.run_module import Ended, module_command
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.next_command import next_command
from cifarcnn.runs.repeat import (
    RepeatDirectory,
    RepeatSummary,
    SeedResult,
    open_repeat,
    seed_result,
    summarize,
    write_repeat,
)
from cifarcnn.runs.untrained import remove_untrained
from cifarcnn.user_code.code_option import code_files

_WRONG_INPUT = 2


class RepeatListener(Protocol):
    """Who is told how a repeat gets on."""

    def seed_begins(self, seed: int, number: int, count: int, resumed: bool) -> None:
        """The run of a seed begins or goes on; it is the `number`th of `count`."""

    def seed_ended(self, result: SeedResult) -> None:
        """The run of a seed is over, or was over before."""


class InterruptedRepeatError(CifarcnnError):
    """Ctrl-C or SIGTERM ended the repeat; it can go on."""

    def __init__(self, finished: int, count: int, exit_code: int, command: str) -> None:
        super().__init__(
            f"interrupted; {finished} of {count} seeds are finished", hint=f"go on with: {command}"
        )
        self.exit_code = exit_code


def repeat(
    spec: Spec,
    seeds: Sequence[int],
    listener: RepeatListener,
    *,
    child_module: str,
    output: Path | None = None,
    data_dir: Path | None = None,
    quiet: bool = False,
    hidden_variables: Collection[str] = (),
) -> tuple[RepeatDirectory, RepeatSummary]:
    """Train a spec once with each of the seeds; what a folder has finished is not run again.

    A run that fails is a result with its reason, and the others are run all the same.
    A run is a child process of `child_module` with the words of `cifarcnn train` or `resume`, which
    prints what went wrong, and nothing else.
    `hidden_variables` of the environment set values of the spec, which the runs must not see again.

    Raises:
        UserError: the folder is not usable, or the first run finds that the input is wrong.
        InterruptedRepeatError: Ctrl-C or SIGTERM.
    """
    earlier = set(output.iterdir()) if output and output.is_dir() else None
    directory = open_repeat(spec, output)
    with RunLock(directory.path):
        environment = child_environment(hidden_variables)
        work = _Repeat(directory, spec, seeds, listener, child_module, environment, data_dir, quiet)
        try:
            return directory, work.run()
        except UserError:
            _remove_beginning(directory, earlier)
            raise


@dataclass
class _Repeat:
    """The work of `repeat`."""

    directory: RepeatDirectory
    spec: Spec
    seeds: Sequence[int]
    listener: RepeatListener
    child_module: str
    environment: Mapping[str, str]
    data_dir: Path | None
    quiet: bool
    failures: dict[int, str] = field(default_factory=dict)

    def run(self) -> RepeatSummary:
        remove_leftovers(self.directory.path, below=False)  # a run may be written to by another
        if not self.directory.spec.exists():
            write_text(self.directory.spec, spec_to_yaml(self.spec))
        summary = self.summarize()
        with ChildProcesses() as children:
            for number, seed in enumerate(self.seeds, 1):
                run = self.directory.run(seed)
                if run.status != "finished":
                    self.run_seed(run, seed, number, children)
                    summary = self.summarize()
                if children.interrupted:
                    finished = [r for r in summary.finished if r.seed in self.seeds]
                    raise InterruptedRepeatError(
                        len(finished), len(self.seeds), children.interrupted, self.command()
                    )
                self.listener.seed_ended(seed_result(run, seed, self.failures))
        return summary

    def run_seed(self, run: RunDirectory, seed: int, number: int, children: ChildProcesses) -> None:
        """Begin the run of a seed, or go on with it, and note why it failed if it does."""
        try:
            resumed = run.holds_state
            if not resumed:
                remove_untrained(run)
        except CifarcnnError as error:
            self.failures[seed] = error.message
            return
        self.listener.seed_begins(seed, number, len(self.seeds), resumed)
        if resumed:
            words = ["resume", str(run.path)]
        else:
            words = ["train", str(self.directory.spec), "--seed", str(seed)]
            words += ["--output", str(run.path)]
        words += self.device_words(run.spec if resumed else self.directory.spec)
        program = module_command(self.child_module, *words, *self.options())
        ended = children.run(program, self.environment, show_errors=True)
        if ended.exit_code == 0 or children.interrupted:
            return
        reason = failure_of_run(ended)
        if ended.exit_code == _WRONG_INPUT and not resumed and not run.path.exists():
            raise UserError(reason)  # it is as wrong for every other seed
        self.failures[seed] = reason

    def options(self) -> list[str]:
        """The words that every run gets."""
        words = ["--quiet"] if self.quiet else []
        if self.data_dir is not None:
            words += ["--data-dir", str(self.data_dir)]
        for file in code_files():
            words += ["--code", str(file.path)]
        return words

    def device_words(self, file: Path) -> list[str]:
        """What moves the training of a spec in the folder to the device of this call."""
        device = self.spec.runtime.device
        if not file.exists() or load_resolved(file).runtime.device == device:
            return []
        return ["--device", device]

    def summarize(self) -> RepeatSummary:
        """Bring `repeat.json` up to date."""
        summary = summarize(self.directory, self.spec, self.seeds, self.failures)
        write_repeat(self.directory, summary)
        return summary

    def command(self) -> str:
        """What goes on with this repeat."""
        seeds = ",".join(map(str, self.seeds)) + ("," if len(self.seeds) == 1 else "")
        command = next_command("repeat", self.directory.spec, self.data_dir)
        return f"{command} --seeds {seeds} --output {shlex.quote(str(self.directory.path))}"


def failure_of_run(ended: Ended) -> str:
    """Why the process of a run ended without success."""
    if ended.signal_name:
        hint = " (out of memory?)" if ended.signal_name == "SIGKILL" else ""
        return f"ended by {ended.signal_name}{hint}"
    return ended.output.strip() or f"ended with exit code {ended.exit_code}"


def _remove_beginning(directory: RepeatDirectory, earlier: set[Path] | None) -> None:
    """Remove what a call has written that found, before any seed was trained, a wrong input.

    `earlier` is what the folder held before it, None if there was no folder; that stays.
    """
    if directory.seeds():
        return
    for file in (directory.path / LOCK, directory.spec, directory.summary):
        if file not in (earlier or ()):
            file.unlink(missing_ok=True)
    if earlier is None:
        with suppress(OSError):  # somebody has put something there
            directory.path.rmdir()

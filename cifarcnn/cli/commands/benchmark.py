"""`cifarcnn benchmark`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cifarcnn.cli.options import (
    batch_size_option,
    code_option,
    collect_overrides,
    data_dir_option,
    json_option,
    quiet_option,
    set_option,
    spec_device_option,
)
from cifarcnn.display.terminal import print_json, say, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cifarcnn.benchmark.measurements import Round
    from cifarcnn.benchmark.rounds import Setting, SpecResult

_ROUNDS = 3
_ROUNDS_OF_RATIOS = 5
_BUSY = 0.5
"""Processes for each core that want to run before anything is measured."""


@click.command("benchmark")
@click.argument("spec_words", metavar="[SPEC...]", nargs=-1)
@click.option(
    "--vs",
    "peers",
    multiple=True,
    type=click.Choice(["keras", "torch"]),
    help="Alternate with a script written by hand in Keras or PyTorch; may be given twice.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 1000),
    metavar="N",
    help=f"Fresh processes of each program.  [default: {_ROUNDS}; with --vs {_ROUNDS_OF_RATIOS}]",
)
@click.option(
    "--images",
    type=click.IntRange(10),
    metavar="N",
    help="Training images of an epoch.  [default: what takes 5 to 10 s on two cores]",
)
@batch_size_option
@spec_device_option
@data_dir_option
@set_option
@code_option
@json_option
@quiet_option
def benchmark_command(
    spec_words: tuple[str, ...],
    peers: tuple[str, ...],
    rounds: int | None,
    images: int | None,
    batch_size: int | None,
    device: str | None,
    data_dir: Path | None,
    settings: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Measure how fast SPEC (default: deeper_3x3) trains on this machine.

    Each round trains two epochs in a fresh process, as `cifarcnn train` does; the second is timed.
    Shown are medians over the rounds, with the smallest and the largest. --vs has scripts with
    deeper_3x3, basic and vgg; a ratio is that of each round, so that a machine which changes its
    speed does not decide it. What is timed, and how, is told in docs/benchmark.md.
    """
    from cifarcnn.cli.text.output import show_warning
    from cifarcnn.language.load import load_spec

    overrides = collect_overrides(settings, batch_size=batch_size, device=device)
    specs = [load_spec(word, overrides, show_warning) for word in spec_words or ("deeper_3x3",)]

    from cifarcnn.benchmark.rounds import run_benchmark, set_up

    prepared = [set_up(spec, peers, images, data_dir) for spec in specs]
    _warn_of_load()
    count = rounds or (_ROUNDS_OF_RATIOS if peers else _ROUNDS)
    results = run_benchmark(prepared, count, _Lines(quiet), data_dir=data_dir)
    if as_json:
        print_json(_as_data(results, count))
    else:
        from cifarcnn.cli.text.benchmark import show_benchmark

        show_benchmark(results, count)


def _warn_of_load() -> None:
    """Other programs take time from a benchmark, and not the same from each of its programs."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > _BUSY * cores:
        warn(
            f"this machine is busy (load average {load:.1f} on {cores} cores): what is measured is "
            "what other programs leave"
        )


def _as_data(results: "Sequence[SpecResult]", rounds: int) -> dict[str, Any]:
    from cifarcnn.runs.record import environment_record

    return environment_record() | {
        "rounds": rounds,
        "specs": [result.as_data() for result in results],
    }


class _Lines:
    """Tells on standard error how the rounds get on."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._rounds = 0

    def spec_begins(self, setting: "Setting", rounds: int) -> None:
        """A heading; the first round takes a while."""
        from cifarcnn.benchmark.measurements import OURS
        from cifarcnn.language.problems import listed

        self._rounds = rounds
        programs = listed((OURS, *setting.peers), "and")
        turn = " in turn" if setting.peers else ""
        count = "1 round" if rounds == 1 else f"{rounds} rounds"
        self._line(f"{setting.spec.name}: {count} of {programs}{turn}", bold=True)

    def program_ended(self, program: str, number: int, result: "Round") -> None:
        """One line for each process."""
        speed = f"{result.images_per_second:,.0f} images/s"
        self._line(f"round {number} of {self._rounds}  {program:<8}  {speed}")

    def _line(self, text: str, bold: bool = False) -> None:
        if not self._quiet:
            say(text, err=True, bold=bold)

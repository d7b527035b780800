"""`cifarcnn repeat`."""

from pathlib import Path

import click

from cifarcnn.cli.options import (
    backend_option,
    batch_size_option,
    code_option,
    collect_overrides,
    data_dir_option,
    deterministic_option,
    epochs_option,
    json_option,
    quiet_option,
    set_option,
    spec_device_option,
)
from cifarcnn.cli.parameters import Seeds
from cifarcnn.display.terminal import print_json
from cifarcnn.language.short_forms import SHORT_FORMS, variable_of

CHILD_MODULE = "cifarcnn.cli.child"
"""What the child process of each run is."""


@click.command("repeat")
@click.argument("spec_word", metavar="SPEC")
@click.option(
    "--seeds",
    type=Seeds(),
    default="5",
    show_default=True,
    metavar="N|LIST",
    help="How many, counted up from the seed of SPEC; or a list such as 1,2,3.",
)
@epochs_option
@batch_size_option
@deterministic_option
@spec_device_option
@backend_option
@data_dir_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder; that of an earlier repeat goes on.  "
    "[default: runs/<name>-repeat-<timestamp>]",
)
@set_option
@code_option
@json_option
@quiet_option
def repeat_command(
    spec_word: str,
    seeds: int | list[int],
    epochs: int | None,
    batch_size: int | None,
    deterministic: bool | None,
    device: str | None,
    backend: str | None,
    data_dir: Path | None,
    output: Path | None,
    settings: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Train SPEC once for each of several seeds, and say how much the results vary.

    The folder holds an ordinary run directory for each seed (seed-7, ...), each of a process of
    its own, and repeat.json. Called again on the same folder, only what is missing is run, and an
    interrupted run goes on exactly. A seed that fails is reported with its reason, and the exit
    code is 1.
    """
    from cifarcnn.cli.text.output import show_warning
    from cifarcnn.language.load import load_spec

    overrides = collect_overrides(
        settings,
        epochs=epochs,
        batch_size=batch_size,
        deterministic=deterministic,
        device=device,
        backend=backend,
    )
    spec = load_spec(spec_word, overrides, show_warning)
    listed = _listed(seeds, spec.seed)

    from cifarcnn.cli.text.repeat import show_repeat
    from cifarcnn.display.repeat_progress import RepeatLines
    from cifarcnn.runs.repeat import repeat_data
    from cifarcnn.training.repeat import repeat

    directory, summary = repeat(
        spec,
        listed,
        RepeatLines(quiet),
        child_module=CHILD_MODULE,
        output=output,
        data_dir=data_dir,
        quiet=quiet,
        hidden_variables=[variable_of(name) for name in SHORT_FORMS],
    )
    if as_json:
        print_json({"folder": str(directory.path), **repeat_data(summary)})
    else:
        show_repeat(directory.path, summary)
    if summary.failed:
        raise click.exceptions.Exit(1)


def _listed(seeds: int | list[int], first: int) -> list[int]:
    """The seeds from the first on, if it is their number."""
    from cifarcnn.language.schema import MAX_SEED

    listed = list(range(first, first + seeds)) if isinstance(seeds, int) else seeds
    if max(listed) > MAX_SEED:
        raise click.BadParameter(f"expected seeds up to {MAX_SEED:,}", param_hint="'--seeds'")
    return listed

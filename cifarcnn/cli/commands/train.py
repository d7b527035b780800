"""`cifarcnn train`."""

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
    short_option,
    spec_device_option,
)


@click.command("train")
@click.argument("spec_word", metavar="SPEC")
@epochs_option
@batch_size_option
@short_option("seed", "Seed of weights, order, dropout and split.", type=int, metavar="N")
@deterministic_option
@spec_device_option
@backend_option
@data_dir_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The run directory; must be new or empty.  [default: runs/<name>-<timestamp>]",
)
@click.option(
    "--init-from",
    type=click.Path(path_type=Path),
    metavar="CHECKPOINT",
    help="Begin with the weights of a checkpoint instead of random ones.",
)
@click.option(
    "--resume",
    "run",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Go on with this run, which must be one of SPEC (see `cifarcnn resume`).",
)
@set_option
@code_option
@json_option
@quiet_option
def train_command(
    spec_word: str,
    epochs: int | None,
    batch_size: int | None,
    seed: int | None,
    deterministic: bool | None,
    device: str | None,
    backend: str | None,
    data_dir: Path | None,
    output: Path | None,
    init_from: Path | None,
    run: Path | None,
    settings: tuple[str, ...],
    as_json: bool,
    quiet: bool,
) -> None:
    """Train the network of SPEC and score it on the test set.

    Everything about the run is kept in its directory; if it is interrupted, `cifarcnn resume` goes
    on from there. Results go to standard output, progress to standard error. Exit codes: 0 done,
    1 failed, 2 wrong input, 130 Ctrl-C, 143 SIGTERM.
    """
    from cifarcnn.cli.text.output import show_warning
    from cifarcnn.display.showing import showing_progress
    from cifarcnn.language.checking.validate import validate
    from cifarcnn.language.load import load_document, told_with_places

    if run and (output or init_from):
        raise click.UsageError(
            "--resume goes on in its own directory: leave --output and --init-from out"
        )
    overrides = collect_overrides(
        settings,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        deterministic=deterministic,
        device=device,
        backend=backend,
    )
    document = load_document(spec_word, overrides)
    spec = validate(document, show_warning)

    from cifarcnn.cli.text.run_result import print_run
    from cifarcnn.training.resume import resume
    from cifarcnn.training.train import train

    with showing_progress(quiet) as progress, told_with_places(document):
        download = progress.download()
        if run:
            result = resume(run, progress, spec=spec, data_dir=data_dir, download=download)
        else:
            result = train(
                spec,
                progress,
                output=output,
                data_dir=data_dir,
                init_from=init_from,
                download=download,
            )
    print_run(*result, as_json, data_dir)

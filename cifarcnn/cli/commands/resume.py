"""`cifarcnn resume`."""

from pathlib import Path

import click

from cifarcnn.cli.options import (
    code_option,
    data_dir_option,
    device_option,
    json_option,
    quiet_option,
)


@click.command("resume")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--epochs", type=int, metavar="N", help="Train up to so many epochs; may only grow.")
@device_option
@data_dir_option
@code_option
@json_option
@quiet_option
def resume_command(
    run: Path,
    epochs: int | None,
    device: str | None,
    data_dir: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Go on with an interrupted RUN directory.

    Whatever ended it, even kill -9, the finished run equals one that was never interrupted: the
    history, the weights and the test score, to the last bit on one CPU if it was begun with
    --deterministic. At most the epoch under way is trained again.
    """
    from cifarcnn.cli.text.run_result import print_run
    from cifarcnn.display.showing import showing_progress
    from cifarcnn.training.resume import resume

    with showing_progress(quiet) as progress:
        directory, summary = resume(
            run,
            progress,
            epochs=epochs,
            device=device,
            data_dir=data_dir,
            download=progress.download(),
        )
    print_run(directory, summary, as_json, data_dir)

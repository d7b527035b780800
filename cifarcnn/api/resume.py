"""`cifarcnn.resume`."""

from cifarcnn.api.arguments import (
    Files,
    PathLike,
    SpecLike,
    as_optional_path,
    as_path,
    run_code,
    source_of,
)
from cifarcnn.api.calls import listening, using_keras
from cifarcnn.api.run import Run
from cifarcnn.language.load import load_spec
from cifarcnn.training import resume as training


def resume(
    run: PathLike | Run,
    *,
    spec: SpecLike | None = None,
    epochs: int | None = None,
    device: str | None = None,
    data_dir: PathLike | None = None,
    code: Files = (),
    progress: bool = False,
) -> Run:
    """Train an interrupted run to its end, as `cifarcnn resume` does.

    The finished run equals one that was never interrupted. A run that is finished already is
    returned as it is, with a warning.

    Args:
        run: The run directory.
        spec: If given, it must be that of the run; only its epochs may be more.
        epochs: Train up to this many epochs; the number may only grow.
        device: `auto`, `cpu`, `gpu`, `gpu:1` or `gpu:0,1`.
        data_dir: Where CIFAR-10 is, if it is not in one of the usual places.
        code: The Python files that the run was trained with.
        progress: Show what the command shows.

    Raises:
        UserError: there is no run that can be resumed, or an argument does not fit it.
        Interrupted: Ctrl-C; the run can be resumed again.
        CifarcnnError: the loss became NaN or infinite, or results could not be written.
    """
    path = run.path if isinstance(run, Run) else as_path(run)
    with using_keras(), listening(progress) as (listener, download):
        run_code(code)
        given = None if spec is None else load_spec(source_of(spec))
        directory, _ = training.resume(
            path,
            listener,
            spec=given,
            epochs=epochs,
            device=device,
            data_dir=as_optional_path(data_dir),
            download=download,
        )
        return Run.open(directory.path)

"""`cifarcnn train`: from a spec to a run directory with a trained, scored network."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cifarcnn.data.dataset import Dataset
from cifarcnn.data.load import load_dataset
from cifarcnn.data.splits import Splits, split_dataset
from cifarcnn.errors import CifarcnnError, UserError
from cifarcnn.runs.curves import draw_curves
from cifarcnn.runs.directory import RunDirectory, create_run_directory
from cifarcnn.runs.files import write_atomically, write_json, write_text
from cifarcnn.runs.history import EpochRow, History
from cifarcnn.runs.record import environment_record
from cifarcnn.runs.summary import Summary, write_summary
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import Runtime, start_on, versions
from cifarcnn.spec.kinds import CallbackContext
from cifarcnn.spec.plan import Plan, plan_network
from cifarcnn.spec.schema import Spec
from cifarcnn.spec.write import spec_to_yaml
from cifarcnn.training.header import header_lines
from cifarcnn.training.interrupt import Interrupted, InterruptGuard
from cifarcnn.training.progress import Header, Progress

if TYPE_CHECKING:
    from cifarcnn.data.progress import Progress as DownloadProgress
    from cifarcnn.training.loop import Trainer


class InterruptedRunError(CifarcnnError):
    """Ctrl-C or SIGTERM ended the run; what was written so far is in its directory."""

    def __init__(self, directory: RunDirectory, exit_code: int) -> None:
        super().__init__(f"interrupted; the finished epochs are in {directory.history}")
        self.exit_code = exit_code


@dataclass(frozen=True)
class Run:
    """A training that is ready to begin."""

    spec: Spec
    plan: Plan
    dataset: Dataset
    splits: Splits
    directory: RunDirectory
    runtime: Runtime
    progress: Progress


def train(
    spec: Spec,
    progress: Progress,
    *,
    output: Path | None = None,
    data_dir: Path | None = None,
    download: "DownloadProgress | None" = None,
) -> tuple[RunDirectory, Summary]:
    """Train the network of a spec and score it on the test set.

    Everything that can be wrong with the user's input is found before the framework is loaded and
    before a directory is made.

    Raises:
        UserError: the device, the data or the output folder is not usable.
        NonFiniteLossError: the loss became NaN or infinite.
        InterruptedRunError: Ctrl-C or SIGTERM.
    """
    device = choose_device(spec.runtime.device)
    dataset = load_dataset(spec.data.dataset, data_dir, download)
    splits = split_dataset(dataset, spec.data, spec.seed)
    _require_full_batch(spec, splits)
    directory = create_run_directory(spec.name, output)
    write_text(directory.spec, spec_to_yaml(spec))
    progress.waiting("loading TensorFlow")
    runtime = start_on(device, spec.runtime)
    plan = plan_network(spec.model.layers)
    run = Run(spec, plan, dataset, splits, directory, runtime, progress)
    _write_record(run)
    _announce(run)
    with InterruptGuard() as guard:
        try:
            return directory, _train(run, guard)
        except Interrupted as interrupted:
            raise InterruptedRunError(directory, interrupted.exit_code) from None
        finally:
            progress.closed()


def _train(run: Run, guard: InterruptGuard) -> Summary:
    from cifarcnn.checkpoints.write import write_checkpoint
    from cifarcnn.training.loop import Listener, Trainer

    def save_checkpoint(model: Any, path: Path) -> None:  # noqa: ANN401 - a Keras model
        write_checkpoint(path, run.spec, model)

    started = time.perf_counter()
    context = CallbackContext(run.directory.path, save_checkpoint)
    trainer = Trainer(run.spec, run.splits, run.runtime, context)
    listener = Listener(run.progress.images_done, run.progress.validating, guard.check)
    history = History(run.directory.history)
    events: list[dict[str, Any]] = []
    run.progress.epoch_started(1)
    for result in trainer.epochs(listener):
        history.add(result.row)
        events += [{"epoch": result.row.epoch, "event": event} for event in result.events]
        run.progress.epoch_ended(result.row, history.best() is result.row, result.events)
        if not result.last:
            run.progress.epoch_started(result.row.epoch + 1)
    seconds = time.perf_counter() - started
    digest = write_checkpoint(run.directory.checkpoint, run.spec, trainer.model)
    scores = _test(trainer, run.directory)
    summary = Summary(
        name=run.spec.name,
        dataset=run.spec.data.dataset,
        validation=run.spec.data.validation,
        seed=run.spec.seed,
        device=str(run.runtime.device),
        parameters=run.plan.parameters.total,
        mflop=round(run.plan.mflop, 6),
        epochs=len(history.rows),
        stopped=next((e["event"] for e in events if e["event"].startswith("stopped")), None),
        events=events,
        best_epoch=history.best(),
        last_epoch=history.rows[-1],
        weights_of_epoch=trainer.restored_epoch() or len(history.rows),
        test_loss=scores.loss,
        test_accuracy=scores.accuracy,
        test_images=scores.images,
        seconds=round(seconds, 3),
        checkpoint=run.directory.checkpoint.name,
        digest=digest,
    )
    write_summary(run.directory.summary, summary)
    _draw(run, history.rows)
    return summary


def _test(trainer: "Trainer", directory: RunDirectory) -> Any:  # noqa: ANN401 - Scores
    """Score the trained network on the test set and keep its predictions."""
    import numpy as np

    from cifarcnn.training.scores import label_smoothing, predict_logits, score

    test = trainer.splits.test
    logits = predict_logits(trainer.model, test)
    write_atomically(
        directory.predictions,
        lambda path: np.savez_compressed(path, logits=logits, labels=test.labels),
    )
    return score(logits, test.labels, label_smoothing(trainer.spec))


def _require_full_batch(spec: Spec, splits: Splits) -> None:
    if spec.training.batch_size > len(splits.train):
        raise UserError(
            f"training.batch_size: expected at most the {len(splits.train):,} training images, "
            f"received {spec.training.batch_size:,}"
        )


def _write_record(run: Run) -> None:
    write_json(
        run.directory.record,
        environment_record()
        | {
            "versions": versions(),
            "backend": run.runtime.backend,
            "device": {"used": str(run.runtime.device), "why": run.runtime.device.reason},
            "switches": run.runtime.switches,
            "data": {"source": run.dataset.source, "sha256": run.dataset.sha256},
        },
    )


def _announce(run: Run) -> None:
    lines = header_lines(run.spec, run.plan, run.dataset, run.splits)
    device = ("device", f"{run.runtime.device} ({run.runtime.device.reason})")
    directory = ("run", str(run.directory.path))
    run.progress.started(
        Header((*lines, device, directory), run.spec.training.epochs, len(run.splits.train))
    )


def _draw(run: Run, rows: list[EpochRow]) -> None:
    """Draw the curves; a picture that fails is worth a warning, never a run."""
    path = run.directory.curves
    try:
        write_atomically(path, lambda temporary: draw_curves(temporary, rows, run.spec.name))
    except Exception as error:  # noqa: BLE001 - drawing may fail in any way
        run.progress.warning(f"could not draw {path}: {error}")

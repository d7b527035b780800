"""`cifarcnn train`: from a spec to a run directory with a trained, scored network."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cifarcnn.data.load import load_dataset
from cifarcnn.data.splits import Splits, split_dataset
from cifarcnn.errors import CifarcnnError, UserError
from cifarcnn.runs.directory import RunDirectory, create_run_directory
from cifarcnn.runs.files import write_atomically, write_json, write_text
from cifarcnn.runs.history import EpochRow, History, row_data
from cifarcnn.runs.record import environment_record
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import Runtime, start_on, versions
from cifarcnn.spec.kinds import CallbackContext
from cifarcnn.spec.plan import Plan, plan_network
from cifarcnn.spec.schema import Spec
from cifarcnn.spec.write import spec_to_yaml
from cifarcnn.training.interrupt import Interrupted, InterruptGuard
from cifarcnn.training.progress import Header, Progress

if TYPE_CHECKING:
    from cifarcnn.data.dataset import Dataset
    from cifarcnn.data.progress import Progress as DownloadProgress
    from cifarcnn.training.loop import Trainer


@dataclass(frozen=True)
class Summary:
    """The result of a run, as it stands in `summary.json`."""

    name: str
    dataset: str
    validation: str | float
    seed: int
    device: str
    parameters: int
    mflop: float
    epochs: int
    stopped: str | None
    best_epoch: dict[str, float] | None
    last_epoch: dict[str, float] | None
    events: list[dict[str, Any]]
    weights_of_epoch: int
    test_loss: float
    test_accuracy: float
    test_images: int
    seconds: float
    checkpoint: str
    digest: str


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
        NonFiniteLoss: the loss became NaN or infinite.
        RunInterrupted: Ctrl-C or SIGTERM; carries the run directory.
    """
    device = choose_device(spec.runtime.device)
    dataset = load_dataset(spec.data.dataset, data_dir, download)
    splits = split_dataset(dataset, spec.data, spec.seed)
    _require_full_batch(spec, splits)
    run = create_run_directory(spec.name, output)
    write_text(run.spec, spec_to_yaml(spec))
    progress.waiting("loading TensorFlow")
    runtime = start_on(device, spec.runtime)
    _write_record(run, runtime, dataset)
    plan = plan_network(spec.model.layers)
    progress.started(_header(spec, plan, splits, dataset, runtime, run))
    if spec.data.validation == "test":
        progress.warning(
            "data.validation is test: the test set steers the training, so the final test score is "
            "optimistic"
        )
    with InterruptGuard() as guard:
        try:
            return run, _train(spec, plan, splits, runtime, run, progress, guard)
        except Interrupted as interrupted:
            raise RunInterrupted(run, interrupted.exit_code) from None
        finally:
            progress.closed()


class RunInterrupted(CifarcnnError):
    """The user ended the run; what was written so far is in its directory."""

    def __init__(self, run: RunDirectory, exit_code: int) -> None:
        super().__init__(f"interrupted; the finished epochs are in {run.history}")
        self.run = run
        self.exit_code = exit_code


def _train(
    spec: Spec,
    plan: Plan,
    splits: Splits,
    runtime: Runtime,
    run: RunDirectory,
    progress: Progress,
    guard: InterruptGuard,
) -> Summary:
    from cifarcnn.training.checkpoint import write_checkpoint
    from cifarcnn.training.loop import Listener, Trainer

    def context_for(model: Any) -> CallbackContext:  # noqa: ANN401 - a Keras model
        return CallbackContext(run.path, lambda path: _save(path, spec, model))

    started = time.perf_counter()
    trainer = Trainer(spec, splits, runtime, context_for)
    listener = Listener(progress.images_done, progress.validating, guard.check)
    history = History(run.history)
    events: list[dict[str, Any]] = []
    progress.epoch_started(1)
    for result in trainer.epochs(listener):
        history.add(result.row)
        events += [{"epoch": result.row.epoch, "event": event} for event in result.events]
        progress.epoch_ended(result.row, history.best() is result.row, result.events)
        if result.row.epoch < spec.training.epochs:
            progress.epoch_started(result.row.epoch + 1)
    seconds = time.perf_counter() - started
    digest = write_checkpoint(run.checkpoint, spec, trainer.model)
    loss, accuracy = _test(trainer, run)
    last = history.rows[-1]
    summary = Summary(
        name=spec.name,
        dataset=spec.data.dataset,
        validation=spec.data.validation,
        seed=spec.seed,
        device=str(runtime.device),
        parameters=plan.parameters.total,
        mflop=round(plan.mflop, 4),
        epochs=last.epoch,
        stopped=next((e["event"] for e in events if e["event"].startswith("stopped")), None),
        best_epoch=row_data(history.best()),
        last_epoch=row_data(last),
        events=events,
        weights_of_epoch=trainer.restored_epoch() or last.epoch,
        test_loss=loss,
        test_accuracy=accuracy,
        test_images=len(splits.test),
        seconds=round(seconds, 3),
        checkpoint=run.checkpoint.name,
        digest=digest,
    )
    write_json(run.summary, asdict(summary))
    _draw(run, history.rows, spec, progress)
    return summary


def _test(trainer: "Trainer", run: RunDirectory) -> tuple[float, float]:
    """Score the trained network on the test set and keep its predictions."""
    import numpy as np

    from cifarcnn.training.scores import predict_logits, score

    test = trainer.splits.test
    logits = predict_logits(trainer.model, test)
    smoothing = getattr(trainer.spec.training.loss, "label_smoothing", 0.0)
    scores = score(logits, test.labels, smoothing)
    write_atomically(
        run.predictions,
        lambda path: np.savez_compressed(path, logits=logits, labels=test.labels),
    )
    return scores.loss, scores.accuracy


def _save(path: Path, spec: Spec, model: Any) -> None:  # noqa: ANN401 - a Keras model
    from cifarcnn.training.checkpoint import write_checkpoint

    write_checkpoint(path, spec, model)


def _require_full_batch(spec: Spec, splits: Splits) -> None:
    if spec.training.batch_size > len(splits.train):
        raise UserError(
            f"training.batch_size: expected at most the {len(splits.train):,} training images, "
            f"received {spec.training.batch_size:,}"
        )


def _write_record(run: RunDirectory, runtime: Runtime, dataset: "Dataset") -> None:
    write_json(
        run.record,
        environment_record()
        | {
            "versions": versions(),
            "backend": runtime.backend,
            "device": {"used": str(runtime.device), "why": runtime.device.reason},
            "switches": runtime.switches,
            "data": {"source": dataset.source, "sha256": dataset.sha256},
        },
    )


def _header(
    spec: Spec, plan: Plan, splits: Splits, dataset: "Dataset", runtime: Runtime, run: RunDirectory
) -> Header:
    train_spec = spec.training
    network = (
        f"{len(plan.layers)} layers, {plan.parameters.total:,} parameters, {plan.mflop:.3g} MFLOP"
    )
    held_out = (
        f"validated on the {len(splits.validation):,} test images"
        if spec.data.validation == "test"
        else f"{len(splits.validation):,} held out for validation"
    )
    rate = train_spec.optimizer.model_dump().get("learning_rate")
    shown_rate = f"{rate:g}" if isinstance(rate, float) else "by schedule"
    lines = (
        ("spec", f"{spec.name}, seed {spec.seed}"),
        ("network", f"{network} per image"),
        ("data", f"{dataset.title}: {len(splits.train):,} to train on, {held_out}"),
        (
            "training",
            f"at most {train_spec.epochs} epochs, batch {train_spec.batch_size}, "
            f"{train_spec.optimizer.entry_name}, learning rate {shown_rate}",
        ),
        ("device", f"{runtime.device} ({runtime.device.reason})"),
        ("run", str(run.path)),
    )
    return Header(lines, train_spec.epochs, len(splits.train))


def _draw(run: RunDirectory, rows: list[EpochRow], spec: Spec, progress: Progress) -> None:
    """Draw the curves; a picture that fails is worth a warning, never a run."""
    try:
        from cifarcnn.runs.curves import draw_curves

        write_atomically(run.curves, lambda path: draw_curves(path, rows, spec.name))
    except Exception as error:  # noqa: BLE001 - drawing may fail in any way
        progress.warning(f"could not draw {run.curves}: {error}")

"""One sitting of a training: from where it stands to its end, writing what must not be lost."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cifarcnn.data.splits import Splits
from cifarcnn.errors import CifarcnnError, os_reason
from cifarcnn.files.atomic import write_atomically
from cifarcnn.language.entry_types import CallbackContext
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from cifarcnn.plots.learning_curve import draw_curves
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.history import History
from cifarcnn.runs.next_command import next_command
from cifarcnn.runs.record import record_switch
from cifarcnn.runs.summary import Summary, write_summary
from cifarcnn.runtime.failures import failure_in_words
from cifarcnn.runtime.start import Runtime, conditions
from cifarcnn.signals import Interrupted, InterruptGuard
from cifarcnn.training.progress import Progress
from cifarcnn.training.state import StateStore, TrainingState

if TYPE_CHECKING:
    from cifarcnn.metrics.scores import Scores


class InterruptedRunError(CifarcnnError):
    """Ctrl-C or SIGTERM ended the sitting; the run can be resumed."""

    def __init__(self, epochs: int, exit_code: int, command: str) -> None:
        count = "1 epoch is" if epochs == 1 else f"{epochs} epochs are"
        super().__init__(f"interrupted; {count} kept", hint=f"go on with: {command}")
        self.exit_code = exit_code


@dataclass(frozen=True)
class Session:
    """A training that is ready to begin or to go on."""

    spec: Spec
    splits: Splits
    directory: RunDirectory
    runtime: Runtime
    progress: Progress
    data_dir: Path | None = None
    """Where the user said the data is, for the commands that messages name."""

    def run(self, state: TrainingState | None = None, weights: list[Any] | None = None) -> Summary:
        """Train to the end, score on the test set, and write the results.

        `state` is where an earlier sitting ended; `weights` are what a new run begins with, if not
        with random ones, in the order of the plan.

        Raises:
            InterruptedRunError: Ctrl-C or SIGTERM.
            NonFiniteLossError: the loss became NaN or infinite.
            CifarcnnError: a result could not be written.
        """
        try:
            with InterruptGuard() as guard:
                return _Sitting(self, guard, state).run(weights)
        finally:
            self.progress.closed()


class _Sitting:
    """The work of `Session.run`."""

    def __init__(
        self, session: Session, guard: InterruptGuard, state: TrainingState | None
    ) -> None:
        from cifarcnn.training.loop import Trainer

        self.spec = session.spec
        self.progress = session.progress
        self.directory = session.directory
        self.resume_command = next_command("resume", session.directory.path, session.data_dir)
        self.device = str(session.runtime.device)
        self.resumed = state
        self.state = state or TrainingState(
            spec_to_yaml(session.spec),
            session.splits.sha256,
            conditions(session.spec.runtime, session.runtime),
            [],
            [],
            None,
            0.0,
        )
        self.store = StateStore(session.directory.state)
        self.saver = _Saver(session.progress)
        self.history = History(session.directory.history, self.state.rows)
        context = CallbackContext(session.directory.path, self.state.epoch, self.save_checkpoint)
        self.trainer: Trainer = Trainer(session.spec, session.splits, session.runtime, context)
        at_once = str(self.trainer.steps_per_execution)
        record = session.directory.record
        self.saver.attempt(record, lambda: record_switch(record, "steps_per_execution", at_once))
        self.check_interrupt = guard.check
        self.kept_epochs = self.state.epoch
        self.began = time.perf_counter()

    def run(self, weights: list[Any] | None) -> Summary:
        if weights is not None:
            self.trainer.start_from(weights)
        elif not self.resumed:
            self.trainer.adapt()
        if not self.resumed:
            self.keep_state()
        self.saver.attempt(self.directory.history, self.history.write)
        try:
            self.train()
        except Interrupted as signal:
            raise InterruptedRunError(
                self.kept_epochs, signal.exit_code, self.resume_command
            ) from None
        except Exception as error:
            if (failure := failure_in_words(error)) and self.kept_epochs:
                raise CifarcnnError(
                    f"{failure.message}, in epoch {self.kept_epochs + 1}",
                    hint=f"{failure.hint}; go on with: {self.resume_command}",
                ) from error
            raise
        return self.finish()

    def train(self) -> None:
        """All epochs that are left, each kept as soon as it is over."""
        if not self.state.stopped and self.state.epoch < self.spec.training.epochs:
            self.progress.epoch_started(self.state.epoch + 1)
        for result in self.trainer.epochs(self.progress, self.check_interrupt, self.resumed):
            self.history.add(result.row)
            events: list[dict[str, str | int]] = [
                {"epoch": result.row.epoch, "event": event} for event in result.events
            ]
            self.state = replace(
                self.state,
                rows=list(self.history.rows),
                events=[*self.state.events, *events],
                stopped=result.stopped,
            )
            self.keep_state()
            self.saver.attempt(self.directory.history, self.history.write_last)
            self.progress.epoch_ended(result.row, self.history.best() is result.row, result.events)
            self.check_interrupt()
            if not (result.stopped or result.last):
                self.progress.epoch_started(result.row.epoch + 1)

    def keep_state(self) -> None:
        """Write the state, from which another sitting can go on."""
        variables, optimizer = self.trainer.variables()
        complete = replace(
            self.state,
            variables=variables,
            optimizer=optimizer,
            averages=self.trainer.averages(),
            callbacks=self.trainer.callbacks.fields(),
            seconds=self.seconds(),
        )
        if self.saver.attempt(self.directory.state, lambda: self.store.save(complete)):
            self.kept_epochs = complete.epoch

    def seconds(self) -> float:
        """Of training, over all sittings."""
        return (self.resumed.seconds if self.resumed else 0.0) + time.perf_counter() - self.began

    def finish(self) -> Summary:
        """Checkpoint, test and picture; then the summary, with which the run is finished."""
        from cifarcnn.checkpoints.write import weights_digest
        from cifarcnn.networks.build import weights_in_order

        seconds = self.seconds()
        checkpoint, summary_path = self.directory.checkpoint, self.directory.summary
        model = self.trainer.model
        self.saver.attempt(checkpoint, lambda: self.save_checkpoint(model, checkpoint))
        self.saver.attempt(self.directory.history, self.history.write)
        scores = self.test()
        plan = plan_network(self.spec.model.layers)
        summary = Summary(
            name=self.spec.name,
            dataset=self.spec.data.dataset,
            validation=self.spec.data.validation,
            seed=self.spec.seed,
            device=self.device,
            parameters=plan.parameters.total,
            mflop=round(plan.mflop, 6),
            epochs=self.state.epoch,
            stopped=self.state.stopped,
            events=self.state.events,
            best_epoch=self.history.best(),
            last_epoch=self.history.rows[-1],
            weights_of_epoch=self.trainer.callbacks.restored_epoch() or self.state.epoch,
            test_loss=scores.loss,
            test_accuracy=scores.accuracy,
            test_images=scores.images,
            seconds=round(seconds, 3),
            checkpoint=checkpoint.name,
            digest=weights_digest(weights_in_order(model, plan)),
            backend=self.spec.runtime.backend,
        )
        self.draw()
        # A summary says that a run is finished: `resume` would not write what is missing beside it.
        results = (checkpoint, self.directory.predictions, self.directory.history)
        if not self.saver.lacks(*results):
            self.saver.attempt(summary_path, lambda: write_summary(summary_path, summary))
        self.saver.require_all_written(
            f"trained to the end (test accuracy {scores.accuracy:.4f})",
            f"when there is room, `{self.resume_command}` goes on from the last state written"
            if self.directory.holds_state
            else "no state of it is on disk, so it can only be trained again",
        )
        return summary

    def test(self) -> "Scores":
        """Score the network on the test set, as `evaluate` would, and keep its predictions."""
        import numpy as np

        from cifarcnn.metrics.scores import score
        from cifarcnn.networks.logits import predict_logits
        from cifarcnn.training.loop import NonFiniteLossError

        test = self.trainer.splits.test
        self.progress.waiting(f"scoring {len(test):,} images")
        logits = predict_logits(self.trainer.float32_network(), test.images)
        path = self.directory.predictions

        def write(temporary: Path) -> None:
            np.savez_compressed(temporary, logits=logits, labels=test.labels)

        self.saver.attempt(path, lambda: write_atomically(path, write))
        scores = score(logits, test.labels, self.spec.training.label_smoothing)
        if not math.isfinite(scores.loss):
            raise NonFiniteLossError("test loss", scores.loss, "the network that was trained")
        return scores

    def save_checkpoint(self, model: Any, path: Path) -> None:  # a Keras model
        """Write a model's weights as a checkpoint of the spec."""
        from cifarcnn.checkpoints.write import write_checkpoint

        write_checkpoint(path, self.spec, model)

    def draw(self) -> None:
        """Draw the curves; a picture that fails is worth a warning, never a run."""
        path, rows, title = self.directory.curves, self.history.rows, self.spec.name
        try:
            write_atomically(path, lambda temporary: draw_curves(temporary, rows, title))
        except Exception as error:  # noqa: BLE001 - drawing may fail in any way
            self.progress.warning(f"could not draw {path}: {error}")


class _Saver:
    """Writes what can be written; a full disk does not end a training."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._failing: dict[Path, str] = {}

    def attempt(self, path: Path, write: Callable[[], None]) -> bool:
        """Write, or warn that it could not be done, once for each file and reason."""
        try:
            write()
        except OSError as error:
            reason = os_reason(error)
            if self._failing.get(path) != reason:
                self._progress.warning(f"could not write {path}: {reason}; the training goes on")
            self._failing[path] = reason
            return False
        self._failing.pop(path, None)
        return True

    def lacks(self, *paths: Path) -> bool:
        """Whether any of these could not be written."""
        return any(path in self._failing for path in paths)

    def require_all_written(self, done: str, hint: str) -> None:
        """End the run as failed if a result is not on disk.

        Raises:
            CifarcnnError: names what is missing; `hint` says what can be done.
        """
        if self._failing:
            missing = "; ".join(f"{path}: {reason}" for path, reason in self._failing.items())
            raise CifarcnnError(f"{done}, but not all could be written ({missing})", hint=hint)

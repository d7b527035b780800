"""The training loop: one epoch at a time, so that logging, saving and stopping stay outside it."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cifarcnn.data.epochs import rows_of_epoch
from cifarcnn.data.splits import Splits
from cifarcnn.errors import CifarcnnError, UserError
from cifarcnn.language.constants import CLASSES
from cifarcnn.language.entry_types import CallbackContext, TrainingLength
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.metrics.scores import score
from cifarcnn.networks.build import (
    build_network,
    set_weights_in_order,
    weights_in_order,
    without_softmax,
)
from cifarcnn.networks.logits import predict_logits
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runs.history import EpochRow
from cifarcnn.runtime.feeding import EpochFeed
from cifarcnn.runtime.keras_internals import batches_seen
from cifarcnn.runtime.start import Runtime
from cifarcnn.training.averages import Averages
from cifarcnn.training.callback_list import CallbackList
from cifarcnn.training.compiled import compiled_network, to_score
from cifarcnn.training.freezing import Freezing
from cifarcnn.training.progress import Progress
from cifarcnn.training.state import TrainingState
from cifarcnn.training.steps import looks_at_steps, steps_per_execution
from cifarcnn.training.variables import assign, copies


class NonFiniteLossError(CifarcnnError):
    """The loss is NaN or infinite, so nothing can be learned any more."""

    def __init__(self, what: str, value: float, place: str) -> None:
        super().__init__(
            f"the {what} became {value} in {place}",
            hint="a lower learning rate, clipnorm, or data.pixels: unit may help",
        )


@dataclass(frozen=True)
class EpochResult:
    """One epoch's numbers, and what callbacks did after it."""

    row: EpochRow
    events: list[str]
    stopped: str | None
    """Why a callback ends the training with this epoch, if one does."""
    last: bool
    """Whether it is the last epoch of the spec."""


class Trainer:
    """A compiled network with its data and callbacks.

    `model` gives logits for pixels from 0 to 255. The images of an epoch are a function of the seed
    and the epoch alone. Where weights are averaged, the averages are validated and what callbacks
    see; the training goes on from the last step's weights, and ends with the averages.
    """

    def __init__(
        self, spec: Spec, splits: Splits, runtime: Runtime, context: CallbackContext
    ) -> None:
        self.spec = spec
        self.splits = splits
        steps = -(-len(splits.train) // spec.training.batch_size)
        self.length = TrainingLength(spec.training.epochs, steps)
        optimizer = spec.training.optimizer.over(self.length)
        self.callbacks = CallbackList(spec.training.callbacks, context)
        self.steps_per_execution = steps_per_execution(spec, runtime, self.callbacks.built)
        self.model = compiled_network(spec, runtime, optimizer, self.steps_per_execution)
        self._scored = to_score(self.model, runtime)
        self._schedule = optimizer.schedule.build() if optimizer.schedule else None
        self._freezing = self._start_freezing(runtime)
        self._averages = self._start_averages(runtime)
        # What is frozen is so both for the averages and after them: lookahead changes the network.
        order = (self._freezing, self._averages, self._freezing)
        self._hooks = [hook for hook in order if hook]
        self.model.step_hooks = self._hooks
        self._feed = EpochFeed(spec.training.batch_size, steps, ahead=bool(runtime.device.gpus))
        self._runtime = runtime
        self._fit = self._jax_epochs() if runtime.backend == "jax" else self._keras_fit
        self.callbacks.attach(self.model, spec.training.epochs)

    def adapt(self) -> None:
        """Let layers take their weights from the training images, before the first step."""
        for row in plan_network(self.spec.model.layers).layers:
            layer = self.model.get_layer(row.name)
            row.layer.adapt(layer, partial(self._inputs_of, layer))
        self._start_hooks()

    def _inputs_of(self, layer: Any, images: int) -> NDArray[np.float32]:
        """What reaches a layer for the first training images."""
        with self._runtime.scope():
            network = keras.Model(self.model.inputs, layer.input)
        train = self.splits.train
        return predict_logits(network, train.images[:images])

    def epochs(
        self,
        progress: Progress,
        check_interrupt: Callable[[], None],
        state: TrainingState | None = None,
    ) -> Iterator[EpochResult]:
        """Train, yielding after every epoch, until the last one or until a callback stops it.

        With a state, training goes on from it as if it had never been interrupted.

        Raises:
            NonFiniteLossError: the training loss is NaN or infinite.
            Interrupted: the user ended the run (through `check_interrupt`, which is asked between
                steps; an epoch whose steps are over is validated and yielded).
        """
        self.callbacks.begin()
        first, last = 0, self.spec.training.epochs
        if state:
            self._restore(state)  # after their beginning, in which Keras' callbacks forget
            first, last = state.epoch, 0 if state.stopped else last
        for epoch in range(first, last):
            started = time.perf_counter()
            self.callbacks.begin_epoch(epoch)
            logs = self._fit_epoch(epoch, progress, check_interrupt)
            progress.validating()
            with self._averages.in_network() if self._averages else nullcontext():
                logs |= self._validate(epoch)
                rate = self._learning_rate()
                seconds = time.perf_counter() - started
                row = EpochRow(epoch + 1, **logs, learning_rate=rate, seconds=round(seconds, 3))
                stopped = self._end_epoch(epoch, logs, progress)
            yield EpochResult(row, self._events(rate, stopped), stopped, epoch + 1 == last)
            if stopped:
                break
        if self._averages:
            self._averages.adopt()
        self.callbacks.end(progress.warning)

    def start_from(self, weights: list[Any]) -> None:
        """Begin a new run with these weights, listed as the plan lists the layers."""
        set_weights_in_order(self.model, plan_network(self.spec.model.layers), weights)
        self._start_hooks()

    def float32_network(self) -> Any:
        """The network with its present weights, in the precision of its checkpoint."""
        if self.spec.runtime.precision == "float32":
            return self._scored
        plan = plan_network(self.spec.model.layers)
        with self._runtime.scope():
            network = build_network(
                self.spec.name,
                pixel_rescaling(self.spec.data),
                without_softmax(self.spec.model.layers),
            )
        set_weights_in_order(network, plan, weights_in_order(self.model, plan))
        return network

    def variables(self) -> tuple[list[Any], list[Any]]:
        """Copies of the model's and the optimizer's variables, as a state holds them.

        The model's include the states of its seed generators, which no Keras file keeps.
        """
        return copies(self.model.variables), copies(self.model.optimizer.variables)

    def averages(self) -> list[Any]:
        """Copies of the averaged state, as a state holds it; empty if nothing is averaged."""
        return copies(self._averages.kept) if self._averages else []

    def _restore(self, state: TrainingState) -> None:
        _put_back(self.model.variables, state.variables)
        _put_back(self.model.optimizer.variables, state.optimizer)
        if self._freezing:
            self._freezing.start()
        if self._averages:
            _put_back(self._averages.kept, state.averages)
        if state.epoch == 0:
            return  # callbacks have nothing to remember yet
        shapes = [array.shape for array in self.model.get_weights()]
        self.callbacks.restore(state.callbacks, shapes)

    def _start_averages(self, runtime: Runtime) -> Averages | None:
        entry = self.spec.training.weight_averaging
        if entry is None:
            return None
        with runtime.scope():
            return Averages(entry.over(self.length), self.model)

    def _start_freezing(self, runtime: Runtime) -> Freezing | None:
        variables = [
            (variable, epochs * self.length.steps_per_epoch)
            for row in plan_network(self.spec.model.layers).layers
            for variable, epochs in row.layer.first_epochs_only(self.model.get_layer(row.name))
        ]
        if not variables:
            return None
        with runtime.scope():
            return Freezing(variables, self.model.optimizer)

    def _start_hooks(self) -> None:
        """Let them begin with the network as it is."""
        for hook in self._hooks:
            hook.start()

    def _fit_epoch(
        self, epoch: int, progress: Progress, check_interrupt: Callable[[], None]
    ) -> dict[str, float]:
        logs = self._fit(epoch, _Steps(self, epoch, progress, check_interrupt))
        return {name: logs[name] for name in ("loss", "accuracy")}

    def _keras_fit(self, epoch: int, steps: "_Steps") -> dict[str, float]:
        history = self.model.fit(
            **self._arguments_of(epoch),
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[steps],
        )
        return {name: float(values[-1]) for name, values in history.history.items()}

    def _jax_epochs(self) -> Callable[[int, "_Steps"], dict[str, float]]:
        """What stands in for Keras' `fit` on JAX."""
        from cifarcnn.training.jax_epoch import JaxEpochs

        return JaxEpochs(
            self.model,
            self._hooks,
            self.splits.train,
            self.spec,
            steps_at_once=self.steps_per_execution,
            each_step=any(map(looks_at_steps, self.callbacks.built)),
            on_gpu=bool(self._runtime.device.gpus),
        ).run

    def _arguments_of(self, epoch: int) -> dict[str, Any]:
        """What `fit` trains on in one epoch; the images of the last one are let go before."""
        self._feed.clear()
        augment, seed = self.spec.data.augment, self.spec.seed
        return self._feed.arguments(rows_of_epoch(self.splits.train, CLASSES, augment, seed, epoch))

    def _validate(self, epoch: int) -> dict[str, float]:
        split = self.splits.validation
        logits = predict_logits(self._scored, split.images)
        scores = score(logits, split.labels, self.spec.training.label_smoothing)
        if not math.isfinite(scores.loss):
            raise NonFiniteLossError("validation loss", scores.loss, f"epoch {epoch + 1}")
        return {"val_loss": scores.loss, "val_accuracy": scores.accuracy}

    def _end_epoch(self, epoch: int, logs: dict[str, float], progress: Progress) -> str | None:
        """Tell the callbacks; why the first of them stopped the training, if one did."""
        within = "stopped by a callback within the epoch" if self.model.stop_training else None
        self.model.stop_training = False
        after = self.callbacks.end_epoch(epoch, logs, progress.warning)
        return within or after

    def _events(self, rate_before: float, stopped: str | None) -> list[str]:
        events = []
        rate = self._learning_rate()
        if rate != rate_before:
            word = "raised" if rate > rate_before else "lowered"
            word = "halved" if math.isclose(rate * 2, rate_before) else word
            events.append(f"learning rate {word}: {rate_before:.3g} -> {rate:.3g}")
        return [*events, stopped] if stopped else events

    def _learning_rate(self) -> float:
        """The rate of the last step; what the optimizer holds is that of the next one."""
        if self._schedule:
            steps = int(batches_seen(self.model.optimizer).numpy())
            rate = self._schedule(max(steps - 1, 0))
        else:
            rate = self.model.optimizer.learning_rate
        rate = np.asarray(rate)
        return float(str(rate))  # the short decimal of a float32: 0.001, not 0.0010000000474974513


def _put_back(variables: list[Any], values: list[Any]) -> None:
    """Give Keras variables the values of a state.

    Raises:
        UserError: they are not as many, or not of the same shapes.
    """
    if [tuple(v.shape) for v in variables] != [value.shape for value in values]:
        raise UserError("the state does not fit the network of its spec; it cannot be resumed")
    assign(variables, values)


class _Steps(keras.callbacks.Callback):  # type: ignore[misc]
    """What happens between the steps of one epoch; Keras' `fit` knows only this callback.

    The spec's callbacks must not see `fit` begin and end with every epoch: several of Keras' own
    forget everything when training begins.
    """

    def __init__(
        self,
        trainer: Trainer,
        epoch: int,
        progress: Progress,
        check_interrupt: Callable[[], None],
    ) -> None:
        super().__init__()
        self._callbacks = trainer.callbacks.built
        self._images = len(trainer.splits.train)
        self._batch_size = trainer.spec.training.batch_size
        self._epoch = epoch
        self._progress = progress
        self._check_interrupt = check_interrupt
        self._done = 0

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        for callback in self._callbacks:
            callback.on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        first, batches = self._done + 1, -(-self._images // self._batch_size)
        self._done = min(batch + 1, batches)
        loss = float((logs or {})["loss"])
        if not math.isfinite(loss):
            which = f"batch {first}" if first == self._done else f"batches {first} to {self._done}"
            place = f"epoch {self._epoch + 1}, {which} of {batches}"
            raise NonFiniteLossError("loss", loss, place)
        for callback in self._callbacks:
            callback.on_train_batch_end(batch, logs)
        self._progress.images_done(min(self._done * self._batch_size, self._images))
        self._check_interrupt()

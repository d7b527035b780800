"""One epoch of training on JAX, over images that lie on the device.

Keras' `fit` on JAX hands over every batch from the host, and its `steps_per_execution` is a loop in
Python. Here the steps are the same, those of Keras' stateless `train_step`; but a step finds its
batch on the device and augments it there by what was drawn on the host, and on a GPU many steps are
one compiled scan.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple, Protocol

import jax
import keras
import numpy as np

from cifarcnn.data.dataset import Split
from cifarcnn.data.epochs import images_of_epoch
from cifarcnn.language.constants import CLASSES
from cifarcnn.language.entry_types import PixelAugmentation
from cifarcnn.language.schema import Spec
from cifarcnn.language.training_images import Drawing
from cifarcnn.random_streams import batch_order
from cifarcnn.runtime.keras_internals import build_metrics
from cifarcnn.training.step_hooks import StepHook


class _Images(NamedTuple):
    """Images on the device: pixels, the share of each class, and the order of an epoch.

    `drawn` holds for each augmentation that is still to be applied what was drawn for the images,
    in their order.
    """

    pixels: Any
    labels: Any
    order: Any
    drawn: list[list[Any]]


class _State(NamedTuple):
    """The values of all variables that a step changes, in Keras' order."""

    trainable: list[Any]
    non_trainable: list[Any]
    optimizer: list[Any]
    metrics: list[Any]
    step_hooks: list[Any]


class StepListener(Protocol):
    """Who is told of steps, as Keras tells a callback; `logs` are the averages so far."""

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Some steps begin, from this one on."""

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """They are over, up to this one."""


class JaxEpochs:
    """The epochs of a compiled Keras model.

    The model's variables hold the state between epochs. Where `each_step` is set, because a
    callback looks at every step, they hold it between steps too, and what the callback changes
    counts.
    """

    def __init__(
        self,
        model: Any,  # a compiled Keras model
        step_hooks: Sequence[StepHook],
        train: Split,
        spec: Spec,
        *,
        steps_at_once: int,
        each_step: bool,
        on_gpu: bool,
    ) -> None:
        self._model = model
        self._hooks = step_hooks
        self._train = train
        self._spec = spec
        self._steps_at_once = steps_at_once
        self._each_step = each_step
        # On CPUs XLA runs convolutions within a loop on one thread and by slower code: an epoch of
        # deeper_3x3 would take many times as long.
        self._scans = on_gpu and steps_at_once > 1
        self._changes = [a for a in spec.data.augment if isinstance(a, PixelAugmentation)]
        """What is applied on the device; if there is anything else, all is done on the host."""
        if len(self._changes) < len(spec.data.augment):
            self._changes = []
        self._kept: _Images | None = None
        """The training images as they are, where every epoch begins with just these."""
        self._one = jax.jit(self._one_step, static_argnames="size", donate_argnums=0)
        self._many = jax.jit(self._many_steps, static_argnames="size", donate_argnums=0)
        self._logs = jax.jit(self._logs_of)
        images = np.zeros((1, *train.images.shape[1:]), np.uint8)
        build_metrics(model, images, np.zeros((1, CLASSES), np.float32))

    def run(self, epoch: int, listener: StepListener) -> dict[str, float]:
        """Train one epoch (from 0); returns the loss and the metrics over its images."""
        images = self._images_of(epoch)
        self._model.reset_metrics()
        self._model.stop_training = False
        state, logs = self._read(), {}
        for first, last in self._executions():
            listener.on_train_batch_begin(first)
            if self._each_step:
                state = self._read()
            state = self._steps(state, images, first, last)
            if self._each_step:
                self._write(state)
            logs = {name: float(value) for name, value in self._logs(state.metrics).items()}
            listener.on_train_batch_end(last - 1, logs)
            if self._model.stop_training:
                break
        self._write(state)
        return logs

    def _executions(self) -> Iterator[tuple[int, int]]:
        """First and last step (exclusive) of what is run without a look in between.

        All are about equally long, so that few lengths have to be compiled.
        """
        steps = -(-len(self._train) // self._spec.training.batch_size)
        executions = -(-steps // self._steps_at_once)
        bounds = [number * steps // executions for number in range(executions + 1)]
        yield from pairwise(bounds)

    def _steps(self, state: _State, images: _Images, first: int, last: int) -> _State:
        size = self._spec.training.batch_size
        whole = min(last, len(self._train) // size)
        starts = np.arange(first, whole, dtype=np.int32) * size
        if self._scans and len(starts):
            state = self._many(state, images, starts, size=size)
        else:
            for start in starts:
                state = self._one(state, images, start, size=size)
        if whole < last:  # the last batch is smaller
            start, rest = np.int32(whole * size), len(self._train) - whole * size
            state = self._one(state, images, start, size=rest)
        return state

    def _many_steps(self, state: _State, images: _Images, starts: Any, size: int) -> _State:
        def step(state: _State, start: Any) -> tuple[_State, None]:
            return self._one_step(state, images, start, size), None

        state, _ = jax.lax.scan(step, state, starts)
        return state

    def _one_step(self, state: _State, images: _Images, start: Any, size: int) -> _State:
        """The state after the batch that begins at a place of the order."""
        order, drawn = jax.tree.map(
            lambda values: jax.lax.dynamic_slice_in_dim(values, start, size),
            (images.order, images.drawn),
        )
        pixels = images.pixels[order]
        for augmentation, of_batch in zip(self._changes, drawn, strict=True):
            pixels = augmentation.change(pixels, of_batch, jax.numpy)
        data = pixels, images.labels[order], None
        _, (trainable, non_trainable, optimizer, metrics) = self._model.train_step(state[:-1], data)
        return self._with_hooks(
            _State(trainable, non_trainable, optimizer, metrics, state.step_hooks)
        )

    def _with_hooks(self, state: _State) -> _State:
        if not self._hooks:
            return state
        variables = self._variables()
        pairs = list(zip(chain(*variables), chain(*state), strict=True))
        with keras.StatelessScope(state_mapping=pairs) as scope:
            for hook in self._hooks:
                hook.after_step()
        return _State(*([scope.get_current_value(v) for v in group] for group in variables))

    def _logs_of(self, metrics: list[Any]) -> dict[str, Any]:
        pairs = list(zip(self._model.metrics_variables, metrics, strict=True))
        with keras.StatelessScope(state_mapping=pairs):
            logs: dict[str, Any] = self._model.get_metrics_result()
        return logs

    def _images_of(self, epoch: int) -> _Images:
        augment, seed = self._spec.data.augment, self._spec.seed
        if len(self._changes) < len(augment):
            images = images_of_epoch(self._train, CLASSES, augment, seed, epoch)
            order = np.arange(len(images), dtype=np.int32)
            return _on_device(_Images(images.images, images.labels, order, []))
        if self._kept is None:
            labels = np.eye(CLASSES, dtype=np.float32)[self._train.labels]
            nothing = np.zeros(0, np.int32)
            self._kept = _on_device(_Images(self._train.images, labels, nothing, []))
        places = batch_order(len(self._train), seed, epoch)
        drawn = [
            augmentation.draw(places, Drawing(seed, epoch, number))
            for number, augmentation in enumerate(self._changes)
        ]
        return _on_device(self._kept._replace(order=places.astype(np.int32), drawn=drawn))

    def _variables(self) -> list[list[Any]]:
        """The Keras variables of a state."""
        model = self._model
        return [
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
            [variable for hook in dict.fromkeys(self._hooks) for variable in hook.kept],
        ]

    def _read(self) -> _State:
        """Copies: a step overwrites what it is given, and the model keeps its own."""
        copy = jax.numpy.copy
        return _State(*([copy(variable.value) for variable in g] for g in self._variables()))

    def _write(self, state: _State) -> None:
        for variables, values in zip(self._variables(), state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)


def _on_device(images: _Images) -> _Images:
    placed: _Images = jax.device_put(images)
    return placed

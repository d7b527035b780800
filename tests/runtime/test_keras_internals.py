"""The private parts of Keras, as Keras 3.15.1 has them.

Where one of these tests fails on a newer Keras, `cifarcnn/runtime/keras_internals.py` must change
before `pyproject.toml` may admit that version.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.keras_internals import (
    TENSORBOARD_STEP,
    batches_seen,
    build_metrics,
    flush_logs,
    index_of,
    keep_tensorflow_out,
    log_learning_rate,
    schedule_of,
    unscaled,
)
from cifarcnn.runtime.start import start_on
from tests.support.paths import ROOT


@pytest.fixture(scope="module", autouse=True)
def _keras() -> None:
    start_on(DeviceChoice((), "tests"), RuntimeSpec())


def tiny_model() -> Any:
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile(optimizer="sgd", loss="mse", metrics=["mae"])
    return model


def test_keras_believes_that_tensorflow_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from keras.src.utils import module_utils

    monkeypatch.setattr(module_utils.tensorflow, "_available", None)
    assert module_utils.tensorflow.available
    keep_tensorflow_out()
    assert not module_utils.tensorflow.available


def test_metrics_are_built_without_a_step() -> None:
    model = tiny_model()
    before, few = model.get_weights(), len(model.metrics_variables)
    build_metrics(model, np.zeros((1, 4), np.float32), np.zeros((1, 2), np.float32))
    assert len(model.metrics_variables) > few
    assert all(map(np.array_equal, before, model.get_weights()))
    assert int(model.optimizer.iterations) == 0


def test_batches_are_counted_where_gradients_are_accumulated() -> None:
    import keras

    weight = keras.Variable(1.0)
    optimizer = keras.optimizers.SGD(gradient_accumulation_steps=2)
    optimizer.build([weight])
    for _ in range(3):
        optimizer.apply([keras.ops.ones(())], [weight])
    assert int(batches_seen(optimizer)) == 3
    assert int(optimizer.iterations) == 1
    assert int(batches_seen(keras.optimizers.LossScaleOptimizer(optimizer))) == 3


def test_an_optimizer_that_scales_the_loss_has_one_inside() -> None:
    import keras

    optimizer = keras.optimizers.SGD()
    assert unscaled(optimizer) is optimizer
    assert unscaled(keras.optimizers.LossScaleOptimizer(optimizer)) is optimizer


def test_the_schedule_of_an_optimizer_is_the_one_that_it_was_given() -> None:
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(0.1, 10)
    optimizer = keras.optimizers.SGD(schedule)
    assert schedule_of(optimizer) is schedule
    assert schedule_of(keras.optimizers.LossScaleOptimizer(optimizer)) is schedule
    assert schedule_of(keras.optimizers.SGD(0.1)) is None


def test_the_index_of_a_variable_is_its_place() -> None:
    import keras

    variables = [keras.Variable(np.zeros(size)) for size in (2, 3)]
    optimizer = keras.optimizers.SGD()
    optimizer.build(variables)
    assert [index_of(optimizer, variable) for variable in variables] == [0, 1]


def test_tensorboard_counts_batches_writes_our_rate_and_flushes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboard")
    import keras

    flushed = []

    class Logs(keras.callbacks.TensorBoard):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            super().on_epoch_end(epoch, logs)
            (writer,) = self._writers.values()
            flush = writer.flush
            monkeypatch.setattr(writer, "flush", lambda: flushed.append(flush()))
            flush_logs(self)
            monkeypatch.undo()

    callback = Logs(str(tmp_path), write_graph=False)
    log_learning_rate(callback, lambda: 0.25)
    assert getattr(callback, TENSORBOARD_STEP) == 0
    images, labels = np.zeros((6, 4), np.float32), np.zeros((6, 2), np.float32)
    tiny_model().fit(images, labels, batch_size=2, callbacks=[callback], verbose=0)
    assert getattr(callback, TENSORBOARD_STEP) == 3
    assert len(flushed) == 1
    assert list(rates_in(tmp_path)) == [0.25]


def rates_in(folder: Path) -> Iterator[float]:
    import tensorflow as tf

    for file in folder.rglob("events.*"):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            for value in tf.compat.v1.Event.FromString(record).summary.value:
                if value.tag == "epoch_learning_rate":
                    yield float(tf.make_ndarray(value.tensor))


def test_no_other_module_uses_private_parts() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "cifarcnn").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if _is_private(node)
    }
    assert found == {"cifarcnn/runtime/keras_internals.py"}


def _is_private(node: ast.AST) -> bool:
    """Whether it is an attribute of another object with a leading underscore, or `keras.src`.

    That of a named tuple is public.
    """
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").startswith("keras.src")
    if not isinstance(node, ast.Attribute):
        return False
    of_itself = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    private = node.attr.startswith("_") and not node.attr.endswith("__") and node.attr != "_replace"
    return private and not of_itself

"""How many steps run between two looks at the training."""

from typing import Any

import pytest

from cifarcnn.spec.load import load_spec


def test_the_number_of_steps_at_once_follows_from_the_network_and_its_callbacks() -> None:
    import keras

    from cifarcnn.runtime.devices import DeviceChoice, Gpu
    from cifarcnn.runtime.start import Runtime
    from cifarcnn.training.steps import steps_per_execution

    cpu = Runtime("tensorflow", DeviceChoice((), "auto"), {})
    gpu = Runtime("tensorflow", DeviceChoice((Gpu(0, "A", "GPU-a"),), "auto"), {})
    basic, large = load_spec("basic"), load_spec("vgg")
    assert steps_per_execution(basic, cpu, []) == 32
    assert 1 < steps_per_execution(load_spec("deeper_3x3"), cpu, []) < 12
    assert steps_per_execution(large, cpu, []) == 1
    assert steps_per_execution(large, gpu, []) == 32

    class Watching(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            """Look at every step."""

    class AtEnds(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            """Look at epochs alone."""

    own = [keras.callbacks.EarlyStopping(), keras.callbacks.ModelCheckpoint("a.keras"), AtEnds()]
    assert steps_per_execution(basic, cpu, own) == 32
    assert steps_per_execution(basic, cpu, [*own, Watching()]) == 1
    watching = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    assert steps_per_execution(basic, cpu, [watching]) == 1

    runtime = basic.runtime.model_copy(update={"steps_per_execution": 4})
    told = basic.model_copy(update={"runtime": runtime})
    assert steps_per_execution(told, cpu, [Watching()]) == 4


@pytest.mark.parametrize("batch_size", [7, 25])
def test_the_last_steps_are_fewer(batch_size: int) -> None:
    """Ten steps, the last a smaller batch, four at a time: all are trained on, in their order."""
    import keras
    import numpy as np

    from cifarcnn.runtime.feeding import EpochFeed

    images = np.arange(9 * batch_size + 3, dtype=np.float32)[:, None]
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    ends: list[int] = []

    def loss(target: Any, value: Any) -> Any:
        return keras.ops.sum(target) + 0 * keras.ops.mean(value)

    model.compile("sgd", loss, steps_per_execution=4)
    watching = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: ends.append(batch)
    )
    history = model.fit(
        **EpochFeed(batch_size).arguments(images, np.ones_like(images)),
        shuffle=False,
        verbose=0,
        callbacks=[watching],
    )
    assert ends[0] == 3 and len(ends) == 3
    # Keras weighs the loss of each batch by its images.
    total = 9 * batch_size * batch_size + 3 * 3
    assert history.history["loss"][0] == pytest.approx(total / len(images))

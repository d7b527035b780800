"""How many steps run between two looks at the training."""

import weakref
from typing import Any

import pytest

from cifarcnn.language.load import load_spec


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
        **EpochFeed(batch_size, steps=10).arguments(
            lambda part: (images[part].copy(), np.ones_like(images[part]))
        ),
        shuffle=False,
        verbose=0,
        callbacks=[watching],
    )
    assert ends[0] == 3 and len(ends) == 3
    # Keras weighs the loss of each batch by its images.
    total = 9 * batch_size * batch_size + 3 * 3
    assert history.history["loss"][0] == pytest.approx(total / len(images))


def test_the_input_does_not_tune_itself() -> None:
    """TensorFlow's tuner would hold up the end of an epoch until its next look."""
    import numpy as np

    from cifarcnn.runtime.feeding import EpochFeed, fed

    images, labels = np.zeros((9, 32, 32, 3), np.uint8), np.zeros((9, 10), np.float32)

    def rows(part: slice) -> tuple[Any, ...]:
        return images[part].copy(), labels[part].copy()

    for arguments in (fed(4, images), EpochFeed(4, steps=3).arguments(rows)):
        assert arguments["x"].options().autotune.enabled is False


def test_an_epoch_is_let_go_when_the_next_is_made() -> None:
    import keras
    import numpy as np

    from cifarcnn.runtime.feeding import EpochFeed

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    feed = EpochFeed(4, steps=3)
    images = np.zeros((10, 3), np.float32)
    gone = weakref.ref(images)

    def rows(part: slice, images: Any = images) -> tuple[Any, ...]:
        return images[part].copy(), images[part, :1].copy()

    model.fit(**feed.arguments(rows), shuffle=False, verbose=0)
    del images, rows
    feed.clear()
    assert gone() is None

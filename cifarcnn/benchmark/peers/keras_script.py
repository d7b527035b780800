"""A notebook's cell typed into today's Keras, with a clock. It uses nothing of cifarcnn.

    python keras_script.py deeper_3x3 --data images.npz

The file holds `images` (uint8, (N, 32, 32, 3)) and `labels` (uint8, (N,)). The environment is left
as it is, and `fit` has its defaults. One JSON object is printed, on the last line.

Timed is an epoch of `fit` from its beginning to its end, with the shuffling; the arrays have been
made floats before. The first epoch warms up. `--validation-images N` takes the last N images out of
the training and validates on them after each epoch, which is timed with it.
"""

import argparse
import json
import os
import resource
import sys
import time
from typing import Any


def deeper_3x3(steps: int) -> tuple[Any, Any]:
    """Four 3x3 convolutions in two blocks: the network and its optimizer."""
    from keras import Input, Sequential, layers, optimizers

    model = Sequential(
        [
            Input((32, 32, 3)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return model, optimizers.Adam(1e-3)


def basic(steps: int) -> tuple[Any, Any]:
    """One 5x5 convolution and a large pooling: the network and its optimizer."""
    from keras import Input, Sequential, layers, optimizers

    model = Sequential(
        [
            Input((32, 32, 3)),
            layers.Conv2D(32, 5, activation="relu"),
            layers.MaxPooling2D(8),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return model, optimizers.Adam(1e-3)


def vgg(steps: int) -> tuple[Any, Any]:
    """Six 3x3 convolutions with batch norm: the network and its optimizer."""
    from keras import Input, Sequential, layers, optimizers

    model = Sequential(
        [
            Input((32, 32, 3)),
            layers.Conv2D(32, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(32, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(64, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(64, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.3),
            layers.Conv2D(128, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Conv2D(128, 3, padding="same", use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.4),
            layers.Flatten(),
            layers.Dense(128, use_bias=False),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return model, optimizers.Adam(optimizers.schedules.CosineDecay(2e-3, 10 * steps))


NETWORKS = {"deeper_3x3": deeper_3x3, "basic": basic, "vgg": vgg}

VARIABLES = (
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
    "KERAS_BACKEND",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
)
"""Told with the result if they are set; none is set here."""


def pixels(images: Any, network: str) -> Any:
    """Floats from 0 to 1; for vgg standardized, channel by channel."""
    x = images.astype("float32") / 255
    if network == "vgg":
        x -= [0.4914, 0.4822, 0.4465]
        x /= [0.2470, 0.2435, 0.2616]
    return x


def compiled(network: str, steps: int) -> Any:
    """The network with its optimizer, loss and metric; `steps` are those of an epoch."""
    model, optimizer = NETWORKS[network](steps)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    return model


def main() -> None:
    """Train, and print what was measured."""
    began = time.time()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", choices=NETWORKS)
    parser.add_argument("--data", required=True)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--validation-images", type=int, default=0)
    options = parser.parse_args()

    import keras
    import numpy as np

    imported = time.time()

    data = np.load(options.data)
    x_train = pixels(data["images"], options.network)
    y_train = keras.utils.to_categorical(data["labels"], 10)
    validation_data = None
    if options.validation_images:
        validation_data = (
            x_train[-options.validation_images :],
            y_train[-options.validation_images :],
        )
        x_train = x_train[: -options.validation_images]
        y_train = y_train[: -options.validation_images]
    steps = -(-len(x_train) // options.batch_size)
    loaded = time.time()

    model = compiled(options.network, steps)
    built = time.time()

    epoch_seconds: list[float] = []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        first_step = 0.0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if not self.first_step:
                self.first_step = time.time()

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            epoch_seconds.append(time.perf_counter() - self.began)

    clock = Clock()
    history = model.fit(
        x_train,
        y_train,
        batch_size=options.batch_size,
        epochs=options.epochs,
        validation_data=validation_data,
        callbacks=[clock],
    )

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB on Linux, bytes on macOS
    backend = keras.backend.backend()
    result = {
        "program": "keras",
        "network": options.network,
        "began": began,
        "import_seconds": imported - began,
        "data_seconds": loaded - imported,
        "build_seconds": built - loaded,
        "first_step_seconds": clock.first_step - built,
        "images": len(x_train),
        "steps": steps,
        "epoch_seconds": epoch_seconds,
        "losses": history.history["loss"],
        "peak_memory_bytes": peak if sys.platform == "darwin" else peak * 1024,
        "parameters": model.count_params(),
        "device": "GPU" if keras.distribution.list_devices("gpu") else "CPU",
        "versions": {"keras": keras.__version__, backend: sys.modules[backend].__version__},
        "environment": {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()

"""Runs in a process of its own, on JAX: one training by Keras' `fit`, by `steps` or by a `scan`.

Prints JSON: for each way the logs of each epoch, and what comes of the weights; see test_jax.py.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cifarcnn.data.dataset import Split
from cifarcnn.data.splits import Splits
from cifarcnn.language.entry_types import CallbackContext
from cifarcnn.language.load import load_spec
from cifarcnn.runtime.devices import DeviceChoice, Gpu
from cifarcnn.runtime.start import start_on

EPOCHS = 2


def main(spec_path: str, *ways: str) -> None:
    spec = load_spec(spec_path)
    runtime = start_on(DeviceChoice((), "tests"), spec.runtime)
    from cifarcnn.training.loop import Trainer
    from cifarcnn.training.progress import SilentProgress
    from cifarcnn.training.variables import copies

    as_on_gpu = replace(runtime, device=DeviceChoice((Gpu(0, "none", "none"),), "tests"))
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (100, 32, 32, 3), dtype=np.uint8)
    images = Split(pixels, random.integers(0, 10, 100, dtype=np.uint8))
    result: dict[str, Any] = {}
    for way in ways:
        used = as_on_gpu if way == "scan" else runtime
        seen: list[int] = []
        context = CallbackContext(Path(), 0, lambda model, path: None)
        trainer = Trainer(spec, Splits(images, images, images), used, context)
        if way == "fit":
            trainer._fit = trainer._keras_fit
        progress = SilentProgress()
        progress.images_done = seen.append  # type: ignore[method-assign, assignment]
        logs = [trainer._fit_epoch(epoch, progress, lambda: None) for epoch in range(EPOCHS)]
        result[way] = {
            "logs": logs,
            "images_done": seen,
            "variables": [v.ravel().tolist() for v in copies(trainer.model.variables)],
            "iterations": int(trainer.model.optimizer.iterations),
            "averages": [float(np.abs(v).sum()) for v in trainer.averages()],
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
    assert "tensorflow" not in sys.modules

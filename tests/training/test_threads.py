"""What the number of threads changes, and what it does not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.specs import TINY

FED = """
import hashlib, json, sys
import numpy as np
from pathlib import Path
from cifarcnn.data.load import load_dataset
from cifarcnn.data.splits import split_dataset
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import start_on
from cifarcnn.language.entry_types import CallbackContext
from cifarcnn.language.load import load_spec

spec = load_spec("tiny.yaml")
dataset = load_dataset("demo")
splits = split_dataset(dataset, spec.data, spec.seed)
runtime = start_on(choose_device("cpu"), spec.runtime)

import tensorflow as tf
from cifarcnn.training.loop import Trainer
from cifarcnn.training.progress import SilentProgress

trainer = Trainer(spec, splits, runtime, CallbackContext(Path("."), 0, lambda *_: None))
fed = []
fit = trainer.model.fit

def recording(x, **more):
    digest = hashlib.sha256()
    for images, labels in x.as_numpy_iterator():
        digest.update(images.tobytes() + labels.tobytes())
    fed.append(digest.hexdigest())
    return fit(x, **more)

trainer.model.fit = recording
results = list(trainer.epochs(SilentProgress(), lambda: None))
weights = hashlib.sha256(b"".join(w.tobytes() for w in trainer.model.get_weights())).hexdigest()
print(json.dumps({
    "fed": fed,
    "weights": weights,
    "losses": [result.row.loss for result in results],
    "threads": tf.config.threading.get_intra_op_parallelism_threads(),
}))
"""


def trained(folder: Path, threads: int, deterministic: bool) -> dict[str, Any]:
    """Train the tiny network in a process of so many threads; says what it was fed and became."""
    text = TINY.replace("epochs: 3", "epochs: 2")
    (folder / "tiny.yaml").write_text(
        f"{text}runtime: {{deterministic: {str(deterministic).lower()}}}\n"
    )
    number = str(threads)
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    done = subprocess.run(
        [sys.executable, "-c", FED], cwd=folder, capture_output=True, text=True, check=True,
        env=os.environ | dict.fromkeys((*names, "OPENBLAS_NUM_THREADS"), number),
    )  # fmt: skip
    data = json.loads(done.stdout)
    assert isinstance(data, dict)
    return data


@pytest.mark.slow
def test_the_order_of_the_data_does_not_depend_on_the_number_of_threads(tmp_path: Path) -> None:
    one, two = (trained(tmp_path, threads, False) for threads in (1, 2))
    assert one["fed"] == two["fed"] and len(set(one["fed"])) == 2
    assert one["losses"] == pytest.approx(two["losses"], rel=1e-3)


@pytest.mark.slow
def test_the_same_number_of_threads_gives_the_same_bits(tmp_path: Path) -> None:
    one, again = (trained(tmp_path, 2, True) for _ in range(2))
    assert one == again

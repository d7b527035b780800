"""Runs in a child process: loads a file that was just exported, and predicts with it.

    python -P -m cifarcnn.export.run_exported FORMAT EXPORTED IMAGES OUTPUT

IMAGES, `uint8` of shape (N, 32, 32, 3), and OUTPUT are `.npy` files.
"""

import sys
from pathlib import Path
from typing import cast

import numpy as np

from cifarcnn.export.formats import FORMATS, FormatName
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import start_on
from cifarcnn.spec.plan import EVALUATION_BATCH
from cifarcnn.spec.schema import RuntimeSpec


def main(name: FormatName, exported: str, images: str, output: str) -> None:
    """Write the probabilities that an exported file gives for images."""
    if name != "onnx":  # which needs neither Keras nor TensorFlow
        start_on(choose_device("cpu"), RuntimeSpec())
    predict = FORMATS[name].load(Path(exported))
    pixels = np.load(images, allow_pickle=False)
    parts = [
        predict(pixels[start : start + EVALUATION_BATCH].astype(np.float32))
        for start in range(0, len(pixels), EVALUATION_BATCH)
    ]
    np.save(output, np.concatenate(parts))


if __name__ == "__main__":
    main(cast(FormatName, sys.argv[1]), *sys.argv[2:5])

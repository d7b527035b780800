"""Runs in a child process: loads a file that was just exported, and predicts with it.

    python -P -m cifarcnn.exporting.run_exported FORMAT EXPORTED IMAGES OUTPUT [LAYERS [CODE...]]

IMAGES, `uint8` of shape (N, 32, 32, 3), and OUTPUT are `.npy` files. LAYERS, those of the network
as JSON, and CODE, files of the user's own, are there if the user has added to the layers.
"""

import json
import sys
from pathlib import Path
from typing import cast

import numpy as np

from cifarcnn.exporting.format_names import FormatName
from cifarcnn.exporting.formats import FORMATS
from cifarcnn.language.constants import EVALUATION_BATCH
from cifarcnn.language.entry_types import LAYERS
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import start_on
from cifarcnn.user_code.code_option import run_code_file


def main(
    name: FormatName, exported: str, images: str, output: str, layers: str = "", *code: str
) -> None:
    """Write the probabilities that an exported file gives for images."""
    for file in code:
        run_code_file(Path(file))
    if name != "onnx":  # which needs neither Keras nor TensorFlow
        start_on(choose_device("cpu"), RuntimeSpec())
    if layers:
        _introduce(Path(layers))
    predict = FORMATS[name].load(Path(exported))
    pixels = np.load(images, allow_pickle=False)
    parts = [
        predict(pixels[start : start + EVALUATION_BATCH].astype(np.float32))
        for start in range(0, len(pixels), EVALUATION_BATCH)
    ]
    np.save(output, np.concatenate(parts))


def _introduce(layers: Path) -> None:
    """Build each layer once: code of the user's own defines and registers its class only then."""
    items = json.loads(layers.read_text(encoding="utf-8"))
    for row in plan_network([LAYERS.read(item) for item in items]).layers:
        row.layer.twin(row.input_shape).build(name=row.name)


if __name__ == "__main__":
    main(cast(FormatName, sys.argv[1]), *sys.argv[2:])

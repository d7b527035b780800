"""Runs in a process of its own, on JAX: `jax_forward.py ROWS.json OUTPUTS.npz`."""

import json
import sys
from pathlib import Path

import numpy as np

from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on
from tests.support.forward import forward

if __name__ == "__main__":
    start_on(DeviceChoice((), "tests"), RuntimeSpec(backend="jax"))
    rows = json.loads(Path(sys.argv[1]).read_text())
    outputs = [forward(item, tuple(shape)) for item, shape in rows]
    np.savez(sys.argv[2], *outputs)
    assert "tensorflow" not in sys.modules

"""Runs in a process of its own, on JAX: max pooling as it is trained beside Keras' own.

Prints JSON: for each case, whether values and gradients are equal, and which layer computed.
"""

import json
import sys
from typing import Any

import numpy as np

from cifarcnn.language.entry_types import LAYERS
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on


def compared(arguments: dict[str, Any], shape: tuple[int, ...]) -> dict[str, Any]:
    """Of few different values, so that most windows hold their largest one more than once."""
    import jax

    random = np.random.default_rng(5)
    maps = random.integers(-2, 3, (2, *shape)).astype("float32")
    entry = LAYERS.read({"max_pooling2d": arguments})
    values, gradients = [], []
    for layer in (entry.build_optimized(), entry.build()):
        value, gradient_of = jax.vjp(layer, maps)
        values.append(np.asarray(value))
        upstream = np.random.default_rng(6).integers(1, 9, value.shape).astype("float32")
        gradients.append(np.asarray(gradient_of(upstream)[0]))
    program = str(jax.make_jaxpr(entry.build_optimized())(maps))
    return {
        "values": np.array_equal(values[0], values[1]),
        "gradients": np.array_equal(gradients[0], gradients[1]),
        "windows": "reduce_window" in program,
    }


def nans() -> list[bool]:
    """Whether a NaN reaches the output, wherever in a window it stands."""
    layer = LAYERS.read("max_pooling2d").build_optimized()
    found = []
    for place in range(4):
        maps = np.zeros((1, 2, 2, 1), "float32")
        maps.ravel()[place] = np.nan
        found.append(bool(np.isnan(layer(maps)).all()))
    return found


if __name__ == "__main__":
    start_on(DeviceChoice((), "tests"), RuntimeSpec(backend="jax"))
    cases = json.loads(sys.argv[1])
    result = {"cases": [compared(a, tuple(shape)) for a, shape in cases], "nans": nans()}
    print(json.dumps(result))
    assert "tensorflow" not in sys.modules

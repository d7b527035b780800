"""What a layer computes from fixed random weights and images."""

from typing import Any

import numpy as np

from cifarcnn.language.entry_types import LAYERS
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.language.shapes import Shape


def forward(item: str, shape: Shape) -> np.ndarray[Any, Any]:
    """The output for three images, not in training."""
    random = np.random.default_rng(4)
    entry = LAYERS.read(read_yaml_text(item, "test").data)
    layer = entry.build_optimized(name="under_test")
    layer.build((None, *shape))
    # Positive, since some are variances.
    layer.set_weights([random.uniform(0.1, 1, w.shape).astype("float32") for w in layer.weights])
    images = random.normal(size=(3, *shape)).astype("float32")
    return np.asarray(layer(images))

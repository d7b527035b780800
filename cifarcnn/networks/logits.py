"""The logits that a Keras model gives for images.

One fixed batch size serves the validation in every epoch, the test at the end and `evaluate`: the
same weights give the same digits everywhere.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.language.constants import EVALUATION_BATCH


def predict_logits(model: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The logits that a Keras model gives for each image, float32 of shape (N, 10)."""
    from cifarcnn.runtime.feeding import fed  # which imports Keras; scoring logits needs none

    logits = model.predict(**fed(EVALUATION_BATCH, images), verbose=0)
    return np.asarray(logits, np.float32)

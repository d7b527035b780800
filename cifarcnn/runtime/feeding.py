"""How arrays reach Keras' `fit` and `predict`."""

from typing import Any

import keras
from numpy.typing import NDArray


def fed(
    batch_size: int, images: NDArray[Any], labels: NDArray[Any] | None = None
) -> dict[str, Any]:
    """The arguments of `fit` or `predict` that give it arrays batch by batch, in their order."""
    arrays = (images,) if labels is None else (images, labels)
    if keras.backend.backend() == "tensorflow":
        from cifarcnn.runtime.tensorflow_backend import batches

        return {"x": batches(arrays, batch_size)}
    return dict(zip(("x", "y"), arrays, strict=False)) | {"batch_size": batch_size}

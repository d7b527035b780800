"""Unpickle CIFAR-10's files without letting a pickle choose what is called."""

import io
import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray


def unpack_batch(content: bytes, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    """Fill `images` and `labels` from a batch file.

    Args:
        content: The pickled batch, of N images.
        images: Receives the pixels; shape (N, 32, 32, 3).
        labels: Receives the labels; shape (N,).

    Raises:
        pickle.UnpicklingError: The pickle asks for more than an array of numbers.
    """
    batch = _unpickle(content)
    planes = batch[b"data"].reshape(-1, 3, 32, 32)
    for channel in range(3):  # three times as fast as one transposed copy
        images[..., channel] = planes[:, channel]
    labels[:] = batch[b"labels"]


def unpack_class_names(content: bytes) -> tuple[str, ...]:
    """Return the names of the classes, in the order of the labels.

    Raises:
        pickle.UnpicklingError: The pickle asks for more than lists of words and numbers.
    """
    return tuple(name.decode("ascii") for name in _unpickle(content)[b"label_names"])


def _unpickle(content: bytes) -> dict[bytes, Any]:
    batch: dict[bytes, Any] = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    return batch


class _Unpickler(pickle.Unpickler):
    """Admits the three names that a pickled array of numbers consists of."""

    def find_class(self, module: str, name: str) -> Any:  # as in pickle
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def _dtype(kind: bytes, align: int, copy: int) -> np.dtype[Any]:
    """Build a dtype from the integers of an old pickle; NumPy warns if they are not booleans."""
    return np.dtype(kind.decode("ascii"), align=bool(align), copy=bool(copy))


_reconstruct = np.ndarray(0).__reduce__()[0]  # private to NumPy, and its module's name changed

_ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): _dtype,
}

"""SHA-256 over arrays."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def arrays_digest(arrays: Iterable[NDArray[Any]]) -> str:
    """SHA-256 over the types, shapes and bytes of arrays, in their order."""
    return _digest(("", array) for array in arrays)


def named_arrays_digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 over the names, types, shapes and bytes of arrays, in the order of their names."""
    return _digest((f"{name}:", arrays[name]) for name in sorted(arrays))


def _digest(arrays: Iterable[tuple[str, NDArray[Any]]]) -> str:
    digest = hashlib.sha256()
    for label, array in arrays:
        digest.update(f"{label}{array.dtype.str}{array.shape};".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()

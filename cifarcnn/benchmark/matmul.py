"""How fast this machine multiplies matrices: what the speed of a training is measured against."""

import statistics
import time

SIZE_ON_CPU = 2048
SIZE_ON_GPU = 8192
"""Rows and columns; large enough that the arithmetic decides, not the memory."""

_SECONDS = 0.5
_LEAST = 5


def matrix_product_rate(size: int, dtype: str) -> float:
    """FLOP per second of the backend's product of two square matrices of a type (2 n^3 each).

    The median over half a second, at least five products, behind one that is not counted.
    """
    import keras
    import numpy as np

    generator = np.random.Generator(np.random.Philox(0))
    one, other = (
        keras.ops.cast(generator.random((size, size), dtype=np.float32), dtype) for _ in range(2)
    )
    _multiply(one, other)
    seconds: list[float] = []
    while len(seconds) < _LEAST or sum(seconds) < _SECONDS:
        started = time.perf_counter()
        _multiply(one, other)
        seconds.append(time.perf_counter() - started)
    return float(2 * size**3 / statistics.median(seconds))


def _multiply(one: object, other: object) -> None:
    """Returns when the product is there; on a GPU the call alone returns at once."""
    import keras

    float(keras.ops.cast(keras.ops.matmul(one, other)[0, 0], "float32"))

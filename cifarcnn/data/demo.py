"""A generated data set in the shape of CIFAR-10: ten kinds of drawings, learned in minutes.

The arithmetic is that of IEEE floats throughout (no sines, no sums in an unspecified order), so
that every platform draws the same bytes.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.data.dataset import Dataset, Split
from cifarcnn.language.dataset_facts import DEMO

SEED = 20_260_101

SIZE = 32  # pixels
MIN_RADIUS, MAX_RADIUS = 8.0, 13.0  # pixels
MAX_HALF_ANGLE_TANGENT = 0.105  # rotations of up to 12 degrees
# Of a range of 1 from black to white:
MIN_CONTRAST = 0.2  # between a shape and the middle of the background, in every channel
GRADIENT = 0.2  # between a corner and the background's colour
NOISE = 0.1  # the largest change of a pixel

Floats = NDArray[np.floating[Any]]  # float32 throughout
# A shape maps coordinates to the distance from its edge, negative inside: both in radii.
Shape = Callable[[Floats, Floats], Floats]


def _disk(x: Floats, y: Floats) -> Floats:
    return np.sqrt(x * x + y * y) - 0.9


def _ring(x: Floats, y: Floats) -> Floats:
    return np.abs(np.sqrt(x * x + y * y) - 0.75) - 0.2


def _square(x: Floats, y: Floats) -> Floats:
    return np.maximum(np.abs(x), np.abs(y)) - 0.8


def _frame(x: Floats, y: Floats) -> Floats:
    square = _square(x, y)
    hole: Floats = square + 0.35
    return np.maximum(square, -hole)


def _triangle(x: Floats, y: Floats) -> Floats:
    slopes: Floats = 0.866 * np.abs(x) - 0.5 * y
    return np.maximum(y, slopes) - 0.5


def _plus(x: Floats, y: Floats) -> Floats:
    across, along = np.abs(x), np.abs(y)
    return np.maximum(np.minimum(across, along) - 0.25, np.maximum(across, along) - 0.95)


def _cross(x: Floats, y: Floats) -> Floats:
    return _plus(0.7071 * (x + y), 0.7071 * (x - y))


def _bars(x: Floats, width: float) -> Floats:
    """Repeat bars and gaps of one width, with a bar in the middle."""
    from_middle: Floats = np.abs(np.mod(x + width, 2 * width) - width)
    return from_middle - width / 2


def _horizontal_stripes(x: Floats, y: Floats) -> Floats:
    return np.maximum(_square(x, y), _bars(y, 0.32))


def _vertical_stripes(x: Floats, y: Floats) -> Floats:
    return np.maximum(_square(x, y), _bars(x, 0.32))


def _checkerboard(x: Floats, y: Floats) -> Floats:
    columns, rows = _bars(x + 0.2, 0.4), _bars(y + 0.2, 0.4)
    one_of_both = np.maximum(np.minimum(columns, rows), -np.maximum(columns, rows))
    return np.maximum(_square(x, y), one_of_both)


SHAPES: dict[str, Shape] = {
    "disk": _disk,
    "ring": _ring,
    "square": _square,
    "frame": _frame,
    "triangle": _triangle,
    "plus": _plus,
    "cross": _cross,
    "horizontal_stripes": _horizontal_stripes,
    "vertical_stripes": _vertical_stripes,
    "checkerboard": _checkerboard,
}


def generate() -> Dataset:
    """Draw the data set: 10,000 training and 2,000 test images, the classes equally frequent."""
    rng = np.random.Generator(np.random.Philox(SEED))
    train = _draw_split(rng, DEMO.train_images)
    test = _draw_split(rng, DEMO.test_images)
    digest = hashlib.sha256()
    for array in (train.images, train.labels, test.images, test.labels):
        digest.update(array.tobytes())
    return Dataset(
        name=DEMO.name,
        title=DEMO.title,
        classes=DEMO.class_names,
        train=train,
        test=test,
        source="generated",
        sha256=digest.hexdigest(),
    )


def _draw_split(rng: np.random.Generator, count: int) -> Split:
    per_class = count // len(SHAPES)
    images = np.concatenate([_draw(rng, shape, per_class) for shape in SHAPES.values()])
    labels = np.repeat(np.arange(len(SHAPES), dtype=np.uint8), per_class)
    return Split(images, labels).take(rng.permutation(len(labels)))


def _draw(rng: np.random.Generator, shape: Shape, count: int) -> NDArray[np.uint8]:
    """Draw `count` images of a shape, (count, 32, 32, 3)."""
    covered = _coverage(rng, shape, count)[..., None]
    images = _backgrounds(rng, count)
    middle = images[:, SIZE // 2, SIZE // 2].reshape(count, 1, 1, 3)
    colour = np.mod(middle + _uniform(rng, MIN_CONTRAST, 1.0 - MIN_CONTRAST, middle.shape), 1.0)
    images += covered * (colour - images)
    images += _uniform(rng, -NOISE, NOISE, images.shape)
    return (images.clip(0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def _coverage(rng: np.random.Generator, shape: Shape, count: int) -> Floats:
    """Return how much of each pixel a shape covers, at random places, sizes and angles."""
    one_each = (count, 1, 1)
    radius = _uniform(rng, MIN_RADIUS, MAX_RADIUS, one_each)
    room = SIZE / 2 - radius
    centre_x, centre_y = (SIZE / 2 + room * _uniform(rng, -1.0, 1.0, one_each) for _ in range(2))
    tangent = _uniform(rng, -MAX_HALF_ANGLE_TANGENT, MAX_HALF_ANGLE_TANGENT, one_each)
    cosine = (1.0 - tangent * tangent) / (1.0 + tangent * tangent)
    sine = 2.0 * tangent / (1.0 + tangent * tangent)

    pixels = np.arange(SIZE, dtype=np.float32) + 0.5
    x = (pixels[None, None, :] - centre_x) / radius
    y = (pixels[None, :, None] - centre_y) / radius
    distance = shape(cosine * x + sine * y, cosine * y - sine * x) * radius
    return (0.5 - distance).clip(0.0, 1.0)


def _backgrounds(rng: np.random.Generator, count: int) -> Floats:
    """Blend four shades of a random colour from corner to corner, (count, 32, 32, 3)."""
    one_each = (count, 1, 1, 3)
    base = _uniform(rng, GRADIENT, 1.0 - GRADIENT, one_each)
    top_left, top_right, bottom_left, bottom_right = (
        base + _uniform(rng, -GRADIENT, GRADIENT, one_each) for _ in range(4)
    )
    steps = np.arange(SIZE, dtype=np.float32) / (SIZE - 1)
    x, y = steps[None, None, :, None], steps[None, :, None, None]
    top = top_left + x * (top_right - top_left)
    bottom = bottom_left + x * (bottom_right - bottom_left)
    return top + y * (bottom - top)


def _uniform(rng: np.random.Generator, low: float, high: float, shape: tuple[int, ...]) -> Floats:
    return low + (high - low) * rng.random(shape, dtype=np.float32)

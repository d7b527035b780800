"""What is known of each data set without reading it."""

from dataclasses import dataclass
from typing import Literal, get_args

DatasetName = Literal["cifar10", "demo"]
"""The names that specs use."""


@dataclass(frozen=True)
class DatasetFacts:
    """One data set, before any images are held out or left out."""

    name: DatasetName
    title: str
    """The name for people."""
    class_names: tuple[str, ...]
    """What each label means."""
    train_images: int
    test_images: int
    channel_mean: tuple[float, float, float]
    """Red, green and blue over the training set, for pixels from 0 to 1."""
    channel_deviation: tuple[float, float, float]
    """The standard deviation of the same pixels."""
    image_shape: tuple[int, int, int] = (32, 32, 3)
    """Height, width and channels."""


CIFAR10 = DatasetFacts(
    name="cifar10",
    title="CIFAR-10",
    class_names=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    train_images=50_000,
    test_images=10_000,
    channel_mean=(0.4914, 0.4822, 0.4465),
    channel_deviation=(0.2470, 0.2435, 0.2616),
)
DEMO = DatasetFacts(
    name="demo",
    title="demo (generated shapes; not CIFAR-10)",
    class_names=(
        *("disk", "ring", "square", "frame", "triangle", "plus", "cross"),
        *("horizontal_stripes", "vertical_stripes", "checkerboard"),
    ),
    train_images=10_000,
    test_images=2_000,
    channel_mean=(0.4997, 0.5015, 0.4988),
    channel_deviation=(0.2240, 0.2246, 0.2238),
)

DATASETS: dict[str, DatasetFacts] = {facts.name: facts for facts in (CIFAR10, DEMO)}
assert tuple(DATASETS) == get_args(DatasetName)


def scored_on(dataset: str, images: int) -> str:
    """The images that a score is of; it says so when they are not those of CIFAR-10."""
    name = CIFAR10.title if dataset == CIFAR10.name else f"{dataset}, not {CIFAR10.title}"
    return f"{name}, {images:,} images"

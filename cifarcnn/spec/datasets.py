"""What the spec language knows of the data sets without reading them."""

from typing import NamedTuple


class ImageCounts(NamedTuple):
    """How many images a data set has, before any are held out or left out."""

    train: int
    test: int


IMAGES = {"cifar10": ImageCounts(50_000, 10_000), "demo": ImageCounts(10_000, 2_000)}

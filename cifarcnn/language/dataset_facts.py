"""What the spec language knows of the data sets without reading them."""

from typing import NamedTuple

from cifarcnn.language.schema import DataSpec


class ImageCounts(NamedTuple):
    """How many images a data set has, before any are held out or left out."""

    train: int
    test: int


IMAGES = {"cifar10": ImageCounts(50_000, 10_000), "demo": ImageCounts(10_000, 2_000)}


def images_used(data: DataSpec) -> int:
    """Images of the training set that are used, before any are held out."""
    images = IMAGES[data.dataset].train
    return min(data.limit or images, images)


def images_to_train_on(data: DataSpec) -> int:
    """Images that are left when some are held out."""
    images = images_used(data)
    if data.validation == "test":
        return images
    return images - round(float(data.validation) * images)

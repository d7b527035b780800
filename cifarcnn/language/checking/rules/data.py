"""Rules about the data."""

from collections.abc import Iterator

from cifarcnn.language.checking.rules.finding import Finding
from cifarcnn.language.schema import DataSpec, TrainingSpec


def limit_beyond_the_data(data: DataSpec) -> Iterator[Finding]:
    """There are no more images than those of the training set."""
    images = data.facts.train_images
    if data.limit and data.limit > images:
        message = f"{data.dataset} has {images:,} training images, so this limits nothing"
        yield Finding(("data", "limit"), message)


def share_that_leaves_no_images(data: DataSpec) -> Iterator[Finding]:
    """`split_dataset` rounds the share to whole images."""
    images = data.images_used
    if data.validation == "test":
        return
    held_out = round(float(data.validation) * images)
    if not 0 < held_out < images:
        yield Finding(
            ("data", "validation"),
            f"{data.validation} of {images:,} training images leaves {held_out} to validate on and "
            f"{images - held_out} to train on; expected some of both",
            "error",
        )


def batch_larger_than_the_data(data: DataSpec, training: TrainingSpec) -> Iterator[Finding]:
    """A batch of more images than there are would be the whole training set at every step."""
    images = data.images_to_train_on
    if 0 < images < training.batch_size:
        yield Finding(
            ("training", "batch_size"),
            f"expected at most the {images:,} training images, received {training.batch_size:,}",
            "error",
        )

"""The three splits that a run works on: train, validation and test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cifarcnn.data.dataset import Dataset, Split
from cifarcnn.errors import UserError
from cifarcnn.language.schema import DataSpec
from cifarcnn.random_streams import Purpose, stream


@dataclass(frozen=True)
class Splits:
    """What the network learns from, what steers the training, and what scores it.

    Of the data set only the names are kept: the splits may be copies of its images.
    """

    train: Split
    validation: Split
    test: Split
    title: str = ""
    """The data set's name for people."""
    source: str = ""
    """Where it came from."""
    sha256: str = ""


def split_dataset(dataset: Dataset, data: DataSpec, seed: int) -> Splits:
    """Divide a data set as a spec asks: a held-out share of the training set, or the test set.

    The held-out images are drawn from the seed, the same share of every class.

    Raises:
        UserError: the share leaves one of the two sides without images.
    """
    train, test = dataset.train, dataset.test
    names = dataset.title, dataset.source, dataset.sha256
    if data.limit is not None and data.limit < len(train):
        train = train.take(np.arange(data.limit))
    if data.validation == "test":
        return Splits(train, test, test, *names)
    held_out = held_out_indexes(train.labels, float(data.validation), seed)
    if not 0 < len(held_out) < len(train):
        raise UserError(
            f"data.validation: {data.validation} of {len(train)} training images leaves "
            f"{len(held_out)} to validate on and {len(train) - len(held_out)} to train on; "
            "expected some of both"
        )
    kept = np.setdiff1d(np.arange(len(train)), held_out)
    return Splits(train.take(kept), train.take(held_out), test, *names)


def held_out_indexes(labels: NDArray[np.uint8], fraction: float, seed: int) -> NDArray[np.int64]:
    """Indexes, in increasing order, of a stratified share of the labels.

    `round(fraction * len(labels))` images in all; each class gives its share of them, and the
    classes with the largest remainders one more.
    """
    classes, counts = np.unique(labels, return_counts=True)
    shares = fraction * counts
    quotas = np.floor(shares).astype(int)
    missing = round(fraction * len(labels)) - int(quotas.sum())
    quotas[np.argsort(quotas - shares, kind="stable")[:missing]] += 1
    generator = stream(seed, 0, Purpose.SPLIT)
    chosen = [
        generator.permutation(np.flatnonzero(labels == label))[:quota]
        for label, quota in zip(classes, quotas, strict=True)
    ]
    return np.sort(np.concatenate(chosen))

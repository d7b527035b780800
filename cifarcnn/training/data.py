"""The data of a training."""

from dataclasses import dataclass

from cifarcnn.data.dataset import Dataset
from cifarcnn.data.splits import Splits, split_dataset
from cifarcnn.language.schema import Spec


@dataclass(frozen=True)
class TrainingData:
    """What a training works on, and where it came from.

    It does not hold the data set, of which the splits may be copies.
    """

    splits: Splits
    title: str
    """The data set's name for people."""
    source: str
    sha256: str


def training_data(dataset: Dataset, spec: Spec) -> TrainingData:
    """Divide a data set as a spec asks.

    Raises:
        UserError: a split would have no images.
    """
    splits = split_dataset(dataset, spec.data, spec.seed)
    return TrainingData(splits, dataset.title, dataset.source, dataset.sha256)

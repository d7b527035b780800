"""`cifarcnn evaluate`: the scores of a checkpoint on a split."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cifarcnn.checkpoints.read import CheckpointFile, read_checkpoint_file
from cifarcnn.data.load import load_dataset
from cifarcnn.data.splits import split_dataset
from cifarcnn.errors import UserError
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import start_on
from cifarcnn.spec.schema import DataSpec, RuntimeSpec

if TYPE_CHECKING:
    from cifarcnn.data.progress import Progress as DownloadProgress

SplitName = Literal["train", "validation", "test"]
Pixels = Literal["unit", "raw"]


@dataclass(frozen=True)
class ClassScore:
    """How a network does on the images of one class."""

    name: str
    images: int
    correct: int

    @property
    def accuracy(self) -> float:
        """Share of the class' images that are recognized."""
        return self.correct / self.images if self.images else 0.0


@dataclass(frozen=True)
class Evaluation:
    """The result of an evaluation."""

    checkpoint: Path
    dataset: str
    split: SplitName
    pixels: str
    device: str
    images: int
    loss: float
    accuracy: float
    classes: tuple[ClassScore, ...]


def evaluate(
    path: Path,
    *,
    split: SplitName = "test",
    device: str = "auto",
    pixels: Pixels | None = None,
    data_dir: Path | None = None,
    download: "DownloadProgress | None" = None,
) -> Evaluation:
    """Score a checkpoint; ours on the data of its spec, one of plain Keras on CIFAR-10.

    `pixels` says what a checkpoint of plain Keras expects: `unit` (0 to 1, the default) or `raw`.

    Raises:
        UserError: the checkpoint, the device or the data is not usable, or the split is not known.
    """
    chosen = choose_device(device)
    file = read_checkpoint_file(path)
    _require_known_split(file, split)
    data = _data_spec(file, pixels)
    dataset = load_dataset(data.dataset, data_dir, download)
    splits = split_dataset(dataset, data, file.spec.seed if file.spec else 0)
    images = {"train": splits.train, "validation": splits.validation, "test": splits.test}[split]
    runtime = start_on(chosen, RuntimeSpec())

    import numpy as np

    from cifarcnn.checkpoints.restore import restore_network
    from cifarcnn.training.scores import label_smoothing, predict_logits, score

    with runtime.scope():
        model = restore_network(file, data)
    logits = predict_logits(model, images)
    smoothing = label_smoothing(file.spec) if file.spec else 0.0
    scores = score(logits, images.labels, smoothing)
    predicted = logits.argmax(axis=1)
    classes = tuple(
        ClassScore(
            name,
            int(np.sum(images.labels == label)),
            int(np.sum((images.labels == label) & (predicted == label))),
        )
        for label, name in enumerate(dataset.classes)
    )
    return Evaluation(
        path,
        data.dataset,
        split,
        data.pixels,
        str(runtime.device),
        scores.images,
        scores.loss,
        scores.accuracy,
        classes,
    )


def _data_spec(file: CheckpointFile, pixels: Pixels | None) -> DataSpec:
    if file.spec is None:
        return DataSpec(validation="test", pixels=pixels or "unit")
    if pixels is not None and pixels != file.spec.data.pixels:
        raise UserError(
            f"--pixels {pixels}: {file.path} says itself that its pixels are "
            f"{file.spec.data.pixels}; leave --pixels out"
        )
    return file.spec.data


def _require_known_split(file: CheckpointFile, name: SplitName) -> None:
    if name == "validation" and file.spec is None:
        raise UserError(
            f"--split validation: {file.path} was made by plain Keras and does not say what was "
            "held out; expected train or test"
        )

"""`cifarcnn evaluate`: the scores of a checkpoint on a split."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cifarcnn.checkpoints.read import (
    CheckpointFile,
    ForeignNetworkError,
    read_checkpoint_file,
)
from cifarcnn.data.load import load_dataset
from cifarcnn.data.splits import split_dataset
from cifarcnn.errors import UserError
from cifarcnn.evaluation.views import VIEWS, TestTimeAugmentation, logits_over_views
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import Runtime, start_on
from cifarcnn.spec.schema import DataSpec, RuntimeSpec, Spec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cifarcnn.data.dataset import Split
    from cifarcnn.data.progress import Progress as DownloadProgress
    from cifarcnn.training.scores import Scores

SplitName = Literal["train", "validation", "test"]
Pixels = Literal["unit", "raw"]
Outputs = Literal["logits", "probabilities"]


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
class AugmentedScores:
    """How a network does when it sees several views of each image."""

    tta: TestTimeAugmentation
    views: int
    """How many times each image is seen."""
    loss: float
    accuracy: float


@dataclass(frozen=True)
class Evaluation:
    """The result of an evaluation."""

    checkpoint: Path
    dataset: str
    split: SplitName
    pixels: str
    device: str
    outputs: Outputs
    """What the network gives; the loss of probabilities is clipped, as Keras does it."""
    images: int
    loss: float
    accuracy: float
    augmented: AugmentedScores | None
    """With test-time augmentation; the other figures are always without."""
    classes: tuple[ClassScore, ...]


def evaluate(
    path: Path,
    *,
    split: SplitName = "test",
    tta: TestTimeAugmentation = "none",
    device: str = "auto",
    pixels: Pixels | None = None,
    data_dir: Path | None = None,
    download: "DownloadProgress | None" = None,
    trust: bool = False,
    warn: Callable[[str], None] = lambda text: None,
) -> Evaluation:
    """Score a checkpoint; ours on the data of its spec, one of plain Keras on CIFAR-10.

    `pixels` says what a checkpoint of plain Keras expects: `unit` (0 to 1, the default) or `raw`.
    `tta` adds a score with test-time augmentation, which needs a network of the registry.
    With `trust`, a network that cannot be rebuilt from the registry is loaded by Keras itself, in
    safe mode; `warn` is told so.

    Raises:
        UserError: the checkpoint, the device or the data is not usable, or the split is not known.
    """
    chosen = choose_device(device)
    foreign = None
    try:
        file = read_checkpoint_file(path)
    except ForeignNetworkError as error:
        if not trust:
            hint = "evaluate --trust lets Keras load it, in safe mode, if it is from one you trust"
            raise UserError(error.message, hint) from error
        if tta != "none":
            raise UserError(
                f"--tta {tta} does not go together with a network of --trust"
            ) from error
        foreign = error
    spec = None if foreign else file.spec
    _require_known_split(path, spec, split)
    data = _data_spec(path, spec, pixels)
    dataset = load_dataset(data.dataset, data_dir, download)
    splits = split_dataset(dataset, data, spec.seed if spec else 0)
    images = {"train": splits.train, "validation": splits.validation, "test": splits.test}[split]
    if foreign:
        warn(f"--trust: {foreign.message}; Keras loads it itself, in safe mode, on the CPU")
        predictions = _predict_foreign(foreign, images, data)
    else:
        predictions = _predict(file, images, data, tta, start_on(chosen, RuntimeSpec()))

    import numpy as np

    predicted = predictions.outputs.argmax(axis=1)
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
        predictions.device,
        predictions.kind,
        predictions.scores.images,
        predictions.scores.loss,
        predictions.scores.accuracy,
        predictions.augmented,
        classes,
    )


@dataclass(frozen=True)
class _Predictions:
    outputs: "NDArray[np.float32]"
    kind: Outputs
    scores: "Scores"
    device: str
    augmented: AugmentedScores | None = None


def _predict(
    file: CheckpointFile,
    images: "Split",
    data: DataSpec,
    tta: TestTimeAugmentation,
    runtime: Runtime,
) -> _Predictions:
    """Of a network of the registry, which gives logits."""
    from cifarcnn.checkpoints.restore import restore_network
    from cifarcnn.training.scores import label_smoothing, predict_logits, score

    with runtime.scope():
        model = restore_network(file, data)
    logits = predict_logits(model, images.images)
    smoothing = label_smoothing(file.spec) if file.spec else 0.0
    scores = score(logits, images.labels, smoothing)
    augmented = None
    if tta != "none":
        averaged = logits_over_views(partial(predict_logits, model), images.images, tta)
        better = score(averaged, images.labels, smoothing)
        augmented = AugmentedScores(tta, VIEWS[tta], better.loss, better.accuracy)
    return _Predictions(logits, "logits", scores, str(runtime.device), augmented)


def _predict_foreign(file: ForeignNetworkError, images: "Split", data: DataSpec) -> _Predictions:
    """Of any other network, which gives probabilities or what is taken for logits."""
    from cifarcnn.checkpoints.trusted import predict_trusted
    from cifarcnn.evaluation.probabilities import are_probabilities, score_probabilities
    from cifarcnn.training.scores import score

    outputs = predict_trusted(file, images.images, 1.0 if data.pixels == "raw" else 1 / 255)
    if are_probabilities(outputs):
        scores = score_probabilities(outputs, images.labels)
        return _Predictions(outputs, "probabilities", scores, "CPU")
    return _Predictions(outputs, "logits", score(outputs, images.labels), "CPU")


def _data_spec(path: Path, spec: Spec | None, pixels: Pixels | None) -> DataSpec:
    if spec is None:
        return DataSpec(validation="test", pixels=pixels or "unit")
    if pixels is not None and pixels != spec.data.pixels:
        raise UserError(
            f"--pixels {pixels}: {path} says itself that its pixels are "
            f"{spec.data.pixels}; leave --pixels out"
        )
    return spec.data


def _require_known_split(path: Path, spec: Spec | None, name: SplitName) -> None:
    if name == "validation" and spec is None:
        raise UserError(
            f"--split validation: {path} was made by plain Keras and does not say what was "
            "held out; expected train or test"
        )

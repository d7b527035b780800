"""`cifarcnn predict`: the classes that a checkpoint sees in image files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cifarcnn.checkpoints.read import CheckpointFile, read_checkpoint_file
from cifarcnn.checkpoints.restore import Pixels, data_spec, restore_network
from cifarcnn.errors import UserError
from cifarcnn.evaluation.logits import logits_of, require_memory
from cifarcnn.evaluation.views import TestTimeAugmentation
from cifarcnn.extras import require_extra
from cifarcnn.language.schema import DataSpec, RuntimeSpec
from cifarcnn.prediction.find_images import Unreadable, find_images
from cifarcnn.runtime.backends import DEFAULT_BACKEND, BackendName
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import Runtime, start_on

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cifarcnn.prediction.decode import Fit, Picture


@dataclass(frozen=True)
class ClassProbability:
    """How probable a class is, by the network."""

    name: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """What the network says of one image."""

    path: Path
    format: str
    width: int
    height: int
    top: tuple[ClassProbability, ...]
    """The most probable classes, the first first."""


@dataclass(frozen=True)
class Predictions:
    """What the network says of all images."""

    checkpoint: Path
    dataset: str
    """Whose classes they are."""
    pixels: str
    device: str
    predictions: tuple[Prediction, ...]
    unreadable: tuple[Unreadable, ...]


def predict(
    checkpoint: Path,
    images: Sequence[Path],
    *,
    top: int = 3,
    fit: "Fit" = "crop",
    tta: TestTimeAugmentation = "none",
    pixels: Pixels | None = None,
    device: str = "auto",
    backend: BackendName = DEFAULT_BACKEND,
    unreadable: Callable[[Unreadable], None] = lambda image: None,
) -> Predictions:
    """Predict the classes of image files, and of those in folders.

    `unreadable` is told of images that cannot be read, before the network is built. The other
    arguments are those of `evaluate`, and of `cifarcnn.prediction.decode` (`fit`).

    Raises:
        UserError: Pillow is missing, the checkpoint or the device is not usable, none of the images
            can be read, or the network gives what is not a number.
    """
    require_extra("images", ["PIL"], "predict")
    from cifarcnn.prediction.decode import Picture, decode_images

    chosen = choose_device(device)
    file = read_checkpoint_file(checkpoint)
    data = data_spec(file, pixels)
    paths, failed = find_images(images)
    decoded = decode_images(paths, fit)
    pictures = [image for image in decoded if isinstance(image, Picture)]
    failed += [image for image in decoded if isinstance(image, Unreadable)]
    if not pictures and len(failed) == 1:
        raise UserError(f"{failed[0].path} cannot be read: {failed[0].reason}")
    for image in failed:
        unreadable(image)
    if not pictures:
        raise UserError(f"none of the {len(failed):,} images could be read")
    require_memory(file, chosen, len(pictures))
    runtime = start_on(chosen, RuntimeSpec(backend=backend))
    probabilities = _probabilities(file, data, pictures, tta, runtime)
    names = data.facts.class_names
    return Predictions(
        checkpoint,
        data.dataset,
        data.pixels,
        str(runtime.device),
        tuple(
            Prediction(image.path, image.format, image.width, image.height, _top(names, row, top))
            for image, row in zip(pictures, probabilities, strict=True)
        ),
        tuple(failed),
    )


def _probabilities(
    file: CheckpointFile,
    data: DataSpec,
    pictures: Sequence["Picture"],
    tta: TestTimeAugmentation,
    runtime: Runtime,
) -> "NDArray[np.float64]":
    import numpy as np

    from cifarcnn.metrics.scores import log_softmax

    with runtime.scope():
        model = restore_network(file, data)
    images = np.stack([picture.pixels for picture in pictures])
    return np.exp(log_softmax(logits_of(file, model, images, tta)))


def _top(
    names: Sequence[str], probabilities: "NDArray[np.float64]", count: int
) -> tuple[ClassProbability, ...]:
    order = (-probabilities).argsort(kind="stable")[:count]
    return tuple(ClassProbability(names[label], float(probabilities[label])) for label in order)

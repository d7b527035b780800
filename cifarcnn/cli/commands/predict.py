"""`cifarcnn predict`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from cifarcnn.cli.options import (
    checkpoint_backend_option,
    checkpoint_device_option,
    code_option,
    json_option,
    pixels_option,
)
from cifarcnn.display.terminal import print_json, warn
from cifarcnn.evaluation.choices import TestTimeAugmentation

if TYPE_CHECKING:
    from cifarcnn.checkpoints.restore import Pixels
    from cifarcnn.language.constants import BackendName
    from cifarcnn.prediction.decode import Fit
    from cifarcnn.prediction.find_images import Unreadable
    from cifarcnn.prediction.predict import Prediction, Predictions


@click.command("predict")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("images", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--top",
    type=click.IntRange(1, 10),
    default=3,
    show_default=True,
    help="How many classes to show for each image.",
)
@click.option(
    "--fit",
    type=click.Choice(["crop", "stretch"]),
    default="crop",
    show_default=True,
    help="What becomes 32 x 32: the largest square in the middle, or the whole image.",
)
@click.option(
    "--tta",
    type=click.Choice(get_args(TestTimeAugmentation)),
    default="none",
    show_default=True,
    help="Test-time augmentation: the average over mirror images and shifts.",
)
@pixels_option
@checkpoint_device_option
@checkpoint_backend_option
@code_option
@json_option
def predict_command(
    checkpoint: Path,
    images: tuple[Path, ...],
    top: int,
    fit: "Fit",
    tta: "TestTimeAugmentation",
    pixels: "Pixels | None",
    device: str,
    backend: "BackendName",
    as_json: bool,
) -> None:
    """Name the classes that a CHECKPOINT sees in IMAGES.

    IMAGES are PNG, JPEG, WebP, GIF, BMP, TIFF or PPM files of any size, or folders, which are
    searched through for such files. They are turned as their EXIF says and resized to 32 x 32 with
    a bicubic filter; transparent parts become white. Needs Pillow: pip install 'cifarcnn[images]'.

    An image that cannot be read is named with the reason; the others are predicted all the same,
    and the exit code is 1 (2 if none could be read).
    """
    from cifarcnn.errors import CifarcnnError
    from cifarcnn.prediction.predict import predict

    result = predict(
        checkpoint,
        images,
        top=top,
        fit=fit,
        tta=tta,
        pixels=pixels,
        device=device,
        backend=backend,
        unreadable=_warn,
    )
    if as_json:
        print_json({**_as_data(result), "fit": fit, "tta": tta})
    else:
        from cifarcnn.cli.text.prediction import show_predictions

        show_predictions(result)
    if failed := len(result.unreadable):
        total = failed + len(result.predictions)
        raise CifarcnnError(f"{failed:,} of {total:,} images could not be read")


def _warn(image: "Unreadable") -> None:
    warn(f"{image.path} cannot be read: {image.reason}")


def _as_data(result: "Predictions") -> dict[str, Any]:
    return {
        "checkpoint": str(result.checkpoint),
        "dataset": result.dataset,
        "pixels": result.pixels,
        "device": result.device,
        "predictions": [_prediction_data(image) for image in result.predictions],
        "unreadable": [
            {"image": str(image.path), "reason": image.reason} for image in result.unreadable
        ],
    }


def _prediction_data(image: "Prediction") -> dict[str, Any]:
    return {
        "image": str(image.path),
        "format": image.format,
        "width": image.width,
        "height": image.height,
        "top": [{"class": row.name, "probability": row.probability} for row in image.top],
    }

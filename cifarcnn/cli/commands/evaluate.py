"""`cifarcnn evaluate`."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from cifarcnn.cli.options import (
    checkpoint_backend_option,
    checkpoint_device_option,
    code_option,
    data_dir_option,
    json_option,
    pixels_option,
    quiet_option,
)
from cifarcnn.display.printable import printable
from cifarcnn.display.terminal import print_json
from cifarcnn.evaluation.choices import SplitName, TestTimeAugmentation

if TYPE_CHECKING:
    from cifarcnn.checkpoints.restore import Pixels
    from cifarcnn.evaluation.evaluate import Evaluation
    from cifarcnn.language.constants import BackendName
    from cifarcnn.metrics.intervals import Accuracy

MOST_MISTAKES = 200


@click.command("evaluate")
@click.argument(
    "checkpoints",
    type=click.Path(path_type=Path),
    nargs=-1,
    required=True,
    metavar="CHECKPOINT...",
)
@click.option(
    "--split",
    type=click.Choice(get_args(SplitName)),
    default="test",
    show_default=True,
    help="Which images to score.",
)
@click.option(
    "--tta",
    type=click.Choice(get_args(TestTimeAugmentation)),
    default="none",
    show_default=True,
    help="Score with test-time augmentation too: the average over mirror images and shifts.",
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Draw the confusion matrix and the calibration into a PNG file, or into a folder.",
)
@click.option(
    "--mistakes",
    type=click.IntRange(1, MOST_MISTAKES),
    metavar="N",
    help="Draw the N most confident mistakes into a PNG file, beside that of --plot, else in "
    "the current folder.",
)
@pixels_option
@checkpoint_device_option
@checkpoint_backend_option
@click.option(
    "--trust",
    is_flag=True,
    help="Let Keras itself load a network that is not made of known layers, in its safe mode.",
)
@data_dir_option
@code_option
@json_option
@quiet_option
def evaluate_command(
    checkpoints: tuple[Path, ...],
    split: "SplitName",
    tta: "TestTimeAugmentation",
    plot: Path | None,
    mistakes: int | None,
    pixels: "Pixels | None",
    device: str,
    backend: "BackendName",
    trust: bool,
    data_dir: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Score each CHECKPOINT (.h5 or .keras) on images: accuracy, loss, and more.

    It shows the accuracy with its 95 % interval, the loss, the expected calibration error, figures
    for each class and which classes are confused; for the test images of CIFAR-10 also the accuracy
    without those that have a near-duplicate in the training set, and without doubtful labels.

    A checkpoint of this program is scored on the data of its spec. One made by plain Keras is
    scored on CIFAR-10 if all of its layers are known (see the layers in the documentation), or
    with --trust, which still runs no code that the file holds.
    """
    from cifarcnn.cli.text.evaluation import show_evaluations
    from cifarcnn.display.showing import showing_progress
    from cifarcnn.evaluation.evaluate import evaluate
    from cifarcnn.evaluation.picture_paths import require_picture_place

    require_picture_place(plot, len(checkpoints))
    with showing_progress(quiet) as progress:
        evaluations = evaluate(
            checkpoints,
            split=split,
            tta=tta,
            mistakes=mistakes or 0,
            device=device,
            backend=backend,
            pixels=pixels,
            data_dir=data_dir,
            download=progress.download(),
            trust=trust,
            warn=progress.warning,
            waiting=progress.waiting,
        )
    if as_json:
        data = [_as_data(evaluation) for evaluation in evaluations]
        print_json(data if len(data) > 1 else data[0])
    else:
        show_evaluations(evaluations)
    drawn = _draw(evaluations, plot, with_mistakes=mistakes is not None)
    if not as_json:
        _name_pictures(drawn)


def _draw(
    evaluations: "Sequence[Evaluation]", plot: Path | None, *, with_mistakes: bool
) -> list[tuple[str, Path]]:
    """Draw what was asked for; returns what each file shows.

    Raises:
        CifarcnnError: a file could not be written.
    """
    if plot is None and not with_mistakes:
        return []
    from cifarcnn.errors import CifarcnnError, os_reason
    from cifarcnn.evaluation.picture_paths import picture_places
    from cifarcnn.plots.evaluation import draw_figures, draw_mistakes

    drawn = []
    for evaluation, place in zip(evaluations, picture_places(plot, evaluations), strict=True):
        title = printable(evaluation.title)
        wanted: list[tuple[str, Path, Callable[[Path], None]]] = []
        if plot:
            figures = partial(draw_figures, figures=evaluation.figures, title=title)
            wanted.append(("picture", place.figure_path, figures))
        if evaluation.mistakes:
            mistakes = partial(draw_mistakes, mistakes=evaluation.mistakes, title=title)
            wanted.append(("mistakes", place.mistakes_path, mistakes))
        for what, path, draw in wanted:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                draw(path)
            except OSError as error:
                raise CifarcnnError(f"cannot write {path}: {os_reason(error)}") from error
            drawn.append((what, path))
    return drawn


def _name_pictures(drawn: list[tuple[str, Path]]) -> None:
    from cifarcnn.cli.text.evaluation import show_line

    for what, path in drawn:
        show_line(what, str(path))


def _as_data(evaluation: "Evaluation") -> dict[str, Any]:
    split = evaluation.split
    calibration = evaluation.figures.calibration
    return {
        "checkpoint": str(evaluation.checkpoint),
        "dataset": evaluation.dataset,
        "split": split,
        "pixels": evaluation.pixels,
        "device": evaluation.device,
        "outputs": evaluation.outputs,
        f"{split}_loss": evaluation.loss,
        f"{split}_accuracy": evaluation.figures.accuracy.value,
        f"{split}_accuracy_interval": evaluation.figures.accuracy.interval,
        f"{split}_top2_accuracy": evaluation.figures.top2.value,
        f"{split}_top2_accuracy_interval": evaluation.figures.top2.interval,
        f"{split}_images": evaluation.images,
        "augmented": _augmented_data(evaluation),
        "without": {
            check.without: {
                **_accuracy_data(check.accuracy),
                "left_out": check.left_out,
                "reason": check.reason,
                "source": check.source,
            }
            for check in evaluation.figures.checks
        },
        "calibration": {
            "expected_calibration_error": calibration.error,
            "confidence": calibration.confidence,
            "bins": [asdict(row) for row in calibration.bins],
        },
        "classes": {
            row.name: {
                "images": row.images,
                "correct": row.correct,
                "accuracy": row.recall,
                "precision": row.precision,
                "recall": row.recall,
                "f1": row.f1,
            }
            for row in evaluation.figures.classes
        },
        "confusion_matrix": evaluation.figures.confusion.tolist(),
        "mistakes": [
            {
                "image": mistake.index,
                "true": mistake.true,
                "predicted": mistake.predicted,
                "confidence": mistake.confidence,
            }
            for mistake in evaluation.mistakes
        ],
    }


def _augmented_data(evaluation: "Evaluation") -> dict[str, Any] | None:
    augmented = evaluation.augmented
    if augmented is None:
        return None
    return {
        "tta": augmented.tta,
        "views": augmented.views,
        "loss": augmented.loss,
        **_accuracy_data(augmented.accuracy),
    }


def _accuracy_data(accuracy: "Accuracy") -> dict[str, Any]:
    return {
        "accuracy": accuracy.value,
        "accuracy_interval": accuracy.interval,
        "images": accuracy.images,
    }

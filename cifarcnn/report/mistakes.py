"""The most confident mistakes, as pictures."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cifarcnn.data.load import dataset_at_hand
from cifarcnn.errors import UserError
from cifarcnn.metrics.figures import Figures
from cifarcnn.metrics.mistakes import most_confident_mistakes
from cifarcnn.report.rendering import Section, section
from cifarcnn.report.run_data import RunData

if TYPE_CHECKING:
    from numpy.typing import NDArray

GET_THE_DATA = (
    "Name the place of CIFAR-10 with --data-dir or CIFARCNN_DATA_DIR, or let a training fetch it "
    "(cifarcnn train), and write the report again."
)


def mistakes_section(
    run_data: RunData,
    figures: Figures,
    limit: int,
    data_dir: Path | None,
    warn: Callable[[str], None],
) -> Section:
    """The mistakes with the highest confidence, at most `limit`, or why there are none to see.

    Raises:
        UserError: `data_dir` is given and holds no CIFAR-10.
    """
    images = _images_at_hand(run_data, figures, data_dir, warn)
    problem = images if isinstance(images, str) else None
    found = () if isinstance(images, str) else most_confident_mistakes(images, figures, limit)
    tiles = [
        (
            mistake,
            _data_uri(mistake.image),
            float(figures.probabilities[mistake.index, figures.labels[mistake.index]]),
        )
        for mistake in found
    ]
    wrong = figures.accuracy.images - figures.accuracy.correct
    title = "Most confident mistakes"
    return section("mistakes", title, wrong=wrong, problem=problem, tiles=tiles)


def _images_at_hand(
    run_data: RunData, figures: Figures, data_dir: Path | None, warn: Callable[[str], None]
) -> "NDArray[np.uint8] | str":
    """The test images of a run, or why they are not at hand; nothing is ever fetched.

    Raises:
        UserError: `data_dir` is given and holds no CIFAR-10.
    """
    name = run_data.spec.data.dataset
    try:
        dataset = dataset_at_hand(name, data_dir)
    except UserError as error:
        if data_dir is not None:
            raise
        warn(error.message)
        return f"The data set cannot be read: {error.message} {GET_THE_DATA}"
    if dataset is None:
        return (
            f"The images of CIFAR-10 were not at hand when the report was written. {GET_THE_DATA}"
        )
    if not np.array_equal(dataset.test.labels, figures.labels):
        return f"The run was scored on other images than the test images of {dataset.title}."
    return dataset.test.images


def _data_uri(image: "NDArray[np.uint8]") -> str:
    """A PNG inside of an address, of pixels (32, 32, 3)."""
    from matplotlib.image import imsave

    content = io.BytesIO()
    imsave(content, image, format="png", metadata={"Software": "cifarcnn"})
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"

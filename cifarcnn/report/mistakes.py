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
from cifarcnn.metrics.mistakes import Mistake, most_confident_mistakes
from cifarcnn.report.html import Html, element
from cifarcnn.report.parts import Section, note, paragraph, section
from cifarcnn.report.run_data import Material

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cifarcnn.data.dataset import Split

GET_THE_DATA = (
    "Name the place of CIFAR-10 with --data-dir or CIFARCNN_DATA_DIR, or let a training fetch it "
    "(cifarcnn train), and write the report again."
)


def images_at_hand(
    material: Material, data_dir: Path | None, warn: Callable[[str], None]
) -> "Split | str":
    """The test images of a run, or why they are not at hand; nothing is ever fetched.

    Raises:
        UserError: `data_dir` is given and holds no CIFAR-10.
    """
    assert material.figures is not None
    name = material.spec.data.dataset
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
    if not np.array_equal(dataset.test.labels, material.figures.labels):
        return f"The run was scored on other images than the test images of {dataset.title}."
    return dataset.test


def mistakes_section(figures: Figures, images: "Split | str", limit: int) -> Section:
    """The mistakes with the highest confidence, at most `limit`, or why there are none to see."""
    wrong = figures.accuracy.images - figures.accuracy.correct
    title = "Most confident mistakes"
    if not wrong:
        return section("mistakes", title, paragraph("There is no mistake at all."))
    if isinstance(images, str):
        return section("mistakes", title, element("p", images, class_="missing"))
    found = most_confident_mistakes(images.images, figures, limit)
    return section(
        "mistakes",
        title,
        note(
            f"{len(found):,} of {wrong:,} wrong answers, those of which the network is most sure. "
            "Below each image: the probability of what it is, then of what it was taken for."
        ),
        element("ul", [_tile(mistake, figures) for mistake in found], class_="mistakes"),
    )


def _tile(mistake: Mistake, figures: Figures) -> Html:
    right = float(figures.probabilities[mistake.index, figures.labels[mistake.index]])
    return element(
        "li",
        element(
            "img",
            src=_data_uri(mistake.image),
            alt=f"test image {mistake.index}, {mistake.true}",
            width=96,
            height=96,
        ),
        _label("true", mistake.true, right),
        _label("taken", mistake.predicted, mistake.confidence),
        element("small", f"image {mistake.index}"),
    )


def _label(kind: str, name: str, probability: float) -> Html:
    return element("span", element("small", f"{probability:.4f}"), f" {name}", class_=kind)


def _data_uri(image: "NDArray[np.uint8]") -> str:
    """A PNG inside of an address, of pixels (32, 32, 3)."""
    from matplotlib.image import imsave

    content = io.BytesIO()
    imsave(content, image, format="png", metadata={"Software": "cifarcnn"})
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"

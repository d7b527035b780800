"""Test-time augmentation: one answer from several views of each image."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.evaluation.choices import TestTimeAugmentation

VIEWS: dict[TestTimeAugmentation, int] = {"none": 1, "mirror": 2, "mirror+shift": 6}

Images = NDArray[np.uint8]
Logits = NDArray[np.float32]


def logits_over_views(
    predict: Callable[[Images], Logits], images: Images, tta: TestTimeAugmentation
) -> Logits:
    """The logits of images, averaged over views of each.

    `mirror` averages an image and its mirror image. `mirror+shift` gives these two half of the
    weight, and the other half to the four that are shifted by one pixel diagonally (both ways, the
    border reflected), as https://arxiv.org/abs/2404.00498 does.

    Args:
        predict: Gives logits of shape (N, 10).
        images: Pixels of shape (N, 32, 32, 3).
        tta: Which views.
    """
    if tta == "none":
        return predict(images)
    in_place = _mirrored(predict, images)
    if tta == "mirror":
        return in_place
    shifted = [_mirrored(predict, view) for view in _diagonal_shifts(images)]
    average: Logits = (0.5 * in_place + 0.25 * shifted[0] + 0.25 * shifted[1]).astype(np.float32)
    return average


def _mirrored(predict: Callable[[Images], Logits], images: Images) -> Logits:
    mirrored = np.ascontiguousarray(images[:, :, ::-1])
    return np.asarray((predict(images) + predict(mirrored)) / 2, np.float32)


def _diagonal_shifts(images: Images) -> list[Any]:
    _, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), "reflect")
    return [padded[:, :height, :width], padded[:, 2:, 2:]]

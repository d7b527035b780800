"""Test-time augmentation against the same views made one by one."""

import numpy as np
import pytest

from cifarcnn.evaluation.views import CHOICES, VIEWS, logits_over_views


def predict(images: np.ndarray) -> np.ndarray:
    """A network that sees where bright pixels are: sums over ten fixed random masks."""
    masks = np.random.default_rng(0).normal(size=(32 * 32 * 3, 10))
    flat = images.reshape(len(images), -1).astype(np.float64)
    return np.asarray(np.tanh(flat @ masks / 1e4), np.float32)


@pytest.mark.parametrize("tta", CHOICES)
def test_logits_are_the_weighted_average_over_the_views(tta: str) -> None:
    images = np.random.default_rng(1).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    seen = 0

    def counting(views: np.ndarray) -> np.ndarray:
        nonlocal seen
        seen += len(views)
        return predict(views)

    got = logits_over_views(counting, images, tta)
    assert seen == VIEWS[tta] * len(images)
    for image, logits in zip(images, got, strict=True):
        views = [(1.0, image)]
        if tta != "none":
            views = [(0.5, image), (0.5, image[:, ::-1])]
        if tta == "mirror+shift":
            padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), "reflect")
            corners = [padded[:32, :32], padded[2:, 2:]]
            views = [(0.25, image), (0.25, image[:, ::-1])]
            views += [(0.125, view) for view in corners]
            views += [(0.125, view[:, ::-1]) for view in corners]
        wanted = sum(weight * predict(view[None])[0] for weight, view in views)
        assert logits == pytest.approx(wanted, abs=1e-5)

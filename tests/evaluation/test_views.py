"""Test-time augmentation against the same views made one by one."""

import json
from pathlib import Path
from typing import get_args

import click
import numpy as np
import pytest

from cifarcnn.cli.commands.evaluate import evaluate_command
from cifarcnn.evaluation.choices import TestTimeAugmentation
from cifarcnn.evaluation.views import VIEWS, logits_over_views
from tests.support.run import Cifarcnn, summary_of

CHOICES = get_args(TestTimeAugmentation)


def predict(images: np.ndarray) -> np.ndarray:
    """A network that sees where bright pixels are: sums over ten fixed random masks."""
    masks = np.random.default_rng(0).normal(size=(32 * 32 * 3, 10))
    flat = images.reshape(len(images), -1).astype(np.float64)
    return np.asarray(np.tanh(flat @ masks / 1e4), np.float32)


@pytest.mark.parametrize("tta", CHOICES)
def test_logits_are_the_weighted_average_over_the_views(tta: TestTimeAugmentation) -> None:
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


def test_the_option_has_the_choices() -> None:
    (option,) = [param for param in evaluate_command.params if param.name == "tta"]
    assert isinstance(option.type, click.Choice) and tuple(option.type.choices) == CHOICES


def test_the_augmented_score_stands_beside_the_plain_one(
    tiny: Path, tmp_path: Path, cifarcnn: Cifarcnn
) -> None:
    assert cifarcnn("train", tiny, "--epochs", "1", "--output", "run").returncode == 0
    plain = summary_of(tmp_path / "run")
    result = cifarcnn("evaluate", "run/checkpoint.h5", "--tta", "mirror", "--json")
    scores = json.loads(result.stdout)
    assert scores["test_loss"] == plain["test_loss"]
    augmented = scores["augmented"]
    assert (augmented["tta"], augmented["views"]) == ("mirror", 2)
    assert augmented["loss"] != plain["test_loss"]
    assert augmented["loss"] == pytest.approx(plain["test_loss"], rel=0.1)

"""What a seed decides: the first weights, dropout and the batch order."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifarcnn.data.dataset import Split
from cifarcnn.data.splits import Splits
from cifarcnn.language.entry_types import CallbackContext
from cifarcnn.language.load import parse_spec
from cifarcnn.random_streams import batch_order
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import Runtime
from tests.support.specs import TINY


def trainer(seed: int, tmp_path: Path) -> Any:
    """A trainer of the tiny network on black images."""
    from cifarcnn.training.loop import Trainer

    spec = parse_spec(TINY.replace("seed: 3", f"seed: {seed}"), "tiny.yaml")
    images = Split(np.zeros((64, 32, 32, 3), np.uint8), np.zeros(64, np.uint8))
    runtime = Runtime("tensorflow", DeviceChoice((), "asked for"), {})
    context = CallbackContext(tmp_path, 0, lambda model, path: None)
    return Trainer(spec, Splits(images, images, images), runtime, context)


def weights_and_mask(seed: int, tmp_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The first kernel of a new network, and which values its dropout lets through."""
    model = trainer(seed, tmp_path).model
    mask = np.asarray(model.get_layer("dropout_1")(np.ones((1, 7, 7, 4)), training=True)) > 0
    return model.get_layer("conv2d_1").get_weights()[0], mask


def test_the_same_seed_gives_the_same_weights_and_dropout(tmp_path: Path) -> None:
    one, other = (weights_and_mask(5, tmp_path) for _ in range(2))
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])


@pytest.mark.parametrize("seed", [6, 2**32 - 1])
def test_another_seed_differs_in_weights_dropout_and_order(seed: int, tmp_path: Path) -> None:
    one, other = weights_and_mask(5, tmp_path), weights_and_mask(seed, tmp_path)
    assert not np.array_equal(one[0], other[0])
    assert not np.array_equal(one[1], other[1])
    assert not np.array_equal(batch_order(64, 5, 0), batch_order(64, seed, 0))

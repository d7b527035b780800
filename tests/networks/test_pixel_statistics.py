"""`pixels: standard` uses the statistics of the training images."""

import numpy as np
import pytest

from cifarcnn.data.load import load_dataset
from cifarcnn.language.dataset_facts import DATASETS
from cifarcnn.language.schema import DataSpec
from cifarcnn.networks.pixels import pixel_rescaling
from tests.support.paths import REAL_DATA

_real = pytest.mark.skipif(REAL_DATA is None, reason="needs CIFAR-10 in CIFARCNN_DATA_DIR")


@pytest.mark.parametrize("name", ["demo", pytest.param("cifar10", marks=_real)])
def test_statistics_are_those_of_the_training_images(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if REAL_DATA and name == "cifar10":
        monkeypatch.setenv("CIFARCNN_DATA_DIR", REAL_DATA)
    images = load_dataset(name).train.images
    facts = DATASETS[name]
    assert np.allclose(images.mean(axis=(0, 1, 2)) / 255, facts.channel_mean, atol=6e-5)
    assert np.allclose(images.std(axis=(0, 1, 2)) / 255, facts.channel_deviation, atol=6e-5)


def test_standard_pixels_have_mean_0_and_deviation_1() -> None:
    images = load_dataset("demo").train.images.astype(np.float64)
    layer = pixel_rescaling(DataSpec(dataset="demo", pixels="standard"))
    pixels = images * np.array(layer.scale) + np.array(layer.offset)
    assert np.allclose(pixels.mean(axis=(0, 1, 2)), 0, atol=1e-3)
    assert np.allclose(pixels.std(axis=(0, 1, 2)), 1, atol=1e-3)

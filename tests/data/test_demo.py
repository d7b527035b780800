"""The generated data set."""

import numpy as np
import pytest

from cifarcnn.data import demo
from cifarcnn.data.dataset import Dataset
from cifarcnn.data.load import load_dataset


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return demo.generate()


def test_it_has_the_shape_of_cifar10(dataset: Dataset) -> None:
    for split, count in ((dataset.train, 10_000), (dataset.test, 2_000)):
        assert len(split) == count
        assert split.images.shape == (count, 32, 32, 3)
        assert split.images.dtype == split.labels.dtype == np.uint8
        assert split.images.flags.c_contiguous
    assert len(dataset.classes) == 10
    assert (dataset.name, dataset.source) == ("demo", "generated")
    assert "not CIFAR-10" in dataset.title


def test_classes_are_equally_frequent_and_shuffled(dataset: Dataset) -> None:
    assert np.bincount(dataset.train.labels).tolist() == [1_000] * 10
    assert np.bincount(dataset.test.labels).tolist() == [200] * 10
    assert len(np.unique(dataset.train.labels[:100])) == 10


def test_no_test_image_is_a_training_image(dataset: Dataset) -> None:
    train = {image.tobytes() for image in dataset.train.images}
    assert len(train) == 10_000
    assert train.isdisjoint(image.tobytes() for image in dataset.test.images)


def test_it_is_the_same_on_every_machine(dataset: Dataset) -> None:
    expected = "4c0ad457b745fade1fb75be1d020cc52fb5ad177b5be8258d760920c37d15eda"
    assert dataset.sha256 == expected


def test_it_needs_no_place(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> None:
    monkeypatch.setenv("CIFARCNN_DATA_DIR", "/nowhere")
    again = load_dataset("demo")
    np.testing.assert_array_equal(again.train.images, dataset.train.images)
    np.testing.assert_array_equal(again.test.labels, dataset.test.labels)


@pytest.mark.parametrize("name", demo.SHAPES)
def test_every_shape_covers_a_part_of_its_square(name: str) -> None:
    steps = np.linspace(-1, 1, 101, dtype=np.float32)
    inside = demo.SHAPES[name](*np.meshgrid(steps, steps)) < 0
    assert 0.15 < inside.mean() < 0.7
    assert not inside[[0, -1]].any()
    assert not inside[:, [0, -1]].any()

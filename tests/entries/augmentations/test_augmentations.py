"""Augmentations against slow, obvious versions of themselves, and what their draws depend on."""

import tracemalloc
from typing import Any

import numpy as np
import pytest

from cifarcnn.data.dataset import Split
from cifarcnn.data.epochs import images_of_epoch, rows_of_epoch
from cifarcnn.language.entry_types import AUGMENTATIONS, Augmentation
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.language.training_images import Drawing, TrainingImages, in_chunks
from cifarcnn.random_streams import batch_order
from tests.entries.augmentations.test_augmentation_contract import ROWS


def augmentation(item: str) -> Augmentation:
    return AUGMENTATIONS.read(read_yaml_text(item, "test").data)


def images(count: int) -> Split:
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    return Split(pixels, random.integers(0, 10, count, dtype=np.uint8))


def epoch_of(split: Split, *items: str, seed: int = 3, epoch: int = 0) -> TrainingImages:
    return images_of_epoch(split, 10, [augmentation(item) for item in items], seed, epoch)


def test_without_augmentation_an_epoch_is_the_images_in_their_order() -> None:
    split = images(50)
    epoch = epoch_of(split, epoch=2)
    order = batch_order(50, 3, 2)
    assert np.array_equal(epoch.images, split.images[order])
    assert np.array_equal(epoch.labels.argmax(1), split.labels[order])
    assert np.array_equal(epoch.labels.sum(1), np.ones(50))


@pytest.mark.parametrize("items", [[], ["flip"], ["flip", "cutout"]])
def test_the_rows_of_an_epoch_are_its_images_part_by_part(items: list[str]) -> None:
    split = images(70)
    epoch = epoch_of(split, *items, epoch=4)
    rows = rows_of_epoch(split, 10, [augmentation(item) for item in items], 3, 4)
    parts = [rows(slice(start, start + 32)) for start in (0, 32, 64)]
    wholes: list[np.ndarray] = [epoch.images, epoch.labels]
    for number, whole in enumerate(wholes):
        given = np.concatenate([part[number] for part in parts])
        assert np.array_equal(given, whole) and given.dtype == whole.dtype
        assert all(part[number].base is None for part in parts), "not a copy of its own"


def test_rows_that_nothing_augments_are_copied_when_they_are_asked_for() -> None:
    split = images(2000)
    tracemalloc.start()
    rows = rows_of_epoch(split, 10, [], 3, 0)
    rows(slice(0, 32))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < split.images.nbytes / 10


@pytest.mark.parametrize("item", ROWS)
def test_an_epoch_is_a_function_of_seed_and_epoch(item: str) -> None:
    split = images(1100)  # more than are worked on at once
    before = split.images.copy()
    one, again = epoch_of(split, item), epoch_of(split, item)
    assert np.array_equal(one.images, again.images)
    assert np.array_equal(one.labels, again.labels)
    assert np.array_equal(split.images, before), "the data set itself was changed"
    assert one.images.dtype == np.uint8
    assert not np.array_equal(one.images, split.images[one.indexes])

    # The same images as they would be in another epoch, or with another seed.
    for other in (Drawing(3, 1, 0), Drawing(4, 0, 0)):
        same = TrainingImages(split.images[one.indexes], one.labels, one.indexes)
        changed = augmentation(item).apply(same, other)
        assert not np.array_equal(changed.images, one.images)


@pytest.mark.parametrize(("item", "share"), [("flip", 0.5), ("flip: {rate: 0.2}", 0.2)])
def test_flip_mirrors_a_share_left_to_right(item: str, share: float) -> None:
    split = images(1000)
    epoch = epoch_of(split, item)
    originals = split.images[epoch.indexes]
    mirrored = originals[:, :, ::-1]
    as_it_was = (epoch.images == originals).all((1, 2, 3))
    turned = (epoch.images == mirrored).all((1, 2, 3))
    assert (as_it_was ^ turned).all()
    assert turned.mean() == pytest.approx(share, abs=0.05)


def test_alternating_flip_shows_each_image_both_ways_in_two_epochs() -> None:
    split = images(1000)
    epochs = [epoch_of(split, "alternating_flip", epoch=number) for number in range(4)]
    by_index = [epoch.images[np.argsort(epoch.indexes)] for epoch in epochs]
    assert np.array_equal(by_index[0], by_index[2])
    assert np.array_equal(by_index[1], by_index[3])
    assert np.array_equal(by_index[1], by_index[0][:, :, ::-1])
    assert (by_index[0] == split.images).all((1, 2, 3)).mean() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("padding", "mode"), [(4, "reflect"), (2, "constant")])
def test_pad_and_crop_cuts_a_window_out_of_each_padded_image(padding: int, mode: Any) -> None:
    split = images(300)
    epoch = epoch_of(split, f"pad_and_crop: {{padding: {padding}, fill_mode: {mode}}}")
    places = 2 * padding + 1
    found = np.zeros((places, places), int)
    for index, result in zip(epoch.indexes, epoch.images, strict=True):
        padded = np.pad(split.images[index], ((padding, padding), (padding, padding), (0, 0)), mode)
        fits = [
            (top, left)
            for top in range(places)
            for left in range(places)
            if np.array_equal(padded[top : top + 32, left : left + 32], result)
        ]
        assert len(fits) == 1
        found[fits[0]] += 1
    assert (found.sum(0) > 0).all() and (found.sum(1) > 0).all(), "some shifts never occur"


def test_cutout_covers_one_square_of_each_image() -> None:
    split = images(400)
    epoch = epoch_of(split, "cutout: {size: 6}")
    covered = (epoch.images != split.images[epoch.indexes]).any(3)
    sizes = []
    for image, mask in zip(epoch.images, covered, strict=True):
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        assert rows.max() - rows.min() + 1 <= 6 and columns.max() - columns.min() + 1 <= 6
        box = image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert (box == (125, 123, 114)).all()
        sizes.append(box.shape[0] * box.shape[1])
    assert max(sizes) == 36 and min(sizes) < 36
    assert covered.any(0).all(), "some pixels are never covered"


def test_mixup_blends_images_and_labels_by_the_same_share() -> None:
    split = images(200)
    epoch = epoch_of(split, "mixup: {alpha: 1}")
    originals = split.images[epoch.indexes].astype(float)
    own = np.eye(10)[split.labels[epoch.indexes]]
    assert epoch.labels.sum(1) == pytest.approx(1)
    random = Drawing(3, 0, 0).of_epoch()
    partner = random.permutation(200)
    share = random.beta(1, 1, 200)
    blended = share[:, None, None, None] * originals
    blended += (1 - share[:, None, None, None]) * originals[partner]
    assert np.abs(epoch.images - blended).max() <= 0.501
    assert epoch.labels == pytest.approx(
        share[:, None] * own + (1 - share[:, None]) * own[partner], abs=1e-6
    )
    assert share.mean() == pytest.approx(0.5, abs=0.1)


def test_two_of_a_kind_draw_apart() -> None:
    split = images(500)
    twice = epoch_of(split, "flip", "flip")
    originals = split.images[twice.indexes]
    turned = (twice.images != originals).any((1, 2, 3))
    assert turned.mean() == pytest.approx(0.5, abs=0.07)


def test_a_mistake_in_one_part_of_the_images_is_raised() -> None:
    def work(part: slice) -> None:
        if part.start == 2000:
            raise ZeroDivisionError("in the third part")

    with pytest.raises(ZeroDivisionError, match="in the third part"):
        in_chunks(2500, work)


def test_every_image_is_in_one_part() -> None:
    seen = np.zeros(2500, int)

    def work(part: slice) -> None:
        seen[part] += 1

    in_chunks(2500, work)
    assert (seen == 1).all()

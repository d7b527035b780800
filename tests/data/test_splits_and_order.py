"""Batch order and held-out split: functions of the seed (and the epoch), and nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifarcnn.data.dataset import Dataset, Split
from cifarcnn.data.splits import held_out_indexes, split_dataset
from cifarcnn.language.schema import DataSpec
from cifarcnn.random_streams import batch_order


def dataset(images: int = 200) -> Dataset:
    labels = (np.arange(images) % 10).astype(np.uint8)
    pixels = np.arange(images, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, 32, 32, 3), np.uint8
    )
    split = Split(pixels, labels)
    return Dataset("demo", "demo", tuple("abcdefghij"), split, split.take(range(50)), "here", "0")


def test_three_epochs_have_three_orders_and_each_is_a_permutation() -> None:
    orders = [batch_order(1000, seed=7, epoch=epoch) for epoch in range(3)]
    assert all(sorted(order) == list(range(1000)) for order in orders)
    assert len({tuple(order) for order in orders}) == 3


def test_order_depends_on_the_seed_and_on_nothing_drawn_before() -> None:
    again = batch_order(1000, seed=7, epoch=5)
    np.random.default_rng(0).random(100)
    assert np.array_equal(batch_order(1000, seed=7, epoch=5), again)
    assert not np.array_equal(batch_order(1000, seed=8, epoch=5), again)


def test_order_is_the_same_on_every_machine() -> None:
    assert batch_order(8, seed=7, epoch=0).tolist() == ORDER_OF_8


ORDER_OF_8 = [3, 4, 7, 1, 6, 5, 2, 0]


@given(
    counts=st.lists(st.integers(5, 60), min_size=2, max_size=10),
    fraction=st.floats(0.05, 0.95),
    seed=st.integers(0, 2**32 - 1),
)
def test_held_out_share_is_exact_and_stratified(
    counts: list[int], fraction: float, seed: int
) -> None:
    labels = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    chosen = held_out_indexes(labels, fraction, seed)
    assert len(chosen) == round(fraction * len(labels)) == len(set(chosen))
    for label, count in enumerate(counts):
        assert abs(np.sum(labels[chosen] == label) - fraction * count) < 1
    assert np.array_equal(chosen, held_out_indexes(labels, fraction, seed))


def test_train_and_validation_share_no_image_and_lose_none() -> None:
    splits = split_dataset(dataset(), DataSpec(validation=0.2), seed=1)
    kept, held_out = (set(split.images[:, 0, 0, 0]) for split in (splits.train, splits.validation))
    assert not kept & held_out
    assert len(kept | held_out) == 200
    assert np.array_equal(splits.train.images[:, 0, 0, 0] % 10, splits.train.labels)


def test_another_seed_holds_out_other_images() -> None:
    one, two = (
        split_dataset(dataset(), DataSpec(validation=0.2), seed).validation for seed in (1, 2)
    )
    assert set(one.images[:, 0, 0, 0]) != set(two.images[:, 0, 0, 0])


def test_validation_on_the_test_set_keeps_all_training_images() -> None:
    splits = split_dataset(dataset(), DataSpec(validation="test"), seed=1)
    assert len(splits.train) == 200
    assert splits.validation is splits.test


@pytest.mark.parametrize("limit", [50, 5000])
def test_limit_takes_the_first_images(limit: int) -> None:
    splits = split_dataset(dataset(), DataSpec(validation="test", limit=limit), seed=1)
    assert splits.train.images[:, 0, 0, 0].tolist() == list(range(min(limit, 200)))

"""Ten thousand damaged archives: refused in one line or read as they were, and soon."""

import random
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cifarcnn.data.load import load_dataset
from cifarcnn.errors import UserError
from tests.support.fake_cifar10 import entries, pack
from tests.support.mutations import mutated


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("packed", [True, False], ids=["compressed", "tar_inside"])
def test_mutations_of_the_archive(files: dict[str, bytes], tmp_path: Path, packed: bool) -> None:
    """Of the file as it comes, whose checksum finds nearly all, and of the tar inside of it."""
    _mutate(files, tmp_path, packed=packed, count=5_000)


def test_some_mutations_of_the_archive(files: dict[str, bytes], tmp_path: Path) -> None:
    _mutate(files, tmp_path, packed=True, count=60)


def _mutate(files: dict[str, bytes], folder: Path, *, packed: bool, count: int) -> None:
    import gzip

    path = pack(folder / "intact.tar.gz", entries(files))
    good = load_dataset("cifar10", path)
    whole = path.read_bytes() if packed else gzip.decompress(path.read_bytes())
    mutant = folder / "mutant.tar.gz"
    dice = random.Random(11)
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for number in range(count):
        data = mutated(whole, dice)
        mutant.write_bytes(data if packed else gzip.compress(data, compresslevel=0))
        began = time.monotonic()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                dataset = load_dataset("cifar10", mutant)
        except UserError as error:
            assert "\n" not in error.message and str(mutant) in error.message, number
            outcomes[_reason(error.message)] += 1
        else:
            for one, other in ((dataset.train, good.train), (dataset.test, good.test)):
                assert np.array_equal(one.images, other.images), number
                assert np.array_equal(one.labels, other.labels), number
            assert dataset.classes == good.classes
            outcomes["unharmed"] += 1
        slowest = max(slowest, time.monotonic() - began)
    print(f"\n{dict(outcomes.most_common())}; the slowest took {slowest:.2f} s")
    assert outcomes.total() == count and slowest < 20


def _reason(message: str) -> str:
    for words in ("cannot be read as a tar.gz", "is not the published file", "is incomplete"):
        if words in message:
            return words
    return "refused otherwise"

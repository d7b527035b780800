"""Where CIFAR-10 is found."""

from pathlib import Path

import numpy as np
import pytest

from cifarcnn.data.cifar10 import members
from cifarcnn.data.load import load_dataset
from cifarcnn.errors import UserError
from tests.support.fake_cifar10 import CLASSES, FOLDER, entries, extract, pack, planes_and_labels

ARCHIVE = "cifar-10-python.tar.gz"
Files = dict[str, bytes]


def test_images_are_channels_last_in_the_order_of_the_batches(archive: Path) -> None:
    dataset = load_dataset("cifar10", archive)

    planes, labels = zip(*(planes_and_labels(batch) for batch in range(5)), strict=True)
    np.testing.assert_array_equal(
        dataset.train.images, np.concatenate(planes).transpose(0, 2, 3, 1)
    )
    np.testing.assert_array_equal(dataset.train.labels, np.concatenate(labels))
    np.testing.assert_array_equal(dataset.test.labels, planes_and_labels(5)[1])
    assert dataset.train.images.flags.c_contiguous
    assert dataset.train.images.dtype == dataset.train.labels.dtype == np.uint8
    assert dataset.classes == CLASSES
    assert (dataset.name, dataset.title) == ("cifar10", "CIFAR-10")
    assert dataset.source == str(archive)
    assert dataset.sha256 == members.CIFAR10.sha256


def test_order_of_entries_in_the_archive_does_not_matter(files: Files, tmp_path: Path) -> None:
    backwards = dict(reversed(files.items()))
    dataset = load_dataset("cifar10", pack(tmp_path / "a", entries(backwards, prefix="./")))
    np.testing.assert_array_equal(dataset.train.labels[:12], planes_and_labels(0)[1])


@pytest.mark.parametrize("layout", [ARCHIVE, FOLDER, ""])
def test_a_given_folder_may_hold_it_packed_or_extracted(
    files: Files, tmp_path: Path, layout: str
) -> None:
    given = tmp_path / "given"
    if layout == ARCHIVE:
        pack(given / layout, entries(files))
    else:
        extract(given / layout, files)
    assert load_dataset("cifar10", given).source == str(given / layout)


def test_the_variable_names_a_place_and_the_option_comes_first(
    files: Files, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CIFARCNN_DATA_DIR", str(archive))
    assert load_dataset("cifar10").source == str(archive)
    folder = extract(tmp_path / "given", files)
    assert load_dataset("cifar10", folder).source == str(folder)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("empty", "holds neither cifar-10-python.tar.gz nor cifar-10-batches-py/ nor the batches"),
        ("missing", "does not exist"),
    ],
)
@pytest.mark.parametrize("named_by", ["--data-dir", "CIFARCNN_DATA_DIR"])
@pytest.mark.usefixtures("filled_cache")
def test_a_given_place_without_data_is_an_error_even_if_the_cache_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named_by: str, given: str, problem: str
) -> None:
    (tmp_path / "empty").mkdir()
    place = tmp_path / given
    if named_by != "--data-dir":
        monkeypatch.setenv(named_by, str(place))
    with pytest.raises(UserError) as raised:
        load_dataset("cifar10", place if named_by == "--data-dir" else None)
    assert raised.value.message.startswith(f"{named_by} names {place}, which {problem}")
    assert_one_line_each(raised.value)


@pytest.fixture
def filled_cache(files: Files, cache: Path) -> Path:
    return pack(cache, entries(files))


@pytest.mark.parametrize("by_variable", [True, False])
@pytest.mark.parametrize(
    "layout",
    [
        "cifar-10-batches-py-target/cifar-10-batches-py",
        "cifar-10-batches-py-target_archive",
        "cifar-10-batches-py/cifar-10-batches-py",
        "cifar-10-batches-py",
        "cifar-10-batches-py.tar.gz",
        "cifar-10-python.tar.gz",
    ],
)
def test_each_layout_of_the_cache_of_keras_is_found(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str, by_variable: bool
) -> None:
    keras = tmp_path / "home" / ".keras"
    if by_variable:
        keras = tmp_path / "keras"
        monkeypatch.setenv("KERAS_HOME", str(keras))
    place = keras / "datasets" / layout
    if layout.endswith("-py"):
        extract(place, files)
    else:
        pack(place, entries(files))
    assert load_dataset("cifar10").source == str(place)


@pytest.mark.parametrize("xdg", ["cache", None, "relative"])
def test_the_programs_own_cache_is_found(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, xdg: str | None
) -> None:
    base = tmp_path / "home" / ".cache"
    if xdg == "cache":
        base = tmp_path / xdg
        monkeypatch.setenv("XDG_CACHE_HOME", str(base))
    elif xdg:
        monkeypatch.setenv("XDG_CACHE_HOME", xdg)  # to be ignored, says the XDG specification
    place = pack(base / "cifarcnn" / ARCHIVE, entries(files))
    assert load_dataset("cifar10").source == str(place)


def test_a_damaged_file_in_the_cache_of_keras_is_an_error_that_names_it(
    files: Files, cache: Path, tmp_path: Path
) -> None:
    pack(cache, entries(files))
    damaged = tmp_path / "home/.keras/datasets/cifar-10-batches-py-target_archive"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(cache.read_bytes()[:1000])
    with pytest.raises(UserError) as raised:
        load_dataset("cifar10")
    assert str(damaged) in raised.value.message
    assert raised.value.hint == f"Delete {damaged}, or name another place with --data-dir."


def test_a_damaged_own_cache_is_an_error_that_says_to_delete_it(cache: Path, files: Files) -> None:
    cache.parent.mkdir(parents=True)
    cache.write_bytes(b"")
    with pytest.raises(UserError) as raised:
        load_dataset("cifar10")
    assert str(cache) in raised.value.message
    assert raised.value.hint == f"Delete {cache} to download it again."


def test_an_incomplete_folder_is_an_error_that_names_what_it_lacks(
    files: Files, tmp_path: Path
) -> None:
    del files["data_batch_4"], files["batches.meta"]
    folder = extract(tmp_path / "given", files)
    with pytest.raises(UserError, match=r"incomplete: it lacks data_batch_4, batches\.meta"):
        load_dataset("cifar10", folder)


def test_a_folder_in_place_of_a_batch_is_an_error(files: Files, tmp_path: Path) -> None:
    del files["data_batch_1"]
    folder = extract(tmp_path / "given", files)
    (folder / "data_batch_1").mkdir()
    with pytest.raises(UserError, match="data_batch_1 is not a regular file"):
        load_dataset("cifar10", folder)


def test_a_changed_batch_in_a_folder_is_an_error_that_names_it(
    files: Files, tmp_path: Path
) -> None:
    files["data_batch_2"] = files["data_batch_2"][:-100] + bytes(100)
    folder = extract(tmp_path / "given", files)
    with pytest.raises(UserError, match="data_batch_2 is not the published file") as raised:
        load_dataset("cifar10", folder)
    assert_one_line_each(raised.value)


def test_without_a_home_folder_the_error_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", no_home)
    with pytest.raises(UserError, match="no home folder is known"):
        load_dataset("cifar10")


def test_an_unknown_name_is_an_error_that_lists_the_names() -> None:
    with pytest.raises(UserError, match="no data set called 'mnist'") as raised:
        load_dataset("mnist")
    assert raised.value.hint == "The data sets are cifar10 and demo."


def assert_one_line_each(error: UserError) -> None:
    assert "\n" not in error.message
    assert error.hint is not None
    assert "\n" not in error.hint

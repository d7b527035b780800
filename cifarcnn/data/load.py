"""Load a data set by the name that a spec gives it."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from cifarcnn.data import demo
from cifarcnn.data.cifar10.download import download
from cifarcnn.data.cifar10.locate import DataLocation, download_place, find_cached, find_given
from cifarcnn.data.cifar10.read import InvalidDataError, read_dataset
from cifarcnn.data.dataset import Dataset
from cifarcnn.data.progress import NoProgress, Progress
from cifarcnn.errors import UserError
from cifarcnn.language.dataset_facts import DATASETS

DATA_DIR_VARIABLE = "CIFARCNN_DATA_DIR"


def load_dataset(
    name: str, data_dir: Path | None = None, progress: Progress | None = None
) -> Dataset:
    """Load the data set called `name`.

    CIFAR-10 is looked for in `data_dir`, else in the place that the environment variable
    `CIFARCNN_DATA_DIR` names, else in the caches of Keras and of this program; if it is in none
    of the caches, it is downloaded. `demo` is generated and needs no place.

    Args:
        name: `cifar10` or `demo`.
        data_dir: The archive of CIFAR-10, or a folder that holds it packed or extracted.
        progress: Told of a download's progress, in bytes.

    Raises:
        UserError: The name is unknown; or the data is not where it was said to be, is damaged,
            or can be neither found nor fetched.
    """
    if name == "cifar10":
        return _load_cifar10(data_dir, progress or NoProgress())
    if name == "demo":
        return demo.generate()
    raise UserError(
        f"There is no data set called {name!r}.", f"The data sets are {' and '.join(DATASETS)}."
    )


def is_at_hand(name: str, data_dir: Path | None = None) -> bool:
    """Whether `load_dataset` would find the data set without a download.

    Raises:
        UserError: The data is not where it was said to be.
    """
    return name != "cifar10" or _find(data_dir) is not None


def dataset_at_hand(name: str, data_dir: Path | None = None) -> Dataset | None:
    """Load the data set called `name` from where it lies; None if it would have to be fetched.

    Raises:
        UserError: As for `load_dataset`.
    """
    return load_dataset(name, data_dir) if is_at_hand(name, data_dir) else None


class Loading:
    """A data set that is being loaded. A call waits for it and gives it, once: it is not kept."""

    def __init__(self, future: Future[Dataset]) -> None:
        self._future: Future[Dataset] | None = future

    def __call__(self) -> Dataset:
        """Wait for the data set.

        Raises:
            UserError: The data is damaged.
        """
        future, self._future = self._future, None
        assert future, "it was given already"
        return future.result()


def begin_loading(
    name: str, data_dir: Path | None = None, progress: Progress | None = None
) -> Loading:
    """Begin to load the data set called `name`.

    It is read and verified in a thread during the import of a framework: most of that is hashing
    and unpacking, which need no interpreter. A data set that has to be fetched is loaded at once.

    Raises:
        UserError: The data is not where it was said to be, or cannot be fetched. Damaged data is
            found by the call of what is returned.
    """
    if not is_at_hand(name, data_dir):
        fetched: Future[Dataset] = Future()
        fetched.set_result(load_dataset(name, data_dir, progress))
        return Loading(fetched)
    executor = ThreadPoolExecutor(1, "load-dataset")
    loading = Loading(executor.submit(load_dataset, name, data_dir))
    executor.shutdown(wait=False)
    return loading


def _load_cifar10(data_dir: Path | None, progress: Progress) -> Dataset:
    place = _find(data_dir)
    if place is None:
        place = download_place()
        download(place.path, progress)
    try:
        return read_dataset(place.path)
    except InvalidDataError as error:
        raise UserError(str(error), place.remedy) from error


def _find(data_dir: Path | None) -> DataLocation | None:
    """Return the first place that holds CIFAR-10; a place that was named is the only candidate."""
    if data_dir is not None:
        return find_given(data_dir, "--data-dir")
    if named := os.environ.get(DATA_DIR_VARIABLE):
        return find_given(Path(named), DATA_DIR_VARIABLE)
    return find_cached()

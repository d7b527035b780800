"""A run that ends before anything was trained leaves nothing behind."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cifarcnn.files.run_files import FILES_BEFORE_TRAINING
from cifarcnn.runs.directory import RunDirectory


@contextmanager
def removed_if_untrained(
    directory: RunDirectory, *, made: bool, told: Callable[[str], None]
) -> Iterator[None]:
    """Remove what a new run has written if it fails before it has anything to go on from.

    Its folder goes too if it was `made` for the run. Nothing is removed where there is any other
    file: a state, a result, or one of a callback. `told` hears of it.
    """
    try:
        yield
    except BaseException:
        with suppress(OSError):
            if _is_untrained(directory.path):
                _empty(directory.path)
                if made:
                    directory.path.rmdir()
                now = "gone" if made else "empty"
                told(f"nothing was trained, so {directory.path} is {now} again")
        raise


def _is_untrained(folder: Path) -> bool:
    files = [Path(parent, name) for parent, _, names in os.walk(folder) for name in names]
    return all(file.parent == folder and file.name in FILES_BEFORE_TRAINING for file in files)


def _empty(folder: Path) -> None:
    """Remove the files of a beginning, and folders without files."""
    for parent, folders, names in os.walk(folder, topdown=False):
        for name in names:
            Path(parent, name).unlink()
        for name in folders:
            Path(parent, name).rmdir()

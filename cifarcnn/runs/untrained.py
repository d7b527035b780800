"""A run that ends before anything was trained leaves nothing behind."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cifarcnn.errors import UserError
from cifarcnn.files.atomic import remove_leftovers
from cifarcnn.files.lock import RunLock
from cifarcnn.files.run_files import FILES_BEFORE_TRAINING, HISTORY, STATE, WRITABLE
from cifarcnn.runs.directory import RunDirectory

_KILLED_BEFORE_TRAINING = FILES_BEFORE_TRAINING | {WRITABLE, HISTORY, STATE}


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


def remove_untrained(run: RunDirectory) -> None:
    """Remove a run that was killed before its first state was on disk, if there is one.

    Raises:
        UserError: another process writes to it, or it holds what no run has written.
    """
    if run.status == "absent":
        return
    with RunLock(run.path):
        remove_leftovers(run.path)
        strange = sorted({entry.name for entry in run.path.iterdir()} - _KILLED_BEFORE_TRAINING)
        if strange or (run.state.exists() and any(run.state.iterdir())):
            raise UserError(
                f"{run.path} holds no state to go on from, but {(strange or [STATE])[0]}; "
                "move it away to run this seed anew"
            )
        shutil.rmtree(run.path)

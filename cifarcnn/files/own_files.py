"""Whether what lies in a folder is the folder's own: no links out of it, and no pipes."""

import os
from collections.abc import Iterator
from pathlib import Path

from cifarcnn.errors import UserError, os_reason
from cifarcnn.files.links import leads_out


def require_own_files(run: Path) -> None:
    """Check that what lies in a run directory is the run's own.

    A directory from a stranger may hold links to anywhere, which writing or reading would follow,
    or pipes, which would never answer.

    Raises:
        UserError: a link leads out of it, or something in it is neither a file nor a folder.
    """
    try:
        for entry in _entries(run):
            path = Path(entry.path)
            if entry.is_symlink():
                if leads_out(path, run):
                    raise UserError(
                        f"{path} is a link that leads out of the run",
                        hint="put what it points to in its place, or remove it",
                    )
            elif not (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
                raise UserError(f"{path} is neither a file nor a folder, so the run is not used")
    except OSError as error:
        raise UserError(f"cannot read {run}: {os_reason(error)}") from error


def _entries(folder: Path) -> "Iterator[os.DirEntry[str]]":
    """All that lies in a folder and in the folders below it; links are not followed."""
    pending = [str(folder)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                yield entry

"""Where symbolic links lead."""

import errno
import os
from pathlib import Path


def end_of_links(path: Path) -> Path:
    """The place that a path leads to, which need not exist.

    `Path.resolve` is not enough: from Python 3.13 on it lets a loop of links pass.

    Raises:
        OSError: the links form a loop.
        ValueError: the path has a null byte.
    """
    place = Path(os.path.realpath(path))
    try:
        place.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise
    return place


def leads_out(link: Path, folder: Path) -> bool:
    """Whether a symbolic link ends outside of a folder, or nowhere at all."""
    try:
        return not end_of_links(link).is_relative_to(end_of_links(folder))
    except OSError:  # a loop of links
        return True

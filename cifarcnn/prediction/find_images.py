"""Which image files the words of a command line mean."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cifarcnn.errors import os_reason

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".bmp"),
    *(".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"),
)
"""What is taken for an image in a folder; a file that is named itself may be called anything."""


@dataclass(frozen=True)
class Unreadable:
    """An image that cannot be predicted, and why."""

    path: Path
    reason: str


def find_images(given: Sequence[Path]) -> tuple[list[Path], list[Unreadable]]:
    """The files to read, in the order given; folders are searched through and sorted.

    Hidden files and folders in a folder are passed over, and links to other folders not followed.
    """
    files: list[Path] = []
    unreadable: list[Unreadable] = []
    for path in given:
        if not path.is_dir():
            files.append(path)
            continue
        found, failures = _images_in(path)
        files += found
        unreadable += failures
        if not found and not failures:
            unreadable.append(Unreadable(path, "the folder holds no images (.png, .jpg, ...)"))
    return files, unreadable


def _images_in(folder: Path) -> tuple[list[Path], list[Unreadable]]:
    failures: list[Unreadable] = []

    def note(error: OSError) -> None:
        failures.append(Unreadable(Path(error.filename), os_reason(error)))

    found = []
    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(parent, name)
            for name in names
            if name.lower().endswith(SUFFIXES) and not name.startswith(".")
        ]
    return sorted(found), failures

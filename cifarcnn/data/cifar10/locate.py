"""Find CIFAR-10 on disk: in the place that the user names, or in the known caches."""

import os
from dataclasses import dataclass
from pathlib import Path

from cifarcnn.data.cifar10 import members
from cifarcnn.data.cifar10.members import ARCHIVE_NAME, FOLDER_NAME
from cifarcnn.errors import UserError, os_reason

# Relative to the `datasets` folder of Keras; the first two are its present layout.
KERAS_LAYOUTS = (
    f"{FOLDER_NAME}-target/{FOLDER_NAME}",
    f"{FOLDER_NAME}-target_archive",
    f"{FOLDER_NAME}/{FOLDER_NAME}",
    FOLDER_NAME,
    f"{FOLDER_NAME}_archive",
    f"{FOLDER_NAME}.tar.gz",
    ARCHIVE_NAME,
)


@dataclass(frozen=True)
class DataLocation:
    """An archive or a folder of batches, and what the user can do if it proves to be damaged."""

    path: Path
    remedy: str


def find_given(path: Path, named_by: str) -> DataLocation:
    """Find CIFAR-10 in the place that the user named.

    Args:
        path: The archive, the folder of the batches, or a folder that holds either.
        named_by: The option or environment variable that named it, for messages.

    Raises:
        UserError: The place does not exist, cannot be entered, or holds no CIFAR-10.
    """
    remedy = f"Name an intact copy with {named_by}, or leave it out to use or fill the cache."
    try:
        for candidate in (path, path / FOLDER_NAME, path / ARCHIVE_NAME):
            if _may_be_cifar10(candidate):
                return DataLocation(candidate, remedy)
        exists = path.exists()
    except OSError as error:
        raise UserError(f"{named_by} {path} cannot be read: {os_reason(error)}.", remedy) from error
    if not exists:
        raise UserError(f"{named_by} names {path}, which does not exist.", remedy)
    batches = f"{members.CIFAR10.train[0].name} to {members.CIFAR10.test.name}"
    raise UserError(
        f"{named_by} names {path}, which holds neither {ARCHIVE_NAME} nor {FOLDER_NAME}/ "
        f"nor the batches themselves ({batches}).",
        remedy,
    )


def find_cached() -> DataLocation | None:
    """Find CIFAR-10 where Keras or an earlier run left it.

    Raises:
        UserError: A cache cannot be entered, or there is no home folder.
    """
    keras_home = _expand(os.environ.get("KERAS_HOME") or "~/.keras")
    candidates = [
        DataLocation(path, f"Delete {path}, or name another place with --data-dir.")
        for path in (keras_home / "datasets" / layout for layout in KERAS_LAYOUTS)
    ]
    candidates.append(download_place())
    try:
        return next((place for place in candidates if _may_be_cifar10(place.path)), None)
    except OSError as error:
        raise UserError(
            f"A cache cannot be read: {error.filename}: {os_reason(error)}.",
            "Name the place of CIFAR-10 with --data-dir.",
        ) from error


def download_place() -> DataLocation:
    """Say where a download goes: `$XDG_CACHE_HOME/cifarcnn`, else `~/.cache/cifarcnn`.

    Raises:
        UserError: There is no home folder.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():  # as the XDG specification asks
        base = _expand("~/.cache")
    path = base / "cifarcnn" / ARCHIVE_NAME
    return DataLocation(path, f"Delete {path} to download it again.")


def _may_be_cifar10(path: Path) -> bool:
    """Tell a file, and a folder with any of the batches, from what is certainly something else.

    A folder with some of the batches counts, so that it is reported as incomplete instead of
    being passed over in silence.
    """
    if path.is_dir():
        return any((path / member.name).exists() for member in members.CIFAR10.members)
    return path.is_file()


def _expand(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UserError(
            f"{path} cannot be resolved: no home folder is known.",
            "Set HOME, or name the place of CIFAR-10 with --data-dir.",
        ) from error

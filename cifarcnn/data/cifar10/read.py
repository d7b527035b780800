"""Read CIFAR-10 from its archive or its folder, every file verified before it is unpickled."""

import hashlib
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cifarcnn.data.cifar10 import members
from cifarcnn.data.cifar10.archive import ArchiveError, read_entries
from cifarcnn.data.cifar10.batch import unpack_batch, unpack_class_names
from cifarcnn.data.cifar10.members import FOLDER_NAME, Member
from cifarcnn.data.dataset import Dataset, Split
from cifarcnn.errors import os_reason
from cifarcnn.language.dataset_facts import CIFAR10

MAX_MEMBER_BYTES = 32_000_000


class InvalidDataError(Exception):
    """The files are not those of CIFAR-10; the message is one line that names the file."""


def read_dataset(path: Path) -> Dataset:
    """Read and verify CIFAR-10.

    The training images are in the order of the batches, 1 to 5.

    Args:
        path: The archive, or the folder of the batches.

    Raises:
        InvalidDataError: A file is missing, damaged, unreadable or not the published one.
    """
    release = members.CIFAR10
    train = _empty_split(sum(member.images for member in release.train))
    test = _empty_split(release.test.images)
    slots = _slots(release.train, train) | _slots((release.test,), test)
    classes: tuple[str, ...] = ()
    for member, content in verified_members(path):
        try:
            if member == release.meta:
                classes = unpack_class_names(content)
            else:
                unpack_batch(content, slots[member].images, slots[member].labels)
        except pickle.UnpicklingError as error:
            raise InvalidDataError(f"{path}: {member.name} is refused: {error}.") from error
    return Dataset(
        name=CIFAR10.name,
        title=CIFAR10.title,
        classes=classes,
        train=train,
        test=test,
        source=str(path),
        sha256=release.sha256,
    )


def verified_members(path: Path) -> Iterator[tuple[Member, bytes]]:
    """Read the files of CIFAR-10, in any order, each with the published SHA-256.

    Args:
        path: The archive, or the folder of the batches.

    Yields:
        Each file and its content; all of them, if no error is raised.

    Raises:
        InvalidDataError: A file is missing, damaged, unreadable or not the published one.
    """
    missing = {member.name: member for member in members.CIFAR10.members}
    for name, content in _read_folder(path) if path.is_dir() else _read_archive(path):
        member = missing.pop(name)
        digest = hashlib.sha256(content).hexdigest()
        if digest != member.sha256:
            raise InvalidDataError(
                f"{path}: {name} is not the published file "
                f"(expected SHA-256 {member.sha256[:16]}..., found {digest[:16]}...)."
            )
        yield member, content
    if missing:
        raise InvalidDataError(f"{path} is incomplete: it lacks {', '.join(missing)}.")


def _read_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    names = {f"{FOLDER_NAME}/{member.name}" for member in members.CIFAR10.members}
    try:
        for name, content in read_entries(path, names, MAX_MEMBER_BYTES):
            yield name.removeprefix(f"{FOLDER_NAME}/"), content
    except ArchiveError as error:
        raise InvalidDataError(f"{path} is not the archive of CIFAR-10: {error}.") from error


def _read_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for member in members.CIFAR10.members:
        file = path / member.name
        try:
            if not file.exists():
                continue
            if not file.is_file() or file.stat().st_size > MAX_MEMBER_BYTES:
                raise InvalidDataError(
                    f"{file} is not a regular file of at most {MAX_MEMBER_BYTES} bytes."
                )
            content = file.read_bytes()
        except OSError as error:
            raise InvalidDataError(f"{file} cannot be read: {os_reason(error)}.") from error
        yield member.name, content


def _empty_split(count: int) -> Split:
    return Split(np.empty((count, 32, 32, 3), np.uint8), np.empty(count, np.uint8))


def _slots(batches: tuple[Member, ...], split: Split) -> dict[Member, Split]:
    """Cut `split` into one view per batch, to be filled in whatever order the files come."""
    slots = {}
    start = 0
    for member in batches:
        part = slice(start, start + member.images)
        slots[member] = Split(split.images[part], split.labels[part])
        start += member.images
    return slots

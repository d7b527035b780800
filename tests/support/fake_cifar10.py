"""A tiny CIFAR-10 of random pixels: files as Python 2 pickled them, and archives of them."""

import hashlib
import io
import struct
import tarfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cifarcnn.data.cifar10.members import Member, Release

IMAGES_PER_BATCH = 12
CLASSES = ("cat", "dog", "frog")
BATCHES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5")
FOLDER = "cifar-10-batches-py"


def planes_and_labels(batch: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the pixels of a batch, (N, 3, 32, 32), and its labels; the test batch is number 5."""
    rng = np.random.default_rng(batch)
    planes = rng.integers(0, 256, (IMAGES_PER_BATCH, 3, 32, 32), dtype=np.uint8)
    return planes, rng.integers(0, len(CLASSES), IMAGES_PER_BATCH, dtype=np.uint8)


def make_files() -> dict[str, bytes]:
    files = {
        name: pickled_batch(*planes_and_labels(number))
        for number, name in enumerate((*BATCHES, "test_batch"))
    }
    return files | {"batches.meta": pickled_meta()}


def release_of(files: dict[str, bytes]) -> Release:
    def member(name: str, images: int) -> Member:
        return Member(name, hashlib.sha256(files[name]).hexdigest(), images)

    return Release(
        train=tuple(member(name, IMAGES_PER_BATCH) for name in BATCHES),
        test=member("test_batch", IMAGES_PER_BATCH),
        meta=member("batches.meta", 0),
    )


def pickled_batch(planes: NDArray[np.uint8], labels: NDArray[np.uint8]) -> bytes:
    """Pickle a batch with the opcodes of the real files, which Python 3 no longer writes."""
    pixels = planes.tobytes()
    return b"".join(
        [
            b"\x80\x02}(U\x06labels](",
            *(b"K" + bytes([label]) for label in labels),
            b"eU\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R",
            b"(K\x01J" + struct.pack("<i", len(planes)) + b"M\x00\x0c\x86",
            b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R",
            b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
            b"\x89T" + struct.pack("<i", len(pixels)) + pixels + b"tbu.",
        ]
    )


def pickled_meta() -> bytes:
    names = b"".join(b"U" + bytes([len(name)]) + name.encode() for name in CLASSES)
    return b"\x80\x02}U\x0blabel_names](" + names + b"es."


def entry(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def entries(files: dict[str, bytes], prefix: str = "") -> list[tuple[tarfile.TarInfo, bytes]]:
    folder = entry(f"{prefix}{FOLDER}", type=tarfile.DIRTYPE)
    return [folder, *(entry(f"{prefix}{FOLDER}/{name}", files[name]) for name in files)]


def pack(path: Path, contents: Iterable[tuple[tarfile.TarInfo, bytes]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for info, content in contents:
            archive.addfile(info, io.BytesIO(content))
    return path


def extract(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder

"""Reading the arrays of an `.npz` file that may come from a stranger.

`numpy.load` takes memory for whatever a header declares. Here a member is read only if it is an
array of numbers that has exactly the size of its declared shape.
"""

import math
import tokenize
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

_LONGEST_HEADER = 10_000

DAMAGED = (
    OSError, ValueError, LookupError, TypeError, EOFError, MemoryError, ArithmeticError,
    SyntaxError, RuntimeError, zipfile.BadZipFile, zlib.error, tokenize.TokenError,
)  # fmt: skip
"""What reading a file that `numpy.savez` did not write, or that was changed since, may raise."""


def read_array(path: Path, name: str, largest: int, *, compressed: bool = False) -> NDArray[Any]:
    """Read one array of at most `largest` bytes; `compressed` if it may be deflated.

    Raises:
        DAMAGED: it is not there, damaged, or not what `numpy.savez` (or `savez_compressed`) writes
            of numbers.
    """
    with _open(path, compressed) as archive:
        return _read(archive, archive.getinfo(f"{name}.npy"), largest)


def read_arrays(path: Path, largest: int) -> dict[str, NDArray[Any]]:
    """Read all arrays, which together take at most `largest` bytes; they are not compressed.

    Raises:
        DAMAGED: as for `read_array`.
    """
    with _open(path) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        if size > largest:
            raise ValueError(f"its arrays take {size:,} bytes; at most {largest:,} are expected")
        return {
            member.filename.removesuffix(".npy"): _read(archive, member, largest)
            for member in members
        }


def _open(path: Path, compressed: bool = False) -> zipfile.ZipFile:
    if path.is_symlink() or not path.is_file():
        raise ValueError("not a regular file")
    archive = zipfile.ZipFile(path)
    members = archive.infolist()
    allowed = (zipfile.ZIP_STORED, *((zipfile.ZIP_DEFLATED,) if compressed else ()))
    if any(member.compress_type not in allowed for member in members):
        raise ValueError("compressed in a way that no file of a run is")
    if len({member.filename for member in members}) != len(members):
        raise ValueError("one of its members occurs twice")
    if not compressed and sum(member.file_size for member in members) > path.stat().st_size:
        raise ValueError("its members are larger than the file")
    return archive


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, largest: int) -> NDArray[Any]:
    if member.file_size > largest:
        raise ValueError(f"{member.filename!r:.80} takes {member.file_size:,} bytes")
    with archive.open(member) as file:
        if npy.read_magic(file) != (1, 0):
            raise ValueError(f"{member.filename!r:.80} is not of the format of numpy.save")
        shape, fortran, dtype = _header(file)
        content = file.read()
    if dtype.kind not in "biuf":
        raise ValueError(f"{member.filename!r:.80} holds no numbers")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError(f"{member.filename!r:.80} is not of the size of its shape")
    flat = np.frombuffer(bytearray(content), dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # about headers of Python 2
        try:
            return npy.read_array_header_1_0(file, _LONGEST_HEADER)
        except UserWarning as error:
            raise ValueError("its header is not of this time") from error

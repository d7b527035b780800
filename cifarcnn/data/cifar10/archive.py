"""Take files out of a tar.gz that may be damaged or hostile, without unpacking it to disk."""

import io
import tarfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

# CIFAR-10 has nine entries that decompress to 186 MB.
MAX_ENTRIES = 64
MAX_DECOMPRESSED_BYTES = 400_000_000

_MAGIC = b"\x1f\x8b"
_GZIP = 16 + zlib.MAX_WBITS
"""The format, as zlib's `wbits` say it."""

_PACKED_BYTES = 1 << 22
"""Read at once. Between two reads a thread needs the interpreter, for which it waits while another
thread imports a framework; Python's own gzip reads 8 kB at once before 3.12."""

# What damaged bytes make tarfile and zlib raise; tarfile's parser also lets the last two through.
_DAMAGE = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, RecursionError)


class ArchiveError(Exception):
    """The archive cannot be read, or holds what it should not; the message is the reason."""


def read_entries(path: Path, names: Collection[str], max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """Read the entries called `names`, in the order in which the archive holds them.

    All other entries are passed over. Names are compared without a leading `./`.

    Args:
        path: The archive, a gzipped tar file.
        names: The full names of the wanted entries.
        max_bytes: The largest size that a wanted entry may have.

    Yields:
        The name and the content of each wanted entry that is present.

    Raises:
        ArchiveError: The archive is damaged or too large, or a wanted entry is not a regular
            file, is too large or occurs twice.
    """
    seen: set[str] = set()
    try:
        with (
            path.open("rb") as packed,
            tarfile.open(fileobj=_BoundedStream(packed), mode="r:") as archive,
        ):
            for number, entry in enumerate(archive, start=1):
                if number > MAX_ENTRIES:
                    raise ArchiveError(f"it has more than {MAX_ENTRIES} entries")
                name = entry.name.removeprefix("./")
                if name not in names:
                    continue
                if name in seen:
                    raise ArchiveError(f"it holds {name} twice")
                seen.add(name)
                yield name, _read_entry(archive, entry, max_bytes)
    except _DAMAGE as error:
        raise ArchiveError(f"it cannot be read as a tar.gz ({_reason(error)})") from error


def _read_entry(archive: tarfile.TarFile, entry: tarfile.TarInfo, max_bytes: int) -> bytes:
    file = archive.extractfile(entry) if entry.isreg() and not entry.issparse() else None
    if file is None:
        raise ArchiveError(f"{entry.name} in it is not a regular file")
    if entry.size > max_bytes:
        raise ArchiveError(f"{entry.name} in it has {entry.size} bytes; {max_bytes} are allowed")
    with file:
        return file.read()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__


class _BoundedStream(io.RawIOBase):
    """The content of a gzip file for tarfile, which only goes forward, and only so far.

    It bounds the work that a small archive can cause: reading and skipping both decompress, and
    an entry of negative size would send tarfile back to where it came from.
    """

    def __init__(self, packed: io.BufferedReader) -> None:
        start = packed.peek(2)[:2]
        if start not in (_MAGIC, b""):
            raise ValueError(f"not a gzip file: it begins with {start!r}")
        self._packed = packed
        self._inflate = zlib.decompressobj(_GZIP)
        self._position = 0

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        allowed = MAX_DECOMPRESSED_BYTES - self._position
        data = self._decompressed(size if 0 <= size <= allowed else allowed + 1)
        if len(data) > allowed:
            raise ArchiveError(f"it decompresses to more than {MAX_DECOMPRESSED_BYTES} bytes")
        self._position += len(data)
        return data

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or position < self._position:
            raise tarfile.ReadError("an entry overlaps the one before it")
        while self._position < position:
            if not self.read(min(position - self._position, 1 << 20)):
                break
        return self._position

    def _decompressed(self, size: int) -> bytes:
        """The next bytes; fewer than `size` only at the end of the gzip stream.

        What follows it in the file, such as another stream, is passed over.

        Raises:
            EOFError: the file ends within the stream.
        """
        parts: list[bytes] = []
        while size > 0 and not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._packed.read(_PACKED_BYTES)
            if not packed and not parts and not self._position:
                break  # tarfile says that it is empty
            if not packed:
                raise EOFError("it ends too early")
            parts.append(self._inflate.decompress(packed, size))
            size -= len(parts[-1])
        return b"".join(parts)

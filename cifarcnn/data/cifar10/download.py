"""Download the archive of CIFAR-10 into the cache: one process at a time, verified, then named."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from cifarcnn.data.cifar10.read import InvalidDataError, verified_members
from cifarcnn.data.cifar10.transfer import TransferError, fetch
from cifarcnn.data.progress import Progress
from cifarcnn.errors import UserError, os_reason
from cifarcnn.files.lock import take_lock

DEFAULT_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
URL_VARIABLE = "CIFARCNN_DATA_URL"

_WITHOUT_IT = "--set data.dataset=demo works without it"


def download(target: Path, progress: Progress) -> None:
    """Download the archive to `target`, unless another process has just done so.

    The bytes gather in `<target>.part`, which a later call continues. `target` itself appears
    whole, after every file in it has been verified.

    Args:
        target: Where the archive goes; missing folders are created.
        progress: Told of the bytes received.

    Raises:
        UserError: The archive cannot be fetched, is not CIFAR-10, or cannot be stored.
    """
    url = _address()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _lock(target.with_name(f"{target.name}.lock"), progress):
            if not target.exists():
                _download(url, target, progress)
    except OSError as error:
        raise UserError(
            f"CIFAR-10 cannot be stored in {target.parent}: {os_reason(error)}.",
            "Make room, set XDG_CACHE_HOME to another folder, or name a copy with --data-dir; "
            f"{_WITHOUT_IT}.",
        ) from error


def _address() -> str:
    url = os.environ.get(URL_VARIABLE) or DEFAULT_URL
    if not _is_address(url):
        raise UserError(
            f"{URL_VARIABLE} is {url!r}, which is not an address to fetch from.",
            "Give an address that begins with https://, http:// or file:// and has only ASCII "
            "characters and no spaces: write %C3%A9 for é, and %20 for a space.",
        )
    return url


def _is_address(url: str) -> bool:
    """Whether it is of a scheme that can be fetched, and of characters that HTTP can send."""
    try:
        parts = urlsplit(url)
        known = parts.port is None or parts.port > 0
    except ValueError:  # such as http://[bad or http://host:port
        return False
    if url.lower().startswith("file://"):
        return known
    sendable = url.isascii() and url.isprintable() and " " not in url
    return known and sendable and url.lower().startswith(("https://", "http://"))


@contextlib.contextmanager
def _lock(path: Path, progress: Progress) -> Iterator[None]:
    """Keep other processes out; the file stays, since removing it would let two of them in."""
    with path.open("ab") as file:
        if not take_lock(file.fileno()):
            progress.start(None, "Waiting for another download of CIFAR-10")
            try:
                take_lock(file.fileno(), wait=True)
            finally:
                progress.finish()
        yield


def _download(url: str, target: Path, progress: Progress) -> None:
    part = target.with_name(f"{target.name}.part")
    try:
        fetch(url, part, progress)
    except TransferError as error:
        raise UserError(
            f"CIFAR-10 is not on this machine, and {url} could not be fetched: {error}.",
            f"Fetch that file by other means and put it at {target}, or name its place with "
            f"--data-dir; {_WITHOUT_IT}.",
        ) from error
    try:
        for _ in verified_members(part):
            pass
    except InvalidDataError as error:
        part.unlink()
        raise UserError(
            f"What {url} sent is not CIFAR-10 and was deleted: {error}",
            f"Run again to fetch it anew, or set {URL_VARIABLE} to another address; {_WITHOUT_IT}.",
        ) from error
    part.replace(target)

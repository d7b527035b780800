"""Transfer a file from an address, continuing what an earlier attempt left."""

import http.client
import os
import re
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cifarcnn.data.progress import Progress

MAX_BYTES = 400_000_000
TIMEOUT_SECONDS = 30.0
RETRY_PAUSES_SECONDS = (1.0, 3.0)

_CHUNK_BYTES = 1 << 16


class TransferError(Exception):
    """The file cannot be had from that address; the message is the reason."""


class _InterruptedError(Exception):
    """The transfer broke off, and another attempt may complete it; the message is the reason."""


def fetch(url: str, part: Path, progress: Progress) -> None:
    """Complete `part` from `url`; a transfer that breaks off is tried again.

    Whether the bytes are the right ones is for the caller to verify: an earlier attempt may
    have taken its share from another file.

    Args:
        url: An address of the schemes http, https or file.
        part: The file to write, or to continue if it exists.
        progress: Told of the bytes received; each attempt is a task of its own.

    Raises:
        TransferError: The server cannot be reached, refuses, sends too much (which is deleted),
            or breaks off every time (what has come is kept).
        OSError: `part` cannot be written.
    """
    for pause in (*RETRY_PAUSES_SECONDS, None):
        try:
            _fetch_rest(url, part, progress)
            return
        except _InterruptedError as error:
            if pause is None:
                raise TransferError(f"{error} (run again to continue)") from error
            time.sleep(pause)


def _fetch_rest(url: str, part: Path, progress: Progress) -> None:
    """Make one attempt to fetch what `part` still lacks."""
    present = part.stat().st_size if part.exists() else 0
    try:
        response = _open(url, present)
    except urllib.error.HTTPError as error:
        with error:
            if present == 0 or error.code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise TransferError(f"the server answered {error.code} {error.reason}") from error
            if error.headers["Content-Range"] == f"bytes */{present}":
                return  # the last attempt ended between the last byte and the verification
        part.unlink()
        raise _InterruptedError("what had come before does not fit the file there") from error
    with response:
        _receive(response, present, part, progress)


def _open(url: str, present: int) -> Any:  # its type depends on the scheme
    headers = {"User-Agent": "cifarcnn"}
    if present:
        headers["Range"] = f"bytes={present}-"
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the caller chose the scheme
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310 - likewise
    except urllib.error.HTTPError:
        raise
    except urllib.error.URLError as error:
        reason = error.reason
        text = reason.strerror if isinstance(reason, OSError) and reason.strerror else reason
        raise TransferError(str(text)) from error
    except (OSError, http.client.HTTPException) as error:
        raise _InterruptedError(f"the server did not answer: {error}") from error
    except ValueError as error:  # which urllib raises for addresses, also of redirections
        raise TransferError(f"it leads to no address that can be fetched: {error}") from error


def _receive(response: Any, present: int, part: Path, progress: Progress) -> None:
    start = _first_byte(response)
    if start not in {0, present}:
        part.unlink(missing_ok=True)
        raise _InterruptedError("the server sent another part of it than was asked for")
    length = response.headers["Content-Length"] or ""
    total = start + int(length) if length.isdecimal() else None
    if total is not None and total > MAX_BYTES:
        raise TransferError(f"it has {total} bytes, and at most {MAX_BYTES} are expected")
    received = start
    progress.start(total, "Downloading CIFAR-10")
    try:
        progress.advance(start)
        with part.open("ab" if start else "wb") as file:
            while received <= MAX_BYTES and (chunk := _read(response)):
                file.write(chunk)
                received += len(chunk)
                progress.advance(len(chunk))
            file.flush()
            os.fsync(file.fileno())
    finally:
        progress.finish()
    if received > MAX_BYTES:
        part.unlink()
        raise TransferError(f"it has more than {MAX_BYTES} bytes")
    if total is not None and received < total:
        raise _InterruptedError(f"the connection broke off after {received} of {total} bytes")


def _first_byte(response: Any) -> int:
    """Return where in the file the response begins: 0 if the server ignores ranges."""
    if response.status != HTTPStatus.PARTIAL_CONTENT:
        return 0
    span = re.match(r"bytes (\d+)-", response.headers["Content-Range"] or "")
    return int(span[1]) if span else -1


def _read(response: Any) -> bytes:
    """Read a chunk, keeping failures of the network apart from those of the disk."""
    try:
        chunk: bytes = response.read(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _InterruptedError(f"the connection broke off: {error}") from error
    return chunk

"""One writer per run directory."""

import os
from pathlib import Path
from types import TracebackType

from cifarcnn.errors import UserError

try:
    import fcntl
except ImportError:  # Windows without WSL2
    fcntl = None  # type: ignore[assignment]


class RunLock:
    """Holds a run directory for this process; the system lets go of it when the process ends.

    The lock file stays behind, but a lock that nobody holds any more stops nobody.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    def __enter__(self) -> "RunLock":
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            self._descriptor = os.open(self._folder / ".lock", flags, 0o644)
        except OSError as error:
            raise UserError(f"cannot write to {self._folder}: {error.strerror or error}") from error
        if fcntl is not None:
            self._take()
        return self

    def _take(self) -> None:
        assert self._descriptor is not None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            self.__exit__(None, None, None)
            raise UserError(
                f"another process ({holder or 'unknown'}) is writing to {self._folder}",
                hint="wait for it to end, or end it",
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"pid {os.getpid()}\n".encode(), 0)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

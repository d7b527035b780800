"""One writer per run directory, and one process per download."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from cifarcnn.errors import UserError, os_reason
from cifarcnn.files.run_files import LOCK

try:
    import fcntl
except ImportError:  # Windows without WSL2
    fcntl = None  # type: ignore[assignment]

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)


def take_lock(descriptor: int, *, wait: bool = False) -> bool:
    """Lock an open file for this process, or say that another one has; `wait` for it if asked to.

    The system lets go of it when the file is closed or the process ends. Where the system has no
    such locks (native Windows), nothing is kept apart.

    Raises:
        OSError: the file system has no locks, or they do not work.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


class RunLock:
    """Holds a run directory for this process; the system lets go of it when the process ends.

    The lock file stays behind, but a lock that nobody holds any more stops nobody. A file system
    that has no locks is no reason to fail; `warn` hears of it.
    """

    def __init__(self, folder: Path, warn: Callable[[str], None] | None = None) -> None:
        self._folder = folder
        self._warn = warn
        self._descriptor: int | None = None

    def __enter__(self) -> "RunLock":
        try:
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            self._descriptor = os.open(self._folder / LOCK, flags, 0o644)
        except OSError as error:
            raise UserError(f"cannot write to {self._folder}: {os_reason(error)}") from error
        if fcntl is not None:
            self._take()
        return self

    def _take(self) -> None:
        assert self._descriptor is not None
        try:
            taken = take_lock(self._descriptor)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                self.__exit__(None, None, None)
                raise UserError(f"cannot lock {self._folder}: {os_reason(error)}") from error
            if self._warn:
                self._warn(
                    f"{self._folder} is on a file system without locks; see to it that no other "
                    "process writes there"
                )
            return
        if not taken:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            self.__exit__(None, None, None)
            raise UserError(
                f"another process ({holder or 'unknown'}) is writing to {self._folder}",
                hint="wait for it to end, or end it",
            )
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

"""Limits that a child process sets before it reads something hostile, and how it refuses that.

Only the standard library is imported here, since a child sets its limits before it imports the
library that reads.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REFUSED = 3
"""The exit code of a child that refuses what it was given; its standard output says why."""

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""The environment of a child with little memory: every thread of NumPy's library takes some."""


class Refused(Exception):  # noqa: N818 - an answer, not a failure
    """What was given is not read; the message says why."""


def refuse(reason: object) -> int:
    """Print why something is refused, in one line; returns the exit code that says so."""
    print(str(reason).replace("\n", " ")[:500])
    return REFUSED


def limit(memory: int, *, cpu_seconds: int | None = None, may_write: bool = True) -> None:
    """Bound this process for good, where the system can; it leaves no core file either.

    Args:
        memory: Bytes of its address space; an allocation beyond it fails (on Linux alone).
        cpu_seconds: Processor time, after which SIGXCPU ends it; None for any.
        may_write: Whether it may write to files.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if cpu_seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    if not may_write:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":  # elsewhere the limit counts what the system itself maps
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def limit_cpu_time_from_now(seconds: int) -> None:
    """After so much more processor time SIGPROF ends this process; a new call counts from zero."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


@contextmanager
def limited_time(seconds: int) -> Iterator[None]:
    """SIGALRM ends this process if the block takes longer."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def limited_memory(memory: int | None) -> Iterator[None]:
    """Bound the bytes that the block takes, on Linux, if a bound is known.

    Beyond it an allocation fails, or this process dies.
    """
    if sys.platform != "linux" or memory is None:
        yield
        return
    import resource

    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + memory, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, most))

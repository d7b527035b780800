"""The largest memory that a process has had."""

import resource
import sys


def peak_memory_bytes() -> int:
    """Of this process, as resident memory (not that of a GPU).

    Linux counts in KiB, macOS in bytes. Linux carries over the peak of the process that started
    this one, so whoever measures must be started by a small one.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

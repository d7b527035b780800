"""The largest memory that a process has had."""

import resource
import sys
from pathlib import Path


def peak_memory_bytes() -> int:
    """Of this process, as resident memory (not that of a GPU).

    macOS counts it in bytes. On Linux, in KiB, it may be that of the process that started this one,
    so the kernel is asked for the peak since this program was begun.
    """
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * 1024
    raise OSError("/proc/self/status has no VmHWM")

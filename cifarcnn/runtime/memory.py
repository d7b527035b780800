"""How much memory this machine has."""

import os


def machine_memory() -> int | None:
    """Bytes of main memory; None where the system does not say."""
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows has no such call, some have no answer
        return None
    return size if size > 0 else None

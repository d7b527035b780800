"""The columns of a table for which there is room."""

from collections.abc import Iterable, Mapping


def columns_that_fit(
    widths: Mapping[str, int], dropped_first: Iterable[str], room: int
) -> list[str]:
    """The columns that a narrow terminal can show: without those that matter least, as needed."""
    kept = dict(widths)
    for name in dropped_first:
        if sum(kept.values()) <= room:
            break
        kept.pop(name, None)
    return list(kept)

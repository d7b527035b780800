"""Paths that callbacks write to, all inside the run directory."""

import re
import string
from pathlib import PurePosixPath
from typing import Annotated, get_args

from cifarcnn.entries.callbacks.arguments import Metric
from cifarcnn.files.run_files import RUN_FILES
from cifarcnn.language.accepts import Accepts, NotAcceptedError
from cifarcnn.language.problems import listed
from cifarcnn.language.registry import expected

_LONGEST_NAME, _LONGEST_PATH = 200, 1000
"""Bytes; most file systems take 255 in a name, and files are written under longer ones first."""


_METRICS: tuple[str, ...] = get_args(Metric)


_FORMAT = re.compile(r"0?\d?\d?(\.\d)?[dfeg]?")


def _inside_run(path: str) -> str:
    """A relative path that stays inside the run directory and spares the run's own files."""
    parts = PurePosixPath(path).parts
    outside = path.startswith(("/", "~")) or ".." in parts or "\\" in path or path[1:2] == ":"
    if not parts or outside or any(ord(c) < 32 for c in path):
        raise NotAcceptedError
    if len(path.encode()) > _LONGEST_PATH or max(len(p.encode()) for p in parts) > _LONGEST_NAME:
        raise expected(f"names of at most {_LONGEST_NAME} bytes")
    if parts[0] in RUN_FILES:
        raise expected(f"a path that is not the run's own {parts[0]}")
    return path


def _checkpoint_template(path: str) -> str:
    """A path such as `{epoch:02d}-{val_loss:.2f}.h5`."""
    _inside_run(path)
    try:
        fields = [piece for piece in string.Formatter().parse(path) if piece[1] is not None]
        path.format(epoch=1, **dict.fromkeys(_METRICS, 0.5))
    except (ValueError, KeyError, IndexError, AttributeError):
        fields = None
    known = ("epoch", *_METRICS)
    if fields is None or any(name not in known for _, name, _, _ in fields):
        raise expected(f"only {listed(known, 'and')} in braces")
    if not all(_FORMAT.fullmatch(spec or "") for _, _, spec, _ in fields):
        raise expected("short formats in braces, such as {epoch:02d} and {val_loss:.3f}")
    if not path.endswith(".h5"):
        raise expected("a path that ends in .h5")
    return path


_INSIDE_RUN = "a relative path inside the run directory"

InsideRun = Annotated[str, Accepts(_inside_run, _INSIDE_RUN)]
CheckpointTemplate = Annotated[str, Accepts(_checkpoint_template, _INSIDE_RUN)]

"""The environment variables of child processes that import this package."""

import os
from collections.abc import Collection
from pathlib import Path


def child_environment(hidden: Collection[str] = ()) -> dict[str, str]:
    """Those of this process without the hidden ones; this very package can be imported.

    An empty entry of PYTHONPATH, which means the current directory, is left out.
    """
    here = str(Path(__file__).parents[2])
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = os.pathsep.join([here, *filter(None, entries)])
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"PYTHONPATH": path}

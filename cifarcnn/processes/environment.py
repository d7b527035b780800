"""The environment variables of child processes that import this package."""

import os
from collections.abc import Collection
from pathlib import Path


def child_environment(hidden: Collection[str] = ()) -> dict[str, str]:
    """Those of this process without the hidden ones; this very package can be imported."""
    here = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return kept | {"PYTHONPATH": path}

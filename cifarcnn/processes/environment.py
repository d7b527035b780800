"""The environment variables of this process and of its children."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path

_changed: dict[str, tuple[str | None, str | None]] = {}
"""Variables that starting a framework has changed in this process: as given, and as set."""


def note_changes(before: Mapping[str, str]) -> None:
    """Remember what has changed in this process's variables since `before`."""
    for name in before.keys() | os.environ.keys():
        given, now = before.get(name), os.environ.get(name)
        if given != now:
            _changed[name] = (_changed.get(name, (given, None))[0], now)


def given_environment() -> dict[str, str]:
    """The variables of this process without what starting a framework has changed in them.

    One that somebody has set since then stays as it is.
    """
    environment = dict(os.environ)
    for name, (given, now) in _changed.items():
        if environment.get(name) == now:
            environment.pop(name, None)
            if given is not None:
                environment[name] = given
    return environment


def child_environment(hidden: Collection[str] = ()) -> dict[str, str]:
    """Those given to this process without the hidden ones; this very package can be imported.

    An empty entry of PYTHONPATH, which means the current directory, is left out.
    """
    given = given_environment()
    here = str(Path(__file__).parents[2])
    entries = given.get("PYTHONPATH", "").split(os.pathsep)
    path = os.pathsep.join([here, *filter(None, entries)])
    kept = {name: value for name, value in given.items() if name not in hidden}
    return kept | {"PYTHONPATH": path}

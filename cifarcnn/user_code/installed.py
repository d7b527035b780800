"""Plug-ins of installed packages: the modules that they name in the group `cifarcnn.plugins`."""

import functools
import importlib
import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from cifarcnn.errors import UserError
from cifarcnn.user_code.sources import user_code

GROUP = "cifarcnn.plugins"


@dataclass(frozen=True)
class InstalledPlugin:
    """A module of an installed distribution that has been imported."""

    distribution: str
    version: str
    module: str


@functools.cache
def installed_plugins() -> tuple[InstalledPlugin, ...]:
    """The installed plug-ins; the first call imports them (finding out takes some milliseconds).

    Raises:
        UserError: importing one fails; names its distribution.
    """
    return tuple(_import(point) for point in importlib.metadata.entry_points(group=GROUP))


def _import(point: importlib.metadata.EntryPoint) -> InstalledPlugin:
    name = point.dist.name if point.dist else point.name
    version = point.dist.version if point.dist else "?"
    try:
        with user_code(_place(point.module)):
            importlib.import_module(point.module)
    except UserError as error:
        raise UserError(
            f"the plug-in {name} {version} fails: {error.message}",
            hint=f"repair it, or remove it: pip uninstall {name}",
        ) from error
    return InstalledPlugin(name, version, point.module)


def _place(module: str) -> Path | None:
    """The folder of a module's top-level package, or its file."""
    try:
        spec = importlib.util.find_spec(module.partition(".")[0])
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin)
    return path.parent if spec.submodule_search_locations else path

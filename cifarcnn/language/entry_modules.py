"""Which modules hold the entries of each kind.

`cifarcnn.entries` provides the table, so that the language itself imports no entry.
"""

import importlib
from collections.abc import Callable, Mapping

_modules: dict[str, str] = {}
_after: list[Callable[[], object]] = []


def provide(modules: Mapping[str, str], plugins: Callable[[], object]) -> None:
    """Set the module to import for each kind, and what then imports the installed plug-ins."""
    _modules.update(modules)
    _after[:] = [plugins]


def import_own(kind: str) -> None:
    """Import the package's own entries of a kind; each registers itself."""
    if kind in _modules:
        importlib.import_module(_modules[kind])


def import_all(kind: str) -> None:
    """Import the package's own entries of a kind, then the installed plug-ins.

    Raises:
        UserError: an installed plug-in fails.
    """
    import_own(kind)
    for plugins in _after:
        plugins()

"""Packages that not every command needs."""

import importlib.util
from collections.abc import Sequence

from cifarcnn.errors import UserError


def missing_modules(modules: Sequence[str]) -> list[str]:
    """Those that cannot be imported; nothing is imported."""
    return [name for name in modules if importlib.util.find_spec(name) is None]


def require_extra(extra: str, modules: Sequence[str], what: str) -> None:
    """Check that the modules of an optional extra can be imported; nothing is imported.

    Raises:
        UserError: one is missing; the message says what needs it and what to install.
    """
    missing = missing_modules(modules)
    if missing:
        raise UserError(
            f"{what} needs what is not installed ({', '.join(missing)}): "
            f"pip install 'cifarcnn[{extra}]'"
        )

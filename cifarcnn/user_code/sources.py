"""Running code that is not ours, and saying where in it something went wrong.

Nothing here is imported from a run or a checkpoint: code comes from an installed package
(`installed.py`) or from a file that the user names each time (`files.py`).
"""

import contextlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import ModuleType

from cifarcnn.errors import CifarcnnError, RegistrationError, UserError

_FRAMEWORKS = ("keras", "tensorflow", "jax", "torch")
_LONGEST_SHOWN = 300

_places: list[Path] = []
"""The files, and the folders of packages, whose code is not ours."""


class _EarlyFrameworkError(ImportError):
    """A plug-in imports a framework while it is read."""


@contextlib.contextmanager
def user_code(place: Path | None = None) -> Iterator[None]:
    """Inside it code is read that is not ours; `place` is its file, or the folder of its package.

    What it prints goes to standard error, since standard output is for results. A framework may
    not be imported yet: it would be set up for another device than the one that is chosen later.

    Raises:
        UserError: the code fails; names file, line and exception.
    """
    if place:
        _places.append(place)
    finder = _NoFrameworks()
    sys.meta_path.insert(0, finder)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except CifarcnnError:
        raise
    except (Exception, SystemExit) as error:
        unplaced = f"{_shown(str(place))}: {_what(error)}" if place else _what(error)
        raise mistake_in_user_code(error) or UserError(unplaced) from error
    finally:
        sys.meta_path.remove(finder)


def mistake_in_user_code(error: BaseException) -> UserError | None:
    """An exception as one line with file and line; None if it has nothing to do with user code."""
    where = _innermost(error)
    return UserError(f"{where}: {_what(error)}") if where else None


def _innermost(error: BaseException) -> str | None:
    """`file:line` of the innermost line of user code that an exception came through."""
    if isinstance(error, SyntaxError) and error.filename and _is_user_code(error.filename):
        return f"{_shown(error.filename)}:{error.lineno or 1}"
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if _is_user_code(frame.filename):
            return f"{_shown(frame.filename)}:{frame.lineno}"
    return None


def _is_user_code(filename: str) -> bool:
    path = Path(filename)
    return any(path == place or place in path.parents for place in _places)


def _shown(filename: str) -> str:
    """The path from here if it lies below, else the whole path."""
    with contextlib.suppress(ValueError, OSError):
        return str(Path(filename).relative_to(Path.cwd()))
    return filename


def _what(error: BaseException) -> str:
    if isinstance(error, RegistrationError | _EarlyFrameworkError):
        return str(error)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # Keras announces the cause of an error inside call() in a first line that says nothing else.
    announced = len(lines) > 1 and lines[0].endswith("encountered:")
    line = lines[int(announced)] if lines else ""
    shown = line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}..."
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__


class _NoFrameworks(MetaPathFinder):
    """Refuses to import a framework that has not been imported yet."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        """Raise for a framework; leave everything else to the finders after this one."""
        if fullname in _FRAMEWORKS:
            raise _EarlyFrameworkError(
                f"imports {fullname} when it is read, before a device is chosen: import "
                f"{fullname} inside build()"
            )

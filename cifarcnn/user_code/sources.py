"""Running code that is not ours, and saying where in it something went wrong.

Nothing here is imported from a run or a checkpoint: code comes from an installed package
(`installed.py`) or from a file that the user names each time (`code_option.py`).
"""

import contextlib
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from cifarcnn.errors import CifarcnnError, RegistrationError, UserError

_FRAMEWORKS = ("keras", "tensorflow", "jax", "torch")
_LONGEST_SHOWN = 300

_places: list[Path] = []
"""The files, and the folders of packages, whose code is not ours."""


@contextlib.contextmanager
def user_code(place: Path | None = None) -> Iterator[None]:
    """Inside it code is read that is not ours; `place` is its file, or the folder of its package.

    What it prints goes to standard error, since standard output is for results. A framework may
    not be imported yet: it would be set up for another device than the one that is chosen later.

    Raises:
        UserError: the code fails (names file, line and exception), or it imports a framework.
    """
    if place:
        _places.append(place)
    before = _frameworks()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except CifarcnnError:
        raise
    except (Exception, SystemExit) as error:
        unplaced = f"{_shown(str(place))}: {_what(error)}" if place else _what(error)
        raise mistake_in_user_code(error) or UserError(unplaced) from error
    if new := [name for name in _frameworks() if name not in before]:
        raise _imported_too_early(new, place)


def _frameworks() -> list[str]:
    """Those that have been imported."""
    return [name for name in _FRAMEWORKS if name in sys.modules]


def _imported_too_early(new: list[str], place: Path | None) -> UserError:
    """The error for frameworks that user code has imported; one of them imports others itself."""
    where, framework = _import_statement(new, place) if place else ("", new[0])
    return UserError(
        f"{where}imports {framework} when it is read, before a device is chosen: import "
        f"{framework} inside build()"
    )


def _import_statement(names: list[str], place: Path) -> tuple[str, str]:
    """`file:line: ` and the name of the first import at the beginning of a line, else `place: `."""
    statement = re.compile(rf"(?:import|from)\s+({'|'.join(names)})\b")
    for file in [place] if place.is_file() else sorted(place.rglob("*.py")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        for number, line in enumerate(lines, start=1):
            if match := statement.match(line):
                return f"{_shown(str(file))}:{number}: ", match[1]
    return f"{_shown(str(place))}: ", names[0]


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
    if isinstance(error, RegistrationError):
        return str(error)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # Keras announces the cause of an error inside call() in a first line that says nothing else.
    announced = len(lines) > 1 and lines[0].endswith("encountered:")
    line = lines[int(announced)] if lines else ""
    shown = line if len(line) <= _LONGEST_SHOWN else f"{line[:_LONGEST_SHOWN]}..."
    return f"{type(error).__name__}: {shown}" if shown else type(error).__name__

"""`cifarcnn report`: the page about a run as a file."""

from collections.abc import Callable
from pathlib import Path

from cifarcnn.errors import CifarcnnError, UserError, os_reason
from cifarcnn.files.atomic import write_text
from cifarcnn.report.page import MARK

ELSEWHERE = "name a file that you can write to with --output"


def require_place(path: Path) -> None:
    """Check that a report may be written there: nothing is there, or an earlier report.

    Raises:
        UserError: something else is there, or there is no such folder.
    """
    try:
        if not path.parent.is_dir():
            raise UserError(f"there is no folder {path.parent} to write {path.name} to")
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise UserError(f"{path} is not a regular file, so it is not replaced", ELSEWHERE)
        if path.exists():
            with path.open("rb") as file:
                if file.read(len(MARK)) != MARK.encode():
                    raise UserError(f"{path} exists and is not a report of cifarcnn", ELSEWHERE)
    except OSError as error:
        raise UserError(f"cannot write {path}: {os_reason(error)}", ELSEWHERE) from error


def write_page(path: Path, make: Callable[[], str]) -> int:
    """Write a page atomically; returns its bytes.

    Raises:
        UserError: something else is in its place.
        CifarcnnError: it cannot be written.
    """
    require_place(path)
    text = make()
    try:
        write_text(path, text)
    except OSError as error:
        raise CifarcnnError(f"cannot write {path}: {os_reason(error)}", ELSEWHERE) from error
    return len(text.encode())

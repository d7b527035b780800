"""What the processes that `cifarcnn benchmark` starts are told, and how they end."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from cifarcnn.errors import CifarcnnError


def run_child(description: str, work: Callable[[Path, Path, Path | None], None]) -> None:
    """Call `work` with the spec, the path to write to and the place of the data.

    Code of the user's own runs before. What goes wrong is on standard error, and the process ends
    with its exit code.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("spec", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--code", type=Path, action="append", default=[])
    options = parser.parse_args()
    try:
        for file in options.code:
            from cifarcnn.user_code.code_option import run_code_file

            run_code_file(file)
        work(options.spec, options.target, options.data_dir)
    except CifarcnnError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)

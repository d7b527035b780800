"""The commands that messages tell the user to type next."""

import shlex
from pathlib import Path


def next_command(verb: str, path: Path, data_dir: Path | None = None) -> str:
    """A command on a run or a checkpoint that can be pasted, with the data of this run."""
    words = ["cifarcnn", verb, str(path)]
    if data_dir is not None:
        words += ["--data-dir", str(data_dir)]
    return shlex.join(words)

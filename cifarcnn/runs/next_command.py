"""The commands that messages tell the user to type next."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from cifarcnn.language.constants import BackendName
from cifarcnn.runtime.backends import DEFAULT_BACKEND
from cifarcnn.user_code.code_option import code_files


def next_command(
    verb: str,
    path: Path,
    data_dir: Path | None = None,
    code: Sequence[Path] = (),
    backend: BackendName | None = None,
) -> str:
    """A command on a run or a checkpoint that can be pasted, with the data and code of this run.

    `code` are files for `--code` beside those that were given to this process; `backend` is named
    if the command would take another one by itself.
    """
    words = ["cifarcnn", verb, str(path)]
    if backend not in (None, DEFAULT_BACKEND):
        words += ["--backend", str(backend)]
    if data_dir is not None:
        words += ["--data-dir", str(data_dir)]
    for file in [*(file.path for file in code_files()), *code]:
        words += ["--code", str(file)]
    return shlex.join(words)

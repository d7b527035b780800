"""Runs the checkpoint sandbox in forked processes, for tests that need it thousands of times.

Each request is a line of JSON on standard input, the arguments of `sandbox.main`; each answer one
on standard output. A forked process runs the very same function under the same limits as the real
child process; what it saves is the start of Python and the import of numpy and h5py.
"""

import contextlib
import json
import os
import signal
import sys
import tempfile
import traceback

import h5py  # noqa: F401 - so that the forked processes need not
import numpy as np  # noqa: F401

from cifarcnn.checkpoints import sandbox

WALL_SECONDS = 180


def serve() -> None:
    for line in sys.stdin:
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            pid = os.fork()
            if pid == 0:
                _run(json.loads(line), output.fileno(), errors.fileno())
            _, status = os.waitpid(pid, 0)
            texts = []
            for file in (output, errors):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        print(json.dumps([os.waitstatus_to_exitcode(status), *texts]), flush=True)


def _run(arguments: list[str], output: int, errors: int) -> None:
    signal.alarm(WALL_SECONDS)
    os.dup2(output, 1)
    os.dup2(errors, 2)
    code = 1
    try:
        with (
            open(1, "w", closefd=False, errors="replace") as sys.stdout,
            contextlib.redirect_stdout(sys.stdout),
        ):
            code = sandbox.main(*arguments)
    except BaseException:  # noqa: BLE001 - it becomes the text and the code of a failed process
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()

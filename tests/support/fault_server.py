"""Runs `cifarcnn` in forked processes in which one write call fails, or every one from there on.

Each request is a line of JSON on standard input: `folder` to work in, `arguments` of the command
line, the `run` directory, `kind` of fault and the number `at` which it comes. The answer has the
exit code, both outputs, and the write calls that were made. TensorFlow is imported once, before its
threads start, which a fork would lose.

Calls that count: open for writing, write, flush (which writes), fsync, truncate, rename, mkdir and
unlink of anything in the run directory. `file size` lets the system itself refuse what goes beyond
so many bytes of a file, also to C code.
"""

import _pyio
import builtins
import errno
import functools
import io
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.environment import prepare_environment

KINDS = ("none", "once", "from then on", "kill", "file size")
WALL_SECONDS = 120
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class FaultLayer:
    """Stands between Python and the system; counts write calls below a folder and fails some."""

    def __init__(self, folder: str, kind: str, at: int, log: int) -> None:
        self._folder, self._kind, self._at, self._log = folder, kind, at, log
        self._count = 0
        self._os_write = os.write

    def install(self) -> None:
        """Replace the functions that write."""
        for name in ("replace", "rename"):
            self._wrap(os, name, lambda source, target, **more: target)
        for name in ("mkdir", "unlink", "remove"):
            self._wrap(os, name, lambda path, *more, **others: path)
        for name in ("fsync", "ftruncate", "pwrite"):
            self._wrap(os, name, lambda descriptor, *more: _path_of(descriptor))
        self._wrap(os, "open", lambda path, flags, *_, **__: path if flags & _WRITING else None)
        self._wrap(os, "write", lambda descriptor, data: _path_of(descriptor))
        c_open = builtins.open

        def python_open(file: Any, mode: str = "r", *more: Any, **others: Any) -> Any:
            """Files in the folder are written by Python's own classes, through `os.write`."""
            inside = isinstance(file, str | os.PathLike) and self._is_inside(file)
            opener = _pyio.open if inside and set(mode) & set("wax+") else c_open
            return opener(file, mode, *more, **others)

        builtins.open = io.open = python_open

    def _wrap(self, module: Any, name: str, path_of: Callable[..., Any]) -> None:
        real = getattr(module, name)

        def counting(*arguments: Any, **more: Any) -> Any:
            path = path_of(*arguments, **more)
            if path is not None:
                self._call(name, path, arguments if name == "write" else None)
            return real(*arguments, **more)

        setattr(module, name, counting)

    def _call(self, name: str, path: Any, written: tuple[Any, ...] | None) -> None:
        if not self._is_inside(path):
            return
        self._count += 1
        fails = self._count == self._at or (self._count > self._at and self._kind != "once")
        fails = fails and self._kind in ("once", "from then on", "kill")
        mark = "!" if fails else " "
        relative = os.path.relpath(os.fspath(path), self._folder)
        self._os_write(self._log, f"{mark}{name} {relative}\n".encode())
        if not fails:
            return
        if written and self._count % 2:  # half of it arrives
            descriptor, data = written
            self._os_write(descriptor, bytes(data)[: len(data) // 2])
        if self._kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        code = errno.EIO if name == "fsync" else errno.ENOSPC
        raise OSError(code, os.strerror(code), os.fspath(path))

    def _is_inside(self, path: Any) -> bool:
        if isinstance(path, int):
            return False
        full = str(Path(os.fsdecode(path)).absolute())
        return full == self._folder or full.startswith(self._folder + os.sep)


def _path_of(descriptor: int) -> str | None:
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink()).removesuffix(" (deleted)")
    except OSError:
        return None


def serve() -> None:
    prepare_environment(choose_device("cpu"), RuntimeSpec())
    import h5py  # noqa: F401
    import keras  # noqa: F401
    import matplotlib.figure  # noqa: F401

    import cifarcnn.checkpoints.write
    import cifarcnn.training.loop
    import cifarcnn.training.resume
    import cifarcnn.training.train  # noqa: F401
    from cifarcnn.data import demo

    demo.generate = functools.cache(demo.generate)  # the same for every process
    demo.generate()
    for line in sys.stdin:
        request = json.loads(line)
        files = [tempfile.TemporaryFile() for _ in range(3)]  # noqa: SIM115 - closed below
        pid = os.fork()
        if pid == 0:
            _work(request, *(file.fileno() for file in files))
        _, status = os.waitpid(pid, 0)
        texts = []
        for file in files:
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
            file.close()
        print(json.dumps([os.waitstatus_to_exitcode(status), *texts]), flush=True)


def _work(request: dict[str, Any], output: int, errors: int, log: int) -> NoReturn:
    code: Any = 70
    try:
        signal.alarm(WALL_SECONDS)
        os.dup2(output, 1)
        os.dup2(errors, 2)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), write_through=True)
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), write_through=True)
        os.chdir(request["folder"])
        if request["kind"] == "file size":
            most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["at"], most))
        FaultLayer(request["run"], request["kind"], request["at"], log).install()
        from cifarcnn.cli import main

        sys.argv = ["cifarcnn", *request["arguments"]]
        main()
    except SystemExit as end:
        code = 0 if end.code is None else end.code
    except BaseException:  # noqa: BLE001 - what a process would end with
        os.write(2, traceback.format_exc().encode())
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    serve()

"""Running Python in a process of its own that has JAX and no TensorFlow."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from cifarcnn.processes.environment import child_environment

needs_jax = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="JAX is not installed (cifarcnn[jax])"
)

_WITHOUT_TENSORFLOW = """
import importlib.abc, importlib.metadata, runpy, sys

class NotInstalled(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ModuleNotFoundError(f"No module named {name!r}")
        return None

sys.meta_path.insert(0, NotInstalled())
sys.argv = sys.argv[1:]
sys.path[0] = ""
if sys.argv[0] == "cifarcnn":
    from cifarcnn.cli import main
    main()
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run_on_jax(
    folder: Path, *arguments: str | Path, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run `cifarcnn ...` or a Python file with JAX in a folder, as if TensorFlow were missing.

    It is compiled as fast as can be, and kept in the folder for the next process.
    """
    compiling = {
        "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
        "JAX_COMPILATION_CACHE_DIR": str(folder / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "0",
    }
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_TENSORFLOW, *map(str, arguments)],
        cwd=folder,
        env=child_environment() | compiling | {"CIFARCNN_BACKEND": "jax"} | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )

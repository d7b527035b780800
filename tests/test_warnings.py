"""Whose warnings fail the tests: those of our own modules, not those inside other packages."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

TESTS = """\
import threading
import warnings

import pytest


def warn_in(module, stacklevel=1):
    code = f"import warnings\\ndef warn(): warnings.warn('old', {stacklevel=})"
    names = {"__name__": module}
    exec(code, names)
    names["warn"]()


@pytest.mark.parametrize("module", ["cifarcnn", "cifarcnn.data.splits", "tests.mutations"])
def test_ours(module):
    warn_in(module)


def test_ours_in_a_test():
    warnings.warn("old", DeprecationWarning)


def test_ours_by_the_call_of_another_package():
    warn_in("matplotlib.figure", stacklevel=3)


def test_ours_in_a_thread():
    thread = threading.Thread(target=warn_in, args=["cifarcnn"])
    thread.start()
    thread.join()


@pytest.mark.parametrize("module", ["matplotlib.figure", "keras.src.layers", "cifarcnn_mlflow"])
def test_theirs(module):
    warn_in(module)
"""


def test_warnings_are_errors_in_our_modules_alone(tmp_path: Path) -> None:
    (tmp_path / "test_tiny.py").write_text(TESTS)
    options = ["-c", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-n", "0", "-v"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *map(str, options), tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    outcomes = re.findall(r"::test_(ours|theirs)\S* (PASSED|FAILED)", done.stdout)
    assert outcomes == [("ours", "FAILED")] * 6 + [("theirs", "PASSED")] * 3, done.stdout
    listed = done.stdout.partition("warnings summary")[2]
    assert "test_theirs[matplotlib.figure]" in listed, done.stdout

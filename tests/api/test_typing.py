"""The types of the public API, as mypy sees them."""

import subprocess
import sys

from tests.support.paths import ROOT


def test_the_code_of_a_user_passes_mypy_strictly() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "tests/api/typed_use.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

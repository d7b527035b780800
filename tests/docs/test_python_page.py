"""The page about Python: each block of code runs, in the order of the page."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cifarcnn
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_code_of_the_page_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == PAGE.count("```") // 2
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=tmp_path,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "did you mean 'quickstart'?" in done.stdout
    assert "cannot change to JAX" in done.stdout or "needs JAX" in done.stdout
    assert done.stderr == ""


def test_the_page_names_every_function() -> None:
    functions = [name for name in cifarcnn.__all__ if name.islower()]
    rows = re.findall(r"^\| `(\w+)\(", PAGE, re.MULTILINE)
    assert sorted(rows) == sorted(functions)
    for name in re.findall(r"cifarcnn\.(\w+)", PAGE):
        assert hasattr(cifarcnn, name), name

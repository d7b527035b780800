"""The notebook of the examples: it runs, and its outputs are those of such a run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import EXAMPLES

NOTEBOOK = EXAMPLES / "first_steps.ipynb"

EXECUTE = """
import sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
nbformat.write(notebook, "executed.ipynb")
"""


def cells_of(path: Path) -> list[dict[str, Any]]:
    """The cells of code."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def kinds(cell: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """What a cell has shown, without the content."""
    return [(out["output_type"], sorted(out.get("data", ()))) for out in cell["outputs"]]


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook after a fresh run in an empty folder."""
    for package in ("nbclient", "ipykernel", "pandas"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("notebook")
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, str(NOTEBOOK)],
        cwd=folder,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "executed.ipynb"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_it_runs_and_shows_what_its_outputs_show(executed: Path) -> None:
    shown, now = cells_of(NOTEBOOK), cells_of(executed)
    assert [kinds(cell) for cell in now] == [kinds(cell) for cell in shown]
    assert [cell["source"] for cell in now] == [cell["source"] for cell in shown]


@pytest.mark.slow
def test_progress_is_one_output_that_rich_has_rendered(executed: Path) -> None:
    (cell,) = (cell for cell in cells_of(executed) if "progress=True" in "".join(cell["source"]))
    (output,) = cell["outputs"]
    html, text = ("".join(output["data"][kind]) for kind in ("text/html", "text/plain"))
    for part in ("spec", "seed 7", "val accuracy", "1/2", "2/2"):
        assert part in html and part in text
    assert "images/s" not in html  # the bar is gone


def test_its_outputs_name_no_place_of_a_machine() -> None:
    content = re.sub(r"data:image/png;base64,[\w+/=]+", "", NOTEBOOK.read_text(encoding="utf-8"))
    for cell in json.loads(content)["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/png", None)
            text = json.dumps(output)
            assert not re.search(r"(?<![\w<])/(home|root|tmp|work|usr|Users|opt|mnt)\b", text), text
    assert NOTEBOOK.stat().st_size < 700_000

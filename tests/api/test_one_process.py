"""Several trainings in one process give what each would give in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.run import history_of, run_cifarcnn, summary_of
from tests.support.specs import TINY

OTHER = """\
name: other
data: {dataset: demo, limit: 400, augment: [flip]}
model:
  layers:
    - conv2d: {filters: 6, kernel_size: 3, strides: 3}
    - flatten
    - dropout: {rate: 0.5}
    - dense: {units: 10}
training:
  epochs: 2
  optimizer: {sgd: {learning_rate: 0.01, momentum: 0.9}}
"""

TRAINS = """
import cifarcnn

settings = {"runtime.deterministic": True}
cifarcnn.train("tiny.yaml", set=settings, output="three")
cifarcnn.train("tiny.yaml", seed=4, set=settings, output="four")
cifarcnn.train("other.yaml", epochs=1, output="fast")  # switches deterministic operations off
cifarcnn.train(cifarcnn.load_spec("other.yaml", set=settings), output="other")
"""

FRESH = {
    "four": ["tiny.yaml", "--seed", "4"],
    "other": ["other.yaml"],
}


pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the runs of one process."""
    path = tmp_path_factory.mktemp("one")
    (path / "tiny.yaml").write_text(TINY)
    (path / "other.yaml").write_text(OTHER)
    done = subprocess.run(
        [sys.executable, "-c", TRAINS],
        cwd=path,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "" and done.stderr == ""  # it is silent
    yield path


@pytest.mark.parametrize("name", FRESH)
def test_a_training_equals_that_of_a_fresh_process_to_the_last_digit(
    folder: Path, name: str
) -> None:
    fresh = folder / f"fresh-{name}"
    done = run_cifarcnn(folder, "train", *FRESH[name], "--deterministic", "--output", fresh)
    assert done.returncode == 0, done.stderr
    assert history_of(folder / name) == history_of(fresh)
    one, other = summary_of(folder / name), summary_of(fresh)
    for key in ("digest", "test_loss", "test_accuracy", "seed"):
        assert one[key] == other[key], key
    assert (folder / name / "spec.yaml").read_text() == (fresh / "spec.yaml").read_text()


def test_seeds_and_specs_differ(folder: Path) -> None:
    assert len({summary_of(folder / name)["digest"] for name in ("three", "four", "other")}) == 3

"""A new run that fails before its first state."""

from pathlib import Path

import pytest

from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.untrained import removed_if_untrained
from tests.support.run import Cifarcnn

BEGINNING = (".lock", "spec.yaml", "record.json")


def fail_in(folder: Path, *more: str, made: bool = True) -> list[str]:
    """Fail in a run's folder; returns what was told."""
    folder.mkdir(exist_ok=True)
    for name in (*BEGINNING, *more):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    told: list[str] = []
    with (
        pytest.raises(ValueError, match="no network"),
        removed_if_untrained(RunDirectory(folder), made=made, told=told.append),
    ):
        raise ValueError("no network")
    return told


def test_a_run_without_anything_trained_goes(tmp_path: Path) -> None:
    (tmp_path / "run" / "logs").mkdir(parents=True)  # made by a callback
    told = fail_in(tmp_path / "run")
    assert told == [f"nothing was trained, so {tmp_path / 'run'} is gone again"]
    assert not (tmp_path / "run").exists()


def test_a_folder_that_was_there_before_stays(tmp_path: Path) -> None:
    fail_in(tmp_path, made=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["state/epoch-000000.npz", "checkpoint.h5", "history.csv", "logs/spec.yaml"]
)
def test_a_run_with_anything_else_stays_as_it_is(tmp_path: Path, name: str) -> None:
    assert fail_in(tmp_path / "run", name) == []
    assert all((tmp_path / "run" / kept).exists() for kept in (*BEGINNING, name))


WRONG = """\
from cifarcnn.plugins import LAYERS, Layer
@LAYERS.register("liar")
class Liar(Layer):
    def output_shape(self, shape):
        return shape
    def build(self, **more):
        import keras
        return keras.layers.Dense(7, **more)
"""


@pytest.mark.slow
def test_a_network_that_cannot_be_built_leaves_no_run(cifarcnn: Cifarcnn, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(WRONG)
    (tmp_path / "a.yaml").write_text(
        "name: a\ndata: {dataset: demo, limit: 200}\n"
        "model: {layers: [flatten, liar, dense: {units: 10}]}\n"
    )
    done = cifarcnn("train", "a.yaml", "--code", "wrong.py", "--output", "run")
    assert done.returncode == 2
    assert "its output_shape() should be (3072,), but build() gives (7,)" in done.stderr
    assert "nothing was trained, so run is gone again" in done.stderr
    assert not (tmp_path / "run").exists()

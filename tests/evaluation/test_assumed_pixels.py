"""What a checkpoint of plain Keras is given if nobody says what it expects: by how it begins."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from cifarcnn.checkpoints.keras_config import rescales_pixels
from cifarcnn.checkpoints.write import write_checkpoint
from cifarcnn.data.cifar10 import members
from cifarcnn.language.load import parse_spec
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.networks.build import build_network, without_softmax
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on
from tests.support import fake_cifar10
from tests.support.command import invoke

# Keras' writer of .h5 files hands NumPy variables that do not know NumPy 2's `copy`.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SPEC = """\
name: small
data: {{pixels: {pixels}}}
model:
  layers:
    - {first}
    - conv2d: {{filters: 4, kernel_size: 5, strides: 4, activation: relu}}
    - flatten
    - dense: {{units: 10, activation: softmax}}
"""
BRANCHES = "residual: {layers: [conv2d: {filters: 3, kernel_size: 3, padding: same}]}"


@pytest.fixture(autouse=True)
def _tiny_cifar10(tmp_path: Path) -> Iterator[None]:
    """A folder to work in, with a tiny CIFAR-10 that has ten classes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fake_cifar10, "CLASSES", tuple(f"class {label}" for label in range(10)))
        files = fake_cifar10.make_files()
        fake_cifar10.pack(tmp_path / "data.tar.gz", fake_cifar10.entries(files))
        patch.setattr(members, "CIFAR10", fake_cifar10.release_of(files))
        patch.setenv("CIFARCNN_DATA_DIR", str(tmp_path / "data.tar.gz"))
        patch.chdir(tmp_path)
        yield


def make(pixels: str, first: str = "activation: {activation: linear}") -> None:
    """A checkpoint with random weights, which rescales its pixels as the spec says."""
    start_on(DeviceChoice((), "tests"), RuntimeSpec())
    spec = parse_spec(SPEC.format(pixels=pixels, first=first), "small.yaml")
    layers = without_softmax(spec.model.layers)
    model = build_network(spec.name, pixel_rescaling(spec.data), layers)
    generator = np.random.default_rng(3)
    scale = 0.001 if pixels == "raw" else 0.2
    model.set_weights([generator.normal(0, scale, w.shape) for w in model.get_weights()])
    write_checkpoint(Path("checkpoint.h5"), spec, model)


def run(*words: str) -> Result:
    result = invoke(words)
    assert result.exit_code == 0, result.output
    return result


def scores(path: str, *words: str) -> Any:
    return json.loads(run("evaluate", path, "--json", *words).stdout)


def assert_same(path: str, *words: str) -> None:
    """A file scores like the checkpoint that it was made from."""
    one, other = scores("checkpoint.h5"), scores(path, *words)
    assert other["pixels"] == "raw"
    assert other["test_accuracy"] == one["test_accuracy"]
    assert other["test_loss"] == pytest.approx(one["test_loss"], rel=1e-5)
    assert scores(path, "--pixels", "unit", *words)["test_loss"] != pytest.approx(
        one["test_loss"], rel=1e-3
    )


@pytest.mark.parametrize("pixels", ["unit", "standard", "raw"])
def test_a_checkpoint_that_keras_has_saved_again_scores_the_same(pixels: str) -> None:
    import keras

    make(pixels)
    keras.models.load_model("checkpoint.h5", compile=False).save("again.keras")
    assert_same("again.keras")
    lines = run("evaluate", "again.keras").stdout.splitlines()
    label = "pixels                   "
    assert f"{label}raw   (assumed: it rescales them; else --pixels unit)" in lines
    assert "assumed" not in run("evaluate", "again.keras", "--pixels", "raw").stdout
    assert "assumed" not in run("evaluate", "checkpoint.h5").stdout


def test_an_export_scores_as_the_checkpoint() -> None:
    make("standard")
    run("export", "checkpoint.h5", "--format", "h5", "--output", "exported.h5")
    assert_same("exported.h5")


@pytest.mark.slow
def test_an_export_with_branches_scores_as_the_checkpoint() -> None:
    make("unit", BRANCHES)
    run("export", "checkpoint.h5", "--format", "keras", "--output", "exported.keras")
    assert_same("exported.keras", "--trust")


def model(*rows: Any, kind: str = "Sequential") -> dict[str, Any]:
    return {"class_name": kind, "config": {"layers": [{"class_name": "InputLayer"}, *rows]}}


def rescaling(scale: Any, name: str = "rescaling") -> dict[str, Any]:
    return {"class_name": "Rescaling", "config": {"name": name, "scale": scale, "offset": -1.0}}


FLATTEN = {"class_name": "Flatten", "config": {"name": "flatten"}}
ARRAY = {"class_name": "__numpy__", "config": {"value": [0.017, 0.018], "dtype": "float64"}}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (model(rescaling(1 / 255)), True),
        (model(rescaling(1 / 127.5), kind="Functional"), True),
        (model(rescaling([1 / 63, 1 / 62, 1 / 67])), True),
        (model(rescaling(ARRAY)), True),
        (model(model(rescaling(1 / 255)), FLATTEN), True),
        (model(rescaling(1.0, name="pixels")), True),
        (model(rescaling(2.0)), False),
        (model(rescaling([1 / 255, 2.0])), False),
        (model(FLATTEN, rescaling(1 / 255)), False),
        (model(rescaling(None)), False),
        (model(), False),
        (model({"class_name": "Rescaling", "config": 7}, 7), False),
        ({"class_name": ["Sequential"], "config": {}}, False),
        ({"class_name": "Sequential", "config": {"layers": 7}}, False),
        ([1], False),
    ],
)
def test_a_network_that_rescales_pixels_is_told_by_its_config(config: Any, expected: bool) -> None:
    assert rescales_pixels(config) is expected

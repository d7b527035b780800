"""`cifarcnn export` of a network with a layer of the user's own, in formats that name its class."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cifarcnn.checkpoints.write import write_checkpoint
from cifarcnn.data.load import load_dataset
from cifarcnn.exporting import export as export_module
from cifarcnn.language.load import parse_spec
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.networks.build import build_network
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on
from cifarcnn.user_code.code_option import run_code_file
from tests.support.command import invoke

# Keras' writer of .h5 files hands NumPy variables that do not know NumPy 2's `copy`.
pytestmark = [
    pytest.mark.usefixtures("forgetting"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]

SPEC = """\
name: own
data: {dataset: demo}
model:
  layers:
    - max_pooling2d: {pool_size: 4}
    - locally_connected2d: {filters: 3, kernel_size: 3, activation: relu}
    - flatten
    - dense: {units: 10, activation: softmax}
"""


@pytest.mark.parametrize("name", ["keras", pytest.param("h5", marks=pytest.mark.slow)])
def test_the_file_is_verified_with_the_code_that_was_given(
    examples: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    demo = load_dataset("demo")
    few = replace(demo, test=demo.test.take(range(0, 2000, 40)))
    monkeypatch.setattr(export_module, "begin_loading", lambda *_: lambda: few)
    monkeypatch.chdir(examples)
    start_on(DeviceChoice((), "tests"), RuntimeSpec())
    run_code_file(Path("locally_connected2d.py"))
    spec = parse_spec(SPEC, "own.yaml")
    model = build_network(spec.name, pixel_rescaling(spec.data), spec.model.layers)
    generator = np.random.default_rng(3)
    model.set_weights([generator.normal(0, 0.2, w.shape) for w in model.get_weights()])
    write_checkpoint(Path("checkpoint.h5"), spec, model)
    words = ["export", "checkpoint.h5", "--format", name, "--code", "locally_connected2d.py"]
    result = invoke(words)
    assert result.exit_code == 0, result.output
    assert "same class   50 of 50 test images" in result.stdout
    assert Path(f"checkpoint-export.{name}").exists()

"""Networks that no memory holds, or that give no numbers: one line, whatever runs them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cifarcnn.checkpoints.read import read_checkpoint_file
from cifarcnn.checkpoints.write import write_checkpoint
from cifarcnn.data.dataset import Dataset, Split
from cifarcnn.errors import UserError
from cifarcnn.evaluation import evaluate as evaluate_module
from cifarcnn.evaluation import logits as logits_module
from cifarcnn.evaluation.logits import require_memory
from cifarcnn.exporting import export as export_module
from cifarcnn.language.load import parse_spec
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.networks.build import build_network
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.processes.machine import machine_memory
from cifarcnn.runtime.devices import DeviceChoice, Gpu
from cifarcnn.runtime.start import start_on
from tests.support.command import invoke

# Keras' writer of .h5 files hands NumPy variables that do not know NumPy 2's `copy`.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SPEC = "name: a\ndata: {dataset: demo, pixels: raw}\nmodel:\n  layers:\n"
HUGE = """\
    - zero_padding2d: {padding: 1024}
    - conv2d: {filters: 200, kernel_size: 3}
    - global_average_pooling2d
    - dense: {units: 10}
"""
OVERFLOWING = """\
    - flatten
    - dense: {units: 10, use_bias: false}
"""
CPU = DeviceChoice((), "tests")
GIB = 1024**3


def make(layers: str, fill: Callable[[Any], Any] = lambda array: array) -> None:
    """A checkpoint of the layers, with weights that `fill` changes."""
    start_on(CPU, RuntimeSpec())
    spec = parse_spec(SPEC + layers, "a.yaml")
    model = build_network(spec.name, pixel_rescaling(spec.data), spec.model.layers)
    model.set_weights([fill(weight) for weight in model.get_weights()])
    write_checkpoint(Path("checkpoint.h5"), spec, model)


def right_of(value: int) -> Any:
    """Images whose left half is black, the right one of a value."""
    images = np.zeros((20, 32, 32, 3), np.uint8)
    images[:, :, 16:] = value
    return images


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to work in, with an image, and few test images that are like it."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(right_of(255)[0]).save("right.png")
    Image.fromarray(right_of(255)[0, :, ::-1]).save("left.png")
    split = Split(right_of(255), np.zeros(20, np.uint8))
    classes = tuple(f"class {label}" for label in range(10))
    few = Dataset("demo", "few", classes, split, split, "generated", "")
    for module in (evaluate_module, export_module):
        monkeypatch.setattr(module, "begin_loading", lambda *_: lambda: few)


def refused(reason: str, *words: str) -> None:
    result = invoke(words)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert lines == [f"error: checkpoint.h5{reason}"] and "Traceback" not in result.stderr


EVALUATE = ("evaluate", "checkpoint.h5", "--quiet")
EXPORT = ("export", "checkpoint.h5", "--format", "keras", "--quiet")


def test_a_network_that_no_memory_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    make(HUGE)
    monkeypatch.setattr(logits_module, "machine_memory", lambda: 512 * GIB)
    what = " is refused: the output of its conv2d_1, 2078 x 2078 x 200, takes"
    for command in (EVALUATE, EXPORT):
        refused(f"{what} 804.3 GiB for a batch of 250; at most 64.0 GiB", *command)
    monkeypatch.setattr(logits_module, "machine_memory", lambda: 2 * GIB)
    little = " 3.2 GiB for a batch of 1; this machine has 2.0 GiB"
    refused(f"{what}{little}", "predict", "checkpoint.h5", "left.png")


def test_what_may_fit_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU's memory is not known; a machine's may be so little that few images are too many."""
    make(HUGE)
    file = read_checkpoint_file(Path("checkpoint.h5"))
    monkeypatch.setattr(logits_module, "machine_memory", lambda: 16 * GIB)
    require_memory(file, CPU, 4)
    require_memory(file, DeviceChoice((Gpu(0, "a GPU", "GPU-0"),), "tests"), 19)
    with pytest.raises(UserError, match="for a batch of 5; this machine has 16"):
        require_memory(file, CPU, 5)
    monkeypatch.setattr(logits_module, "machine_memory", lambda: None)
    require_memory(file, CPU, 19)


def test_the_memory_of_this_machine_is_known() -> None:
    assert 1 < (machine_memory() or 0) / GIB < 100_000


def test_outputs_that_are_no_numbers_are_refused() -> None:
    """Finite weights that overflow: for the right half at once, for the left only mirrored."""
    reason = ": its network gives outputs that are not finite numbers"
    predict = ("predict", "checkpoint.h5")

    def huge_left(kernel: Any) -> Any:
        weights = np.zeros((32, 32, 3, 10), np.float32)
        weights[:, :16] = 3e38
        return weights.reshape(kernel.shape)

    make(OVERFLOWING, huge_left)
    refused(reason, *predict, "left.png")
    refused(reason, *predict, "left.png", "--json")
    refused(reason, *predict, "right.png", "--tta", "mirror")
    assert invoke([*predict, "right.png"]).exit_code == 0
    refused(reason, *EVALUATE, "--tta", "mirror+shift")
    assert invoke(EVALUATE).exit_code == 0
    make(OVERFLOWING, lambda kernel: np.full_like(kernel, 3e38))
    refused(reason, *EVALUATE)
    refused(reason, *EXPORT)
    assert not list(Path().glob("*export*"))

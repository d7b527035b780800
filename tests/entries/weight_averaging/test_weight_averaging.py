"""Weight averaging against plain NumPy, and what is scored, saved and resumed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifarcnn.data.dataset import Split
from cifarcnn.data.splits import Splits
from cifarcnn.language.entry_types import WEIGHT_AVERAGING, CallbackContext, TrainingLength
from cifarcnn.language.load import parse_spec
from cifarcnn.language.reading.yaml_reader import read_yaml_text
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import Runtime, start_on
from tests.entries.weight_averaging.test_weight_averaging_contract import ROWS
from tests.support.run import Cifarcnn, history_of, summary_of

SPEC = """\
name: averaged
seed: 5
data: {dataset: demo, limit: 500, validation: 0.2}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 5, strides: 2, activation: relu}
    - batch_normalization: {momentum: 0.5}
    - dropout: {rate: 0.3}
    - flatten
    - dense: {units: 10, activation: softmax}
training:
  epochs: 4
  batch_size: 50
  optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9}}
  weight_averaging: AVERAGING
runtime: {deterministic: true}
"""


def entry(item: str) -> Any:
    return WEIGHT_AVERAGING.read(read_yaml_text(item, "test").data)


def follow_by_hand(item: str, path: list[np.ndarray], steps: int) -> np.ndarray:
    """The slow copy of one array that moved by the given differences, in plain NumPy."""
    averaging = entry(item)
    fast = slow = path[0]
    for step, moved in enumerate(path[1:], start=1):
        fast = fast + moved
        if averaging.entry_name == "ema":
            kept = min(averaging.momentum, (1 + step) / (10 + step))
            slow = kept * slow + (1 - kept) * fast
        elif step % averaging.period == 0:
            share = averaging.momentum * (step / steps) ** averaging.power
            slow = fast = share * slow + (1 - share) * fast
    return slow


@pytest.mark.parametrize("item", ROWS)
def test_the_arithmetic_is_that_of_the_formula(item: str) -> None:
    start_on(DeviceChoice((), "tests"), parse_spec(SPEC.replace("AVERAGING", "null"), "s").runtime)
    from keras import ops

    averaging = entry(item).over(TrainingLength(epochs=3, steps_per_epoch=4))
    random = np.random.default_rng(2)
    path = [random.normal(size=(3, 2)).astype(np.float32) for _ in range(13)]
    fast, slow = [ops.array(path[0])], [ops.array(path[0])]
    for step, moved in enumerate(path[1:], start=1):
        fast, slow = averaging.after_step([fast[0] + moved], slow, ops.array(step))
    assert ops.convert_to_numpy(slow[0]) == pytest.approx(follow_by_hand(item, path, 12), rel=1e-5)


@pytest.mark.parametrize("more", ["", ", gradient_accumulation_steps: 2"])
def test_every_float_variable_is_averaged_and_no_seed(tmp_path: Path, more: str) -> None:
    from cifarcnn.training.loop import Trainer
    from cifarcnn.training.progress import SilentProgress

    text = SPEC.replace("momentum: 0.9}}\n", f"momentum: 0.9{more}}}}}\n")
    spec = parse_spec(text.replace("AVERAGING", "{ema: {momentum: 0.9}}"), "spec")
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (100, 32, 32, 3), dtype=np.uint8)
    images = Split(pixels, random.integers(0, 10, 100, dtype=np.uint8))
    runtime = Runtime("tensorflow", DeviceChoice((), "asked for"), {})
    context = CallbackContext(tmp_path, 0, lambda model, path: None)
    trainer = Trainer(spec, Splits(images, images, images), runtime, context)
    floats = [v for v in trainer.model.variables if "float" in v.dtype]
    assert len(trainer.averages()) == len(floats) == len(trainer.model.variables) - 1
    assert {"moving_mean", "moving_variance"} < {v.name for v in floats}
    before = [np.asarray(v) for v in floats]

    epochs = trainer.epochs(SilentProgress(), lambda: None)
    next(epochs)
    fast, slow = [np.asarray(v) for v in floats], trainer.averages()
    for start, one, other in zip(before, fast, slow, strict=True):
        assert not np.array_equal(one, start), "the network did not learn"
        assert not np.array_equal(one, other), "the averages are the network"
    list(epochs)
    for variable, average in zip(floats, trainer.averages(), strict=True):
        assert np.array_equal(np.asarray(variable), average), "it ends with other weights"


@pytest.mark.parametrize(
    "item",
    ["{ema: {momentum: 0.9}}", pytest.param("{lookahead: {power: 1}}", marks=pytest.mark.slow)],
)
def test_the_averages_are_scored_saved_and_resumed(
    item: str, tmp_path: Path, cifarcnn: Cifarcnn
) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC.replace("AVERAGING", item))
    assert cifarcnn("train", "spec.yaml", "--output", "run").returncode == 0
    whole = summary_of(tmp_path / "run")

    scored = json.loads(cifarcnn("evaluate", "run/checkpoint.h5", "--json").stdout)
    assert scored["test_loss"] == whole["test_loss"]

    state = tmp_path / "run" / "state"
    newest = max(state.iterdir())
    newest.unlink()  # as if it had been killed in the last epoch
    (tmp_path / "run" / "summary.json").unlink()
    history = history_of(tmp_path / "run")
    result = cifarcnn("resume", "run")
    assert result.returncode == 0, result.stderr
    assert history_of(tmp_path / "run") == history
    assert summary_of(tmp_path / "run")["digest"] == whole["digest"]

    cifarcnn("train", "spec.yaml", "--output", "plain", "--set", "training.weight_averaging=null")
    plain = summary_of(tmp_path / "plain")
    assert plain["digest"] != whole["digest"]
    if "ema" in item:  # what is trained is the same, only what is scored differs
        trained = [row.split(",")[1] for row in history_of(tmp_path / "plain")]
        assert trained == [row.split(",")[1] for row in history]

"""Mixed precision on TensorFlow: what stays in float32, and what a state keeps."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifarcnn.checkpoints.read import read_checkpoint_file
from cifarcnn.checkpoints.write import write_checkpoint
from cifarcnn.data.dataset import Split
from cifarcnn.data.splits import Splits
from cifarcnn.language.entry_types import CallbackContext
from cifarcnn.language.load import parse_spec
from cifarcnn.language.schema import Precision, Spec
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import Runtime, start_on
from cifarcnn.training.state import TrainingState

# Keras itself calls NumPy in a way that is going out of use.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SPEC = """\
name: mixed
data: {dataset: demo, pixels: standard}
model:
  layers:
    - patch_whitening: {images: 20}
    - batch_normalization: {beta_learning_rate_multiplier: 2, momentum: 0.5}
    - global_average_pooling2d
    - dense: {units: 10, activation: softmax}
training:
  epochs: 2
  batch_size: 10
  optimizer: {sgd: {learning_rate: 0.1}}
  weight_averaging: {ema: {momentum: 0.5}}
runtime: {precision: PRECISION}
"""


def trainer_for(precision: Precision) -> tuple[Spec, Any]:
    spec = parse_spec(SPEC.replace("PRECISION", precision), "spec")
    start_on(DeviceChoice((), "tests"), spec.runtime)
    from cifarcnn.training.loop import Trainer

    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    images = Split(pixels, random.integers(0, 10, 40, dtype=np.uint8))
    runtime = Runtime("tensorflow", DeviceChoice((), "tests"), {})
    context = CallbackContext(Path(), 0, lambda model, path: None)
    trainer = Trainer(spec, Splits(images, images, images), runtime, context)
    trainer.adapt()
    return spec, trainer


@pytest.mark.parametrize(
    "precision", [pytest.param("mixed_bfloat16", marks=pytest.mark.slow), "mixed_float16"]
)
def test_arithmetic_is_mixed_and_the_rest_is_float32(precision: Precision, tmp_path: Path) -> None:
    spec, trainer = trainer_for(precision)
    from cifarcnn.networks.logits import predict_logits
    from cifarcnn.training.progress import SilentProgress

    model = trainer.model
    computed = {layer.name.rstrip("_0123456789"): layer.compute_dtype for layer in model.layers}
    half = precision.removeprefix("mixed_")
    assert computed["pixels"] == computed["patch_whitening"] == computed["dense"] == "float32"
    assert computed["batch_normalization"] == half
    assert {v.dtype for v in model.variables if "float" in v.dtype} == {"float32"}
    assert model.output.dtype == "float32"

    rows = [result.row for result in trainer.epochs(SilentProgress(), lambda: None)]
    variables, optimizer = trainer.variables()
    scaled = precision == "mixed_float16"
    assert (2.0**15 in [float(v) for v in optimizer if v.shape == ()]) == scaled
    assert all(np.isfinite(v).all() for v in (*variables, *trainer.averages()))
    assert rows[0].learning_rate == 0.1

    # What is trained is close to float32, and the checkpoint is float32 and scores as the run does.
    _, plain = trainer_for("float32")
    expected = [result.row.loss for result in plain.epochs(SilentProgress(), lambda: None)]
    assert [row.loss for row in rows] == pytest.approx(expected, rel=0.02)
    write_checkpoint(tmp_path / "a.h5", spec, model)
    import keras

    loaded = keras.models.load_model(tmp_path / "a.h5", compile=False)
    assert {layer.dtype_policy.name for layer in loaded.layers} == {"float32"}
    from cifarcnn.checkpoints.restore import restore_network

    images = trainer.splits.test.images
    restored = restore_network(read_checkpoint_file(tmp_path / "a.h5"), spec.data)
    scored = predict_logits(restored, images)
    assert np.array_equal(scored, predict_logits(trainer.float32_network(), images))
    assert scored.dtype == np.float32 and not np.array_equal(scored, predict_logits(model, images))

    # On some processors TensorFlow computes a compiled step of float16 in float32, to the last
    # digit of the loss. A pass outside of such a step shows what the layers compute in.
    half_pass, float32_pass = (np.asarray(m(images, training=True)) for m in (model, plain.model))
    assert not np.array_equal(half_pass, float32_pass), "nothing is computed in another precision"


def test_a_state_holds_the_scale_of_the_loss() -> None:
    _, trainer = trainer_for("mixed_float16")
    from cifarcnn.training.progress import SilentProgress

    variables, optimizer = trainer.variables()
    (place,) = [i for i, v in enumerate(optimizer) if v.shape == () and v == 2.0**15]
    optimizer[place] = np.float32(1024)
    state = TrainingState("", "", {}, [], [], None, 0.0, variables, optimizer, trainer.averages())
    next(trainer.epochs(SilentProgress(), lambda: None, state))
    assert float(np.asarray(trainer.model.optimizer.dynamic_scale)) == 1024

"""Weights of a network with branches, through a checkpoint and back."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cifarcnn.checkpoints.read import read_checkpoint_file
from cifarcnn.checkpoints.restore import restore_network
from cifarcnn.checkpoints.write import text_digest, weights_digest, write_checkpoint
from cifarcnn.errors import UserError
from cifarcnn.language.load import parse_spec
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import RuntimeSpec, Spec
from cifarcnn.networks.build import build_network, weights_in_order, without_softmax
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on

# Keras' writer of .h5 files hands NumPy variables that do not know NumPy 2's `copy`.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

BRANCHES = """\
name: branches
model:
  layers:
    - repeat:
        times: 2
        layers:
          - residual:
              layers:
                - conv2d: {filters: 3, kernel_size: 3, padding: same}
                - batch_normalization
                - conv2d: {filters: 3, kernel_size: 3, padding: same}
              projection:
                - conv2d: {filters: 3, kernel_size: 3, padding: same}
                - batch_normalization
    - max_pooling2d: {pool_size: 8}
    - flatten
    - repeat: {times: 2, layers: [dense: {units: 10, activation: softmax}]}
"""
"""All convolutions have equal shapes: weights in another order would not be noticed by those."""


@pytest.fixture(scope="module", autouse=True)
def _keras() -> None:
    start_on(DeviceChoice((), "tests"), RuntimeSpec())


@pytest.fixture(scope="module")
def spec() -> Spec:
    return parse_spec(BRANCHES, "branches.yaml")


@pytest.fixture(scope="module")
def model(spec: Spec) -> Any:
    """A network that gives logits, with a different number in every weight."""
    model = build_network(spec.name, pixel_rescaling(spec.data), without_softmax(spec.model.layers))
    generator = np.random.default_rng(3)
    model.set_weights([generator.uniform(0.1, 1, w.shape) for w in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def checkpoint(spec: Spec, model: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("round-trip") / "checkpoint.h5"
    write_checkpoint(path, spec, model)
    return path


IMAGES = np.random.default_rng(5).integers(0, 256, (16, 32, 32, 3)).astype("uint8")


def logits_of(model: Any) -> Any:
    return model.predict(IMAGES, verbose=0)


def test_the_restored_network_computes_the_same(spec: Spec, model: Any, checkpoint: Path) -> None:
    file = read_checkpoint_file(checkpoint)
    assert file.spec == spec
    restored = restore_network(file, spec.data)
    assert np.array_equal(logits_of(restored), logits_of(model))
    assert np.ptp(logits_of(model)) > 0
    plan = plan_network(spec.model.layers)
    for one, other in zip(
        weights_in_order(restored, plan), weights_in_order(model, plan), strict=True
    ):
        assert np.array_equal(one, other)
    assert file.digest == weights_digest(weights_in_order(model, plan))


def test_plain_keras_loads_it_and_gives_the_probabilities(model: Any, checkpoint: Path) -> None:
    import keras

    plain = keras.models.load_model(checkpoint)
    logits = logits_of(model).astype("float64")
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(logits_of(plain), expected, rtol=1e-4, atol=1e-7)
    assert all(type(layer).__module__.startswith("keras.src") for layer in plain.layers)


def test_weights_that_changed_places_are_noticed(checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "swapped.h5"
    path.write_bytes(checkpoint.read_bytes())
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]
        kernels = [f"conv2d_{i}" for i in (1, 3)]
        sets: list[Any] = [group[name][group[name].attrs["weight_names"][0]] for name in kernels]
        one, other = (array[()] for array in sets)
        sets[0][...], sets[1][...] = other, one
    with pytest.raises(UserError, match="its weights are not those that were written"):
        read_checkpoint_file(path)


def test_a_stored_spec_that_is_a_repeat_bomb_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "bomb.h5"
    path.write_bytes(checkpoint.read_bytes())
    bomb = "flatten"
    for _ in range(8):
        bomb = f"{{repeat: {{times: 1000, layers: [{bomb}]}}}}"
    with h5py.File(path, "r+") as file:
        file.attrs["cifarcnn_spec"] = text = f"name: a\nmodel: {{layers: [{bomb}]}}\n"
        file.attrs["cifarcnn_spec_digest"] = text_digest(text)
    with pytest.raises(UserError, match="1,000,000,000,000,000,000,000,000 layers up to here"):
        read_checkpoint_file(path)


@pytest.mark.parametrize(("name", "arguments"), [
    ("Repeat", {"times": 2, "layers": ["flatten"]}),
    ("Residual", {"layers": ["batch_normalization"]}),
])  # fmt: skip
def test_a_foreign_config_cannot_name_a_composite(name: str, arguments: dict[str, Any]) -> None:
    from cifarcnn.checkpoints.keras_config import UnknownNetworkError, layers_from_config

    layers = [
        {"class_name": name, "config": {"name": "a", **arguments}},
        {"class_name": "Dense", "config": {"name": "b", "units": 10}},
    ]
    with pytest.raises(UnknownNetworkError, match=rf"layer 1 \({name}\) is none of"):
        layers_from_config({"class_name": "Sequential", "config": {"layers": layers}})

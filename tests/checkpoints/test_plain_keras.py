"""Checkpoints from plain Keras, and ours as plain Keras reads them."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from cifarcnn.checkpoints.read import read_checkpoint_file
from cifarcnn.checkpoints.restore import restore_network
from cifarcnn.checkpoints.write import write_checkpoint
from cifarcnn.errors import UserError
from cifarcnn.language.entry_types import LAYERS
from cifarcnn.language.load import parse_spec
from cifarcnn.language.schema import DataSpec, RuntimeSpec
from cifarcnn.networks.build import build_network, without_softmax
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on

# Keras' way of turning its variables into arrays.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def _keras() -> None:
    start_on(DeviceChoice((), "tests"), RuntimeSpec())


def randomized(model: Any) -> Any:
    """The model with weights that differ from one another, all of them positive."""
    random = np.random.default_rng(0)
    model.set_weights([random.uniform(0.1, 0.3, w.shape) for w in model.get_weights()])
    return model


def modern() -> Any:
    """A network of plain Keras with initializers and regularizers of many forms."""
    import keras
    from keras import initializers, layers, regularizers

    return randomized(
        keras.Sequential(
            [
                keras.Input((32, 32, 3)),
                layers.GaussianNoise(0.1),
                layers.Conv2D(
                    8,
                    4,
                    4,
                    kernel_initializer=initializers.Orthogonal(2.0),
                    kernel_regularizer=regularizers.L1L2(1e-4, 1e-4),
                    bias_initializer=initializers.RandomNormal(seed=3),
                ),
                layers.GroupNormalization(4),
                layers.LeakyReLU(0.1),
                layers.DepthwiseConv2D(3, padding="same", depthwise_initializer="he_normal"),
                layers.LayerNormalization(axis=3, gamma_regularizer="l2"),
                layers.PReLU("he_uniform", shared_axes=[1, 2]),
                layers.SpatialDropout2D(0.2),
                layers.SeparableConv2D(
                    8, 3, activation="hard_swish", pointwise_regularizer="l1", use_bias=False
                ),
                layers.RMSNormalization(),
                layers.ReLU(6.0),
                layers.GlobalAveragePooling2D(),
                layers.BatchNormalization(axis=1, beta_initializer=initializers.Constant(0.1)),
                layers.Dense(10, activity_regularizer="l2", kernel_constraint="unit_norm"),
                layers.Rescaling(40.0),
                layers.Activation("softmax"),
            ]
        )
    )


def softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


IMAGES = np.random.default_rng(1).integers(0, 256, (7, 32, 32, 3)).astype("float32")


@pytest.mark.parametrize("suffix", ["h5", "keras"])
def test_a_network_of_plain_keras_gives_the_same_probabilities(tmp_path: Path, suffix: str) -> None:
    model = modern()
    path = tmp_path / f"modern.{suffix}"
    model.save(path)
    restored = restore_network(read_checkpoint_file(path), DataSpec(pixels="raw"))
    expected = np.asarray(model(IMAGES))
    assert expected.std() > 0.01
    np.testing.assert_allclose(softmax(np.asarray(restored(IMAGES))), expected, rtol=1e-4)


def changed(path: Path, class_name: str, **arguments: Any) -> None:
    """Change arguments of the first layer of a class in a checkpoint."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        row = next(r for r in config["config"]["layers"] if r["class_name"] == class_name)
        row["config"].update(arguments)
        file.attrs["model_config"] = json.dumps(config)


EVIL = {"class_name": "function", "module": "os", "config": "system"}


def test_initializers_and_regularizers_of_a_file_are_never_read(tmp_path: Path) -> None:
    path = tmp_path / "modern.h5"
    modern().save(path)
    changed(path, "Conv2D", kernel_initializer=EVIL, kernel_regularizer=EVIL, bias_constraint=EVIL)
    layers = read_checkpoint_file(path).layers
    sizes = {"filters": 8, "kernel_size": [4, 4], "strides": [4, 4]}
    assert layers[1] == LAYERS.read({"conv2d": sizes | {"activation": "linear"}})


@pytest.mark.parametrize(
    ("class_name", "arguments", "reason"),
    [
        ("LayerNormalization", {"axis": 1}, "has axis 1, which is not supported"),
        ("LayerNormalization", {"axis": [1, 2, 3]}, r"has axis \[1, 2, 3\], which is not"),
        ("BatchNormalization", {"axis": 3}, "has axis 3, which is not supported"),
        ("GroupNormalization", {"groups": 3}, "its 3 groups do not divide the 8 channels"),
        ("SeparableConv2D", {"data_format": "channels_first"}, "has data_format"),
        ("DepthwiseConv2D", {"activation": EVIL}, "activation"),
        ("ReLU", {"max_value": -1.0}, "max_value"),
        ("Rescaling", {"name": "x", "filters": 3}, "has the argument 'filters'"),
    ],
)
def test_what_the_registry_does_not_have_is_refused(
    tmp_path: Path, class_name: str, arguments: dict[str, Any], reason: str
) -> None:
    path = tmp_path / "modern.h5"
    modern().save(path)
    changed(path, class_name, **arguments)
    with pytest.raises(UserError, match=reason):
        read_checkpoint_file(path)


def test_layers_that_keras_does_not_have_are_not_taken_from_its_files(tmp_path: Path) -> None:
    path = tmp_path / "modern.h5"
    modern().save(path)
    with h5py.File(path, "r+") as file:
        text = file.attrs["model_config"].replace('"Conv2D"', '"PatchWhitening"')
        file.attrs["model_config"] = text
    with pytest.raises(UserError, match=r"\(PatchWhitening\) is none of"):
        read_checkpoint_file(path)


OURS = """\
name: ours
data: {pixels: standard}
model:
  layers:
    - patch_whitening: {activation: gelu, bias_regularizer: l2}
    - conv2d: {filters: 32, kernel_size: 3, kernel_initializer: {dirac: {rest: he_normal}}}
    - batch_normalization: {scale: false, momentum: 0.6, epsilon: 1e-12, beta_regularizer: l2}
    - separable_conv2d: {filters: 8, kernel_size: 3, strides: 2, pointwise_initializer: dirac}
    - prelu: {shared_axes: [1, 2], alpha_initializer: {constant: {value: 0.25}}}
    - group_normalization: {groups: -1}
    - spatial_dropout2d: {rate: 0.1}
    - global_max_pooling2d
    - dense: {units: 10, use_bias: false, kernel_regularizer: {l1_l2: {l1: 1e-5, l2: 1e-4}}}
    - rescaling: {scale: 0.1111}
    - activation: {activation: softmax}
"""


def test_a_checkpoint_of_ours_is_plain_keras(tmp_path: Path) -> None:
    import keras

    spec = parse_spec(OURS, "ours.yaml")
    layers = without_softmax(spec.model.layers)
    model = randomized(build_network("ours", pixel_rescaling(spec.data), layers))
    path = tmp_path / "checkpoint.h5"
    write_checkpoint(path, spec, model)
    with h5py.File(path) as file:
        config = file.attrs["model_config"]
    assert "cifarcnn" not in config and "dirac" not in config
    assert '"HeNormal"' in config and '"L1L2"' in config

    probabilities = softmax(np.asarray(model(IMAGES)))
    loaded = keras.models.load_model(path)
    assert {type(layer).__module__.partition(".")[0] for layer in loaded.layers} == {"keras"}
    np.testing.assert_allclose(np.asarray(loaded(IMAGES)), probabilities, rtol=1e-5)
    restored = restore_network(read_checkpoint_file(path), spec.data)
    assert np.array_equal(restored(IMAGES), model(IMAGES))

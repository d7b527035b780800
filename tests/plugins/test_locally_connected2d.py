"""The documentation's example of a layer: its arithmetic, and what it computes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cifarcnn.entries.layers.preprocessing import Rescaling
from cifarcnn.errors import UserError
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.language.shapes import Shape
from cifarcnn.networks.build import build_network
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.start import start_on
from cifarcnn.user_code.code_option import run_code_file
from tests.support.paths import EXAMPLES

MAP = (9, 12, 4)

ARGUMENTS: list[dict[str, Any]] = [
    {},
    {"strides": 2},
    {"strides": [3, 1], "padding": "same"},
    {"kernel_size": [2, 5], "use_bias": False},
    {"kernel_size": [9, 12], "activation": "gelu"},
]

pytestmark = pytest.mark.usefixtures("forgetting")


@pytest.fixture(autouse=True)
def _layer(forgetting: None) -> None:
    start_on(DeviceChoice((), "tests"), RuntimeSpec())
    run_code_file(EXAMPLES / "locally_connected2d.py")


def layer(**arguments: Any) -> Layer:
    return LAYERS.read({"locally_connected2d": {"filters": 5, "kernel_size": 3} | arguments})


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_its_arithmetic_is_that_of_the_network(arguments: dict[str, Any]) -> None:
    entry = layer(**arguments)
    built = entry.build(name="under_test")
    output = built(np.ones((2, *MAP), "float32"))
    assert entry.output_shape(MAP) == tuple(output.shape)[1:]
    assert (None, *entry.output_shape(MAP)) == built.compute_output_shape((None, *MAP))
    assert entry.parameters(MAP).trainable == built.count_params()
    assert entry.macs(MAP) == np.prod(built.kernel.shape)


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_with_one_kernel_everywhere_it_is_a_convolution(arguments: dict[str, Any]) -> None:
    import keras

    entry = layer(**arguments)
    convolution = keras.layers.Conv2D(**entry.arguments())
    images = np.random.default_rng(0).normal(size=(2, *MAP)).astype("float32")
    expected = convolution(images)
    built = entry.build(name="under_test")
    built(images)
    kernel = np.asarray(convolution.kernel).reshape(-1, 5)
    built.kernel.assign(np.broadcast_to(kernel, built.kernel.shape))
    np.testing.assert_allclose(np.asarray(built(images)), np.asarray(expected), atol=1e-5)


def test_every_position_has_its_own_kernel() -> None:
    images = np.ones((1, *MAP), "float32")
    output = np.asarray(layer(activation=None).build(name="under_test")(images))
    assert len(np.unique(output.reshape(-1, 5), axis=0)) == 7 * 10


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("(**self.arguments(), **more)", "(**self.arguments())", "its name should be "),
        (
            "* filters * self.use_bias)",
            "* filters)",
            "its parameters() should be 126000, but build() gives 121500",
        ),
        ("return (*window_output", "return (10, 10, 5) or (*window_output", "its output_shape()"),
    ],
)
def test_a_layer_that_differs_from_its_arithmetic_is_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    text = (EXAMPLES / "locally_connected2d.py").read_text()
    assert old in text
    text = text.replace(old, new).replace('register("loc', 'register("another_loc')
    (tmp_path / "another.py").write_text(text.replace('e("examples")', 'e("another")'))
    run_code_file(tmp_path / "another.py")
    arguments = {"filters": 5, "kernel_size": 3, "use_bias": False}
    items = [{"another_locally_connected2d": arguments}, "flatten", {"dense": {"units": 10}}]
    layers = [LAYERS.read(item) for item in items]
    with pytest.raises(UserError, match="the layer another_locally_connected2d: its ") as error:
        build_network("test", Rescaling(scale=1.0), layers)
    assert message in str(error.value)


def test_without_a_build_there_must_be_a_class_in_keras() -> None:
    class LayerNormalization(Layer):
        def output_shape(self, shape: Shape) -> Shape:
            return shape

    class Nothing(LayerNormalization):
        pass

    LAYERS.register("of_keras")(LayerNormalization)
    LAYERS.register("of_nobody")(Nothing)
    assert LAYERS.read("of_keras").build(name="x").name == "x"
    with pytest.raises(UserError, match=r"of_nobody has no build\(\), and keras.layers no class "):
        LAYERS.read("of_nobody").build(name="x")

"""The scripts train exactly the networks of the shipped configs: the same work, done by hand."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cifarcnn.benchmark.peer_networks import NETWORKS, PEERS
from cifarcnn.language.load import load_spec
from cifarcnn.language.plan.network_plan import plan_network

BATCH = 32
STEPS = 10
"""Of an epoch; the schedule of vgg goes over ten of them."""

Batches = list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]


def script(peer: str) -> Any:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location(f"{peer}_script", PEERS[peer])
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def batches(count: int = 5) -> Batches:
    generator = np.random.Generator(np.random.Philox(1))
    return [
        (
            generator.integers(0, 256, (BATCH, 32, 32, 3), dtype=np.uint8),
            generator.integers(0, 10, BATCH, dtype=np.uint8),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("peer", PEERS)
def test_the_scripts_use_nothing_of_the_package_and_set_nothing(peer: str) -> None:
    text = Path(PEERS[peer]).read_text()
    assert "import cifarcnn" not in text and "from cifarcnn" not in text
    assert "environ[" not in text.replace("os.environ[name] for", "")
    assert "set_num_threads" not in text and "threading" not in text


@pytest.mark.parametrize("peer", PEERS)
def test_the_scripts_know_the_networks_that_are_promised(peer: str) -> None:
    assert tuple(script(peer).NETWORKS) == NETWORKS


def our_network(name: str) -> Any:
    """The network of a shipped config, compiled for ten epochs of `STEPS`."""
    from cifarcnn.data.dataset import Split
    from cifarcnn.data.splits import Splits
    from cifarcnn.language.entry_types import CallbackContext
    from cifarcnn.runtime.devices import DeviceChoice
    from cifarcnn.runtime.start import start_on
    from cifarcnn.training.loop import Trainer

    spec = load_spec(name)
    training = spec.training.model_copy(update={"epochs": 10, "callbacks": []})
    spec = spec.model_copy(update={"training": training})
    images = np.zeros((spec.training.batch_size * STEPS, 32, 32, 3), np.uint8)
    split = Split(images, np.zeros(len(images), np.uint8))
    runtime = start_on(DeviceChoice((), "a test"), spec.runtime)
    context = CallbackContext(Path(), 0, lambda model, path: None)
    return Trainer(spec, Splits(split, split, split), runtime, context).model


def first_losses(model: Any, pixels: Callable[[NDArray[np.uint8]], Any]) -> list[float]:
    """The loss of each of the first batches, of a Keras model without dropout."""
    for layer in model.layers:
        if type(layer).__name__ == "Dropout":
            layer.rate = 0.0  # what is drawn at random differs between programs
    found = []
    for x, y in batches():
        model.reset_metrics()  # else the mean of all batches is given
        found.append(float(model.train_on_batch(pixels(x), np.eye(10, dtype=np.float32)[y])[0]))
    return found


Ours = tuple[list[NDArray[np.float32]], list[float]]


@pytest.fixture(scope="module")
def ours() -> dict[str, Ours]:
    """The first weights of each network, layer by layer, and its first losses."""
    from cifarcnn.networks.build import weights_in_order

    found = {}
    for name in NETWORKS:
        model = our_network(name)
        plan = plan_network(load_spec(name).model.layers)
        weights = [np.array(array) for array in weights_in_order(model, plan)]
        found[name] = (weights, first_losses(model, lambda x: x.astype(np.float32)))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_the_keras_script_trains_the_same_network(name: str, ours: dict[str, Ours]) -> None:
    weights, losses = ours[name]
    keras_script = script("keras")
    model = keras_script.compiled(name, STEPS)
    assert model.count_params() == plan_network(load_spec(name).model.layers).parameters.total
    model.set_weights(weights)
    found = first_losses(model, lambda x: keras_script.pixels(x, name))
    assert found == pytest.approx(losses, rel=1e-2)
    assert found[0] == pytest.approx(losses[0], rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_the_torch_script_trains_the_same_network(name: str, ours: dict[str, Ours]) -> None:
    torch = pytest.importorskip("torch")
    weights, losses = ours[name]
    torch_script = script("torch")
    model, optimizer, scheduler = torch_script.NETWORKS[name](STEPS)
    set_torch_weights(model, weights)
    found = []
    for x, y in batches():
        images = torch.from_numpy(torch_script.pixels(x, name)).permute(0, 3, 1, 2)
        labels = torch.from_numpy(y.astype("int64"))
        found.append(float(torch_script.step(model, optimizer, scheduler, images, labels)[1]))
    assert found == pytest.approx(losses, rel=1e-2)
    assert found[0] == pytest.approx(losses[0], rel=1e-5)


def set_torch_weights(model: Any, weights: list[NDArray[np.float32]]) -> None:
    """Give a network of PyTorch the weights of one of Keras, and switch its dropout off."""
    import torch

    arrays = iter(weights)
    channels = 3
    for layer in model:
        kind = type(layer).__name__
        if kind == "Dropout":
            layer.p = 0.0
        targets = [layer.weight] if getattr(layer, "weight", None) is not None else []
        if getattr(layer, "bias", None) is not None:
            targets.append(layer.bias)
        if kind.startswith("BatchNorm"):
            targets += [layer.running_mean, layer.running_var]
        for target in targets:
            array = next(arrays)
            if array.ndim == 4:  # height, width, inputs, outputs
                array = array.transpose(3, 2, 0, 1)
                channels = array.shape[0]
            elif array.ndim == 2 and channels:  # behind flatten: its order is another one
                side = round((array.shape[0] / channels) ** 0.5)
                array = array.reshape(side, side, channels, -1).transpose(3, 2, 0, 1)
                array = array.reshape(array.shape[0], -1)
                channels = 0
            elif array.ndim == 2:
                array = array.T
            with torch.no_grad():
                target.copy_(torch.from_numpy(np.ascontiguousarray(array)))
    assert next(arrays, None) is None

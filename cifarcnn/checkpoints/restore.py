"""From a checkpoint to a Keras network with its weights."""

from typing import Any, Literal

from cifarcnn.checkpoints.read import CheckpointFile, ForeignNetworkError
from cifarcnn.errors import UserError
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import DataSpec, Spec
from cifarcnn.networks.build import build_network, without_softmax
from cifarcnn.networks.pixels import pixel_rescaling

Pixels = Literal["unit", "raw"]


def data_spec(file: CheckpointFile | ForeignNetworkError, pixels: Pixels | None) -> DataSpec:
    """The data that a checkpoint was made for; a plain Keras one is taken to be for CIFAR-10.

    `pixels` says what a checkpoint of plain Keras expects: `unit` (0 to 1) or `raw`. If nobody
    says so, that is `raw` where the network begins by rescaling pixels itself, else `unit`.

    Raises:
        UserError: the checkpoint says itself what its pixels are, and it is something else.
    """
    spec = spec_of(file)
    if spec is None:
        return DataSpec(validation="test", pixels=pixels or ("raw" if file.rescales else "unit"))
    if pixels is not None and pixels != spec.data.pixels:
        raise UserError(
            f"--pixels {pixels}: {file.path} says itself that its pixels are "
            f"{spec.data.pixels}; leave --pixels out"
        )
    return spec.data


def spec_of(file: CheckpointFile | ForeignNetworkError) -> Spec | None:
    """The spec in a checkpoint; None if it was made by plain Keras."""
    return file.spec if isinstance(file, CheckpointFile) else None


def restore_network(file: CheckpointFile, data: DataSpec) -> Any:  # a Keras model
    """Build the network from the registry, giving logits, and give it the weights of the file.

    Raises:
        UserError: the shapes of the weights differ from those of the network.
    """
    model = build_network("checkpoint", pixel_rescaling(data), without_softmax(file.layers))
    for row, arrays in zip(plan_network(file.layers).layers, file.weights, strict=True):
        layer = model.get_layer(row.name)
        expected = [tuple(weight.shape) for weight in layer.weights]
        received = [array.shape for array in arrays]
        if expected != received:
            raise UserError(
                f"the weights in {file.path} do not fit its network: {row.name} expects the shapes "
                f"{expected}, the file holds {received}"
            )
        layer.set_weights(arrays)
    return model

"""From a checkpoint to a Keras network with its weights."""

from typing import Any

from cifarcnn.checkpoints.read import CheckpointFile
from cifarcnn.errors import UserError
from cifarcnn.layers.network import build_network, without_softmax
from cifarcnn.layers.pixels import pixel_rescaling
from cifarcnn.spec.plan import plan_network
from cifarcnn.spec.schema import DataSpec


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

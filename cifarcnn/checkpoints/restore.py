"""From a checkpoint to a Keras network with its weights."""

from typing import Any

from cifarcnn.checkpoints.read import CheckpointFile
from cifarcnn.checkpoints.write import weights_digest
from cifarcnn.errors import UserError
from cifarcnn.layers.network import build_network, without_softmax
from cifarcnn.layers.pixels import pixel_rescaling
from cifarcnn.spec.schema import DataSpec


def restore_network(file: CheckpointFile, data: DataSpec) -> Any:  # noqa: ANN401 - a Keras model
    """Build the network from the registry, giving logits, and give it the weights of the file.

    Raises:
        UserError: the weights do not fit the network, or are not those that were written.
    """
    model = build_network("checkpoint", pixel_rescaling(data), without_softmax(file.layers))
    try:
        model.load_weights(str(file.path))
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"the weights in {file.path} do not fit its network: {reason}") from error
    if file.digest and weights_digest(model.get_weights()) != file.digest:
        raise UserError(
            f"{file.path} is damaged: its weights are not those that were written (their SHA-256 "
            "differs)"
        )
    return model

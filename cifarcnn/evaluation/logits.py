"""The logits of a checkpoint's network: within the memory of the machine, and finite.

Whoever made the checkpoint chose its network and its weights. A few hundred bytes describe one that
takes terabytes to run, and weights that are finite numbers may give outputs that are none.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.checkpoints.read import CheckpointFile
from cifarcnn.errors import UserError
from cifarcnn.evaluation.choices import TestTimeAugmentation
from cifarcnn.evaluation.views import logits_over_views
from cifarcnn.language.constants import EVALUATION_BATCH
from cifarcnn.language.plan.memory_estimate import activation_bytes
from cifarcnn.language.plan.network_plan import plan_network, show_shape
from cifarcnn.processes.machine import machine_memory
from cifarcnn.runtime.devices import DeviceChoice

_GIB = 1024**3
_MOST = 64 * _GIB
"""For one layer's output; a thousand times what the largest of the shipped networks needs."""


def require_memory(
    file: CheckpointFile, device: DeviceChoice, images: int = EVALUATION_BATCH
) -> None:
    """Refuse a network of which one layer's output alone is larger than all memory.

    Less than that may still be too much; the framework then says so.

    Args:
        file: The checkpoint.
        device: Where it will run; the memory of GPUs is not known here.
        images: How many are to be scored, if that is less than a batch.

    Raises:
        UserError: names the layer, and what it needs for a batch.
    """
    batch = min(images, EVALUATION_BATCH)
    largest = max(plan_network(file.layers).layers, key=lambda row: activation_bytes(row, batch))
    needed = activation_bytes(largest, batch)
    most, whose = _MOST, "at most"
    here = None if device.gpus else machine_memory()
    if here is not None and here < most:
        most, whose = here, "this machine has"
    if needed > most:
        raise UserError(
            f"{file.path} is refused: the output of its {largest.name}, "
            f"{show_shape(largest.output_shape)}, takes {_gib(needed)} for a batch of {batch}; "
            f"{whose} {_gib(most)}"
        )


def logits_of(
    file: CheckpointFile,
    model: Any,  # a Keras model
    images: NDArray[np.uint8],
    tta: TestTimeAugmentation = "none",
) -> NDArray[np.float32]:
    """The logits of a checkpoint's network for images, (N, 10), averaged over the views of `tta`.

    Raises:
        UserError: they are not finite numbers.
    """
    from cifarcnn.networks.logits import predict_logits

    with np.errstate(over="ignore", invalid="ignore"):  # which is told below
        logits = logits_over_views(partial(predict_logits, model), images, tta)
    if not np.isfinite(logits).all():  # so is no average of which a part is not
        raise UserError(f"{file.path}: its network gives outputs that are not finite numbers")
    return logits


def _gib(size: int) -> str:
    return f"{size / _GIB:,.1f} GiB"

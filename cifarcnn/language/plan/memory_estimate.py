"""How much memory a network takes, on paper: one layer's outputs, and a whole training."""

from dataclasses import dataclass
from math import prod

from cifarcnn.language.constants import EVALUATION_BATCH
from cifarcnn.language.entry_types import Layer
from cifarcnn.language.plan.network_plan import Plan, PlannedLayer
from cifarcnn.language.schema import DataSpec, Spec

FLOAT = 4
"""Bytes of a float32."""

PROGRAM = 900_000_000
PER_LAYER = 1_500_000
"""Bytes that TensorFlow, Keras and this program take, and what compiling one more layer adds.

Measured on Linux with TensorFlow 2.21, two cores.
"""


def activation_bytes(row: PlannedLayer, images: int) -> int:
    """Bytes of a layer's output for so many images."""
    return images * prod(row.output_shape) * FLOAT


@dataclass(frozen=True)
class TrainingMemory:
    """The parts of an estimate of the memory that a training takes on a CPU, in bytes."""

    program: int
    data: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    state: int

    @property
    def total(self) -> int:
        """All parts together."""
        return sum(vars(self).values())


def training_memory(spec: Spec, plan: Plan) -> TrainingMemory:
    """Estimate the largest resident memory of a training on a CPU.

    - program: the libraries, and what compiling the network takes;
    - data: the images that are used (one byte per value), and those of an epoch again where
      something augments them;
    - weights: all parameters as float32, and their averages if there are any;
    - gradients: one number per trained parameter;
    - optimizer: its slots, each of the size of the trained parameters;
    - activations: what the forward pass must keep for the backward pass, for one batch: the values
      that layers with weights read, and those that activations give (other layers' outputs are
      freed, or computed into another). Beside them, gradients pass from the output of a layer to
      its input, so twice the largest output. The network is scored in batches of 250 images, which
      keep nothing but need three times the largest output at once; the larger of the two counts;
    - state: the copies of weights and slots that are written to disk after each epoch, and the
      twin of the network from which the checkpoint is written.

    The peak resident memory of real trainings, divided by the estimate: quickstart 0.95, basic
    1.00, deeper_3x3 1.03, sprint 1.06; on 2,000 images vgg 1.04 and resnet20 1.05, and on 5,000
    1.13 for a dense network of 25 million parameters. Mixup adds a copy of the epoch's images for a
    moment.
    """
    parameters = plan.parameters
    optimizer = spec.training.optimizer.slots() * parameters.trainable * FLOAT
    copies = 2 if spec.training.weight_averaging else 1
    weights = copies * parameters.total * FLOAT
    return TrainingMemory(
        program=PROGRAM + PER_LAYER * len(plan.layers),
        data=_data_bytes(spec.data),
        weights=weights,
        gradients=parameters.trainable * FLOAT,
        optimizer=optimizer,
        activations=_working_bytes(plan, spec.training.batch_size),
        state=2 * weights + optimizer,
    )


def _data_bytes(data: DataSpec) -> int:
    augmented = data.images_to_train_on if data.augment else 0
    images = data.images_used + data.facts.test_images + augmented
    return images * prod(data.facts.image_shape)


def _working_bytes(plan: Plan, batch_size: int) -> int:
    """What one step of training holds at once, or one of scoring if that is more."""
    largest = max(activation_bytes(row, 1) for row in plan.layers)
    kept = sum(activation_bytes(row, 1) for row in _kept(plan))
    return max(batch_size * (kept + 2 * largest), EVALUATION_BATCH * 3 * largest)


def _kept(plan: Plan) -> list[PlannedLayer]:
    """The layers whose outputs the backward pass needs."""
    read = {name for row in plan.layers if _has_weights(row.layer) for name in row.inputs}
    return [row for row in plan.layers if row.name in read or _has_activation(row.layer)]


def _has_weights(layer: Layer) -> bool:
    return type(layer).parameters is not Layer.parameters


def _has_activation(layer: Layer) -> bool:
    return getattr(layer, "activation", None) not in (None, "linear")

"""From a spec's layers to a Keras network."""

from collections.abc import Sequence
from typing import Any

from cifarcnn.layers.preprocessing import Rescaling
from cifarcnn.spec.kinds import Layer
from cifarcnn.spec.plan import IMAGE_SHAPE, plan_network


def build_network(
    name: str, pixels: Rescaling, layers: Sequence[Layer], model_class: Any = None
) -> Any:
    """Build a Keras model from images, (N, 32, 32, 3) with pixels from 0 to 255, to (N, 10).

    It is a `keras.Model`, or of the class given. Its layers bear the names of the plan, so two
    networks of one spec match name by name.
    """
    import keras

    images = keras.Input(IMAGE_SHAPE, name="images")
    values = pixels.build(name="pixels")(images)
    for row in plan_network(layers).layers:
        values = row.layer.build(name=row.name)(values)
    return (model_class or keras.Model)(images, values, name=_scope_name(name))


def without_softmax(layers: Sequence[Layer]) -> list[Layer]:
    """The same layers, giving logits: a softmax at the very end is left out.

    Networks are trained and scored on logits, where the cross-entropy is exact; one whose layers
    end without a softmax gives logits already.
    """
    *body, last = layers
    if getattr(last, "activation", None) == "softmax":
        last = last.model_copy(update={"activation": "linear"})
    return [*body, last]


def synchronize_batch_normalization(model: Any) -> None:
    """Let batch normalization use the statistics of the whole batch, not of each device's part."""
    for layer in model.layers:
        if hasattr(layer, "synchronized"):
            layer.synchronized = True


def _scope_name(name: str) -> str:
    """A spec's name as the backends accept it."""
    return "".join(c if c.isalnum() or c == "_" else "_" for c in name)

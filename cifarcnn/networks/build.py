"""From a spec's layers to a Keras network."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cifarcnn.entries.layers.composites import Repeat
from cifarcnn.entries.layers.preprocessing import Rescaling
from cifarcnn.errors import UserError
from cifarcnn.language.constants import IMAGE_SHAPE, PIXELS
from cifarcnn.language.entry_types import Layer
from cifarcnn.language.plan.network_plan import Plan, PlannedLayer, plan_network
from cifarcnn.language.schema import Precision


def build_network(
    name: str,
    pixels: Rescaling,
    layers: Sequence[Layer],
    *,
    twin: bool = False,
    model_class: Any = None,
    precision: Precision = "float32",
) -> Any:
    """Build a Keras model from images, (N, 32, 32, 3) with pixels from 0 to 255, to (N, 10).

    It is a `keras.Model`, or of the class given. Its layers bear the names of the plan, so two
    networks of one spec match name by name. With `twin` all of them are of Keras' own classes.

    In a mixed precision the first layer (pixels) and the last one (logits) compute in float32: what
    comes before the first is exact, and the loss is taken from what comes after the last. So does a
    layer whose entry asks for it.
    """
    import keras

    images = keras.Input(IMAGE_SHAPE, name="images")
    values = pixels.build(name=PIXELS)(images)
    given = {PIXELS: values}
    rows = plan_network(layers).layers
    for row in rows:
        inputs = [given[source] for source in row.inputs]
        build = row.layer.twin(row.input_shape).build if twin else row.layer.build_optimized
        with _dtype_policy("float32" if row is rows[-1] or row.layer.float32 else precision):
            layer = build(name=row.name)
        if not isinstance(layer, keras.layers.Layer):
            raise UserError(
                f"the layer {row.layer.entry_name}: its build() should give a keras.layers.Layer, "
                f"but gives {layer!r:.60}"
            )
        values = layer(inputs if len(inputs) > 1 else inputs[0])
        _require_as_planned(row, layer, values)
        given[row.name] = values
    with _dtype_policy(precision):  # by which Keras scales the loss in float16
        return (model_class or keras.Model)(images, values, name=_scope_name(name))


@contextmanager
def _dtype_policy(name: Precision) -> Iterator[None]:
    """Let Keras build layers that compute in a precision."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def weights_in_order(model: Any, plan: Plan) -> list[Any]:
    """The weights of a network, layer by layer as its plan lists them.

    Where branches meet, Keras' own order (`model.get_weights()`) is another one.
    """
    return [array for row in plan.layers for array in model.get_layer(row.name).get_weights()]


def set_weights_in_order(model: Any, plan: Plan, weights: Sequence[Any]) -> None:
    """Give a network weights that are listed as its plan lists its layers."""
    arrays = iter(weights)
    for row in plan.layers:
        layer = model.get_layer(row.name)
        layer.set_weights([next(arrays) for _ in layer.weights])


def _require_as_planned(row: PlannedLayer, layer: Any, values: Any) -> None:
    """Compare what was built with what the layer's arithmetic promised.

    Raises:
        UserError: they differ, which is a mistake in the layer's entry.
    """
    numbers = sum(math.prod(weight.shape) for weight in layer.weights)
    for what, planned, built in (
        ("name", row.name, layer.name),
        ("output_shape()", row.output_shape, tuple(values.shape[1:])),
        ("parameters()", row.parameters.total, numbers),
    ):
        if planned != built:
            raise UserError(
                f"the layer {row.layer.entry_name}: its {what} should be {planned}, but build() "
                f"gives {built}"
            )


def without_softmax(layers: Sequence[Layer]) -> list[Layer]:
    """The same layers, giving logits: a softmax at the very end is left out.

    Networks are trained and scored on logits, where the cross-entropy is exact; one whose layers
    end without a softmax gives logits already.
    """
    *body, last = layers
    if isinstance(last, Repeat):
        return without_softmax([*body, *last.layers * last.times])
    if getattr(last, "activation", None) == "softmax":
        last = last.model_copy(update={"activation": "linear"})
    return [*body, last]


def set_batch_normalization(model: Any, *, synchronized: bool, fused: bool) -> None:
    """Say how batch normalization computes in training.

    `synchronized`: from the statistics of the whole batch, not of each device's part; `fused`: by
    one operation, where there is one.
    """
    for layer in model.layers:
        if hasattr(layer, "synchronized"):
            layer.synchronized = synchronized
        if hasattr(layer, "fused"):
            layer.fused = fused


def _scope_name(name: str) -> str:
    """A spec's name as the backends accept it."""
    return "".join(c if c.isalnum() or c == "_" else "_" for c in name)

"""From the config of a plain Keras model to layers of the registry, admitting nothing else."""

from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from cifarcnn.language.constants import IMAGE_SHAPE, PIXELS
from cifarcnn.language.entry_types import LAYERS, Layer
from cifarcnn.language.marks import dotted
from cifarcnn.language.problems import listed
from cifarcnn.language.shapes import ShapeError

_MODELS = ("Sequential", "Functional", "Model")
_NO_EFFECT = {
    *("name", "trainable", "dtype", "batch_input_shape", "batch_shape", "build_config"),
    *("seed", "noise_shape", "synchronized", "renorm_momentum", "renorm_clipping"),
}
"""Bookkeeping, and arguments that change training but not what the network computes."""
_NO_EFFECT_SUFFIXES = ("_initializer", "_regularizer", "_constraint")
"""Never read, whatever they hold: weights come from the file, penalties belong to the training."""
_FIXED: dict[str, tuple[Any, ...]] = {
    "data_format": (None, "channels_last"),
    "renorm": (False,),
    "rms_scaling": (False,),
}
"""Arguments that the registry leaves at one meaning."""
_LARGEST_FACTOR = 0.1
"""A first rescaling by no more is for pixels from 0 to 255, of which 1/50 to 1/255 is usual.

With a larger one, such as 2 in `2 * x - 1`, it is for pixels from 0 to 1.
"""


class UnknownNetworkError(ValueError):
    """The network has something that the registry does not have; the message names it."""


def layers_from_config(config: Any) -> tuple[list[Layer], list[str]]:  # JSON
    """The layers, and their names, of a Sequential model or of a Functional one in a single chain.

    Raises:
        UnknownNetworkError: it is something else, or has a layer that is not in the registry.
    """
    kind = config.get("class_name") if isinstance(config, dict) else config
    if kind not in _MODELS:
        raise UnknownNetworkError(
            f"expected a Sequential or Functional model, received {kind!r:.80}"
        )
    rows = _rows(config)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnknownNetworkError("its config lists no layers")
    if kind != "Sequential":
        _require_chain(rows)
    layers, names = [], []
    shape = IMAGE_SHAPE
    for number, row in enumerate(rows, start=1):
        if row.get("class_name") == "InputLayer":
            _require_images(row)
            continue
        layer = _layer(number, row, axes=len(shape))
        with suppress(ShapeError):  # which the plan of the network explains
            shape = layer.output_shape(shape)
        layers.append(layer)
        names.append(str(row["config"].get("name")))
    if not layers:
        raise UnknownNetworkError("it has no layers")
    if len(set(names)) != len(names):
        raise UnknownNetworkError("two of its layers have the same name")
    return layers, names


def rescales_pixels(config: Any) -> bool:  # JSON
    """Whether a model begins by rescaling pixels from 0 to 255, and so expects those.

    A network of ours always does, in a layer of a name of its own: what `export` writes, or a
    `checkpoint.h5` that Keras has loaded and saved again. It may be a model within a model.
    """
    row = config
    while isinstance(row, dict) and row.get("class_name") in _MODELS:
        rows = _rows(row)
        row = _first_layer(rows) if isinstance(rows, list) else None
    if not isinstance(row, dict) or row.get("class_name") != "Rescaling":
        return False
    arguments = row.get("config")
    if not isinstance(arguments, dict):
        return False
    factors = _numbers_in(arguments.get("scale"))
    small = bool(factors) and max(map(abs, factors)) <= _LARGEST_FACTOR
    return small or arguments.get("name") == PIXELS


def _rows(model: dict[str, Any]) -> Any:  # JSON
    """What stands in the place of a model's list of layers."""
    inner = model.get("config")
    return inner.get("layers") if isinstance(inner, dict) else inner


def _first_layer(rows: list[Any]) -> Any:  # JSON
    """The first layer but for inputs; None if there is none."""
    layers = (row for row in rows if isinstance(row, dict))
    return next((row for row in layers if row.get("class_name") != "InputLayer"), None)


def _numbers_in(value: Any) -> list[float]:  # JSON
    """All numbers in an argument: itself, those of a list, or of an array as Keras writes it."""
    numbers, pending = [], [value]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, int | float):
            numbers.append(value)
    return numbers


def _layers_of_keras() -> dict[str, str]:
    """The names of layers by their Keras classes; a plug-in never stands in for one of them."""
    names: dict[str, str] = {}
    for name, entry in LAYERS.entries().items():
        if entry.of_keras:
            names.setdefault(entry.__name__, name)
    return names


def _layer(number: int, row: dict[str, Any], axes: int) -> Layer:
    """The layer of a row for inputs of so many axes (without the batch)."""
    class_name, config = row.get("class_name"), row.get("config")
    where = f"layer {number} ({class_name!s:.80})"
    entries = _layers_of_keras()
    if not isinstance(class_name, str) or class_name not in entries:
        raise UnknownNetworkError(f"{where} is none of {listed(entries)}")
    if not isinstance(config, dict):
        raise UnknownNetworkError(f"{where} has no config")
    if row.get("module") not in (None, "keras.layers"):
        raise UnknownNetworkError(f"{where} comes from {row['module']!r:.80}, not keras.layers")
    if row.get("registered_name") not in (None, class_name):
        raise UnknownNetworkError(f"{where} is a custom object, {row['registered_name']!r:.80}")
    name = entries[class_name]
    known = LAYERS.entries()[name].model_fields
    fixed = _FIXED | {"axis": (-1, axes, [-1], [axes])}
    arguments = {}
    for key, value in config.items():
        if key.endswith(_NO_EFFECT_SUFFIXES):
            continue
        if key in known:
            arguments[key] = value
        elif key in fixed:
            if value not in fixed[key]:
                raise UnknownNetworkError(f"{where} has {key} {value!r}, which is not supported")
        elif not (value is None or key in _NO_EFFECT):
            raise UnknownNetworkError(f"{where} has the argument {key!r}, which is not supported")
    try:
        return LAYERS.read({name: arguments})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = dotted(first["loc"])
        raise UnknownNetworkError(f"{where}: {path}: {first['msg']}") from error


def _require_images(row: dict[str, Any]) -> None:
    config = row.get("config") or {}
    shape = config.get("batch_shape") or config.get("batch_input_shape") or []
    if list(shape[1:]) != list(IMAGE_SHAPE):
        raise UnknownNetworkError(f"its input is {shape}; expected images of {list(IMAGE_SHAPE)}")


def _require_chain(rows: list[dict[str, Any]]) -> None:
    """Each layer takes the one before it, and only that."""
    previous = None
    for row in rows:
        inputs = _inputs(row.get("inbound_nodes"))
        if inputs != ([] if previous is None else [previous]):
            raise UnknownNetworkError(
                f"{row.get('name')!r} breaks the chain of layers; a network with branches is "
                "rebuilt only from a checkpoint of cifarcnn, by its spec"
            )
        previous = row.get("name")


def _inputs(node: Any) -> list[str]:  # JSON
    """The names of the layers that feed a layer, in Keras 3's form of config or Keras 2's."""
    if isinstance(node, dict):
        history = node.get("config", {}).get("keras_history") if "class_name" in node else None
        if history:
            return [history[0]]
        return [name for value in node.values() for name in _inputs(value)]
    if isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str) and isinstance(node[1], int):
            return [node[0]]
        return [name for value in node for name in _inputs(value)]
    return []

"""The formats of export: what each is called, and how a network is written and run in it."""

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from cifarcnn.exporting.format_names import FormatName

Predict = Callable[[NDArray[np.float32]], Any]
"""From pixels of 0 to 255, (N, 32, 32, 3), to probabilities, (N, 10)."""


@dataclass(frozen=True)
class Format:
    """A format of export."""

    title: str
    suffix: str
    """How the names of its files end; a SavedModel is a folder."""
    write: Callable[[Any, Path], None]
    """Write a Keras model as a file or folder that does not exist yet."""
    load: Callable[[Path], Predict]
    """Load what was written, by the package below and without the program that wrote it."""
    package: str
    extra: tuple[str, ...] = ()
    """Modules of the extra `export` that it needs."""
    names_classes: bool = False
    """Whether a file only names the classes of its layers: those of the user's own load it."""


def _write_onnx(model: Any, path: Path) -> None:
    import keras
    import onnx

    from cifarcnn.runtime.tensorflow_backend import inlined_functions

    logging.getLogger("tf2onnx").setLevel(logging.CRITICAL)
    images = keras.InputSpec(shape=model.input_shape, dtype="float32", name="images")
    with warnings.catch_warnings(), inlined_functions():
        warnings.simplefilter("ignore")  # Keras looks for np.object, which NumPy warns about
        model.export(path, format="onnx", verbose=False, input_signature=[images])
    network = onnx.load(path)
    _spell_out(network.graph)
    _name_tensors(network.graph)
    onnx.checker.check_model(network)
    onnx.save(network, path)


_SPELT_OUT: dict[str, tuple[str, Callable[[str, str], list[str]]]] = {
    "Erfc": ("Erf", lambda value, one: [one, value]),  # in GELU: 1 - erf(x)
    "Expm1": ("Exp", lambda value, one: [value, one]),  # in CELU: exp(x) - 1
}
"""Operations of TensorFlow that ONNX does not have: another one, and a difference with 1."""


def _spell_out(graph: Any) -> None:
    """Replace what the converter left as it was, so that the file is ONNX."""
    from onnx import TensorProto, helper

    nodes = []
    for node in graph.node:
        if node.op_type not in _SPELT_OUT:
            nodes.append(node)
            continue
        known, difference = _SPELT_OUT[node.op_type]
        one, value = f"{node.name}/one", f"{node.name}/{known}"
        graph.initializer.append(helper.make_tensor(one, TensorProto.FLOAT, [], [1.0]))
        nodes.append(helper.make_node(known, node.input, [value], value))
        nodes.append(helper.make_node("Sub", difference(value, one), node.output, node.name))
    del graph.node[:]
    graph.node.extend(nodes)


def _name_tensors(graph: Any) -> None:
    """Names that say what goes in and out, instead of those that the converter makes up."""
    (images,) = graph.input
    (output,) = graph.output
    for node in graph.node:
        node.output[:] = ["probabilities" if n == output.name else n for n in node.output]
        node.input[:] = ["probabilities" if n == output.name else n for n in node.input]
    output.name = "probabilities"
    for tensor in (images, output):
        tensor.type.tensor_type.shape.dim[0].dim_param = "N"


def _load_onnx(path: Path) -> Predict:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (images,) = session.get_inputs()
    return lambda pixels: session.run(None, {images.name: pixels})[0]


def _write_saved_model(model: Any, path: Path) -> None:
    model.export(path, format="tf_saved_model", verbose=False)


def _load_saved_model(path: Path) -> Predict:
    import tensorflow as tf

    module = tf.saved_model.load(str(path))
    serve = module.signatures["serving_default"]

    def predict(pixels: NDArray[np.float32]) -> Any:
        (outputs,) = serve(tf.constant(pixels)).values()
        return outputs.numpy()

    return predict


def _write_keras(model: Any, path: Path) -> None:
    model.save(path)


def _write_h5(model: Any, path: Path) -> None:
    from cifarcnn.checkpoints.write import h5_bytes

    path.write_bytes(h5_bytes(model, {}))


def _load_keras(path: Path) -> Predict:
    """By `load_model`, which is for files of one's own: this one was written a moment ago."""
    import keras

    predict: Predict = keras.models.load_model(path, compile=False).predict_on_batch
    return predict


FORMATS: dict[FormatName, Format] = {
    "onnx": Format(
        "ONNX",
        ".onnx",
        _write_onnx,
        _load_onnx,
        "onnxruntime",
        extra=("onnx", "tf2onnx", "onnxruntime"),
    ),
    "saved_model": Format(
        "TensorFlow SavedModel", "", _write_saved_model, _load_saved_model, "tensorflow"
    ),
    "keras": Format("Keras", ".keras", _write_keras, _load_keras, "keras", names_classes=True),
    "h5": Format("Keras HDF5", ".h5", _write_h5, _load_keras, "keras", names_classes=True),
}
assert set(FORMATS) == set(get_args(FormatName))

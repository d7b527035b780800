"""Writing `checkpoint.h5`: a plain Keras file that carries its spec and a digest of its weights."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn import __version__
from cifarcnn.layers.network import build_network, set_weights_in_order, weights_in_order
from cifarcnn.layers.pixels import pixel_rescaling
from cifarcnn.runs.files import write_atomically
from cifarcnn.spec.plan import plan_network
from cifarcnn.spec.schema import Spec
from cifarcnn.spec.write import spec_to_yaml

SPEC_ATTRIBUTE = "cifarcnn_spec"
DIGEST_ATTRIBUTE = "cifarcnn_digest"
SPEC_DIGEST_ATTRIBUTE = "cifarcnn_spec_digest"
VERSION_ATTRIBUTE = "cifarcnn_version"


def write_checkpoint(path: Path, spec: Spec, model: Any) -> None:  # a Keras model
    """Write the weights of a trained network as the network of its spec.

    The file is written from a twin in Keras' own layers with the spec's softmax, so that
    `keras.models.load_model(path)` gives a model from pixels (0 to 255) to probabilities.
    """
    twin = build_network(spec.name, pixel_rescaling(spec.data), spec.model.layers, twin=True)
    plan = plan_network(spec.model.layers)
    weights = weights_in_order(model, plan)
    set_weights_in_order(twin, plan, weights)
    text = spec_to_yaml(spec)
    attributes = {
        SPEC_ATTRIBUTE: text,
        SPEC_DIGEST_ATTRIBUTE: text_digest(text),
        DIGEST_ATTRIBUTE: weights_digest(weights),
        VERSION_ATTRIBUTE: __version__,
    }
    write_atomically(path, lambda temporary: _write_h5(temporary, twin, attributes))


def weights_digest(weights: Sequence[NDArray[np.float32]]) -> str:
    """SHA-256 over the shapes and bytes of all weights, in the order of the plan."""
    digest = hashlib.sha256()
    for array in weights:
        digest.update(f"{array.dtype.str}{array.shape};".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _write_h5(path: Path, model: Any, attributes: dict[str, str]) -> None:
    """Let Keras write its `.h5` file, and add attributes.

    Raises:
        OSError: it cannot be written (h5py calls some of these failures RuntimeError).
    """
    import h5py

    try:
        model.save(path, include_optimizer=False)
        with h5py.File(path, "r+") as file:
            for name, value in attributes.items():
                file.attrs[name] = value
    except RuntimeError as error:
        raise OSError(f"HDF5: {' '.join(str(error).split())[:200]}") from error

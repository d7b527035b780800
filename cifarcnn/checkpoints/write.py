"""Writing `checkpoint.h5`: a plain Keras file that carries its spec and a digest of its weights."""

import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn import __version__
from cifarcnn.files.atomic import write_bytes
from cifarcnn.files.digest import arrays_digest
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from cifarcnn.networks.build import build_network, set_weights_in_order, weights_in_order
from cifarcnn.networks.pixels import pixel_rescaling

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
    write_bytes(path, h5_bytes(twin, attributes))


def weights_digest(weights: Sequence[NDArray[np.float32]]) -> str:
    """SHA-256 over the shapes and bytes of all weights, in the order of the plan."""
    return arrays_digest(weights)


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def h5_bytes(model: Any, attributes: dict[str, str]) -> bytes:
    """The `.h5` file that Keras writes, with more attributes.

    It is made in memory: where HDF5 itself meets a full disk, it cannot even close the file.
    """
    import h5py

    class FileInMemory(h5py.File):  # type: ignore[misc]
        def __str__(self) -> str:
            return "checkpoint.h5"  # by the end of which Keras chooses the format

    content = io.BytesIO()
    with FileInMemory(content, "w") as file:
        model.save(file, include_optimizer=False)
        for name, value in attributes.items():
            file.attrs[name] = value
    return content.getvalue()

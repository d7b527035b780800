"""What a checkpoint says about its network, read without Keras and without running anything.

A checkpoint of ours holds its spec. One made by plain Keras holds a config, which is admitted layer
by layer through the registry. `keras.models.load_model` is never called: it would run a program
that the file chooses.
"""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cifarcnn.checkpoints.write import DIGEST_ATTRIBUTE, SPEC_ATTRIBUTE
from cifarcnn.errors import UserError
from cifarcnn.spec.kinds import Layer
from cifarcnn.spec.load import parse_spec
from cifarcnn.spec.plan import IMAGE_SHAPE, PlanError, plan_network
from cifarcnn.spec.problems import SpecError
from cifarcnn.spec.schema import Spec

_LARGEST_CONFIG = 4 * 1024 * 1024
_H5_MAGIC = b"\x89HDF\r\n\x1a\n"
_ZIP_MAGIC = b"PK\x03\x04"


@dataclass(frozen=True)
class CheckpointFile:
    """A checkpoint's network, as far as the file describes it."""

    path: Path
    layers: tuple[Layer, ...]
    spec: Spec | None
    """The spec of the run that made it; None if it was made by plain Keras."""
    digest: str | None
    """The digest of the weights, if the file holds one."""


def read_checkpoint_file(path: Path) -> CheckpointFile:
    """Read the description of the network in a `.h5` or `.keras` file.

    Raises:
        UserError: there is no such file, it is not a checkpoint, or its network cannot be rebuilt
            from the registry.
    """
    magic = _first_bytes(path)
    if magic.startswith(_H5_MAGIC):
        return _read_h5(path)
    if magic.startswith(_ZIP_MAGIC):
        return _from_config(path, _keras_config(path))
    raise UserError(f"{path} is not a checkpoint: expected a Keras .h5 or .keras file")


def _first_bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            found = "is a folder" if path.is_dir() else "does not exist"
            raise UserError(
                f"the checkpoint {path} {found}; expected a .h5 or .keras file",
                hint=f"perhaps {path / 'checkpoint.h5'}" if path.is_dir() else None,
            )
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error


def _read_h5(path: Path) -> CheckpointFile:
    import h5py

    try:
        with h5py.File(path, "r") as file:
            spec_text = _text(file.attrs.get(SPEC_ATTRIBUTE))
            digest = _text(file.attrs.get(DIGEST_ATTRIBUTE))
            config = _text(file.attrs.get("model_config"))
            has_weights = "model_weights" in file
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise UserError(f"{path} is damaged: HDF5 cannot read it ({error})") from error
    if not has_weights:
        raise UserError(f"{path} holds no Keras model: expected the group model_weights")
    if spec_text is None:
        return _from_config(path, _parsed(path, config))
    try:
        spec = parse_spec(spec_text, f"{path} (its spec)")
    except SpecError as error:
        raise UserError(f"the spec inside {path} is not valid: {error.problems[0]}") from error
    return CheckpointFile(path, tuple(spec.model.layers), spec, digest)


def _keras_config(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("config.json").file_size > _LARGEST_CONFIG:
                raise UserError(f"{path}: its config.json is larger than any network's")
            archive.getinfo("model.weights.h5")
            return _parsed(path, archive.read("config.json").decode())
    except KeyError as error:
        raise UserError(f"{path} is not a .keras file: {error.args[0]}") from error
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UserError(f"{path} is damaged: {error}") from error


def _parsed(path: Path, text: str | None) -> dict[str, Any]:
    if text is None:
        raise UserError(f"{path} holds weights only; expected a whole model (model.save)")
    if len(text) > _LARGEST_CONFIG:
        raise UserError(f"{path}: its config is larger than any network's")
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged: its config is not JSON") from error
    if not isinstance(config, dict):
        raise UserError(f"{path} is damaged: its config is not a mapping")
    return config


def _from_config(path: Path, config: dict[str, Any]) -> CheckpointFile:
    from cifarcnn.checkpoints.keras_config import UnknownNetworkError, layers_from_config

    try:
        layers = layers_from_config(config)
        plan_network(layers)
    except PlanError as error:
        expected = f"a chain of layers from images of {IMAGE_SHAPE} to 10 classes"
        raise UserError(
            f"{path} is no CIFAR-10 network ({expected} was expected): {error}"
        ) from error
    except UnknownNetworkError as error:
        raise UserError(f"{path} holds a network that cannot be rebuilt: {error}") from error
    return CheckpointFile(path, tuple(layers), None, None)


def _text(value: Any) -> str | None:  # noqa: ANN401 - an HDF5 attribute
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value if isinstance(value, str) else None

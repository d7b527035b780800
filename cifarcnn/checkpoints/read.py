"""Reading a checkpoint without Keras and without running anything from it.

The file itself is opened only in a child process (`sandbox.py`). What comes back is text and
arrays: a checkpoint of ours holds its spec; one made by plain Keras holds a config, which is
admitted layer by layer through the registry. `keras.models.load_model` is not called: it would
run a program that the file chooses (`trusted.py` calls it where the user asked for that).
"""

import json
import signal
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cifarcnn.checkpoints import sandbox
from cifarcnn.checkpoints.keras_config import (
    UnknownNetworkError,
    layers_from_config,
    rescales_pixels,
)
from cifarcnn.checkpoints.write import (
    DIGEST_ATTRIBUTE,
    SPEC_ATTRIBUTE,
    SPEC_DIGEST_ATTRIBUTE,
    text_digest,
    weights_digest,
)
from cifarcnn.errors import UserError, os_reason
from cifarcnn.files.links import leads_out
from cifarcnn.language.checking.validate import GIVE_CODE
from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.language.entry_types import Layer
from cifarcnn.language.load import parse_to_score
from cifarcnn.language.plan.network_plan import PlanError, PlannedLayer, plan_network
from cifarcnn.language.problems import SpecError
from cifarcnn.language.schema import Spec
from cifarcnn.processes.run_module import run_module
from cifarcnn.runs.directory import RunDirectory
from cifarcnn.runs.next_command import next_command

Arrays = list[NDArray[Any]]

_LARGEST_FILE = 8 * 1024**3
_MEMORY_FOR_LIBRARIES = 700
"""MiB that Python, numpy and h5py may take beside the file's own size."""
_SECONDS, _MOST_SECONDS = 6, 18
"""Of processor time, for small files and for the largest."""
_BYTES_PER_SECOND = 16 * 1024**2
"""For larger files; a tenth of what they take."""


@dataclass(frozen=True)
class CheckpointFile:
    """A network with its weights, as a file describes it; all of it has been checked to fit."""

    path: Path
    layers: tuple[Layer, ...]
    weights: tuple[Arrays, ...]
    """The arrays of each layer, in Keras' order."""
    spec: Spec | None
    """The spec of the run that made it, but for what only its training needed; None if it was made
    by plain Keras."""
    digest: str | None
    """The digest of the weights, if the file holds one."""
    rescales: bool = False
    """Whether the network of plain Keras begins by rescaling pixels from 0 to 255."""


class ForeignNetworkError(UserError):
    """A checkpoint of plain Keras whose network cannot be rebuilt from the registry."""

    def __init__(self, message: str, path: Path, suffix: str, config: Any) -> None:
        super().__init__(message)
        self.path = path
        self.suffix = suffix
        """How a name must end for Keras to read what was looked at here, whatever `path` says."""
        self.config = config
        """The config of the network, JSON."""
        self.rescales = rescales_pixels(config)
        """Whether it begins by rescaling pixels from 0 to 255."""


def read_checkpoint_file(path: Path) -> CheckpointFile:
    """Read a `.h5` or `.keras` file.

    Raises:
        ForeignNetworkError: its network cannot be rebuilt from the registry.
        UserError: there is no such file, it is damaged or hostile, or its weights do not fit its
            network.
    """
    size = require_checkpoint(path)
    content = _read_in_child(path, size)
    spec = _stored_spec(path, content.texts)
    rescales = False
    if spec:
        layers = list(spec.model.layers)
        rows = plan_network(layers).layers
        names = [row.name for row in rows]
    else:
        config = _config(path, content.texts.get("model_config"))
        layers, names = _layers_of_config(path, content.suffix, config)
        rows = plan_network(layers).layers
        rescales = rescales_pixels(config)
    weights = _fitting_weights(path, rows, names, content.layers)
    digest = content.texts.get(DIGEST_ATTRIBUTE)
    if spec and digest != weights_digest([array for arrays in weights for array in arrays]):
        raise UserError(
            f"{path} is damaged: its weights are not those that were written (SHA-256 differs)"
        )
    return CheckpointFile(path, tuple(layers), tuple(weights), spec, digest, rescales)


def require_checkpoint(path: Path) -> int:
    """Check that a file is there and begins like a checkpoint; returns its size.

    Raises:
        UserError: it is not, or does not.
    """
    try:
        require_inside_run(path)
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UserError(
                f"the checkpoint {path} is a folder; expected a .h5 or .keras file",
                hint=f"perhaps {RunDirectory(path).checkpoint}",
            )
        if not stat.S_ISREG(status.st_mode):
            raise UserError(f"{path} is not a regular file; expected a .h5 or .keras file")
        with path.open("rb") as file:
            magic = file.read(len(sandbox.HDF5))
    except FileNotFoundError as error:
        run = RunDirectory(path.parent)
        unfinished = run.status == "interrupted"
        raise UserError(
            f"the checkpoint {path} does not exist; expected a .h5 or .keras file",
            hint=f"the run is not finished: {next_command('resume', run.path)}"
            if unfinished
            else None,
        ) from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {os_reason(error)}") from error
    if not magic.startswith((sandbox.HDF5, sandbox.ZIP)):
        raise UserError(f"{path} is not a checkpoint: expected a Keras .h5 or .keras file")
    if status.st_size > _LARGEST_FILE:
        raise UserError(f"{path} is larger than {_LARGEST_FILE // 1024**3} GiB")
    return status.st_size


def require_inside_run(path: Path) -> None:
    """Check that a checkpoint in a run directory is no link to a file elsewhere.

    Raises:
        UserError: it is.
    """
    run = RunDirectory(path.parent)
    if path.is_symlink() and run.record.exists() and leads_out(path, run.path):
        raise UserError(f"{path} is a link that leads out of the run")


class _Content(NamedTuple):
    """What the child process has read."""

    suffix: str
    texts: dict[str, str]
    layers: dict[str, Arrays]
    """The arrays of each layer, by its name in the file."""


def _read_in_child(path: Path, size: int) -> _Content:
    seconds = min(_SECONDS + size // _BYTES_PER_SECOND, _MOST_SECONDS)
    megabytes = _MEMORY_FOR_LIBRARIES + 4 * size // 1024**2
    with tempfile.TemporaryDirectory(prefix="cifarcnn-") as folder:
        output = Path(folder) / "checkpoint.npz"
        words = (path.absolute(), output, megabytes, seconds)
        try:
            child = run_module(
                sandbox.__name__, *words, seconds=10 * _MOST_SECONDS, one_thread=True
            )
        except TimeoutError as error:
            raise UserError(f"{path} is refused: reading it takes too long") from error
        if child.refusal is not None:
            how = "is" if child.refusal.startswith("damaged") else "is refused:"
            raise UserError(f"{path} {how} {child.refusal}")
        if child.exit_code != 0:
            reason = child.failure(
                {signal.SIGXCPU: f"reading it takes more than {seconds} seconds"},
                "reading it crashes the HDF5 library",
                "it cannot be read",
            )
            raise UserError(f"{path} is refused: {reason}")
        with np.load(output, allow_pickle=False) as file:
            index = json.loads(file["index"].tobytes())
            layers = {
                name: [file[f"weight/{number}/{i}"] for i in range(count)]
                for number, (name, count) in enumerate(index["layers"])
            }
    return _Content(index["suffix"], index["texts"], layers)


def _stored_spec(path: Path, texts: dict[str, str]) -> Spec | None:
    """The spec in a checkpoint of ours, whose text must be the one that was written."""
    ours = [texts.get(name) for name in (SPEC_ATTRIBUTE, SPEC_DIGEST_ATTRIBUTE, DIGEST_ATTRIBUTE)]
    if ours == [None, None, None]:
        return None
    text = texts.get(SPEC_ATTRIBUTE)
    if text is None or text_digest(text) != texts.get(SPEC_DIGEST_ATTRIBUTE):
        raise UserError(
            f"{path} is damaged: its spec is not the one that was written (SHA-256 differs)"
        )
    try:
        return parse_to_score(text, f"{path} (its spec)")
    except SpecError as error:
        problem = error.problems[0]
        if problem.unknown:  # not misspelt: a program wrote this spec
            raise UserError(f"{path} has the unknown {problem.unknown}", hint=GIVE_CODE) from error
        reason = problem.in_one_line()
        raise UserError(f"the spec inside {path} is not valid: {reason}") from error


def _config(path: Path, text: str | None) -> Any:  # JSON
    """The config of a plain Keras model."""
    if text is None:
        raise UserError(f"{path} holds weights only; expected a whole model (model.save)")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged: its config is not JSON") from error


def _layers_of_config(path: Path, suffix: str, config: Any) -> tuple[list[Layer], list[str]]:
    """The layers of a plain Keras model and their names in the file."""
    try:
        layers, names = layers_from_config(config)
        plan_network(layers)
    except PlanError as error:
        expected = f"a chain of layers from images of {IMAGE_SHAPE} to 10 classes"
        where = error.path[-1]
        message = f"{path} is no CIFAR-10 network (expected {expected}): {where}: {error}"
        raise ForeignNetworkError(message, path, suffix, config) from error
    except UnknownNetworkError as error:
        message = f"{path} holds a network that cannot be rebuilt: {error}"
        raise ForeignNetworkError(message, path, suffix, config) from error
    except (TypeError, AttributeError, KeyError, IndexError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged: its config is not one that Keras writes") from error
    return layers, names


def _fitting_weights(
    path: Path, rows: tuple[PlannedLayer, ...], names: list[str], found: dict[str, Arrays]
) -> list[Arrays]:
    """The arrays of each layer, which must be as many numbers as the layer has, all finite."""
    weights = []
    for row, name in zip(rows, names, strict=True):
        arrays = [array.astype(np.float32, copy=False) for array in found.pop(name, [])]
        numbers = sum(array.size for array in arrays)
        if numbers != row.parameters.total:
            raise UserError(
                f"the weights in {path} do not fit its network: {name} needs "
                f"{row.parameters.total:,} numbers, the file holds {numbers:,}"
            )
        if not all(np.isfinite(array).all() for array in arrays):
            raise UserError(f"{path} is damaged: {name} has weights that are not finite numbers")
        weights.append(arrays)
    extra = [name for name, arrays in found.items() if arrays]
    if extra:
        raise UserError(f"{path} holds weights of {extra[0]!r}, which its network does not have")
    return weights

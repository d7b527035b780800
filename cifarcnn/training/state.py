"""The state of a training between two epochs: all that the next epoch depends on.

A state is one `.npz` file with a checksum inside. The two newest are kept, so that there is always
a good one while the next is written.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cifarcnn.errors import UserError
from cifarcnn.runs.files import write_atomically
from cifarcnn.runs.history import EpochRow

FORMAT = 2
KEPT = 2
_META = "meta"
_DIGEST = "digest"
_LARGEST_FILE = 16 * 1024**3

Arrays = dict[str, NDArray[Any]]


@dataclass
class TrainingState:
    """A training after some epochs, ready to go on.

    `variables` and `optimizer` are those of the Keras model in their order: weights, statistics of
    batch normalization, the states of seed generators; and moments, iterations and learning rate.
    """

    spec: str
    """The resolved spec as YAML."""
    data_sha256: str
    versions: dict[str, str]
    rows: list[EpochRow]
    events: list[dict[str, Any]]
    stopped: str | None
    """Why a callback ended the training, if one has."""
    seconds: float
    variables: list[NDArray[Any]] = field(default_factory=list)
    optimizer: list[NDArray[Any]] = field(default_factory=list)
    averages: list[NDArray[Any]] = field(default_factory=list)
    """The averaged weights and statistics; empty if nothing is averaged."""
    callbacks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return len(self.rows)


class StateStore:
    """The states of one run, in its folder `state/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, state: TrainingState) -> None:
        """Write a state and forget all but the newest.

        Raises:
            OSError: it could not be written; the earlier ones are untouched.
        """
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"epoch-{state.epoch:06d}.npz"
        arrays = _to_arrays(state)
        write_atomically(path, lambda temporary: np.savez(temporary, **arrays))  # type: ignore[arg-type]
        for old in self._newest_first()[KEPT:]:
            old.unlink()

    def load(self, warn: Callable[[str], None]) -> TrainingState:
        """Read the newest state that is whole; `warn` hears of those that are not.

        Raises:
            UserError: there is none.
        """
        reasons = []
        for path in self._newest_first():
            try:
                state = _read(path)
            except _DAMAGED as error:
                reasons.append(f"{path} is damaged ({str(error) or type(error).__name__})")
                continue
            for reason in reasons:
                warn(f"{reason}; going on from epoch {state.epoch} instead")
            return state
        if reasons:
            raise UserError(f"{'; '.join(reasons)}; there is no other state to go on from")
        raise UserError(
            f"{self._folder} holds no state of a training, so there is nothing to resume"
        )

    def _newest_first(self) -> list[Path]:
        return sorted(self._folder.glob("epoch-*.npz"), reverse=True)


_DAMAGED = (
    OSError, ValueError, KeyError, TypeError, EOFError, MemoryError, NotImplementedError,
    zipfile.BadZipFile, RecursionError,
)  # fmt: skip


def _to_arrays(state: TrainingState) -> Arrays:
    arrays: Arrays = {}
    for index, array in enumerate(state.variables):
        arrays[f"variable/{index:04d}"] = array
    for index, array in enumerate(state.optimizer):
        arrays[f"optimizer/{index:04d}"] = array
    for index, array in enumerate(state.averages):
        arrays[f"average/{index:04d}"] = array
    callbacks = []
    for number, fields in enumerate(state.callbacks):
        lists = {name: value for name, value in fields.items() if isinstance(value, list)}
        for name, value in lists.items():
            for index, array in enumerate(value):
                arrays[f"callback/{number}/{name}/{index:04d}"] = array
        callbacks.append(fields | {name: {"arrays": len(value)} for name, value in lists.items()})
    meta = {
        "format": FORMAT,
        "spec": state.spec,
        "data_sha256": state.data_sha256,
        "versions": state.versions,
        "rows": [asdict(row) for row in state.rows],
        "events": state.events,
        "stopped": state.stopped,
        "seconds": state.seconds,
        "callbacks": callbacks,
        "variables": len(state.variables),
        "optimizer": len(state.optimizer),
        "averages": len(state.averages),
    }
    arrays[_META] = _as_bytes(json.dumps(meta))
    return {**arrays, _DIGEST: _as_bytes(_digest(arrays))}


def _read(path: Path) -> TrainingState:
    if path.is_symlink() or not path.is_file():
        raise ValueError("not a regular file")
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("compressed, which no state is")
        if sum(member.file_size for member in members) > min(path.stat().st_size, _LARGEST_FILE):
            raise ValueError("its members are larger than the file")
    with np.load(path, allow_pickle=False) as file:
        arrays: Arrays = {name: file[name] for name in file.files}
    digest = arrays.pop(_DIGEST).tobytes().decode()
    if digest != _digest(arrays):
        raise ValueError("its checksum differs")
    meta = json.loads(arrays.pop(_META).tobytes())
    if meta["format"] != FORMAT:
        raise ValueError(f"format {meta['format']}; expected {FORMAT}")
    return TrainingState(
        spec=meta["spec"],
        data_sha256=meta["data_sha256"],
        versions=meta["versions"],
        rows=[EpochRow(**row) for row in meta["rows"]],
        events=meta["events"],
        stopped=meta["stopped"],
        seconds=meta["seconds"],
        variables=[arrays[f"variable/{i:04d}"] for i in range(meta["variables"])],
        optimizer=[arrays[f"optimizer/{i:04d}"] for i in range(meta["optimizer"])],
        averages=[arrays[f"average/{i:04d}"] for i in range(meta["averages"])],
        callbacks=[
            {name: _callback_value(arrays, number, name, value) for name, value in fields.items()}
            for number, fields in enumerate(meta["callbacks"])
        ],
    )


def _callback_value(arrays: Arrays, number: int, name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return [arrays[f"callback/{number}/{name}/{i:04d}"] for i in range(value["arrays"])]
    return value


def _as_bytes(text: str) -> NDArray[Any]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 over the names, types, shapes and bytes of the arrays."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name}:{array.dtype.str}{array.shape};".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()

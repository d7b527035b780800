"""The state of a training between two epochs: all that the next epoch depends on.

A state is one `.npz` file with a checksum inside. The two newest are kept, so that there is always
a good one while the next is written.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from cifarcnn.errors import UserError
from cifarcnn.files.atomic import write_atomically
from cifarcnn.files.digest import named_arrays_digest
from cifarcnn.files.npz import DAMAGED, read_array, read_arrays
from cifarcnn.files.run_files import STATES, state_name
from cifarcnn.language.load import parse_spec
from cifarcnn.language.marks import dotted
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.problems import SpecError
from cifarcnn.runs.history import EpochRow

FORMAT = 2
KEPT = 2
_META = "meta"
_DIGEST = "digest"
_LARGEST_META = 256 * 1024**2
_LARGEST_PER_PARAMETER = 64
"""Bytes: a float32 each for the weight, its moments, averages and copies, and some to spare."""

Arrays = dict[str, NDArray[Any]]


@dataclass
class _Facts:
    """What a state holds beside its arrays."""

    spec: str
    """The resolved spec as YAML."""
    data_sha256: str
    versions: dict[str, str]
    """Of the packages; and the device, the number of threads and the switches of the arithmetic."""
    rows: list[EpochRow]
    events: list[dict[str, str | int]]
    stopped: str | None
    """Why a callback ended the training, if one has."""
    seconds: float


@dataclass
class TrainingState(_Facts):
    """A training after some epochs, ready to go on.

    `variables` and `optimizer` are those of the Keras model in their order: weights, statistics of
    batch normalization, the states of seed generators; and moments, iterations and learning rate.
    """

    variables: list[NDArray[Any]] = field(default_factory=list)
    optimizer: list[NDArray[Any]] = field(default_factory=list)
    averages: list[NDArray[Any]] = field(default_factory=list)
    """The averaged weights and statistics; empty if nothing is averaged."""
    callbacks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return len(self.rows)


@dataclass
class StateMeta(_Facts):
    """The JSON of a state, in its order; `variables` and so on count the arrays."""

    callbacks: list[dict[str, bool | int | float | dict[str, int] | None]]
    variables: int
    optimizer: int
    averages: int


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
        path = self._folder / state_name(state.epoch)
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
            except SpecError as error:
                if unknown := next((p.unknown for p in error.problems if p.unknown), None):
                    raise UserError(
                        f"{path}: its spec has the unknown {unknown}, from a plug-in that is not "
                        "installed or a file that is not given",
                        hint="install the plug-in, or give the file with --code",
                    ) from error
                reasons.append(f"{path} is damaged ({error.problems[0].in_one_line()})")
                continue
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
        return sorted(self._folder.glob(STATES), reverse=True)


_DAMAGED = (*DAMAGED, UserError)


def _to_arrays(state: TrainingState) -> Arrays:
    arrays: Arrays = {}
    for index, array in enumerate(state.variables):
        arrays[f"variable/{index:04d}"] = array
    for index, array in enumerate(state.optimizer):
        arrays[f"optimizer/{index:04d}"] = array
    for index, array in enumerate(state.averages):
        arrays[f"average/{index:04d}"] = array
    callbacks = []
    for number, of_one in enumerate(state.callbacks):
        lists = {name: value for name, value in of_one.items() if isinstance(value, list)}
        for name, value in lists.items():
            for index, array in enumerate(value):
                arrays[f"callback/{number}/{name}/{index:04d}"] = array
        callbacks.append(of_one | {name: {"arrays": len(value)} for name, value in lists.items()})
    meta = StateMeta(
        **_facts(state),
        callbacks=callbacks,
        variables=len(state.variables),
        optimizer=len(state.optimizer),
        averages=len(state.averages),
    )
    arrays[_META] = _as_bytes(json.dumps({"format": FORMAT, **asdict(meta)}))
    return {**arrays, _DIGEST: _as_bytes(named_arrays_digest(arrays))}


def _facts(state: _Facts) -> dict[str, Any]:
    """By their names, not copied."""
    return {fact.name: getattr(state, fact.name) for fact in fields(_Facts)}


def _read(path: Path) -> TrainingState:
    content = read_array(path, _META, _LARGEST_META).tobytes()
    meta = _checked(json.loads(content))
    parameters = plan_network(parse_spec(meta.spec, "its spec").model.layers).parameters.total
    arrays = read_arrays(path, _LARGEST_META + _LARGEST_PER_PARAMETER * parameters)
    digest = arrays.pop(_DIGEST).tobytes().decode()
    if digest != named_arrays_digest(arrays):
        raise ValueError("its checksum differs")
    return TrainingState(
        **_facts(meta),
        variables=[arrays[f"variable/{i:04d}"] for i in range(meta.variables)],
        optimizer=[arrays[f"optimizer/{i:04d}"] for i in range(meta.optimizer)],
        averages=[arrays[f"average/{i:04d}"] for i in range(meta.averages)],
        callbacks=[
            {name: _callback_value(arrays, number, name, value) for name, value in of_one.items()}
            for number, of_one in enumerate(meta.callbacks)
        ],
    )


def _checked(data: Any) -> StateMeta:  # JSON
    """The JSON of a state, with rows as they are used.

    Raises:
        ValueError: it is not what `_to_arrays` writes.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        received = data.get("format") if isinstance(data, dict) else data
        raise ValueError(f"format {received!r:.40}; expected {FORMAT}")
    try:
        meta = TypeAdapter(StateMeta).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ValueError(f"{dotted(first['loc'])}: {first['msg']}") from error
    numbers = [meta.seconds, *(value for row in meta.rows for value in astuple(row))]
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a number in its history is not finite")
    if [row.epoch for row in meta.rows] != list(range(1, len(meta.rows) + 1)):
        raise ValueError("its epochs are not counted from 1")
    if meta.stopped and not meta.rows:
        raise ValueError("it was stopped before it began")
    return meta


def _callback_value(arrays: Arrays, number: int, name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return [arrays[f"callback/{number}/{name}/{i:04d}"] for i in range(value["arrays"])]
    return value


def _as_bytes(text: str) -> NDArray[Any]:
    return np.frombuffer(text.encode(), dtype=np.uint8)

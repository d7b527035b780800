"""What this process runs on: a framework is started once, and most of it cannot change then."""

import os
import sys
from dataclasses import dataclass

from cifarcnn.errors import UnusableValueError
from cifarcnn.language.constants import BackendName
from cifarcnn.language.schema import RuntimeSpec
from cifarcnn.processes.environment import given_environment
from cifarcnn.runtime.backends import BACKENDS
from cifarcnn.runtime.devices import DeviceChoice
from cifarcnn.runtime.environment import SWITCHES, prepare_environment

_NEW_PROCESS = "use a new Python process; in a notebook, restart the kernel"


@dataclass(frozen=True)
class Started:
    """A framework that this process has started."""

    backend: BackendName
    device: DeviceChoice
    switches: dict[str, str]


_started: Started | None = None


def started() -> Started | None:
    """What this process has started; None if nothing yet."""
    return _started


def note_started(backend: BackendName, device: DeviceChoice, switches: dict[str, str]) -> None:
    """Remember what this process has started; only the first time."""
    global _started  # noqa: PLW0603 - there is one framework in a process
    _started = _started or Started(backend, device, switches)


def as_started(
    before: Started, device: DeviceChoice, spec: RuntimeSpec, *, exactly: bool
) -> DeviceChoice:
    """The device of a further training or evaluation in a process that has started a framework.

    Not `exactly` means that the threads and switches of the spec are wishes.

    Raises:
        UnusableValueError: it asks for another backend, device or number of threads, or for another
            arithmetic, than this process has started with.
    """
    title = BACKENDS[before.backend].title
    if spec.backend != before.backend:
        raise UnusableValueError(
            ("runtime", "backend"),
            f"this process has started {title} and cannot change to {BACKENDS[spec.backend].title}",
            _NEW_PROCESS,
        )
    if device.gpus != before.device.gpus:
        if not device.reason.startswith("auto"):
            raise UnusableValueError(
                ("runtime", "device"),
                f"this process has started {title} on {before.device} and cannot change to "
                f"{device}",
                _NEW_PROCESS,
            )
        device = DeviceChoice(before.device.gpus, "auto: in use by this process")
    if exactly:
        _require_same_switches(before, device, spec)
    return device


def _require_same_switches(before: Started, device: DeviceChoice, spec: RuntimeSpec) -> None:
    """Compare what the spec sets in the environment with what the framework was started with."""
    title = BACKENDS[before.backend].title
    wanted = prepare_environment(device, spec, given_environment())
    for key, name in (
        ("threads", BACKENDS[before.backend].threads_variable),
        ("onednn", "TF_ENABLE_ONEDNN_OPTS"),
        ("deterministic", "XLA_FLAGS"),
    ):
        unset = "" if name == "XLA_FLAGS" else None  # the others always have a value, if known
        now, then = wanted.get(name, unset), before.switches.get(name, unset)
        if now is not None and then is not None and now != then:
            raise UnusableValueError(
                ("runtime", key),
                f"this process has started {title} with {name}={then} and cannot change to {now}",
                f"{_NEW_PROCESS}; or set runtime.{key} as it was",
            )


def imported_before(backend: BackendName) -> bool:
    """Whether somebody else has imported the framework, which may be set up already."""
    return _started is None and bool({"keras", backend} & sys.modules.keys())


def as_imported(spec: RuntimeSpec, *, exactly: bool) -> dict[str, str]:
    """The switches of a framework that somebody else has imported.

    Raises:
        UnusableValueError: the spec asks for what can be set only before that.
    """
    for key in ("threads", "onednn") if exactly else ():
        if getattr(spec, key) is not None:
            title = BACKENDS[spec.backend].title
            raise UnusableValueError(
                ("runtime", key),
                f"expected to be set before {title} is imported, and it is imported already",
                f"{_NEW_PROCESS}, and call cifarcnn before other code imports {title} or Keras",
            )
    return {name: os.environ[name] for name in SWITCHES if name in os.environ}


def require_hidden(device: DeviceChoice, usable: int, spec: RuntimeSpec) -> None:
    """Check that a framework that somebody else has imported sees no GPU besides those asked for.

    Raises:
        UnusableValueError: it sees more, and would run on one of them.
    """
    if usable > len(device.gpus) and not device.reason.startswith("auto"):
        title = BACKENDS[spec.backend].title
        raise UnusableValueError(
            ("runtime", "device"),
            f"{title} is imported already and uses a GPU, so it cannot change to {device}",
            f"{_NEW_PROCESS}, and call cifarcnn before other code imports {title} or Keras",
        )

"""Choosing CPU or GPUs before the framework is imported, and saying why.

TensorFlow runs `/GPU:0` on the CPU without a word when there is no GPU, so what was asked for is
checked here against what the driver reports, and again after the import.
"""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cifarcnn.errors import UserError
from cifarcnn.language.device import DeviceRequest, parse_device
from cifarcnn.processes.environment import given_environment

VISIBLE = "CUDA_VISIBLE_DEVICES"


@dataclass(frozen=True)
class Gpu:
    """A GPU as the driver reports it."""

    index: int
    name: str
    uuid: str


@dataclass(frozen=True)
class DeviceChoice:
    """What a run will use. `gpus` is empty for the CPU; `reason` says why it was chosen."""

    gpus: tuple[Gpu, ...]
    reason: str

    def __str__(self) -> str:
        return ", ".join(gpu.name for gpu in self.gpus) if self.gpus else "CPU"

    @property
    def visible_devices(self) -> str:
        """The value of CUDA_VISIBLE_DEVICES that shows exactly these GPUs."""
        return ",".join(gpu.uuid for gpu in self.gpus) if self.gpus else "-1"


def choose_device(words: str) -> DeviceChoice:
    """Decide on the device from the words of `--device` and this machine.

    Raises:
        UserError: a GPU was asked for that is not there.
    """
    request = parse_device(words)
    if request is None:
        raise UserError(f"--device {words}: expected auto, cpu, gpu, gpu:1 or gpu:0,1")
    if request.kind == "cpu":
        return DeviceChoice((), "asked for")
    return select(request, driver_gpus(), given_environment())


def select(
    request: DeviceRequest, present: Sequence[Gpu], environment: Mapping[str, str]
) -> DeviceChoice:
    """Choose among the GPUs that are present and that CUDA_VISIBLE_DEVICES leaves visible.

    Raises:
        UserError: a GPU was asked for that is not visible; says what is and what hides the rest.
    """
    visible = visible_gpus(present, environment)
    hidden = f'{VISIBLE}="{environment[VISIBLE]}"' if len(visible) < len(present) else None
    if request.kind == "auto":
        if visible:
            others = f" of {len(visible)}" if len(visible) > 1 else ""
            return DeviceChoice((visible[0],), f"auto: the first GPU{others}")
        return DeviceChoice((), f"auto: {hidden} hides the GPUs" if hidden else "auto: no GPU")
    missing = [index for index in request.indexes if index >= len(visible)]
    if not visible or missing:
        raise UserError(_absent(request, visible, missing, hidden), hint=_what_to_type(visible))
    return DeviceChoice(tuple(visible[i] for i in request.indexes or (0,)), "asked for")


def _absent(
    request: DeviceRequest, visible: Sequence[Gpu], missing: list[int], hidden: str | None
) -> str:
    asked = f"device {request} asks for " + (
        f"GPU {', '.join(map(str, missing))}" if missing else "a GPU"
    )
    if visible:
        shown = ", ".join(f"{i}: {gpu.name}" for i, gpu in enumerate(visible))
        count = "1 GPU is" if len(visible) == 1 else f"{len(visible)} GPUs are"
        message = f"{asked}, but {count} visible ({shown})"
    else:
        message = f"{asked}, but no GPU is visible"
    return f"{message}; {hidden} hides the others" if hidden else message


def _what_to_type(visible: Sequence[Gpu]) -> str:
    choices = [f"--device gpu:{i}" for i in range(len(visible))]
    hint = f"try {' or '.join([*choices, '--device cpu'])}; `nvidia-smi -L` lists the GPUs"
    return f"{hint}; indexes count the visible ones" if visible else hint


def visible_gpus(present: Sequence[Gpu], environment: Mapping[str, str]) -> list[Gpu]:
    """The GPUs in the order in which CUDA counts them.

    As in CUDA, the list of CUDA_VISIBLE_DEVICES ends at the first entry that names no GPU
    (CUDA C++ Programming Guide, "CUDA Environment Variables").
    """
    if VISIBLE not in environment:
        return list(present)
    chosen: list[Gpu] = []
    for word in environment[VISIBLE].split(","):
        name = word.strip()
        if name.startswith("MIG-"):  # a part of a GPU, which the driver's list does not show
            chosen.append(Gpu(-1, "part of a GPU (MIG)", name))
            continue
        match = [gpu for gpu in present if _names(name, gpu)]
        if not match or match[0] in chosen:
            break
        chosen.append(match[0])
    return chosen


def _names(word: str, gpu: Gpu) -> bool:
    return word == str(gpu.index) or (word.startswith("GPU-") and gpu.uuid.startswith(word))


def driver_gpus() -> list[Gpu]:
    """The GPUs that NVIDIA's driver reports; none if there is no driver."""
    try:
        answer = subprocess.run(
            ["nvidia-smi", "--query-gpu=index,name,uuid", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    rows = [line.split(", ") for line in answer.stdout.splitlines()]
    return [Gpu(int(r[0]), r[1], r[2]) for r in rows if len(r) == 3 and r[0].isdigit()]

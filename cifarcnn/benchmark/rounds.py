"""The rounds of a benchmark: every program once per round, each in a fresh process."""

import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from cifarcnn.benchmark.child import TIMED_EPOCH
from cifarcnn.benchmark.flops import training_mflop
from cifarcnn.benchmark.measurements import (
    OURS,
    Measurement,
    ProgramResult,
    Ratios,
    Round,
    ratios,
)
from cifarcnn.benchmark.peer_networks import PEERS, network_of_peers
from cifarcnn.data.load import is_at_hand
from cifarcnn.errors import CifarcnnError, UserError
from cifarcnn.extras import require_extra
from cifarcnn.files.atomic import write_text
from cifarcnn.language.dataset_facts import CIFAR10
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.spec_text import spec_to_yaml
from cifarcnn.processes.child_process import ChildProcesses
from cifarcnn.processes.environment import child_environment
from cifarcnn.processes.run_module import Ended, module_command
from cifarcnn.runtime.devices import VISIBLE, DeviceChoice, choose_device
from cifarcnn.user_code.code_option import code_files

_MEGAFLOP_OF_AN_EPOCH = 600_000
"""What the default number of images aims at: five to ten seconds on two cores."""
_FEWEST_IMAGES = 2000
_LAST_LINES = 12
_WRONG_INPUT = 2


@dataclass(frozen=True)
class Setting:
    """What is measured of one spec: the spec as it is trained, and beside which peers."""

    spec: Spec
    images: int
    """Training images of an epoch."""
    mflop: float
    """Of one training step, for one image."""
    parameters: int
    device: DeviceChoice
    peers: tuple[str, ...]
    network: str | None
    """What the scripts of the peers call the network."""
    notes: tuple[str, ...]
    """In what the measured training differs from the one asked for, or from the peers'."""


@dataclass(frozen=True)
class SpecResult:
    """One spec over all rounds; our own program comes first."""

    setting: Setting
    programs: tuple[ProgramResult, ...]

    @property
    def ratios(self) -> tuple[Ratios, ...]:
        """Beside each peer."""
        ours, *peers = self.programs
        return tuple(ratios(ours, peer) for peer in peers)

    def as_data(self) -> dict[str, Any]:
        """For `--json`."""
        setting = self.setting
        return {
            "name": setting.spec.name,
            "dataset": setting.spec.data.dataset,
            "images": setting.images,
            "batch_size": setting.spec.training.batch_size,
            "parameters": setting.parameters,
            "training_mflop_per_image": setting.mflop,
            "device": str(setting.device),
            "notes": list(setting.notes),
            "programs": {result.program: result.as_data() for result in self.programs},
            "ratios": {ratio.peer: ratio.as_data() for ratio in self.ratios},
        }


class BenchmarkListener(Protocol):
    """Who is told how a benchmark gets on."""

    def spec_begins(self, setting: Setting, rounds: int) -> None:
        """The rounds of a spec begin."""

    def program_ended(self, program: str, number: int, result: Round) -> None:
        """A program has ended its part in a round (from 1)."""


class InterruptedBenchmarkError(CifarcnnError):
    """Ctrl-C or SIGTERM; no process is left behind."""

    def __init__(self, exit_code: int) -> None:
        super().__init__("interrupted; what was measured is not complete and not shown")
        self.exit_code = exit_code


def set_up(
    spec: Spec, peers: Sequence[str], images: int | None = None, data_dir: Path | None = None
) -> Setting:
    """Decide what is measured of a spec; nothing heavy is imported, nothing is started.

    The training is cut to the first `images` of its training set. Its data set is replaced by the
    generated one if it would have to be downloaded. It keeps its epochs, of which two are run.

    Raises:
        UserError: the data is not where it was said to be, the device is not there, there is no
            such peer for this spec, or what the peer needs is not installed.
    """
    if "torch" in peers:
        require_extra("benchmark", ["torch"], "--vs torch")
    device = choose_device(spec.runtime.device)
    if peers and len(device.gpus) > 1:
        raise UserError(f"--vs: the scripts train on one device, not on {len(device.gpus)} GPUs")
    network = network_of_peers(spec) if peers else None
    plan = plan_network(spec.model.layers)
    mflop = training_mflop(plan)
    notes = []
    data = spec.data
    if not is_at_hand(data.dataset, data_dir):
        notes.append(f"{data.dataset} is not at hand: trained on generated images (demo)")
        data = data.model_copy(update={"dataset": "demo"})
    if peers and data.augment:
        names = " and ".join(entry.entry_name for entry in data.augment)
        notes.append(f"{OURS} augments its images ({names}), the scripts do not")
    wanted = images or _images_by_default(mflop, on_gpu=bool(device.gpus))
    share = 0.0 if data.validation == "test" else float(data.validation)
    limit = min(round(wanted / (1 - share)), data.limit or data.facts.train_images)
    data = data.model_copy(update={"limit": limit})
    epochs = max(spec.training.epochs, TIMED_EPOCH + 1)  # so that the timed one is not the last
    training = spec.training.model_copy(update={"epochs": epochs})
    trained = spec.model_copy(update={"data": data, "training": training})
    count = data.images_to_train_on
    if images and count < images:
        notes.append(f"there are only {count:,} images to train on")
    if count < spec.training.batch_size:
        raise UserError(
            f"{spec.name}: {count:,} images are less than one batch of "
            f"{spec.training.batch_size:,}; --images sets another number"
        )
    return Setting(
        trained,
        count,
        mflop,
        plan.parameters.total,
        device,
        tuple(dict.fromkeys(peers)),
        network,
        tuple(notes),
    )


def _images_by_default(mflop: float, *, on_gpu: bool) -> int:
    """A round number of images, so that an epoch takes about as long for every network.

    On a GPU all of them: a few thousand would be an epoch of milliseconds.
    """
    if on_gpu:
        return CIFAR10.train_images
    images = _MEGAFLOP_OF_AN_EPOCH / max(mflop, 1e-6)
    thousands = round(min(images, CIFAR10.train_images) / 1000)
    return max(_FEWEST_IMAGES, 1000 * thousands)


def run_benchmark(
    settings: Sequence[Setting],
    rounds: int,
    listener: BenchmarkListener,
    *,
    data_dir: Path | None = None,
) -> list[SpecResult]:
    """Run all rounds of all specs: in each round every program once, one after the other.

    Raises:
        UserError: a training finds that the input is wrong.
        CifarcnnError: a process fails; with its last lines.
        InterruptedBenchmarkError: Ctrl-C or SIGTERM.
    """
    results = []
    with ChildProcesses() as children:
        for setting in settings:
            listener.spec_begins(setting, rounds)
            with tempfile.TemporaryDirectory(prefix="cifarcnn-benchmark-") as folder:
                work = _Rounds(setting, Path(folder), children, data_dir)
                results.append(work.run(rounds, listener))
    return results


class _Rounds:
    """The rounds of one spec; all files are in `folder`."""

    def __init__(
        self, setting: Setting, folder: Path, children: ChildProcesses, data_dir: Path | None
    ) -> None:
        self.setting = setting
        self.folder = folder
        self.children = children
        self.spec_file = folder / "spec.yaml"
        self.data_file = folder / "images.npz"
        self.options = [] if data_dir is None else ["--data-dir", str(data_dir)]
        for file in code_files():
            self.options += ["--code", str(file.path)]

    def run(self, rounds: int, listener: BenchmarkListener) -> SpecResult:
        write_text(self.spec_file, spec_to_yaml(self.setting.spec))
        if self.setting.peers:
            self._run_module("peer_data", [str(self.spec_file), str(self.data_file)], "the data")
        programs = (OURS, *self.setting.peers)
        found: dict[str, list[Round]] = {program: [] for program in programs}
        for number in range(1, rounds + 1):
            for program in programs:
                result = self._run_program(program, number)
                found[program].append(result)
                listener.program_ended(program, number, result)
        return SpecResult(
            self.setting,
            tuple(
                ProgramResult(program, tuple(done), self.setting.mflop)
                for program, done in found.items()
            ),
        )

    def _run_program(self, program: str, number: int) -> Round:
        load = os.getloadavg()[0]
        started = time.time()
        if program == OURS:
            words = [str(self.spec_file), str(self.folder / f"run-{number}")]
            done = self._run_module("child", words, program)
        else:
            done = self._run_peer(program)
        data = _measurement(program, done)
        self._require_same_network(program, data)
        return Round(started, load, data)

    def _run_module(self, module: str, words: list[str], what: str) -> Ended:
        command = module_command(f"cifarcnn.benchmark.{module}", *words, *self.options)
        done = self._run(command, child_environment())
        if done.exit_code == _WRONG_INPUT:
            raise UserError(done.errors.strip())
        _require_success(what, done)
        return done

    def _run_peer(self, program: str) -> Ended:
        """The environment is the user's; only the GPUs that are not used are hidden."""
        words = [str(self.setting.network), "--data", str(self.data_file)]
        words += ["--batch-size", str(self.setting.spec.training.batch_size)]
        words += ["--epochs", str(TIMED_EPOCH)]
        environment = os.environ | {VISIBLE: self.setting.device.visible_devices}
        done = self._run([sys.executable, str(PEERS[program]), *words], environment)
        _require_success(f"the {program} script", done)
        return done

    def _run(self, command: list[str], environment: Mapping[str, str]) -> Ended:
        done = self.children.run(command, environment)
        if self.children.interrupted:
            raise InterruptedBenchmarkError(self.children.interrupted)
        return done

    def _require_same_network(self, program: str, data: Measurement) -> None:
        """Refuse to compare what is not the same work on the same kind of device.

        Raises:
            CifarcnnError: names what differs.
        """
        setting = self.setting
        expected = {
            "parameters": setting.parameters,
            "images": setting.images,
            "steps": -(-setting.images // setting.spec.training.batch_size),
        }
        for name, value in expected.items():
            found = getattr(data, name)
            if found != value:
                raise CifarcnnError(f"{program} trains with {found:,} {name}, expected {value:,}")
        on_gpu = data.device != "CPU"
        if on_gpu != bool(setting.device.gpus):
            raise CifarcnnError(
                f"{program} runs on the {data.device} instead of {setting.device}",
                hint="--device cpu measures all programs on the CPU",
            )


def _measurement(program: str, done: Ended) -> Measurement:
    """What a program has measured: the last line that it printed, which is checked."""
    line = (done.output.splitlines() or [""])[-1]
    try:
        return Measurement.model_validate_json(line)
    except ValidationError as error:
        raise CifarcnnError(f"{program} gave no result, but: {line[:200]!r}") from error


def _require_success(what: str, done: Ended) -> None:
    if done.exit_code == 0:
        return
    how = f"failed with exit code {done.exit_code}"
    if done.signal_name:
        how = f"was ended by {done.signal_name}"
    lines = [line for line in done.errors.splitlines() if line.strip()][-_LAST_LINES:]
    ending = "; its last lines:" if lines else ""
    raise CifarcnnError("\n  ".join([f"{what} {how}{ending}", *lines]))

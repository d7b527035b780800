"""`cifarcnn evaluate`: the scores of checkpoints on a split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cifarcnn.checkpoints.read import (
    CheckpointFile,
    ForeignNetworkError,
    read_checkpoint_file,
)
from cifarcnn.checkpoints.restore import Pixels, data_spec, restore_network, spec_of
from cifarcnn.data.load import begin_loading
from cifarcnn.data.splits import split_dataset
from cifarcnn.errors import UserError
from cifarcnn.evaluation.choices import SplitName, TestTimeAugmentation
from cifarcnn.evaluation.logits import logits_of, require_memory
from cifarcnn.evaluation.views import VIEWS
from cifarcnn.language.constants import BackendName
from cifarcnn.language.schema import DataSpec, RuntimeSpec, Spec
from cifarcnn.metrics.figures import Figures, Outputs, judge
from cifarcnn.metrics.intervals import Accuracy
from cifarcnn.metrics.mistakes import Mistake, most_confident_mistakes
from cifarcnn.runtime.backends import BACKENDS, DEFAULT_BACKEND
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.start import Runtime, start_on

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cifarcnn.data.dataset import Dataset, Split
    from cifarcnn.data.progress import Progress as DownloadProgress
    from cifarcnn.metrics.scores import Scores


@dataclass(frozen=True)
class AugmentedScores:
    """How a network does when it sees several views of each image."""

    tta: TestTimeAugmentation
    views: int
    """How many times each image is seen."""
    loss: float
    accuracy: Accuracy


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The result of an evaluation."""

    checkpoint: Path
    dataset: str
    split: SplitName
    pixels: str
    device: str
    outputs: Outputs
    """What the network gives; the loss of probabilities is clipped, as Keras does it."""
    loss: float
    figures: Figures
    augmented: AugmentedScores | None
    """With test-time augmentation; the other figures are always without."""
    mistakes: tuple[Mistake, ...]
    """The most confident ones, as many as were asked for."""
    pixels_assumed: bool = False
    """Whether neither the checkpoint nor the user says what its pixels are."""

    @property
    def images(self) -> int:
        """The number of images that were scored."""
        return self.figures.images

    @property
    def label(self) -> str:
        """A short name for people: that of the run, or of a file that is named otherwise."""
        path = self.checkpoint.absolute()
        return path.parent.name if path.stem == "checkpoint" else path.stem

    @property
    def title(self) -> str:
        """The heading of its pictures."""
        return f"{self.label} on {self.dataset}, {self.split} images"


def evaluate(
    paths: Sequence[Path],
    *,
    split: SplitName = "test",
    tta: TestTimeAugmentation = "none",
    mistakes: int = 0,
    device: str = "auto",
    backend: BackendName = DEFAULT_BACKEND,
    pixels: Pixels | None = None,
    data_dir: Path | None = None,
    download: "DownloadProgress | None" = None,
    trust: bool = False,
    warn: Callable[[str], None] = lambda text: None,
    waiting: Callable[[str], None] = lambda text: None,
) -> list[Evaluation]:
    """Score checkpoints; ours on the data of their specs, those of plain Keras on CIFAR-10.

    All files are read before any network is run, so a wrong one costs no time.

    Args:
        paths: The checkpoints.
        split: Which images; held-out ones are found again from the seed of a checkpoint's spec.
        tta: Adds a score with test-time augmentation, which needs a network of the registry.
        mistakes: How many of the most confident mistakes to return at most.
        device: As `--device` takes it.
        backend: The engine under Keras.
        pixels: What a checkpoint of plain Keras expects: `unit` (0 to 1) or `raw`; by default `raw`
            if its network begins by rescaling pixels itself, else `unit`.
        data_dir: Where CIFAR-10 is, if it is not in one of the usual places.
        download: Told of a download's progress.
        trust: Let Keras itself load a network that cannot be rebuilt from the registry, in safe
            mode; `warn` is told so.
        warn: Told what the user should know.
        waiting: Told what is done when it takes its time.

    Raises:
        UserError: a checkpoint, the device or the data is not usable, a network gives what is not
            a number, or the split is not known.
    """
    chosen = choose_device(device)
    networks = [_read_network(path, split, tta, pixels, trust) for path in paths]
    for network in networks:
        if isinstance(network.file, CheckpointFile):
            require_memory(network.file, chosen)
    names = dict.fromkeys(network.data.dataset for network in networks)
    loaded = {name: begin_loading(name, data_dir, download) for name in names}
    ours = any(isinstance(network.file, CheckpointFile) for network in networks)
    waiting(f"loading {BACKENDS[backend].title}")
    runtime = start_on(chosen, _runtime_spec(networks, backend), exactly=False) if ours else None
    datasets = {name: wait() for name, wait in loaded.items()}
    evaluations = []
    for number, network in enumerate(networks, start=1):
        dataset = datasets[network.data.dataset]
        images = _images(dataset, network, split)
        which = f"checkpoint {number} of {len(networks)}: " if len(networks) > 1 else ""
        waiting(f"{which}scoring {len(images):,} images")
        predictions = _predict(network, images, tta, runtime, warn)
        evaluations.append(_evaluation(network, dataset, split, images, predictions, mistakes))
    return evaluations


def _runtime_spec(networks: Sequence["_Network"], backend: BackendName) -> RuntimeSpec:
    """How to compute: with the threads and the oneDNN of the runs, if they all agree.

    The last digits of a score depend on them.
    """
    told = {
        (network.file.spec.runtime.threads, network.file.spec.runtime.onednn)
        for network in networks
        if isinstance(network.file, CheckpointFile) and network.file.spec
    }
    threads, onednn = told.pop() if len(told) == 1 else (None, None)
    return RuntimeSpec(backend=backend, threads=threads, onednn=onednn)


@dataclass(frozen=True)
class _Network:
    """A checkpoint that was read, and the data that it is scored on."""

    path: Path
    file: CheckpointFile | ForeignNetworkError
    """The latter if Keras is to load it itself."""
    data: DataSpec
    seed: int
    pixels_assumed: bool


@dataclass(frozen=True, eq=False)
class _Predictions:
    outputs: "NDArray[np.float32]"
    kind: Outputs
    scores: "Scores"
    device: str
    augmented: AugmentedScores | None = None


def _read_network(
    path: Path, split: SplitName, tta: TestTimeAugmentation, pixels: Pixels | None, trust: bool
) -> _Network:
    file: CheckpointFile | ForeignNetworkError
    try:
        file = read_checkpoint_file(path)
    except ForeignNetworkError as error:
        if not trust:
            hint = "evaluate --trust lets Keras load it, in safe mode, if it is from one you trust"
            raise UserError(error.message, hint) from error
        if tta != "none":
            raise UserError(
                f"--tta {tta} does not go together with a network of --trust"
            ) from error
        file = error
    spec = spec_of(file)
    _require_known_split(path, spec, split)
    assumed = not (spec or pixels)
    return _Network(path, file, data_spec(file, pixels), spec.seed if spec else 0, assumed)


def _images(dataset: "Dataset", network: _Network, name: SplitName) -> "Split":
    splits = split_dataset(dataset, network.data, network.seed)
    return {"train": splits.train, "validation": splits.validation, "test": splits.test}[name]


def _evaluation(
    network: _Network,
    dataset: "Dataset",
    split: SplitName,
    images: "Split",
    predictions: _Predictions,
    mistakes: int,
) -> Evaluation:
    figures = judge(
        predictions.outputs,
        images.labels,
        dataset.classes,
        kind=predictions.kind,
        dataset=dataset.name,
        split=split,
    )
    return Evaluation(
        checkpoint=network.path,
        dataset=dataset.name,
        split=split,
        pixels=network.data.pixels,
        device=predictions.device,
        outputs=predictions.kind,
        loss=predictions.scores.loss,
        figures=figures,
        augmented=predictions.augmented,
        mistakes=most_confident_mistakes(images.images, figures, mistakes),
        pixels_assumed=network.pixels_assumed,
    )


def _predict(
    network: _Network,
    images: "Split",
    tta: TestTimeAugmentation,
    runtime: Runtime | None,
    warn: Callable[[str], None],
) -> _Predictions:
    if isinstance(network.file, ForeignNetworkError):
        reason = network.file.message
        warn(f"--trust: {reason}; Keras loads it itself, in safe mode, on the CPU")
        return _predict_foreign(network.file, images, network.data)
    assert runtime is not None
    return _predict_ours(network.file, images, network.data, tta, runtime)


def _predict_ours(
    file: CheckpointFile,
    images: "Split",
    data: DataSpec,
    tta: TestTimeAugmentation,
    runtime: Runtime,
) -> _Predictions:
    """Of a network of the registry, which gives logits."""
    from cifarcnn.metrics.scores import score

    with runtime.scope():
        model = restore_network(file, data)
    logits = logits_of(file, model, images.images)
    smoothing = file.spec.training.label_smoothing if file.spec else 0.0
    scores = score(logits, images.labels, smoothing)
    augmented = None
    if tta != "none":
        averaged = logits_of(file, model, images.images, tta)
        loss = score(averaged, images.labels, smoothing).loss
        correct = int((averaged.argmax(axis=1) == images.labels).sum())
        augmented = AugmentedScores(tta, VIEWS[tta], loss, Accuracy(correct, len(images)))
    return _Predictions(logits, "logits", scores, str(runtime.device), augmented)


def _predict_foreign(file: ForeignNetworkError, images: "Split", data: DataSpec) -> _Predictions:
    """Of any other network, which gives probabilities or what is taken for logits."""
    from cifarcnn.checkpoints.trusted import predict_trusted
    from cifarcnn.metrics.probabilities import are_probabilities, score_probabilities
    from cifarcnn.metrics.scores import score

    outputs = predict_trusted(file, images.images, 1.0 if data.pixels == "raw" else 1 / 255)
    if are_probabilities(outputs):
        scores = score_probabilities(outputs, images.labels)
        return _Predictions(outputs, "probabilities", scores, "CPU")
    return _Predictions(outputs, "logits", score(outputs, images.labels), "CPU")


def _require_known_split(path: Path, spec: Spec | None, name: SplitName) -> None:
    if name == "validation" and spec is None:
        raise UserError(
            f"--split validation: {path} was made by plain Keras and does not say what was "
            "held out; expected train or test"
        )

"""`cifarcnn.evaluate`."""

from collections.abc import Iterable
from functools import cached_property, partial
from os import PathLike as OsPath
from pathlib import Path
from typing import TYPE_CHECKING, get_args, overload

from cifarcnn.api.arguments import (
    Files,
    PathLike,
    as_optional_path,
    as_path,
    require_count,
    require_word,
    run_code,
)
from cifarcnn.api.calls import listening, using_keras
from cifarcnn.api.picture import Picture, drawn
from cifarcnn.api.run import Run
from cifarcnn.api.tables import (
    facts_html,
    facts_text,
    interval_text,
    table_html,
    table_text,
)
from cifarcnn.checkpoints.restore import Pixels
from cifarcnn.evaluation import evaluate as evaluation
from cifarcnn.evaluation.choices import SplitName, TestTimeAugmentation
from cifarcnn.language.constants import BackendName
from cifarcnn.language.dataset_facts import scored_on
from cifarcnn.plots.evaluation import draw_figures, draw_mistakes
from cifarcnn.runtime.backends import DEFAULT_BACKEND
from cifarcnn.runtime.started import started

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_MISTAKES = 200
_HEADINGS = ("class", "images", "precision", "recall", "F1")


class Evaluation(evaluation.Evaluation):
    """How a checkpoint does on a split; `figures` holds all that was computed."""

    @property
    def accuracy(self) -> float:
        """The share of the images that are recognized."""
        return self.figures.accuracy.value

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the accuracy."""
        return self.figures.accuracy.interval

    @property
    def calibration_error(self) -> float:
        """The expected calibration error."""
        return self.figures.calibration.error

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, in the order of their labels."""
        return self.figures.class_names

    @property
    def confusion(self) -> "NDArray[np.int64]":
        """Counts of shape (C, C): rows are the true classes, columns the predicted ones."""
        return self.figures.confusion

    @property
    def probabilities(self) -> "NDArray[np.float64]":
        """Of shape (N, C)."""
        return self.figures.probabilities

    @cached_property
    def picture(self) -> Picture:
        """The confusion matrix and the calibration."""
        draw = partial(draw_figures, figures=self.figures, title=self.title)
        return drawn(draw, f"the figures of {self.label}")

    @cached_property
    def mistakes_picture(self) -> Picture | None:
        """The most confident mistakes; None unless some were asked for and made."""
        if not self.mistakes:
            return None
        draw = partial(draw_mistakes, mistakes=self.mistakes, title=self.title)
        return drawn(draw, f"mistakes of {self.label}")

    def __repr__(self) -> str:
        return f"{facts_text(self._title, self._facts())}\n{table_text(_HEADINGS, self._rows())}"

    def _repr_html_(self) -> str:
        return facts_html(self._title, self._facts(), self.picture.as_html())

    @property
    def _title(self) -> str:
        return f"Evaluation of {self.label}, {self.split} images"

    def _facts(self) -> list[tuple[str, str]]:
        interval = interval_text(self.accuracy_interval)
        facts = [
            (
                "accuracy",
                f"{self.accuracy:.4f} ({interval}; {scored_on(self.dataset, self.images)})",
            ),
            ("loss", f"{self.loss:.4f}"),
            ("calibration error", f"{self.calibration_error:.4f}"),
        ]
        if augmented := self.augmented:
            facts.append((f"with {augmented.tta}", f"accuracy {augmented.accuracy.value:.4f}"))
        facts += [
            (f"without {check.without}", f"accuracy {check.accuracy.value:.4f}")
            for check in self.figures.checks
        ]
        return facts

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                row.name,
                f"{row.images:,}",
                *(
                    "-" if value is None else f"{value:.4f}"
                    for value in (row.precision, row.recall, row.f1)
                ),
            )
            for row in self.figures.classes
        ]


class Evaluations(list[Evaluation]):
    """Several evaluations; they are shown as one table."""

    def __repr__(self) -> str:
        return table_text(_COLUMNS, self._rows())

    def _repr_html_(self) -> str:
        return table_html(_COLUMNS, self._rows())

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (one.label, f"{one.accuracy:.4f}", f"{one.loss:.4f}", f"{one.calibration_error:.4f}")
            for one in self
        ]


_COLUMNS = ("checkpoint", "accuracy", "loss", "calibration error")


@overload
def evaluate(  # type: ignore[overload-overlap]  # a string is one path, not an iterable of them
    checkpoint: PathLike | Run,
    *,
    split: SplitName = ...,
    tta: TestTimeAugmentation = ...,
    mistakes: int = ...,
    pixels: Pixels | None = ...,
    device: str = ...,
    backend: BackendName | None = ...,
    trust: bool = ...,
    data_dir: PathLike | None = ...,
    code: Files = ...,
    progress: bool = ...,
) -> Evaluation: ...


@overload
def evaluate(
    checkpoint: Iterable[PathLike | Run],
    *,
    split: SplitName = ...,
    tta: TestTimeAugmentation = ...,
    mistakes: int = ...,
    pixels: Pixels | None = ...,
    device: str = ...,
    backend: BackendName | None = ...,
    trust: bool = ...,
    data_dir: PathLike | None = ...,
    code: Files = ...,
    progress: bool = ...,
) -> Evaluations: ...


def evaluate(
    checkpoint: PathLike | Run | Iterable[PathLike | Run],
    *,
    split: SplitName = "test",
    tta: TestTimeAugmentation = "none",
    mistakes: int = 0,
    pixels: Pixels | None = None,
    device: str = "auto",
    backend: BackendName | None = None,
    trust: bool = False,
    data_dir: PathLike | None = None,
    code: Files = (),
    progress: bool = False,
) -> Evaluation | Evaluations:
    """Score a checkpoint, or several, on images, as `cifarcnn evaluate` does.

    Args:
        checkpoint: A checkpoint (`.h5` or `.keras`) or a `Run`; or several of them.
        split: Which images to score: `train`, `validation` or `test`.
        tta: Score with test-time augmentation too: `mirror` or `mirror+shift`.
        mistakes: How many of the most confident mistakes to return, at most 200.
        pixels: What a checkpoint of plain Keras expects: `unit` (0 to 1) or `raw` (0 to 255).
        device: `auto`, `cpu`, `gpu`, `gpu:1` or `gpu:0,1`.
        backend: The engine under Keras: `tensorflow` or `jax`; by default the one that this process
            has started.
        trust: Let Keras itself load a network that is not made of known layers, in its safe mode.
        data_dir: Where CIFAR-10 is, if it is not in one of the usual places.
        code: Python files that register layers, callbacks or others; each runs once in a process.
        progress: Show what the command shows.

    Raises:
        UserError: a checkpoint, an argument or the data cannot be used.
    """
    several = [checkpoint] if isinstance(checkpoint, str | OsPath | Run) else list(checkpoint)
    require_word("split", split, get_args(SplitName))
    require_word("tta", tta, get_args(TestTimeAugmentation))
    require_count("mistakes", mistakes, 0, MOST_MISTAKES)
    require_network_words(pixels, backend)
    with using_keras(), listening(progress) as (listener, download):
        run_code(code)
        results = evaluation.evaluate(
            [checkpoint_path(one) for one in several],
            split=split,
            tta=tta,
            mistakes=mistakes,
            device=device,
            backend=backend or backend_in_use(),
            pixels=pixels,
            data_dir=as_optional_path(data_dir),
            download=download,
            trust=trust,
            warn=listener.warning,
            waiting=listener.waiting,
        )
    evaluations = Evaluations(Evaluation(**vars(result)) for result in results)
    return evaluations[0] if isinstance(checkpoint, str | OsPath | Run) else evaluations


def checkpoint_path(checkpoint: PathLike | Run) -> Path:
    """The path of a checkpoint, or of that of a run."""
    return checkpoint.checkpoint if isinstance(checkpoint, Run) else as_path(checkpoint)


def backend_in_use() -> BackendName:
    """The backend that this process has started, else the usual one."""
    before = started()
    return before.backend if before else DEFAULT_BACKEND


def require_network_words(pixels: str | None, backend: str | None) -> None:
    """Check what says how a checkpoint is run.

    Raises:
        UserError: it is not one of the words for it.
    """
    if pixels is not None:
        require_word("pixels", pixels, get_args(Pixels))
    if backend is not None:
        require_word("backend", backend, get_args(BackendName))

"""`cifarcnn.export`."""

from typing import get_args

from cifarcnn.api.arguments import Files, PathLike, as_optional_path, require_word, run_code
from cifarcnn.api.calls import listening, using_keras
from cifarcnn.api.evaluate import checkpoint_path, require_network_words
from cifarcnn.api.run import Run
from cifarcnn.api.tables import Facts, facts_html, facts_text
from cifarcnn.checkpoints.restore import Pixels
from cifarcnn.exporting import export as exporting
from cifarcnn.exporting.format_names import FormatName
from cifarcnn.exporting.formats import FORMATS
from cifarcnn.language.dataset_facts import scored_on


class Export(exporting.Export):
    """A file in another format, and how well it agrees with the checkpoint."""

    def __repr__(self) -> str:
        return facts_text(self._title, self._facts())

    def _repr_html_(self) -> str:
        return facts_html(self._title, self._facts())

    @property
    def _title(self) -> str:
        return f"Export to {FORMATS[self.format].title}"

    def _facts(self) -> Facts:
        agreement = self.agreement
        return [
            ("file", f"{self.path} ({self.bytes:,} bytes)"),
            ("input", "pixels from 0 to 255, float32 (N, 32, 32, 3)"),
            ("output", "probabilities of the 10 classes, float32 (N, 10)"),
            ("verified by", self.runner),
            (
                "same class",
                f"{agreement.same_class:,} of {agreement.images:,} test images "
                f"({scored_on(self.dataset, agreement.images)})",
            ),
            ("difference", f"at most {agreement.largest_difference:.2g}, of any probability"),
        ]


def export(
    checkpoint: PathLike | Run,
    format: FormatName,
    *,
    output: PathLike | None = None,
    pixels: Pixels | None = None,
    data_dir: PathLike | None = None,
    code: Files = (),
    progress: bool = False,
) -> Export:
    """Write a checkpoint in another format, and prove it, as `cifarcnn export` does.

    What is written takes pixels from 0 to 255 and gives probabilities. It is run in a process of
    its own on all test images.

    Args:
        checkpoint: A checkpoint (`.h5` or `.keras`) or a `Run`.
        format: `onnx`, `saved_model`, `keras` or `h5`.
        output: The file to write, or the folder for `saved_model`; must be new. By default next to
            the checkpoint.
        pixels: What a checkpoint of plain Keras expects: `unit` (0 to 1) or `raw` (0 to 255).
        data_dir: Where CIFAR-10 is, if it is not in one of the usual places.
        code: Python files that register layers, callbacks or others; each runs once in a process.
        progress: Show what the command shows.

    Raises:
        UserError: the checkpoint, an argument or the data cannot be used, or a package is missing.
        CifarcnnError: it cannot be written, or fewer than 99.9 % of the images get the same class.
    """
    require_word("format", format, get_args(FormatName))
    require_network_words(pixels, None)
    with using_keras(), listening(progress) as (_, download):
        run_code(code)
        result = exporting.export(
            checkpoint_path(checkpoint),
            format,
            as_optional_path(output),
            pixels=pixels,
            data_dir=as_optional_path(data_dir),
            download=download,
        )
    return Export(**vars(result))

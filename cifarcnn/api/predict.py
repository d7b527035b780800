"""`cifarcnn.predict`."""

from typing import TYPE_CHECKING, get_args

from cifarcnn.api.arguments import (
    Files,
    PathLike,
    as_paths,
    require_count,
    require_word,
    run_code,
)
from cifarcnn.api.calls import using_keras
from cifarcnn.api.evaluate import backend_in_use, checkpoint_path, require_network_words
from cifarcnn.api.run import Run
from cifarcnn.api.tables import table_html, table_text
from cifarcnn.api.warn import warn_user
from cifarcnn.checkpoints.restore import Pixels
from cifarcnn.evaluation.choices import TestTimeAugmentation
from cifarcnn.language.constants import CLASSES, BackendName
from cifarcnn.prediction import predict as prediction
from cifarcnn.prediction.find_images import Unreadable

if TYPE_CHECKING:
    from cifarcnn.prediction.decode import Fit

_FITS = ("crop", "stretch")
_HEADINGS = ("image", "class", "probability", "then")


class Predictions(prediction.Predictions):
    """The classes that a checkpoint sees in images: `predictions`, and `unreadable` images."""

    def __repr__(self) -> str:
        return table_text(_HEADINGS, self._rows(), left=2)

    def _repr_html_(self) -> str:
        return table_html(_HEADINGS, self._rows(), left=2)

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for image in self.predictions:
            first, *others = image.top
            then = ", ".join(f"{row.name} {row.probability:.4f}" for row in others)
            rows.append((str(image.path), first.name, f"{first.probability:.4f}", then))
        return rows


def predict(
    checkpoint: PathLike | Run,
    images: Files,
    *,
    top: int = 3,
    fit: "Fit" = "crop",
    tta: TestTimeAugmentation = "none",
    pixels: Pixels | None = None,
    device: str = "auto",
    backend: BackendName | None = None,
    code: Files = (),
) -> Predictions:
    """Name the classes that a checkpoint sees in image files, as `cifarcnn predict` does.

    An image that cannot be read is a warning, and stands in `unreadable` of the result.

    Args:
        checkpoint: A checkpoint (`.h5` or `.keras`) or a `Run`.
        images: Image files, or folders of them.
        top: How many classes to return for each image.
        fit: What becomes 32 x 32: `crop`, the largest square in the middle, or `stretch`, the whole
            image.
        tta: Test-time augmentation: `none`, `mirror` or `mirror+shift`.
        pixels: What a checkpoint of plain Keras expects: `unit` (0 to 1) or `raw` (0 to 255).
        device: `auto`, `cpu`, `gpu`, `gpu:1` or `gpu:0,1`.
        backend: The engine under Keras: `tensorflow` or `jax`; by default the one that this process
            has started.
        code: Python files that register layers, callbacks or others; each runs once in a process.

    Raises:
        UserError: Pillow is missing, the checkpoint or an argument cannot be used, or no image can
            be read.
    """
    require_count("top", top, 1, CLASSES)
    require_word("fit", fit, _FITS)
    require_word("tta", tta, get_args(TestTimeAugmentation))
    require_network_words(pixels, backend)
    with using_keras():
        run_code(code)
        result = prediction.predict(
            checkpoint_path(checkpoint),
            as_paths(images),
            top=top,
            fit=fit,
            tta=tta,
            pixels=pixels,
            device=device,
            backend=backend or backend_in_use(),
            unreadable=_warn,
        )
    return Predictions(**vars(result))


def _warn(image: Unreadable) -> None:
    warn_user(f"{image.path} cannot be read: {image.reason}")

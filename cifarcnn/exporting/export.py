"""`cifarcnn export`: a checkpoint in another format, verified on the test images."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cifarcnn.checkpoints.read import CheckpointFile, read_checkpoint_file, require_checkpoint
from cifarcnn.checkpoints.restore import Pixels, data_spec, restore_network
from cifarcnn.data.load import begin_loading
from cifarcnn.entries.layers.core import Activation
from cifarcnn.errors import CifarcnnError, UserError
from cifarcnn.evaluation.logits import logits_of, require_memory
from cifarcnn.exporting.format_names import FormatName
from cifarcnn.exporting.formats import FORMATS, Format
from cifarcnn.exporting.verify import PROMISED, Agreement, compare, run_exported
from cifarcnn.extras import require_extra
from cifarcnn.files.atomic import sync_folder
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import DataSpec, RuntimeSpec
from cifarcnn.networks.build import (
    build_network,
    set_weights_in_order,
    weights_in_order,
    without_softmax,
)
from cifarcnn.networks.pixels import pixel_rescaling
from cifarcnn.runtime.devices import choose_device
from cifarcnn.runtime.quiet import quiet_stderr
from cifarcnn.runtime.start import start_on, version
from cifarcnn.runtime.started import started

if TYPE_CHECKING:
    from cifarcnn.data.progress import Progress as DownloadProgress


@dataclass(frozen=True)
class Export:
    """A file that was written, and what it gave."""

    checkpoint: Path
    path: Path
    format: FormatName
    bytes: int
    dataset: str
    runner: str
    """What ran it, with its version."""
    agreement: Agreement


def export(
    checkpoint: Path,
    name: FormatName,
    output: Path | None = None,
    *,
    pixels: Pixels | None = None,
    data_dir: Path | None = None,
    download: "DownloadProgress | None" = None,
) -> Export:
    """Write the network of a checkpoint in another format, from pixels to probabilities.

    The file takes pixels from 0 to 255, `float32` of shape (N, 32, 32, 3) for any N, and gives
    probabilities of shape (N, 10). It is written beside its place, run in a process of its own on
    all test images of the checkpoint's data set, and renamed if it gives the same classes.

    Raises:
        UserError: the checkpoint or the data is not usable, a package is missing, the place is
            taken, or the network gives what is not a number.
        CifarcnnError: it cannot be written, or gives something else than the checkpoint.
    """
    form = FORMATS[name]
    require_extra("export", form.extra, f"the format {name}")
    place = _place(checkpoint, form, output)
    file = read_checkpoint_file(checkpoint)
    data = data_spec(file, pixels)
    before = started()
    device = before.device if before else choose_device("cpu")
    require_memory(file, device)
    loaded = begin_loading(data.dataset, data_dir, download)
    start_on(device, RuntimeSpec(), exactly=False)
    images = loaded().test.images
    import numpy as np

    from cifarcnn.metrics.scores import log_softmax

    network = restore_network(file, data)
    expected = np.exp(log_softmax(logits_of(file, network, images)))
    with tempfile.TemporaryDirectory(prefix=".cifarcnn-export-", dir=place.parent) as folder:
        written = Path(folder) / place.name
        _write(form, _with_probabilities(file, data, network), written)
        received = run_exported(name, written, images, file.layers)
        agreement = compare(expected, received)
        if not agreement.kept:
            raise CifarcnnError(
                f"{place} is not kept: only {agreement.same_class:,} of {agreement.images:,} test "
                f"images get the class that the checkpoint gives; expected {PROMISED:.1%}"
            )
        size = _flush(written)
        _require_free(place)
        written.rename(place)
    sync_folder(place.parent)
    runner = f"{form.package} {version(form.package)}"
    return Export(checkpoint, place, name, size, data.dataset, runner, agreement)


def _place(checkpoint: Path, form: Format, output: Path | None) -> Path:
    """Where the file will be: as was said, or beside the checkpoint."""
    if output is None:
        require_checkpoint(checkpoint)
    place = output or checkpoint.with_name(f"{checkpoint.stem}-export{form.suffix}")
    if form.suffix and place.suffix != form.suffix:
        raise UserError(f"--output {place}: a file of this format must end in {form.suffix}")
    _require_free(place)
    if not place.parent.is_dir():
        raise UserError(f"--output {place}: the folder {place.parent} does not exist")
    return place


def _require_free(place: Path) -> None:
    if os.path.lexists(place):
        raise UserError(
            f"{place} exists and is not overwritten", hint="choose another place with --output"
        )


def _with_probabilities(file: CheckpointFile, data: DataSpec, network: Any) -> Any:
    """The network in Keras' own layers, with a softmax at its end."""
    layers = [*without_softmax(file.layers), Activation(activation="softmax")]
    model = build_network("exported", pixel_rescaling(data), layers, twin=True)
    plan = plan_network(file.layers)
    set_weights_in_order(model, plan, weights_in_order(network, plan))
    for layer in model.layers:  # a penalty belongs to the training, and converters stumble over it
        layer.activity_regularizer = None
    return model


def _write(form: Format, model: Any, path: Path) -> None:
    """Write a model; whatever the converters raise is a failure with its reason."""
    try:
        with quiet_stderr():
            form.write(model, path)
    except OSError:
        raise
    except Exception as error:
        text = " ".join(str(error).split())[:300] or type(error).__name__
        raise CifarcnnError(f"the network cannot be written as {form.title}: {text}") from error


def _flush(path: Path) -> int:
    """Flush a file, or all files of a folder, to disk; returns how many bytes they are."""
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    for file in files:
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    return sum(file.stat().st_size for file in files)

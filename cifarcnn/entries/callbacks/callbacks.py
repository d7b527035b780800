"""Keras' callbacks. What they do is shown as events beside the epochs, so none takes `verbose`."""

import re
import string
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from cifarcnn.extras import require_extra
from cifarcnn.files.atomic import write_bytes
from cifarcnn.files.run_files import RUN_FILES
from cifarcnn.language.entry_types import CALLBACKS, Callback, CallbackContext
from cifarcnn.language.problems import listed
from cifarcnn.language.registry import expected

Metric = Literal["loss", "accuracy", "val_loss", "val_accuracy"]
Mode = Literal["auto", "min", "max"]
Epochs = Annotated[int, Field(ge=0, le=1_000_000)]

_LONGEST_NAME, _LONGEST_PATH = 200, 1000
"""Bytes; most file systems take 255 in a name, and files are written under longer ones first."""

_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")
_FORMAT = re.compile(r"0?\d?\d?(\.\d)?[dfeg]?")


def _inside_run(path: str) -> str:
    """A relative path that stays inside the run directory and spares the run's own files."""
    parts = PurePosixPath(path).parts
    outside = path.startswith(("/", "~")) or ".." in parts or "\\" in path or path[1:2] == ":"
    if not parts or outside or any(ord(c) < 32 for c in path):
        raise expected("a relative path inside the run directory")
    if len(path.encode()) > _LONGEST_PATH or max(len(p.encode()) for p in parts) > _LONGEST_NAME:
        raise expected(f"names of at most {_LONGEST_NAME} bytes")
    if parts[0] in RUN_FILES:
        raise expected(f"a path that is not the run's own {parts[0]}")
    return path


def _checkpoint_template(path: str) -> str:
    """A path such as `{epoch:02d}-{val_loss:.2f}.h5`."""
    _inside_run(path)
    try:
        fields = [piece for piece in string.Formatter().parse(path) if piece[1] is not None]
        path.format(epoch=1, **dict.fromkeys(_METRICS, 0.5))
    except (ValueError, KeyError, IndexError, AttributeError):
        fields = None
    known = ("epoch", *_METRICS)
    if fields is None or any(name not in known for _, name, _, _ in fields):
        raise expected(f"only {listed(known, 'and')} in braces")
    if not all(_FORMAT.fullmatch(spec or "") for _, _, spec, _ in fields):
        raise expected("short formats in braces, such as {epoch:02d} and {val_loss:.3f}")
    if not path.endswith(".h5"):
        raise expected("a path that ends in .h5")
    return path


def _apart_from_values(separator: str) -> str:
    """A character that is in no number and no name, and that CSV has no other use for."""
    if separator.isalnum() or separator in '"+-._' or (ord(separator) < 32 and separator != "\t"):
        raise expected("a character that is in no number or name, such as a comma")
    return separator


InsideRun = Annotated[str, AfterValidator(_inside_run)]
CheckpointTemplate = Annotated[str, AfterValidator(_checkpoint_template)]


class _KerasCallback(Callback):
    """One of Keras' own: it remembers numbers of the kind it begins with, and the best weights."""

    def could_remember(
        self, name: str, fresh: Any, value: Any, shapes: list[tuple[int, ...]]
    ) -> bool:
        """Whether Keras' callback could have set this."""
        if name == "best_weights":
            return super().could_remember(name, fresh, value, shapes)
        if isinstance(fresh, int):
            return isinstance(value, int) and value >= 0
        return value is None or isinstance(value, int | float)


class _MonitorCallback(_KerasCallback):
    monitor: Metric = Field("val_loss", description="what to watch")
    mode: Mode = Field("auto", description="whether lower or higher is better; auto: by the name")

    def arguments(self) -> dict[str, Any]:
        """Keras' arguments, with `mode` decided (Keras would look for it in the model)."""
        higher_is_better = self.monitor.endswith("accuracy")
        mode = {"auto": "max" if higher_is_better else "min"}.get(self.mode, self.mode)
        return super().arguments() | {"mode": mode}


@CALLBACKS.register("early_stopping")
class EarlyStopping(_MonitorCallback):
    """Stops the training when the monitored value no longer improves."""

    state_fields = ("wait", "stopped_epoch", "best", "best_epoch", "best_weights")

    min_delta: Annotated[float, Field(ge=0)] = Field(0.0, description="smallest improvement")
    patience: Epochs = Field(0, description="epochs without improvement before stopping")
    baseline: float | None = Field(None, description="value that must be reached to count")
    restore_best_weights: bool = Field(False, description="end with the weights of the best epoch")
    start_from_epoch: Epochs = Field(0, description="epochs to wait before watching")

    def stop_reason(self) -> str:
        """Such as "stopped: no improvement of val_loss for 4 epochs"."""
        count = f"{self.patience} epochs" if self.patience != 1 else "1 epoch"
        return f"stopped: no improvement of {self.monitor} for {count}"


@CALLBACKS.register("reduce_lr_on_plateau")
class ReduceLROnPlateau(_MonitorCallback):
    """Lowers the learning rate when the monitored value no longer improves."""

    state_fields = ("wait", "cooldown_counter", "best")

    factor: Annotated[float, Field(gt=0, lt=1)] = Field(0.1, description="new rate / old rate")
    patience: Epochs = Field(10, description="epochs without improvement before lowering")
    min_delta: Annotated[float, Field(ge=0)] = Field(1e-4, description="smallest improvement")
    cooldown: Epochs = Field(0, description="epochs to wait after lowering")
    min_lr: Annotated[float, Field(ge=0)] = Field(0.0, description="lowest rate")


@CALLBACKS.register("model_checkpoint")
class ModelCheckpoint(_MonitorCallback):
    """Writes a checkpoint after each epoch, or after each that is the best so far."""

    state_fields = ("best",)
    output_field = "filepath"

    filepath: CheckpointTemplate = Field(
        "epoch-{epoch:02d}.h5",
        description="inside the run directory; may hold {epoch} and metrics, as in Keras",
    )
    save_best_only: bool = Field(False, description="write only when the monitored value improves")
    initial_value_threshold: float | None = Field(None, description="value that must be beaten")

    def build_for(self, context: CallbackContext) -> Any:
        """Build it so that it writes this package's checkpoints, not Keras' own."""
        import keras

        class CheckpointWriter:
            """Stands where Keras expects the model, for its `save` alone."""

            def __init__(self, model: Any) -> None:
                self._model = model

            def save(self, filepath: str, overwrite: bool = True) -> None:
                context.save_checkpoint(self._model, Path(filepath))

        class RunModelCheckpoint(keras.callbacks.ModelCheckpoint):  # type: ignore[misc]
            def set_model(self, model: Any) -> None:
                super().set_model(CheckpointWriter(model))

            def _save_model(self, *arguments: Any, **keywords: Any) -> None:
                best: float = self.best
                try:
                    super()._save_model(*arguments, **keywords)
                except OSError:
                    self.best: float = best  # it is not on disk, so the next may be worse
                    raise

        path = context.run_dir / self.filepath
        return RunModelCheckpoint(**self.arguments() | {"filepath": str(path)})


@CALLBACKS.register("csv_logger")
class CSVLogger(Callback):
    """Writes the epochs' values into a CSV file of its own."""

    output_field = "filename"

    filename: InsideRun = Field("log.csv", description="inside the run directory")
    separator: Annotated[
        str, Field(min_length=1, max_length=1), AfterValidator(_apart_from_values)
    ] = Field(",", description="between values")

    def build_for(self, context: CallbackContext) -> Any:
        """Build it for a file in the run directory."""
        import keras

        path = context.run_dir / self.filename
        path.parent.mkdir(parents=True, exist_ok=True)
        resumed = context.finished_epochs > 0
        if resumed and path.exists():
            lines = path.read_bytes().splitlines(keepends=True)
            write_bytes(path, b"".join(lines[: context.finished_epochs + 1]))
        return keras.callbacks.CSVLogger(str(path), separator=self.separator, append=resumed)


@CALLBACKS.register("tensorboard")
class TensorBoard(_KerasCallback):
    """Writes logs for TensorBoard; needs the extra `cifarcnn[tensorboard]`.

    The steps of `epoch_loss` and the like are the epochs, counted from 1 as in `history.csv`.
    """

    state_fields = ("_global_train_batch",)
    output_field = "log_dir"
    writes_folder = True
    extra = "tensorboard"

    log_dir: InsideRun = Field("tensorboard", description="inside the run directory")
    histogram_freq: Epochs = Field(0, description="epochs between weight histograms; 0: none")
    write_graph: bool = Field(False, description="write the graph of the network")
    update_freq: Literal["epoch", "batch"] = Field("epoch", description="how often to write")

    def build_for(self, context: CallbackContext) -> Any:
        """Build it for a folder in the run directory.

        Raises:
            UserError: TensorBoard is not installed, or TensorFlow, which writes for it.
        """
        require_extra("tensorboard", ["tensorboard", "tensorflow"], "the callback tensorboard")
        from cifarcnn.entries.callbacks.tensorboard_logs import (
            forget_later_epochs,
            tensorboard_callback,
        )

        folder = context.run_dir / self.log_dir
        forget_later_epochs(folder, context.finished_epochs)
        return tensorboard_callback(**self.arguments() | {"log_dir": str(folder)})


@CALLBACKS.register("terminate_on_nan")
class TerminateOnNaN(Callback):
    """Ends the run when the loss is no longer a number; this is always so here, also without it."""

"""Checkpoints after epochs."""

from pathlib import Path
from typing import Any

from pydantic import Field

from cifarcnn.entries.callbacks.monitor import MonitorCallback
from cifarcnn.entries.callbacks.paths import CheckpointTemplate
from cifarcnn.language.entry_types import CALLBACKS, CallbackContext


@CALLBACKS.register("model_checkpoint")
class ModelCheckpoint(MonitorCallback):
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

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                best: float = self.best
                try:
                    super().on_epoch_end(epoch, logs)
                except OSError:
                    self.best: float = best  # it is not on disk, so the next may be worse
                    raise

        path = context.run_dir / self.filepath
        return RunModelCheckpoint(**self.arguments() | {"filepath": str(path)})

"""Ending the training early."""

from typing import Annotated

from pydantic import Field

from cifarcnn.entries.callbacks.arguments import Epochs
from cifarcnn.entries.callbacks.monitor import MonitorCallback
from cifarcnn.language.entry_types import CALLBACKS


@CALLBACKS.register("early_stopping")
class EarlyStopping(MonitorCallback):
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

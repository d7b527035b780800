"""Lowering the learning rate on a plateau."""

from typing import Annotated

from pydantic import Field

from cifarcnn.entries.callbacks.arguments import Epochs
from cifarcnn.entries.callbacks.monitor import MonitorCallback
from cifarcnn.language.entry_types import CALLBACKS


@CALLBACKS.register("reduce_lr_on_plateau")
class ReduceLROnPlateau(MonitorCallback):
    """Lowers the learning rate when the monitored value no longer improves."""

    state_fields = ("wait", "cooldown_counter", "best")

    factor: Annotated[float, Field(gt=0, lt=1)] = Field(0.1, description="new rate / old rate")
    patience: Epochs = Field(10, description="epochs without improvement before lowering")
    min_delta: Annotated[float, Field(ge=0)] = Field(1e-4, description="smallest improvement")
    cooldown: Epochs = Field(0, description="epochs to wait after lowering")
    min_lr: Annotated[float, Field(ge=0)] = Field(0.0, description="lowest rate")

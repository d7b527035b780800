"""The types of the callbacks' arguments."""

from typing import Annotated, Literal

from pydantic import Field

Metric = Literal["loss", "accuracy", "val_loss", "val_accuracy"]


Epochs = Annotated[int, Field(ge=0, le=1_000_000)]

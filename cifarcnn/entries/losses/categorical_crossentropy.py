"""The cross-entropy of logits."""

from typing import Annotated, Any

from pydantic import Field

from cifarcnn.language.entry_types import LOSSES, Loss


@LOSSES.register("categorical_crossentropy")
class CategoricalCrossentropy(Loss):
    """The cross-entropy between the labels and the predicted probabilities."""

    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="share of each label that is spread over all classes"
    )

    def build(self, **more: Any) -> Any:
        """Build the Keras loss for one-hot labels and logits."""
        return super().build(from_logits=True, **more)

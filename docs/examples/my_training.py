"""A callback and a schedule of one's own."""

import functools
import math
from typing import Annotated, Any

from cifarcnn.plugins import CALLBACKS, SCHEDULES, Callback, Field, Schedule


@CALLBACKS.register("smoothed_stopping")
class SmoothedStopping(Callback):
    """Stops the training when the smoothed validation loss no longer falls."""

    state_fields = ("smoothed", "best", "wait")

    smoothing: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.6, description="share of the old value: new = smoothing * old + (1 - smoothing) * loss"
    )
    min_delta: Annotated[float, Field(ge=0)] = Field(0.0, description="smallest improvement")
    patience: Annotated[int, Field(ge=1)] = Field(
        3, description="epochs without improvement before stopping"
    )

    def build(self, **more: Any) -> Any:
        """Build the Keras callback."""
        return keras_callback()(**self.arguments())

    def stop_reason(self) -> str:
        """Such as "stopped: the smoothed val_loss did not fall for 3 epochs"."""
        return f"stopped: the smoothed val_loss did not fall for {self.patience} epochs"


@functools.cache
def keras_callback() -> Any:
    """The Keras class of the callback."""
    import keras

    class SmoothedStopping(keras.callbacks.Callback):
        def __init__(self, smoothing: float, min_delta: float, patience: int) -> None:
            super().__init__()
            self.smoothing = smoothing
            self.min_delta = min_delta
            self.patience = patience

        def on_train_begin(self, logs: Any = None) -> None:
            self.smoothed = None
            self.best = math.inf
            self.wait = 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            loss = logs["val_loss"]
            old = loss if self.smoothed is None else self.smoothed
            self.smoothed = self.smoothing * old + (1 - self.smoothing) * loss
            if self.smoothed < self.best - self.min_delta:
                self.best, self.wait = self.smoothed, 0
                return
            self.wait += 1
            if self.wait >= self.patience:
                self.model.stop_training = True

    return SmoothedStopping


@SCHEDULES.register("inverse_square_root")
class InverseSquareRoot(Schedule):
    """Rises to `peak`, then falls with the root of the step (https://arxiv.org/abs/1706.03762)."""

    peak: Annotated[float, Field(gt=0)] = Field(description="rate at the end of the warm-up")
    warmup_steps: Annotated[int, Field(ge=1)] = Field(description="steps of the linear warm-up")

    def build(self, **more: Any) -> Any:
        """Build the Keras schedule: peak * min(step / warmup_steps, sqrt(warmup_steps / step))."""
        import keras

        peak, warmup_steps = self.peak, float(self.warmup_steps)

        class InverseSquareRoot(keras.optimizers.schedules.LearningRateSchedule):
            def __call__(self, step: Any) -> Any:
                done = (keras.ops.cast(step, "float32") + 1) / warmup_steps
                return peak * keras.ops.minimum(done, keras.ops.rsqrt(done))

            def get_config(self) -> dict[str, Any]:
                return {"peak": peak, "warmup_steps": warmup_steps}

        return InverseSquareRoot()

"""What callbacks that watch a metric have in common."""

from typing import Any, Literal

from pydantic import Field

from cifarcnn.entries.callbacks.arguments import Metric
from cifarcnn.entries.callbacks.keras_callback import KerasCallback

Mode = Literal["auto", "min", "max"]


class MonitorCallback(KerasCallback):
    """A callback of Keras that acts when a metric improves, or no longer improves."""

    monitor: Metric = Field("val_loss", description="what to watch")
    mode: Mode = Field("auto", description="whether lower or higher is better; auto: by the name")

    def arguments(self) -> dict[str, Any]:
        """Keras' arguments, with `mode` decided (Keras would look for it in the model)."""
        higher_is_better = self.monitor.endswith("accuracy")
        mode = {"auto": "max" if higher_is_better else "min"}.get(self.mode, self.mode)
        return super().arguments() | {"mode": mode}

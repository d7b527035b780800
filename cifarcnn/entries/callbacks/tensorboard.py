"""Logs for TensorBoard."""

from typing import Any, Literal

from pydantic import Field

from cifarcnn.entries.callbacks.arguments import Epochs
from cifarcnn.entries.callbacks.keras_callback import KerasCallback
from cifarcnn.entries.callbacks.paths import InsideRun
from cifarcnn.extras import require_extra
from cifarcnn.language.entry_types import CALLBACKS, CallbackContext
from cifarcnn.runtime.keras_internals import TENSORBOARD_STEP


@CALLBACKS.register("tensorboard")
class TensorBoard(KerasCallback):
    """Writes logs for TensorBoard; needs the extra `cifarcnn[tensorboard]`.

    The steps of `epoch_loss` and the like are the epochs, counted from 1 as in `history.csv`.
    """

    state_fields = (TENSORBOARD_STEP,)
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
        from cifarcnn.entries.callbacks.event_files import forget_later_epochs
        from cifarcnn.entries.callbacks.keras_tensorboard import tensorboard_callback

        folder = context.run_dir / self.log_dir
        forget_later_epochs(folder, context.finished_epochs)
        return tensorboard_callback(**self.arguments() | {"log_dir": str(folder)})

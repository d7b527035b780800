"""A file for `--code`: a callback that kills the process at the moments that files ask for.

The file `in a batch` in the current folder asks for the middle of the second epoch, the file
`after an epoch` for the end of the third, before any state holds it. Each is asked for once.
"""

import os
import signal
from pathlib import Path
from typing import Any

from cifarcnn.plugins import CALLBACKS, Callback, CallbackContext


def _kill(name: str, now: bool) -> None:
    if now and Path(name).exists():
        Path(name).unlink()
        os.kill(os.getpid(), signal.SIGKILL)


@CALLBACKS.register("kills_once")
class KillsOnce(Callback):
    """Kills the process once at each moment that is asked for."""

    def build_for(self, context: CallbackContext) -> Any:
        import keras

        class Kill(keras.callbacks.Callback):  # type: ignore[misc]
            epoch = context.finished_epochs

            def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
                _kill("in a batch", (self.epoch, batch) == (1, 3))

            def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
                self.epoch = epoch + 1
                _kill("after an epoch", self.epoch == 3)

        return Kill()

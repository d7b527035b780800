"""What acts between epochs. It is shown next to the epochs, so no callback takes `verbose`."""

from cifarcnn.entries.callbacks import (
    early_stopping,
    reduce_lr_on_plateau,
    model_checkpoint,
    csv_logger,
    tensorboard,
    terminate_on_nan,
)

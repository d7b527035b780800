"""The names of a run's files, which callbacks may not write over."""

LOCK = ".lock"
SPEC = "spec.yaml"
RECORD = "record.json"
HISTORY = "history.csv"
SUMMARY = "summary.json"
CHECKPOINT = "checkpoint.h5"
PREDICTIONS = "predictions.npz"
CURVES = "curves.png"
REPORT = "report.html"
STATE = "state"

RUN_FILES = (
    LOCK, SPEC, RECORD, HISTORY, SUMMARY, CHECKPOINT, PREDICTIONS, CURVES, REPORT, STATE,
)  # fmt: skip
"""What the run itself writes into its directory; callbacks may not."""

WRITABLE = ".writable"
"""Is there for a moment, to find out whether a folder can be written to."""

FILES_BEFORE_TRAINING = frozenset({LOCK, SPEC, RECORD})
"""The files that a run has before its first state is on disk."""

STATES = "epoch-*.npz"
"""The states in the folder `STATE`; the names sort by epoch."""


def state_name(epoch: int) -> str:
    """The name of the state after an epoch; 0 is before the first."""
    return f"epoch-{epoch:06d}.npz"

"""Ending a run whose loss is not a number."""

from cifarcnn.language.entry_types import CALLBACKS, Callback


@CALLBACKS.register("terminate_on_nan")
class TerminateOnNaN(Callback):
    """Ends the run when the loss is no longer a number; this is always so here, also without it."""

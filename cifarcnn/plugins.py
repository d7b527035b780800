"""What the author of a layer, callback, schedule or other entry imports; see docs/plugins.md.

These names stay: what a plug-in imports from here keeps its meaning. Importing this module imports
no framework, and a plug-in should import Keras only inside its `build`.
"""

from pydantic import Field

from cifarcnn.errors import UserError
from cifarcnn.layers.arguments import (
    ActivationName,
    Count,
    Padding,
    Pair,
    require_map,
    window_output,
)
from cifarcnn.spec.kinds import (
    CALLBACKS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Callback,
    CallbackContext,
    Layer,
    Loss,
    Optimizer,
    Parameters,
    Schedule,
    Shape,
    ShapeError,
)
from cifarcnn.spec.registry import expected

__all__ = [
    "CALLBACKS",
    "LAYERS",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "ActivationName",
    "Callback",
    "CallbackContext",
    "Count",
    "Field",
    "Layer",
    "Loss",
    "Optimizer",
    "Padding",
    "Pair",
    "Parameters",
    "Schedule",
    "Shape",
    "ShapeError",
    "UserError",
    "expected",
    "require_map",
    "window_output",
]

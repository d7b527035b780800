"""What the author of a layer, callback, schedule or other entry imports; see docs/plugins.md.

These names stay: what a plug-in imports from here keeps its meaning. Importing this module imports
no framework, and a plug-in should import Keras only inside its `build`.
"""

from pydantic import Field

from cifarcnn.entries.layers.arguments import (
    ActivationName,
    Count,
    Padding,
    Pair,
    require_map,
    window_output,
)
from cifarcnn.entries.optimizers.arguments import LearningRate
from cifarcnn.errors import UserError
from cifarcnn.language.entry_types import (
    AUGMENTATIONS,
    CALLBACKS,
    INITIALIZERS,
    LAYERS,
    LOSSES,
    OPTIMIZERS,
    REGULARIZERS,
    SCHEDULES,
    WEIGHT_AVERAGING,
    Augmentation,
    Averaged,
    Callback,
    CallbackContext,
    Initializer,
    Layer,
    Loss,
    Optimizer,
    PixelAugmentation,
    Regularizer,
    Schedule,
    WeightAveraging,
)
from cifarcnn.language.registry import expected
from cifarcnn.language.shapes import Parameters, Shape, ShapeError

__all__ = [
    "AUGMENTATIONS",
    "CALLBACKS",
    "INITIALIZERS",
    "LAYERS",
    "LOSSES",
    "OPTIMIZERS",
    "REGULARIZERS",
    "SCHEDULES",
    "WEIGHT_AVERAGING",
    "ActivationName",
    "Augmentation",
    "Averaged",
    "Callback",
    "CallbackContext",
    "Count",
    "Field",
    "Initializer",
    "Layer",
    "LearningRate",
    "Loss",
    "Optimizer",
    "Padding",
    "Pair",
    "Parameters",
    "PixelAugmentation",
    "Regularizer",
    "Schedule",
    "Shape",
    "ShapeError",
    "UserError",
    "WeightAveraging",
    "expected",
    "require_map",
    "window_output",
]

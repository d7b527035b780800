"""The types of the optimizers' arguments."""

from typing import Annotated, Any

from pydantic import Field

from cifarcnn.language.accepts import Accepts, NotAcceptedError
from cifarcnn.language.entry_types import SCHEDULES, Schedule
from cifarcnn.language.problems import near_name
from cifarcnn.language.registry import ITEM_OF, ItemOf

Beta = Annotated[float, Field(ge=0, lt=1)]


Epsilon = Annotated[float, Field(gt=0, le=1)]


def _learning_rate(value: Any) -> float | Schedule:  # what stands in the YAML file
    if isinstance(value, Schedule):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 0 < value <= 1e6:
            return float(value)
    elif isinstance(value, dict) or near_name(value, list(SCHEDULES.entries())):
        return SCHEDULES.read(value)
    raise NotAcceptedError


LearningRate = Annotated[
    float | Schedule,
    ItemOf(SCHEDULES),
    Accepts(
        _learning_rate,
        "a number > 0, or a schedule such as {cosine_decay: {...}}",
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6},
                {ITEM_OF: SCHEDULES.kind},
            ]
        },
    ),
]

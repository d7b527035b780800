"""Convolutional networks for CIFAR-10, described in YAML and trained with Keras.

    import cifarcnn

    run = cifarcnn.train("quickstart", epochs=2)
    cifarcnn.evaluate(run)

Importing this package is quick: what a function needs is imported when it is first asked for.
"""

import importlib
from typing import TYPE_CHECKING

from cifarcnn import entries as entries  # the language then knows where its entries are
from cifarcnn.version import __version__ as __version__

if TYPE_CHECKING:
    from cifarcnn.api.calls import Interrupted
    from cifarcnn.api.check import Check, check
    from cifarcnn.api.compare import Comparison, compare
    from cifarcnn.api.describe import Description, describe
    from cifarcnn.api.evaluate import Evaluation, Evaluations, evaluate
    from cifarcnn.api.export import Export, export
    from cifarcnn.api.list_configs import Configs, list_configs
    from cifarcnn.api.load_spec import load_spec
    from cifarcnn.api.picture import Picture
    from cifarcnn.api.predict import Predictions, predict
    from cifarcnn.api.repeat import Repeat, repeat
    from cifarcnn.api.resume import resume
    from cifarcnn.api.run import Run
    from cifarcnn.api.train import train
    from cifarcnn.errors import CifarcnnError, CifarcnnWarning, UserError
    from cifarcnn.language.schema import Spec

_PLACES = {
    "api.calls": ("Interrupted",),
    "api.check": ("Check", "check"),
    "api.compare": ("Comparison", "compare"),
    "api.describe": ("Description", "describe"),
    "api.evaluate": ("Evaluation", "Evaluations", "evaluate"),
    "api.export": ("Export", "export"),
    "api.list_configs": ("Configs", "list_configs"),
    "api.load_spec": ("load_spec",),
    "api.picture": ("Picture",),
    "api.predict": ("Predictions", "predict"),
    "api.repeat": ("Repeat", "repeat"),
    "api.resume": ("resume",),
    "api.run": ("Run",),
    "api.train": ("train",),
    "errors": ("CifarcnnError", "CifarcnnWarning", "UserError"),
    "language.schema": ("Spec",),
}
"""Where the public names are defined."""

__all__ = [
    "Check",
    "CifarcnnError",
    "CifarcnnWarning",
    "Comparison",
    "Configs",
    "Description",
    "Evaluation",
    "Evaluations",
    "Export",
    "Interrupted",
    "Picture",
    "Predictions",
    "Repeat",
    "Run",
    "Spec",
    "UserError",
    "check",
    "compare",
    "describe",
    "evaluate",
    "export",
    "list_configs",
    "load_spec",
    "predict",
    "repeat",
    "resume",
    "train",
]


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> object:
        for place, names in _PLACES.items():
            if name in names:
                value: object = getattr(importlib.import_module(f"cifarcnn.{place}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module 'cifarcnn' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})

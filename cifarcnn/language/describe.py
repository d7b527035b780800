"""The network of a spec on paper, alone or next to another, as `cifarcnn describe` shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.language.differences import KeyPair, LayerPair, compare_keys, compare_layers
from cifarcnn.language.load import SpecSource, load_spec
from cifarcnn.language.marks import Path, dotted
from cifarcnn.language.plan.memory_estimate import (
    TrainingMemory,
    activation_bytes,
    training_memory,
)
from cifarcnn.language.plan.network_plan import Plan, PlannedLayer, plan_network
from cifarcnn.language.problems import Problem
from cifarcnn.language.reading.overrides import Override
from cifarcnn.language.schema import Spec


@dataclass(frozen=True)
class Description:
    """The network of a spec on paper."""

    spec: Spec
    plan: Plan

    @property
    def memory(self) -> TrainingMemory:
        """An estimate of the memory that a training takes on a CPU, in bytes."""
        return training_memory(self.spec, self.plan)

    @property
    def activation_bytes(self) -> int:
        """Bytes of the outputs of all layers for one batch."""
        return sum(map(self.bytes_of, self.plan.layers))

    def bytes_of(self, row: PlannedLayer) -> int:
        """Bytes of a layer's output for one batch."""
        return activation_bytes(row, self.spec.training.batch_size)

    def as_data(self) -> dict[str, Any]:
        """As plain data; memory in bytes, that of outputs for one batch."""
        layers = [
            {
                "name": row.name,
                "path": dotted(("model", "layers", *row.place.path)),
                "inside": [group.label for group in row.place.groups],
                "inputs": list(row.inputs),
                "output_shape": list(row.output_shape),
                "parameters": row.parameters.total,
                "mflop": row.mflop,
                "activation_bytes": self.bytes_of(row),
            }
            for row in self.plan.layers
        ]
        return {
            "name": self.spec.name,
            "description": self.spec.description,
            "input_shape": list(IMAGE_SHAPE),
            "batch_size": self.spec.training.batch_size,
            **self.totals(),
            "layers": layers,  # instead of their number
            "training_memory_bytes": vars(self.memory) | {"total": self.memory.total},
        }

    def totals(self) -> dict[str, int | float]:
        """The figures of the whole network; every repeat of a layer is counted."""
        return {
            "layers": len(self.plan.layers),
            "parameters": self.plan.parameters.total,
            "trainable_parameters": self.plan.parameters.trainable,
            "mflop": round(self.plan.mflop, 6),
            "activation_bytes": self.activation_bytes,
            "training_memory_bytes": self.memory.total,
        }


@dataclass(frozen=True)
class Difference:
    """What differs between two specs."""

    left: Description
    right: Description
    layers: list[LayerPair]
    """The layers of both as they are written, aligned."""
    keys: dict[Path, KeyPair]
    """The other keys that differ."""

    def as_data(self) -> dict[str, Any]:
        """As plain data; values of keys are text, null where a spec has no such key."""
        totals = self.left.totals(), self.right.totals()
        return {
            "names": [self.left.spec.name, self.right.spec.name],
            "layers": [
                {
                    "change": pair.change,
                    "left": vars(pair.left) if pair.left else None,
                    "right": vars(pair.right) if pair.right else None,
                }
                for pair in self.layers
            ],
            "totals": {name: [totals[0][name], totals[1][name]] for name in totals[0]},
            "keys": {dotted(path): list(pair) for path, pair in self.keys.items()},
        }


def describe(
    source: SpecSource,
    overrides: Sequence[Override] = (),
    warn: Callable[[Problem], None] | None = None,
) -> Description:
    """The layers of a spec with shapes, parameters, MFLOP and memory; see `load_spec`.

    Raises:
        UserError: there is no such spec, it cannot be read, or it has mistakes.
    """
    spec = load_spec(source, overrides, warn)
    return Description(spec, plan_network(spec.model.layers))


def difference(left: Description, right: Description) -> Difference:
    """Lay two descriptions next to each other."""
    return Difference(
        left,
        right,
        compare_layers(left.spec, left.plan, right.spec, right.plan),
        compare_keys(left.spec, right.spec),
    )

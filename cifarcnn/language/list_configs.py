"""The shipped configs with the sizes of their networks, as `cifarcnn list-configs` shows them."""

from dataclasses import dataclass

from cifarcnn.language.describe import describe
from cifarcnn.language.reading.shipped import shipped_configs


@dataclass(frozen=True)
class ShippedConfig:
    """A shipped config with the size of its network; `vars()` of it are its data."""

    name: str
    description: str
    layers: int
    parameters: int
    mflop: float
    """Million floating-point operations of one forward pass over one image."""
    epochs: int


def list_configs() -> list[ShippedConfig]:
    """The shipped configs, in alphabetical order."""
    configs = []
    for name, path in shipped_configs().items():
        network = describe(path)
        spec, plan = network.spec, network.plan
        configs.append(
            ShippedConfig(
                name,
                spec.description,
                len(plan.layers),
                plan.parameters.total,
                round(plan.mflop, 4),
                spec.training.epochs,
            )
        )
    return configs

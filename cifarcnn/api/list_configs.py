"""`cifarcnn.list_configs`."""

from dataclasses import dataclass
from pathlib import Path

from cifarcnn.api.tables import table_html, table_text
from cifarcnn.language.load import load_spec
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.reading.shipped import shipped_configs

_HEADINGS = ("config", "layers", "parameters", "MFLOP", "epochs")


@dataclass(frozen=True)
class Config:
    """A shipped config."""

    name: str
    path: Path
    description: str
    layers: int
    parameters: int
    mflop: float
    """Million floating-point operations of one forward pass over one image."""
    epochs: int


class Configs(list[Config]):
    """The shipped configs; they are shown as a table."""

    def __repr__(self) -> str:
        return table_text(_HEADINGS, self._rows())

    def _repr_html_(self) -> str:
        return table_html(_HEADINGS, self._rows())

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                config.name,
                str(config.layers),
                f"{config.parameters:,}",
                f"{config.mflop:.3g}",
                str(config.epochs),
            )
            for config in self
        ]


def list_configs() -> Configs:
    """The shipped configs, in alphabetical order."""
    return Configs(_config(name, path) for name, path in shipped_configs().items())


def _config(name: str, path: Path) -> Config:
    spec = load_spec(path)
    plan = plan_network(spec.model.layers)
    return Config(
        name,
        path,
        spec.description,
        len(plan.layers),
        plan.parameters.total,
        round(plan.mflop, 4),
        spec.training.epochs,
    )

"""`cifarcnn.list_configs`."""

from cifarcnn.api.tables import table_html, table_text
from cifarcnn.language import list_configs as language

_HEADINGS = ("config", "layers", "parameters", "MFLOP", "epochs")


class Configs(list[language.ShippedConfig]):
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
    """The shipped configs with the sizes of their networks, in alphabetical order."""
    return Configs(language.list_configs())

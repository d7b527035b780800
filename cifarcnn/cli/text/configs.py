"""The table of `cifarcnn list-configs`."""

import shutil
import textwrap
from collections.abc import Iterable

from cifarcnn.display.columns import columns_that_fit
from cifarcnn.display.terminal import say
from cifarcnn.language.list_configs import ShippedConfig

_WIDTHS = {"config": 27, "layers": 6, "parameters": 14, "MFLOP": 8, "epochs": 8}


def show_configs(configs: Iterable[ShippedConfig]) -> None:
    """A row for each config, with its description below."""
    width = max(shutil.get_terminal_size().columns, 40)
    columns = columns_that_fit(_WIDTHS, ("layers", "epochs", "MFLOP", "parameters"), width)
    say(_row({name: name for name in columns}), bold=True)
    for config in configs:
        cells = {
            "config": config.name,
            "layers": str(config.layers),
            "parameters": f"{config.parameters:,}",
            "MFLOP": f"{config.mflop:.3g}",
            "epochs": str(config.epochs),
        }
        say(_row({name: cells[name] for name in columns}))
        for line in textwrap.wrap(config.description, width - 2):
            say(dim=f"  {line}")


def _row(cells: dict[str, str]) -> str:
    name, *numbers = cells
    shown = (f"{cells[key]:>{_WIDTHS[key]}}" for key in numbers)
    return f"{cells[name]:<{_WIDTHS[name]}}{''.join(shown)}"

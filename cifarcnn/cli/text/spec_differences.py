"""`cifarcnn describe SPEC --diff OTHER`: two specs side by side."""

import textwrap

from rich.text import Text

from cifarcnn.cli.text.output import megabytes
from cifarcnn.display.console import CleanConsole
from cifarcnn.display.terminal import output_console
from cifarcnn.language.describe import Description, Difference
from cifarcnn.language.differences import LayerPair, OutlineItem
from cifarcnn.language.marks import dotted

_SIGNS = {"same": " ", "changed": "|", "removed": "<", "added": ">"}
"""As diff draws them side by side."""

_WIDEST = 120


def show_difference(found: Difference) -> None:
    """Print the layers, the totals and the other keys that differ, in two columns."""
    left, right = found.left, found.right
    page = _Page(output_console())

    page.heading(left.spec.name, right.spec.name)
    for pair in found.layers:
        page.pair(*_layer_texts(pair), pair.change)

    counts = {sign: sum(pair.change == sign for pair in found.layers) for sign in _SIGNS}
    counted = ", ".join(f"{counts[sign]} {sign}" for sign in _SIGNS if counts[sign])
    page.heading(f"totals (layers as written: {counted})")
    for one, other in zip(_total_texts(left), _total_texts(right), strict=True):
        page.pair(one, other)

    page.heading("other keys that differ" if found.keys else "no other keys differ")
    for path, values in found.keys.items():
        page.line(dotted(path))
        page.pair(*(f"  {'(no such key)' if value is None else value}" for value in values))


class _Page:
    """Two columns on a console."""

    def __init__(self, console: CleanConsole) -> None:
        self._console = console
        self._side = (min(console.width, _WIDEST) - 3) // 2

    def line(self, text: str, style: str = "") -> None:
        self._console.print(Text(text.rstrip(), style), soft_wrap=True)

    def heading(self, left: str, right: str = "") -> None:
        self.line("")
        if right:
            self.pair(left, right, style="bold")
        else:
            self.line(left, "bold")

    def pair(self, left: str, right: str, change: str | None = None, style: str = "") -> None:
        """Two texts side by side, with the sign of the change (by default, whether they differ)."""
        change = change or ("same" if left == right else "changed")
        style = style or ("dim" if change == "same" else "")
        sign = " " if style == "bold" else _SIGNS[change]
        one, other = self._wrapped(left), self._wrapped(right)
        for number in range(max(len(one), len(other))):
            a, b = ("".join(lines[number : number + 1]) for lines in (one, other))
            self.line(f"{a:<{self._side}} {sign} {b}", style)

    def _wrapped(self, text: str) -> list[str]:
        indent = text[: len(text) - len(text.lstrip())]
        return textwrap.wrap(
            text, self._side, subsequent_indent=f"{indent}    ", break_on_hyphens=False
        )


def _layer_texts(pair: LayerPair) -> tuple[str, str]:
    """Both layers; their parameters are named where the layers differ."""
    differ = pair.change != "same"

    def text(item: OutlineItem | None) -> str:
        if item is None:
            return ""
        count = f" ({item.parameters:,} parameters)" if differ and item.parameters else ""
        return f"{'  ' * item.depth}{item}{count}"

    return text(pair.left), text(pair.right)


def _total_texts(network: Description) -> list[str]:
    totals = network.totals()
    return [
        f"{totals['layers']} layers, every repeat counted",
        f"{totals['parameters']:,} parameters",
        f"{totals['trainable_parameters']:,} of them trainable",
        f"{totals['mflop']:.3f} MFLOP",
        f"{megabytes(int(totals['activation_bytes']))} MB of outputs in a batch of "
        f"{network.spec.training.batch_size:,}",
        f"about {megabytes(int(totals['training_memory_bytes']))} MB to train",
    ]

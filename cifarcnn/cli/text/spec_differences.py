"""`cifarcnn describe SPEC --diff OTHER`: two specs side by side."""

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cifarcnn.display.console import CleanConsole
    from cifarcnn.language.differences import LayerPair, OutlineItem
    from cifarcnn.language.plan.network_plan import Plan
    from cifarcnn.language.schema import Spec

_SIGNS = {"same": " ", "changed": "|", "removed": "<", "added": ">"}
"""As diff draws them side by side."""

_WIDEST = 120


def difference(left: "Spec", right: "Spec") -> dict[str, Any]:
    """What differs, as plain data; values of keys are text, null where a spec has no such key."""
    from cifarcnn.language.differences import compare_keys, compare_layers
    from cifarcnn.language.marks import dotted
    from cifarcnn.language.plan.network_plan import plan_network

    plans = plan_network(left.model.layers), plan_network(right.model.layers)
    totals = _totals(left, plans[0]), _totals(right, plans[1])
    return {
        "names": [left.name, right.name],
        "layers": [
            {
                "change": pair.change,
                "left": vars(pair.left) if pair.left else None,
                "right": vars(pair.right) if pair.right else None,
            }
            for pair in compare_layers(left, plans[0], right, plans[1])
        ],
        "totals": {name: [totals[0][name], totals[1][name]] for name in totals[0]},
        "keys": {dotted(path): list(pair) for path, pair in compare_keys(left, right).items()},
    }


def _totals(spec: "Spec", plan: "Plan") -> dict[str, int | float]:
    from cifarcnn.language.plan.memory_estimate import activation_bytes, training_memory

    batch_size = spec.training.batch_size
    return {
        "layers": len(plan.layers),
        "parameters": plan.parameters.total,
        "trainable_parameters": plan.parameters.trainable,
        "mflop": round(plan.mflop, 6),
        "activation_bytes": sum(activation_bytes(row, batch_size) for row in plan.layers),
        "training_memory_bytes": training_memory(spec, plan).total,
    }


def show_difference(left: "Spec", right: "Spec") -> None:
    """Print the layers, the totals and the other keys that differ, in two columns."""
    from cifarcnn.display.terminal import output_console
    from cifarcnn.language.differences import compare_keys, compare_layers
    from cifarcnn.language.marks import dotted
    from cifarcnn.language.plan.network_plan import plan_network

    plans = plan_network(left.model.layers), plan_network(right.model.layers)
    pairs = compare_layers(left, plans[0], right, plans[1])
    page = _Page(output_console())

    page.heading(left.name, right.name)
    for pair in pairs:
        page.pair(*_layer_texts(pair), pair.change)

    counts = {sign: sum(pair.change == sign for pair in pairs) for sign in _SIGNS}
    found = ", ".join(f"{counts[sign]} {sign}" for sign in _SIGNS if counts[sign])
    page.heading(f"totals (layers as written: {found})")
    for one, other in zip(_total_texts(left, plans[0]), _total_texts(right, plans[1]), strict=True):
        page.pair(one, other)

    keys = compare_keys(left, right)
    page.heading("other keys that differ" if keys else "no other keys differ")
    for path, values in keys.items():
        page.line(dotted(path))
        page.pair(*(f"  {'(no such key)' if value is None else value}" for value in values))


class _Page:
    """Two columns on a console."""

    def __init__(self, console: "CleanConsole") -> None:
        self._console = console
        self._side = (min(console.width, _WIDEST) - 3) // 2

    def line(self, text: str, style: str = "") -> None:
        from rich.text import Text

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


def _layer_texts(pair: "LayerPair") -> tuple[str, str]:
    """Both layers; their parameters are named where the layers differ."""
    differ = pair.change != "same"

    def text(item: "OutlineItem | None") -> str:
        if item is None:
            return ""
        count = f" ({item.parameters:,} parameters)" if differ and item.parameters else ""
        return f"{'  ' * item.depth}{item}{count}"

    return text(pair.left), text(pair.right)


def _total_texts(spec: "Spec", plan: "Plan") -> list[str]:
    from cifarcnn.cli.text.output import megabytes

    totals = _totals(spec, plan)
    return [
        f"{totals['layers']} layers, every repeat counted",
        f"{totals['parameters']:,} parameters",
        f"{totals['trainable_parameters']:,} of them trainable",
        f"{totals['mflop']:.3f} MFLOP",
        f"{megabytes(int(totals['activation_bytes']))} MB of outputs in a batch of "
        f"{spec.training.batch_size:,}",
        f"about {megabytes(int(totals['training_memory_bytes']))} MB to train",
    ]

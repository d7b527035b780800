"""`cifarcnn.describe`."""

from collections.abc import Sequence

from cifarcnn.api.arguments import Files, Settings, SpecLike, overrides_of, run_code, source_of
from cifarcnn.api.calls import with_errors
from cifarcnn.api.tables import Facts, facts_html, facts_text, table_html, table_text
from cifarcnn.api.warn import warn_of
from cifarcnn.language import describe as language
from cifarcnn.language.differences import arguments_text
from cifarcnn.language.plan.network_plan import PlannedLayer, show_shape

_HEADINGS = ("layer", "arguments", "output shape", "parameters", "MFLOP", "MB")


class Description(language.Description):
    """The network of a spec on paper."""

    @property
    def layers(self) -> Sequence[PlannedLayer]:
        """Each layer with its name, shapes, parameters and MFLOP."""
        return self.plan.layers

    @property
    def parameters(self) -> int:
        """All parameters of the network."""
        return self.plan.parameters.total

    @property
    def trainable_parameters(self) -> int:
        """Those that training changes."""
        return self.plan.parameters.trainable

    @property
    def mflop(self) -> float:
        """Million floating-point operations of one forward pass over one image."""
        return round(self.plan.mflop, 6)

    def __repr__(self) -> str:
        return "\n".join(
            [
                facts_text(self.spec.name, self._facts()),
                table_text(_HEADINGS, self._rows(), left=3),
            ]
        )

    def _repr_html_(self) -> str:
        table = table_html(_HEADINGS, self._rows(), left=3)
        return facts_html(self.spec.name, self._facts(), table)

    def _facts(self) -> Facts:
        facts = [("description", self.spec.description)] if self.spec.description else []
        return [
            *facts,
            ("parameters", f"{self.parameters:,}, {self.trainable_parameters:,} trainable"),
            ("MFLOP", f"{self.mflop:.3f} of one forward pass over one image"),
            (
                "memory",
                f"about {self.memory.total / 1e6:,.0f} MB to train, "
                f"in batches of {self.spec.training.batch_size:,}",
            ),
        ]

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                row.name,
                arguments_text(row.layer, given=True),
                show_shape(row.output_shape),
                f"{row.parameters.total:,}" if row.parameters.total else "",
                f"{row.mflop:.3f}" if row.macs else "",
                f"{self.bytes_of(row) / 1e6:,.1f}",
            )
            for row in self.layers
        ]


def describe(spec: SpecLike, *, set: Settings = None, code: Files = ()) -> Description:
    """The layers of a network with shapes, parameters, MFLOP and memory; nothing is built.

    Args:
        spec: The name of a shipped config, the path of a YAML file, or a spec.
        set: Values by their path, such as `{"model.layers[0].conv2d.filters": 64}`.
        code: Python files that register layers, callbacks or others; each runs once in a process.

    Raises:
        UserError: there is no such spec, or it has mistakes; the error lists them all.
    """
    with with_errors():
        run_code(code)
        return Description(**vars(language.describe(source_of(spec), overrides_of(set), warn_of)))

"""The spec of a run, and where it departs from what it would be otherwise."""

from cifarcnn.language.differences import compare_keys, compare_layers
from cifarcnn.language.load import load_spec
from cifarcnn.language.marks import dotted
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.layout import lines_that_fit
from cifarcnn.report.rendering import Section, section


def spec_section(spec: Spec) -> Section:
    """What differs from the defaults, or from the shipped config of the same name; then all."""
    if spec.name in shipped_configs():
        base, name = load_spec(spec.name), f"the shipped config {spec.name}"
        layers = compare_layers(
            base, plan_network(base.model.layers), spec, plan_network(spec.model.layers)
        )
    else:
        base, name = Spec(name=spec.name, model=spec.model), "the defaults"
        layers = []
    rows = [
        *(
            (dotted(path), _value(pair.left), _value(pair.right))
            for path, pair in compare_keys(base, spec).items()
        ),
        *(
            ("a layer", str(pair.left or "none"), str(pair.right or "none"))
            for pair in layers
            if pair.change != "same"
        ),
    ]
    return section("spec", "Spec", base=name, rows=rows, lines=lines_that_fit(spec))


def _value(text: str | None) -> str:
    return "not there" if text is None else text

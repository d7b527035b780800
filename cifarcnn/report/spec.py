"""The spec of a run, and where it departs from what it would be otherwise."""

from cifarcnn.language.differences import compare_keys, compare_layers
from cifarcnn.language.load import load_spec
from cifarcnn.language.marks import dotted
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.reading.shipped import shipped_configs
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.layout import lines_that_fit
from cifarcnn.report.html import Content, Html, element
from cifarcnn.report.parts import Section, code, folded, paragraph, section, table


def spec_section(spec: Spec) -> Section:
    """What differs from the defaults, or from the shipped config of the same name; then all."""
    return section(
        "spec",
        "Spec",
        _differences(spec),
        folded("The whole spec, with every default", code("\n".join(lines_that_fit(spec)))),
    )


def _differences(spec: Spec) -> Html:
    if spec.name in shipped_configs():
        base, name = load_spec(spec.name), f"the shipped config {spec.name}"
        layers = compare_layers(
            base, plan_network(base.model.layers), spec, plan_network(spec.model.layers)
        )
    else:
        base, name = Spec(name=spec.name, model=spec.model), "the defaults"
        layers = []
    rows: list[list[Content]] = [
        [dotted(path), _value(pair.left), _value(pair.right)]
        for path, pair in compare_keys(base, spec).items()
    ]
    rows += [
        [
            "a layer",
            str(pair.left) if pair.left else "none",
            str(pair.right) if pair.right else "none",
        ]
        for pair in layers
        if pair.change != "same"
    ]
    if not rows:
        return paragraph(f"It does not differ from {name}.")
    what = f"What differs from {name}"
    return element(
        "div",
        paragraph(f"{what}:"),
        table(what, ["key", "there", "here"], rows, numbers=False),
    )


def _value(text: str | None) -> str:
    return "not there" if text is None else text

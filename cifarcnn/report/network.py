"""The layers of the network."""

from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.language.differences import arguments_text
from cifarcnn.language.plan.groups import with_groups
from cifarcnn.language.plan.network_plan import Group, Plan, PlannedLayer, show_shape
from cifarcnn.report.html import Content, Html, element
from cifarcnn.report.parts import Section, note, section, table


def network_section(plan: Plan) -> Section:
    """Every layer with its shape, parameters and MFLOP, and the totals."""
    rows: list[list[Content]] = [["images", "", show_shape(IMAGE_SHAPE), "", ""]]
    for depth, item in with_groups(plan):
        rows.append(_group_row(depth, item) if isinstance(item, Group) else _row(depth, item))
    total = f"{plan.parameters.total:,}"
    rows.append([element("b", "total"), "", "", element("b", total), _bold(f"{plan.mflop:,.3f}")])
    trainable = plan.parameters.trainable
    return section(
        "network",
        "Network",
        table(
            "Layers",
            ["layer", "arguments", "output shape", "parameters", "MFLOP"],
            rows,
            text_columns=2,
        ),
        note(
            "MFLOP are million floating-point operations of one forward pass over one image: two "
            "per multiply-accumulate of convolutions and dense layers. "
            + (
                f"{trainable:,} of the parameters are trainable."
                if plan.parameters.non_trainable
                else ""
            )
        ),
    )


def _row(depth: int, row: PlannedLayer) -> list[Content]:
    return [
        _indented(depth, row.name),
        element("span", arguments_text(row.layer), class_="long"),
        show_shape(row.output_shape),
        f"{row.parameters.total:,}" if row.parameters.total else "",
        f"{row.mflop:.3f}" if row.macs else "",
    ]


def _group_row(depth: int, group: Group) -> list[Content]:
    return [_indented(depth, element("i", group.label)), "", "", "", ""]


def _indented(depth: int, content: Content) -> Html:
    return element("span", content, style=f"padding-left:{1.1 * depth:.1f}em" if depth else None)


def _bold(text: str) -> Html:
    return element("b", text)

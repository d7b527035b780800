"""The layers of the network."""

from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.language.differences import arguments_text
from cifarcnn.language.plan.groups import with_groups
from cifarcnn.language.plan.network_plan import Group, Plan, show_shape
from cifarcnn.report.rendering import Section, section


def network_section(plan: Plan) -> Section:
    """Every layer with its shape, parameters and MFLOP, and the totals."""
    return section(
        "network",
        "Network",
        plan=plan,
        rows=[(depth, isinstance(item, Group), item) for depth, item in with_groups(plan)],
        image_shape=IMAGE_SHAPE,
        shape=show_shape,
        arguments=arguments_text,
    )

"""The layers of a plan with the groups around them, in the order in which a person reads them."""

from collections.abc import Iterator

from cifarcnn.language.plan.network_plan import Group, Plan, PlannedLayer


def with_groups(plan: Plan) -> Iterator[tuple[int, Group | PlannedLayer]]:
    """Each layer with its depth; before it, the groups that begin with it."""
    open_groups: tuple[Group, ...] = ()
    for row in plan.layers:
        groups = row.place.groups
        shared = 0
        while groups[: shared + 1] == open_groups[: shared + 1] and shared < len(groups):
            shared += 1
        for depth in range(shared, len(groups)):
            yield depth, groups[depth]
        open_groups = groups
        yield len(groups), row

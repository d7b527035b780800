"""The arithmetic of a training step, counted from the plan of a network."""

from cifarcnn.language.plan.network_plan import Plan


def training_mflop(plan: Plan) -> float:
    """Million floating-point operations of one training step, for one image.

    2 per multiply-accumulate of convolutions and dense layers. The forward pass counts once; the
    gradient of a kernel takes as much again, and so does the gradient of a layer's input. The
    latter is not needed where nothing that is trained comes before the layer, so a network takes 3
    times its forward pass less once its first layer. Element-wise work is not counted.

    A layer counts as trained if any of its parameters is.
    """
    macs = 0
    trained: set[str] = set()
    """The layers whose output depends on something that is trained."""
    for row in plan.layers:
        trains = row.parameters.trainable > 0
        passes_back = not trained.isdisjoint(row.inputs)
        macs += row.macs * (1 + trains + passes_back)
        if trains or passes_back:
            trained.add(row.name)
    return 2 * macs / 1e6

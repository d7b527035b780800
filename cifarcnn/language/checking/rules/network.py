"""Rules about the network."""

from collections.abc import Iterator

from cifarcnn.language.checking.rules.finding import Finding
from cifarcnn.language.marks import Path
from cifarcnn.language.plan.network_plan import Plan, PlannedLayer


def hidden_softmax(plan: Plan) -> Iterator[Finding]:
    """Values that sum to one, of which most are near zero, starve the layers behind them.

    A softmax is a layer's activation in the middle of a network only in attention, which works on
    tokens. (One that ends the network but is not in its last layer is refused by the plan.)
    """
    for row in plan.layers[:-1]:
        if _activation(row) == "softmax":
            yield Finding(
                _layer_path(row, "activation"),
                f"{row.name} is a hidden layer, and its softmax leaves little for the next one to "
                "learn from; relu is usual",
            )


def output_that_is_no_logit(plan: Plan) -> Iterator[Finding]:
    """Without a softmax at its end the network's output counts as logits, which have no bounds.

    A relu or sigmoid there cuts them (the gradient of a relu is 0 for every class below zero), and
    a dropout sets classes to zero. See `without_softmax` in `cifarcnn/networks/build.py`.
    """
    row = plan.layers[-1]
    activation = _activation(row)
    if row.layer.entry_name in ("relu", "leaky_relu", "prelu"):
        message = f"{row.layer.entry_name} at the end distorts the logits; leave it out"
        yield Finding(_layer_path(row), message)
    if activation not in (None, "linear", "softmax", "log_softmax"):
        yield Finding(
            _layer_path(row, "activation"),
            f"the network's output is taken as logits, which {activation} distorts; use softmax, "
            "or no activation",
        )
    if row.layer.entry_name == "dropout":
        yield Finding(
            _layer_path(row),
            "a dropout at the end of the network drops classes; put it before the last dense layer",
        )


def _activation(row: PlannedLayer) -> str | None:
    return getattr(row.layer, "activation", None)


def _layer_path(row: PlannedLayer, *keys: str) -> Path:
    return ("model", "layers", *row.place.path, *keys)

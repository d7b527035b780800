"""What the user is told before the training begins."""

from cifarcnn.data.dataset import Dataset
from cifarcnn.data.splits import Splits
from cifarcnn.spec.plan import Plan
from cifarcnn.spec.schema import Spec


def header_lines(
    spec: Spec, plan: Plan, dataset: Dataset, splits: Splits
) -> tuple[tuple[str, str], ...]:
    """Pairs of a label and a text about the spec, the network, the data and the training."""
    return (
        ("spec", f"{spec.name}, seed {spec.seed}"),
        (
            "network",
            f"{len(plan.layers)} layers, {plan.parameters.total:,} parameters, "
            f"{plan.mflop:.3g} MFLOP per image",
        ),
        (
            "data",
            f"{dataset.title}: {len(splits.train):,} images to train on, {_held_out(spec, splits)}",
        ),
        (
            "training",
            f"at most {spec.training.epochs} epochs, batch {spec.training.batch_size}, "
            f"{spec.training.optimizer.entry_name}, learning rate {_learning_rate(spec)}",
        ),
    )


def _held_out(spec: Spec, splits: Splits) -> str:
    if spec.data.validation == "test":
        return f"validated on the {len(splits.test):,} test images"
    return f"{len(splits.validation):,} held out"


def _learning_rate(spec: Spec) -> str:
    rate = getattr(spec.training.optimizer, "learning_rate", None)
    return f"{rate:g}" if isinstance(rate, float) else "by schedule"

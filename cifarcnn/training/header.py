"""What the user is told before the training begins."""

from cifarcnn.data.splits import Splits
from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.training.progress import Header
from cifarcnn.training.session import Session
from cifarcnn.user_code.code_option import code_files


def header_for(session: Session, finished_epochs: int | None = None) -> Header:
    """Facts about the spec, the network, the data, the training and the device."""
    spec, splits = session.spec, session.splits
    plan = plan_network(spec.model.layers)
    epochs = spec.training.epochs
    lines = [
        ("spec", f"{spec.name}, seed {spec.seed}"),
        (
            "network",
            f"{len(plan.layers)} layers, {plan.parameters.total:,} parameters, "
            f"{plan.mflop:.3g} MFLOP per image",
        ),
        (
            "data",
            f"{splits.title}: {len(splits.train):,} images, {_held_out(spec, splits)}",
        ),
        (
            "training",
            f"at most {epochs} epoch{'s' if epochs > 1 else ''}, batch {spec.training.batch_size}, "
            f"{spec.training.optimizer.entry_name}, learning rate {_learning_rate(spec)}",
        ),
        ("device", f"{session.runtime.device} ({session.runtime.device.reason})"),
        ("run", str(session.directory.path)),
    ]
    if code := code_files():
        lines.append(("code", ", ".join(str(file.path) for file in code)))
    if finished_epochs is not None:
        lines.append(("resumed", f"after epoch {finished_epochs} of {epochs}"))
    return Header(tuple(lines), epochs, len(splits.train))


def _held_out(spec: Spec, splits: Splits) -> str:
    if spec.data.validation == "test":
        return f"validated on the {len(splits.test):,} test images"
    return f"{len(splits.validation):,} held out"


def _learning_rate(spec: Spec) -> str:
    rate = getattr(spec.training.optimizer, "learning_rate", None)
    return f"{rate:g}" if isinstance(rate, float) else "by schedule"

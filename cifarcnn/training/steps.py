"""How many training steps are run at once, without a look at them in between."""

from collections.abc import Sequence
from typing import Any

from cifarcnn.language.plan.network_plan import plan_network
from cifarcnn.language.schema import Spec
from cifarcnn.runtime.start import Runtime

_MOST = 32
_MFLOP_AT_ONCE = 15_000
"""About a quarter of a second on two cores: what Ctrl-C and the progress bar may wait."""


def steps_per_execution(spec: Spec, runtime: Runtime, callbacks: Sequence[Any]) -> int:
    """The number that the spec gives, or one that fits its network, device and callbacks.

    Each return to Python costs one or two milliseconds, which is half of a step of a small network.
    """
    if spec.runtime.steps_per_execution is not None:
        return spec.runtime.steps_per_execution
    if runtime.replicas > 1 or any(map(looks_at_steps, callbacks)):
        return 1
    if runtime.device.gpus:
        return _MOST
    mflop = 3 * plan_network(spec.model.layers).mflop * spec.training.batch_size
    return min(_MOST, max(1, int(_MFLOP_AT_ONCE / max(mflop, 1))))


_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


def looks_at_steps(callback: Any) -> bool:  # a Keras callback
    """Whether it does something at each step that Keras' own callbacks do not."""
    hooks = [getattr(callback, hook) for hook in _HOOKS]
    return not all(getattr(hook, "__module__", "").startswith("keras.") for hook in hooks)

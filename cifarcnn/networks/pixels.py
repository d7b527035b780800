"""How pixels enter the network: `data.pixels` as the network's first layer, a rescaling."""

from cifarcnn.entries.layers.preprocessing import Rescaling
from cifarcnn.language.schema import DataSpec

STATISTICS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "cifar10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "demo": ((0.4997, 0.5015, 0.4988), (0.2240, 0.2246, 0.2238)),
}
"""Mean and standard deviation per channel over each whole training set, for pixels from 0 to 1."""


def pixel_rescaling(data: DataSpec) -> Rescaling:
    """The layer that takes pixels from 0 to 255 to what the spec asks for."""
    if data.pixels == "raw":
        return Rescaling(scale=1.0)
    if data.pixels == "unit":
        return Rescaling(scale=1 / 255)
    mean, deviation = STATISTICS[data.dataset]
    return Rescaling(
        scale=tuple(1 / (255 * d) for d in deviation),
        offset=tuple(-m / d for m, d in zip(mean, deviation, strict=True)),
    )

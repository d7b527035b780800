"""How pixels enter the network: `data.pixels` as the network's first layer, a rescaling."""

from cifarcnn.entries.layers.preprocessing import Rescaling
from cifarcnn.language.schema import DataSpec


def pixel_rescaling(data: DataSpec) -> Rescaling:
    """The layer that takes pixels from 0 to 255 to what the spec asks for."""
    if data.pixels == "raw":
        return Rescaling(scale=1.0)
    if data.pixels == "unit":
        return Rescaling(scale=1 / 255)
    mean, deviation = data.facts.channel_mean, data.facts.channel_deviation
    return Rescaling(
        scale=tuple(1 / (255 * d) for d in deviation),
        offset=tuple(-m / d for m, d in zip(mean, deviation, strict=True)),
    )

"""Mirror images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from typing_extensions import override

from cifarcnn.language.entry_types import AUGMENTATIONS, PixelAugmentation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cifarcnn.language.training_images import Drawing


class _Mirror(PixelAugmentation):
    @override
    def change(self, pixels: Any, drawn: Sequence[Any], xp: Any) -> Any:
        (mirrored,) = drawn
        return xp.where(mirrored[:, None, None, None], pixels[:, :, ::-1], pixels)


@AUGMENTATIONS.register("flip")
class Flip(_Mirror):
    """Mirror images left to right at random."""

    rate: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="share of the images")

    @override
    def draw(self, indexes: "NDArray[np.int64]", drawing: "Drawing") -> "list[NDArray[Any]]":
        return [drawing.of_epoch().random(len(indexes)) < self.rate]


@AUGMENTATIONS.register("alternating_flip")
class AlternatingFlip(_Mirror):
    """Mirror each image in every other epoch; a draw decides in which it begins.

    Every two epochs show each image both ways, which `flip` does only half of the time
    (https://arxiv.org/abs/2404.00498).
    """

    def draw(self, indexes: "NDArray[np.int64]", drawing: "Drawing") -> "list[NDArray[Any]]":
        """Which images are mirrored: about half of them, and the other half in the next epoch."""
        first = drawing.of_run().integers(0, 2, len(indexes))[indexes]
        return [(first + drawing.epoch) % 2 == 1]

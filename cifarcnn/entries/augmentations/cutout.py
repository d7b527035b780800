"""Cover a part of images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field
from typing_extensions import override

from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.language.dataset_facts import CIFAR10
from cifarcnn.language.entry_types import AUGMENTATIONS, PixelAugmentation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cifarcnn.language.training_images import Drawing


@AUGMENTATIONS.register("cutout")
class Cutout(PixelAugmentation):
    """Cover a square of each image with CIFAR-10's mean colour (https://arxiv.org/abs/1708.04552).

    The square's centre may be any pixel, so part of it may lie outside.
    """

    size: Annotated[int, Field(ge=1, le=64)] = Field(16, description="pixels of the square's side")

    def draw(self, indexes: "NDArray[np.int64]", drawing: "Drawing") -> "list[NDArray[Any]]":
        """Row and column of each square's centre."""
        import numpy as np

        height, width, _ = IMAGE_SHAPE
        random = drawing.of_epoch()
        return [random.integers(0, size, len(indexes)).astype(np.int32) for size in (height, width)]

    @override
    def change(self, pixels: Any, drawn: Sequence[Any], xp: Any) -> Any:
        _, height, width, _ = pixels.shape
        rows, columns = (
            _covered(centres, length, self.size, xp)
            for centres, length in zip(drawn, (height, width), strict=True)
        )
        square = rows[:, :, None] & columns[:, None, :]
        return xp.where(square[..., None], xp.array(_MEAN_COLOUR, xp.uint8), pixels)


_MEAN_COLOUR = tuple(round(255 * mean) for mean in CIFAR10.channel_mean)


def _covered(centres: Any, length: int, size: int, xp: Any) -> Any:
    """Which of `length` places lie within a stretch of `size` around each centre."""
    distance = xp.arange(length) - (centres[:, None] - size // 2)
    return (distance >= 0) & (distance < size)

"""Shift images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field
from typing_extensions import override

from cifarcnn.language.entry_types import AUGMENTATIONS, PixelAugmentation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cifarcnn.language.training_images import Drawing


@AUGMENTATIONS.register("pad_and_crop")
class PadAndCrop(PixelAugmentation):
    """Shift each image by up to `padding` pixels both ways, as He et al. 2015 do.

    The border is padded and a window of the image's own size is cut out at random
    (https://arxiv.org/abs/1512.03385).
    """

    padding: Annotated[int, Field(ge=1, le=16)] = Field(4, description="pixels added on each side")
    fill_mode: Literal["reflect", "constant"] = Field(
        "reflect", description="what the border shows: the mirrored image, or black"
    )

    def draw(self, indexes: "NDArray[np.int64]", drawing: "Drawing") -> "list[NDArray[Any]]":
        """First row and column of each window."""
        import numpy as np

        places = 2 * self.padding + 1
        return list(drawing.of_epoch().integers(0, places, (2, len(indexes))).astype(np.int32))

    @override
    def change(self, pixels: Any, drawn: Sequence[Any], xp: Any) -> Any:
        border = ((0, 0), (self.padding,) * 2, (self.padding,) * 2, (0, 0))
        return _windows(xp.pad(pixels, border, self.fill_mode), pixels.shape[1:3], drawn, xp)


def _windows(padded: Any, size: tuple[int, int], corners: Sequence[Any], xp: Any) -> Any:
    """A window of each image, which begins at a row and a column."""
    import numpy as np

    each, (tops, lefts), (height, width) = xp.arange(len(padded)), corners, size
    if xp is np:  # it copies windows six times as fast as it gathers pixels
        windows = np.lib.stride_tricks.sliding_window_view(padded, size, (1, 2))
        return windows[each, tops, lefts].transpose(0, 2, 3, 1)
    rows, columns = tops[:, None] + xp.arange(height), lefts[:, None] + xp.arange(width)
    return padded[each[:, None, None], rows[:, :, None], columns[:, None, :]]

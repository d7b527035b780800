"""Augmentations: every image of an epoch is changed by its own draw.

They work on `uint8` pixels and draw on the host, so that every backend trains on the same images.
Keras' layers are not used: its RandomCrop draws one offset for a whole batch, and the states of
their generators depend on the backend.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from cifarcnn.language.constants import IMAGE_SHAPE
from cifarcnn.language.entry_types import AUGMENTATIONS, Augmentation, PixelAugmentation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cifarcnn.language.training_images import Drawing, TrainingImages


class _Mirror(PixelAugmentation):
    def change(self, pixels: Any, drawn: Sequence[Any], xp: Any) -> Any:
        """Mirror the images that were drawn."""
        (mirrored,) = drawn
        return xp.where(mirrored[:, None, None, None], pixels[:, :, ::-1], pixels)


@AUGMENTATIONS.register("flip")
class Flip(_Mirror):
    """Mirror images left to right at random."""

    rate: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="share of the images")

    def draw(self, indexes: "NDArray[np.int64]", drawing: "Drawing") -> "list[NDArray[Any]]":
        """Which images are mirrored."""
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

    def change(self, pixels: Any, drawn: Sequence[Any], xp: Any) -> Any:
        """Cut out the windows."""
        border = ((0, 0), (self.padding,) * 2, (self.padding,) * 2, (0, 0))
        return _windows(xp.pad(pixels, border, self.fill_mode), pixels.shape[1:3], drawn, xp)


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

    def change(self, pixels: Any, drawn: Sequence[Any], xp: Any) -> Any:
        """Cover the squares."""
        _, height, width, _ = pixels.shape
        rows, columns = (
            _covered(centres, length, self.size, xp)
            for centres, length in zip(drawn, (height, width), strict=True)
        )
        square = rows[:, :, None] & columns[:, None, :]
        return xp.where(square[..., None], xp.array(_MEAN_COLOUR, xp.uint8), pixels)


@AUGMENTATIONS.register("mixup")
class Mixup(Augmentation):
    """Blend each image and its label with another one's (https://arxiv.org/abs/1710.09412).

    The shares are drawn from a Beta distribution for each image, and the pixels rounded.
    """

    alpha: Annotated[float, Field(gt=0, le=100)] = Field(
        0.2, description="of Beta(alpha, alpha): near 0 mostly one image, 1 any share alike"
    )

    def apply(self, images: "TrainingImages", drawing: "Drawing") -> "TrainingImages":
        """Return blended copies."""
        import numpy as np

        from cifarcnn.language.training_images import TrainingImages, in_chunks

        random = drawing.of_epoch()
        partner = random.permutation(len(images))
        share = random.beta(self.alpha, self.alpha, len(images)).astype(np.float32)
        blended = np.empty_like(images.images)

        def blend(part: slice) -> None:
            one, other = images.images[part], images.images[partner[part]]
            weight = share[part, None, None, None]
            blended[part] = np.rint(weight * one + (1 - weight) * other)

        in_chunks(len(images), blend)
        labels = share[:, None] * images.labels + (1 - share[:, None]) * images.labels[partner]
        return TrainingImages(blended, labels, images.indexes)


_MEAN_COLOUR = (125, 123, 114)
"""Red, green and blue, averaged over CIFAR-10's training set."""


def _windows(padded: Any, size: tuple[int, int], corners: Sequence[Any], xp: Any) -> Any:
    """A window of each image, which begins at a row and a column."""
    import numpy as np

    each, (tops, lefts), (height, width) = xp.arange(len(padded)), corners, size
    if xp is np:  # it copies windows six times as fast as it gathers pixels
        windows = np.lib.stride_tricks.sliding_window_view(padded, size, (1, 2))
        return windows[each, tops, lefts].transpose(0, 2, 3, 1)
    rows, columns = tops[:, None] + xp.arange(height), lefts[:, None] + xp.arange(width)
    return padded[each[:, None, None], rows[:, :, None], columns[:, None, :]]


def _covered(centres: Any, length: int, size: int, xp: Any) -> Any:
    """Which of `length` places lie within a stretch of `size` around each centre."""
    distance = xp.arange(length) - (centres[:, None] - size // 2)
    return (distance >= 0) & (distance < size)

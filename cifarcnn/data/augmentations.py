"""Augmentations: every image of an epoch is changed by its own draw.

They work on `uint8` pixels on the host, so that every backend trains on the same images. Keras'
layers are not used: its RandomCrop draws one offset for a whole batch, and the states of their
generators depend on the backend.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from cifarcnn.spec.kinds import AUGMENTATIONS, Augmentation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cifarcnn.data.epochs import Drawing, TrainingImages

_CHUNK = 1000
"""Images that are worked on at once, to bound the memory that copies take."""


@AUGMENTATIONS.register("flip")
class Flip(Augmentation):
    """Mirror images left to right at random."""

    rate: Annotated[float, Field(gt=0, le=1)] = Field(0.5, description="share of the images")

    def apply(self, images: "TrainingImages", drawing: "Drawing") -> "TrainingImages":
        """Mirror a share of the images in place."""
        _mirror(images, drawing.of_epoch().random(len(images)) < self.rate)
        return images


@AUGMENTATIONS.register("alternating_flip")
class AlternatingFlip(Augmentation):
    """Mirror each image in every other epoch; a draw decides in which it begins.

    Every two epochs show each image both ways, which `flip` does only half of the time
    (https://arxiv.org/abs/2404.00498).
    """

    def apply(self, images: "TrainingImages", drawing: "Drawing") -> "TrainingImages":
        """Mirror about half of the images in place, and the other half in the next epoch."""
        first = drawing.of_run().integers(0, 2, len(images))[images.indexes]
        _mirror(images, (first + drawing.epoch) % 2 == 1)
        return images


@AUGMENTATIONS.register("pad_and_crop")
class PadAndCrop(Augmentation):
    """Shift each image by up to `padding` pixels both ways, as He et al. 2015 do.

    The border is padded and a window of the image's own size is cut out at random
    (https://arxiv.org/abs/1512.03385).
    """

    padding: Annotated[int, Field(ge=1, le=16)] = Field(4, description="pixels added on each side")
    fill_mode: Literal["reflect", "constant"] = Field(
        "reflect", description="what the border shows: the mirrored image, or black"
    )

    def apply(self, images: "TrainingImages", drawing: "Drawing") -> "TrainingImages":
        """Shift all images in place."""
        import numpy as np

        places = 2 * self.padding + 1
        tops, lefts = drawing.of_epoch().integers(0, places, (2, len(images)))
        _, height, width, _ = images.images.shape
        border = ((0, 0), (self.padding,) * 2, (self.padding,) * 2, (0, 0))
        for part in _chunks(len(images)):
            windows = np.lib.stride_tricks.sliding_window_view(
                np.pad(images.images[part], border, self.fill_mode), (height, width), (1, 2)
            )
            each = np.arange(len(windows))
            chosen = windows[each, tops[part], lefts[part]]
            images.images[part] = chosen.transpose(0, 2, 3, 1)
        return images


@AUGMENTATIONS.register("cutout")
class Cutout(Augmentation):
    """Cover a square of each image with CIFAR-10's mean colour (https://arxiv.org/abs/1708.04552).

    The square's centre may be any pixel, so part of it may lie outside.
    """

    size: Annotated[int, Field(ge=1, le=64)] = Field(16, description="pixels of the square's side")

    def apply(self, images: "TrainingImages", drawing: "Drawing") -> "TrainingImages":
        """Cover a square of every image in place."""
        import numpy as np

        _, height, width, _ = images.images.shape
        random = drawing.of_epoch()
        rows = _covered(random.integers(0, height, len(images)), height, self.size)
        columns = _covered(random.integers(0, width, len(images)), width, self.size)
        for part in _chunks(len(images)):
            square = rows[part, :, None] & columns[part, None, :]
            images.images[part][square] = np.array(_MEAN_COLOUR, np.uint8)
        return images


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

        from cifarcnn.data.epochs import TrainingImages

        random = drawing.of_epoch()
        partner = random.permutation(len(images))
        share = random.beta(self.alpha, self.alpha, len(images)).astype(np.float32)
        blended = np.empty_like(images.images)
        for part in _chunks(len(images)):
            one, other = images.images[part], images.images[partner[part]]
            weight = share[part, None, None, None]
            blended[part] = np.rint(weight * one + (1 - weight) * other)
        labels = share[:, None] * images.labels + (1 - share[:, None]) * images.labels[partner]
        return TrainingImages(blended, labels, images.indexes)


_MEAN_COLOUR = (125, 123, 114)
"""Red, green and blue, averaged over CIFAR-10's training set."""


def _chunks(count: int) -> list[slice]:
    return [slice(start, start + _CHUNK) for start in range(0, count, _CHUNK)]


def _mirror(images: "TrainingImages", which: "NDArray[np.bool_]") -> None:
    for part in _chunks(len(images)):
        chosen = images.images[part]
        chosen[which[part]] = chosen[which[part], :, ::-1]


def _covered(centres: "NDArray[np.int64]", length: int, size: int) -> "NDArray[np.bool_]":
    """Which of `length` places lie within a stretch of `size` around each centre."""
    import numpy as np

    distance = np.arange(length) - (centres[:, None] - size // 2)
    covered: NDArray[np.bool_] = (distance >= 0) & (distance < size)
    return covered

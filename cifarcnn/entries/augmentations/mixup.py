"""Blend images."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from typing_extensions import override

from cifarcnn.language.entry_types import AUGMENTATIONS, Augmentation

if TYPE_CHECKING:
    from cifarcnn.language.training_images import Drawing, TrainingImages


@AUGMENTATIONS.register("mixup")
class Mixup(Augmentation):
    """Blend each image and its label with another one's (https://arxiv.org/abs/1710.09412).

    The shares are drawn from a Beta distribution for each image, and the pixels rounded.
    """

    alpha: Annotated[float, Field(gt=0, le=100)] = Field(
        0.2, description="of Beta(alpha, alpha): near 0 mostly one image, 1 any share alike"
    )

    @override
    def apply(self, images: "TrainingImages", drawing: "Drawing") -> "TrainingImages":
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

"""Random changes of the training images."""

from cifarcnn.entries.augmentations import augmentations

__all__ = ["augmentations"]

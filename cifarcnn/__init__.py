"""Convolutional networks for CIFAR-10, described in YAML and trained with Keras."""

__version__ = "0.1.0"

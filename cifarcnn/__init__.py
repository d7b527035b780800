"""Convolutional networks for CIFAR-10, described in YAML and trained with Keras."""

from cifarcnn import entries as entries  # the language then knows where its entries are

__version__ = "0.1.0"

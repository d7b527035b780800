"""Optimizers."""

from cifarcnn.entries.optimizers import optimizers

__all__ = ["optimizers"]

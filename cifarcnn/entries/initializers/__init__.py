"""Initializers of weights."""

from cifarcnn.entries.initializers import initializers

__all__ = ["initializers"]

"""Penalties on weights and outputs."""

from cifarcnn.entries.regularizers import regularizers

__all__ = ["regularizers"]

"""Losses on logits."""

from cifarcnn.entries.losses import losses

__all__ = ["losses"]

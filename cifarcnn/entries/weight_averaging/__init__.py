"""Averages of the weights over the steps of a training."""

from cifarcnn.entries.weight_averaging import weight_averaging

__all__ = ["weight_averaging"]

"""Penalties on weights and outputs, as Keras adds them to the training loss."""

from cifarcnn.entries.regularizers import l1_l2

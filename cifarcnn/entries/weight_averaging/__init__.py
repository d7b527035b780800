"""Averages of a network's state over the steps of a training.

Keras' own `use_ema` averages the trainable variables alone: the network then goes with statistics
of batch normalization that were taken from other weights.
"""

from cifarcnn.entries.weight_averaging import ema, lookahead

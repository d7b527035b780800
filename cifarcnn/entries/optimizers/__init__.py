"""Optimizers: those of Keras, and one that Keras does not have."""

from cifarcnn.entries.optimizers import adam, sgd, rmsprop, muon_sgd

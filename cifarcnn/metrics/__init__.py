"""Figures of a classifier from outputs and labels, with intervals and tests. No Keras, no files."""

"""Keras models built from the layers of a spec."""

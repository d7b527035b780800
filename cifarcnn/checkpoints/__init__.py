"""Checkpoints: writing them as plain Keras, and rebuilding networks from them safely."""

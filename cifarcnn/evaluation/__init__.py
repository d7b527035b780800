"""Scoring checkpoints on a split."""

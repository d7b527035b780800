"""Evaluating checkpoints: opening them safely, and scoring them on a split."""

"""Predicting the classes of image files."""

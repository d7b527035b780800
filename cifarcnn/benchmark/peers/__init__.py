"""Scripts written by hand to compare trainings with; no code of this package is in them."""

"""Training: losses, optimizers, schedules and callbacks, and the loop that drives them."""

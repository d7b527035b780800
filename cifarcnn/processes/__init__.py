"""The machine, and child processes."""

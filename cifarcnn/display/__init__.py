"""Showing work while it is done: on a terminal, in a log file, in a notebook."""

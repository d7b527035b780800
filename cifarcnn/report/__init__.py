"""A page about a run or a repeat: one HTML file that needs nothing else, not even a network."""

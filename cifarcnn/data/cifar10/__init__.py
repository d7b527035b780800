"""CIFAR-10 on disk: which files it consists of, where they may lie, and how they are read."""

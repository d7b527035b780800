"""Data sets: CIFAR-10, found or fetched and verified, and a generated one to try things on."""

"""`python -m cifarcnn`."""

from cifarcnn.cli import main

main()

"""The first values of weights."""

from cifarcnn.entries.initializers import constant_initializers, random_initializers, dirac

"""Learning rates as functions of the step: those of Keras, and two that Keras does not have.

A step is a batch. Where the number of steps is left out, a schedule takes the whole training.
"""

from cifarcnn.entries.schedules import (
    exponential_decay,
    piecewise_constant_decay,
    polynomial_decay,
    inverse_time_decay,
    cosine_decay,
    triangular,
    step_decay,
)

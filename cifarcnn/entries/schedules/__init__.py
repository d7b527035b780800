"""Learning rates as functions of the step."""

from cifarcnn.entries.schedules import schedules

__all__ = ["schedules"]

"""What acts between epochs."""

from cifarcnn.entries.callbacks import callbacks

__all__ = ["callbacks"]

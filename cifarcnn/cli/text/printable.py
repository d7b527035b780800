"""Text from files on its way to the terminal; see `cifarcnn.display.printable`."""

from cifarcnn.display.printable import printable, printable_json

__all__ = ["printable", "printable_json"]

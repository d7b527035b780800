"""Text from files on its way to the terminal."""

import json


def printable(text: str, keep: str = "") -> str:
    """Show control characters, which a file may hold, instead of sending them to the terminal.

    `keep` are characters to leave as they are, such as the line breaks of a message.
    """
    return "".join(c if c.isprintable() or c in keep else repr(c)[1:-1] for c in text)


def printable_json(text: str) -> str:
    """The same for JSON, which stays JSON with the same content."""
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text)

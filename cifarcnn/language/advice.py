"""What a message tells to write instead, made from the fields of a section or an item."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from cifarcnn.language.problems import listed

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""What a key or the name of an item looks like."""

_NUMBER = re.compile(r"([-+]?(?:\d[\d_]*)?\.?\d+(?:[eE][-+]?\d+)?)\s*(%|[,;]|#.*)?")
_HYPHENATED = re.compile(r"[\w-]+")
_PLAIN_TEXT = re.compile(r"[\w./:-]+")


def keys_in_words(model: type[BaseModel]) -> str:
    """How to give keys to a section or an item: `such as {rate: ...}`, or all to choose from."""
    keys = list(model.model_fields)
    certain = required_keys(model) or (keys if len(keys) == 1 else [])
    if certain:
        return f"such as {in_braces(dict.fromkeys(certain))}"
    return f"with keys among {listed(keys, 'and')}"


def required_keys(model: type[BaseModel]) -> list[str]:
    """The keys that have no default."""
    return [name for name, field in model.model_fields.items() if field.is_required()]


def in_braces(values: Mapping[str, Any]) -> str:
    """Keys with their values as YAML on one line; None stands for what the reader must fill in."""
    return f"{{{', '.join(f'{key}: {_shown(value)}' for key, value in values.items())}}}"


def number_meant(text: str) -> str | None:
    """The number in a text that is almost one: `1_000`, `40,` and `40# so many`; `50%` is 0.5."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    number = match[1].replace("_", "")
    return f"{float(number) / 100:g}" if match[2] == "%" else number


def leading_name(text: str) -> str | None:
    """The name that a text begins with and goes on from, such as that of `dense {units`.

    A hyphen is no end of a name, but a slip: `use-bias` is `use_bias`.
    """
    match = NAME.match(text)
    return match[0] if match and match[0] != text and not _HYPHENATED.fullmatch(text) else None


def _shown(value: Any) -> str:  # of YAML
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str) and _PLAIN_TEXT.fullmatch(value):
        return value
    if isinstance(value, list):
        return "[...]"
    return "{...}" if isinstance(value, dict) else "..."

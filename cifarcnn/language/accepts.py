"""Fields whose values need a check of their own, described where they are checked."""

from collections.abc import Callable
from typing import Any

from pydantic_core import core_schema

from cifarcnn.language.registry import expected


class NotAcceptedError(Exception):
    """A check does not accept a value; see `Accepts`."""


class Accepts:
    """Annotation of a field: its check, and what messages, reference and JSON schema say of it.

    With a `json_schema` the check receives whatever is in the YAML file; without one it receives a
    value of the annotated type, which the JSON schema describes. It returns what the spec holds, or
    raises `NotAcceptedError`, or `expected(...)` where it can say more than `words`.
    """

    def __init__(
        self,
        check: Callable[[Any], Any],
        words: str,
        json_schema: dict[str, Any] | None = None,
    ) -> None:
        self.words = words
        self._check = check
        self._json_schema = json_schema

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        """Validate through the check."""
        if self._json_schema is None:
            return core_schema.no_info_after_validator_function(self._validate, handler(source))
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:
        """The JSON schema that was given, or that of the annotated type."""
        schema: dict[str, Any] = handler(core) if self._json_schema is None else self._json_schema
        return dict(schema)

    def _validate(self, value: Any) -> Any:
        try:
            return self._check(value)
        except NotAcceptedError:
            raise expected(self.words) from None

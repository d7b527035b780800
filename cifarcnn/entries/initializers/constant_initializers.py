"""Initializers that give every weight the same value."""

from pydantic import Field

from cifarcnn.language.entry_types import INITIALIZERS, Initializer


@INITIALIZERS.register("zeros")
class Zeros(Initializer):
    """Zeros."""


@INITIALIZERS.register("ones")
class Ones(Initializer):
    """Ones."""


@INITIALIZERS.register("constant")
class Constant(Initializer):
    """The same value everywhere."""

    value: float = Field(0.0, description="the value")

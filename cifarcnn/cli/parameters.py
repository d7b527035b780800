"""Types of options: they read a word of the command line, or refuse it as click does."""

import re
from pathlib import Path
from typing import Any

import click

MOST_SEEDS = 1000


class Seeds(click.ParamType):  # type: ignore[type-arg]  # 8.4 has one, 8.5 two
    """`5` stands for five seeds, `1,2,3` for these, `7,` for 7 alone."""

    name = "seeds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | list[int]:
        """A number of seeds, or the seeds themselves."""
        if not re.fullmatch(r"\s*\d{1,12}\s*(,\s*\d{1,12}\s*)*,?\s*", value, re.ASCII):
            self.fail("expected a number of seeds such as 5, or a list such as 1,2,3", param, ctx)
        numbers = [int(word) for word in value.split(",") if word.strip()]
        count = len(numbers) if "," in value else numbers[0]
        if not 1 <= count <= MOST_SEEDS:
            self.fail(f"expected 1 to {MOST_SEEDS:,} seeds", param, ctx)
        if len(set(numbers)) < len(numbers):
            self.fail("a seed occurs twice", param, ctx)
        return numbers if "," in value else count


class Picture(click.Path):
    """A file that a picture can be written to."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path, whose suffix says the format."""
        path = Path(value)
        if path.suffix.lower() not in (".png", ".pdf", ".svg"):
            self.fail("expected a name that ends in .png, .pdf or .svg", param, ctx)
        return path

"""`cifarcnn show`."""

from typing import TYPE_CHECKING, Any

import click

from cifarcnn.cli.options import code_option, collect_overrides, json_option, set_option
from cifarcnn.display.terminal import print_json, say

if TYPE_CHECKING:
    from cifarcnn.language.marks import Document, Path
    from cifarcnn.language.schema import Spec
    from cifarcnn.language.writing.layout import Line

_WIDEST_COLUMN = 44
"""Longer lines push their origin to the right instead of all others."""


@click.command("show")
@click.argument("spec_word", metavar="SPEC")
@set_option
@code_option
@click.option("--origin", is_flag=True, help="Tell for each value what set it.")
@json_option
def show_command(spec_word: str, settings: tuple[str, ...], origin: bool, as_json: bool) -> None:
    """Show the whole spec that SPEC stands for, with its bases and all defaults.

    It is YAML that trains to the same run. With --origin each value has a line of its own, with
    the line of the file, the option or the environment variable that set it, or `default`.
    """
    from cifarcnn.language.checking.validate import validate
    from cifarcnn.language.load import load_document
    from cifarcnn.language.writing.layout import lines_of_one_value, lines_that_fit

    document = load_document(spec_word, collect_overrides(settings))
    spec = validate(document)
    if as_json:
        print_json(show(spec, document, origin))
    elif origin:
        _print_with_origins(lines_of_one_value(spec), document)
    else:
        for line in lines_that_fit(spec):
            say(line)


def show(spec: "Spec", document: "Document", origin: bool) -> dict[str, Any]:
    """The resolved spec as plain data, and what set each value by its dotted path."""
    from cifarcnn.language.marks import dotted
    from cifarcnn.language.writing.layout import lines_of_one_value
    from cifarcnn.language.writing.spec_text import spec_to_data

    data: dict[str, Any] = {"spec": spec_to_data(spec)}
    if origin:
        paths = [line.path for line in lines_of_one_value(spec) if line.path]
        data["origins"] = {dotted(path): _origin(document, path) for path in paths}
    return data


def _print_with_origins(lines: "list[Line]", document: "Document") -> None:
    column = max(len(line.text) for line in lines if len(line.text) <= _WIDEST_COLUMN)
    for line in lines:
        if line.path is None:
            say(line.text)
            continue
        say(f"{line.text:<{column}}", dim=f"  # {_origin(document, line.path)}")


def _origin(document: "Document", path: "Path") -> str:
    """`my.yaml:12`, an option or variable as it was typed, or `default`."""
    mark = document.origin(path)
    if mark is None:
        return "default"
    return f"{mark.source}:{mark.line}" if mark.line else mark.source

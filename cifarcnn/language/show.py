"""The whole spec that a spec file stands for, and what set each value, as `cifarcnn show` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cifarcnn.language.checking.validate import validate
from cifarcnn.language.load import SpecSource, load_document
from cifarcnn.language.marks import Document, Path, dotted
from cifarcnn.language.reading.overrides import Override
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.layout import lines_of_one_value
from cifarcnn.language.writing.spec_text import spec_to_data


@dataclass(frozen=True)
class ResolvedSpec:
    """A spec with its bases and all defaults, and the document that it was read from."""

    spec: Spec
    document: Document

    def origin(self, path: Path) -> str:
        """What set a value: `my.yaml:12`, an option or variable as it was typed, or `default`."""
        mark = self.document.origin(path)
        if mark is None:
            return "default"
        return f"{mark.source}:{mark.line}" if mark.line else mark.source

    def as_data(self, *, origins: bool = False) -> dict[str, Any]:
        """As plain data; with `origins` also what set each value, by its dotted path."""
        data: dict[str, Any] = {"spec": spec_to_data(self.spec)}
        if origins:
            paths = [line.path for line in lines_of_one_value(self.spec) if line.path]
            data["origins"] = {dotted(path): self.origin(path) for path in paths}
        return data


def show(source: SpecSource, overrides: Sequence[Override] = ()) -> ResolvedSpec:
    """Resolve a spec, with values set over it.

    Raises:
        UserError: there is no such spec, it cannot be read, or it has mistakes.
    """
    document = load_document(source, overrides)
    return ResolvedSpec(validate(document), document)

"""Finding all mistakes in a spec, as `cifarcnn check` does."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cifarcnn.errors import UserError
from cifarcnn.language.checking.validate import inspect
from cifarcnn.language.load import SpecSource, load_document
from cifarcnn.language.marks import Document, Mark
from cifarcnn.language.problems import Problem, SpecError
from cifarcnn.language.reading.extends import with_bases
from cifarcnn.language.reading.overrides import Override, apply_overrides
from cifarcnn.language.reading.yaml_reader import read_yaml_stream
from cifarcnn.language.schema import Spec


@dataclass(frozen=True)
class Check:
    """What was found in a spec."""

    name: str
    """What the spec was called by: a path, a shipped name, or the name in the spec."""
    problems: list[Problem]
    """In the order of its lines; `severity` is `error` or `warning`."""

    @property
    def ok(self) -> bool:
        """Whether it can be trained."""
        return not any(problem.severity == "error" for problem in self.problems)


def check(source: SpecSource, overrides: Sequence[Override] = ()) -> Check:
    """Find all mistakes in a spec, with values set over it; none of them is raised."""
    name = source.name if isinstance(source, Spec) else str(source)
    return _checked(name, lambda: load_document(source, overrides))


def check_stream(stream: BinaryIO | None, name: str, overrides: Sequence[Override] = ()) -> Check:
    """The same for a spec in an open stream, such as standard input; None is a closed one."""

    def read() -> Document:
        if stream is None:
            raise UserError("standard input is closed")
        document = with_bases(read_yaml_stream(stream, name), Path(name))
        apply_overrides(document, overrides)
        return document

    return _checked(name, read)


def checks_as_data(checks: Iterable[Check]) -> dict[str, Any]:
    """All that was found, as plain data for editors."""
    checks = list(checks)
    return {
        "ok": all(found.ok for found in checks),
        "files": [{"file": found.name, "ok": found.ok} for found in checks],
        "problems": [problem.as_data(found.name) for found in checks for problem in found.problems],
    }


def _checked(name: str, read: Callable[[], Document]) -> Check:
    try:
        return Check(name, inspect(read()).problems)
    except SpecError as error:
        return Check(name, error.problems)
    except UserError as error:  # it cannot be read
        source = name or repr(name)
        hint = f" ({error.hint})" if error.hint else ""
        message = error.message.removeprefix(f"{source}: ") + hint
        return Check(name, [Problem(Mark(source), "", message)])

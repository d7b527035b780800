"""From the word SPEC on the command line to a checked `Spec`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cifarcnn.errors import UnusableValueError
from cifarcnn.language.checking.validate import validate
from cifarcnn.language.marks import Document, Mark, dotted
from cifarcnn.language.problems import Problem, SpecError
from cifarcnn.language.reading.extends import with_bases
from cifarcnn.language.reading.overrides import Override, apply_overrides
from cifarcnn.language.reading.shipped import find_spec
from cifarcnn.language.reading.yaml_reader import read_yaml_file, read_yaml_text
from cifarcnn.language.schema import Spec
from cifarcnn.language.writing.spec_text import spec_to_yaml

_OF_TRAINING_ALONE = (
    ("data", "augment"),
    ("training", "optimizer"),
    ("training", "weight_averaging"),
    ("training", "callbacks"),
)


SpecSource = str | Path | Spec
"""The name of a shipped config, the path of a file, or a spec."""


def load_document(source: SpecSource, overrides: Sequence[Override] = ()) -> Document:
    """Read the spec at a path or of a shipped name, lay it over its bases, and set values over it.

    Raises:
        UserError: there is no such spec, or it or one of its bases cannot be read.
    """
    if isinstance(source, Spec):
        document = read_yaml_text(spec_to_yaml(source), source.name)
    else:
        file = find_spec(str(source))
        document = with_bases(read_yaml_file(file), file)
    apply_overrides(document, overrides)
    return document


def load_spec(
    source: SpecSource,
    overrides: Sequence[Override] = (),
    warn: Callable[[Problem], None] | None = None,
) -> Spec:
    """Read and check the spec at a path or of a shipped name, with values set over it.

    `warn` hears of what would work but is foolish.

    Raises:
        UserError: there is no such spec, or it cannot be read.
        SpecError: it has mistakes; the error lists them all.
    """
    return validate(load_document(source, overrides), warn)


@contextmanager
def told_with_places(document: Document) -> Iterator[None]:
    """Say of a value that cannot be used here what set it: a file, an option or a variable.

    Raises:
        SpecError: in place of an `UnusableValueError`.
    """
    try:
        yield
    except UnusableValueError as error:
        is_default = document.origin(error.path) is None
        mark = Mark(document.source) if is_default else document.mark(error.path)
        raise SpecError([Problem(mark, dotted(error.path), error.message)], error.hint) from error


def load_resolved(file: Path) -> Spec:
    """Check a spec that a run holds: it is whole, and bases are refused instead of followed."""
    return validate(read_yaml_file(file), to_train=False)


def parse_spec(text: str, source: str) -> Spec:
    """Check a spec that is held in a string, such as the one inside a checkpoint.

    It is whole: bases are refused instead of followed. Its training is over or under way, so it is
    not judged as one to come: a rule that is new must not make old checkpoints unreadable.
    """
    return validate(read_yaml_text(text, source), to_train=False)


def parse_to_score(text: str, source: str) -> Spec:
    """Check a spec as far as it says what a network is and how it is scored; see `parse_spec`.

    What only its training needed is left out, so that the defaults stand there: a callback of the
    author's own is no part of the network, and its code need not be at hand.
    """
    document = read_yaml_text(text, source)
    for section, key in _OF_TRAINING_ALONE:
        if isinstance(document.data, dict) and isinstance(document.data.get(section), dict):
            document.data[section].pop(key, None)
    return validate(document, to_train=False)

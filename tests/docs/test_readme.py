"""The README says what is so."""

import re
import textwrap

import pytest

from cifarcnn.cli import COMMANDS
from cifarcnn.language.load import parse_spec
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_of_a_spec_is_a_spec() -> None:
    section = README.partition("## A spec")[2]
    block = section[: section.index("\n\nA shipped config")]
    spec = parse_spec(textwrap.dedent(block), "README.md")
    assert spec.name == "my_network" and len(spec.model.layers) == 6


def test_every_command_is_shown_and_every_shown_command_exists() -> None:
    shown = set(re.findall(r"cifarcnn ([a-z-]+)", README))
    assert set(COMMANDS) <= shown
    assert not [word for word in shown if word not in COMMANDS]


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "docs/backends.md",
        "docs/benchmark.md",
        "docs/evaluation.md",
        "docs/plugins.md",
        "docs/python.md",
        "docs/reliability.md",
        "docs/reproduction.md",
        "docs/specs.md",
        "docs/speed.md",
    ],
)
def test_tests_and_files_that_documents_name_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    figures = {"test_loss", "test_accuracy", "test_accuracy_interval"}
    for name in set(re.findall(r"`(test_\w+)`", text)) - figures:
        assert f"def {name}(" in tests, name
    for path in re.findall(r"`(?:tests/)?((?:\w+/)+test_\w+\.py)`", text):
        assert (ROOT / "tests" / path).is_file(), path
    for path in re.findall(r"\]\(([\w/.]+)\)", text):
        assert ((ROOT / document).parent / path).exists(), path

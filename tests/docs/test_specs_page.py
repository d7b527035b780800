"""The page on specs says what is so."""

import re
import shlex
import textwrap
from pathlib import Path

import pytest

from cifarcnn.cli.commands.train import train_command
from cifarcnn.language.load import load_spec
from cifarcnn.language.marks import dotted
from cifarcnn.language.short_forms import SHORT_FORMS, variable_of
from tests.support.command import invoke
from tests.support.paths import ROOT

PAGE = (ROOT / "docs/specs.md").read_text(encoding="utf-8")


def block_after(words: str) -> str:
    """The first indented block after some words."""
    match = re.compile(r"\n((?:    .*\n)+)").search(PAGE, PAGE.index(words))
    assert match
    return textwrap.dedent(match[1])


def without_lines_of_configs(text: str) -> str:
    return re.sub(r"# deeper_3x3:\d+", "# deeper_3x3:LINE", text)


@pytest.fixture(autouse=True)
def _wider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("wider.yaml").write_text(block_after("## Bases"))


def test_the_example_of_a_base_does_what_is_said() -> None:
    spec, base = load_spec("wider.yaml"), load_spec("deeper_3x3")
    assert (spec.name, spec.training.epochs, spec.training.callbacks) == ("wider", 20, [])
    arguments = base.training.optimizer.arguments() | {"beta_1": 0.8}
    assert spec.training.optimizer.arguments() == arguments
    assert spec.model == base.model


def test_the_example_of_origins_is_what_show_prints() -> None:
    command, *lines = block_after("what set each value").splitlines()
    variable, _, *args = shlex.split(command.removeprefix("$ "))
    name, _, value = variable.partition("=")
    result = invoke(args, env={name: value})
    assert result.exit_code == 0, result.stderr
    printed = without_lines_of_configs(result.stdout).splitlines()
    assert len(lines) > 6
    shown = without_lines_of_configs("\n".join(lines)).splitlines()
    assert [line for line in shown if line != "..." and line not in printed] == []


@pytest.mark.parametrize("line", block_after("the value is YAML").splitlines())
def test_an_example_of_setting_a_value_works(line: str) -> None:
    for spec in ("deeper_3x3", "wider.yaml"):
        result = invoke(["show", spec, *shlex.split(line)])
        assert result.exit_code == 0, result.stderr


def test_the_variables_are_listed_with_what_they_set() -> None:
    rows = re.findall(
        r"^\| `(CIFARCNN_\w+)` \| `([\w.]+)`.* \| `(--[\w-]+)` \|$", PAGE, re.MULTILINE
    )
    options = {option.name: option.opts[0] for option in train_command.params}
    expected = {(variable_of(key), dotted(path), options[key]) for key, path in SHORT_FORMS.items()}
    assert set(rows) == expected

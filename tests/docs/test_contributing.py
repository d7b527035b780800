"""docs/contributing.md: its recipes, applied to a copy of the repository, do what it says."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

TEXT = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
EDITS = re.findall(
    r"(Append to|Create|Change) `([\w./]+)`[^`]*?\n\n```\w+\n(.*?)^```", TEXT, re.DOTALL | re.M
)
COPIED = ("cifarcnn", "configs", "docs/generate", "docs/reference", "tests")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "fixtures")

IN_ONE_PROCESS = """
import json, sys
from cifarcnn.cli import command_line
for words in json.loads(sys.argv[1]):
    sys.stdout.flush()
    command_line(words, prog_name="cifarcnn", standalone_mode=False)
"""


def shown() -> list[tuple[list[str], list[str]]]:
    """The commands in the text, each with the lines of its output that the text shows."""
    found: list[tuple[list[str], list[str]]] = []
    for block in re.findall(r"^```console\n(.*?)^```", TEXT, re.DOTALL | re.M):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line.removeprefix("$ ").split(), []))
            else:
                found[-1][1].append(line)
    return found


OURS = [(words[1:], lines) for words, lines in shown() if words[0] == "cifarcnn"]
OTHERS = [words for words, _ in shown() if words[0] != "cifarcnn"]


def apply(action: str, file: Path, text: str) -> None:
    """Do to a file what the text says about it."""
    if action == "Create":
        assert not file.exists(), file
        file.write_text(text, encoding="utf-8")
        return
    old = file.read_text(encoding="utf-8")
    if action == "Append to":
        file.write_text(f"{old}\n\n{text}", encoding="utf-8")
        return
    for hunk in text.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] or "\n" for line in lines if not line.startswith("+"))
        after = "".join(line[1:] or "\n" for line in lines if not line.startswith("-"))
        assert old.count(before) == 1, f"{file} does not have once:\n{before}"
        old = old.replace(before, after)
    file.write_text(old, encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository to which all recipes are applied."""
    folder = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=NOT_COPIED)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for action, file, text in EDITS:
        apply(action, folder / file, text)
    return folder


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of this environment in the copy, on the code of the copy."""
    done = subprocess.run(
        words,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done


def test_there_is_a_recipe_of_each_kind() -> None:
    assert {action for action, _, _ in EDITS} == {"Append to", "Create", "Change"}
    assert len(EDITS) == TEXT.count("\n```python\n") + TEXT.count("\n```diff\n") + 1  # a spec
    headings = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)
    assert headings == [
        "Add a layer",
        "Add a callback",
        "Add a check",
        "Add a figure to `evaluate`",
        "Add a command",
        "Finish",
    ]


def test_what_is_added_trains_prints_and_is_in_the_schema(copy: Path) -> None:
    words = json.dumps([words for words, _ in OURS])
    output = run(copy, sys.executable, "-c", IN_ONE_PROCESS, words).stdout
    squeezed = " ".join(output.split())
    for _, lines in OURS:
        for line in lines:
            assert line.strip() in squeezed
    schema = (copy / "configs" / "schema.json").read_text()
    assert '"up_sampling2d"' in schema and '"stop_at"' in schema


@pytest.mark.parametrize("words", OTHERS, ids=" ".join)
def test_the_other_commands_succeed(copy: Path, words: list[str]) -> None:
    program, *rest = words
    beside = Path(sys.executable).parent / program
    first = {
        "python": [sys.executable],
        "pytest": [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
    }.get(program, [str(beside)])
    done = run(copy, *first, *rest)
    if program == "pytest":
        assert " passed" in done.stdout
    if "docs.generate" in words:
        for page, name in {"layers": "up_sampling2d", "callbacks": "stop_at"}.items():
            assert f"\n## {name}\n" in (copy / "docs" / "reference" / f"{page}.md").read_text()
        assert "## cifarcnn parameters" in (copy / "docs/reference/commands.md").read_text()


def test_the_words_to_avoid_have_something_to_write_instead() -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \|$", TEXT.partition("| avoid |")[2], re.MULTILINE)
    assert len(rows) > 15

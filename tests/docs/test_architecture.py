"""docs/architecture.md: its floors are those of the contract, and its paths and names exist."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")
NAMED = re.findall(r"\[`([A-Za-z_][\w.]*)`\]\(\.\./([\w/]+\.py)\)", TEXT)


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def defined_in(file: Path) -> set[str]:
    """The names of a module and of the classes in it, such as `Session.run`."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            methods = [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
            names |= {f"{node.name}.{method.name}" for method in methods}
    return names


def test_the_floors_are_the_layers_of_the_contract() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    shown = [re.findall(r"`(\w+)`", row[0]) for row in rows("Floors")]
    assert shown == [layer.split(" : ") for layer in layers]


def test_every_floor_says_what_it_holds() -> None:
    assert all(what for _, what, _ in rows("Floors"))


@pytest.mark.parametrize(("name", "file"), NAMED)
def test_a_name_is_defined_where_the_page_says(name: str, file: str) -> None:
    assert name in defined_in(ROOT / file)


def test_the_way_of_a_spec_names_its_functions() -> None:
    assert all(
        re.match(r"\[`[\w.]+`\]\(", function) for _, function, _ in rows("From YAML to a score")
    )
    assert len(NAMED) > 20


def test_every_place_is_a_link_to_what_it_names() -> None:
    found = rows("Where do I find ...")
    assert len(found) >= 30
    for what, where in found:
        links = re.findall(r"\[(.*?)\]\((.*?)\)", where)
        assert links, what
        for shown, target in links:
            path = (PAGE.parent / target).resolve()
            assert path.exists(), target
            assert path == (ROOT / shown.replace("\\", "")).resolve()
